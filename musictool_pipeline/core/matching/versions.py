"""What version of a recording a title names, and whether two titles name the same one.

What belongs here: reading the words of a version (`Goldie Remix`, `12" Mix`, `Live At Leeds`) and
the symmetric comparison of two versions. What does not: finding those words in a title
(`reading`), and what follows for a track (`deciding`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final

from musictool_pipeline.core.matching.text import fold, initials, letters_only, likeness
from musictool_pipeline.core.matching.vocabulary import (
    BESIDE_REMASTER,
    CLOSE_KINDS,
    DECISIVE,
    DECISIVE_AT_END,
    DECISIVE_IN_BRACKETS,
    FILLERS,
    KINDS,
    LIVE_AT,
    NEUTRAL,
    NUMBER_WORDS,
    PLAIN_NOUNS,
    REMASTER,
    ROMAN,
    SHORT_KINDS,
    STACKED_KINDS,
    STYLES,
    TITLES_OF_PEOPLE,
)

_YEAR: Final = re.compile(r"(?:19|20)[0-9]{2}")
_NUMBER: Final = re.compile(r"[0-9]{1,4}")
# `Remixed By Goldie`, `The Dub Of Doom`.
_NOUN_BY: Final = re.compile(
    r"(?:the )?(?:(?:re)?(?:mix|edit|work|dub|flip)(?:ed)? (?:by|from)|(?:\w+ )?(?:mix|dub) of) "
)
SAME_NAME: Final = 86

_IN_SEVERAL_WORDS: Final = (
    ("a cap+el+a", "acapella"), ("re edit", "reedit"), ("re mix", "remix"), ("re rub", "rerub"),
    ("re work", "rework"), ("re fix", "refix"), ("re make", "remake"), ("v i p", "vip"),
    ("mega mix", "megamix"), ("bonus beats?", "bonusbeats"), ("mash up", "mashup"),
    ("out take", "outtake"), ("dub plate", "dubplate"), ("12 inch", "12inch"),
    ("7 inch", "7inch"), ("tv track", "tv"), ("re recorded", "rerecorded"),
    ("re recording", "rerecording"), ("(?:the )?official (?:music |hd )?video", "video"),
    ("re master(?:ed)?", "remastered"),
)  # fmt: skip
_SPELLINGS: Final = tuple(
    (re.compile(rf"\b{spelling}\b"), word) for spelling, word in _IN_SEVERAL_WORDS
)

# Kinds whose name says where or for whom it was played: two reports of one take differ in that.
_PLACED: Final = frozenset({"live", "session", "acoustic", "demo", "video"})


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a recording, as far as a title tells.

    `kinds` are the values of vocabulary.KINDS without plain nouns; `name` the folded words that
    name the remixer or the mix (`goldie`, `blue room`); `numbers` what counts versions (`Take 2`,
    a year); `words` the words as printed, for the reason; `remaster` is no version but a remark.
    """

    kinds: frozenset[str] = frozenset()
    name: str = ""
    numbers: tuple[str, ...] = ()
    words: str = ""
    remaster: bool = False
    spoken: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it is the recording as first released: no kind, name or number."""
        return not (self.kinds or self.name or self.numbers)

    def together_with(self, other: Version) -> Version:
        """Both at once: `(Goldie Remix) (Radio Edit)`; `other` is added behind."""
        if not other.spoken and not other.remaster:
            return self
        if not self.spoken and not self.remaster:
            return other
        words = [text for text in (self.words, other.words) if text]
        names = [text for text in (self.name, other.name) if text]
        return Version(
            kinds=self.kinds | other.kinds,
            name=" ".join(dict.fromkeys(names)),
            numbers=tuple(dict.fromkeys((*self.numbers, *other.numbers))),
            words=" ".join(dict.fromkeys(words)),
            remaster=self.remaster or other.remaster,
            spoken=self.spoken or other.spoken,
        )

    def __str__(self) -> str:
        return self.words or "none"


PLAIN: Final = Version()


class Relation(Enum):
    """How two versions stand to each other."""

    SAME = "same"
    CLOSE = "close"
    OTHER = "other"


def _spelled(folded: str) -> str:
    """Kinds that are written in several words, drawn together."""
    if " " in folded:
        for spelling, word in _SPELLINGS:
            folded = spelling.sub(word, folded)
    return folded


@lru_cache(maxsize=1 << 15)
def names_a_version(folded: str) -> bool:
    """Whether the folded text is nothing but a version: `goldie remix`, not `in the club`."""
    folded = _spelled(folded)
    words = folded.split()
    if not words:
        return False
    if any(word in DECISIVE for word in words):
        return True
    core = list(words)
    while len(core) > 1 and (_NUMBER.fullmatch(core[-1]) or core[-1] in ROMAN or core[-1] == "i"):
        core.pop()
        if len(core) > 1 and core[-1] in ("from", "in"):  # `Original Demo From 1978`
            core.pop()
    if core[-1] in DECISIVE_AT_END:
        return True
    if core[0] == "live" and (len(core) == 1 or core[1] in LIVE_AT or _YEAR.fullmatch(core[1])):
        return True
    if words[0] == "recorded" and "live" in words:
        return True
    if any(word in REMASTER for word in words):
        return True
    if len(words) >= 3 and words[-2] == "by" and any(word in KINDS for word in words[:-2]):
        return True
    if _NOUN_BY.match(folded):
        return True
    return all(word in KINDS or word in NEUTRAL or word in ("the", "and") for word in core) and (
        core != ["the"] and core != ["and"]
    )


_RE_DONE: Final = re.compile(r"\bre-\w{3,}", re.IGNORECASE)


def bracket_names_a_version(printed: str) -> bool:
    """Whether a bracket's words do, where a few more count: `(Re-Cue'd)`, `(Basic Reshape)`."""
    folded = fold(printed)
    last = folded.rpartition(" ")[2]
    return (
        names_a_version(folded)
        or last in DECISIVE_IN_BRACKETS
        or _RE_DONE.search(printed) is not None
    )


@lru_cache(maxsize=1 << 15)
def read_version(printed: str) -> Version:
    """The version that the printed words name; `names_a_version` holds for them."""
    folded = _spelled(fold(printed))
    folded = re.sub(r"\b(?:feat|ft|featuring) .*$", "", folded).strip()
    words = folded.split()
    remaster = any(word in REMASTER for word in words)
    kinds: set[str] = set()
    named: list[str] = []
    numbers: list[str] = []
    owner = _possessive(printed)
    for place, word in enumerate(words):
        if remaster and (
            word in REMASTER
            or word in BESIDE_REMASTER
            or _YEAR.fullmatch(word)
            or word == "version"
        ):
            continue
        after = words[place + 1] if place + 1 < len(words) else ""
        if word in KINDS:
            kinds.add(KINDS[word])
        elif not kinds and after not in _AFTER_NO_NAME and _small_number(word):
            named.append(_small_number(word))  # `2 Bad Mice Remix`
        elif place and words[place - 1] in KINDS and _small_number(word):
            numbers.append(_small_number(word))  # `Mix Two`
        elif _NUMBER.fullmatch(word):
            numbers.append(word[-2:] if _YEAR.fullmatch(word) else word)
        elif word in ROMAN:
            numbers.append(ROMAN[word])
        elif word in NEUTRAL or word in FILLERS:
            continue
        elif owner and word == owner + "s":
            named.append(owner)
        else:
            named.append(word)
    plain_said = remaster or any(word in NEUTRAL for word in words)
    if remaster and not kinds:
        named, numbers = [], []
    elif not named and (kinds == {"live"} or (plain_said and kinds <= PLAIN_NOUNS)):
        numbers = [number for number in numbers if not _said_as_year(number, words)]
    name = " ".join(named)
    return Version(
        kinds=_without_plain_nouns(
            kinds,
            named=bool(name),
            numbered=bool(numbers),
            plain_said=plain_said,
        ),
        name=name,
        numbers=tuple(numbers),
        words=" ".join(printed.split()),
        remaster=remaster,
        spoken=True,
    )


# What follows a number that belongs to no name: `12 Inch Mix`, `2 Remix`, `2 And 3`.
_AFTER_NO_NAME: Final = frozenset({"", "and", "to", *KINDS, *NEUTRAL, *FILLERS, *REMASTER})


def _small_number(word: str) -> str:
    """The number in digits, however it is written; '' for a year, and for what is no number."""
    if word.isdigit():
        return "" if _YEAR.fullmatch(word) else word.lstrip("0") or "0"
    return "1" if word == "one" else NUMBER_WORDS.get(word) or ROMAN.get(word, "")


def _said_as_year(number: str, words: Sequence[str]) -> bool:
    return any(_YEAR.fullmatch(word) and word.endswith(number) for word in words)


def _possessive(printed: str) -> str:
    owner = re.search(r"(\w+)['\u2019`]s\b", printed)
    return fold(owner[1]) if owner else ""


