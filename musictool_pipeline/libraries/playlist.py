"""M3U8 playlists, and M3U: paths, each perhaps led by a line that describes it.

Such lines are read: `#EXTINF:<seconds>,<Artist - Title>`, which most players write, VirtualDJ's
`#EXTVDJ:<artist>...</artist><title>...</title>`, and `#EXTART:` and `#EXTALB:` for an artist and an
album. All other comments are passed over.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote
from xml.sax.saxutils import unescape

from musictool_pipeline.libraries.errors import LibraryError, NotALibrary
from musictool_pipeline.libraries.file_url import path_from_url
from musictool_pipeline.libraries.format import Format
from musictool_pipeline.libraries.head import Head
from musictool_pipeline.libraries.opening import opened
from musictool_pipeline.libraries.text_files import encoding_of
from musictool_pipeline.libraries.track import LibraryTrack, is_stream, library_track

SOURCE = "m3u8"
FIRST_LINE = "#EXTM3U"
_SUFFIXES = (".m3u8", ".m3u")

_LONGEST_LINE = 64 * 1024
_INVISIBLE = "\ufeff\u200b"
# Seconds, perhaps attributes (`tvg-id="1"`), a comma, and the text.
_EXTINF = re.compile(r'#EXTINF:\s*(-?[0-9.:]*)((?:[^",]|"[^"]*")*),?(.*)', re.IGNORECASE)
# Elements side by side. It is no XML: most `&` stand as they are.
_EXTVDJ = "#EXTVDJ:"
_VDJ_ELEMENT = re.compile(r"<([a-z]+)>(.*?)</\1>", re.IGNORECASE)
_EXTENDED = re.compile(r"#(EXTART|EXTALB):\s*(.*)", re.IGNORECASE)
_EXTENSIONS = {"EXTART": "artist", "EXTALB": "album"}
_PERCENT = re.compile("%[0-9A-Fa-f]{2}")
_ABSOLUTE = re.compile(r"[A-Za-z]:[\\/]|[\\/]")


def read_playlist(path: Path) -> Iterator[LibraryTrack]:
    """The tracks, in the playlist's order; a relative path starts at the playlist's folder.

    Raises LibraryError where it cannot be read, and NotALibrary where it is the playlist of a
    broadcast (HLS), whose parts are no tracks.
    """
    encoding = encoding_of(path)
    with opened(path) as file:
        lines = io.TextIOWrapper(file, encoding, "replace")
        said: dict[str, str | None] = {}
        for number, line in _lines(lines, path):
            if line.upper().startswith("#EXT-X-"):
                raise NotALibrary(f"{path}, line {number}: it is the playlist of a broadcast (HLS)")
            if not line.startswith("#"):
                yield library_track(
                    SOURCE,
                    path=_resolved(line, path),
                    artist=said.get("artist"),
                    title=said.get("title"),
                    mix=said.get("remix"),
                    album=said.get("album"),
                    duration_seconds=said.get("songlength"),
                    file_size_bytes=said.get("filesize"),
                )
                said = {}
            else:
                said |= _described(line)


def _described(line: str) -> dict[str, str | None]:
    """What a comment says of the path that follows, by VirtualDJ's names; nothing for most."""
    if found := _EXTINF.fullmatch(line):
        artist, title = _split(found[3].strip())
        named = {"artist": artist} if artist else {}
        return {**named, "title": title, "songlength": found[1]}
    if found := _EXTENDED.fullmatch(line):
        return {_EXTENSIONS[found[1].upper()]: found[2]}
    if line[: len(_EXTVDJ)].upper() == _EXTVDJ:
        return {
            name.lower(): unescape(text, _ENTITIES) for name, text in _VDJ_ELEMENT.findall(line)
        }
    return {}


_ENTITIES = {"&quot;": '"', "&apos;": "'"}


def _lines(file: io.TextIOWrapper, path: Path) -> Iterator[tuple[int, str]]:
    number = 0
    while line := file.readline(_LONGEST_LINE):
        number += 1
        if len(line) == _LONGEST_LINE and not line.endswith("\n"):
            raise LibraryError(f"{path}, line {number}: longer than any line of a playlist")
        if line := line.strip(_INVISIBLE).strip().strip(_INVISIBLE):
            yield number, line


def _split(text: str) -> tuple[str | None, str | None]:
    artist, dash, title = text.partition(" - ")
    return (artist, title) if dash else (None, text)


def _resolved(line: str, playlist: Path) -> str | None:
    if line[:5].lower() == "file:":
        return path_from_url(line)
    if is_stream(line):
        return line
    path = _from_the_playlists_folder(line, playlist)
    # Some players write a path as a URL does, without saying so. The disk knows which is meant.
    if _PERCENT.search(line) and not os.path.lexists(path):
        meant = _from_the_playlists_folder(unquote(line, errors="surrogateescape"), playlist)
        if os.path.lexists(meant):
            return meant
    return path


def _from_the_playlists_folder(path: str, playlist: Path) -> str:
    if _ABSOLUTE.match(path):
        return path
    if "\\" in path and "/" not in path:
        path = path.replace("\\", "/")
    folder = os.path.dirname(os.path.abspath(playlist))  # noqa: PTH100, PTH120
    return os.path.normpath(os.path.join(folder, path))  # noqa: PTH118


def _is_playlist(head: Head) -> bool:
    if head.text is None:
        return False
    return head.text.lstrip().startswith(FIRST_LINE) or head.path.suffix.lower() in _SUFFIXES


FORMAT = Format(
    kind=SOURCE,
    words="a playlist",
    example="an M3U8 playlist",
    read=lambda path, _: read_playlist(path),
    recognise=_is_playlist,
    suffixes=_SUFFIXES,
)
