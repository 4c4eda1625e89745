"""From the text of one track, on vinyl or on disk, to what it says: a Reading.

What belongs here: taking credits, titles and file names apart. What does not: comparing two
readings (`scoring`), or looking for them (`blocking`).

A file can be read in several ways: its tags as they stand, or `Artist - Title` split out of the
title or of the file name. Every plausible reading is kept; the comparison finds the one that fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from musictool_pipeline.core.matching.text import (
    fold,
    in_script,
    likeness,
    mended,
    other_decodings,
)
from musictool_pipeline.core.matching.tracks import DigitalTrack, VinylTrack
from musictool_pipeline.core.matching.versions import (
    PLAIN,
    Version,
    bracket_names_a_version,
    names_a_version,
    read_version,
)
from musictool_pipeline.core.matching.vocabulary import (
    DECISIVE,
    FEATURING,
    FILLERS,
    GENERIC_TITLES,
    JOINS,
    LANDS,
    LIVE_ALBUM,
    NAMES_IN_SHORT,
    NEUTRAL,
    NOBODY,
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
_FEATURING: Final = re.compile(
    r"(?:^|\s)(?:" + "|".join(FEATURING) + r")\b\.?\s+([^\x01]+)|\sw/\s*([^\x01]+)",
    re.IGNORECASE,
)
_JOIN: Final = re.compile(
    r"\s*[,;/|&+\u00d7\u3001()\[\]]\s*|\s+=\s+|\s+(?:"
    + "|".join(JOINS)
    + r")\b\.?\s+|\s+\u0438\s+",
    re.IGNORECASE,
)
_TURNED: Final = re.compile(r"^(.*),\s*(The|A|An|Die|Der|Das|Les|Los|La|Le|El)$", re.IGNORECASE)
_DISAMBIGUATION: Final = re.compile(r"\s*\(\d+\)(?=\s|$|[,&/])")

_IDEOGRAPH: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")

_CAMELOT: Final = r"(?:1[0-2]|0?[1-9])[abdm]"
_KEY_NAME: Final = (
    r"[a-g](?:[#\u266f\u266d]|b)?\s?(?:maj(?:or)?|min(?:or)?|m)"
    r"|[a-g](?:[#\u266f\u266d]|b)"
)
_KEY: Final = re.compile(rf"(?:{_CAMELOT}|{_KEY_NAME})(?:\s*/\s*(?:{_CAMELOT}|{_KEY_NAME}))?", re.I)
_BPM: Final = re.compile(r"(?:6[5-9]|[789]\d|1\d\d|20\d)(?:[.,]\d+)?(?:\s*bpm)?", re.IGNORECASE)
_POSITION: Final = re.compile(
    r"(?:\d{1,3}|\d-\d{1,2}|[a-h]{1,2}\d{1,2}|cd ?\d|side [a-d])\.?", re.I
)
_KEY_ENERGY: Final = re.compile(r"(?:energy )?\d{1,2}", re.IGNORECASE)

# A number or a side that a ripper put before the title: `01. `, `A2 - `, `1-03 `.
_LEADING_POSITION: Final = re.compile(
    r"^\s*(?:\d{1,2}[-.]\d{1,2}|0\d{1,2}|\d{1,3}(?=\s*[.)\]_-])|[A-Ha-h]{1,2}\d{1,2}(?=[\s._)-])"
    r"|[A-Ha-h](?=\s*[.)_-]\s)|\(\d{1,2}\)|\[[A-Ha-h]?\d{1,2}\])\s*[-.)\]_]*\s*(?=\S)"
)
_SCENE_POSITION: Final = re.compile(r"(?:\d{2,3}|[a-h]{1,2}\d{0,2})-(?=.+-)")
# What a scene release says of itself between the title and the group's name.
_SCENE_TAIL: Final = re.compile(
    r"(?:\s-\s(?:vinyl|vls|web|cdm?|cds|ep|lp|promo|retail|bpm|320|flac|(?:19|20)\d\d))+\s*$", re.I
)
_LEADING_NUMBER: Final = re.compile(r"^\s*\d{1,2}\s+(?=\S)")
_LEADING_BPM_OR_KEY: Final = re.compile(
    rf"^\s*(?:(?:{_CAMELOT})\s*[-_ ]\s*)?(?:(?:1\d\d|[89]\d)(?:\.\d+)?(?:\s*bpm)?\s*[-_ ]\s*)?"
    rf"(?:(?:{_CAMELOT})\s*[-_ ]\s*)?(?=\S)",
    re.IGNORECASE,
)
# As DJ programs write them into titles: `8A - 128 - Title`.
_LEADING_KEY: Final = re.compile(
    rf"^\s*(?:{_CAMELOT})\s+-\s+(?:(?:[6-9]\d|1\d\d)(?:\.\d+)?(?:\s*bpm)?\s+-\s+)?(?=\S)", re.I
)
_SHOP_NUMBER: Final = re.compile(r"^\s*\d{5,}[\s_-]+|[\s_-]+\d{6,}\s*$")
# The id that a video downloader leaves behind: `-dQw4w9WgXcQ`.
_VIDEO_ID: Final = re.compile(r"\s?[-\[](?=[\w-]*\d)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{11}\]?$")
# What a video downloader or a ripper adds outside of any bracket.
_NOISE_TAIL: Final = re.compile(
    r"(?:[\s_-]+(?:(?:128|192|256|320)\s?(?:kbps|kbs|k)|1080p|720p|HD|HQ|(?i:www\.\S+\.\w{2,4})"
    r"|(?i:(?:[6-9]\d|1\d\d)\s?bpm)|\[(?:[6-9]\d|1\d\d)\]|(?<=\)\s)1\d\d"
    r"|(?:HQ|HD)\s(?i:audio|video)))+\s*$"
)
_COPY: Final = re.compile(r"\s*\(\d\)$|\s+-\s+(?:copy|kopie)$", re.IGNORECASE)
_EXTENSION: Final = re.compile(
    r"(?:\.stem)?\.(?:mp3|wav|wave|flac|aiff?|aif|m4a|mp4|ogg|opus|wma|aac|alac|ape|mpc|wv)$",
    re.IGNORECASE,
)
_NOISE: Final = re.compile(NOISE_BRACKETS)
_TRACK_N: Final = re.compile(
    r"(?:track|titel|piste|pista|side|audiotrack|recording)? ?[a-h]?\d{0,3}"
)
_TEMPLATE_JUNK: Final = re.compile(r"^_{2,}|^<.*>$|^\W*$")
_LIVE_ALBUM: Final = re.compile(LIVE_ALBUM)
_LIVE_TAIL: Final = re.compile(r"^(.+?)\s+(live (?:at|in|from|on) .+)$", re.IGNORECASE)
_ELLIPSIS: Final = re.compile(r"(?:\.\.\.?|\u2026)\s*$")

FROM_TITLE: Final = "artist from the title"
A_NUMBER: Final = "a number"
"""What was set aside where that may be made up for: it is often a ripper's own."""

