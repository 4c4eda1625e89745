"""Libraries and audio files written by hand, as small as their formats allow.

What belongs here: writing the formats. What is expected of them is written in the tests.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import sqlite3
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from musictool_pipeline.libraries.reading import read_library
from musictool_pipeline.libraries.track import LibraryTrack

XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
PLIST_DOCTYPE = (
    '<!DOCTYPE plist PUBLIC "-//Apple Computer//DTD PLIST 1.0//EN" '
    '"http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n'
)


def read(path: Path) -> list[LibraryTrack]:
    """All tracks, and the proof that reading them changed neither the file nor its folder."""
    before = _state(path)
    tracks = list(read_library(path))
    assert _state(path) == before
    return tracks


def only(path: Path) -> LibraryTrack:
    [track] = read(path)
    return track


def _state(path: Path) -> dict[str, tuple[str, int]]:
    folder = path if path.is_dir() else path.parent
    return {
        str(file): (hashlib.sha256(file.read_bytes()).hexdigest(), file.stat().st_mtime_ns)
        for file in folder.rglob("*")
        if file.is_file() and os.access(file, os.R_OK)
    }


def attributes(values: Mapping[str, object]) -> str:
    return "".join(f" {name}={quoteattr(str(value))}" for name, value in values.items())


# Traktor -------------------------------------------------------------------------------------


def entry(inner: str = "", /, info: dict[str, object] | None = None, **values: object) -> str:
    """An ENTRY; unless `inner` brings one, its LOCATION is `C:/Music/a.mp3`."""
    if "<LOCATION" not in inner:
        inner += location()
    described = f"<INFO{attributes({'PLAYTIME': 300} | (info or {}))}></INFO>"
    return f"<ENTRY{attributes(values)}>{inner}{described}</ENTRY>\n"


def location(file: str = "a.mp3", folder: str = "/:Music/:", volume: str = "C:") -> str:
    return f"<LOCATION{attributes({'DIR': folder, 'FILE': file, 'VOLUME': volume})}></LOCATION>"


def nml(*entries: str, after: str = "", declared: int | None = None) -> str:
    count = len(entries) if declared is None else declared
    return (
        f'{XML}<NML VERSION="19"><HEAD COMPANY="x"></HEAD><COLLECTION ENTRIES="{count}">'
        f"{''.join(entries)}</COLLECTION>{after}</NML>\n"
    )


# Rekordbox -----------------------------------------------------------------------------------


def rekordbox(*tracks: Mapping[str, object], after: str = "") -> str:
    listed = "".join(f"<TRACK{attributes(track)}/>\n" for track in tracks)
    return (
        f'{XML}<DJ_PLAYLISTS Version="1.0.0"><PRODUCT Name="rekordbox" Version="6.0.0"/>'
        f'<COLLECTION Entries="{len(tracks)}">{listed}</COLLECTION>{after}</DJ_PLAYLISTS>\n'
    )


# Apple Music ---------------------------------------------------------------------------------


def plist(*tracks: Mapping[str, object], after: str = "", doctype: str = PLIST_DOCTYPE) -> str:
    listed = "".join(
        f"<key>{number}</key>\n<dict>{_pairs(track)}</dict>\n"
        for number, track in enumerate(tracks, start=1)
    )
    return (
        f'{XML}{doctype}<plist version="1.0">\n<dict>\n<key>Major Version</key>'
        f"<integer>1</integer>\n<key>Tracks</key>\n<dict>\n{listed}</dict>\n{after}</dict></plist>"
    )


def _pairs(track: Mapping[str, object]) -> str:
    def value(item: object) -> str:
        if isinstance(item, bool):
            return "<true/>" if item else "<false/>"
        if isinstance(item, int):
            return f"<integer>{item}</integer>"
        return f"<string>{escape(str(item))}</string>"

    return "".join(f"<key>{name}</key>{value(item)}\n" for name, item in track.items())


# Serato --------------------------------------------------------------------------------------


def record(tag: str, body: bytes | str) -> bytes:
    raw = body.encode("utf-16-be") if isinstance(body, str) else body
    return struct.pack(">4sI", tag.encode(), len(raw)) + raw


def serato(
    *tracks: dict[str, str | bytes], version: str = "2.0/Serato Scratch LIVE Database"
) -> bytes:
    return record("vrsn", version) + b"".join(
        record("otrk", b"".join(record(tag, body) for tag, body in track.items()))
        for track in tracks
    )


# Engine --------------------------------------------------------------------------------------

ENGINE_2 = (
    "id INTEGER PRIMARY KEY, playOrder INTEGER, length INTEGER, bpm INTEGER, year INTEGER, "
    "path TEXT, filename TEXT, bitrate INTEGER, bpmAnalyzed REAL, fileBytes INTEGER, title TEXT, "
    "artist TEXT, album TEXT, genre TEXT, comment TEXT, label TEXT, composer TEXT, remixer TEXT, "
    "key INTEGER, rating INTEGER, fileType TEXT, isAvailable BOOLEAN, streamingSource TEXT, "
    "uri TEXT, dateAdded DATETIME"
)
ENGINE_3 = ENGINE_2 + ", streamingFlags INTEGER, explicitLyrics BOOLEAN, trackData BLOB"


def engine(path: Path, *tracks: Mapping[str, object], columns: str = ENGINE_2) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TABLE Track ({columns})")
        connection.execute("CREATE TABLE Information (id INTEGER PRIMARY KEY, uuid TEXT)")
        add_to_engine(connection, *tracks)
    return path


def add_to_engine(connection: sqlite3.Connection, *tracks: Mapping[str, object]) -> None:
    for track in tracks:
        insert(connection, "Track", track)


def insert(connection: Any, table: str, row: Mapping[str, object]) -> None:
    columns, marks = ", ".join(f'"{name}"' for name in row), ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(row.values()))


# Mixxx ---------------------------------------------------------------------------------------

MIXXX = """
CREATE TABLE settings (name TEXT UNIQUE NOT NULL, value TEXT);
CREATE TABLE itunes_library (id INTEGER PRIMARY KEY, artist, title, location);
CREATE TABLE library (id INTEGER PRIMARY KEY AUTOINCREMENT, artist varchar(64), title varchar(64),
    album varchar(64), year varchar(16), genre varchar(64), tracknumber varchar(3),
    location INTEGER REFERENCES track_locations(location), comment varchar(256), duration FLOAT,
    bitrate INTEGER, samplerate INTEGER, bpm FLOAT, datetime_added, mixxx_deleted INTEGER,
    filetype varchar(8), timesplayed INTEGER, rating INTEGER, key varchar(8), beats BLOB,
    composer varchar(64), keys BLOB, key_id INTEGER DEFAULT 0, grouping TEXT, album_artist TEXT);
