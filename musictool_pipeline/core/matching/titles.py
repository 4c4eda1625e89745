"""From a printed title to what it is made of: base, subtitles, version, numbers, guests.

What belongs here: taking one title apart, of a record, a tag or a file name alike. What does not:
which part of a file's texts is the title (`reading`), and how two titles agree (`scoring`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from musictool_pipeline.core.matching.credits import GUEST, split_names
from musictool_pipeline.core.matching.text import fold, in_script
from musictool_pipeline.core.matching.versions import (
    PLAIN,
    Version,
    bracket_names_a_version,
    names_a_version,
    read_version,
)
from musictool_pipeline.core.matching.vocabulary import (
    DECISIVE,
    GENERIC_TITLES,
    NEUTRAL,
    NOISE_BRACKETS,
    NUMBER_WORDS,
    OPUS_WORDS,
    PART_WORDS,
    REMASTER,
    ROMAN,
    ROMAN_LETTERS,
    SPOKEN,
)

_BRACKET: Final = re.compile(
    r"\(([^()\[\]]*)\)|\[([^()\[\]]*)\]|\{([^{}]*)\}|\uff08([^\uff09]*)\uff09"
)
_OPEN_BRACKET: Final = re.compile(r"[(\[{]([^()\[\]{}]*)$")
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
_KEY_ENERGY: Final = re.compile(r"(?:energy )?\d{1,2}", re.IGNORECASE)

NOISE: Final = re.compile(NOISE_BRACKETS)
_TRACK_N: Final = re.compile(
    r"(?:track|titel|piste|pista|side|audiotrack|recording)? ?[a-h]?\d{0,3}"
)
_LIVE_TAIL: Final = re.compile(r"^(.+?)\s+(live (?:at|in|from|on) .+)$", re.IGNORECASE)
_ELLIPSIS: Final = re.compile(r"(?:\.\.\.?|\u2026)\s*$")


def names_no_track(folded: str) -> bool:
    """Whether a folded base title is one of hundreds of records: `untitled`, `track 4`, `b2`."""
    return folded in GENERIC_TITLES or not folded or _TRACK_N.fullmatch(folded) is not None


@dataclass(frozen=True, slots=True)
class Title:
    """A title taken apart. All texts folded; `core` is the base title without its numbers.

    `full`: base and subtitles in printed order; `dashed`: what stands outside of brackets;
    `flat`: every word that tells recordings apart,
    the version's included; `numbers`: what counts parts and years (`2`, `y95`), in order;
    `cut_off`: the words after a bracket that never closes, '' if nothing follows it; `aside`: what
    round brackets behind the title say that name no version; `parts`: the
    titles of a medley (`Dust To Dust / Return Of The Roughnecks`).
    """

    base: str
    core: str
    full: str
    dashed: str
    flat: str
    script: str
    subtitles: tuple[str, ...]
    numbers: tuple[str, ...]
    opus: tuple[str, ...]
    version: Version
    featured: tuple[str, ...]
    cut_off: str | None
    printed_length: int
    aside: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()

    @property
    def is_generic(self) -> bool:
        """Whether hundreds of records have a track of this name."""
        return names_no_track(self.base) or self.core in GENERIC_TITLES


@dataclass(slots=True)
class Pieces:
    """A printed title on the table: what was lifted out of it, and the segments that remain.

    `bracketed`: what brackets hold that stay in the text; `aside`: those of them that stand behind
    other words, each with the number of its segment, folded. The rest as in Title.
    """

    segments: list[str]
    bracketed: list[str]
    version: Version
    featured: list[str]
    cut_off: str | None
    printed_length: int
    aside: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])


def take_apart(
    printed: str, *, is_name: bool = False, by_somebody: bool = False, whole: bool = False
) -> Pieces:
    """Brackets, guests, keys and versions lifted out; what is left, split at its dashes.

    `is_name`: it is a file name, where positions, tempi and keys are segments of their own.
    `by_somebody`: the artist is known, and stands in no segment. `whole`: what is behind a dash
    is left where it is.
    """
    text = printed.strip()
    length = len(text)
    cut_off: str | None = None
    if _ELLIPSIS.search(text) and length > 12:
        text = _ELLIPSIS.sub("", text)
        cut_off = ""
    pieces = Pieces([], [], PLAIN, [], cut_off, length)
    held: list[tuple[str, str]] = []

    def lift(match: re.Match[str]) -> str:
        content = next(group for group in match.groups() if group is not None)
        held.append((content.strip(), match[0]))
        return f" \x00{len(held) - 1}\x00 "

    previous = ""
    while previous != text:
        previous = text
        text = _BRACKET.sub(lift, text)
    opened = _OPEN_BRACKET.search(text)
    if opened:
        pieces.cut_off = fold(_put_back(opened[1], held))
        text = text[: opened.start()]
    segments = [segment.strip() for segment in _DASH.split(text)]
    segments = [segment for segment in segments if segment.strip("-_ .")]
    if is_name:
        segments = _without_positions(segments)
    segments = _without_key(segments)
    for number, segment in enumerate(segments):
        kept = segment
        for index in re.findall("\x00(\\d+)\x00", segment):
            content = _put_back(held[int(index)][0], held)
            put = _place_bracket(
                content,
                pieces,
                number,
                raw=held[int(index)][1],
                follows=not segment.startswith(f"\x00{index}"),
                last=number == len(segments) - 1,
            )
            kept = kept.replace(f"\x00{index}\x00", put)
        kept = " ".join(kept.split())
        guest = GUEST.search(kept)
        if (guest and guest.start() > 0 and number > 0) or (guest and len(segments) == 1):
            featured = guest[1] or guest[2]
            tail = _split_tail(featured)
            pieces.featured.extend(split_names(tail[0]))
            if tail[1]:
                pieces.version = pieces.version.together_with(read_version(tail[1]))
            kept = f"{kept[: guest.start()]} {kept[guest.end() :]}".strip()
        pieces.segments.append(kept)
    _lift_dashed_versions(pieces, by_somebody=by_somebody, whole=whole)
    pieces.segments = [segment for segment in pieces.segments if segment]
    if not pieces.segments:
        pieces.segments = [" ".join(pieces.bracketed)]
        pieces.bracketed = []
    return pieces


def _put_back(text: str, held: list[tuple[str, str]]) -> str:
    """Brackets inside brackets, as printed."""
    while "\x00" in text:
        text = re.sub("\x00(\\d+)\x00", lambda mark: held[int(mark[1])][0], text)
    return " ".join(text.split())


def _place_bracket(
    content: str, pieces: Pieces, segment: int, *, raw: str, follows: bool, last: bool
) -> str:
    """What a bracket's content is; returns what goes back into the text in its place.

    `raw`: the bracket as printed; `follows`: it stands behind other words of its segment; `last`:
    that is the last one.
    """
    folded = fold(content)
    if not folded or _KEY.fullmatch(content):
        return ""
    if NOISE.fullmatch(folded) and (follows or not raw.startswith("(")):
        return ""
    if folded.isdigit() and len(folded) <= 2 and not last:
        return ""
    guest = GUEST.match(" " + content)
    if guest or (folded.startswith("with ") and not names_a_version(folded)):
        featured, version = _split_tail(guest[1] or guest[2] if guest else content[5:])
        pieces.featured.extend(split_names(featured))
        if version:
            pieces.version = pieces.version.together_with(read_version(version))
        return ""
    if bracket_names_a_version(content):
        for part in re.split(r"\s+/\s+|\s+-\s+|;", content):
            if bracket_names_a_version(part):
                pieces.version = pieces.version.together_with(read_version(part))
        return ""
    if is_count(folded.split()) or (content[:1] in "'\u2019" and folded.isdigit()):
        return f" {content} "
    if folded.isdigit() and len(folded) == 4:
        return ""
    pieces.bracketed.append(content)
    if raw.startswith("(") and follows:
        pieces.aside.append((segment, folded))
    return f" \x01{len(pieces.bracketed) - 1}\x01 "


def is_count(words: list[str]) -> bool:
    return (
        (
            len(words) == 2
            and words[0] in PART_WORDS
            and (len(words[1]) == 1 or _as_number(words[1], counted=True) is not None)
        )
        or (
            len(words) == 1
            and (words[0] in ROMAN or words[0] == "i" or words[0].isdigit())
            and not re.fullmatch(r"\d{4,}", words[0])
        )
        or (
            len(words) in (3, 4)
            and words[0] in PART_WORDS
            and _as_number(words[-1], counted=True) is not None
        )
    )


def _split_tail(text: str) -> tuple[str, str]:
    """A version after a guest's name: `Diane Charlemagne - Goldie Remix`."""
    pieces = _DASH.split(text, maxsplit=1)
    if len(pieces) == 2 and names_a_version(fold(pieces[1])):
        return pieces[0], pieces[1]
    return text, ""


