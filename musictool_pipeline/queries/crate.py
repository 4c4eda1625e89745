"""The tracks that can be mixed: owned on vinyl and as a file, with that file's tempo and key.

What belongs here: reading them. What goes with what is in `core.mixing`, what is printed in `app`.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from musictool_pipeline.queries import sql
from musictool_pipeline.queries.chosen_records import Choice, choose_records


@dataclass(frozen=True, slots=True)
class OwnedTrack:
    """A track that is there on vinyl and as a file. `bpm`, `musical_key` and `camelot` are the
    file's, None if they are not known."""

    track_id: int
    release_id: int
    track_number: int
    position: str | None
    artist: str | None
    title: str | None
    album: str | None
    album_artist: str | None
    label: str | None
    catalog_number: str | None
    folders: list[str]
    duration: str | None
    bpm: float | None
    musical_key: str | None
    camelot: str | None
    digital_id: str | None
    digital_path: str | None
    discogs_url: str


@dataclass(frozen=True, slots=True)
class FileSound:
    """What is known of the file that the gap analysis names for a track."""

    status: str
    digital_id: str | None
    bpm: float | None
    musical_key: str | None
    camelot: str | None


def owned_on_vinyl(
    connection: duckdb.DuckDBPyConnection, folder: str | None = None
) -> list[OwnedTrack]:
    """They, by record; `folder` is a text that a folder of any copy contains, in any case, with any
    accents."""
    choose_records(connection, Choice(folder=folder))
    return sql.read(OwnedTrack, connection, "crate.sql")


def file_sound(
    connection: duckdb.DuckDBPyConnection, release_id: int, track_number: int
) -> FileSound | None:
    """How a track was judged and what its file sounds like; None if it was not judged yet."""
    asked = {"release_id": release_id, "track_number": track_number}
    return next(iter(sql.read(FileSound, connection, "file_sound.sql", **asked)), None)