def _without_plain_nouns(
    kinds: set[str], *, named: bool, numbered: bool, plain_said: bool
) -> frozenset[str]:
    """`Radio Mix` is `Radio Version`; beside a name `Mix`, `Remix` and `Version` are one.

    `plain_said`: a word like `Original` or `Album` stood beside them, which makes them nothing.
    """
    if named:
        kinds = kinds - PLAIN_NOUNS - {"remix"}
    if numbered and kinds and kinds <= PLAIN_NOUNS | {"remix"}:
        return frozenset({"version"})
    described = kinds - PLAIN_NOUNS
    if described:
        if "edit" in described and described & SHORT_KINDS:
            described = described - {"edit"}
        return frozenset(described)
    if plain_said or not kinds:
        return frozenset()
    return frozenset({"mix"} if "mix" in kinds else {"version"})


def _bare_name(name: str) -> str:
    words = [word for word in name.split() if word not in TITLES_OF_PEOPLE and word != "and"]
    return " ".join(words) or name


def same_name(one: str, other: str) -> bool:
    """Whether two folded names mean one remixer or mix; typing errors and surnames allowed.

    `morales` is `david morales`, but `morales red zone` is another mix by him.
    """
    one, other = _bare_name(one), _bare_name(other)
    if one == other or likeness(one, other) >= SAME_NAME:
        return True
    words, others = one.split(), other.split()
    if sorted(words) == sorted(others):
        return True
    if letters_only("".join(sorted(words))) == letters_only("".join(sorted(others))):
        return True
    short, long = sorted((words, others), key=lambda it: (len(it), it))
    if leaves_out_the_middle(short, long) or _first_name_in_short(words, others):
        return True
    if letters_only(one) in initials(other) or letters_only(other) in initials(one):
        return True
    if len(short) == len(long):
        return len(long) > 1 and all(
            likeness(word, candidate) >= SAME_NAME
            for word, candidate in zip(sorted(short), sorted(long), strict=True)
        )
    if " ".join(short) in STYLES:
        return False
    return len(letters_only("".join(short))) >= 4 and long[-len(short) :] == short


