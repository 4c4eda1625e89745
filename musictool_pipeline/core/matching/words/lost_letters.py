"""Words with letters struck out or lost, and what they were.

What belongs here: `F*** The Pain Away`, `M_we`, a letter that a false code page made a question
mark. What does not: bytes that can still be decoded (`text.other_decodings`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from musictool_pipeline.core.matching.words.lexicon import STRUCK_OUT

_STRUCK: Final = re.compile(r"(?<!\w)[a-z]+[*#@]+(?:[a-z]+[*#@]*)*|(?<!\w)\*+[a-z]{2,}", re.I)
_ONE_MARK: Final = re.compile(r"[*#@]")
_MARKS: Final = re.compile(r"[*#@]+")
_LOST: Final = re.compile(r"\ufffd+|(?<=[^\W\d_])(?:\?(?=[^\W\d_])|_(?=[^\W\d_A-Z]))")
_LONGEST: Final = 12
"""Letters of a word that may have lost one at an underscore; a longer one is two words."""

# A mark stands for a letter with an accent, the commonest first, or for an apostrophe.
_MAY_HAVE_BEEN: Final = ("o", "u", "a", "e", "i", "n", "c", "")


def unstruck(text: str) -> str:
    """The text with swear words written out: `F**k` -> `fuck`. A star elsewhere stays."""
    if "*" not in text and "#" not in text and "@" not in text:
        return text
    return _STRUCK.sub(lambda word: _in_full(word[0]), text)


@lru_cache(maxsize=1 << 10)
def _in_full(word: str) -> str:
    # As many marks as letters where that fits: `F***`; one for several otherwise: `F*ing`.
    each_for_one = _ONE_MARK.sub(".", word)
    for form in (each_for_one, _MARKS.sub(".+", word)):
        meant = re.compile(form, re.IGNORECASE)
        found = next((each for each in STRUCK_OUT if meant.fullmatch(each)), None)
        if found is not None:
            return found
    return word


def restored(text: str) -> tuple[str, ...]:
    """What a text may have been in which letters were lost; nothing where none was.

    An underscore is a lost letter only in a word of its own: `M_we`, not `around_the_world`.
    """
    if "\ufffd" not in text and "?" not in text and "_" not in text:
        return ()
    kept = " ".join(
        word.replace("_", " ") if len(word) > _LONGEST or word.count("_") > 1 else word
        for word in text.split(" ")
    )
    if not _LOST.search(kept):
        return ()
    return tuple(_LOST.sub(letter, kept) for letter in _MAY_HAVE_BEEN)
