"""When the next request may start: the pace that reaches Discogs' limit and never exceeds it.

What belongs here: the rule, as a function of times. Keeping those times, over all processes of
the machine, belongs to `discogs.budget`.

Discogs counts requests over a moving 60 s window, and does not say at which moment between their
start and their answer. The rule holds for either end of that span, and for anything between:

- starts are at least 60/limit seconds apart, and at most four requests are in flight;
- requests in flight, and those answered so recently that they may still be counted, stay below
  the limit, together with what other programs behind the same address were seen to use.

"So recently" would be 60.05 s for a server that counted an old request when it was answered and
counts the new one when it starts. Where answers take seconds, that would cost up to 5 % of the
pace for a server that no one has seen: what every answer of the last minute took beyond 1.1 s is
taken off again. Up to that latency the rule holds even for a server that counts at random.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from musictool_pipeline.core.discogs.waiting import Wait

WINDOW = 60.05
A_MOMENT = 0.02
MOST_IN_FLIGHT = 4

# With 1.1 s of latency left in, the pace is still 0.981 of the limit, at every latency.
LATENCY_LEFT_IN = 1.1
LATENCIES_TO_TRUST = 10

# If requests of others were seen at all, one or two more of theirs were counted as our own.
UNSEEN_OTHERS = 2

# Another program on this machine is named as the reason to wait if it takes that share of the
# limit.
WORTH_NAMING = 0.1

# 429s: wait as long as Discogs says, up to two minutes; else a minute, then two.
LONGEST_PAUSE = 120.0
USUAL_PAUSE = 60.0
MOST_THROTTLES = 3


@dataclass(frozen=True, slots=True)
class Sent:
    """One request: when it started, and when its answer was there (None: in flight).

    Seconds of one clock that never goes backwards.
    """

    started: float
    answered: float | None


class Ledger(Protocol):
    """What is known of the requests of the last minutes, of all processes of the machine.

    Spans are open at their beginning and closed at their end: (after, until].
    """

    def last_start(self) -> float | None: ...
    def in_flight(self) -> int: ...
    def starts(self, after: float, until: float) -> int: ...
    def answers(self, after: float, until: float) -> int: ...
    def nth_answer(self, after: float, n: int) -> float: ...
    def latencies(self, after: float) -> tuple[int, float]:
        """Of the requests answered later than `after`: how many, and the least seconds one took."""
        ...


def wait_before_next(
    now: float,
    limit: int,
    ledger: Ledger,
    *,
    reserved: int = 0,
    beside: int = 0,
    paused_until: float = 0.0,
) -> Wait:
    """How long the next request has to wait, given those of the last minutes.

    `limit` is in requests a minute; `reserved` what others were seen to use of it; `beside` how
    many of the ledger's requests of the last minute are those of other programs on this machine
    that still run (they count like own ones, so this only says why); until `paused_until` (set by a
    429) nothing starts at all.
    """
    if paused_until > now:
        return Wait(paused_until - now, "Discogs asked to pause (429)")
    if ledger.in_flight() >= MOST_IN_FLIGHT:
        return Wait(A_MOMENT)
    last_start = ledger.last_start()
    apart = 0.0 if last_start is None else max(0.0, last_start + 60.0 / limit - now)
    room = _wait_for_room(now, limit, ledger, reserved)
    seconds = max(apart, room)
    # What others use elsewhere holds nothing up before the window is full; a program on this
    # machine takes every other turn from the first on.
    return Wait(seconds, _users(limit, reserved if room else 0, beside) if seconds else "")


def _wait_for_room(now: float, limit: int, ledger: Ledger, reserved: int) -> float:
    """Seconds until the window has room for one more; 0 if it has."""
    count, least_latency = ledger.latencies(now - WINDOW)
    trusted = least_latency - LATENCY_LEFT_IN if count >= LATENCIES_TO_TRUST else 0.0
    window = WINDOW - max(0.0, trusted)
    answered = ledger.answers(now - window, now)
    # One request must stay possible, or it would never be noticed that the others are gone.
    permitted = max(1, limit - reserved - UNSEEN_OTHERS if reserved else limit)
    too_many = ledger.in_flight() + answered + 1 - permitted
    if too_many <= 0:
        return 0.0
    if too_many > answered:
        return A_MOMENT
    return ledger.nth_answer(now - window, too_many - 1) + window - now


def _users(limit: int, reserved: int, beside: int) -> str:
    """Who else fills the window; nothing if it is only the own pace that does."""
    elsewhere = f"other programs use {reserved} of the {limit} requests a minute"
    if beside < limit * WORTH_NAMING:
        return elsewhere if reserved else ""
    if reserved:
        return f"{elsewhere}, and others on this machine sent {beside}"
    return f"other programs on this machine sent {beside} of the {limit} requests of this minute"


def used_by_others(used: int, request: Sent, ledger: Ledger) -> int:
    """How many requests of the server's count are somebody else's.

    `used` is `X-Discogs-Ratelimit-Used` of `request`'s answer; `ledger` holds `request` too. Own
    ones at the edge of the window count as own: to reserve them would slow the pace for ever. So
    one or two too few are seen.
    """
    edge = 60.5
    by_start = ledger.starts(request.started - edge, request.started)
    answered = request.started if request.answered is None else request.answered
    by_answer = ledger.answers(answered - edge, answered)
    return max(0, used - max(by_start, by_answer))


def pause_after_throttle(times_in_a_row: int, asked_for: float | None) -> float:
    """Seconds to send nothing after a 429; `times_in_a_row` counts from 1."""
    pause = USUAL_PAUSE if asked_for is None else max(1.0, asked_for)
    return min(LONGEST_PAUSE, pause * 2 ** (times_in_a_row - 1))
