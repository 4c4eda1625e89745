"""A person's decisions as they stand against the published tables.

What belongs here: which track and which file each of them means now, and what to keep of a file
that is decided on. The tracks that wait for a decision are in `queries.review`.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from musictool_pipeline.core.decisions import Decisions, Overrides, find_decided
from musictool_pipeline.core.file_facts import FileFacts, facts_of
from musictool_pipeline.core.file_places import spellings
from musictool_pipeline.core.matching.tracks import DigitalTrack, VinylTrack
from musictool_pipeline.queries import sql
from musictool_pipeline.tables.decided_files import by_their_paths


def read_decided(connection: duckdb.DuckDBPyConnection, overrides: Overrides) -> Decisions:
    """The decisions by track id, as the next gap analysis will find them."""
    if not overrides.decisions:
        return Decisions({}, overrides.problems)
    overrides = by_their_paths(connection, overrides)
    releases = list({it.release_id for it in overrides.decisions})
    tracks = sql.rows(connection, "decided_tracks.sql", releases=releases)
    # Only what tells them apart is asked of them: all else stays unknown.
    vinyl = [
        VinylTrack(
            track_id, None, None, None, None, None, None, None, position, None, release, number
        )
        for track_id, position, release, number in tracks
    ]
    found = find_decided(overrides, vinyl, *_named(connection, overrides))
    if not found.problems:
        return found
    return find_decided(overrides, vinyl, *_named_or_alike(connection, overrides))


def read_facts(connection: duckdb.DuckDBPyConnection, digital_id: str | None) -> FileFacts | None:
    """What to keep of a file with a decision on it; None if nothing is known of it."""
    row = sql.row(connection, "file_facts.sql", digital_id=digital_id)
    return facts_of(*row) if row else None


def read_titles(
    connection: duckdb.DuckDBPyConnection, releases: Iterable[int]
) -> list[tuple[int, int, str | None, str | None, str | None]]:
    """A row for each track of these releases: release, number, position, artist, title."""
    return sql.rows(connection, "decided_titles.sql", releases=list(releases))


_Files = tuple[list[DigitalTrack], dict[str, int | None]]
"""Files, and their sizes by their ids."""


def _named(connection: duckdb.DuckDBPyConnection, overrides: Overrides) -> _Files:
    named = (it.digital for it in overrides.decisions if it.digital)
    names = {each for name in named for each in spellings(name)}
    return _files(connection, "files_by_name.sql", {"names": list(names)})


def _named_or_alike(connection: duckdb.DuckDBPyConnection, overrides: Overrides) -> _Files:
    """Looked for only if a file is gone: each entry of the library has its tags read for it."""
    facts = [it.facts for it in overrides.decisions if it.facts]
    named, sizes = _named(connection, overrides)
    known_by = {
        "sizes": [it.size for it in facts if it.size],
        "tags": [it.tags for it in facts if it.tags],
    }
    alike, sizes_alike = _files(connection, "files_by_facts.sql", known_by)
    known = {track.digital_id: track for track in (*named, *alike)}
    return [*known.values()], sizes | sizes_alike


def _files(connection: duckdb.DuckDBPyConnection, query: str, values: dict[str, object]) -> _Files:
    rows = sql.rows(connection, query, **values)
    tracks = [
        DigitalTrack(digital_id, artist, title, None, None, None, None, path, seconds, is_music)
        for digital_id, artist, title, path, seconds, is_music, _ in rows
    ]
    return tracks, {row[0]: row[-1] for row in rows}
