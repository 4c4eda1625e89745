"""The levels of what is observed: numbers as steps with names, which `points.txt` weighs.

What belongs here: where one level ends and the next begins. What does not: what is measured.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Final

UNKNOWN: Final = "unknown"
"""The level if a side does not say it."""

Steps = tuple[tuple[float, ...], tuple[str, ...]]
"""Where one level ends and the next begins, and the names of the levels."""

SHARES: Final[Steps] = (
    (0.001, 0.12, 0.3, 0.5, 0.8), ("none", "a little", "some", "half", "most", "all"),
)  # fmt: skip
TITLES: Final[Steps] = (
    (50, 60, 70, 78, 84, 88, 92, 97, 99),
    ("0", "50", "60", "70", "78", "84", "88", "92", "97", "99"),
)  # fmt: skip
NAMES: Final[Steps] = (
    (40, 55, 67, 75, 82, 88, 94, 99), ("0", "40", "55", "67", "75", "82", "88", "94", "99"),
)  # fmt: skip
WEIGHTS: Final[Steps] = (
    (0.3, 0.6, 0.9, 1.3, 1.8, 2.5), ("0", "0.3", "0.6", "0.9", "1.3", "1.8", "2.5"),
)  # fmt: skip


def level(value: float, steps: Steps) -> str:
    """The name of the step that a number stands on."""
    bounds, names = steps
    return names[bisect_right(bounds, value)]


def share(value: float) -> str:
    """The level of a share from 0 to 1, which is `none` at nothing alone."""
    bounds, names = SHARES
    return names[bisect_left(bounds, value)]


def yes(holds: bool) -> str:
    """`yes` or `no`."""
    return "yes" if holds else "no"
