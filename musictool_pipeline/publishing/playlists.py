"""Playlists as files: M3U8 for players, an NML for Traktor, an XML for Rekordbox.

What belongs here: the three formats, from values to bytes, each such that the reader of the same
name in `libraries` finds the same tracks in the same order. What does not: which tracks are on a
playlist, and writing files.

A DJ program reads what the digital library says of a file, and no more: what it measures by
itself (tempo, key, grid) is left out, and a file without tags stays one.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from xml.etree import ElementTree

from anyascii import anyascii

from musictool_pipeline import __version__
from musictool_pipeline.publishing.file_paths import FilePath

WRITTEN_BY: Final = "Written by MusicTool"
"""Stands at the beginning of each playlist, so that no other one is ever replaced."""


@dataclass(frozen=True, slots=True)
class PlaylistTrack:
    """A file on a playlist, with what its library says of it; None where it says nothing.
    `credit` and `name` are artist and title to show, of the record where the file has none."""

    path: FilePath
    credit: str | None
    name: str | None
    artist: str | None = None
    title: str | None = None
    remixer: str | None = None
    mix: str | None = None
    album: str | None = None
    label: str | None = None
    genre: str | None = None
    duration_seconds: float | None = None
    bitrate: int | None = None
    file_size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Playlist:
    """A name, and the files in the order in which they are played, each once."""

    name: str
    tracks: Sequence[PlaylistTrack]


# --- M3U8 -----------------------------------------------------------------------------------------


def m3u8_bytes(playlist: Playlist) -> bytes:
    """The playlist as M3U8: UTF-8 without a byte order mark, paths as the operating system has
    them."""
    lines = ["#EXTM3U", f"# {WRITTEN_BY}", f"#PLAYLIST:{_on_one_line(playlist.name)}"]
    for track in playlist.tracks:
        seconds = round(track.duration_seconds) if track.duration_seconds else -1
        shown = " - ".join(filter(None, (track.credit, track.name)))
        lines += [f"#EXTINF:{seconds},{_on_one_line(shown)}", _line_of(track.path)]
    return "".join(f"{line}\n" for line in lines).encode()


def _line_of(path: FilePath) -> str:
    """The path; as a URL where a line could not hold it: blanks at its end, a line break."""
    fits = path.local == path.local.strip().strip("\ufeff") and len(path.local.splitlines()) == 1
    return path.local if fits else path.url


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


# --- Traktor --------------------------------------------------------------------------------------


def traktor_bytes(playlist: Playlist) -> bytes:
    """The playlist as Traktor exports one: an NML with the tracks as its collection, and one
    playlist that names them."""
    root = ElementTree.Element("NML", VERSION="19")
    _add(root, "HEAD", COMPANY="www.native-instruments.com", PROGRAM="Traktor")
    collection = _add(root, "COLLECTION", ENTRIES=len(playlist.tracks))
    for track in playlist.tracks:
        _add_traktor_entry(collection, track)
    folder = _add(_add(root, "PLAYLISTS"), "NODE", TYPE="FOLDER", NAME="$ROOT")
    node = _add(
        _add(folder, "SUBNODES", COUNT=1), "NODE", TYPE="PLAYLIST", NAME=_on_one_line(playlist.name)
    )
    # Traktor tells playlists apart by it, so it is the same at each export.
    uuid = hashlib.blake2b(playlist.name.encode(), digest_size=16).hexdigest()
    listed = _add(node, "PLAYLIST", ENTRIES=len(playlist.tracks), TYPE="LIST", UUID=uuid)
    for track in playlist.tracks:
        key = "".join(track.path.traktor)
        _add(_add(listed, "ENTRY"), "PRIMARYKEY", TYPE="TRACK", KEY=key)
    return _as_xml(root, 'version="1.0" encoding="UTF-8" standalone="no"')


def _add_traktor_entry(collection: ElementTree.Element, track: PlaylistTrack) -> None:
    entry = _add(collection, "ENTRY", TITLE=track.title, ARTIST=track.artist)
    volume, folders, name = track.path.traktor
    _add(entry, "LOCATION", DIR=folders, FILE=name, VOLUME=volume, VOLUMEID=volume)
    if track.album:
        _add(entry, "ALBUM", TITLE=track.album)
    seconds = track.duration_seconds
    _add(
        entry,
        "INFO",
        BITRATE=track.bitrate * 1000 if track.bitrate else None,
        GENRE=track.genre,
        LABEL=track.label,
        REMIXER=track.remixer,
        MIX=track.mix,
        PLAYTIME=_whole(seconds),
        PLAYTIME_FLOAT=f"{seconds:.6f}" if seconds else None,
        FILESIZE=_whole(track.file_size_bytes, 1024),
    )


# --- Rekordbox ------------------------------------------------------------------------------------


def rekordbox_bytes(playlist: Playlist) -> bytes:
    """The playlist as Rekordbox's XML: the tracks as its collection, and one playlist that names
    them by their numbers."""
    root = ElementTree.Element("DJ_PLAYLISTS", Version="1.0.0")
    _add(root, "PRODUCT", Name="MusicTool", Version=__version__, Company="")
    collection = _add(root, "COLLECTION", Entries=len(playlist.tracks))
    for number, track in enumerate(playlist.tracks, start=1):
        _add(
            collection,
            "TRACK",
            TrackID=number,
            Name=track.title,
            Artist=track.artist,
            Album=track.album,
            Genre=track.genre,
            Size=track.file_size_bytes,
            TotalTime=_whole(track.duration_seconds),
            BitRate=track.bitrate,
            Location=track.path.url,
            Remixer=track.remixer,
            Label=track.label,
            Mix=track.mix,
        )
    folder = _add(_add(root, "PLAYLISTS"), "NODE", Type=0, Name="ROOT", Count=1)
    count = len(playlist.tracks)
    name = _on_one_line(playlist.name)
    listed = _add(folder, "NODE", Name=name, Type=1, KeyType=0, Entries=count)
    for number in range(1, count + 1):
        _add(listed, "TRACK", Key=number)
    return _as_xml(root, 'version="1.0" encoding="UTF-8"')


# --- XML ------------------------------------------------------------------------------------------

# No XML can hold these, not even escaped.
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _whole(number: float | None, unit: int = 1) -> int | None:
    """In whole units, and at least one: 0 stands for unknown."""
    return max(1, round(number / unit)) if number else None


def _add(
    parent: ElementTree.Element, name: str, **attributes: str | int | None
) -> ElementTree.Element:
    """A child with those of the attributes that are known."""
    known = {
        attribute: _NOT_IN_XML.sub("", str(value))
        for attribute, value in attributes.items()
        if value is not None
    }
    return ElementTree.SubElement(parent, name, known)


def _as_xml(root: ElementTree.Element, declaration: str) -> bytes:
    ElementTree.indent(root, "")
    # Traktor and its kin write an empty element with an end tag of its own.
    text = ElementTree.tostring(root, "unicode", short_empty_elements=False)
    return f"<?xml {declaration}?>\n<!-- {WRITTEN_BY} -->\n{text}\n".encode()


FORMATS: Final[Mapping[str, Callable[[Playlist], bytes]]] = MappingProxyType(
    {".m3u8": m3u8_bytes, ".nml": traktor_bytes, ".xml": rekordbox_bytes}
)
"""How each kind of playlist is written, by the end of its name."""

_LONGEST_STEM: Final = 80


def file_stem(words: str) -> str:
    """A name for a file that every system takes: `folder Café / 12"` -> `folder-cafe-12`.

    Lower-case letters of ASCII, digits and hyphens, and never a name that Windows keeps for a
    device. Other scripts are transliterated.
    """
    plain = anyascii(unicodedata.normalize("NFKC", words)).lower()
    stem = re.sub("[^a-z0-9]+", "-", plain)[:_LONGEST_STEM].strip("-")
    return f"playlist-{stem}".strip("-") if _DEVICE.fullmatch(stem) else stem


_DEVICE = re.compile(r"|con|prn|aux|nul|(?:com|lpt)[0-9]")
