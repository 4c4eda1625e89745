"""Musical keys: every notation that DJ programs write, to one, by one table.

The one notation is the tonic, with `m` for minor: `C`, `F#`, `Bb`, `Am`, `C#m`. Of two names for
one key it is the one with fewer accidentals.
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple


class Key(NamedTuple):
    """One of the 24 keys, as each program calls it.

    Traktor's MUSICAL_KEY counts from C major to B major and on from C minor, as Mixxx's key_id does
    from 1. Engine DJ's goes up the circle of fifths: C major, A minor, G major. Serato 4's
    key_value counts Camelot's 1A to 12A and on from 1B.
    """

    name: str
    camelot: str
    open_key: str
    traktor: int
    engine: int
    mixxx: int
    serato: int


KEYS: Final = (
    Key("C", "8B", "1d", 0, 0, 1, 19),
    Key("Db", "3B", "8d", 1, 14, 2, 14),
    Key("D", "10B", "3d", 2, 4, 3, 21),
    Key("Eb", "5B", "10d", 3, 18, 4, 16),
    Key("E", "12B", "5d", 4, 8, 5, 23),
    Key("F", "7B", "12d", 5, 22, 6, 18),
    Key("F#", "2B", "7d", 6, 12, 7, 13),
    Key("G", "9B", "2d", 7, 2, 8, 20),
    Key("Ab", "4B", "9d", 8, 16, 9, 15),
    Key("A", "11B", "4d", 9, 6, 10, 22),
    Key("Bb", "6B", "11d", 10, 20, 11, 17),
    Key("B", "1B", "6d", 11, 10, 12, 12),
    Key("Cm", "5A", "10m", 12, 19, 13, 4),
    Key("C#m", "12A", "5m", 13, 9, 14, 11),
    Key("Dm", "7A", "12m", 14, 23, 15, 6),
    Key("Ebm", "2A", "7m", 15, 13, 16, 1),
    Key("Em", "9A", "2m", 16, 3, 17, 8),
    Key("Fm", "4A", "9m", 17, 17, 18, 3),
    Key("F#m", "11A", "4m", 18, 7, 19, 10),
    Key("Gm", "6A", "11m", 19, 21, 20, 5),
    Key("G#m", "1A", "6m", 20, 11, 21, 0),
    Key("Am", "8A", "1m", 21, 1, 22, 7),
    Key("Bbm", "3A", "8m", 22, 15, 23, 2),
    Key("Bm", "10A", "3m", 23, 5, 24, 9),
)

_CAMELOT = {key.name: key.camelot for key in KEYS}
_BY_NUMBER = {code.upper(): key.name for key in KEYS for code in (key.camelot, key.open_key)}
_NUMBERED_BY = {
    program: {getattr(key, program): key.name for key in KEYS}
    for program in ("traktor", "engine", "mixxx", "serato")
}

_SEMITONES = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_ACCIDENTALS = {"#": 1, "♯": 1, "sharp": 1, "b": -1, "♭": -1, "flat": -1}

_NAMED = re.compile(
    r"([A-Ga-g])\s*(#|♯|b|♭|sharp|flat)?\s*(m|min|minor|moll|M|maj|major|dur|)\.?",
)
_NUMBERED = re.compile(r"0?([1-9]|1[0-2])([ABMD])", re.IGNORECASE)
_BETWEEN_TWO_NAMES = re.compile(
    r"\s*[/|(),;]\s*|\s+-\s+|(?<=[0-9][ABMD])\s+|\s+(?=[0-9])", re.IGNORECASE
)


def key_from_text(text: str | None) -> str | None:
    """`Am`, `A minor`, `G♯ min`, Camelot's `8A`, Open Key's `1m`, and several of them for one key
    (`10B D`, `D♯m/E♭m`, `1m (Am)`); None for anything else, and for names of different keys."""
    text = (text or "").strip(" \t\r\n\0")
    if found := _single(text):
        return found
    keys = {_single(part) for part in _BETWEEN_TWO_NAMES.split(text) if part}
    return keys.pop() if len(keys) == 1 else None


def key_from_number(
    program: Literal["traktor", "engine", "mixxx", "serato"], value: object
) -> str | None:
    """The key of a program's own number; None for anything else."""
    return _NUMBERED_BY[program].get(value) if isinstance(value, int) else None


def camelot_of(key: str | None) -> str | None:
    """A key's place on Camelot's wheel: `Am` -> `8A`."""
    return _CAMELOT.get(key) if key else None


def _single(text: str) -> str | None:
    if found := _NUMBERED.fullmatch(text):
        return _BY_NUMBER[found[1] + found[2].upper()]
    if found := _NAMED.fullmatch(text):
        tonic = _SEMITONES[found[1].lower()] + _ACCIDENTALS.get(found[2], 0)
        is_minor = found[3].startswith("m") and not found[3].startswith("maj")
        return _NUMBERED_BY["traktor"][tonic % 12 + 12 * is_minor]
    return None