def _without_positions(segments: list[str]) -> list[str]:
    """Without segments that are a position, a tempo or a key, unless nothing else would remain."""
    kept = [
        segment
        for number, segment in enumerate(segments)
        if not (
            _KEY.fullmatch(segment)
            or _BPM.fullmatch(segment)
            or (number < len(segments) - 1 and _POSITION.fullmatch(segment))
        )
    ]
    return kept or segments


def _without_key(segments: list[str]) -> list[str]:
    """Without keys that a DJ program put behind the title: `Title - 9A`, `Title - Am - 6`."""
    kept = list(segments)
    if len(kept) > 2 and _KEY_ENERGY.fullmatch(kept[-1]) and _KEY.fullmatch(kept[-2]):
        kept.pop()
    if len(kept) > 2 and _BPM.fullmatch(kept[-1]) and _KEY.fullmatch(kept[-2]):
        kept.pop()
    while len(kept) > 1 and _KEY.fullmatch(kept[-1]):
        kept.pop()
    return kept


def _lift_dashed_versions(pieces: Pieces, *, by_somebody: bool, whole: bool) -> None:
    """`Title - Dub Mix`, `Title - 2011 Remaster`, and `Title Radio Edit` without any mark."""
    while len(pieces.segments) > 1 and not whole:
        brackets = "".join(re.findall("\x01\\d+\x01", pieces.segments[-1]))
        last = re.sub("\x01\\d+\x01", " ", pieces.segments[-1])
        folded = fold(last)
        if not names_a_version(folded):
            break
        if (
            not by_somebody
            and not _all_version_words(folded)
            and len(pieces.segments) == 2
            and _may_be_title(folded)
        ):
            break
        pieces.version = read_version(last).together_with(pieces.version)
        pieces.segments.pop()
        pieces.segments[-1] = f"{pieces.segments[-1]} {brackets}".strip()
    if pieces.segments:
        base, version = split_unmarked_version(pieces.segments[-1])
        if version:
            pieces.segments[-1] = base
            pieces.version = read_version(version).together_with(pieces.version)


