"""Engine DJ's `m.db`, of Engine DJ 2 and later: the rows of its table `Track`.

A track that Engine marks as not available is kept, since an unplugged disk is enough for that
mark. One that plays from a service is given as a stream.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from musictool_pipeline.libraries.databases import opened_copy, require_columns, rows, select, text
from musictool_pipeline.libraries.format import Format, Parts
from musictool_pipeline.libraries.musical_key import key_from_number
from musictool_pipeline.libraries.track import LibraryTrack, file_type_of, library_track

SOURCE = "engine"
_PROGRAM = "Engine DJ"
_VERSIONS = "Engine DJ 2 and later"

_DATABASE_FOLDER = "database2"
_COLUMNS = (
    *("title", "artist", "album", "label", "remixer", "genre", "length", "bpm", "bpmAnalyzed"),
    *("key", "path", "filename", "fileType", "bitrate", "fileBytes", "streamingSource", "uri"),
    "dateAdded",
)
_NEEDED = ("title", "artist", "path")
_CONVERT = (
    "If it is from Engine Prime 1, open the library once in a current Engine DJ, which converts it."
)


def _rows(path: Path, scratch: Path | None) -> Iterator[tuple[dict[str, object], Path]]:
    with opened_copy(path, _PROGRAM, scratch) as connection:
        there = require_columns(connection, path, _VERSIONS, "Track", _NEEDED, _CONVERT)
        query = f"SELECT {select(_COLUMNS, there, table='Track')} FROM Track ORDER BY rowid"
        for row in rows(connection, query):
            yield row, path


def _track(row: dict[str, object], database: Path) -> LibraryTrack:
    key, file_type, uri = row["key"], text(row["fileType"]), text(row["uri"])
    streamed = bool(text(row["streamingSource"]))
    if streamed:
        path = uri or None
    else:
        path = _absolute(text(row["path"]) or text(row["filename"]), database)
    return library_track(
        SOURCE,
        path=path,
        artist=row["artist"],
        title=row["title"],
        remixer=row["remixer"],
        album=row["album"],
        label=row["label"],
        genre=row["genre"],
        bpm=row["bpmAnalyzed"] or row["bpm"],
        musical_key=key_from_number("engine", key),
        duration_seconds=row["length"],
        file_type=file_type_of(f".{file_type}") if file_type else None,
        bitrate=row["bitrate"],
        file_size_bytes=row["fileBytes"],
        streamed=streamed,
        imported_at=row["dateAdded"],
    )


def _absolute(path: str, database: Path) -> str | None:
    """The path, from the Engine folder on. A database that was copied elsewhere does not tell
    where its Engine folder is; there the path stays as written."""
    if path and database.parent.name.lower() == _DATABASE_FOLDER:
        return os.path.normpath(Path(os.path.abspath(database)).parents[1] / path)  # noqa: PTH100
    return path or None


FORMAT = Format(
    kind=SOURCE,
    words="Engine DJ",
    example="Engine DJ's m.db",
    read=Parts(lambda path, options: _rows(path, options.scratch), lambda it: _track(*it)),
    recognise=lambda head: head.tables >= {"Track", "Information"},
    file_names=("m.db",),
    in_folders=("Database2/m.db", "Engine Library/Database2/m.db"),
    usual_places=("Music/Engine Library/**/m.db",),
    has_relative_paths=True,
)
