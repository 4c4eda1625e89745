"""How two titles stand to each other: their spelling, their numbers, their words in brackets.

What belongs here: comparing two titles, and nothing else of their tracks. What does not: taking a
title apart (`titles`), or the levels that are observed of a whole track (`observing`).
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz

from musictool_pipeline.core.matching.parsing.names import differ_in_a_mark
from musictool_pipeline.core.matching.parsing.titles import Title
from musictool_pipeline.core.matching.words.lexicon import ARTICLES, PART_WORDS, STYLES_OF_A_MIX
from musictool_pipeline.core.matching.words.shared_words import plain_words
from musictool_pipeline.core.matching.words.text import SPELLING, fold, letters_only, likeness

LIKE_A_SLIP: Final = 84
"""Titles that are less alike may be the same at best, whatever else agrees."""


class Subtitles:
    """How the words in brackets that name no version stand to each other."""

    NONE: Final = "none"
    AGREE: Final = "agree"
    DIFFER: Final = "differ"
    ON_RECORD: Final = "on the record"
    IN_FILE: Final = "in the file"


def title_likeness(one: Title, other: Title) -> int:
    """How alike two titles are spelled in whatever part of them is most alike, 0 to 100."""
    views = _views(one.full, one.base, one.core, one.dashed)
    other_views = _views(other.full, other.base, other.core, other.dashed)
    if views.isdisjoint(other_views):
        best = max((likeness(a, b) for a in views for b in other_views), default=0)
    else:
        best = 100
    if best < SPELLING and same_words(one, other):
        best = 97
    if best < SPELLING and (_is_subtitle_of(one, other) or _is_subtitle_of(other, one)):
        best = SPELLING
    if best < LIKE_A_SLIP and (one.base in other.parts or other.base in one.parts):
        best = LIKE_A_SLIP  # half of a medley
    articles = {title.base.partition(" ")[0] for title in (one, other)}
    if len(articles) == 2 and articles <= ARTICLES:
        best = min(best, _ANOTHER_ARTICLE)
    if one.script and other.script:
        # In Latin letters homophones are equal, so two texts in one script are compared in it.
        best = min(best, max(likeness(one.script, other.script), 40))
    return best


def _is_subtitle_of(short: Title, whole: Title) -> bool:
    """`The Pi\u00f1a Colada Song`, as many call `Escape (The Pi\u00f1a Colada Song)`."""
    return short.base in whole.subtitles and len(letters_only(short.base)) > 7


@lru_cache(maxsize=1 << 14)
def _views(*texts: str) -> frozenset[str]:
    """Some texts of one title, each as it stands and with numbers in digits."""
    return frozenset(spelled for text in texts for spelled in (text, _plain(text)) if spelled)


_ANOTHER_ARTICLE: Final = 80
"""How alike titles are at most if both begin with an article, another one: `The Model`, `Das
Model` are two recordings in two languages."""


def same_words(one: Title, other: Title) -> bool:
    """`Escape (The Pi\u00f1a Colada Song)` and `The Pi\u00f1a Colada Song (Escape)`."""
    return bool(one.full) and _sorted_words(one.full) == _sorted_words(other.full)


@lru_cache(maxsize=1 << 12)
def _sorted_words(text: str) -> list[str]:
    return sorted(_plain(text).split())


@lru_cache(maxsize=1 << 14)
def _plain(text: str) -> str:
    words = plain_words(text)
    return " ".join([word for word in words if word not in ARTICLES] or words)


def numbers(
    one: Title, other: Title, printed: frozenset[str] = frozenset(), is_video: bool = False
) -> str:
    """How the parts, volumes and years in two titles stand to each other: `agree`; `on one side`,
    a first part or a year, which is another version of the same; `added`, any other number that
    one side alone has; `differ`. In the name of a video only small numbers count parts."""
    if differ_in_a_mark(one.full, other.full):
        return "differ"
    if {f"{one.full} too", f"{other.full} too"} & {one.full, other.full}:
        return "added"  # `Can You Feel It`, `Can You Feel It Too`
    if one.numbers == other.numbers or _APART.sub("", one.full) == _APART.sub("", other.full):
        return "agree"
    mine, theirs = (
        Counter(number.removeprefix("y") for number in title.numbers) for title in (one, other)
    )
    if _sound_alike(one.full, other.full):
        return "agree"
    only, only_other = mine - theirs, theirs - mine
    for word in printed:
        del only_other[word.removeprefix("y")]
    if is_video:
        only_other = Counter(number for number in only_other if number in _SMALL)
    if not only and not only_other:
        return "agree"
    years = {number[1:] for title in (one, other) for number in title.numbers if number[0] == "y"}
    if only and only_other:
        return "differ"
    if _counts_its_mixes(one, other) or _counts_its_mixes(other, one):
        return "on one side"
    if _is_headed_by_its_part(one, other) or _is_headed_by_its_part(other, one):
        return "agree"
    if _begins_with_its_number(one, only) or _begins_with_its_number(other, only_other):
        return "agree"
    # A first part, or a year: another version of the same, where a `2` is another piece.
    is_same = all(each == "1" or each in years for each in only | only_other)
    return "on one side" if is_same else "added"


def _counts_its_mixes(title: Title, other: Title) -> bool:
    """`Waters (Phase 2)` beside `Waters (Phase 3 Mix)`: what one counts are the other's mixes."""
    said = fold(other.version.words).split() if other.version.numbers else []
    return bool(title.numbers) and title.full.split()[-2:-1] == said[:1]


