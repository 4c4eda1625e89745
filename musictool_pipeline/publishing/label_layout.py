"""Labels on paper: the sheets that are sold, and how large the type is so that a record fits.

What belongs here: millimetres, and how much room a text takes. A text's width is estimated, never
too small, since the page has no script to measure it: what fits here fits in every browser. The
markup is made in `labels_page`.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from musictool_pipeline.core.text import one_line

# --- Sheets ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of labels, in millimetres. `gap` is between two columns; rows have none. `paper` is
    plain paper, to be cut along printed lines."""

    name: str
    width: float
    height: float
    columns: int
    rows: int
    label_width: float
    label_height: float
    left: float
    top: float
    gap: float = 0.0
    paper: bool = False

    @property
    def labels(self) -> int:
        """How many are on one sheet."""
        return self.columns * self.rows


_A4, _LETTER = (210.0, 297.0), (215.9, 279.4)

SHEETS: Final = {
    sheet.name: sheet
    for sheet in (
        Sheet("a4", *_A4, 2, 3, 95, 90, 10, 13.5, paper=True),
        Sheet("a4-2x3", *_A4, 2, 3, 99.1, 93.1, 4.65, 8.85, 2.5),
        Sheet("a4-2x4", *_A4, 2, 4, 99.1, 67.7, 4.65, 13.1, 2.5),
        Sheet("a4-2x7", *_A4, 2, 7, 99.1, 38.1, 4.65, 15.15, 2.5),
        Sheet("letter", *_LETTER, 2, 3, 97.9, 84.6, 10.05, 12.8, paper=True),
        Sheet("letter-2x3", *_LETTER, 2, 3, 101.6, 84.6, 3.97, 12.8, 4.76),
        Sheet("letter-2x5", *_LETTER, 2, 5, 101.6, 50.8, 3.97, 12.7, 4.76),
    )
}
"""By name: as sold for printers, and plain paper in both sizes."""

AVERY: Final = {
    "l7166": "a4-2x3",
    "l7165": "a4-2x4",
    "l7163": "a4-2x7",
    "5164": "letter-2x3",
    "5163": "letter-2x5",
}
"""The sheets by the numbers that the largest maker prints on the box."""

# --- What is on a label ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LabelTrack:
    """A track; `artist` only if it is another one than the record's."""

    position: str
    artist: str | None
    title: str | None
    seconds: float | None
    bpm: float | None
    camelot: str | None
    is_owned: bool


@dataclass(frozen=True, slots=True)
class LabelRecord:
    """A record, with its tracks in their order."""

    release_id: int
    artist: str | None
    title: str | None
    label: str | None
    catalog_number: str | None
    release_year: int | None
    tracks: tuple[LabelTrack, ...]

    @property
    def facts(self) -> str:
        """Catalogue number, label and year, as far as they are known."""
        year = str(self.release_year) if self.release_year else None
        return " · ".join(filter(None, [self.catalog_number, self.label, year]))


@dataclass(frozen=True, slots=True)
class Fitted:
    """A text as it fits: its size in points, on how many lines, and cut short if there is no other
    way."""

    text: str
    points: float
    lines: int


@dataclass(frozen=True, slots=True)
class LabelRow:
    """A track's row, `lines` of the label's type high; `is_cut` if the title goes on."""

    track: LabelTrack
    position: str
    title: str
    lines: int
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Label:
    """One label: what its head says, and rows of one size of type. A record with more tracks than
    one label holds has several, and their facts begin with 1/2, 2/2."""

    record: LabelRecord
    artist: Fitted
    title: Fitted
    facts: Fitted
    points: float
    rows: tuple[LabelRow, ...]


# --- Measures -------------------------------------------------------------------------------------

PADDING: Final = 2.5
"""Between the edge of a label and what is on it: printers miss by a millimetre."""
LEADING: Final = 1.2
POINTS: Final = (8.0, 7.5, 7.0, 6.5, 6.0, 5.5, 5.0)
"""Sizes of type for the tracks: the first that fits is taken. Smaller type cannot be read."""
COLUMNS_EM: Final = {"own": 1.1, "position": 2.9, "length": 4.2, "bpm": 3.1, "key": 2.2}
COLUMN_GAP_EM: Final = 0.4
CODE_GAP: Final = 1.5
MOST_LINES: Final = 3
"""So many lines has a title at most, unless all titles of the label can have more."""

_MM: Final = 25.4 / 72
_ARTIST_POINTS, _TITLE_POINTS, _FACTS_POINTS = (10.0, 8.0, 6.5), (9.0, 7.5, 6.0), (6.5, 5.5)
_BELOW_HEAD: Final = 0.8


def code_size(sheet: Sheet) -> float:
    """How wide and high the square code is, in millimetres, and how high the head of a label that
    holds it; a phone reads no smaller ones."""
    return max(12.5, min(18.0, sheet.label_height * 0.3))


def labels_of(record: LabelRecord, sheet: Sheet) -> tuple[Label, ...]:
    """The labels of a record: as few as there can be, in the largest type in which all its tracks
    fit on so few; smaller type is taken if it cuts fewer titles short."""
    points, parts = _tracks(record.tracks, sheet)
    count = len(parts)
    return tuple(
        Label(
            record,
            *_head(record, f"{number}/{count}" if count > 1 else "", sheet),
            points,
            tuple(rows),
        )
        for number, rows in enumerate(parts, start=1)
    )


