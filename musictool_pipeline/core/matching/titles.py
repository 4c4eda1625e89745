"""From a printed title to what it is made of: base, subtitles, version, numbers, guests.

What belongs here: taking one title apart, of a record, a tag or a file name alike. What does not:
which part of a file's texts is the title (`reading`), and how two titles agree (`observing`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from musictool_pipeline.core.matching.counting import is_count, numbered
from musictool_pipeline.core.matching.credits import GUEST, split_names
from musictool_pipeline.core.matching.lexicon import (
    DECISIVE,
    GENERIC_TITLES,
    NOISE_BRACKETS,
    REMASTER,
    ROMAN,
    SPOKEN,
)
from musictool_pipeline.core.matching.text import fold, in_script
from musictool_pipeline.core.matching.versions import (
    PLAIN,
    Version,
    bracket_names_a_version,
    names_a_version,
    read_version,
)

_BRACKET: Final = re.compile(
    r"\(([^()\[\]]*)\)|\[([^()\[\]]*)\]|\{([^{}]*)\}|\uff08([^\uff09]*)\uff09"
)
_OPEN_BRACKET: Final = re.compile(r"[(\[{]([^()\[\]{}]*)$")
# Where a bracket was lifted out of a text, and where one stays in it: their numbers.
_HELD: Final = re.compile("\x00(\\d+)\x00")
_BRACKETED: Final = re.compile("\x01(\\d+)\x01")
_DASH: Final = re.compile(
    r"\s+[-\u2010-\u2015\u2212~|]+\s+|\s+//+\s+|\s*\u2014\s*"
    r"|\s+[-\u2013]+(?=[^\W\d])|(?<=\w)[-\u2013]+\s+|\s+[-\u2013]+$"
)

CAMELOT: Final = r"(?:1[0-2]|0?[1-9])[abdm]"
_KEY_NAME: Final = (
    r"[a-g](?:[#\u266f\u266d]|b)?\s?(?:maj(?:or)?|min(?:or)?|m)"
    r"|[a-g](?:[#\u266f\u266d]|b)"
)
_KEY: Final = re.compile(rf"(?:{CAMELOT}|{_KEY_NAME})(?:\s*/\s*(?:{CAMELOT}|{_KEY_NAME}))?", re.I)
_BPM: Final = re.compile(r"(?:6[5-9]|[789]\d|1\d\d|20\d)(?:[.,]\d+)?(?:\s*bpm)?", re.IGNORECASE)
_POSITION: Final = re.compile(
    r"(?:\d{1,3}|\d-\d{1,2}|[a-h]{1,2}\d{1,2}|cd ?\d|side [a-d])\.?", re.I
)

# ID3v1 keeps 30 characters of a title, and nothing says that the rest is missing.
ID3V1_LENGTH: Final = 30

NOISE: Final = re.compile(NOISE_BRACKETS)
_TRACK_N: Final = re.compile(
    r"(?:track|titel|piste|pista|side|audiotrack|recording|part)? ?[a-h]?\d{0,3}"
)
_LIVE_TAIL: Final = re.compile(r"^(.+?)\s+(live (?:at|in|from|on) .+)$", re.IGNORECASE)
# What tells two cuts apart and says nothing alone: a side of the record, a tempo.
_SIDE: Final = re.compile(r"(?:side )?(([a-h])\2?\d{0,2})|([a-h]) side")
_SIDE_LAST: Final = re.compile(r"(.+) ([a-h]\d{1,2})")
_TEMPO: Final = re.compile(r"(\d{2,3}) ?bpm")
_YEAR_ALONE: Final = re.compile(r"(?:19|20)(\d\d)")
_YEAR_SAID: Final = re.compile(r"(?:(?:19|20)|['\u2019`])\d\d")
_SHORT_YEAR: Final = re.compile(r"['\u2019`](\d\d)|y2k()", re.IGNORECASE)
_ELLIPSIS: Final = re.compile(r"(?:\.\.\.?|\u2026)\s*$")


def names_no_track(folded: str) -> bool:
    """Whether a folded base title is one of hundreds of records: `untitled`, `track 4`, `-`."""
    return (
        folded in GENERIC_TITLES
        or not any(map(str.isalnum, folded))
        or _TRACK_N.fullmatch(folded) is not None
    )


@dataclass(frozen=True, slots=True)
class Title:
    """A title taken apart. All texts folded; `core` is the base title without its numbers.

    `full`: base and subtitles in printed order; `dashed`: what stands outside of brackets; `flat`:
    every word that tells recordings apart, the version's included; `numbers`: what counts parts and
    years (`2`, `y95`), in order; `cut_off`: the words after a bracket that never closes, '' if
    nothing follows it; `aside`: those subtitles that stand behind the title; `parts`: the titles of
    a medley (`Dust To Dust / Return Of The Roughnecks`); `labels`: what a file has in square
    brackets, which is mostly a shop's or a ripper's.
    """

    base: str
    core: str
    full: str
    dashed: str
    flat: str
    script: str
    subtitles: tuple[str, ...]
    numbers: tuple[str, ...]
    version: Version
    cut_off: str | None
    printed_length: int
    aside: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()

    @property
    def is_generic(self) -> bool:
        """Whether hundreds of records have a track of this name."""
        return names_no_track(self.base) or self.core in GENERIC_TITLES

    def with_version(self, version: Version) -> Title:
        """The title with the words of a version that stands elsewhere."""
        return replace(self, version=version, flat=f"{self.flat} {fold(version.words)}")


@dataclass(slots=True)
class Pieces:
    """A printed title on the table: what was lifted out of it, and the segments that remain.

    `bracketed`: what brackets hold that stay in the text; `on_record`: a record prints it;
    `last_whole`: the last segment before a version was taken off its end, and the version without
    that, where all of it may be one (`Title - Some Name Remix`). The rest as in Title.
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
    cut_off: str | None = None
    if _ELLIPSIS.search(text) and length > 12:
        text = _ELLIPSIS.sub("", text)
        cut_off = ""
    pieces = Pieces([], [], PLAIN, [], cut_off, length, on_record)
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
        if names_a_version(fold(said)) and length > ID3V1_LENGTH:
            pieces.version = read_version(said)  # only the bracket is missing
        else:
            pieces.cut_off = "" if GUEST.match(" " + content) else fold(content)
        text = text[: opened.start()]
    segments = [part.strip() for part in _DASH.split(text) if part.strip("-_ .")]
    if is_name:
        pieces.printed_length = len(_DASH.split(printed)[-1])
        segments = _without_positions(segments)
    segments = _without_key(segments)
    for number, segment in enumerate(segments):
        kept = segment
        for index in _HELD.findall(segment):
            content = _put_back(held[int(index)][0], held)
            put = _place_bracket(
                content,
                pieces,
                raw=held[int(index)][1],
                follows=not segment.startswith(f"\x00{index}\x00"),
            )
            kept = kept.replace(f"\x00{index}\x00", put)
        kept = " ".join(kept.split())
        guest = GUEST.search(kept)
        if (guest and guest.start() > 0 and number > 0) or (guest and len(segments) == 1):
            pieces.featured.extend(split_names(guest[1]))
            kept = f"{kept[: guest.start()]} {kept[guest.end() :]}".strip()
        pieces.segments.append(kept)
    _lift_dashed_versions(pieces, by_somebody=by_somebody, whole=whole)
    pieces.segments = [segment for segment in pieces.segments if segment]
    if not pieces.segments:
        pieces.segments = [" ".join(pieces.bracketed) or printed.strip()]
        pieces.bracketed = []
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
    if NOISE.fullmatch(folded) and (follows or not raw.startswith("(")):
        return ""
    guest = GUEST.match(" " + content)
    if guest or (folded.startswith("with ") and not names_a_version(folded)):
        pieces.featured.extend(split_names(guest[1] if guest else content[5:]))
        return ""
    shops_own = follows and not pieces.on_record and not raw.startswith("(")
    parts = [part for part in _PARTS_OF_A_BRACKET.split(content) if fold(part)]
    named = [bracket_names_a_version(part, styles=not shops_own) for part in parts]
    if any(named) or bracket_names_a_version(content, styles=not shops_own):
        for part in parts if all(named) else [content]:
            pieces.version = pieces.version.together_with(read_version(part))
        return ""
    if is_count(folded.split()):
        return f" {content} "
    if folded.isdigit() and len(folded) == 4:
        return ""
    if shops_own:
        pieces.labels += (_subtitle(content),)
        return ""
    side = _SIDE_LAST.fullmatch(folded)
    if side and follows:
        pieces.version = pieces.version.together_with(Version(marks=frozenset({side[2]})))
        content = side[1]
    pieces.bracketed.append(content)
    return f" \x01{len(pieces.bracketed) - 1}\x01 "