CREATE TABLE track_locations (id INTEGER PRIMARY KEY AUTOINCREMENT, location varchar(512) UNIQUE,
    filename varchar(512), directory varchar(512), filesize INTEGER, fs_deleted INTEGER,
    needs_verification INTEGER);
"""


def mixxx(path: Path, *tracks: Mapping[str, object], schema: str = MIXXX) -> Path:
    """Of a track's values, those whose names begin with `file.` are its file's; the ids of files
    are others than those of tracks."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(schema)
        for number, track in enumerate(tracks, start=1001):
            file = {name[5:]: track[name] for name in track if name.startswith("file.")}
            if file:
                insert(connection, "track_locations", {"id": number, **file})
            own = {name: track[name] for name in track if not name.startswith("file.")}
            insert(connection, "library", {"location": number, **own})
    return path


# Serato 4 -------------------------------------------------------------------------------------

# The columns that are read, and some of the others, as version 4.0.9 has them.
SERATO_4 = """
CREATE TABLE serato (database_name TEXT DEFAULT '', time_created INTEGER, revision INT DEFAULT 0);
CREATE TABLE space (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE asset (id INTEGER PRIMARY KEY AUTOINCREMENT, {own}portable_id TEXT NOT NULL DEFAULT '',
    file_name TEXT, file_size INTEGER, file_bit_rate REAL, type TEXT NOT NULL DEFAULT '',
    artist TEXT NOT NULL DEFAULT '', name TEXT NOT NULL DEFAULT '', album TEXT NOT NULL DEFAULT '',
    label TEXT NOT NULL DEFAULT '', remixer TEXT NOT NULL DEFAULT '',
    genre TEXT NOT NULL DEFAULT '', key TEXT NOT NULL DEFAULT '', bpm REAL, length_sec INTEGER,
    length_ms INTEGER, time_added INTEGER NOT NULL DEFAULT 0, is_missing INTEGER DEFAULT 0);
CREATE TABLE space_asset (id INTEGER PRIMARY KEY, asset_id INTEGER, space_id INTEGER);
CREATE TABLE history_entry (id INTEGER PRIMARY KEY, portable_id TEXT, name TEXT, artist TEXT);
INSERT INTO space VALUES (1, 'Serato Library'), (2, 'Prepare');
"""
SERATO_4_OF_A_DISK = SERATO_4.format(own="")
SERATO_4_MASTER = (
    SERATO_4.format(own="location_id INTEGER, key_value INTEGER DEFAULT -1, name_norm TEXT, ")
    + """
CREATE TABLE connection (location_id INTEGER, database_uri TEXT);
INSERT INTO connection VALUES
    (1, '/Users/me/Library/Application Support/Serato/Library/root.sqlite'),
    (2, '/Volumes/Stick/_Serato_/Library/location.sqlite');
"""
)


