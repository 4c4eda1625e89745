"""One track of a digital library, in the one shape that all readers give.

What belongs here: the shape, what a well-formed value of each field is, and identities. What does
not: any format, and opening files.
"""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from musictool_pipeline.core.file_places import as_the_system_writes_it
from musictool_pipeline.core.text import printed
from musictool_pipeline.libraries.discarded import is_discarded
from musictool_pipeline.libraries.mojibake import mended
from musictool_pipeline.libraries.musical_key import camelot_of
from musictool_pipeline.libraries.renting import is_rented_file

SHORTEST_MUSIC_SECONDS = 30.0
"""What is shorter is a sample, a jingle or a sound effect."""

STREAM = "stream"
"""The `file_type` of what plays from a service and is no file that its owner has."""

_HIGHEST_BPM = 999.0
_LONGEST_SECONDS = 10 * 24 * 3600.0
_HIGHEST_BITRATE = 1_000_000
_LARGEST_FILE = 2**53
_LAST_RELEASE = 10**9


@dataclass(frozen=True, slots=True)
class LibraryTrack:
    """One entry of a library. Texts are as printed, trimmed, on one line; unknown is None."""

    digital_id: str
    """16 hexadecimal digits; the same at every reading of the same entry."""
    source: str
    """The kind of library: traktor, rekordbox, folder and so on, of the list in `formats.py`."""
    path: str | None
    """As the system of the library's machine writes it: `/Users/me/a.mp3`, `D:\\a.mp3`. Bytes that
    are no text are shown as `\\xff`. Of a stream, the address."""
    artist: str | None
    title: str | None
    remixer: str | None
    mix: str | None
    album: str | None
    label: str | None
    genre: str | None
    bpm: float | None
    musical_key: str | None
    """`C`, `F#`, `Bb`, `Am`, `C#m`: see `musical_key.py`."""
    duration_seconds: float | None
    file_type: str | None
    """The extension in lower case (`mp3`, `flac`, `stem.mp4`), or `stream`."""
    bitrate: int | None
    """kbit/s."""
    file_size_bytes: int | None
    is_music: bool
    """Music that is there as a file. False for samples, loops, factory sounds, all that is known
    to last under 30 s, books, videos, streams, rented files, and files in a recycle bin: none of
    these answers for a record."""
    imported_at: datetime | None = None
    """When it came: to the program, or, of a file in a folder, to the disk. In UTC if the library
    says the zone, and else as it says; without a zone."""
    catalog_number: str | None = None
    discogs_release_id: int | None = None
    """The release that its tags are from, if the program says so."""

    @property
    def camelot(self) -> str | None:
        """The key's place on Camelot's wheel: `8A`."""
        return camelot_of(self.musical_key)


def library_track(
    source: str,
    *,
    path: str | None = None,
    known_as: str | None = None,
    identity: str | None = None,
    artist: object = None,
    title: object = None,
    remixer: object = None,
    mix: object = None,
    album: object = None,
    label: object = None,
    genre: object = None,
    bpm: object = None,
    musical_key: str | None = None,
    duration_seconds: object = None,
    file_type: str | None = None,
    bitrate: object = None,
    file_size_bytes: object = None,
    is_music: bool = True,
    streamed: bool = False,
    imported_at: object = None,
    catalog_number: object = None,
    discogs_release_id: object = None,
) -> LibraryTrack:
    """The track, from values as a library gives them: texts are trimmed and corrected, numbers read
    from text, and every value that makes no sense becomes None.

    `known_as`: the path in the program's own spelling if that is another, by which the entry keeps
    its id. `identity` tells the entry from others if it has no path; without it, its texts do.
    `file_type` is only asked for where the path does not show it. `streamed` tells what plays from
    a service where the path does not. That, what is shorter than SHORTEST_MUSIC_SECONDS, and what
    lies in a recycle bin or is rented by its path, is not music, even if `is_music` is True.
    """
    # Some programs fill a text up with zeros.
    path, known_as = (it.rstrip("\0") if it else None for it in (path, known_as))
    path = path or None
    texts = [as_text(value) for value in (artist, title, remixer, mix, album, label, genre)]
    seconds = as_number(as_seconds(duration_seconds), _LONGEST_SECONDS)
    streamed = streamed or (path is not None and is_stream(path))
    whole = as_number(bitrate, _HIGHEST_BITRATE)
    size = as_number(file_size_bytes, _LARGEST_FILE)
    release = as_number(discogs_release_id, _LAST_RELEASE)
    return LibraryTrack(
        digital_id=_digest(source, _identity(known_as or path, identity, [*texts, str(seconds)])),
        source=source,
        path=shown(as_the_system_writes_it(path)) if path else None,
        artist=texts[0],
        title=texts[1],
        remixer=texts[2],
        mix=texts[3],
        album=texts[4],
        label=texts[5],
        genre=texts[6],
        bpm=as_number(bpm, _HIGHEST_BPM),
        musical_key=musical_key,
        duration_seconds=seconds,
        file_type=STREAM if streamed else file_type_of(path) or file_type,
        bitrate=(round(whole) or None) if whole else None,
        file_size_bytes=(int(size) or None) if size else None,
        is_music=is_music
        and not streamed
        and not (path and (is_discarded(path) or is_rented_file(path)))
        and (seconds is None or seconds >= SHORTEST_MUSIC_SECONDS),
        imported_at=as_time(imported_at),
        catalog_number=as_text(catalog_number),
        discogs_release_id=int(release) if release and release.is_integer() else None,
    )


