"""Rekordbox's `export.pdb`, by which players know what is on a USB stick: its table of tracks.

The file is pages of one size. The pages of a table are chained; in each, rows lie behind a header,
and their places are listed from the page's end backwards, 16 to a group, with a bit for each row
that is present: a deleted row keeps its place, with rubbish in it. Names of artists, albums,
genres, labels and keys have tables of their own.

A stick that was pulled out too early is half written: a page then counts other rows than it has.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from musictool_pipeline.libraries.errors import LibraryError, NotALibrary
from musictool_pipeline.libraries.format import Format
from musictool_pipeline.libraries.head import Head
from musictool_pipeline.libraries.musical_key import key_from_text
from musictool_pipeline.libraries.opening import opened
from musictool_pipeline.libraries.track import LibraryTrack, library_track

SOURCE = "rekordbox_usb"

TRACKS, GENRES, ARTISTS, ALBUMS, LABELS, KEYS = range(6)
"""The tables that are read, by their types. A stick has some 20."""

_FILE_HEAD = struct.Struct("<III")  # zero, size of a page, number of tables
_TABLES_AT = 28
_TABLE = struct.Struct("<I4xII")  # type, first page, last page
_MOST_TABLES = 64
_PAGE_SIZES = (4096, 8192, 16384)
_PAGE_HEAD = struct.Struct("<8xII8xI")  # type, next page, counts and flags
_NO_DATA = 0x40
_HEAP = 40
_GROUP, _IN_A_GROUP = 36, 16

_U16, _U32 = struct.Struct("<H"), struct.Struct("<I")
# File size, key, label, remixer, bit rate, tempo, genre, album, artist, id, duration, file type.
_TRACK = struct.Struct("<16xI12xI4xIII4xIIIII8xH4xH")
_TEXTS_AT = 94
_DATE_ADDED, _MIX, _TITLE, _FILE_NAME, _PATH = 10, 12, 17, 19, 20
TYPES: Final[Mapping[object, str]] = {
    1: "mp3", 3: "mp4", 4: "m4a", 5: "flac", 6: "m4a", 11: "wav", 12: "aiff"
}  # fmt: skip
"""The types of files, as Rekordbox numbers them everywhere."""
VIDEO = 16


def read_rekordbox_usb(path: Path) -> Iterator[LibraryTrack]:
    """The tracks, in the file's order. Their paths start at the stick's root if the file lies in
    its place there (`PIONEER/rekordbox/export.pdb`), and are as written otherwise.

    Raises LibraryError if it is cut short, damaged or half written, after the tracks that stand
    before the damage.
    """
    with opened(path) as file:
        pdb = _Pdb(path, file)
        try:
            pdb.find_tables()
            names = _Names(
                artists=pdb.names(ARTISTS, 4, 9, far=10),
                albums=pdb.names(ALBUMS, 12, 21, far=22),
                genres=pdb.names(GENRES, 0, 4),
                labels=pdb.names(LABELS, 0, 4),
                keys=pdb.names(KEYS, 0, 8),
            )
            root = _root_of(path)
            for row in pdb.rows(TRACKS):
                yield _track(row, names, root)
        except (struct.error, IndexError, ValueError) as error:
            what = error if isinstance(error, ValueError) else "a row is not where it should be"
            raise LibraryError(f"{path} is damaged on page {pdb.page}: {what}") from None


@dataclass(frozen=True, slots=True)
class _Names:
    artists: dict[int, str]
    albums: dict[int, str]
    genres: dict[int, str]
    labels: dict[int, str]
    keys: dict[int, str]


def _track(row: memoryview, names: _Names, root: str) -> LibraryTrack:
    (size, key, label, remixer, bitrate, tempo, genre, album, artist, number, seconds, kind) = (
        _TRACK.unpack_from(row)
    )

    def text(which: int) -> str:
        return _text(row, _U16.unpack_from(row, _TEXTS_AT + 2 * which)[0])

    path = text(_PATH) or text(_FILE_NAME)
    return library_track(
        SOURCE,
        path=f"{root}/{path.lstrip('/')}" if root and path else path,
        known_as=path,
        identity=str(number),
        artist=names.artists.get(artist),
        title=text(_TITLE),
        remixer=names.artists.get(remixer),
        mix=text(_MIX),
        album=names.albums.get(album),
        label=names.labels.get(label),
        genre=names.genres.get(genre),
        bpm=tempo / 100,
        musical_key=key_from_text(names.keys.get(key)),
        duration_seconds=seconds,
        file_type=TYPES.get(kind),
        bitrate=bitrate,
        file_size_bytes=size,
        is_music=kind != VIDEO,
        imported_at=text(_DATE_ADDED),
    )


def _root_of(database: Path) -> str:
    """The stick's root, without a slash at its end; '' for a database that was copied elsewhere."""
    place = Path(os.path.abspath(database))  # noqa: PTH100
    folders = [folder.name.lower().lstrip(".") for folder in list(place.parents)[:2]]
    return str(place.parents[2]).rstrip("/\\") if folders == ["rekordbox", "pioneer"] else ""


