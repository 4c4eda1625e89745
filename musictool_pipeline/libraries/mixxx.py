"""Mixxx's `mixxxdb.sqlite`: the rows of its table `library`, with their files.

Mixxx mirrors the libraries of other programs in tables of its own (`itunes_library` and more);
those are never read. A track that the user hid is not part of the library. One whose file was
missing at the last scan is kept, since an unplugged disk is enough for that mark.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from musictool_pipeline.libraries.databases import opened_copy, require_columns, rows, select, text
from musictool_pipeline.libraries.format import Format, Parts
from musictool_pipeline.libraries.musical_key import key_from_number, key_from_text
from musictool_pipeline.libraries.track import LibraryTrack, file_type_of, library_track

SOURCE = "mixxx"
_PROGRAM = "Mixxx"

_COLUMNS = (
    *("id", "artist", "title", "album", "genre", "duration", "bitrate", "bpm", "key", "key_id"),
    *("filetype", "datetime_added"),
)
# `library.location` is the id of a place, though its declaration says that it is the place itself.
_QUERY = """
    SELECT {columns}, {place} FROM library
    LEFT JOIN track_locations ON track_locations.id = library.location
    WHERE {shown} ORDER BY library.rowid
"""


def _rows(path: Path, scratch: Path | None) -> Iterator[dict[str, object]]:
    with opened_copy(path, _PROGRAM, scratch) as connection:
        columns = require_columns(
            connection, path, _PROGRAM, "library", ("artist", "title", "location")
        )
        places = require_columns(connection, path, _PROGRAM, "track_locations", ("id", "location"))
        query = _QUERY.format(
            columns=select(_COLUMNS, columns, table="library"),
            place=select(("location", "filesize"), places, table="track_locations"),
            shown="library.mixxx_deleted IS NOT 1" if "mixxx_deleted" in columns else "TRUE",
        )
        yield from rows(connection, query)


def _track(row: dict[str, object]) -> LibraryTrack:
    key, file_type = row["key_id"], text(row["filetype"])
    return library_track(
        SOURCE,
        path=text(row["location"]),
        identity=str(row["id"]),
        artist=row["artist"],
        title=row["title"],
        album=row["album"],
        genre=row["genre"],
        bpm=row["bpm"],
        # The text is in the notation that the user chose, so the number comes first.
        musical_key=key_from_number("mixxx", key) or key_from_text(text(row["key"])),
        duration_seconds=row["duration"],
        file_type=file_type_of(f".{file_type}"),
        bitrate=row["bitrate"],
        file_size_bytes=row["filesize"],
        imported_at=row["datetime_added"],
    )


FORMAT = Format(
    kind=SOURCE,
    words="Mixxx",
    example="Mixxx's mixxxdb.sqlite",
    read=Parts(lambda path, options: _rows(path, options.scratch), _track),
    recognise=lambda head: head.tables >= {"library", "track_locations"},
    file_names=("mixxxdb.sqlite",),
    in_folders=("mixxxdb.sqlite",),
    usual_places=(
        ".mixxx/mixxxdb.sqlite",
        ".var/app/org.mixxx.Mixxx/.mixxx/mixxxdb.sqlite",
        "AppData/Local/Mixxx/mixxxdb.sqlite",
        "Library/Containers/org.mixxx.mixxx/Data/Library/Application Support/Mixxx/mixxxdb.sqlite",
        "Library/Application Support/Mixxx/mixxxdb.sqlite",
    ),
)
