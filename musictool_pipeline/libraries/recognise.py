"""Which kind of library a path is, told by what is in it and not by what it is called."""

from __future__ import annotations

import codecs
import io
import json
import os
import re
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from musictool_pipeline.libraries import (
    apple_music,
    engine,
    folder,
    playlist,
    rekordbox,
    serato,
    track_list,
    traktor,
)
from musictool_pipeline.libraries.errors import LibraryError, NotALibrary
from musictool_pipeline.libraries.opening import opened
from musictool_pipeline.libraries.safe_xml import root_of
from musictool_pipeline.libraries.text_files import encoding_of


class Kind(StrEnum):
    """The kinds of library; the values are those of `LibraryTrack.source`."""

    TRAKTOR = traktor.SOURCE
    REKORDBOX = rekordbox.SOURCE
    APPLE_MUSIC = apple_music.SOURCE
    SERATO = serato.SOURCE
    ENGINE = engine.SOURCE
    FOLDER = folder.SOURCE
    M3U8 = playlist.SOURCE
    CSV = track_list.SOURCE


_KIND_OF_ROOT = {
    traktor.ROOT: Kind.TRAKTOR,
    rekordbox.ROOT: Kind.REKORDBOX,
    apple_music.ROOT: Kind.APPLE_MUSIC,
}
_IN_A_PROGRAMS_FOLDER = (
    "database V2",
    "_Serato_/database V2",
    "Database2/m.db",
    "Engine Library/Database2/m.db",
    "collection.nml",
)
_EXPORT_XML = "Export it as XML from the program that wrote it, and give that file."
_GIVE_THE_FOLDER = "Give the folder in which it lies."
_UNPACK = "Unpack it and give the library that is in it."
_SIGNATURES = (
    (b"bplist00", "a binary property list", _EXPORT_XML),
    (b"hdfm", "an iTunes library in iTunes' own format", _EXPORT_XML),
    (b"hfma", "an Apple Music library in Apple's own format", _EXPORT_XML),
    (b"\x89PNG", "a PNG picture", None),
    (b"\xff\xd8\xff", "a JPEG picture", None),
    (b"%PDF", "a PDF document", None),
    (b"PK\x03\x04", "a zip archive or a workbook", _UNPACK),
    (b"\x1f\x8b", "a gzip archive", _UNPACK),
    (b"7z\xbc\xaf", "a 7-Zip archive", _UNPACK),
    (b"Rar!", "a RAR archive", _UNPACK),
    (b"ID3", "a single audio file", _GIVE_THE_FOLDER),
    (b"\xff\xfb", "a single audio file", _GIVE_THE_FOLDER),
    (b"fLaC", "a single audio file", _GIVE_THE_FOLDER),
    (b"OggS", "a single audio file", _GIVE_THE_FOLDER),
    (b"RIFF", "a single audio file", _GIVE_THE_FOLDER),
    (b"FORM", "a single audio file", _GIVE_THE_FOLDER),
)
_HEAD = 64 * 1024
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<|\xff\xfe<\0|\xfe\xff\0<")
_WEB_PAGE = re.compile(rb"\s*(?:<!doctype html|<html)", re.IGNORECASE)


def libraries_at(path: Path) -> list[tuple[Kind, Path]]:
    """What there is to read at a path, by kind and place; never nothing.

    A file is one library. A folder is the databases that DJ programs keep in it (`database V2` or
    `_Serato_`, `Engine Library`, `collection.nml`), and then the audio files in it and below,
    unless it holds none beside a database: music is lost where either hides the other.

    Raises NotALibrary where it is something else, saying what it seems to be, and LibraryError
    where nothing is there, or where it cannot be read.
    """
    if not os.path.isdir(path):  # noqa: PTH112 (this one never raises)
        return [(recognise(path), path)]
    found: list[tuple[Kind, Path]] = []
    for name in _IN_A_PROGRAMS_FOLDER:
        inside = path / name
        # What only bears the name of a database is nobody's library.
        with suppress(NotALibrary):
            if os.path.isfile(inside):  # noqa: PTH113
                found.append((recognise(inside), inside))
    if not found or folder.holds_audio(path):
        found.append((Kind.FOLDER, path))
    return found


def recognise(path: Path) -> Kind:
    """The kind of library that a file is. Raises as `libraries_at` does."""
    if not os.path.exists(path):  # noqa: PTH110
        raise LibraryError(
            f"Digital library not found: {path}",
            "Correct MUSICTOOL_DIGITAL_LIBRARY, or connect the disk that it lies on.",
            path=path,
        )
    with opened(path) as file:
        head = file.read(_HEAD)
    if not head:
        raise LibraryError(f"{path} is empty", path=path)
    if head.startswith(engine.SIGNATURE):
        return Kind.ENGINE
    if head.startswith(serato.FIRST_TAG):
        return Kind.SERATO
    for signature, what, remedy in _SIGNATURES:
        if head.startswith(signature):
            raise NotALibrary(f"{path} is {what}, not a digital library", remedy, path=path)
    if head[4:8] == b"ftyp":
        raise NotALibrary(
            f"{path} is a single audio or video file, not a digital library",
            _GIVE_THE_FOLDER,
            path=path,
        )
    if _MARKUP.match(head):
        return _kind_of_xml(path, head)
    return _kind_of_text(path, head)


def _kind_of_xml(path: Path, head: bytes) -> Kind:
    if _WEB_PAGE.match(head.removeprefix(codecs.BOM_UTF8)):
        raise NotALibrary(f"{path} is a web page, not a digital library", path=path)
    root = root_of(path)
    if root not in _KIND_OF_ROOT:
        raise NotALibrary(
            f"{path} is XML of another kind: its outermost element is <{root[:40]}>", path=path
        )
    return _KIND_OF_ROOT[root]


def _kind_of_text(path: Path, head: bytes) -> Kind:
    encoding = encoding_of(path)
    text = head.decode(encoding, "replace").lstrip("\ufeff")
    if "\0" in text:
        raise NotALibrary(
            f"{path} is a binary file of an unknown kind, not a digital library", path=path
        )
    if text.lstrip().startswith(playlist.FIRST_LINE) or path.suffix.lower() in (".m3u", ".m3u8"):
        return Kind.M3U8
    if text.lstrip().startswith(("{", "[")) and _is_json(text):
        raise NotALibrary(f"{path} is JSON, not a digital library", path=path)
    track_list.read_header(io.StringIO(text, newline=""), path)
    return Kind.CSV


def _is_json(text: str) -> bool:
    """Whether it begins as JSON does, as far as it can be seen."""
    try:
        json.JSONDecoder().raw_decode(text.lstrip())
    except json.JSONDecodeError as error:
        return error.pos > 1
    except RecursionError:
        return True
    return True
