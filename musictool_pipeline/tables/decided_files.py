"""The files that the user's decisions name: where they are now, and what they held when last found.

What belongs here: what the database keeps of a decision's file. Reading the decisions belongs to
`inputs.decisions`, what follows from them to `core.decisions`.
"""

from __future__ import annotations

from dataclasses import replace

import duckdb

from musictool_pipeline.core.decisions import Decisions, Overrides
from musictool_pipeline.core.file_facts import FileFacts, is_as_long
from musictool_pipeline.tables.frames import frame, replace_rows
from musictool_pipeline.tables.generations import sql


def by_their_paths(connection: duckdb.DuckDBPyConnection, overrides: Overrides) -> Overrides:
    """The decisions, with the path of a file instead of an id that is no longer its own: a file
    that several libraries list has the id of the first. A decision that keeps nothing of its file
    gets what the latest refresh that found the file noted of it."""
    named = [it.digital for it in overrides.decisions if it.digital]
    rows = sql.rows(connection, "paths_of_files.sql", named=named)
    paths = dict[str | None, str](rows)
    held = _decided_files(connection)
    decisions = (
        replace(
            it,
            digital=paths.get(it.digital, it.digital),
            facts=it.facts or held.get(it.digital or ""),
        )
        for it in overrides.decisions
    )
    return replace(overrides, decisions=tuple(decisions)) if paths or held else overrides


def _decided_files(connection: duckdb.DuckDBPyConnection) -> dict[str, FileFacts]:
    """By a name in a decision what its file held."""
    rows = connection.execute("FROM pipeline.decided_files").fetchall()
    return {name: FileFacts(*facts) for name, *facts in rows}


def note_decided_files(
    connection: duckdb.DuckDBPyConnection,
    written: Overrides,
    overrides: Overrides,
    decisions: Decisions,
) -> None:
    """What the files hold now; of a file that is gone, or that another one replaced, what it held
    before. `overrides` are the decisions as `by_their_paths` gives those that are `written`."""
    before = _decided_files(connection)
    noted: dict[str, FileFacts] = {}
    for name, path in zip(_named_in(written), _named_in(overrides), strict=True):
        held, known = decisions.held.get(path), before.get(name)
        facts = held if held and (not known or is_as_long(known, held.seconds)) else known
        if facts:
            noted[name] = facts
    files = frame(
        [(name, it.size, it.seconds, it.tags) for name, it in noted.items()],
        ("digital", "file_size", "file_length", "file_tags"),
        file_size="Int64",
        file_length="Int64",
    )
    replace_rows(connection, "pipeline.decided_files", files)


def _named_in(overrides: Overrides) -> list[str]:
    return [it.digital for it in overrides.decisions if it.digital]
