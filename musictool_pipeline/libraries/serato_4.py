"""Serato 4's library, an SQLite database: the rows of its table `asset`.

`master.sqlite` gathers the tracks of all disks. Each further disk has its own in
`_Serato_/Library/location.sqlite`, and the disk of the system in `root.sqlite`, which lies beside
the master. A path starts at its disk, without a slash; the master knows each disk by the place of
that disk's database.

Its tables repeat the tracks for crates, for the history and for the panel *Prepare*; only `asset`
has each once. A track that Serato marks as missing is kept, since an unplugged disk is enough for
that mark.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

from musictool_pipeline.core.file_places import has_root
from musictool_pipeline.libraries.databases import (
    columns_of,
    opened_copy,
    require_columns,
    rows,
    select,
    text,
)
from musictool_pipeline.libraries.file_url import path_from_url
from musictool_pipeline.libraries.format import Format, Parts
from musictool_pipeline.libraries.musical_key import key_from_number, key_from_text
from musictool_pipeline.libraries.track import LibraryTrack, file_type_of, library_track

SOURCE = "serato_4"
_PROGRAM = "Serato 4"

_COLUMNS = (
    *("id", "portable_id", "name", "artist", "album", "label", "remixer", "genre", "key"),
    *("key_value", "bpm", "length_ms", "length_sec", "file_bit_rate", "file_size", "type"),
    *("time_added", "location_id"),
)
_MOST_DISKS = 10_000

_OF_A_DISK = "_Serato_/Library/location.sqlite"
_OF_THE_SYSTEM = "root.sqlite"
_AT_A_SERVICE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_DRIVE = re.compile(r"[A-Za-z]:(?=[\\/])")


def _rows(path: Path, scratch: Path | None) -> Iterator[tuple[dict[str, object], str | None]]:
    with opened_copy(path, _PROGRAM, scratch) as connection:
        there = require_columns(
            connection, path, _PROGRAM, "asset", ("portable_id", "name", "artist")
        )
        roots = _roots(connection) if "location_id" in there else {}
        own_root = None if "location_id" in there else root_of(str(path.absolute()))
        query = f"SELECT {select(_COLUMNS, there, table='asset')} FROM asset ORDER BY rowid"
        for row in rows(connection, query):
            yield row, roots.get(row["location_id"], own_root)


def _roots(connection: sqlite3.Connection) -> Mapping[object, str]:
    """Where the paths of each disk start, by the id by which the tracks name the disk; of a disk
    that no table tells, the paths stay as written."""
    for table in ("connection", "location_connections"):
        if columns_of(connection, table) >= {"location_id", "database_uri"}:
            found = connection.execute(
                f"SELECT location_id, database_uri FROM {table} LIMIT {_MOST_DISKS}"
            )
            roots = ((disk, root_of(path_from_url(text(uri)) or "")) for disk, uri in found)
            return {disk: root for disk, root in roots if root is not None}
    return {}


def root_of(database: str) -> str | None:
    """Where the paths start in a database of one disk, with a slash at the end; None if its place
    does not tell: it may be a copy."""
    place = database.replace("\\", "/")
    if place.lower().endswith(f"/{_OF_A_DISK}".lower()):
        return database[: -len(_OF_A_DISK)]
    if place.endswith(f"/{_OF_THE_SYSTEM}"):
        drive = _DRIVE.match(database)
        return f"{drive[0]}/" if drive else "/"
    return None


def _track(row: dict[str, object], root: str | None) -> LibraryTrack:
    path, key, file_type = text(row["portable_id"]), row["key_value"], text(row["type"])
    streamed = _AT_A_SERVICE.match(path) is not None
    if path and root is not None and not has_root(path):
        path = root + path
    return library_track(
        SOURCE,
        path=path,
        identity=str(row["id"]),
        artist=row["artist"],
        title=row["name"],
        remixer=row["remixer"],
        album=row["album"],
        label=row["label"],
        genre=row["genre"],
        bpm=row["bpm"],
        musical_key=key_from_number("serato", key) or key_from_text(text(row["key"])),
        duration_seconds=_seconds(row),
        file_type=file_type_of(f".{file_type}"),
        bitrate=row["file_bit_rate"],
        file_size_bytes=row["file_size"],
        streamed=streamed,
        imported_at=row["time_added"],
    )


def _seconds(row: dict[str, object]) -> object:
    thousandths = row["length_ms"]
    if isinstance(thousandths, int | float) and thousandths > 0:
        return thousandths / 1000
    return row["length_sec"]


FORMAT = Format(
    kind=SOURCE,
    words="Serato 4",
    example="Serato 4's master.sqlite",
    read=Parts(lambda path, options: _rows(path, options.scratch), lambda it: _track(*it)),
    recognise=lambda head: head.tables >= {"asset", "space", "serato"},
    file_names=("master.sqlite", "location.sqlite"),
    in_folders=(
        "master.sqlite",
        "Library/master.sqlite",
        "Library/location.sqlite",
        _OF_A_DISK,
    ),
    usual_places=(
        "Library/Application Support/Serato/Library/master.sqlite",
        "AppData/Local/Serato/Library/master.sqlite",
        "AppData/Roaming/Serato/Library/master.sqlite",
    ),
    has_relative_paths=True,
)
