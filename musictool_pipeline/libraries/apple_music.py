"""Apple Music's and iTunes' `Library.xml`: the tracks of a property list.

It is read as a stream and not with `plistlib`, which would hold a library of 200 MB in memory as
a whole. The doctype that Apple puts into every property list is let pass, unread.

Documents, books to read and apps that iTunes keeps are left out. Audiobooks, videos and Internet
radio are given with `is_music` False, and so are tracks rented with a subscription, downloaded or
not. Bought or uploaded tracks that are in the cloud only have no path, but are their owner's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

from musictool_pipeline.libraries.errors import NotALibrary
from musictool_pipeline.libraries.file_url import path_from_url
from musictool_pipeline.libraries.format import Format, Parts
from musictool_pipeline.libraries.renting import is_rented
from musictool_pipeline.libraries.safe_xml import read_xml
from musictool_pipeline.libraries.track import LibraryTrack, as_number, file_type_of, library_track

SOURCE = "apple_music"
ROOT = "plist"
_DOCTYPES = frozenset({"-//Apple//DTD PLIST 1.0//EN", "-//Apple Computer//DTD PLIST 1.0//EN"})

# `Kind` is in the program's language; these are the words that stay, or that English has. Video is
# the same word in most: there are entries that no mark tells from music, and the name of the file
# does not either where it is an `.mp4` or in the cloud.
_NO_AUDIO_KIND = re.compile(
    r"\b(?:pdf|epub|ipod touch app|iphone app|itunes lp|itunes extras|(?:purchased |protected )?"
    r"book)\b",
    re.IGNORECASE,
)
_NO_MUSIC_KIND = re.compile(
    r"\bstream\b|vid[eé]o|v[ií]deo|wideo|видео|відео|ビデオ|비디오|视频|視訊|\bmovie\b|\baudiobook\b",
    re.IGNORECASE,
)
_NO_AUDIO = frozenset({"pdf", "epub", "ibooks", "ipa", "itlp", "ite"})
_BOOK = frozenset({"m4b", "aa", "aax"})
_VIDEO = frozenset({"m4v", "mov", "avi", "mpg", "mpeg", "mkv"})
_VIDEO_MARKS = ("Has Video", "Movie", "Music Video", "TV Show")
_VIDEO_SIZES = ("Video Width", "Video Height")


def _entries(path: Path) -> Iterator[Mapping[str, str]]:
    tracks = _Tracks()
    yield from read_xml(path, ROOT, tracks, doctypes=_DOCTYPES)
    if not tracks.found:
        raise NotALibrary(
            f"{path} is a property list, but none of a music library: it has no Tracks"
        )


def _track(entry: Mapping[str, str]) -> LibraryTrack | None:
    path = path_from_url(entry.get("Location"))
    kind, file_type = entry.get("Kind", ""), file_type_of(path)
    if file_type in _NO_AUDIO or _NO_AUDIO_KIND.search(kind):
        return None
    milliseconds = as_number(entry.get("Total Time"))
    return library_track(
        SOURCE,
        path=path,
        identity=entry.get("Persistent ID"),
        # A track on an album by one artist often names the artist on the album alone.
        artist=entry.get("Artist") or entry.get("Album Artist"),
        title=entry.get("Name"),
        album=entry.get("Album"),
        genre=entry.get("Genre"),
        bpm=entry.get("BPM"),
        duration_seconds=milliseconds / 1000 if milliseconds else None,
        bitrate=entry.get("Bit Rate"),
        file_size_bytes=entry.get("Size"),
        imported_at=entry.get("Date Added"),
        is_music=not (
            file_type in _BOOK
            or file_type in _VIDEO
            or any(entry.get(mark) == "true" for mark in _VIDEO_MARKS)
            or any(as_number(entry.get(size)) for size in _VIDEO_SIZES)
            or entry.get("Track Type") == "URL"
            or _is_rented(entry)
            or _NO_MUSIC_KIND.search(unicodedata.normalize("NFC", kind))
        ),
    )


def _is_rented(entry: Mapping[str, str]) -> bool:
    """Whether a subscription plays it. What was matched is its owner's own, though the service
    has it too."""
    marked = entry.get("Apple Music") == "true" and entry.get("Matched") != "true"
    return marked or is_rented(entry.get("Kind", ""))


class _Tracks:
    """The dictionaries under the key Tracks, with their values as text; `true` and `false` too."""

    _LONGEST_VALUE = 64 * 1024
    _MOST_VALUES = 256

    def __init__(self) -> None:
        self.found = False
        self._top_key = ""
        self._key = ""
        self._text: list[str] | None = None
        self._length = 0
        self._entry: dict[str, str] | None = None
        self._made: list[dict[str, str]] = []

    # plist / dict / (key Tracks) dict / (key 1234) dict / key, string, integer, true ...
    _TOP, _ENTRY, _VALUE = 3, 4, 5

    def start(self, depth: int, name: str, attributes: dict[str, str]) -> None:
        if depth == self._TOP and name == "dict" and self._top_key == "Tracks":
            self.found = True
        elif depth == self._ENTRY and name == "dict" and self._top_key == "Tracks":
            self._entry = {}
        self._text = None
        in_entry = depth == self._VALUE and self._entry is not None
        if in_entry or (depth == self._TOP and name == "key"):
            self._text, self._length = [], 0

    def text(self, text: str) -> None:
        if self._text is not None and self._length < self._LONGEST_VALUE:
            self._text.append(text)
            self._length += len(text)

    def end(self, depth: int, name: str) -> None:
        text = "".join(self._text or ())
        if depth == self._TOP and name == "key":
            self._top_key = text
        elif depth == self._VALUE and self._entry is not None:
            if name == "key":
                self._key = text
            elif len(self._entry) < self._MOST_VALUES:
                self._entry[self._key] = name if name in ("true", "false") else text
        elif depth == self._ENTRY and self._entry is not None:
            self._made.append(self._entry)
            self._entry = None
        self._text = None

    def take(self) -> list[dict[str, str]]:
        made, self._made = self._made, []
        return made


FORMAT = Format(
    kind=SOURCE,
    words="Apple Music",
    example="an Apple Music Library.xml",
    read=Parts(lambda path, _: _entries(path), _track),
    recognise=lambda head: head.root == ROOT,
    doubtful_suffixes=(".xml",),
    usual_places=(
        "Music/Music/Library.xml",
        "Music/iTunes/iTunes Library.xml",
        "Music/iTunes/iTunes Music Library.xml",
    ),
)