# ID3v1 keeps 30 characters of a title, and nothing says that the rest is missing.
ID3V1_LENGTH: Final = 30


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


@dataclass(frozen=True, slots=True)
class Credit:
    """Who it is by. `names`: folded names, main ones first; `whole`: the credit unsplit.

    An empty `names` means unknown. `beside`: further folded names that may name the remixer.
    `ideographs`: it is written in signs whose sound depends on the language.
    """

    names: tuple[str, ...] = ()
    featured: tuple[str, ...] = ()
    whole: str = ""
    beside: tuple[str, ...] = ()
    ideographs: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a track. `source` says where the words come from, for the reason.

    `set_aside`: what was thrown away to get here, so that a match is at most one to look at.
    """

    credit: Credit
    title: Title
    source: str = ""
    set_aside: str = ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around a title and can support it: folded album, label, folders; seconds."""

    album: str = ""
    label: str = ""
    folders: tuple[str, ...] = ()
    seconds: float | None = None
    live_album: bool = False


@dataclass(frozen=True, slots=True)
class TrackReadings:
    """Everything that one track says: its readings, most trusted first, and its surroundings."""

    readings: tuple[Reading, ...]
    surroundings: Surroundings


# --- Credits ------------------------------------------------------------------------------------


@lru_cache(maxsize=1 << 15)
def read_credit(printed: str | None) -> Credit:
    """The names in a printed credit; an empty Credit for nobody (`Various`, `Unknown Artist`)."""
    if not printed or (_TEMPLATE_JUNK.match(printed) and fold(printed) == ""):
        return Credit()
    text = _DISAMBIGUATION.sub(" ", mended(printed).replace("_", " ")).replace("*", " ")
    text = " ".join(text.split()).strip(" -")
    if fold(text) in NOBODY or not text:
        return Credit()
    turned = _TURNED.match(text)
    if turned:
        text = f"{turned[2]} {turned[1]}"
    featured: list[str] = []
    text = re.sub(r"[(\[]\s*((?:feat|ft|featuring|with)\b[^)\]]*)[)\]]", r" \1", text, flags=re.I)
    guest = _FEATURING.search(text)
    if guest:
        featured = _names(guest[1] or guest[2])
        text = text[: guest.start()]
    names = _names(text)
    if not names:
        return Credit(names=tuple(featured), whole=" ".join(featured))
    return Credit(
        names=tuple(names),
        featured=tuple(featured),
        whole=fold(text),
        ideographs=_IDEOGRAPH.search(text) is not None,
    )