def _all_version_words(folded: str) -> bool:
    words = folded.split()
    return all(names_a_version(word) or word.isdigit() or word in REMASTER for word in words)


def _may_be_title(folded: str) -> bool:
    """`Artist - Some Title Remix` or `Title - Some Name Remix`: both are tried."""
    return not any(word in REMASTER for word in folded.split()) and not folded.startswith("live ")


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
            or (taken and re.fullmatch(r"(?:19|20)\d\d", word))
        ):
            break
        taken += 1
        if word == "original" and taken > 1:
            break  # `Pure Beats Original Mix`
    if not taken:
        return segment, ""
    tail = [fold(word) for word in words[-taken:]]
    if (
        taken == 1
        and not (tail[0] == "version" and len(words) > 2)
        and not (tail[0] in DECISIVE and tail[0] not in NEUTRAL)
        and tail[0] not in REMASTER
    ):
        return segment, ""
    if taken >= 2 and not (
        tail[-1] in ("mix", "version", "edit", "remix", "dub", "instrumental", "acapella", "vip")
        or any(word in REMASTER or word in DECISIVE for word in tail)
    ):
        return segment, ""
    return " ".join(words[:-taken]), " ".join(words[-taken:])


def title_of(pieces: Pieces, segments: Iterable[int]) -> Title:
    """The Title that the chosen segments make; the first is the base, the others subtitles."""
    chosen = list(segments)
    base_text = ""
    full_text: list[str] = []
    subtitles: list[str] = []
    for place, number in enumerate(chosen):
        text = pieces.segments[number]
        guest = GUEST.search(text)
        if guest and guest.start() > 0:
            text = f"{text[: guest.start()]} {text[guest.end() :]}"
        full_text.append(
            re.sub("\x01(\\d+)\x01", lambda mark: pieces.bracketed[int(mark[1])], text)
        )
        bare = " ".join(re.sub("\x01\\d+\x01", " ", text).split())
        if place == 0:
            base_text = bare
        elif bare:
            subtitles.append(fold(bare))
        subtitles.extend(
            fold(pieces.bracketed[int(index)]) for index in re.findall("\x01(\\d+)\x01", text)
        )
    if not base_text:
        base_text = " ".join(full_text)
        subtitles = []
    version = pieces.version
    base, core, numbers, opus = numbered(base_text)
    full, _, _, _ = numbered(" ".join(full_text))
    outside = re.sub("\x01\\d+\x01", " ", " ".join(pieces.segments[number] for number in chosen))
    dashed = base
    if len(chosen) > 1:
        in_dashes, _, numbers, _ = numbered(outside)
        dashed = in_dashes or base
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
        subtitles=tuple(subtitles),
        numbers=numbers,
        opus=opus,
        version=version,
        featured=tuple(dict.fromkeys(pieces.featured)),
        cut_off=pieces.cut_off,
        printed_length=pieces.printed_length,
        aside=tuple(said for number, said in pieces.aside if number in chosen),
        parts=_medley(base_text),
    )