def serato_4(path: Path, *tracks: Mapping[str, object], schema: str = SERATO_4_MASTER) -> Path:
    """Each track is in the library and in *Prepare*, and was played once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(schema)
        for number, track in enumerate(tracks, start=1):
            disk = {"location_id": 1} if schema == SERATO_4_MASTER else {}
            insert(connection, "asset", {"id": number, **disk, **track})
            for space in (1, 2):
                insert(connection, "space_asset", {"asset_id": number, "space_id": space})
            played = {name: track[name] for name in ("portable_id", "name") if name in track}
            insert(connection, "history_entry", {"id": number, **played})
    return path


# Rekordbox 6 and 7 ----------------------------------------------------------------------------

REKORDBOX_DB = """
CREATE TABLE djmdContent (ID VARCHAR(255) PRIMARY KEY, FolderPath VARCHAR(255),
    FileNameL VARCHAR(255), Title VARCHAR(255), ArtistID VARCHAR(255), AlbumID VARCHAR(255),
    GenreID VARCHAR(255), BPM INTEGER, Length INTEGER, BitRate INTEGER, Commnt TEXT,
    FileType INTEGER, Rating INTEGER, ReleaseYear INTEGER, RemixerID VARCHAR(255),
    LabelID VARCHAR(255), OrgArtistID VARCHAR(255), KeyID VARCHAR(255), StockDate VARCHAR(255),
    FileSize INTEGER, ComposerID VARCHAR(255), Subtitle VARCHAR(255), ISRC VARCHAR(255),
    ServiceID INTEGER, ExtInfo TEXT, rb_local_deleted TINYINT DEFAULT 0);