_PARTS_OF_A_BRACKET: Final = re.compile(r"\s+/\s+|\s+-\s+|[;()\[\]]")


def _said_beside(content: str, folded: str, pieces: Pieces) -> Version | None:
    """What a bracket of nothing but a side, a tempo, a year or a running number says; None where
    it is another one. A year in a file is mostly that of its release."""
    side = _SIDE.fullmatch(folded)
    if side:
        return Version(marks=frozenset({side[1] or side[3]}))
    tempo = _TEMPO.fullmatch(folded)
    if tempo:
        return Version(marks=frozenset({f"{tempo[1]}bpm"}))
    year = _YEAR_ALONE.fullmatch(folded)
    if year and not pieces.on_record:
        return Version(marks=frozenset({f"y{year[1]}"}))
    year = year or _SHORT_YEAR.fullmatch(content.strip())
    if year:
        return Version(numbers=(year[1] or "00",), words=content, spoken=True)
    return None


def _without_positions(segments: list[str]) -> list[str]:
    """Without segments that are a position, a tempo, a key or what a downloader adds, unless
    nothing else would remain."""
    kept = [
        segment
        for number, segment in enumerate(segments)
        if not (
            _KEY.fullmatch(segment)
            or _BPM.fullmatch(segment)
            or (number < len(segments) - 1 and _POSITION.fullmatch(segment))
            or (number > 1 and NOISE.fullmatch(fold(segment)))
        )
    ]
    return kept or segments