class DistinctIds:
    """Sees to it that no two tracks bear one id: the second with an identity gets another.

    Which one that is depends only on how many came before, so the same libraries, read in the
    same order, give the same ids. Use one of these for all libraries that go into one table.
    """

    def __init__(self) -> None:
        self._times: dict[str, int] = {}

    def __call__(self, track: LibraryTrack) -> LibraryTrack:
        """The track itself, or a copy with an id of its own."""
        own = self.distinct(track.digital_id)
        return track if own == track.digital_id else replace(track, digital_id=own)

    def distinct(self, digital_id: str) -> str:
        """The id at its first time, and another at each further one."""
        times = self._times.get(digital_id, 0) + 1
        self._times[digital_id] = times
        return digital_id if times == 1 else _digest(digital_id, str(times))


def _identity(path: str | None, identity: str | None, texts: list[str | None]) -> str:
    if path is None:
        return "\0".join(["", identity] if identity else ["", *(text or "" for text in texts)])
    # macOS writes the same accented name in two ways, and Windows separates folders in two.
    path = unicodedata.normalize("NFC", path)
    return path.replace("\\", "/") if _WINDOWS.match(path) else path


def _digest(*parts: str) -> str:
    text = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=8).hexdigest()


# ---------------------------------------------------------------------------------------------
# Values
# ---------------------------------------------------------------------------------------------


def as_text(value: object) -> str | None:
    """Text as printed, corrected and trimmed; a number as its digits; None for nothing."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    return printed(mended(value)) if isinstance(value, str) else None


def as_number(value: object, highest: float = math.inf) -> float | None:
    """A number above 0 and up to `highest`, from a number or from text (`124.00`, `124,00`); None
    for anything else, since 0 and -1 stand for unknown in every format."""
    if isinstance(value, str):
        found = _NUMBER.fullmatch(value)
        value = float(found[1].replace(",", ".")) if found else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value <= highest else None


_NUMBER = re.compile(r"\s*([0-9]{1,20}(?:[.,][0-9]{0,20})?)\s*", re.ASCII)
_CLOCK = re.compile(
    r"\s*(?:([0-9]{1,3}):)?([0-9]{1,4}):([0-5]?[0-9](?:[.,][0-9]{1,9})?)\s*", re.ASCII
)


def as_seconds(value: object) -> float | None:
    """Seconds from `298`, `298.45`, `04:58.45` or `1:04:58`; None for anything else."""
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return as_number(value)
    hours, minutes, seconds = int(found[1] or 0), int(found[2]), float(found[3].replace(",", "."))
    return as_number(hours * 3600 + minutes * 60 + seconds)


_DATE = re.compile(r"\s*([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})\s*", re.ASCII)
# A disk without a clock writes 1970 or 1980; what is later than 2100 was measured in other units.
_FIRST_YEAR, _LAST_YEAR = 1981, 2100


def as_time(value: object) -> datetime | None:
    """A time, from seconds since 1970, as a number or its digits, or from a date (`2021/3/14`) or
    time (`2021-03-14T12:00:00Z`) as text; None for anything else, and for 0."""
    try:
        time = _time(value)
    except (ValueError, OverflowError, OSError):
        return None
    if time is None:
        return None
    if time.tzinfo:
        time = time.astimezone(UTC).replace(tzinfo=None)
    return time if _FIRST_YEAR <= time.year <= _LAST_YEAR else None


def _time(value: object) -> datetime | None:
    if (seconds := as_number(value)) is not None:
        return datetime.fromtimestamp(seconds, UTC)
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        return None
    if found := _DATE.fullmatch(value):
        return datetime(int(found[1]), int(found[2]), int(found[3]))
    return datetime.fromisoformat(value.strip())


_EXTENSION = re.compile(r"\.((?:stem\.)?(?=[0-9]*[a-z])[a-z0-9]{1,5})", re.ASCII)


def file_type_of(path: str | None) -> str | None:
    """The extension in lower case, without its dot, `stem.` included; None where there is none:
    `Artist - Title feat. Somebody` has none."""
    name = re.split(r"[/\\]", path or "")[-1].lower()
    parts = name.rsplit(".", 2)
    tail = "." + ".".join(parts[-2:] if len(parts) == 3 and parts[1] == "stem" else parts[-1:])
    found = _EXTENSION.fullmatch(tail) if len(parts) > 1 else None
    return found[1] if found else None


def shown(path: str) -> str:
    """The path as text that can be stored anywhere: bytes that are no text become `\\xff`."""
    path = path.replace("\0", "\\x00")
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return _SURROGATE.sub(lambda found: f"\\x{ord(found[0]) & 0xFF:02x}", path)
    return path


# Python reads a byte that is no UTF-8 in a file name as U+DC80 to U+DCFF.
_SURROGATE = re.compile("[\ud800-\udfff]")
_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")
_SERVICE = re.compile(
    r"(?:https?|rtsp|mms|netsearch|clouddrive|streaming)://"
    # As a file's name behind no folder it has a slash in front.
    r"|/?(?:soundcloud|tidal|beatport|beatsource|spotify|apple-?music|deezer):",
    re.IGNORECASE,
)


def is_stream(path: str) -> bool:
    """Whether a path is an address at a service (`soundcloud:tracks:1`, `https://...`)."""
    return _SERVICE.match(path) is not None
