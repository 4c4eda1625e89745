"""Musical keys: every notation that DJ programs write, to one.

The one notation is the tonic, with `m` for minor: `C`, `F#`, `Bb`, `Am`, `C#m`. Of two names for
one key it is the one with fewer accidentals.
"""

from __future__ import annotations

import re

_MAJOR = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_MINOR = ("Cm", "C#m", "Dm", "Ebm", "Em", "Fm", "F#m", "Gm", "G#m", "Am", "Bbm", "Bm")
_SEMITONES = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_ACCIDENTALS = {"#": 1, "♯": 1, "sharp": 1, "b": -1, "♭": -1, "flat": -1}
_FIFTH, _A = 7, 9

_NAMED = re.compile(
    r"([A-Ga-g])\s*(#|♯|b|♭|sharp|flat)?\s*(m|min|minor|moll|M|maj|major|dur|)\.?",
)
_CAMELOT = re.compile(r"0?([1-9]|1[0-2])([ABab])")
_OPEN_KEY = re.compile(r"0?([1-9]|1[0-2])([mdMD])")


def key_from_text(text: str | None) -> str | None:
    """`Am`, `A minor`, `G♯ min`, Camelot's `8A` and Open Key's `1m`; None for anything else."""
    text = (text or "").strip()
    if found := _CAMELOT.fullmatch(text):
        return _on_the_circle(int(found[1]) - 8, minor=found[2] in "Aa")
    if found := _OPEN_KEY.fullmatch(text):
        return _on_the_circle(int(found[1]) - 1, minor=found[2] in "mM")
    if found := _NAMED.fullmatch(text):
        tonic = _SEMITONES[found[1].lower()] + _ACCIDENTALS.get(found[2], 0)
        return _name(tonic, minor=found[3].startswith("m") and not found[3].startswith("maj"))
    return None


def key_from_traktor(value: int | None) -> str | None:
    """Traktor's MUSICAL_KEY: 0 to 11 are C major to B major, 12 to 23 C minor to B minor."""
    if value is None or not 0 <= value <= 23:
        return None
    return _name(value % 12, minor=value >= 12)


def key_from_engine(value: int | None) -> str | None:
    """Engine DJ's key column: up the circle of fifths from 0, C major, 1, A minor, 2, G major."""
    if value is None or not 0 <= value <= 23:
        return None
    return _on_the_circle(value // 2, minor=value % 2 == 1)


def _on_the_circle(fifths: int, *, minor: bool) -> str:
    """The key so many fifths above C major or A minor."""
    return _name((_A if minor else 0) + _FIFTH * fifths, minor=minor)


def _name(semitones: int, *, minor: bool) -> str:
    return (_MINOR if minor else _MAJOR)[semitones % 12]
