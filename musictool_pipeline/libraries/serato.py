"""Serato's `database V2`: records of a tag, a length and a body, one `otrk` for each track.

A tag is four ASCII bytes whose first tells the body's type: `t` and `p` are text in UTF-16BE, `u`
is a number, `b` a byte; a length is a big-endian u32. No length is believed before it is known to
fit.

Serato writes paths without the leading slash or the drive: they start at the disk that the database
lies on. A track that Serato marks as missing is kept, since an unplugged disk is enough for that
mark.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from musictool_pipeline.core.file_places import has_root
from musictool_pipeline.libraries import serato_4
from musictool_pipeline.libraries.errors import LibraryError, NotALibrary
from musictool_pipeline.libraries.format import Format, Parts
from musictool_pipeline.libraries.musical_key import key_from_text
from musictool_pipeline.libraries.opening import opened
from musictool_pipeline.libraries.track import LibraryTrack, as_seconds, as_time, library_track

SOURCE = "serato"
FIRST_TAG = b"vrsn"

_HEADER = struct.Struct(">4sI")
_LARGEST_TRACK = 4 * 1024**2
_TEXT = "utf-16-be"
_TEXT_TAGS = frozenset(
    {b"pfil", b"tsng", b"tart", b"talb", b"tgen", b"trmx", b"tlbl", b"tlen", b"tbpm", b"tkey"}
    | {b"tbit", b"ttyp", b"tadd"}
)
_NUMBER_TAGS = frozenset({b"uadd"})


def _entries(path: Path) -> Iterator[tuple[dict[bytes, str], str]]:
    root = root_of(path)
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        _check_version(path, file, size)
        while (record := _next_header(path, file, size)) is not None:
            tag, length = record
            if tag != b"otrk":
                file.seek(length, os.SEEK_CUR)
                continue
            start = file.tell()
            if length > _LARGEST_TRACK:
                raise _damaged(path, start, f"a track of {length:,} bytes")
            yield _fields(path, file.read(length), start), root


def _check_version(path: Path, file: BinaryIO, size: int) -> None:
    record = _next_header(path, file, size)
    if record is None or record[0] != FIRST_TAG:
        raise NotALibrary(f"{path} is no database of Serato's: it has no version")
    version = file.read(min(record[1], 1024)).decode(_TEXT, "replace").strip("\0 ")
    file.seek(_HEADER.size + record[1])
    if "Crate" in version:
        raise NotALibrary(
            f"{path} is a crate of Serato's, and holds only paths",
            "Give the file `database V2`, which lies in the folder _Serato_.",
        )


def _next_header(path: Path, file: BinaryIO, size: int) -> tuple[bytes, int] | None:
    header = file.read(_HEADER.size)
    if not header:
        return None
    at = file.tell()
    if len(header) < _HEADER.size:
        raise _damaged(path, at, "the file is cut short")
    tag, length = _HEADER.unpack(header)
    if length > size - at:
        raise _damaged(path, at, "the file is cut short, or a length in it is wrong")
    return tag, length


def _fields(path: Path, body: bytes, start: int) -> dict[bytes, str]:
    """The fields of one track, numbers as their digits; its body begins at `start` in the file."""
    fields: dict[bytes, str] = {}
    at = 0
    while at < len(body):
        if len(body) - at < _HEADER.size:
            raise _damaged(path, start + at, "a track is cut short")
        tag, length = _HEADER.unpack_from(body, at)
        at += _HEADER.size
        if length > len(body) - at:
            raise _damaged(path, start + at, "a field is longer than its track")
        if tag in _TEXT_TAGS:
            fields[tag] = body[at : at + length].decode(_TEXT, "replace").rstrip("\0")
        elif tag in _NUMBER_TAGS:
            fields[tag] = str(int.from_bytes(body[at : at + length][:4], "big"))
        at += length
    return fields


def root_of(database: Path) -> str:
    """Where the paths start. A database that was copied elsewhere does not tell its disk; its paths
    then start at the root, as those of a Mac's own disk do."""
    place = Path(os.path.abspath(database))  # noqa: PTH100
    if place.parent.name != "_Serato_":
        return "/"
    if place.parts[1] == "Volumes" and place.parent.parent.parent.name == "Volumes":
        return f"/Volumes/{place.parts[2]}/"
    return f"{place.drive}/"


def _track(fields: dict[bytes, str], root: str) -> LibraryTrack:
    path = fields.get(b"pfil")
    return library_track(
        SOURCE,
        path=path if path is None or has_root(path) else root + path,
        known_as=path,
        artist=fields.get(b"tart"),
        title=fields.get(b"tsng"),
        remixer=fields.get(b"trmx"),
        album=fields.get(b"talb"),
        label=fields.get(b"tlbl"),
        genre=fields.get(b"tgen"),
        bpm=fields.get(b"tbpm"),
        musical_key=key_from_text(fields.get(b"tkey")),
        duration_seconds=as_seconds(fields.get(b"tlen")),
        file_type=fields.get(b"ttyp", "").lower() or None,
        bitrate=fields.get(b"tbit", "").removesuffix("kbps"),
        imported_at=as_time(fields.get(b"uadd")) or fields.get(b"tadd"),
    )


def _damaged(path: Path, at: int, what: str) -> LibraryError:
    return LibraryError(f"{path} is damaged at byte {at:,}: {what}")


def newer_than(database: Path) -> tuple[Path, ...]:
    """Where the library is that Serato 4 made from this one: on the same disk, in the home folder
    of the same user, or, of copies, beside it."""
    homes = database.parents[2:3] if database.parent.name == "_Serato_" else ()
    return (
        database.with_name("master.sqlite"),
        database.parent / "Library" / "location.sqlite",
        *(home / place for home in homes for place in serato_4.FORMAT.usual_places),
    )


FORMAT = Format(
    kind=SOURCE,
    words="Serato",
    example="Serato's `database V2`",
    read=Parts(lambda path, _: _entries(path), lambda it: _track(*it)),
    recognise=lambda head: head.start.startswith(FIRST_TAG),
    file_names=("database v2",),
    in_folders=("database V2", "_Serato_/database V2"),
    usual_places=("Music/_Serato_/database V2",),
    newer=newer_than,
)
