"""M3U8 playlists, and M3U: paths, each perhaps led by `#EXTINF:<seconds>,<Artist - Title>`."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

from musictool_pipeline.libraries.errors import LibraryError, NotALibrary
from musictool_pipeline.libraries.file_url import path_from_url
from musictool_pipeline.libraries.opening import opened
from musictool_pipeline.libraries.text_files import encoding_of
from musictool_pipeline.libraries.track import LibraryTrack, is_stream, library_track

SOURCE = "m3u8"
FIRST_LINE = "#EXTM3U"

_LONGEST_LINE = 64 * 1024
# Seconds, perhaps attributes (`tvg-id="1"`), a comma, and the text.
_EXTINF = re.compile(r'#EXTINF:\s*(-?[0-9.]*)((?:[^",]|"[^"]*")*),?(.*)', re.IGNORECASE)
_ABSOLUTE = re.compile(r"[A-Za-z]:[\\/]|[\\/]")


def read_playlist(path: Path) -> Iterator[LibraryTrack]:
    """The tracks, in the playlist's order; a relative path starts at the playlist's folder.

    Raises LibraryError where it cannot be read, and NotALibrary where it is the playlist of a
    broadcast (HLS), whose parts are no tracks.
    """
    encoding = encoding_of(path)
    with opened(path) as file:
        lines = io.TextIOWrapper(file, encoding, "replace")
        seconds: str | None = None
        text = ""
        for number, line in _lines(lines, path):
            if line.upper().startswith("#EXT-X-"):
                raise NotALibrary(
                    f"{path}, line {number}: it is the playlist of a broadcast (HLS)",
                    path=path,
                    line=number,
                )
            if found := _EXTINF.fullmatch(line):
                seconds, text = found[1], found[3].strip()
            elif not line.startswith("#"):
                artist, title = _split(text)
                yield library_track(
                    SOURCE,
                    path=_resolved(line, path),
                    artist=artist,
                    title=title,
                    duration_seconds=seconds,
                )
                seconds, text = None, ""


def _lines(file: io.TextIOWrapper, path: Path) -> Iterator[tuple[int, str]]:
    number = 0
    while line := file.readline(_LONGEST_LINE):
        number += 1
        if len(line) == _LONGEST_LINE and not line.endswith("\n"):
            raise LibraryError(
                f"{path}, line {number}: longer than any line of a playlist", path=path, line=number
            )
        if line := line.strip("\r\n\ufeff"):
            yield number, line


def _split(text: str) -> tuple[str | None, str | None]:
    artist, dash, title = text.partition(" - ")
    return (artist, title) if dash else (None, text)


def _resolved(line: str, playlist: Path) -> str | None:
    line = line.strip()
    if line[:5].lower() == "file:":
        return path_from_url(line)
    if _ABSOLUTE.match(line) or is_stream(line):
        return line
    if "\\" in line and "/" not in line:
        line = line.replace("\\", "/")
    folder = os.path.dirname(os.path.abspath(playlist))  # noqa: PTH100, PTH120
    return os.path.normpath(os.path.join(folder, line))  # noqa: PTH118
