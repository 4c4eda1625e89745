"""The exports: the published tables as files that other programs open.

What belongs here: which files there are, and their bytes. What does not: where they may be written
(`destination`), the formats themselves (`core.spreadsheet`, `core.wants`, `playlists`), and what is
printed about them. The same database gives the same bytes: no clock, and every row has its place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

import duckdb

from musictool_pipeline.core.spreadsheet import csv_bytes
from musictool_pipeline.core.wants import wants_list
from musictool_pipeline.publishing import sql
from musictool_pipeline.publishing.owned_tracks import read_owned_tracks
from musictool_pipeline.publishing.playlists import Playlist, m3u8_bytes
from musictool_pipeline.queries.chosen_records import choose_records
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.published import open_tables

CSV: Final = "text/csv"
EVERYTHING_OWNED: Final = "owned_tracks"
"""The playlists of everything, without the end of their names."""


@dataclass(frozen=True, slots=True)
class Content:
    """What an export is made of: its bytes, and how many `rows` (copies, tracks, lines) they
    hold."""

    bytes: bytes
    rows: int


@dataclass(frozen=True, slots=True)
class Export:
    """One file. `title` and `description` are for its reader, in words; `rows` says what one row
    is; `media_type` is for a browser that downloads it. `make` gives the content, from a connection
    on which the records were chosen, and with a byte order mark or without."""

    file_name: str
    title: str
    description: str
    rows: str
    media_type: str
    make: Callable[[duckdb.DuckDBPyConnection, bool], Content] = field(repr=False, compare=False)

    def content(self, connection: duckdb.DuckDBPyConnection, *, with_bom: bool = False) -> Content:
        """The file as the database of this connection has it; `choose_records` comes first.
        `with_bom` puts a byte order mark in front of a CSV; the other kinds never have one."""
        return self.make(connection, with_bom)


def export_bytes(export: Export, database: Path, *, with_bom: bool = False) -> bytes:
    """The file, from the published database: the same at each call until that changes.

    Where there is nothing yet, not even a database, it is a table without rows or an empty list.
    """
    with open_tables(database) as tables:
        connection = tables.connection
        choose_records(connection)
        return export.content(connection, with_bom=with_bom).bytes


def _table(query: str, connection: duckdb.DuckDBPyConnection, with_bom: bool) -> Content:
    found = connection.execute(sql(query))
    columns = [column[0] for column in found.description or ()]
    rows = found.fetchall()
    return Content(csv_bytes(columns, rows, with_bom=with_bom), len(rows))


def _owned(connection: duckdb.DuckDBPyConnection, with_bom: bool) -> Content:
    tracks = read_owned_tracks(connection).tracks
    return Content(m3u8_bytes(Playlist("Owned tracks", tracks)), len(tracks))


def _wanted(connection: duckdb.DuckDBPyConnection, with_bom: bool) -> Content:
    listed = wants_list(sql.rows(connection, "wanted_tracks.sql"))
    return Content(listed.encode(), sum(bool(line) for line in listed.splitlines()))


EXPORTS: Final[tuple[Export, ...]] = (
    Export(
        "physical_collection.csv",
        "Physical collection",
        "Every copy on the shelf: the release, its folder and conditions, your notes and fields, "
        "and how many of its tracks you own as files.",
        "copies",
        CSV,
        partial(_table, "physical_collection.sql"),
    ),
    Export(
        "gap_analysis.csv",
        "Gap analysis",
        "Every track on your records: owned, other version, to be looked at, or missing, with the "
        "reason, the file that answers for it, and where to look for it.",
        "tracks",
        CSV,
        partial(_table, "gap_analysis.sql"),
    ),
    Export(
        "missing_tracks.csv",
        "Missing tracks",
        "The rip list: the tracks that you have as no file, by record, side and position.",
        "tracks",
        CSV,
        partial(_table, "missing_tracks.sql"),
    ),
    Export(
        "collection_statistics.csv",
        "Collection statistics",
        "Totals, counts by format, label, artist, decade, genre, folder and year, and the share "
        "that you own.",
        "figures",
        CSV,
        partial(_table, "collection_statistics.sql"),
    ),
    Export(
        f"{EVERYTHING_OWNED}.m3u8",
        "Owned tracks",
        "A playlist of the files that answer for your records, record after record.",
        "files",
        "audio/x-mpegurl",
        _owned,
    ),
    Export(
        "wants_list.txt",
        "Wants list",
        "The missing tracks as lines for a shop's search: artist, title, mix; an empty line "
        "between records.",
        "lines",
        "text/plain",
        _wanted,
    ),
)
"""Those of the collection, which are always there."""

WANTLIST: Final = Export(
    "wantlist.csv",
    "Wantlist",
    "Every release on your wantlist, and how many of its tracks you have as files.",
    "releases",
    CSV,
    partial(_table, "wantlist.sql"),
)


def exports_for(settings: Settings) -> tuple[Export, ...]:
    """The exports that there are with these settings: the wantlist only if one is set."""
    return (*EXPORTS, WANTLIST) if settings.has_wantlist else EXPORTS
