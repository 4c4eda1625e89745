"""The records that somebody asks for, with their tracks in the order in which one takes them off
the shelf: what the rip list, the exports and the playlists have in common.

What belongs here: choosing and ordering, as tables of the connection that lists them. What is
listed of them, and how it is printed, belongs to who asks.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import duckdb

from musictool_pipeline.core.text import one_line
from musictool_pipeline.queries import sql
from musictool_pipeline.tables.published import row_count

MOST_FOLDERS = 20


@dataclass(frozen=True, slots=True)
class Choice:
    """Which records: `label` and `folder` are texts that those contain, in any case and with any
    accents; `folder` is one of any copy. None restricts nothing, and all that is given has to
    fit."""

    label: str | None = None
    folder: str | None = None
    release_id: int | None = None


EVERY_RECORD = Choice()


def choose_records(connection: duckdb.DuckDBPyConnection, choice: Choice = EVERY_RECORD) -> int:
    """Makes `chosen_records` and `chosen_tracks` on this connection, without those made earlier,
    and gives how many records fit. Only those with judged tracks do."""
    connection.execute(sql("chosen_records.sql"), asdict(choice))
    connection.execute(sql("chosen_tracks.sql"))
    return row_count(connection, "chosen_records")


def unknown_folder(connection: duckdb.DuckDBPyConnection, folder: str | None) -> str:
    """That no folder of the collection contains this text, and which folders there are, in words;
    empty if one does, or if no text is given."""
    rows = connection.execute(sql("folders_like.sql"), {"folder": folder or ""}).fetchall()
    if not folder or not rows or any(fits for _, fits in rows):
        return ""
    named = [name for name, _ in rows[:MOST_FOLDERS]]
    if more := len(rows) - len(named):
        named.append(f"and {more} more")
    return one_line(f"No folder contains {folder!r}. Your folders: {', '.join(named)}.")
