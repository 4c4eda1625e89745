"""The numbers in a title: what counts its parts and years, however they are written.

What belongs here: telling a number from a word, and taking numbers out of a title. What does not:
the other parts of a title (`titles`), and whether two titles count alike (`two_titles`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from musictool_pipeline.core.matching.words import lexicon
from musictool_pipeline.core.matching.words.text import fold


def is_count(words: list[str]) -> bool:
    """Whether the words only count a part: `2`, `iv`, `part b`, `parts 1 and 2`."""
    match words:
        case [word]:
            return word in lexicon.ROMAN or word == "i" or (word.isdigit() and len(word) < 4)
        case [part, *between, word] if len(between) < 3 and part in lexicon.PART_WORDS:
            return bool(_as_number(word, counted=True)) or len(word) == 1
        case _:
            return False


def small_number(word: str, alone: bool = False) -> str:
    """The number in digits, however it is written; '' for a year, and for what is no number.

    `alone`: nothing but a number can stand there, so that `i` and `v` are ones too.
    """
    if word.isdigit():
        return "" if _YEAR.fullmatch(word) else word.lstrip("0") or "0"
    if word == "one":
        return "1"
    return (
        lexicon.NUMBER_WORDS.get(word)
        or lexicon.ROMAN.get(word)
        or (alone and lexicon.ROMAN_LETTERS.get(word))
        or ""
    )


_APOSTROPHE_YEAR: Final = re.compile(r"(?:['\u2019`]\s?|(?<=[a-z])-(?=[6-9]))(\d\d)\b")
_MEDLEY: Final = re.compile(r"^\s*medley\s*[:-]\s*", re.IGNORECASE)
# What is left of one letter in a wrong code page reads like a Roman number: `\u00cc\u00cf`.
_NO_NUMERALS: Final = re.compile(r"\b[\u00cc-\u00cf]{2,}\b")
_YEAR: Final = re.compile(r"(?:19|20)\d\d|19\d\dy")
# `Cell 12C`: the letter tells it from `Cell 12D`.
_LETTERED: Final = re.compile(r"\d{2,}[a-h]")
_POINT_INSIDE: Final = re.compile(r"(\d)\s?[.:]\s?(\d)")
_WORDS: Final = re.compile("[A-Za-z ]*")


@lru_cache(maxsize=1 << 14)
def numbered(printed: str) -> tuple[str, str, tuple[str, ...]]:
    """Base title, base without its numbers, the numbers; all normalised."""
    text = printed
    if not _WORDS.fullmatch(printed):
        text = _NO_NUMERALS.sub("?", _MEDLEY.sub("", printed))
        text = _APOSTROPHE_YEAR.sub(r" 19\1y ", text)
        text = _POINT_INSIDE.sub(r"\1 \2", text).replace("#", " no ")
    words: list[str] = []
    core: list[str] = []
    numbers: list[str] = []
    folded = joined_numbers(fold(text).split())
    for place, word in enumerate(folded):
        before = folded[place - 1] if place else ""
        after = folded[place + 1] if place + 1 < len(folded) else ""
        counted = before in lexicon.PART_WORDS and before != "no"
        last = place == len(folded) - 1
        if word in lexicon.PART_WORDS and _as_number(after, counted=word != "no"):
            words.append(lexicon.PART_WORDS[word])
            continue
        # `Metamorphosis I`; in a sentence it is its speaker: `... The Grace Of God Go I`.
        first_part = last and word == "i" and 0 < place < 4
        value = _as_number(word, counted=counted or first_part)
        words.append(value or word)
        (numbers if value else core).append(words[-1])
    return " ".join(words), " ".join(core) or " ".join(words), tuple(numbers)


_ROUND: Final = {"hundred": "00", "thousand": "000"}
_TENS: Final = frozenset(
    word for word, said in lexicon.NUMBER_WORDS.items() if said[-1] == "0" and said != "10"
)
_UNITS: Final[Mapping[str, str]] = {
    "one": "1",
    **{it: said for it, said in lexicon.NUMBER_WORDS.items() if len(said) == 1},
}


def joined_numbers(words: list[str]) -> list[str]:
    """With numbers of two words in digits: `twenty four` -> `24`, `nineteen eighty four` -> `1984`.

    A number in one word stays as it is; `numbered` reads it where it is one.
    """
    if _TENS.isdisjoint(words) and _ROUND.keys().isdisjoint(words):
        return words
    joined: list[str] = []
    for word in words:
        last = joined[-1] if joined else ""
        if word in _ROUND and (counted := _UNITS.get(last) or lexicon.NUMBER_WORDS.get(last)):
            joined[-1] = counted + _ROUND[word]
        elif word in _UNITS and last in _TENS:
            joined[-1] = lexicon.NUMBER_WORDS[joined[-1]][0] + _UNITS[word]
        else:
            joined.append(word)
    for place in range(len(joined) - 1, 0, -1):
        if joined[place - 1] in ("nineteen", "twenty"):
            after = lexicon.NUMBER_WORDS.get(joined[place], joined[place])
            if after.isdigit() and len(after) == 2:
                joined[place - 1 : place + 1] = [lexicon.NUMBER_WORDS[joined[place - 1]] + after]
    return joined


def _as_number(word: str, *, counted: bool) -> str:
    """The number, with `y` before a year; `one` is a word unless something is `counted`."""
    if word[:1].isdigit() and (_YEAR.fullmatch(word) or _LETTERED.fullmatch(word)):
        return "y" + word[2:4] if _YEAR.fullmatch(word) else word.lstrip("0")
    return "" if word == "one" and not counted else small_number(word, alone=counted)