def _medley(base_text: str) -> tuple[str, ...]:
    parts = tuple(fold(part) for part in re.split(r"\s*/\s*|\s*;\s+", base_text))
    return parts if len(parts) > 1 and all(len(part) > 3 for part in parts) else ()


_APOSTROPHE_YEAR: Final = re.compile(r"(?:['\u2019`]\s?|(?<=[a-z])-(?=[6-9]))(\d\d)\b")
_MEDLEY: Final = re.compile(r"^\s*medley\s*[:-]\s*", re.IGNORECASE)
_LEADING_ROMAN: Final = re.compile(r"^\s*([IVX]+)\.\s")


@lru_cache(maxsize=1 << 14)
def numbered(printed: str) -> tuple[str, str, tuple[str, ...], tuple[str, ...]]:
    """Base title, base without its numbers, the numbers, the opus numbers; all normalised."""
    text = _APOSTROPHE_YEAR.sub(r" 19\1y ", _MEDLEY.sub("", printed))
    text = re.sub(r"(\d)\s?[.:]\s?(\d)", r"\1 \2", text).replace("#", " no ")
    roman = _LEADING_ROMAN.match(text)
    if roman:
        text = f"no {text}"
    words: list[str] = []
    core: list[str] = []
    numbers: list[str] = []
    opus: list[str] = []
    folded = fold(text).split()
    for place, word in enumerate(folded):
        before = folded[place - 1] if place else ""
        after = folded[place + 1] if place + 1 < len(folded) else ""
        counted = before in PART_WORDS
        last = place == len(folded) - 1
        if word in PART_WORDS and place + 1 < len(folded) and _as_number(after, counted=True):
            words.append(PART_WORDS[word])
            continue
        # `Metamorphosis I`; in a sentence it is its speaker: `... The Grace Of God Go I`.
        first_part = last and word == "i" and 0 < place < 4
        value = _as_number(word, counted=counted or first_part)
        if value is None or word == "no":
            words.append(word)
            if not (word in OPUS_WORDS and after.isdigit()):
                core.append(word)
            continue
        words.append(value)
        if before in OPUS_WORDS:
            opus.append(value)
        else:
            numbers.append(value)
    return " ".join(words), " ".join(core) or " ".join(words), tuple(numbers), tuple(opus)


def _as_number(word: str, *, counted: bool) -> str | None:
    if word.isdigit():
        if len(word) == 4 and word[:2] in ("19", "20"):
            return "y" + word[2:]
        return word.lstrip("0") or "0"
    if re.fullmatch(r"19\d\dy", word):
        return "y" + word[2:4]
    if word in ROMAN:
        return ROMAN[word]
    if word in NUMBER_WORDS:
        return NUMBER_WORDS[word]
    if counted and word in ROMAN_LETTERS:
        return ROMAN_LETTERS[word]
    return None


@lru_cache(maxsize=1 << 14)
def spoken(folded: str) -> str:
    """As it sounds: `nothing compares 2 u` -> `nothing compares to you`."""
    return " ".join(SPOKEN.get(word, word) for word in folded.split())
