"""Why nothing is sent just now, and for how long: the words for it.

What belongs here: a wait as a value, the one wait to tell of where several workers wait for
different things, and the sentence. Who waits, and what for, belongs to `core.discogs.pace` and
`discogs.fetching`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

# A wait shorter than this is the pace itself; a figure that jumps between 0 and 1 tells nothing.
WORTH_COUNTING = 2.0


@dataclass(frozen=True, slots=True)
class Wait:
    """How long the next request has to wait (0: it may start), and why, for a person who
    watches."""

    seconds: float
    reason: str = ""


def most_telling(waits: Iterable[Wait]) -> Wait:
    """The reason for which most workers wait, with the seconds until the first of them goes on; of
    reasons with equally many, the one that lasts longest. `Wait(0.0)` if no worker has a reason
    worth showing."""
    by_reason: dict[str, list[float]] = defaultdict(list)
    for wait in waits:
        if wait.reason:
            by_reason[wait.reason].append(wait.seconds)
    if not by_reason:
        return Wait(0.0)
    reason = max(by_reason, key=lambda reason: (len(by_reason[reason]), max(by_reason[reason])))
    return Wait(min(by_reason[reason]), reason)


def waiting_line(reason: str, until: float | None, now: float) -> str:
    """`Discogs asked to pause (429); next try in 43 s`; the reason alone if it is unknown for
    how long, or if it is over in a moment. `until` and `now` are times of one clock."""
    left = 0.0 if until is None else until - now
    if not reason or left < WORTH_COUNTING:
        return reason
    # In seconds, also for minutes: a person who watches wants to see it move.
    return f"{reason}; next try in {left:.0f} s"