def _without_key(segments: list[str]) -> list[str]:
    """Without keys that a DJ program put behind the title: `Title - 9A`, `Title - Am - 6`."""
    kept = list(segments)
    if len(kept) > 2 and _BPM.fullmatch(kept[-1]) and _KEY.fullmatch(kept[-2]):
        kept.pop()
    while len(kept) > 1 and _KEY.fullmatch(kept[-1]):
        kept.pop()
    return kept


def _lift_dashed_versions(pieces: Pieces, *, by_somebody: bool, whole: bool) -> None:
    """`Title - Dub Mix`, `Title - 2011 Remaster`, and `Title Radio Edit` without any mark."""
    while len(pieces.segments) > 1 and not whole:
        brackets = "".join(mark[0] for mark in _BRACKETED.finditer(pieces.segments[-1]))
        last = without_brackets(pieces.segments[-1])
        folded = fold(last)
        if not (bracket_names_a_version(last) if by_somebody else names_a_version(folded)):
            break
        if not by_somebody and len(pieces.segments) == 2 and _may_be_title(folded.split()):
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
            pieces.version = read_version(version).together_with(pieces.version)


def _may_be_title(words: list[str]) -> bool:
    """`Artist - Some Title Remix` or `Title - Some Name Remix`: both are tried."""
    is_version = all(names_a_version(word) or word.isdigit() for word in words)
    return not is_version and words[0] != "live" and REMASTER.isdisjoint(words)


def split_unmarked_version(segment: str) -> tuple[str, str]:
    """`Title Original Mix` -> (`Title`, `Original Mix`); '' where no version is that clear."""
    live = _LIVE_TAIL.match(segment)
    if live and "\x01" not in live[2]:
        return live[1], live[2]
    words = segment.split()
    taken = 0
    while taken < len(words) - 1 and "\x01" not in words[-1 - taken]:
        word = fold(words[-1 - taken])
        if not word or not (
            all(names_a_version(part) for part in word.split())
            or word in REMASTER
            or (taken and _YEAR_ALONE.fullmatch(word))
        ):
            break
        taken += 1
        if word == "original" and taken > 1:
            break  # `Pure Beats Original Mix`
    last = fold(words[-1]) if taken else ""
    if taken > 1 or last in DECISIVE or last in REMASTER or (last == "version" and len(words) > 2):
        return " ".join(words[:-taken]), " ".join(words[-taken:])
    return segment, ""


