"""A printed title taken to pieces: brackets, guests and versions lifted out, split at its dashes.

What belongs here: what a bracket or a part behind a dash is. What does not: the title that the
pieces make (`titles`), and which of them is the artist (`arranging`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from musictool_pipeline.core.matching.parsing.credits import GUEST, split_names
from musictool_pipeline.core.matching.parsing.versions import (
    PLAIN,
    Version,
    bracket_names_a_version,
    names_a_version,
    read_version,
    words_of_a_version,
)
from musictool_pipeline.core.matching.words.counting import is_count
from musictool_pipeline.core.matching.words.lexicon import DECISIVE, NOISE_BRACKETS, ROMAN
from musictool_pipeline.core.matching.words.text import fold

_BRACKET: Final = re.compile(
    r"\(([^()\[\]]*)\)|\[([^()\[\]]*)\]|\{([^{}]*)\}|\uff08([^\uff09]*)\uff09"
)
_OPEN_BRACKET: Final = re.compile(r"[(\[{]([^()\[\]{}]*)$")
# Where a bracket was lifted out of a text, and where one stays in it: their numbers.
_HELD: Final = re.compile("\x00(\\d+)\x00")
BRACKETED: Final = re.compile("\x01(\\d+)\x01")
_DASH: Final = re.compile(
    r"\s+[-\u2010-\u2015\u2212~|]+\s+|\s+//+\s+|\s*\u2014\s*"
    r"|\s+[-\u2013]+(?=[^\W\d])|(?<=\w)[-\u2013]+\s+|\s+[-\u2013]+$"
)

CATALOGUE: Final = (
    r"(?:[A-Z]{2,8}[ -]?0\d{1,3}|[A-Z]{3,8}[ -]?\d{2,4}|[A-Za-z]{2,8}-?0\d\d)(?:[A-Z]|-\d)?"
)
CAMELOT: Final = r"(?:1[0-2]|0?[1-9])[abdm]"
_KEY_NAME: Final = (
    r"[a-g](?:[#\u266f\u266d]|b)?\s?(?:maj(?:or)?|min(?:or)?|m)"
    r"|[a-g](?:[#\u266f\u266d]|b)"
)
_KEY: Final = re.compile(rf"(?:{CAMELOT}|{_KEY_NAME})(?:\s*/\s*(?:{CAMELOT}|{_KEY_NAME}))?", re.I)
_BPM: Final = re.compile(r"(?:6[5-9]|[789]\d|1\d\d|20\d)(?:[.,]\d+)?(?:\s*bpm)?", re.IGNORECASE)
_TEMPO_AND_KEY: Final = re.compile(
    rf"(?<=\S)\s+(?:(?:{_BPM.pattern})\s+{CAMELOT}|{CAMELOT}\s+(?:{_BPM.pattern}))$", re.IGNORECASE
)
_POSITION: Final = re.compile(
    r"(?:\d{1,3}|\d-\d{1,2}|[a-h]{1,2}\d{1,2}|cd ?\d|side [a-d])\.?", re.I
)

# ID3v1 keeps 30 characters of a title, and nothing says that the rest is missing.
ID3V1_LENGTH: Final = 30

NOISE: Final = re.compile(NOISE_BRACKETS)
_LIVE_TAIL: Final = re.compile(r"^(.+?)\s+(live (?:at|in|from|on) .+)$", re.IGNORECASE)
# What tells two cuts apart and says nothing alone: a side of the record, a tempo.
SIDE: Final = re.compile(r"(?:side )?(([a-h])\2?\d{0,2})|([a-h]) side")
_TEMPO: Final = re.compile(r"(\d{2,3}) ?([br]pm)")
_YEAR_ALONE: Final = re.compile(r"(?:19|20)(\d\d)")
_YEAR_OR_INCHES: Final = re.compile(r"(?:19|20)\d\d|7|10|12")
_OF_ITS_RECORD: Final = re.compile(rf"(?:19|20)\d\d|{CATALOGUE}")
# `(Nu Groove, 1991)`, `(1968 Northern Soul)`.
_LABEL_AND_YEAR: Final = re.compile(r",\s*(?:19|20)\d\d$|^(?:19|20)\d\d\b[\s,-]+[^\W\d]")
_SHORT_YEAR: Final = re.compile(r"['\u2019`](\d\d)|y2k()", re.IGNORECASE)


@dataclass(slots=True)
class Pieces:
    """What was lifted out of a printed title, and the segments that remain.

    `bracketed`: what brackets hold that stay in the text; `on_record`: a record prints it;
    `last_whole`: the last segment before a version was taken off its end, and the version without
    that, where all of it may be one (`Title - Some Name Remix`); `counted`: how many segments stand
    before the position inside of a file's name, none of which is the title; `is_unmarked`: a
    version stood at the end without brackets or a dash. The rest as in Title.
    """

    segments: list[str]
    bracketed: list[str]
    version: Version
    featured: list[str]
    cut_off: str | None
    printed_length: int
    on_record: bool = False
    labels: tuple[str, ...] = ()
    last_whole: tuple[str, Version] | None = None
    counted: int = 0
    is_unmarked: bool = False


@lru_cache(maxsize=1 << 12)
def take_apart(
    printed: str,
    *,
    is_name: bool = False,
    on_record: bool = False,
    by_somebody: bool = False,
    whole: bool = False,
) -> Pieces:
    """Brackets, guests, keys and versions lifted out; what is left, split at its dashes.

    `is_name`: it is a file name, where positions, tempi and keys are segments of their own.
    `on_record`: a record prints it. `by_somebody`: the artist is known, and stands in no segment.
    `whole`: what is behind a dash is left where it is. Nobody may change what is returned: the
    next one to ask for the same gets it too.
    """
    # Tags part several values by a NUL, which is a mark of ours below.
    text = printed.replace("\x00", " ").strip()
    length = len(text)
    pieces = Pieces([], [], PLAIN, [], None, length, on_record)
    held: list[tuple[str, str]] = []

    def lift(match: re.Match[str]) -> str:
        content = next(group for group in match.groups() if group is not None)
        held.append((content.strip(), match[0]))
        return f" \x00{len(held) - 1}\x00 "

    lifted = 1
    while lifted:
        text, lifted = _BRACKET.subn(lift, text)
    opened = _OPEN_BRACKET.search(text)
    if opened:
        content = _put_back(opened[1], held)
        said = _PARTS_OF_A_BRACKET.split(content)[0]
        if names_a_version(fold(said)):
            pieces.version = read_version(said)  # only the bracket is missing
        else:
            pieces.cut_off = "" if GUEST.match(" " + content) else fold(content)
        text = text[: opened.start()]
    segments = [part.strip() for part in _DASH.split(text) if part.strip("-_ .")]
    if is_name:
        pieces.printed_length = len(_DASH.split(printed)[-1])
        segments, pieces.counted = _without_positions(segments)
    segments = _without_key(segments)
    for number, segment in enumerate(segments):
        kept = segment
        for mark in _HELD.finditer(segment):
            content, raw = held[int(mark[1])]
            content = _put_back(content, held)
            put = _place_bracket(content, pieces, raw=raw, follows=mark.start() > 0)
            kept = kept.replace(mark[0], put)
        kept = " ".join(kept.split())
        guest = GUEST.search(kept)
        if guest and (len(segments) == 1 or (number > 0 and guest.start() > 0)):
            pieces.featured.extend(split_names(guest[1]))
            kept = f"{kept[: guest.start()]} {kept[guest.end() :]}".strip()
        pieces.segments.append(kept)
    _lift_dashed_versions(pieces, by_somebody=by_somebody, whole=whole)
    pieces.segments = [segment for segment in pieces.segments if segment]
    if not pieces.segments:
        pieces.segments, pieces.bracketed = [printed.strip()], []
    return pieces


def _put_back(text: str, held: list[tuple[str, str]]) -> str:
    """Brackets inside brackets, as printed."""
    while "\x00" in text:
        text = _HELD.sub(lambda mark: held[int(mark[1])][1], text)
    return " ".join(text.split())


def _place_bracket(content: str, pieces: Pieces, *, raw: str, follows: bool) -> str:
    """What a bracket's content is; returns what goes back into the text in its place.

    `raw`: the bracket as printed; `follows`: it stands behind other words of its segment.
    """
    folded = fold(content)
    if not folded or _KEY.fullmatch(content):
        return ""
    said_beside = _said_beside(content, folded, pieces) if follows else None
    if said_beside is not None:
        pieces.version = pieces.version.together_with(said_beside)
        return ""
    if NOISE.fullmatch(folded):
        return ""
    guest = GUEST.match(" " + content)
    if guest or (folded.startswith("with ") and not names_a_version(folded)):
        pieces.featured.extend(split_names(guest[1] if guest else content[5:]))
        return ""
    shops_own = not pieces.on_record and not raw.startswith("(")
    parts = [part for part in _PARTS_OF_A_BRACKET.split(content) if fold(part)]
    named = [bracket_names_a_version(part, styles=not shops_own) for part in parts]
    if any(named):
        for part in parts if all(named) else [content]:
            pieces.version = pieces.version.together_with(read_version(part))
        return ""
    if is_count(folded.split()):
        return f" {content} "
    if folded.isdigit() and len(folded) == 4:
        return ""
    if shops_own or (not pieces.on_record and _LABEL_AND_YEAR.search(content)):
        pieces.labels += (subtitle(content),)
        return ""
    pieces.bracketed.append(content)
    return f" \x01{len(pieces.bracketed) - 1}\x01 "


_PARTS_OF_A_BRACKET: Final = re.compile(r"\s+/\s+|\s+-\s+|[;()\[\]]")


def _said_beside(content: str, folded: str, pieces: Pieces) -> Version | None:
    """What a bracket of nothing but a side, a tempo, a year or a running number says; None where
    it is another one. A year in a file is mostly that of its release."""
    side = SIDE.fullmatch(folded)
    if side:
        return Version(marks=frozenset({side[1] or side[3]}))
    tempo = _TEMPO.fullmatch(folded)
    if tempo:
        return Version(marks=frozenset({tempo[1] + tempo[2]}))
    year = _YEAR_ALONE.fullmatch(folded)
    if year and not pieces.on_record:
        return Version(marks=frozenset({f"y{year[1]}"}))
    year = year or _SHORT_YEAR.fullmatch(content.strip())
    if year:
        return Version(numbers=(year[1] or "00",), words=content, spoken=True)
    return None


def _without_positions(segments: list[str]) -> tuple[list[str], int]:
    """Without segments that are a position, a tempo or a key, and without a year and a catalogue
    number behind artist and title, unless nothing else would remain; and how many remain before
    the last position."""
    kept: list[str] = []
    counted = 0
    for number, segment in enumerate(segments):
        if _KEY.fullmatch(segment) or _BPM.fullmatch(segment):
            continue
        if number < len(segments) - 1 and _POSITION.fullmatch(segment):
            counted = len(kept)
        else:
            kept.append(segment)
    while len(kept) > 2 and _OF_ITS_RECORD.fullmatch(kept[-1]):
        kept.pop()
    return (kept, counted) if kept else (segments, 0)


def _without_key(segments: list[str]) -> list[str]:
    """Without keys that a DJ program put behind the title: `Title - 9A`, `Title 124 9A`."""
    kept = [*segments[:-1], *(_TEMPO_AND_KEY.sub("", last) for last in segments[-1:])]
    if len(kept) > 2 and _BPM.fullmatch(kept[-1]) and _KEY.fullmatch(kept[-2]):
        kept.pop()
    while len(kept) > 1 and _KEY.fullmatch(kept[-1]):
        kept.pop()
    return kept


def _lift_dashed_versions(pieces: Pieces, *, by_somebody: bool, whole: bool) -> None:
    """`Title - Dub Mix`, `Title - 2011 Remaster`, and `Title Radio Edit` without any mark."""
    while len(pieces.segments) > 1 and not whole:
        brackets = "".join(mark[0] for mark in BRACKETED.finditer(pieces.segments[-1]))
        last = without_brackets(pieces.segments[-1])
        folded = fold(last)
        if not (bracket_names_a_version(last) if by_somebody else names_a_version(folded)):
            break
        # `Artist - Some Title Remix` or `Title - Some Name Remix`: both are tried.
        is_version = all(map(names_a_version, folded.split()))
        if not by_somebody and len(pieces.segments) == 2 and not is_version:
            break
        pieces.version = read_version(last).together_with(pieces.version)
        pieces.segments.pop()
        pieces.segments[-1] = f"{pieces.segments[-1]} {brackets}".strip()
    if pieces.segments:
        base, version = split_unmarked_version(pieces.segments[-1])
        if version:
            if names_a_version(fold(pieces.segments[-1])):
                pieces.last_whole = (pieces.segments[-1], pieces.version)
            pieces.segments[-1] = base
            pieces.is_unmarked = True
            pieces.version = read_version(version).together_with(pieces.version)


def split_unmarked_version(segment: str) -> tuple[str, str]:
    """`Title Original Mix` -> (`Title`, `Original Mix`); '' where no version is that clear."""
    live = _LIVE_TAIL.match(segment)
    if live and "\x01" not in live[2]:
        return live[1], live[2]
    words = segment.split()
    count: list[str] = []
    while len(words) > 2 and fold(words[-1]) in _COUNTS:
        count.insert(0, words.pop())  # `Drum Song Version No. 2`
    taken = 0
    while taken < len(words) - 1 and "\x01" not in words[-1 - taken]:
        word = fold(words[-1 - taken])
        is_version = word and all(map(names_a_version, word.split()))
        if not is_version and not (taken and _YEAR_OR_INCHES.fullmatch(word)):
            break
        taken += 1
        if word == "original" and taken > 1:
            break  # `Pure Beats Original Mix`
    last = words_of_a_version(fold(words[-1]))[-1] if taken else ""
    if taken > 1 or last in DECISIVE or last == "version":
        return " ".join(words[:-taken]), " ".join((*words[-taken:], *count))
    return segment, ""


_COUNTS: Final = frozenset({"no", "nr", *map(str, range(1, 10))})


def subtitle(text: str) -> str:
    return " ".join(ROMAN.get(word, word) for word in fold(text).split())


def without_brackets(text: str) -> str:
    """The text without the places of the brackets that stay in it."""
    return " ".join(BRACKETED.sub(" ", text).split()) if "\x01" in text else text
