"""What goes with a track by key and tempo.

What belongs here: the owned tracks in reach. `core.mixing` knows which keys go together.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from musictool_pipeline.core.mixing import neighbours
from musictool_pipeline.errors import MusicToolError
from musictool_pipeline.queries import sql
from musictool_pipeline.queries.browsing import Row, number_of


@dataclass(frozen=True, slots=True)
class Tuned:
    """A track with the key and the tempo of its file."""

    track_id: int
    camelot: str
    bpm: float


def key_and_tempo(connection: duckdb.DuckDBPyConnection, track_id: int) -> Tuned:
    """Those of a track's file. Raises MusicToolError if the library does not know both."""
    camelot, bpm = sql.row(connection, "key_and_tempo.sql", track_id=track_id) or (None, None)
    if not camelot or not bpm:
        raise MusicToolError(
            "The key or the tempo of this track is not known.",
            "Only a track with a file has them, if your library analysed it.",
        )
    return Tuned(track_id, camelot, bpm)


def goes_with(
    connection: duckdb.DuckDBPyConnection, tuned: Tuned, percent: float, *, skip: int, most: int
) -> tuple[tuple[str, ...], tuple[Row, ...], int]:
    """Owned tracks in the keys beside a track's, with a tempo within so many percent of its own,
    the nearest first: the columns, at most `most` rows after the first `skip`, and how many rows
    there are in all."""
    query = sql("goes_with.sql")
    values: dict[str, object] = {
        "track_id": tuned.track_id,
        "camelot": list(neighbours(tuned.camelot)),
        "bpm": tuned.bpm,
        "lowest": tuned.bpm * (1 - percent / 100),
        "highest": tuned.bpm * (1 + percent / 100),
    }
    total = number_of(connection, f"SELECT count(*) FROM ({query})", values)
    found = connection.execute(
        f"{query} LIMIT $most OFFSET $skip", {**values, "most": most, "skip": skip}
    )
    columns = tuple(column[0] for column in found.description or ())
    return columns, tuple(found.fetchall()), total
