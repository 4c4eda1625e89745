"""What mixes with what: how near two tracks are in key and in tempo, and which to try first.

What belongs here: the rules, on Camelot codes and beats a minute. Which tracks there are and how
they are printed does not; other spellings of a key are read in `libraries.musical_key`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

LARGEST_DIFFERENCE: Final = 8.0
"""In per cent: as far as the pitch fader of a turntable goes."""

KEEPS_THE_KEY: Final = 3.0
"""In per cent: a turntable without key lock that is pitched further moves the key by more than half
a semitone, so that it is nearer to another key than to its own."""

SAME, UP, DOWN, OTHER_LETTER = "same key", "one key up", "one key down", "other letter"
RELATIONS: Final = (SAME, UP, DOWN, OTHER_LETTER)
"""How a key can stand to another one that it goes with."""

_RANKS: Final = {SAME: 0, UP: 1, DOWN: 1, OTHER_LETTER: 2}
_CAMELOT: Final = re.compile(r"([1-9]|1[0-2])([AB])")

# What the tempo of a track is multiplied by when it is counted in another time.
_TIMES: Final = {1.0: "", 2.0: "in half time", 0.5: "in double time"}


@dataclass(frozen=True, slots=True)
class Sound:
    """A tempo in beats a minute and a place on the Camelot wheel (`8A`); None restricts nothing."""

    bpm: float | None
    camelot: str | None


WHEEL: Final = tuple(f"{number}{letter}" for number in range(1, 13) for letter in "AB")
"""Every code on the Camelot wheel."""

ANYTHING: Final = Sound(None, None)


@dataclass(frozen=True, slots=True)
class Fit:
    """How a track goes with the one that it follows. `relation` is one of RELATIONS; `difference`
    how much faster the track is in per cent, counted in `time`, which is empty if both count
    alike. A part that was not asked for is None."""

    relation: str | None
    difference: float | None
    time: str = ""

    @property
    def order(self) -> tuple[bool, int, int, bool, float]:
        """Sorts the best fit first: those whose key survives the change of tempo, then by key, then
        by tempo in whole per cent; of these the tracks that count alike come first."""
        # Of a float the last digit counts for nothing.
        apart = round(abs(self.difference or 0.0), 6)
        loses_its_key = self.relation is not None and apart > KEEPS_THE_KEY
        rank = _RANKS[self.relation] if self.relation else 0
        return loses_its_key, rank, int(apart), bool(self.time), apart

    @property
    def reason(self) -> str:
        """`same key, 1.2 % faster`."""
        return ", ".join(filter(None, [self.relation, _tempo_in_words(self)]))


def fit(start: Sound, bpm: float, camelot: str) -> Fit | None:
    """How a track of this tempo and key goes with the start; None if it does not.

    Raises ValueError if a code is not on the wheel or a tempo is not above 0.
    """
    relation, tempo = None, (None, "")
    if start.camelot is not None and (relation := relation_of(start.camelot, camelot)) is None:
        return None
    if start.bpm is not None:
        tempo = _nearest_tempo(start.bpm, bpm)
        # A difference of exactly the limit fits, whatever the last digit of a float says.
        if round(abs(tempo[0]), 6) > LARGEST_DIFFERENCE:
            return None
    return Fit(relation, *tempo)


_RANGE: Final = re.compile(r"\s*(\d{1,3}(?:\.\d+)?)\s*(?:-\s*(\d{1,3}(?:\.\d+)?)\s*)?")


def tempo_range(text: str) -> tuple[float, float]:
    """`124-128`, or one tempo, which stands for all that round to it. Raises ValueError if it is
    neither."""
    found = _RANGE.fullmatch(text)
    if not (found and text.isascii()):
        raise ValueError(f"{text!r} is no range of tempos, as 124-128 is")
    first, last = float(found[1]), float(found[2] or found[1])
    if found[2] is None:
        return first - 0.5, first + 0.5
    return min(first, last), max(first, last)


def relation_of(start: str, other: str) -> str | None:
    """How the second Camelot code stands to the first: one of RELATIONS, or None if they do not go
    together. Raises ValueError if one is not on the wheel."""
    wheel_place(other)
    return _related(start).get(other)


def neighbours(camelot: str) -> tuple[str, ...]:
    """The codes that go with one: itself, one key down, one up, and the other letter. Raises
    ValueError if it is not on the wheel."""
    return tuple(_related(camelot))


def _related(camelot: str) -> dict[str, str]:
    """The codes that go with this one, each with its relation to it."""
    number, letter = wheel_place(camelot)
    return {
        camelot: SAME,
        f"{(number - 2) % 12 + 1}{letter}": DOWN,
        f"{number % 12 + 1}{letter}": UP,
        f"{number}{'B' if letter == 'A' else 'A'}": OTHER_LETTER,
    }


def wheel_place(camelot: str) -> tuple[int, str]:
    """The number and the letter of a Camelot code, by which a list of keys is sorted. Raises
    ValueError if it is none."""
    if not (found := _CAMELOT.fullmatch(camelot)):
        raise ValueError(f"{camelot!r} is no key on the Camelot wheel")
    return int(found[1]), found[2]


Track = TypeVar("Track")


def best_first(
    start: Sound, tracks: Iterable[Track], sound_of: Callable[[Track], tuple[float, str]]
) -> list[tuple[Track, Fit]]:
    """The tracks that go with the start, the best fit first; equal ones stay in their order.
    `sound_of` gives a track's tempo and its Camelot code."""
    fitting = ((track, fit(start, *sound_of(track))) for track in tracks)
    found = [(track, how) for track, how in fitting if how is not None]
    return sorted(found, key=lambda each: each[1].order)


def _nearest_tempo(start: float, bpm: float) -> tuple[float, str]:
    if not (start > 0 and bpm > 0 and math.isfinite(start) and math.isfinite(bpm)):
        raise ValueError(f"{start} and {bpm} are not both a tempo")
    counted = [(100 * (bpm * factor / start - 1), time) for factor, time in _TIMES.items()]
    return min(counted, key=lambda each: abs(each[0]))


def _tempo_in_words(how: Fit) -> str:
    if how.difference is None:
        return ""
    size = f"{abs(how.difference):.1f}"
    # What rounds to nothing is nothing, in the words too.
    if size == "0.0":
        words = "same tempo"
    else:
        words = f"{size} % {'faster' if how.difference > 0 else 'slower'}"
    return f"{words} {how.time}".rstrip()
