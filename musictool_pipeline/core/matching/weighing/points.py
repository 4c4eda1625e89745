"""The table of points, and their sums: what each observation says for and against.

What belongs here: reading the table and adding up. What does not: what can be observed
(`observing`), or what follows from a sum (`deciding`). The points are learned by `make weights`
from the labelled pairs; a sum of points is a logarithm of odds, so it can be said as a probability.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from musictool_pipeline.core.matching.own_tables import lines_of
from musictool_pipeline.errors import TableDamaged

FILE: Final = "points.txt"
START: Final = "start"
QUESTIONS: Final = ("recording", "take", "version", "definition")
"""Is it the same recording? Do words in brackets name a take? Is it the same version? Is an answer
right that a definition gives?"""

Observations = Mapping[str, str]
"""What was observed: the name of each observation, and its level in words."""


class _Table(dict[tuple[str, str], float]):
    """The points by observation and level; 0 for a level that no pair ever had."""

    def __missing__(self, level: tuple[str, str]) -> float:
        return 0.0


@dataclass(frozen=True, slots=True)
class Points:
    """The points of one question. `of`: by observation and level; `start`: where the sum begins;
    `most`: by observation, what it adds at most."""

    start: float
    of: Mapping[tuple[str, str], float]
    most: Mapping[str, float] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "of", _Table(self.of))
        most: dict[str, float] = {}
        for (name, _), points in self.of.items():
            most[name] = max(most.get(name, 0.0), points)
        object.__setattr__(self, "most", most)

    def sum(self, observed: Observations) -> float:
        """The logarithm of the odds that the answer is yes. A level that no pair ever had adds
        nothing."""
        return self.start + sum(map(self.of.__getitem__, observed.items()))

    def at_most(self, unseen: Iterable[str]) -> float:
        """What these observations add to `sum` at most, whatever their levels are."""
        return sum(self.most.get(name, 0.0) for name in unseen)

    def each(self, observed: Observations) -> list[tuple[str, str, float]]:
        """The observations with their points, the weightiest first."""
        found = [(name, level, self.of[name, level]) for name, level in observed.items()]
        return sorted(found, key=lambda it: (-abs(it[2]), it[0]))


def probability(log_odds: float) -> float:
    """From a sum of points to a probability between 0 and 1."""
    return 1.0 / (1.0 + math.exp(-max(-40.0, min(40.0, log_odds))))


def log_odds(probability: float) -> float:
    """The sum of points below which all have a smaller probability."""
    if probability <= 0:
        return -math.inf
    return math.log(probability / (1 - probability)) - ROUNDING


ROUNDING: Final = 1e-6
"""Sums of the same points in another order differ by less."""


def read_points(lines: Iterable[str], name: str = FILE) -> dict[str, Points]:
    """The tables of all questions. A line is `question TAB observation TAB level TAB points`.

    Raises TableDamaged with the line where one is not of that form or a question is missing.
    """
    starts: dict[str, float] = {}
    found: dict[str, dict[tuple[str, str], float]] = {question: {} for question in QUESTIONS}
    for number, line in enumerate(lines, start=1):
        if line.startswith("#") or not line.strip():
            continue
        cells = line.rstrip("\r\n").split("\t")
        if len(cells) != 4 or cells[0] not in found:
            raise TableDamaged(name, number)
        question, observation, level, text = cells
        try:
            points = float(text)
        except ValueError:
            raise TableDamaged(name, number) from None
        if not math.isfinite(points) or (observation, level) in found[question]:
            raise TableDamaged(name, number)
        if observation == START:
            starts[question] = points
        else:
            found[question][observation, level] = points
    if set(starts) != set(QUESTIONS):
        raise TableDamaged(name, 0)
    return {question: Points(starts[question], found[question]) for question in QUESTIONS}


@lru_cache
def points() -> dict[str, Points]:
    """The project's own table."""
    return read_points(lines_of(FILE))
