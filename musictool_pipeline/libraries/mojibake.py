"""Text that was read in the wrong encoding, corrected where it is certain that it was.

Only two ways of going wrong leave proof behind: UTF-8 read as Latin-1 or cp1252, and Hebrew in
cp1255 read as Latin-1. Everything else stays as it is: a wrong repair would spoil a right name.
"""

from __future__ import annotations

import re


def _latin_bytes() -> dict[str, int]:
    bytes_of = {chr(byte): byte for byte in range(256)}
    for byte in range(0x80, 0xA0):
        character = bytes([byte]).decode("cp1252", "ignore")
        if character:
            bytes_of[character] = byte
    return bytes_of


# Both readings of 0x80 to 0x9F, since programs mix Latin-1 and cp1252 within one text.
_BYTE_OF = _latin_bytes()

# The sign between à and ú that is no letter, ÷, stands for the letter qof.
_WORD = re.compile(r"(?:[^\W\d_]|÷)+")
_FINAL_FORMS = "ךםןףץ"
_WITH_A_FINAL_FORM = "כמנפצ"
_LEAST_LETTERS = 4
_LEAST_IN_A_WORD = 3


def mended(text: str) -> str:
    """The text as it was meant, or the text itself where that is not certain."""
    if text.isascii():
        return text
    try:
        encoded = bytes(map(_BYTE_OF.__getitem__, text))
    except KeyError:
        return text
    return _as_utf8(encoded) or _as_hebrew(text, encoded) or text


def _as_utf8(encoded: bytes) -> str | None:
    # Each accented letter would have to be followed by just the right signs, throughout the text:
    # no language writes so.
    try:
        decoded = encoded.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if re.search("[\x80-\x9f]", decoded) else decoded


def _as_hebrew(text: str, encoded: bytes) -> str | None:
    """Hebrew's letters lie where Latin-1 has à to ú. A word of nothing but such letters is rare in
    Latin script; several letters of them, obeying the rule of Hebrew's final forms, are none."""
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    lengths = [len(word) for word in words]
    if sum(lengths) < _LEAST_LETTERS or max(lengths) < _LEAST_IN_A_WORD:
        return None
    if not all("à" <= letter <= "ú" for word in words for letter in word):
        return None
    if not all(_obeys_final_forms(word.encode("latin-1").decode("cp1255")) for word in words):
        return None
    try:
        return encoded.decode("cp1255")
    except UnicodeDecodeError:
        return None


def _obeys_final_forms(word: str) -> bool:
    return not any(letter in _FINAL_FORMS for letter in word[:-1]) and not (
        word[-1] in _WITH_A_FINAL_FORM and len(word) > 1
    )
