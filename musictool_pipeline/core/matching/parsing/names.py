"""Whether two names are one: of an artist, of a remixer, of a mix.

What belongs here: comparing two folded names. What does not: taking a credit apart (`credits`), or
what a version is (`versions`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from musictool_pipeline.core.matching.words import lexicon
from musictool_pipeline.core.matching.words.shared_words import in_digits
from musictool_pipeline.core.matching.words.text import (
    SPELLING,
    are_initials,
    letters_only,
    likeness,
)

SAME_NAME: Final = 86
"""From here upwards two names of a remixer are spelled alike."""

ANOTHER_GROUP: Final = 70
"""How alike two names are at most that tell two bands apart: `The Sunshine Band`, `... Gang`."""


def _bare_name(name: str) -> str:
    words = [
        word
        for word in name.split()
        if word not in lexicon.TITLES_OF_PEOPLE and word not in lexicon.FILLERS
    ]
    return " ".join(words) or name


def same_name(one: str, other: str) -> bool:
    """Whether two folded names mean one remixer or mix; typing errors and surnames allowed.

    `morales` is `david morales`, but `morales red zone` is another mix by him.
    """
    if " aka " in f"{one} {other}":
        return share_a_name(one.split(" aka "), other.split(" aka "))
    alone, alone_other = (
        " ".join(word for word in mine.split() if word not in theirs.split())
        for mine, theirs in ((one, other), (other, one))
    )
    if are_initials(alone, alone_other):
        return True  # `NYC Peech Boys` and `New York City Peech Boys`
    people, others = one.split(" and "), other.split(" and ")
    if len(people) == len(others) > 1 and _each_among(people, others):
        return _each_among(others, people)  # `Knuckles & Morales`, with their first names
    one, other = _bare_name(one), _bare_name(other)
    if one == other or _spelled_alike(one, other):
        return True
    words, others = one.split(), other.split()
    if [word.removesuffix("s") for word in words] == [word.removesuffix("s") for word in others]:
        return True  # `Bam Bam's` and `Bam Bams`
    short, long = sorted((words, others), key=lambda it: (len(it), it))
    if leaves_out_the_middle(short, long) or _first_name_in_short(words, others):
        return True
    if len(short) == len(long):
        return len(long) > 1 and all(
            likeness(word, candidate) >= SAME_NAME
            for word, candidate in zip(sorted(short), sorted(long), strict=True)
        )
    if " ".join(short) in lexicon.STYLES:
        return False
    return len(letters_only("".join(short))) >= 4 and long[-len(short) :] == short


def _each_among(people: Sequence[str], others: Sequence[str]) -> bool:
    return all(share_a_name((name,), others) for name in people)


def _spelled_alike(one: str, other: str) -> bool:
    """Whether they differ in spelling only: a word more or another word is no slip."""
    if likeness(one, other) < SAME_NAME:
        return False
    words, others = one.split(), other.split()
    alone = [word for word in words if word not in others]
    alone_other = [word for word in others if word not in words]
    return likeness(" ".join(alone), " ".join(alone_other)) >= SAME_NAME - 20


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
    return (
        2 <= len(short) < len(long)
        and (short[0], short[-1]) == (long[0], long[-1])
        and all(word in long for word in short)
    )


def share_a_name(names: Sequence[str], others: Sequence[str]) -> bool:
    return any(same_name(name, other) for name in names for other in others)


def differ_in_a_mark(one: str, other: str) -> bool:
    """Whether two folded texts are the same but for a number or a single letter, which is what
    tells them apart: `system 7`, `system 8`; `adam f`, `adam k`; `e2 e4`, `e2 e5`; `oar003 b`."""
    if one.count(" ") != other.count(" "):
        return False
    words, others = (
        [_FIRST.get(word, word) for word in in_digits(_YEAR.sub("", text))] for text in (one, other)
    )
    apart = [pair for pair in zip(words, others, strict=False) if pair[0] != pair[1]]
    return 0 < len(apart) < len(words) and all(
        len(word) == 1 or not word.isalpha() or word in _MODES for pair in apart for word in pair
    )


# `y69`, which `numbered` reads from `'69`.
_YEAR: Final = re.compile(r"\by(?=\d\d\b)")


_FIRST: Final = {"one": "1", "i": "1", "dur": "major", "moll": "minor"}


_MODES: Final = frozenset({"major", "minor"})


@lru_cache(maxsize=1 << 14)
def name_likeness(one: str, other: str) -> int:
    """How alike two folded names are spelled, 0 to 100: titles like `DJ` and the order of words
    count for nothing. With another number or letter it is somebody else."""
    if differ_in_a_mark(one, other):
        return 0
    words, others = (
        [word for word in name.split() if word not in lexicon.TITLES_OF_PEOPLE] or name.split()
        for name in (one, other)
    )
    if sorted(words) == sorted(others) or "".join(words) == "".join(others):
        return 100 if words == others else 97
    group, another = _groups(words), _groups(others)
    if group and another and likeness(group, another) < SPELLING:
        return min(likeness(one, other), ANOTHER_GROUP)
    return max(likeness(one, other), likeness(" ".join(words), " ".join(others)))


def _groups(words: list[str]) -> str:
    """What tells `The Sunshine Band` from `The Sunshine Gang`."""
    return " ".join([word for word in words if word in lexicon.COMPANY])
