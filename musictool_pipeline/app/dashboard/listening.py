"""Files of the library for the browser's player: which it can play, and their bytes.

What belongs here: the way from an entry of the library to the file on this machine, and the route
that hands it out. The buttons on the page belong to `player`.

A file is served only if the library names it, by its `digital_id`: no address has a path in it. The
server's guard stands before this route, too, and lets no link of another site lead here.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from musictool_pipeline.app.dashboard.reading import viewing
from musictool_pipeline.app.guard import LISTEN
from musictool_pipeline.disk.regular import open_regular
from musictool_pipeline.queries import sql
from musictool_pipeline.settings import read_settings

PLAYED: Final = {
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
    "wav": "audio/wav",
    "wave": "audio/wav",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "opus": "audio/ogg",
}
"""The types that browsers play, by the end of the file's name, and what they are called there."""

UNPLAYED: Final = frozenset(
    {"aif", "aiff", "aifc", "alac", "wma", "ape", "wv", "dsf", "dff", "mpc", "tak", "tta", "mka"}
)
"""Types of audio that most browsers do not play."""

_HEADERS: Final = {
    "x-content-type-options": "nosniff",
    # Another file may have the id, or the disk may be gone, at the next click.
    "cache-control": "private, no-cache",
}


@dataclass(frozen=True, slots=True)
class Audio:
    """A file on this machine that a browser can play; `file` is it without any links."""

    file: Path
    media_type: str
    state: os.stat_result


def audio_at(path: str | None) -> Audio | str:
    """The audio file that an entry of the library names, or in words why it cannot be played."""
    if reason := unplayed(path):
        return reason
    assert path is not None
    named = Path(path)
    if not named.is_absolute():
        return f"{path} is not a path of this machine."
    try:
        # A link must lead to audio, too: its own name says nothing of what it leads to.
        file = Path(os.path.realpath(named))
        media_type = PLAYED.get(_ending(file.name))
        state = file.stat()
        if media_type is None or not stat.S_ISREG(state.st_mode):
            return f"{path} is no audio file."
        with open_regular(file) as content:
            if media_type == "audio/mp4" and b"mp4a" not in (codecs := _codecs(content)):
                return _not_played("ALAC" if b"alac" in codecs else "this kind of M4A", path)
    except FileNotFoundError:
        return f"{path} is not there. Connect its disk, or open the dashboard where the file is."
    except (OSError, ValueError) as error:  # a NUL in a name is no OSError
        return f"{path} cannot be read: {getattr(error, 'strerror', None) or error}."
    return Audio(file, media_type, state)


def unplayed(path: str | None) -> str | None:
    """Why no browser plays a file, from its name alone; None if one may."""
    if not path:
        return "The library does not say where the file is."
    ending = _ending(path)
    if ending in PLAYED:
        return None
    return _not_played(ending.upper(), path) if ending in UNPLAYED else f"{path} is no audio file."


def _not_played(kind: str, path: str) -> str:
    return f"Browsers do not play {kind}. Open the file in a player: {path}"


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower()


# --- MP4 ------------------------------------------------------------------------------------------

_LARGEST_DESCRIPTION: Final = 16 * 1024**2
_CODEC: Final = re.compile(rb"stsd.{12}(.{4})", re.DOTALL)


def _codecs(content: BinaryIO) -> list[bytes]:
    """What the parts of an MP4 file are encoded with: `mp4a`, `alac`; none if it does not say."""
    while len(header := content.read(8)) == 8:
        size, begun = int.from_bytes(header[:4]) - 8, content.tell()
        if size == 1 - 8:  # it does not fit into four bytes
            size, begun = int.from_bytes(content.read(8)) - 16, begun + 8
        if size < 0:
            break
        if header[4:] == b"moov":
            return _CODEC.findall(content.read(min(size, _LARGEST_DESCRIPTION)))
        content.seek(begun + size)
    return []


# --- The route ------------------------------------------------------------------------------------


def address_of(digital_id: str) -> str:
    """Where the page finds a file, from the page on."""
    return f"{LISTEN}?file={quote(digital_id, safe='')}"


def _listen(request: Request) -> Response:
    """The file, or the part of it that a Range header asks for: 206, read in pieces. 404 and a
    sentence if it cannot be had."""
    found = _audio_of(request.query_params.get("file", ""))
    if isinstance(found, str):
        return PlainTextResponse(f"{found}\n", 404, headers=_HEADERS)
    return FileResponse(
        found.file, headers=_HEADERS, media_type=found.media_type, stat_result=found.state
    )


def _audio_of(digital_id: str) -> Audio | str:
    with viewing(read_settings()) as view:
        row = sql.row(view.connection, "file_path.sql", digital_id=digital_id)
    return audio_at(row[0]) if row else "The library has no such file."


ROUTE: Final = Route(f"/{LISTEN}", _listen)