def _head(record: LabelRecord, part: str, sheet: Sheet) -> tuple[Fitted, Fitted, Fitted]:
    """Artist, title and facts; the part first, so that no long label's name can push it out."""
    width = sheet.label_width - 2 * PADDING - code_size(sheet) - CODE_GAP
    height = code_size(sheet)
    said = " · ".join(filter(None, [part, record.facts]))
    facts = fitted(said, _FACTS_POINTS, width, _height(_FACTS_POINTS[0], 1))
    artist = fitted(record.artist or "", _ARTIST_POINTS, width, height * 0.48, bold=True)
    left = height - _height(artist.points, artist.lines) - _height(facts.points, facts.lines)
    return artist, fitted(record.title or "", _TITLE_POINTS, width, left), facts


def _height(points: float, lines: int) -> float:
    return points * _MM * LEADING * lines


def _lines_in(height: float, points: float) -> int:
    """How many lines of this size there is room for; a float's last digit takes none away."""
    return math.floor(height / _height(points, 1) + 1e-9)


def fitted(
    text: str, sizes: Sequence[float], width: float, height: float, *, bold: bool = False
) -> Fitted:
    """The text in the largest of these sizes in which it fits into this width and height in
    millimetres, broken into lines if it needs them; else cut short in the smallest."""
    text = one_line(text)
    # Bold letters are a little wider.
    rooms = {points: width / (points * _MM) / (1.08 if bold else 1.0) for points in sizes}
    for points, room in rooms.items():
        if (needed := lines_of(text, room)) <= _lines_in(height, points):
            return Fitted(text, points, needed)
    smallest = min(rooms)
    lines = max(1, _lines_in(height, smallest))
    return Fitted(_cut(text, rooms[smallest], lines), smallest, lines)


def _tracks(tracks: Sequence[LabelTrack], sheet: Sheet) -> tuple[float, list[list[LabelRow]]]:
    height = sheet.label_height - 2 * PADDING - code_size(sheet) - _BELOW_HEAD
    ways: list[tuple[float, list[list[LabelRow]]]] = []
    for points in POINTS:
        room = _lines_in(height, points)
        most = max(MOST_LINES, room // max(1, len(tracks)))
        rows = [_row(track, points, sheet, most) for track in tracks]
        ways.append((points, [*_parts(rows, room)]))
        if len(ways[-1][1]) == 1 and not _cuts(ways[-1][1]):
            break
    fewest = min(len(parts) for _, parts in ways)
    # Of those that cut as few titles, the largest type comes first.
    return min((it for it in ways if len(it[1]) == fewest), key=lambda it: _cuts(it[1]))


def _cuts(parts: Sequence[Sequence[LabelRow]]) -> int:
    return sum(row.is_cut for part in parts for row in part)


def _parts(rows: Sequence[LabelRow], room: int) -> Iterator[list[LabelRow]]:
    part: list[LabelRow] = []
    for row in rows:
        if part and sum(each.lines for each in part) + row.lines > room:
            yield part
            part = []
        part.append(row)
    yield part


def _row(track: LabelTrack, points: float, sheet: Sheet, most: int) -> LabelRow:
    title = " – ".join(filter(None, [track.artist, track.title])) or "(no title)"  # noqa: RUF001
    title = one_line(title)
    fixed = sum(COLUMNS_EM.values()) + COLUMN_GAP_EM * len(COLUMNS_EM)
    room = (sheet.label_width - 2 * PADDING) / (points * _MM) - fixed
    lines = lines_of(title, room)
    if is_cut := lines > most:
        title, lines = _cut(title, room, most), most
    position = one_line(track.position)
    if width_of(position) > COLUMNS_EM["position"]:
        position = _cut(position, COLUMNS_EM["position"], 1)
    return LabelRow(track, position, title, lines, is_cut)


# --- How wide a text is ---------------------------------------------------------------------------

# Widths of letters in ems, measured in DejaVu Sans: of the faces that the page asks for it is the
# widest.
_WIDTHS: Final = {
    **dict.fromkeys("iljI.,:;'|/ ", 0.34),
    **dict.fromkeys("tfr()[]-!", 0.42),
    **dict.fromkeys("OGDHQ&", 0.8),
    **dict.fromkeys("mwMW@%\u2014\u2026", 1.0),
}


def width_of(text: str) -> float:
    """How wide the text is in ems, at most, in the usual sans-serif faces."""
    return sum(map(_width_of_letter, text))


@cache
def _width_of_letter(letter: str) -> float:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0.0
    if letter in _WIDTHS:
        return _WIDTHS[letter]
    if ord(letter) < 0x250:
        return 0.76 if letter.isupper() else 0.64
    # Emoji are the widest of all; scripts that join or stack their letters are hard to foresee.
    return 1.4 if ord(letter) >= 0x1F000 else 1.05


def lines_of(text: str, room: float) -> int:
    """On how many lines of this many ems the text is broken, between words, and inside a word that
    is wider than a line."""
    lines, used = 1, 0.0
    for word in text.split():
        width = width_of(word)
        begin = used + width_of(" ") if used else 0.0
        if begin + width <= room:
            used = begin + width
            continue
        lines += 1 if used else 0
        used = width
        if width > room:
            # The letters that do not fit the end of a line leave it open.
            more = math.ceil(width / max(room - 1.4, 1.4)) - 1
            lines, used = lines + more, room
    return lines


def _cut(text: str, room: float, lines: int) -> str:
    """The longest beginning of the text that takes so many lines, with a sign that more follows."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if lines_of(text[:middle] + "…", room) <= lines:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + "…"