def _names(text: str) -> list[str]:
    names: list[str] = []
    for part in _JOIN.split(text):
        words = [NAMES_IN_SHORT.get(word, word) for word in fold(part).split()]
        if len(words) > 1 and words[-1] in ("uk", "usa"):
            words.pop()
        name = " ".join(words)
        if name and name not in NOBODY and name not in ("the", "friends", "others"):
            names.append(name)
    people = [name for name in names if name not in LANDS]
    return list(dict.fromkeys(people or names))


# --- Titles -------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Pieces:
    """A printed title on the table: what was lifted out of it, and the segments that remain."""

    segments: list[str]
    bracketed: list[str]
    version: Version
    featured: list[str]
    cut_off: str | None
    printed_length: int
    aside: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])


def _take_apart(
    printed: str, *, is_name: bool = False, by_somebody: bool = False, whole: bool = False
) -> _Pieces:
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
    pieces = _Pieces([], [], PLAIN, [], cut_off, length)
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
        guest = _FEATURING.search(kept)
        if (guest and guest.start() > 0 and number > 0) or (guest and len(segments) == 1):
            featured = guest[1] or guest[2]
            tail = _split_tail(featured)
            pieces.featured.extend(_names(tail[0]))
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
    content: str, pieces: _Pieces, segment: int, *, raw: str, follows: bool, last: bool
) -> str:
    """What a bracket's content is; returns what goes back into the text in its place.

    `raw`: the bracket as printed; `follows`: it stands behind other words of its segment; `last`:
    that is the last one.
    """
    folded = fold(content)
    if not folded or _KEY.fullmatch(content):
        return ""
    if _NOISE.fullmatch(folded) and (follows or not raw.startswith("(")):
        return ""
    if folded.isdigit() and len(folded) <= 2 and not last:
        return ""
    guest = _FEATURING.match(" " + content)
    if guest or (folded.startswith("with ") and not names_a_version(folded)):
        featured, version = _split_tail(guest[1] or guest[2] if guest else content[5:])
        pieces.featured.extend(_names(featured))
        if version:
            pieces.version = pieces.version.together_with(read_version(version))
        return ""
    if bracket_names_a_version(content):
        for part in re.split(r"\s+/\s+|\s+-\s+|;", content):
            if bracket_names_a_version(part):
                pieces.version = pieces.version.together_with(read_version(part))
        return ""
    if _is_count(folded.split()) or (content[:1] in "'\u2019" and folded.isdigit()):
        return f" {content} "
    if folded.isdigit() and len(folded) == 4:
        return ""
    pieces.bracketed.append(content)
    if raw.startswith("(") and follows:
        pieces.aside.append((segment, folded))
    return f" \x01{len(pieces.bracketed) - 1}\x01 "