def _is_headed_by_its_part(title: Title, other: Title) -> bool:
    """`Part 2 - Resolution` beside `Resolution`: a part of a suite that has a name of its own."""
    words = title.base.split()
    return len(words) == 2 and words[0] in PART_WORDS and other.base in title.subtitles


def _begins_with_its_number(title: Title, alone: Counter[str]) -> bool:
    """`Seven Days Of Rain` beside `Days Of Rain`: a number before so many words counts no parts."""
    words = title.full.split()
    return list(alone.elements()) == words[:1] and len(words) > 3


# `V-2` is `V2`, and `1.0` is not `10`.
_APART: Final = re.compile(r"(?<=[a-z]) | (?=[a-z])")
_SMALL: Final = frozenset(map(str, range(20)))


def _sound_alike(one: str, other: str) -> bool:
    """`when we used 2 play` and `when we used to play`, `metamorphosis one` and `... 1`; but a
    `2` at the end is the second: `can you feel it too` is another."""
    if one.count(" ") != other.count(" ") or not one or not other:
        return False
    words, others = (text.replace(" u ", " you ").split() for text in (one + " ", other + " "))
    *inside, last = zip(words, others, strict=True)
    return (last[0] == last[1] or set(last) == {"one", "1"}) and all(
        plain_words(word) == plain_words(each) for word, each in inside
    )


def subtitles(one: Title, other: Title) -> str:
    """How the words in brackets that name no version stand to each other: one of Subtitles."""
    if not one.subtitles and not other.subtitles:
        return Subtitles.NONE
    if same_words(one, other):
        return Subtitles.AGREE
    if not other.subtitles:
        return Subtitles.ON_RECORD
    if not one.subtitles:
        return Subtitles.IN_FILE
    said, other_said = " ".join(one.subtitles), " ".join(other.subtitles)
    if letters_only(said) == letters_only(other_said):
        return Subtitles.AGREE
    words, other_words = set(said.split()), set(other_said.split())
    alone, alone_other = words - other_words, other_words - words
    digits = [{word for word in each if word.isdigit()} for each in (alone, alone_other)]
    names_takes = not (alone.isdisjoint(STYLES_OF_A_MIX) or alone_other.isdisjoint(STYLES_OF_A_MIX))
    if digits[0] == digits[1] and (
        not alone or not alone_other or (fuzz.ratio(said, other_said) >= 80 and not names_takes)
    ):
        return Subtitles.AGREE
    return Subtitles.DIFFER