CREATE TABLE djmdArtist (ID VARCHAR(255) PRIMARY KEY, Name VARCHAR(255));
CREATE TABLE djmdAlbum (ID VARCHAR(255) PRIMARY KEY, Name VARCHAR(255), AlbumArtistID TEXT);
CREATE TABLE djmdGenre (ID VARCHAR(255) PRIMARY KEY, Name VARCHAR(255));
CREATE TABLE djmdLabel (ID VARCHAR(255) PRIMARY KEY, Name VARCHAR(255));
CREATE TABLE djmdKey (ID VARCHAR(255) PRIMARY KEY, ScaleName VARCHAR(255), Seq INTEGER);
"""
_NAMED = {
    "ArtistID": ("djmdArtist", "Name"),
    "RemixerID": ("djmdArtist", "Name"),
    "AlbumID": ("djmdAlbum", "Name"),
    "GenreID": ("djmdGenre", "Name"),
    "LabelID": ("djmdLabel", "Name"),
    "KeyID": ("djmdKey", "ScaleName"),
}


def rekordbox_db(path: Path, *tracks: Mapping[str, object], schema: str = REKORDBOX_DB) -> Path:
    with opened_rekordbox_db(path) as connection:
        connection.executescript(schema)
        add_to_rekordbox_db(connection, *tracks)
    return path


def add_to_rekordbox_db(connection: Any, *tracks: Mapping[str, object]) -> None:
    """Of a track's ids, those that are words are names, which get ids of their own. A track without
    an ID has its number."""
    for track in tracks:
        [(number,)] = connection.execute("SELECT count(*) + 1 FROM djmdContent").fetchall()
        row = {"ID": str(number), **track}
        for column, (table, name) in _NAMED.items():
            value = row.get(column)
            if isinstance(value, str) and value.strip("0123456789"):
                row[column] = f"{number}{len(column)}"
                insert(connection, table, {"ID": row[column], name: value})
        insert(connection, "djmdContent", row)
    connection.commit()


@contextmanager
def opened_rekordbox_db(path: Path) -> Iterator[Any]:
    """A connection that may write, opened by pyrekordbox as Rekordbox itself would."""
    from pyrekordbox import MasterDatabase

    path.touch()
    database = MasterDatabase(path)
    with closing(database.engine.raw_connection()) as pooled:
        yield pooled.driver_connection
    database.close()
    database.engine.dispose()


# beets ---------------------------------------------------------------------------------------

BEETS = (
    "id INTEGER PRIMARY KEY, path BLOB, album_id INTEGER, title TEXT, artist TEXT, artists TEXT, "
    "albumartist TEXT, album TEXT, genre TEXT, remixer TEXT, year INTEGER, label TEXT, "
    "catalognum TEXT, media TEXT, length REAL, bpm INTEGER, initial_key TEXT, bitrate INTEGER, "
    "format TEXT, comments TEXT, discogs_albumid INTEGER, mtime REAL, added REAL"
)
BEETS_2_14 = BEETS.replace("genre TEXT, remixer TEXT", "genres TEXT, remixers TEXT")


def beets(path: Path, *items: Mapping[str, object], columns: str = BEETS) -> Path:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(
            f"CREATE TABLE items ({columns}); CREATE TABLE albums (id INTEGER PRIMARY KEY, album);"
            "CREATE TABLE item_attributes (id INTEGER PRIMARY KEY, entity_id INTEGER, key, value);"
        )
        for item in items:
            insert(connection, "items", item)
    return path


# VirtualDJ -----------------------------------------------------------------------------------


def song(path: str | None = "/a.mp3", inner: str = "", /, **values: object) -> str:
    """A Song; `inner` is what it holds."""
    place = {} if path is None else {"FilePath": path}
    return f" <Song{attributes(place | values)}>\n{inner}\n </Song>   \n"


def virtualdj(*songs: str, version: str = "2025") -> str:
    return f'{XML}<VirtualDJ_Database Version="{version}">\n{"".join(songs)}</VirtualDJ_Database>\n'


# Rekordbox on a USB stick --------------------------------------------------------------------

PAGE = 4096


class StickTrack(NamedTuple):
    """A row of the table of tracks; names are written into tables of their own."""

    path: str = ""
    title: str = ""
    artist: str = ""
    remixer: str = ""
    album: str = ""
    label: str = ""
    genre: str = ""
    key: str = ""
    mix: str = ""
    date_added: str = ""
    tempo: int = 0
    seconds: int = 0
    bitrate: int = 0
    size: int = 0
    kind: int = 1


def export_pdb(*tracks: StickTrack, deleted: tuple[int, ...] = (), far: bool = False) -> bytes:
    """The file of a stick. `deleted` are places in `tracks` whose rows are only left over; `far`
    says that offsets of names take two bytes."""
    artists = _numbered(name for track in tracks for name in (track.artist, track.remixer))
    albums = _numbered(track.album for track in tracks)
    genres = _numbered(track.genre for track in tracks)
    labels = _numbered(track.label for track in tracks)
    keys = _numbered(track.key for track in tracks)

    def row(number: int, track: StickTrack) -> bytes:
        listed = [""] * 21
        listed[10], listed[12], listed[17] = track.date_added, track.mix, track.title
        listed[19], listed[20] = track.path.rpartition("/")[2], track.path
        numbers = struct.pack(
            "<HHIIIIIHHIIIIIIIIIIIIHHHHHHBBHH",
            *(0x24, 0, 0, 44100, 0, track.size, 0, 0, 0, 0, keys[track.key], 0),
            *(labels[track.label], artists[track.remixer], track.bitrate, 0, track.tempo),
            *(genres[track.genre], albums[track.album], artists[track.artist], number, 1, 0, 0),
            *(16, track.seconds, 0, 0, 0, track.kind, 3),
        )
        return _with_texts(numbers, listed)

    def name(start: bytes, text: str) -> bytes:
        """A row that ends in its name, whose offset stands at the end of `start`."""
        if not far:
            return start + bytes([3, len(start) + 2]) + device_text(text)
        start = bytes([start[0] | 4]) + start[1:]
        gap = bytes(300)
        offset = struct.pack("<H", len(start) + 4 + len(gap))
        return start + bytes([3, 0]) + offset + gap + device_text(text)

    def named(table: Mapping[str, int], pack: Callable[[int, str], bytes]) -> list[bytes]:
        return [pack(number, text) for text, number in table.items() if text]

    return device_sql(
        {
            0: [row(number, track) for number, track in enumerate(tracks, start=1)],
            1: named(genres, lambda number, text: struct.pack("<I", number) + device_text(text)),
            2: named(artists, lambda at, text: name(struct.pack("<HHI", 0x60, 0, at), text)),
            3: named(
                albums, lambda at, text: name(struct.pack("<HHIIII", 0x80, 0, 0, 0, at, 0), text)
            ),
            4: named(labels, lambda number, text: struct.pack("<I", number) + device_text(text)),
            5: named(keys, lambda at, text: struct.pack("<II", at, at) + device_text(text)),
        },
        deleted={0: deleted},
    )


def _numbered(names: Iterable[str]) -> dict[str, int]:
    return {"": 0} | {name: at for at, name in enumerate(dict.fromkeys(names), start=10) if name}


def _with_texts(start: bytes, texts: list[str]) -> bytes:
    written = [device_text(text) for text in texts]
    first = len(start) + 2 * len(written)
    offsets = [first + sum(map(len, written[:at])) for at in range(len(written))]
    return start + struct.pack(f"<{len(offsets)}H", *offsets) + b"".join(written)


def device_text(text: str) -> bytes:
    """As Rekordbox writes it: short or long ASCII, or UTF-16."""
    if not text.isascii():
        raw = text.encode("utf-16-le")
        return struct.pack("<BHx", 0x90, len(raw) + 4) + raw
    if len(text) > 126:
        return struct.pack("<BHx", 0x40, len(text) + 4) + text.encode()
    return bytes([(len(text) + 1) * 2 + 1]) + text.encode()


def device_sql(
    tables: Mapping[int, list[bytes]],
    *,
    deleted: Mapping[int, tuple[int, ...]],
) -> bytes:
    """Tables in pages, each led by a page without data; those up to the 20th that are not given
    are empty."""
    pages: list[bytes] = [b""]
    places = []
    for kind in range(20):
        pages.append(_page(kind, len(pages) + 1, [], (), flags=0x64))
        first = len(pages) - 1
        rows = list(enumerate(tables.get(kind, [])))
        while rows:
            taken = _that_fit(rows)
            gone = tuple(at - rows[0][0] for at in deleted.get(kind, ()))
            pages.append(_page(kind, len(pages) + 1, [row for _, row in rows[:taken]], gone))
            rows = rows[taken:]
        places.append(struct.pack("<4I", kind, 0, first, len(pages) - 1))
    head = struct.pack("<7I", 0, PAGE, len(places), len(pages), 5, 1, 0) + b"".join(places)
    return head.ljust(PAGE, b"\0") + b"".join(pages[1:])


def _that_fit(rows: list[tuple[int, bytes]]) -> int:
    room = PAGE - 40 - 2 * 36
    for count, (_, row) in enumerate(rows):
        room -= len(row) + len(row) % 2 + 4
        if room < 0:
            return count
    return len(rows)


def _page(
    kind: int, following: int, rows: list[bytes], deleted: tuple[int, ...], flags: int = 0x34
) -> bytes:
    heap, offsets = b"", []
    for row in rows:
        offsets.append(len(heap))
        heap += row + bytes(len(row) % 2)
    page = bytearray(PAGE)
    there = [at for at in range(len(rows)) if at not in deleted]
    counts = len(rows) | len(there) << 13 | flags << 24
    struct.pack_into("<6I", page, 4, following - 1, kind, following, 1, 0, counts)
    page[40 : 40 + len(heap)] = heap
    for at, offset in enumerate(offsets):
        group = PAGE - at // 16 * 36
        struct.pack_into("<H", page, group - 6 - 2 * (at % 16), offset)
        [present] = struct.unpack_from("<H", page, group - 4)
        struct.pack_into("<H", page, group - 4, present | (at in there) << at % 16)
    return bytes(page)


# Audio files ---------------------------------------------------------------------------------


def wav(seconds: int = 60, **info: bytes) -> bytes:
    """Silence, 1 kHz, 8 bit, mono, with the texts of a LIST INFO, if any."""
    samples = bytes([128]) * (1000 * seconds)
    described = struct.pack("<HHIIHH", 1, 1, 1000, 1000, 1, 8)
    chunks = b"fmt " + struct.pack("<I", 16) + described
    chunks += b"data" + struct.pack("<I", len(samples)) + samples
    if info:
        texts = b"INFO" + b"".join(_chunk(name, text, "<") for name, text in info.items())
        chunks += _chunk("LIST", texts, "<")
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def aiff(seconds: int = 60, **texts: bytes) -> bytes:
    """The description of silence, 1 kHz, 8 bit, mono, and texts in chunks of their own."""
    rate = struct.pack(">HQ", 0x3FFF + 63, 1000)
    chunks = _chunk("COMM", struct.pack(">hLh", 1, 1000 * seconds, 8) + rate, ">")
    chunks += b"".join(_chunk(name, text, ">") for name, text in texts.items())
    return b"FORM" + struct.pack(">I", 4 + len(chunks)) + b"AIFF" + chunks


def _chunk(name: str, body: bytes, order: str) -> bytes:
    return name.encode() + struct.pack(f"{order}I", len(body)) + body + bytes(len(body) % 2)


def flac(seconds: int = 60, **comments: str) -> bytes:
    """A FLAC stream's description and Vorbis comments, with no audio."""
    rate = 44_100
    bits = (rate << 44) | (1 << 41) | (15 << 36) | (rate * seconds)
    described = struct.pack(">HH", 4096, 4096) + bytes(6) + bits.to_bytes(8, "big") + bytes(16)
    vendor = struct.pack("<I", 0) + struct.pack("<I", len(comments))
    listed = b"".join(
        struct.pack("<I", len(raw)) + raw
        for raw in (f"{name}={text}".encode() for name, text in comments.items())
    )
    blocks = ((0, described), (4 | 0x80, vendor + listed))
    return b"fLaC" + b"".join(
        bytes([kind]) + len(body).to_bytes(3, "big") + body for kind, body in blocks
    )