def _is_count(words: list[str]) -> bool:
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


def _lift_dashed_versions(pieces: _Pieces, *, by_somebody: bool, whole: bool) -> None:
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


def _title_of(pieces: _Pieces, segments: Iterable[int]) -> Title:
    """The Title that the chosen segments make; the first is the base, the others subtitles."""
    chosen = list(segments)
    base_text = ""
    full_text: list[str] = []
    subtitles: list[str] = []
    for place, number in enumerate(chosen):
        text = pieces.segments[number]
        guest = _FEATURING.search(text)
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
    base, core, numbers, opus = _count(base_text)
    full, _, _, _ = _count(" ".join(full_text))
    outside = re.sub("\x01\\d+\x01", " ", " ".join(pieces.segments[number] for number in chosen))
    dashed = _count(outside)[0] if len(chosen) > 1 and outside.strip() else base
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
        numbers=_count(outside)[2] if len(chosen) > 1 else numbers,
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
def _count(printed: str) -> tuple[str, str, tuple[str, ...], tuple[str, ...]]:
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


# --- Whole tracks -------------------------------------------------------------------------------


def read_vinyl(track: VinylTrack) -> TrackReadings:
    """What a track on vinyl says. Without a track artist the album's is taken, if it is one."""
    credit = read_credit(track.artist)
    if not credit.names:
        credit = read_credit(track.album_artist)
    readings: list[Reading] = []
    title = mended(track.title).replace("*", " ") if track.title else ""
    for text in _in_each_language(title):
        pieces = _take_apart(text, by_somebody=bool(credit.names))
        everything = range(len(pieces.segments))
        # Titles on a record's page are whole: dots at their end are the composer's own.
        pieces.cut_off = pieces.cut_off or None
        pieces.printed_length = 0
        readings.append(Reading(_with_guests(credit, pieces), _title_of(pieces, everything)))
        if not credit.names and len(pieces.segments) == 2:
            split = read_credit(pieces.segments[0])
            readings.append(Reading(_with_guests(split, pieces), _title_of(pieces, [1])))
        readings.extend(_unbracketed_remixes(readings[-1], pieces, ""))
    if credit.names and track.artist_on_discogs:
        names = read_credit(track.artist_on_discogs)
        readings += [
            replace(it, credit=replace(names, featured=it.credit.featured or names.featured))
            for it in readings
        ]
    album = fold(track.album) if track.album else ""
    return TrackReadings(
        tuple(readings),
        Surroundings(
            album=album,
            label=fold(track.label) if track.label else "",
            seconds=float(track.duration_seconds) if track.duration_seconds else None,
            live_album=_LIVE_ALBUM.search(album) is not None,
        ),
    )


def _is_gloss(bracket: str) -> bool:
    """Whether a bracket behind a title in another script may be that title in Latin letters."""
    said_otherwise = (
        bracket_names_a_version(bracket)
        or _NOISE.fullmatch(fold(bracket))
        or _is_count(fold(bracket).split())
        or _FEATURING.match(" " + bracket)
    )
    return not said_otherwise and not in_script(bracket) and bool(fold(bracket))


_GLOSSED: Final = re.compile(r"^([^()]+?)\s*\(([^()]+)\)\s*$")


def _in_each_language(title: str) -> list[str]:
    """A title in two scripts, as Discogs prints it (`Gruppa Krovi = ...`) or with one of them in
    brackets: both, and each."""
    sides = [side for side in re.split(r"\s+=\s+", title) if fold(side)]
    glossed = _GLOSSED.match(title)
    if glossed and in_script(glossed[1]) and _is_gloss(glossed[2]):
        sides = [glossed[1], glossed[2]]
    return [title, *sides] if len(sides) > 1 else [title] if title else []


