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
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from musictool_pipeline.libraries import LibraryTrack, read_library

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
        add_to_engine(connection, *tracks)
    return path


def add_to_engine(connection: sqlite3.Connection, *tracks: Mapping[str, object]) -> None:
    for track in tracks:
        marks = ", ".join("?" * len(track))
        connection.execute(
            f"INSERT INTO Track ({', '.join(track)}) VALUES ({marks})", list(track.values())
        )


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
    "m3u8": _m3u8,
    "csv": _csv,
    "folder": _folder,
}
"""A library of each kind: `write(folder, *entries)` gives its path."""
