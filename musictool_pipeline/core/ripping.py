"""Ripping a record: its sides, when each track begins, what its file is called, and the texts by
which programs cut a recording of a side into tracks.

What belongs here: names, times and texts, from values to values. What does not: which tracks a
record has (`queries.rips`), and writing files (`publishing.rips`).

Titles come from Discogs, where anyone can edit them. No title can leave its quotes in a cue sheet,
begin a line of its own, or lead a file name out of its folder.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, count
from typing import Final

from musictool_pipeline.core.text import one_line


@dataclass(frozen=True, slots=True)
class RipTrack:
    """A track of a record. `number` counts within the record; `side` is what the position says:
    A, AA, 2; None if it says nothing; `seconds` is the length, None if unknown."""

    number: int
    position: str | None = None
    side: str | None = None
    artist: str | None = None
    title: str | None = None
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class RipRecord:
    """A record, with its tracks in the order of the tracklist. `formats` is as in the table
    `releases`."""

    release_id: int
    artist: str | None
    title: str | None
    label: str | None
    catalog_number: str | None
    release_year: int | None
    tracks: tuple[RipTrack, ...]
    formats: str | None = None

    @property
    def name(self) -> str:
        """Artist and title in one line."""
        return f"{_words(self.artist) or UNKNOWN_ARTIST} - {_words(self.title) or UNTITLED}"


@dataclass(frozen=True, slots=True)
class PlacedTrack:
    """A track on a recording of its side: `start` and `length` in seconds, and `file_name`, which
    has no extension; `is_cut` if it holds less than the pattern says, because that would be too
    long. `is_known` is False if the length is a guess."""

    track: RipTrack
    file_name: str
    is_cut: bool
    start: int
    length: int
    is_known: bool


@dataclass(frozen=True, slots=True)
class RecordSide:
    """A side to record in one go: `name` is A, AA, 2; None if the positions name no side."""

    name: str | None
    tracks: tuple[PlacedTrack, ...]

    @property
    def stem(self) -> str:
        """How its files begin, and what its recording should be called."""
        return f"Side {safe_name(self.name)}" if self.name else "Record"

    @property
    def length(self) -> int:
        """How long it plays, in seconds."""
        return sum(each.length for each in self.tracks)

    @property
    def guessed(self) -> int:
        """How many of its lengths are guesses."""
        return sum(not each.is_known for each in self.tracks)


UNKNOWN_ARTIST: Final = "Unknown Artist"
UNTITLED: Final = "Untitled"


# --- What needs no ripping ------------------------------------------------------------------------

DIGITAL_FORMATS: Final = frozenset(
    {
        "CD", "CDr", "CDV", "SACD", "DualDisc", "DVD", "DVDr", "HD DVD", "HD DVD-R", "Blu-ray",
        "Blu-ray-R", "Ultra HD Blu-ray", "UMD", "File", "Memory Stick", "Floppy Disk",
    }
)  # fmt: skip
"""What Discogs calls the formats that a computer copies: they hold files already, or a disc that a
drive reads. A MiniDisc or a tape, even a digital one, has to be played and recorded."""

_QUANTITY: Final = re.compile(r"[0-9]+ x ")


def digital_format(formats: str | None) -> str | None:
    """The first format of a release if all of its formats are digital, else None; also if none is
    known. `formats` is as in the table `releases`: `CD, Album; 2 x DVD, NTSC`."""
    names = [
        _QUANTITY.sub("", part, count=1).partition(",")[0] for part in (formats or "").split("; ")
    ]
    return names[0] if DIGITAL_FORMATS.issuperset(names) else None


# --- Sides and times ------------------------------------------------------------------------------


def by_side(tracks: Sequence[RipTrack]) -> dict[str | None, list[RipTrack]]:
    """The tracks of each side, in the order of the tracklist. A track whose position names no side,
    such as a part of an index track, is on the side of the track before it; the first ones are on
    the first side that is named. If none is named, all tracks are on one side, None."""
    side = next((each.side for each in tracks if each.side), None)
    sides: dict[str | None, list[RipTrack]] = {}
    for track in tracks:
        side = track.side or side
        sides.setdefault(side, []).append(track)
    return sides


_SECONDS_OF_A_SIDE: Final = 20 * 60
_MOST_SECONDS_GUESSED: Final = 6 * 60


def lengths_of(side: Sequence[RipTrack]) -> list[int]:
    """The length of each track of a side in seconds. An unknown one is the mean of the known ones;
    if none is known, the tracks share 20 minutes, and none has more than 6."""
    known = [each.seconds for each in side if each.seconds]
    guess = min(_MOST_SECONDS_GUESSED, _SECONDS_OF_A_SIDE // max(1, len(side)))
    if known:
        guess = round(sum(known) / len(known))
    return [each.seconds or max(1, guess) for each in side]


def place_tracks(record: RipRecord, pattern: str) -> tuple[RecordSide, ...]:
    """The sides of a record, each with its tracks' times and file names.

    Raises ValueError if the pattern cannot be used.
    """
    sides = by_side(record.tracks)
    side_of = {track.number: name for name, tracks in sides.items() for track in tracks}
    names = file_names(record, pattern, side_of)
    placed: list[RecordSide] = []
    for name, tracks in sides.items():
        lengths = lengths_of(tracks)
        starts = accumulate(lengths, initial=0)
        placed.append(
            RecordSide(
                name,
                tuple(
                    PlacedTrack(track, *names[track.number], start, length, bool(track.seconds))
                    for track, start, length in zip(tracks, starts, lengths, strict=False)
                ),
            )
        )
    return tuple(placed)


# --- File names -----------------------------------------------------------------------------------

DEFAULT_PATTERN: Final = "{position} {artist} - {title}"
FIELDS: Final = (
    "position", "number", "side", "artist", "title", "album", "label", "catalog_number", "year",
)  # fmt: skip
"""What a pattern can name."""

_MOST_BYTES: Final = 190
_MOST_BYTES_OF_A_VALUE: Final = 90

_RESERVED: Final = str.maketrans({'"': "''"} | dict.fromkeys("<>:/\\|?*", "_"))
# Windows takes these for devices, with any extension.
_DEVICE: Final = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])\s*(?:\.|$)",
    re.IGNORECASE,
)


def check_pattern(pattern: str) -> None:
    """Raises ValueError, in words, if names cannot be made by this pattern."""
    if found := re.search(r"[/\\]", pattern):
        raise ValueError(f"{found[0]} would begin a folder, and a pattern names a file")
    try:
        parsed = list(string.Formatter().parse(pattern))
    except ValueError:
        raise ValueError("a brace is not closed, or was not opened") from None
    named = [field for _, field, _, _ in parsed if field is not None]
    for field in named:
        if field not in FIELDS:
            raise ValueError(f"there is no field {{{field}}}")
    if any(spec or conversion for _, _, spec, conversion in parsed):
        raise ValueError("a field is a name in braces, with nothing behind the name")
    if not named:
        raise ValueError("it names no field, so all files would have one name")


def file_names(
    record: RipRecord, pattern: str, side_of: Mapping[int, str | None]
) -> dict[int, tuple[str, bool]]:
    """A file name without extension for each track, by the track's number, and True if it was cut:
    safe on every system, and no two alike, even if the system ignores case. A track without
    position has its number.

    Raises ValueError if the pattern cannot be used.
    """
    check_pattern(pattern)
    names: dict[int, tuple[str, bool]] = {}
    taken: set[str] = set()
    for track in record.tracks:
        texts: dict[str, str | None] = dict(
            position=track.position or f"{track.number:02}",
            number=f"{track.number:02}",
            side=side_of.get(track.number),
            artist=_words(track.artist) or _words(record.artist) or UNKNOWN_ARTIST,
            title=_words(track.title) or UNTITLED,
            album=record.title,
            label=record.label,
            catalog_number=record.catalog_number,
            year=str(record.release_year or ""),
        )
        values = {name: _words(text) for name, text in texts.items()}
        name = safe_name(pattern.format(**_shortened(pattern, values)))
        is_cut = len(safe_name(pattern.format(**values), None)) > len(name)
        names[track.number] = _not_taken(name, taken), is_cut
    return names


def _shortened(pattern: str, values: Mapping[str, str]) -> dict[str, str]:
    """The values, each short enough, and the title with the bytes that the others leave: the end of
    a title is what tells one remix from another."""
    short = {name: _cut(value, _MOST_BYTES_OF_A_VALUE) for name, value in values.items()}
    others = pattern.format(**{**short, "title": ""})
    room = max(_MOST_BYTES_OF_A_VALUE, _MOST_BYTES - len(others.encode()))
    return {**short, "title": _cut(values["title"], room)}


def safe_name(text: str, most_bytes: int | None = _MOST_BYTES) -> str:
    """The text as a name of a file or folder that Mac, Windows and Linux take: no reserved
    character or name, no dot or dash in front, at most so many bytes (None: as many as it has),
    never empty.

    `"` becomes two apostrophes and every other reserved character `_`, which the matcher reads as
    the letter that was lost.
    """
    name = unicodedata.normalize("NFC", _words(text)).translate(_RESERVED).lstrip(" .-")
    if _DEVICE.match(name):
        name = f"_{name}"
    return _cut(name, most_bytes).rstrip(" .") or "_"


def _not_taken(name: str, taken: set[str]) -> str:
    """The name, or the name with a number, if it is taken; it is taken from then on."""
    for number in count(1):
        numbered = name if number == 1 else f"{name} ({number})"
        compared = unicodedata.normalize("NFKC", numbered).casefold()
        if compared not in taken:
            taken.add(compared)
            return numbered
    raise AssertionError("the numbers have no end")


def _cut(text: str, most_bytes: int | None) -> str:
    return text.encode()[:most_bytes].decode(errors="ignore")


def _words(text: str | None) -> str:
    """The text in one line, with single blanks."""
    return " ".join(one_line(text or "").split())


# --- Texts for programs ---------------------------------------------------------------------------

MOST_CUE_TRACKS: Final = 99
"""A cue sheet can number no more."""

_MOST_LETTERS: Final = 200


def cue_sheet(record: RipRecord, side: RecordSide) -> str:
    """The cue sheet of a side, for a recording that is called like the side and ends in `.wav`.
    Tracks after the 99th are left out; a comment says so."""
    listed = side.tracks[:MOST_CUE_TRACKS]
    comments = [
        ("DATE", str(record.release_year or "")),
        ("LABEL", record.label),
        ("CATALOGNUMBER", record.catalog_number),
        ("COMMENT", f"Discogs release {record.release_id}"),
        ("COMMENT", times_in_words(side)),
        ("COMMENT", _left_out(side)),
    ]
    lines = [f"REM {name} {_quoted(value)}" for name, value in comments if value]
    lines += [
        f"PERFORMER {_quoted(record.artist or UNKNOWN_ARTIST)}",
        f"TITLE {_quoted(record.title or UNTITLED)}",
        f"FILE {_quoted(f'{side.stem}.wav')} WAVE",
    ]
    for number, each in enumerate(listed, start=1):
        lines += [
            f"  TRACK {number:02} AUDIO",
            f"    TITLE {_quoted(each.track.title or UNTITLED)}",
            f"    PERFORMER {_quoted(each.track.artist or record.artist or UNKNOWN_ARTIST)}",
            f"    INDEX 01 {each.start // 60:02}:{each.start % 60:02}:00",
        ]
    return "".join(f"{line}\n" for line in lines)


def _left_out(side: RecordSide) -> str:
    left = len(side.tracks) - MOST_CUE_TRACKS
    return f"{left} tracks after the {MOST_CUE_TRACKS}th are left out" if left > 0 else ""


def _quoted(text: str) -> str:
    """A text of a cue sheet, which has no way to write a quote within quotes. Some programs take a
    backslash for one, and some read no more than so many letters."""
    plain = _words(text).replace('"', "''").replace("\\", "/")
    return f'"{plain[:_MOST_LETTERS]}"'


def label_file(side: RecordSide) -> str:
    """The labels of a side as Audacity imports them: start, end, and the file name, which Audacity
    gives to the files that it exports by labels."""
    return "".join(
        f"{each.start:.6f}\t{each.start + each.length:.6f}\t{each.file_name}\n"
        for each in side.tracks
    )


TAG_COLUMNS: Final = (
    "file_name", "side", "start", "length", "times", "position", "track_number", "artist", "title",
    "album", "album_artist", "label", "catalog_number", "year", "discogs_release_id",
)  # fmt: skip


def tag_rows(record: RipRecord, side: RecordSide) -> list[tuple[str | int | None, ...]]:
    """A row of TAG_COLUMNS for each track of a side; `start` and `length` in seconds, and `times`
    says if they are a guess."""
    starts_known = accumulate((each.is_known for each in side.tracks), min, initial=True)
    return [
        (
            each.file_name,
            side.name,
            each.start,
            each.length,
            "Discogs" if each.is_known and known else "guess",
            each.track.position,
            each.track.number,
            each.track.artist or record.artist,
            each.track.title,
            record.title,
            record.artist,
            record.label,
            record.catalog_number,
            record.release_year,
            record.release_id,
        )
        for each, known in zip(side.tracks, starts_known, strict=False)
    ]


def times_in_words(side: RecordSide) -> str:
    """How sure the times of a side are, in a sentence without a full stop."""
    if not side.guessed:
        return "The times are added up from the lengths on Discogs"
    lengths = f"{side.guessed} of {len(side.tracks)} lengths are"
    if len(side.tracks) == 1:
        lengths = "the length is"
    elif side.guessed == 1:
        lengths = f"1 of {len(side.tracks)} lengths is"
    return f"The times are a guess: {lengths} not on Discogs"