def title_of(pieces: Pieces, segments: Iterable[int] = ()) -> Title:
    """The Title that the chosen segments make, or all of them; the first is the base, the others
    subtitles."""
    chosen = list(segments) or range(len(pieces.segments))
    base_text = ""
    full_text: list[str] = []
    in_front: list[str] = []
    aside: list[str] = []
    for place, number in enumerate(chosen):
        text = pieces.segments[number]
        guest = GUEST.search(text)
        if guest and guest.start() > 0:
            text = f"{text[: guest.start()]} {text[guest.end() :]}"
        bare = without_brackets(text)
        if place == 0:
            base_text = bare
        elif bare:
            aside.append(_subtitle(bare))
        if "\x01" in text:
            for mark in _BRACKETED.finditer(text):
                leads = place == 0 and not fold(without_brackets(text[: mark.start()]))
                said = _subtitle(pieces.bracketed[int(mark[1])])
                (in_front if leads else aside).append(said)
            text = _BRACKETED.sub(lambda mark: pieces.bracketed[int(mark[1])], text)
        full_text.append(text)
    if not base_text:
        base_text = " ".join(full_text)
        in_front = aside = []
    base_text, side = _without_side(base_text)
    if side:
        full_text[0] = base_text
    base, core, numbers = numbered(base_text)
    full, _, _ = numbered(" ".join(full_text))
    dashed = base
    if len(chosen) > 1:
        outside = " ".join(pieces.segments[number] for number in chosen)
        in_dashes, _, numbers = numbered(without_brackets(outside))
        dashed = in_dashes or base
    version = pieces.version
    marks = {mark for mark in (side, *numbers) if mark and (mark == side or mark[0] == "y")}
    if marks:
        version = replace(version, marks=version.marks | marks)
    words = full.split()
    if version.spoken and not version.is_plain:
        words += fold(version.words).split()
    return Title(
        base=base,
        core=core,
        full=full,
        dashed=dashed,
        flat=" ".join(word for word in words if word not in REMASTER),
        script=in_script(base_text),
        subtitles=(*in_front, *aside),
        numbers=numbers,
        version=version,
        cut_off=pieces.cut_off,
        printed_length=pieces.printed_length,
        aside=tuple(aside),
        parts=_medley(base_text),
        labels=pieces.labels,
    )


def _subtitle(text: str) -> str:
    return " ".join(ROMAN.get(word, word) for word in fold(text).split())


def without_brackets(text: str) -> str:
    """The text without the places of the brackets that stay in it."""
    return " ".join(_BRACKETED.sub(" ", text).split()) if "\x01" in text else text


def with_its_year(title: Title) -> Title | None:
    """`Angel (1987)` as `Angel '87`, the year counted in the title too; None if it has none."""
    version = title.version
    if version.kinds or version.name or not _YEAR_SAID.fullmatch(version.words):
        return None
    year = f"y{version.numbers[0]}"
    return replace(
        title,
        base=f"{title.base} {year}",
        full=f"{title.full} {year}",
        dashed=f"{title.dashed} {year}",
        numbers=(*title.numbers, year),
    )


def _without_side(base_text: str) -> tuple[str, str]:
    """`Untitled A1`, `B Untitled`: a title of many without the side that tells them apart."""
    words = fold(base_text).split() if base_text.count(" ") < 3 else ()
    if len(words) == 2:
        for side, rest in ((words[1], words[0]), (words[0], words[1])):
            if _SIDE.fullmatch(side) and len(rest) > 3 and names_no_track(rest):
                return rest, side
    return base_text, ""


_OF_A_MEDLEY: Final = re.compile(r"\s*/\s*|\s*;\s+")


def _medley(base_text: str) -> tuple[str, ...]:
    parts = tuple(map(fold, _OF_A_MEDLEY.split(base_text)))
    return parts if len(parts) > 1 and all(len(part) > 3 for part in parts) else ()


@lru_cache(maxsize=1 << 14)
def spoken(folded: str) -> str:
    """As it sounds: `nothing compares 2 u` -> `nothing compares to you`."""
    return " ".join(SPOKEN.get(word, word) for word in folded.split())
