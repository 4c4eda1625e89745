"""The files that answer for the tracks of some records, in the records' order.

What belongs here: from the published database to a playlist's tracks. `playlists` writes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import duckdb

from musictool_pipeline.publishing import sql
from musictool_pipeline.publishing.file_paths import FilePath, file_path
from musictool_pipeline.publishing.playlists import PlaylistTrack

BY_RECORD: Final = "record"

# By the number and the letter on the wheel, for 10A comes after 2A.
_WHEEL: Final = "CAST(left(track.camelot, -1) AS INTEGER) NULLS LAST, right(track.camelot, 1)"
_RECORD: Final = "track.record_number, track.track_number"
ORDERS: Final = {
    BY_RECORD: _RECORD,
    "bpm": f"track.bpm NULLS LAST, {_WHEEL}, {_RECORD}",
    "key": f"{_WHEEL}, track.bpm NULLS LAST, {_RECORD}",
}
"""The orders of a playlist, as SQL; tracks without a tempo or a key come at its end."""


@dataclass(frozen=True, slots=True)
class OwnedTracks:
    """`tracks`: each file once, where it is first met, record after record. `repeated` counts the
    tracks whose file was already there, from another pressing; `without_file` those whose library
    does not say where the file is."""

    tracks: tuple[PlaylistTrack, ...]
    repeated: int
    without_file: int


def read_owned_tracks(connection: duckdb.DuckDBPyConnection, order: str = BY_RECORD) -> OwnedTracks:
    """The owned tracks of the chosen records, in one of ORDERS: `choose_records` comes first."""
    tracks: dict[FilePath, PlaylistTrack] = {}
    repeated = without_file = 0
    query = f"{sql('owned_tracks.sql')} ORDER BY {ORDERS[order]}"
    for path, source, credit, name, *tags in connection.execute(query).fetchall():
        found = file_path(path, source or "")
        if found is None:
            without_file += 1
        elif found in tracks:
            repeated += 1
        else:
            tracks[found] = PlaylistTrack(found, credit, name, *tags)
    return OwnedTracks(tuple(tracks.values()), repeated, without_file)
