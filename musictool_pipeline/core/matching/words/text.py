"""Plain text into the form in which two spellings of one name are equal.

What belongs here: mending, folding and measuring bare strings. What does not: any knowledge of
what a title or a credit is made of (`reading`).
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect
from contextlib import suppress
from functools import lru_cache
from html import unescape
from typing import Final
from urllib.parse import unquote

from anyascii import anyascii
from ftfy import fix_text
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from musictool_pipeline.core.matching.words.lexicon import SPOKEN
from musictool_pipeline.core.text import one_line

# As bytes, a text is folded eight times as fast: all but letters and digits is a blank.
_DELETED: Final = b"'`*"
_FOLDED: Final = bytes(
    code if chr(code).isdigit() or "a" <= chr(code) <= "z" else 32 for code in range(128)
).ljust(256)
_SAY_NOTHING: Final = str.maketrans("", "", "'`*\u00ad\ufeff\u200b\ufffd")
_TRADE_MARKS: Final = str.maketrans("", "", "\u00ae\u2122\u2120\u00a9\u2117")
_INITIAL: Final = re.compile(r"\.(?<=\b[a-z]\.)")
_DOTTED: Final = re.compile(r"\b(?:[a-z]\.){2,}")
_SPACED: Final = re.compile(r"\b([a-z]\.) (?=[a-z]\.)")
_DOTTED_LAST: Final = re.compile(r"\b((?:[a-z]\.)+[a-z])\b(?!\.)")
_BANG_INSIDE: Final = re.compile(r"(?<=[a-z])!(?=[a-z])")
_DOLLAR: Final = re.compile(r"(?<=[a-z])\$|\$(?=[a-z])")
_GREEK: Final = re.compile(r"[\u0370-\u03ff]{2}")
_GREEK_SOUNDS: Final = (
    ("\u03bc\u03c0", "b"), ("\u03bd\u03c4", "d"), ("\u03b3\u03ba", "g"), ("\u03b3\u03b3", "ng"),
    ("\u03bf\u03c5", "ou"),
)  # fmt: skip
_LIGHT_WORDS: Final = frozenset({"a", "and", "in", "of", "the", "to"})
# What is heard of no title: hearts, stars, flames.
_PICTURES: Final = re.compile("[\u2600-\u27bf\u2b00-\u2bff\ufe0e\ufe0f\U0001f000-\U0001faff]")
_MICRO: Final = re.compile(r"(?<![\u0370-\u03ff])\u03bc(?![\u0370-\u03ff])")
_INCHES: Final = re.compile(
    r"(?<![\w.])(7|10|12)\s*(?:\"|''|\u2033|\u201d|\u2019\u2019|-?\s?inch(?:es)?\b|-?in\b\.?)",
    re.IGNORECASE,
)
# UTF-8 read as Latin-1 or cp1252: what ftfy mends. Looked for first, since mending is slow.
_MISREAD: Final = re.compile(r"[\u0080-\u009f]|[ÃÂâÐÑÅÄÎÏÙØ\u00d7][^\sa-zA-Z]")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_LATIN_1_RUN: Final = re.compile(r"[\u00c0-\u00ff]{2,}")
_DIGITS: Final = re.compile(r"[0-9]+")


def mended(text: str) -> str:
    """The text with doubly decoded UTF-8 put right, without control characters and without what
    stands for a letter on web pages (`&amp;`) and in their addresses (`%20`)."""
    if "&" in text and ";" in text:
        text = unescape(text)
    if "%20" in text:
        text = unquote(text)
    if not text.isprintable():
        text = _CONTROL.sub(" ", text)
    if text.isascii() or not _MISREAD.search(text):
        return text
    return _CONTROL.sub(" ", fix_text(text))


def other_decodings(text: str) -> tuple[str, ...]:
    """What else the bytes may have meant, where accented letters of Latin-1 follow each other.

    Old rippers wrote tags in the code page of the machine, and players read them as Latin-1:
    Hebrew (cp1255), Cyrillic (cp1251) and Greek (cp1253) then look like `ùìåí` or `Êèíî`.
    """
    if text.isascii() or not _LATIN_1_RUN.search(text):
        return ()
    found: list[str] = []
    for code_page in ("cp1251", "cp1253", "cp1255"):
        with suppress(UnicodeError):
            found.append(text.encode("latin-1").decode(code_page))
    return tuple(found)


@lru_cache(maxsize=1 << 16)
def fold(text: str) -> str:
    """Lower-case ASCII words with single blanks between: `Rock 'N' Roll!` -> `rock and roll`.

    Other scripts are transliterated. Apostrophes vanish, `&` and `+` become `and`, initials are
    drawn together (`R.E.M.` -> `rem`), inch marks become a word (`12" Mix` -> `12inch mix`).
    Text without a letter or digit (`!!!`) is kept as it is.
    """
    words = _letters_and_blanks(text).split()
    if not words:
        return " ".join(one_line(text).lower().translate(_SAY_NOTHING).split())
    if b"n" in words[1:-1]:
        words[1:-1] = (b"and" if word == b"n" else word for word in words[1:-1])
    return b" ".join(words).decode("ascii")


def _letters_and_blanks(text: str) -> bytes:
    """Lower-case ASCII letters and digits as they are heard; all else is a blank."""
    plain = text
    if "7" in text or "12" in text or "10" in text:
        plain = _INCHES.sub(r" \1inch ", plain)
    if not plain.isascii():
        plain = _transliterated(unicodedata.normalize("NFKC", plain.translate(_TRADE_MARKS)))
    plain = plain.lower()
    if "." in plain and _INITIAL.search(plain):
        plain = _SPACED.sub(r"\1", plain)
        plain = _DOTTED.sub(lambda initials: initials[0].replace(".", "") + " ", plain)
        plain = _DOTTED_LAST.sub(lambda initials: initials[0].replace(".", ""), plain)
    if "$" in plain:
        plain = _DOLLAR.sub("s", plain)
    if "!" in plain:
        plain = _BANG_INSIDE.sub("i", plain)
    if "'" in plain:
        plain = plain.replace("'n'", " and ").replace(" 'n ", " and ").replace(" n' ", " and ")
    if "&" in plain or "+" in plain:
        plain = plain.replace("&", " and ").replace("+", " and ")
    letters = plain.encode("ascii", "replace")
    if "@" in plain:
        letters = letters.translate(None, _DELETED).replace(b" @ ", b" at ")
    return letters.translate(_FOLDED, _DELETED)


def _transliterated(text: str) -> str:
    """In Latin letters, as they are heard: Greek has no letter for B, and writes two."""
    if _GREEK.search(text):
        text = text.lower()
        for letters, heard in _GREEK_SOUNDS:
            text = text.replace(letters, heard)
    # The micro sign stands for a U on sleeves: `\u00b5-Ziq`.
    return anyascii(_MICRO.sub("u", _PICTURES.sub(" ", text)))


def in_script(text: str) -> str:
    """The letters and digits in their own script, case folded; '' where all of it is Latin.

    Transliteration makes homophones equal, so two texts in one script are compared in it.
    """
    if text.isascii():
        return ""
    folded = unicodedata.normalize("NFKC", text).casefold()
    if not any(ord(letter) > 0x36F and letter.isalpha() for letter in folded):
        return ""
    return " ".join(re.findall(r"\w+", folded))


def letters_only(folded: str) -> str:
    """Without the blanks: `fat boy slim` and `fatboy slim` meet here."""
    return folded.replace(" ", "")


@lru_cache(maxsize=1 << 14)
def initials(folded: str) -> tuple[str, ...]:
    """What a name may be shortened to: `a tribe called quest` -> `atcq`, `tcq`."""
    if folded.count(" ") < 2:
        return ()
    words = folded.split()
    heavy = [word for word in words if word not in _LIGHT_WORDS]
    bare = words[1:] if words[0] in ("the", "a") else words
    found = ("".join(word[0] for word in kept) for kept in (words, bare, heavy))
    return tuple(dict.fromkeys(each for each in found if 3 <= len(each) <= 6))


def are_initials(one: str, other: str) -> bool:
    """Whether one of two folded names is the other, shortened to its initials."""
    return letters_only(one) in initials(other) or letters_only(other) in initials(one)


_LONGER: Final = (6, 12, 20)
"""From each of these lengths on, two texts may be one typing error more apart: one letter makes
another word of a short one (Rush, Hush), and is a slip in a long one."""


@lru_cache(maxsize=1 << 16)
def likeness(one: str, other: str) -> int:
    """How alike two folded texts are, 0 to 100, the same both ways round.

    From 88 upwards the difference is one of spelling; digits must be the same for that.
    """
    if one == other:
        return 100 if one else 0
    joined, joined_other = letters_only(one), letters_only(other)
    if joined == joined_other:
        return 99
    longest = max(len(joined), len(joined_other))
    forgiven = bisect(_LONGER, min(len(joined), len(joined_other)))
    if (
        forgiven
        and abs(len(joined) - len(joined_other)) <= forgiven
        and _DIGITS.findall(joined) == _DIGITS.findall(joined_other)
    ):
        distance = OSA.distance(joined, joined_other, score_cutoff=forgiven)
        if distance <= forgiven:
            return max(88, round(100 - 100 * distance / longest))
    return min(87, int(fuzz.ratio(one, other)))


@lru_cache(maxsize=1 << 14)
def spoken(folded: str) -> str:
    """As it sounds: `nothing compares 2 u` -> `nothing compares to you`."""
    return " ".join(SPOKEN.get(word, word) for word in folded.split())


SPELLING: Final = 88
"""From here upwards a difference between two texts is one of spelling (see text.likeness)."""