def read_digital(track: DigitalTrack) -> TrackReadings:
    """What a digital file says, by its tags and by its name."""
    tag = read_credit(track.artist)
    beside = _remixers(track, tag)
    folders, stem = _path_parts(track.path)
    readings: list[Reading] = []
    title = mended(track.title.strip()) if track.title else ""
    titles = [*_in_each_language(title), *other_decodings(title)] if fold(title) else []
    credits_ = [tag]
    if track.artist:
        credits_ += [read_credit(other) for other in other_decodings(track.artist)]
    for number, text in enumerate(titles):
        credit = credits_[min(number, len(credits_) - 1)]
        readings.extend(_tag_readings(text, credit))
    named = list(_name_readings(stem, tag)) if stem and not _repeats(stem, track) else []
    if readings and named:
        readings = _with_what_the_name_adds(readings, named, tag)
    elif named:
        readings = named
    finished = tuple(dict.fromkeys(_with_fields(reading, track, beside) for reading in readings))
    album = fold(mended(track.album)) if track.album else ""
    return TrackReadings(
        finished,
        Surroundings(
            album=album,
            label=fold(track.label) if track.label else "",
            folders=folders,
            seconds=track.duration_seconds or None,
            live_album=_LIVE_ALBUM.search(album) is not None,
        ),
    )


def _repeats(stem: str, track: DigitalTrack) -> bool:
    """Whether the file name only repeats the tags, as in most well-kept libraries."""
    if not track.artist or not track.title:
        return False
    return stem in (track.title, f"{track.artist} - {track.title}")


def _with_guests(credit: Credit, pieces: _Pieces) -> Credit:
    if not pieces.featured:
        return credit
    guests = tuple(dict.fromkeys((*credit.featured, *pieces.featured)))
    return replace(credit, featured=guests)


def _tag_readings(title: str, tag: Credit) -> Iterator[Reading]:
    title = _NOISE_TAIL.sub("", title) or title
    pieces = _take_apart(title.replace("_", " "))
    yield from _arranged(pieces, tag, "")
    if not tag.names:
        yield from _titled_like_a_version(title.replace("_", " "), FROM_TITLE)
    elif len(pieces.segments) == 1:
        exchanged = _take_apart(tag.whole)
        yield Reading(
            read_credit(title), _title_of(exchanged, [0]), set_aside="the order of artist and title"
        )
    keyless = _LEADING_KEY.sub("", title, count=1)
    stripped = _LEADING_POSITION.sub("", title, count=1)
    if keyless != title:
        yield from _arranged(_take_apart(keyless), tag, "leading key set aside")
    elif stripped != title and stripped:
        yield from _arranged(_take_apart(stripped), tag, "leading position set aside")
    elif _LEADING_NUMBER.match(title):
        rest = _take_apart(_LEADING_NUMBER.sub("", title, count=1))
        for reading in _arranged(rest, tag, "leading number set aside"):
            yield replace(reading, set_aside=A_NUMBER)


def _titled_like_a_version(text: str, source: str) -> Iterator[Reading]:
    """`Gang Starr - Full Clip`: what stands behind the artist is the title, whatever its words."""
    pieces = _take_apart(_LEADING_POSITION.sub("", text, count=1), whole=True)
    if len(pieces.segments) == 2 and names_a_version(fold(pieces.segments[1])):
        credit = read_credit(pieces.segments[0])
        yield Reading(_with_guests(credit, pieces), _title_of(pieces, [1]), source)