def _text(row: memoryview, at: int) -> str:
    """The text that begins there: its first byte says how it is written."""
    form = row[at]
    if form & 1:
        start, end, encoding = at + 1, at + (form >> 1), "utf-8"
    elif form in (0x40, 0x90):
        start, end = at + 4, at + _U16.unpack_from(row, at + 1)[0]
        encoding = "utf-8" if form == 0x40 else "utf-16-le"
    else:
        raise ValueError(f"a text is of the unknown form {form}")
    if end > len(row):
        raise ValueError("a text is longer than its page")
    return bytes(row[start:end]).decode(encoding, "replace")


class _Pdb:
    """The tables of a file, row by row. Where `page`, the one that was read last, makes no sense,
    they raise ValueError, IndexError or struct.error."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.page = 0
        self._path = path
        self._file = file
        self._size = 0
        self._tables: dict[int, tuple[int, int]] = {}

    def find_tables(self) -> None:
        """Reads which page each table begins and ends with."""
        head = self._file.read(_PAGE_SIZES[0])
        _, self._size, count = _FILE_HEAD.unpack_from(head)
        tables = (_TABLE.unpack_from(head, _TABLES_AT + _TABLE.size * at) for at in range(count))
        self._tables = {kind: (first, last) for kind, first, last in tables}
        if TRACKS not in self._tables:
            raise ValueError("it lists no table of tracks")

    def names(self, table: int, key: int, near: int, far: int = 0) -> dict[int, str]:
        """The names of a table by their keys, `key` being the place of the key in a row and `near`
        that of the name. With `far` they are those of its offset, of one byte or, if the row says
        so, of two."""
        names: dict[int, str] = {}
        for row in self.rows(table):
            at = near
            if far:
                at = _U16.unpack_from(row, far)[0] if row[0] & 4 else row[near]
            names[_U32.unpack_from(row, key)[0]] = _text(row, at)
        return names

    def rows(self, table: int) -> Iterator[memoryview]:
        """The rows that are present, each from its beginning to its page's end."""
        if table not in self._tables:
            return
        number, last = self._tables[table]
        seen: set[int] = set()
        while True:
            if number in seen:
                raise ValueError("it comes a second time")
            seen.add(number)
            following, rows = self._rows_of(number, table)
            yield from rows
            if number == last:
                return
            number = following

    def _rows_of(self, number: int, table: int) -> tuple[int, list[memoryview]]:
        """The number of the page that follows, and the rows of this one."""
        self.page = number
        self._file.seek(number * self._size)
        page = memoryview(self._file.read(self._size))
        if len(page) < self._size:
            raise LibraryError(f"{self._path} is cut short: page {number} is not there")
        kind, following, counts = _PAGE_HEAD.unpack_from(page)
        if kind != table:
            raise ValueError(f"it is of table {kind}, not of table {table}")
        if counts >> 24 & _NO_DATA:
            return following, []
        slots, counted = counts & 0x1FFF, counts >> 13 & 0x7FF
        rows = [page[_HEAP + offset :] for offset in _present(page, slots)]
        if len(rows) != counted:
            raise LibraryError(
                f"{self._path} is half written: page {number} counts {counted} rows and has "
                f"{len(rows)}",
                "Export to the stick again in Rekordbox, and eject it before you pull it out.",
            )
        return following, rows


def _present(page: memoryview, slots: int) -> Iterator[int]:
    """The offsets of the rows that are present, among so many slots."""
    for slot in range(slots):
        group = len(page) - slot // _IN_A_GROUP * _GROUP
        if group - 6 - 2 * (_IN_A_GROUP - 1) < _HEAP:
            raise ValueError("it has more rows than room")
        if _U16.unpack_from(page, group - 4)[0] >> slot % _IN_A_GROUP & 1:
            yield _U16.unpack_from(page, group - 6 - 2 * (slot % _IN_A_GROUP))[0]


_BESIDE = {
    "exportext.pdb": "holds the tags of a Rekordbox stick, and no tracks",
    "exportlibrary.db": "is the encrypted library of a Rekordbox stick, which cannot be read",
}


def _is_pdb(head: Head) -> bool:
    if what := _BESIDE.get(head.path.name.lower()):
        raise NotALibrary(
            f"{head.path} {what}", "Give the file `export.pdb`, which lies beside it, or the stick."
        )
    if len(head.start) < _PAGE_SIZES[0]:
        return False
    zero, size, tables = _FILE_HEAD.unpack_from(head.start)
    return zero == 0 and size in _PAGE_SIZES and KEYS < tables <= _MOST_TABLES


FORMAT = Format(
    kind=SOURCE,
    words="a Rekordbox USB stick",
    example="a stick's export.pdb",
    read=lambda path, _: read_rekordbox_usb(path),
    recognise=_is_pdb,
    file_names=("export.pdb",),
    in_folders=(
        *("PIONEER/rekordbox/export.pdb", ".PIONEER/rekordbox/export.pdb"),
        *("rekordbox/export.pdb", "export.pdb"),
    ),
    has_relative_paths=True,
)