def _first_name_in_short(words: Sequence[str], others: Sequence[str]) -> bool:
    """`andy weatherall` and `andrew weatherall`, `francois k` and `francois kevorkian`."""
    if len(words) != len(others) or len(words) != 2:
        return False
    (first, last), (other_first, other_last) = words, others
    same_last = last == other_last and len(last) > 4 and first[0] == other_first[0]
    same_first = first == other_first and len(first) > 3 and last[0] == other_last[0]
    return same_last or (same_first and 1 in (len(last), len(other_last)))


def leaves_out_the_middle(short: Sequence[str], long: Sequence[str]) -> bool:
    """`missy elliott` and `missy misdemeanor elliott`: first and last word agree, some between
    them are left out."""
    short, long = ([word for word in words if word not in ("the", "a")] for words in (short, long))
    return (
        2 <= len(short) < len(long)
        and (short[0], short[-1]) == (long[0], long[-1])
        and all(word in long for word in short)
    )


def compare(
    one: Version,
    other: Version,
    credited_with_one: Sequence[str] = (),
    credited_with_other: Sequence[str] = (),
) -> Relation:
    """How two versions stand to each other; symmetric.

    `credited_with_...`: folded names found elsewhere beside that version (REMIXER, the artist).
    They stand in for a remixer who is not named in the version itself, and never contradict.
    """
    if one.numbers != other.numbers and set(one.numbers) != set(other.numbers):
        return Relation.OTHER
    names = _compare_names(one, other, credited_with_one, credited_with_other)
    if not names:
        return Relation.CLOSE if _one_is_nameless(one, other) else Relation.OTHER
    if one.kinds == other.kinds:
        return Relation.SAME
    if one.name and other.name and (one.kinds | other.kinds) in _NOUNS_OF_A_NAME:
        return Relation.CLOSE
    if one.name and not other.name:
        other_kinds = other.kinds - {"remix", "mix", "version"}
        return Relation.SAME if one.kinds == other_kinds else _close(one.kinds, other_kinds)
    if other.name and not one.name:
        one_kinds = one.kinds - {"remix", "mix", "version"}
        return Relation.SAME if other.kinds == one_kinds else _close(other.kinds, one_kinds)
    return _close(one.kinds, other.kinds)


def _one_is_nameless(one: Version, other: Version) -> bool:
    """`Club Mix` may be the `Oakenfold Club Mix`, `Remix` the `Goldie Remix`."""
    if bool(one.name) == bool(other.name):
        return False
    named, bare = (one, other) if one.name else (other, one)
    return bool(bare.kinds) and bare.kinds - PLAIN_NOUNS - {"remix"} == named.kinds


# With one and the same name before it, such a noun alone makes no other mix: `Female Vocal`,
# `Female Version`; `Kruder & Dorfmeister Session`, their `Remix`. Only a duration can tell.
_NOUNS_OF_A_NAME: Final = tuple(frozenset({noun}) for noun in ("vocal", "session", "club"))


def _close(kinds: frozenset[str], others: frozenset[str]) -> Relation:
    if kinds | others == frozenset({"video"}):
        return Relation.CLOSE  # most are the recording itself, some are cut for the picture
    only, only_other = kinds - others, others - kinds
    shared = kinds & others
    if any(shared & family and only | only_other <= family for family in STACKED_KINDS):
        return Relation.SAME
    if not only or not only_other:
        return Relation.OTHER
    if any(only <= family and only_other <= family for family in CLOSE_KINDS):
        return Relation.CLOSE
    return Relation.OTHER


def _compare_names(
    one: Version, other: Version, with_one: Sequence[str], with_other: Sequence[str]
) -> bool:
    if one.name and other.name:
        if same_name(one.name, other.name):
            return True
        placed = one.kinds & other.kinds & _PLACED
        return bool(placed) and _part_of(one.name, other.name)
    if not one.name and not other.name:
        return True
    named, bare, beside = (one, other, with_other) if one.name else (other, one, with_one)
    if named.kinds & bare.kinds & _PLACED:
        return True
    if not bare.kinds:
        return False
    return any(same_name(named.name, credit) for credit in beside)


def _part_of(one: str, other: str) -> bool:
    words, others = set(one.split()), set(other.split())
    return words <= others or others <= words
