"""Which words two texts share, and how much those weigh: a rare word says more than `the`.

What belongs here: the weight of words, and counting them on both sides. What does not: what the
texts are (`observing`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import OSA

from musictool_pipeline.core.matching.words.counting import joined_numbers
from musictool_pipeline.core.matching.words.lexicon import COMMON_WORDS, NUMBER_WORDS, ROMAN
from musictool_pipeline.core.matching.words.text import spoken

_DIGIT: Final = re.compile("[0-9]")

Rarity = Callable[[str], float]
"""From a folded word to its weight: 1 for one that a library has hardly ever, near 0 for `the`."""

# A library alone cannot tell a rare word when it is small: so many titles are taken to stand
# beside it, in which a word is as frequent as in titles at large.
TITLES_AT_LARGE: Final = 1000.0
SHARE_OF_A_RARE_WORD: Final = 0.0007
_HEAVIEST: Final = math.log1p(1 / SHARE_OF_A_RARE_WORD)


def rarity(word: str, held: int, files: int) -> float:
    """The weight of a word that `held` of a library's `files` have."""
    share = COMMON_WORDS.get(word, SHARE_OF_A_RARE_WORD)
    return math.log1p((files + TITLES_AT_LARGE) / (held + TITLES_AT_LARGE * share)) / _HEAVIEST


@dataclass(frozen=True, slots=True)
class Shared:
    """What two lists of words have in common. `missing`, `extra`: the weight of the words that
    only the first, only the second has, as a share of all of its words (0 to 1); `weight`: the
    weight of those on both."""

    missing: float
    extra: float
    weight: float


def compare_words(
    one: tuple[str, ...],
    other: tuple[str, ...],
    weigh: Rarity,
    beside_one: tuple[str, ...] = (),
    beside_other: tuple[str, ...] = (),
) -> Shared:
    """How the words of two texts meet, slips of the fingers and words grown together forgiven.

    `beside_...`: texts that stand elsewhere on that side, whose words nobody misses.
    """
    if not one or not other:
        return Shared(float(bool(one)), float(bool(other)), 0.0)
    found = _meet(one, other)
    common = sum(map(weigh, found.same))
    for word in found.slipped:
        common += 0.9 * weigh(word)
    for word in found.grown:
        common += weigh(word)
    return Shared(
        _share_of(found.alone, one, weigh, beside_other),
        _share_of(found.left, other, weigh, beside_one),
        common,
    )


def _share_of(
    missed: Sequence[str], words: tuple[str, ...], weigh: Rarity, beside: tuple[str, ...]
) -> float:
    """The weight of those of the words that are missed, and stand in no text beside the others."""
    if not missed:
        return 0.0
    known = words_of(beside)
    missing = sum([weigh(word) for word in missed if word not in known])
    return missing / sum(map(weigh, words)) if missing else 0.0


@dataclass(frozen=True, slots=True)
class _Meeting:
    """The words of two texts: on both sides, written with a slip, grown together on one of them;
    `alone`, `left`: what only the first, only the second has."""

    same: Sequence[str]
    slipped: Sequence[str]
    grown: Sequence[str]
    alone: Sequence[str]
    left: Sequence[str]


@lru_cache(maxsize=1 << 12)
def _meet(one: tuple[str, ...], other: tuple[str, ...]) -> _Meeting:
    if "".join(one) == "".join(other):
        return _Meeting(one, (), (), (), ())
    left = list(other)
    same: list[str] = []
    alone: list[str] = []
    for word in one:
        if word in left:
            left.remove(word)
            same.append(word)
        else:
            alone.append(word)
    slipped: list[str] = []
    for word in list(alone):
        alike = next((each for each in left if same_word(word, each)), None)
        if alike is not None:
            left.remove(alike)
            alone.remove(word)
            slipped.append(word)
    grown = [*_grown_together(alone, left), *_grown_together(left, alone)]
    return _Meeting(same, slipped, grown, alone, left)


def _grown_together(words: list[str], parts: list[str]) -> list[str]:
    """Takes `loveparade` off one side and `love`, `parade` off the other; gives the former."""
    found: list[str] = []
    for word in [word for word in words if len(word) > 3] if len(parts) > 1 else ():
        for at in range(len(parts) - 1):
            if same_word(word, parts[at] + parts[at + 1]):
                words.remove(word)
                del parts[at : at + 2]
                found.append(word)
                break
    return found


def same_word(one: str, other: str) -> bool:
    """Whether two words differ by a slip at most: `mathew`, `matthew`; never by a digit."""
    if one == other:
        return True
    shorter, longer = len(one), len(other)
    if shorter > longer:
        shorter, longer = longer, shorter
    forgiven = 0 if shorter < 4 else 1 if shorter < 8 else 2
    if not forgiven or longer - shorter > forgiven or _DIGIT.search(one + other):
        return False
    return OSA.distance(one, other, score_cutoff=forgiven) <= forgiven


def in_digits(folded: str) -> list[str]:
    """The words, numbers in digits: `four hero` and `4 hero` are one."""
    words = joined_numbers(folded.split())
    return [NUMBER_WORDS.get(word) or ROMAN.get(word) or word for word in words]


@lru_cache(maxsize=1 << 14)
def plain_words(folded: str) -> tuple[str, ...]:
    """The words with numbers in digits, and as they sound: `nothing compares two u`."""
    return tuple(spoken(" ".join(in_digits(folded))).split())


@lru_cache(maxsize=1 << 12)
def words_of(texts: tuple[str, ...]) -> frozenset[str]:
    """Every word of some folded texts."""
    return frozenset(" ".join(texts).split())