def _name_readings(stem: str, tag: Credit) -> Iterator[Reading]:
    """The readings of a file name without its extension."""
    text = _NOISE_TAIL.sub("", stem) or stem
    numbered = _SCENE_POSITION.match(text) is not None
    scene = "-" in text and " " not in text and (numbered or ("_" in text and "_-_" not in text))
    text = _COPY.sub("", _VIDEO_ID.sub("", _SHOP_NUMBER.sub("", text)))
    if scene or (" " not in text and "_" not in text and text.count("-") == 1):
        text = text.replace("-", " - ")
    text = text.replace("_", " ")
    said = "from the file name"
    variants = [text]
    stripped = _LEADING_POSITION.sub("", text, count=1)
    if stripped == text:
        stripped = _LEADING_NUMBER.sub("", text, count=1)
    if stripped != text:
        variants.append(stripped)
    tempo = _LEADING_BPM_OR_KEY.sub("", text, count=1)
    if tempo != text:
        variants.append(tempo)
    for variant in dict.fromkeys(variants):
        pieces = _take_apart(variant, is_name=True)
        yield from _arranged(pieces, tag, said)
        if not tag.names:
            yield from _titled_like_a_version(variant, said)
        if scene and len(pieces.segments) > 2:
            shorter = _SCENE_TAIL.sub("", variant.rsplit(" - ", 1)[0])
            yield from _arranged(_take_apart(shorter, is_name=True), tag, said)


def _arranged(pieces: _Pieces, tag: Credit, source: str) -> Iterator[Reading]:
    """Every sensible way to say which segment is the artist and which the title."""
    count = len(pieces.segments)
    if count == 1:
        whole = Reading(_with_guests(tag, pieces), _title_of(pieces, [0]), source)
        yield whole
        yield from _unbracketed_remixes(whole, pieces, source)
        return
    led_by_artist = not tag.names or _credits_meet(read_credit(pieces.segments[0]), tag)
    ends_in_version = names_a_version(fold(pieces.segments[-1]))
    if not led_by_artist and not ends_in_version:
        yield Reading(_with_guests(tag, pieces), _title_of(pieces, range(count)), source)
    orders: list[tuple[int, tuple[int, ...]]]
    if count == 2:
        orders = [(0, (1,))]
        if not ends_in_version and not (tag.names and led_by_artist):
            orders.append((1, (0,)))
    elif count == 3:
        orders = [(0, (1, 2)), (0, (2,)), (1, (2,)), (0, (1,))]
    else:
        orders = [(0, (count - 1,)), (count - 2, (count - 1,)), (0, tuple(range(1, count)))]
    for artist, title in orders:
        credit = read_credit(re.sub("\x01\\d+\x01", " ", pieces.segments[artist]))
        if not credit.names:
            credit = tag
        note = source or FROM_TITLE
        reading = Reading(_with_guests(credit, pieces), _title_of(pieces, title), note)
        if count == 3 and title == (1,):
            reading = replace(reading, set_aside="a part of the name")
        if tag.names and not source:
            reading = replace(reading, credit=replace(reading.credit, beside=tag.names))
        yield reading
        yield from _unbracketed_remixes(reading, pieces, note)
    if count == 2 and ends_in_version:
        version = read_version(pieces.segments[1]).together_with(pieces.version)
        alone = replace(_title_of(pieces, [0]), version=version)
        alone = replace(alone, flat=f"{alone.flat} {fold(version.words)}")
        yield Reading(_with_guests(tag, pieces), alone, source)


def _credits_meet(one: Credit, other: Credit) -> bool:
    return likeness(one.whole, other.whole) >= 85 or bool(set(one.names) & set(other.names))


def _unbracketed_remixes(reading: Reading, pieces: _Pieces, source: str) -> Iterator[Reading]:
    """`Silence Tiesto Remix`: the remixer may be the last one, two or three words before it."""
    title = reading.title
    words = title.base.split()
    version = title.version
    said = fold(version.words).split()
    plain_remix = (
        version.spoken
        and not version.name
        and bool(version.kinds)
        and said[:1]
        and title.flat.endswith(" ".join(said))
        and not pieces.bracketed
    )
    if plain_remix:
        noun = " ".join(said)
    elif (
        not version.spoken
        and len(words) > 2
        and words[-1] in ("mix", "dub", "edit", "rework", "flip", "version")
    ):
        noun = words.pop()
    else:
        return
    for taken in (1, 2, 3):
        if len(words) <= taken:
            return
        name = " ".join(words[-taken:])
        if all(word in FILLERS for word in words[-taken:]):
            continue  # `Sine Of The Dub`
        base = " ".join(words[:-taken])
        _, core, numbers, opus = _count(base)
        yield replace(
            reading,
            source=source,
            title=replace(
                title,
                base=base,
                core=core,
                full=base,
                dashed=base,
                script="",
                numbers=numbers,
                opus=opus,
                version=read_version(f"{name} {noun}"),
            ),
        )