def mp3(seconds: int = 60, **frames: str) -> bytes:
    """An ID3v2.3 tag, and frames of MPEG 1 layer III, 128 kbit/s, 44.1 kHz, all zero inside."""
    body = b"".join(
        struct.pack(">4sIH", name.encode(), len(raw), 0) + raw
        for name, raw in ((name, b"\x01" + text.encode("utf-16")) for name, text in frames.items())
    )
    size = bytes((len(body) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    frame = b"\xff\xfb\x90\xc4" + bytes(413)
    return b"ID3\x03\x00\x00" + size + body + frame * (seconds * 44_100 // 1152)


# Every format ---------------------------------------------------------------------------------


class Entry(NamedTuple):
    """What every format can say of a file; `path` is absolute, with slashes."""

    path: str
    artist: str = ""
    title: str = ""


def _traktor(folder: Path, *entries: Entry) -> Path:
    def one(it: Entry) -> str:
        *folders, name = (part.replace(":", "//") for part in it.path.split("/")[1:])
        place = location(name, "/:" + "".join(f"{each}/:" for each in folders), "")
        named: dict[str, object] = {"ARTIST": it.artist, "TITLE": it.title}
        return entry(place, None, **{key: value for key, value in named.items() if value})

    return _written(folder / "collection.nml", nml(*map(one, entries)))


def _rekordbox(folder: Path, *entries: Entry) -> Path:
    tracks = ({"Location": _url(it), "Artist": it.artist, "Name": it.title} for it in entries)
    return _written(folder / "rb.xml", rekordbox(*tracks))


def _apple_music(folder: Path, *entries: Entry) -> Path:
    tracks = ({"Location": _url(it), "Artist": it.artist, "Name": it.title} for it in entries)
    return _written(folder / "Library.xml", plist(*tracks))


def _serato(folder: Path, *entries: Entry) -> Path:
    tracks: list[dict[str, str | bytes]] = [
        {"pfil": it.path[1:], "tart": it.artist, "tsng": it.title} for it in entries
    ]
    return _written(folder / "database V2", serato(*tracks))


def _engine(folder: Path, *entries: Entry) -> Path:
    tracks = ({"path": it.path, "artist": it.artist, "title": it.title} for it in entries)
    return engine(folder / "m.db", *tracks)


def _mixxx(folder: Path, *entries: Entry) -> Path:
    """A second entry of one file has none: its place is unique."""
    paths: set[str] = set()
    tracks: list[dict[str, object]] = []
    for it in entries:
        place = {} if it.path in paths else {"file.location": it.path}
        paths.add(it.path)
        tracks.append({**place, "artist": it.artist, "title": it.title})
    return mixxx(folder / "mixxxdb.sqlite", *tracks)


def _beets(folder: Path, *entries: Entry) -> Path:
    items = (
        {"path": os.fsencode(it.path), "artist": it.artist, "title": it.title} for it in entries
    )
    return beets(folder / "library.db", *items)


def _serato_4(folder: Path, *entries: Entry) -> Path:
    tracks = ({"portable_id": it.path[1:], "artist": it.artist, "name": it.title} for it in entries)
    return serato_4(folder / "master.sqlite", *tracks)


def _virtualdj(folder: Path, *entries: Entry) -> Path:
    def one(it: Entry) -> str:
        named = {"Author": it.artist, "Title": it.title}
        tags = attributes({name: text for name, text in named.items() if text})
        return song(it.path, f"  <Tags{tags} />")

    return _written(folder / "database.xml", virtualdj(*map(one, entries)))


def _rekordbox_usb(folder: Path, *entries: Entry) -> Path:
    tracks = (StickTrack(it.path, it.title, it.artist) for it in entries)
    return _written(folder / "export.pdb", export_pdb(*tracks))


def _rekordbox_db(folder: Path, *entries: Entry) -> Path:
    tracks = ({"FolderPath": it.path, "ArtistID": it.artist, "Title": it.title} for it in entries)
    return rekordbox_db(folder / "master.db", *tracks)


def _m3u8(folder: Path, *entries: Entry) -> Path:
    lines = ["#EXTM3U"]
    for it in entries:
        if it.title:
            lines.append(f"#EXTINF:300,{it.artist} - {it.title}")
        lines.append(it.path)
    return _written(folder / "set.m3u8", "\n".join(lines))


def _csv(folder: Path, *entries: Entry) -> Path:
    table = io.StringIO(newline="")
    csv.writer(table).writerows([("path", "artist", "title"), *entries])
    return _written(folder / "tracks.csv", table.getvalue())


def _folder(folder: Path, *entries: Entry) -> Path:
    """Each file in a folder of its own, since two may have one name."""
    for number, it in enumerate(entries):
        path = folder / "music" / str(number) / it.path[1:]
        path.parent.mkdir(parents=True)
        path.write_bytes(flac(ARTIST=it.artist, TITLE=it.title))
    return folder / "music"


def _url(it: Entry) -> str:
    return "file://localhost" + quote(it.path)


def _written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


WRITERS: dict[str, Callable[..., Path]] = {
    "traktor": _traktor,
    "rekordbox": _rekordbox,
    "apple_music": _apple_music,
    "serato": _serato,
    "engine": _engine,
    "mixxx": _mixxx,
    "beets": _beets,
    "serato_4": _serato_4,
    "virtualdj": _virtualdj,
    "rekordbox_usb": _rekordbox_usb,
    "rekordbox_db": _rekordbox_db,
    "m3u8": _m3u8,
    "csv": _csv,
    "folder": _folder,
}
"""A library of each kind: `write(folder, *entries)` gives its path."""