def _remixers(track: DigitalTrack, tag: Credit) -> tuple[str, ...]:
    names: list[str] = []
    for tagged in (track.remixer, track.mix):
        if tagged and not _TEMPLATE_JUNK.match(tagged):
            names.extend(read_credit(tagged).names)
    return tuple(dict.fromkeys((*names, *tag.names, *tag.featured)))


def _with_fields(reading: Reading, track: DigitalTrack, beside: tuple[str, ...]) -> Reading:
    """The reading with what the REMIXER and MIX fields add to its version."""
    if not track.mix and not track.remixer:
        return reading
    version = reading.title.version
    mix = track.mix.strip() if track.mix else ""
    if mix and not _TEMPLATE_JUNK.match(mix) and version.is_plain:
        folded = fold(mix)
        if names_a_version(folded):
            version = version.together_with(read_version(mix))
    remixer = track.remixer.strip() if track.remixer else ""
    if remixer and not _TEMPLATE_JUNK.match(remixer) and version.is_plain:
        names = read_credit(remixer)
        own = set(names.names) <= set(reading.credit.names)
        if names.names and not own:
            version = version.together_with(read_version(f"{remixer} Remix"))
    title = reading.title
    if version != title.version:
        title = replace(title, version=version, flat=f"{title.flat} {fold(version.words)}")
    around = tuple(dict.fromkeys((*reading.credit.beside, *beside)))
    return replace(reading, title=title, credit=replace(reading.credit, beside=around))


def _with_what_the_name_adds(
    tagged: list[Reading], named: list[Reading], tag: Credit
) -> list[Reading]:
    """Tags first; the file name completes a version or a title that the tags lack or cut off."""
    result: list[Reading] = []
    for reading in tagged:
        title = reading.title
        fuller = next(
            (
                name
                for name in named
                if title.core in (name.title.core, name.title.dashed)
                and name.title.numbers == title.numbers
                and not name.title.version.is_plain
                and title.version.is_plain
                and name.title.cut_off is None
            ),
            None,
        )
        if fuller is None:
            result.append(reading)
            continue
        version = fuller.title.version
        words = f"{title.flat} {fold(version.words)}"
        result.append(
            replace(
                reading,
                title=replace(title, version=version, flat=words, cut_off=None),
                source="version from the file name",
            )
        )
    first = tagged[0].title
    says_version = not first.version.is_plain
    for name in named:
        if says_version and name.title.version.is_plain:
            continue  # a name that leaves out what the tag says
        completes = first.cut_off is not None or _may_be_cut(first)
        if completes and name.title.flat != first.flat and name.title.full.startswith(first.base):
            result.insert(
                0, replace(name, source="title cut off in the tag, whole in the file name")
            )
        elif (
            not tag.names
            or first.is_generic
            or first.full == name.title.full
            or (likeness(first.full, name.title.full) < 60 and name.credit.names)
        ):
            result.append(name)
    return result


def _may_be_cut(title: Title) -> bool:
    return ID3V1_LENGTH - 1 <= title.printed_length <= ID3V1_LENGTH


def _path_parts(path: str | None) -> tuple[tuple[str, ...], str]:
    """The folded names of the two folders above the file, and the file's name bare."""
    if not path:
        return (), ""
    parts = [part for part in re.split(r"[/\\]", mended(path)) if part]
    if not parts:
        return (), ""
    folders = tuple(fold(part) for part in parts[-3:-1])
    return folders, _EXTENSION.sub("", parts[-1]).strip()
