"""The pace against servers that count in different ways, in virtual time: nothing here sleeps."""

from __future__ import annotations

import heapq
import random
from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.core.discogs.pace import (
    A_MOMENT,
    LATENCIES_TO_TRUST,
    LONGEST_PAUSE,
    MOST_IN_FLIGHT,
    MOST_THROTTLES,
    UNSEEN_OTHERS,
    USUAL_PAUSE,
    WINDOW,
    Ledger,
    Sent,
    Wait,
    pause_after_throttle,
    used_by_others,
    wait_before_next,
)

BEGINNING = 1000.0
MINUTE = 60.0

# ---------------------------------------------------------------------------------------------
# The simulation
# ---------------------------------------------------------------------------------------------

Latency = Callable[[int, float], float]
"""The seconds that a request takes, from its number and its start."""

Moment = Callable[[float, float], float]
"""When the server counts a request, from its start and its answer."""


def on_arrival(started: float, answered: float) -> float:
    return started


def on_response(started: float, answered: float) -> float:
    return answered


def at_random(seed: int) -> Moment:
    return random.Random(seed).uniform


def always(seconds: float) -> Latency:
    return lambda number, now: seconds


class KeptRequests:
    """A ledger that hears of each start and answer as it happens; quick, so that a minute of
    requests can be simulated in a millisecond."""

    def __init__(self) -> None:
        self._starts: list[float] = []
        self._answers: list[float] = []
        self._took: list[float] = []

    def start(self, now: float) -> None:
        self._starts.append(now)

    def answer(self, started: float, now: float) -> None:
        self._answers.append(now)
        self._took.append(now - started)

    def last_start(self) -> float | None:
        return self._starts[-1] if self._starts else None

    def in_flight(self) -> int:
        return len(self._starts) - len(self._answers)

    def starts(self, after: float, until: float) -> int:
        return bisect_right(self._starts, until) - bisect_right(self._starts, after)

    def answers(self, after: float, until: float) -> int:
        return bisect_right(self._answers, until) - bisect_right(self._answers, after)

    def nth_answer(self, after: float, n: int) -> float:
        return self._answers[bisect_right(self._answers, after) + n]

    def latencies(self, after: float) -> tuple[int, float]:
        took = self._took[bisect_right(self._answers, after) :]
        return len(took), min(took, default=0.0)


def listed(sent: Iterable[Sent]) -> KeptRequests:
    """A ledger over these requests."""
    ledger = KeptRequests()
    sent = list(sent)
    for started in sorted(request.started for request in sent):
        ledger.start(started)
    for answered, started in sorted(
        (it.answered, it.started) for it in sent if it.answered is not None
    ):
        ledger.answer(started, answered)
    return ledger


@dataclass(frozen=True)
class Run:
    """What came of a run: its requests, all that the server counted, and what was seen of it."""

    sent: tuple[Sent, ...]
    counted: tuple[float, ...]
    over_limit: int
    seen_of_others: tuple[tuple[float, int], ...]

    @property
    def pace(self) -> float:
        return pace([request.started for request in self.sent])

    @property
    def pace_after_the_first_minute(self) -> float:
        return pace([each.started for each in self.sent if each.started >= BEGINNING + MINUTE])

    def most_in_a_window(self, moment: Moment | None = None) -> int:
        if moment is None:
            return most_in_a_window(self.counted)
        return most_in_a_window(
            moment(each.started, each.answered) for each in self.sent if each.answered is not None
        )


def pace(starts: Sequence[float]) -> float:
    """Requests a minute."""
    return (len(starts) - 1) / (starts[-1] - starts[0]) * 60


def most_in_a_window(times: Iterable[float]) -> int:
    """The most that the server counts in any 60 s; a request of 60 s ago counts no more."""
    ordered = sorted(times)
    return max(place + 1 - bisect_right(ordered, now - MINUTE) for place, now in enumerate(ordered))


def simulate(
    latency: Latency,
    moment: Moment = on_arrival,
    *,
    limit: int = 60,
    requests: int = 400,
    workers: int = MOST_IN_FLIGHT,
    others: Iterable[float] = (),
) -> Run:
    """Workers who ask for a turn, wait as long as they are told (at most a second, then ask
    again), and reserve what the server's count shows of `others`."""
    ledger = KeptRequests()
    sent: list[Sent] = []
    counted = sorted(others)
    flying: list[tuple[float, float, float]] = []
    seen: list[tuple[float, int]] = []
    over_limit = 0
    asking = [(BEGINNING, worker) for worker in range(workers)]
    while len(sent) < requests:
        now, worker = heapq.heappop(asking)
        while flying and flying[0][0] <= now:
            answered, started, at = heapq.heappop(flying)
            ledger.answer(started, answered)
            used = bisect_right(counted, at) - bisect_right(counted, at - MINUTE)
            over_limit += used > limit
            seen.append((answered, used_by_others(used, Sent(started, answered), ledger)))
        reserved = max((each for when, each in seen[-200:] if when > now - MINUTE), default=0)
        wait = wait_before_next(now, limit, ledger, reserved=reserved)
        if wait.seconds > 0:
            heapq.heappush(asking, (now + min(wait.seconds, 1.0), worker))
            continue
        answered = now + latency(len(sent), now)
        at = moment(now, answered)
        ledger.start(now)
        insort(counted, at)
        sent.append(Sent(now, answered))
        heapq.heappush(flying, (answered, now, at))
        heapq.heappush(asking, (answered, worker))
        assert ledger.in_flight() <= MOST_IN_FLIGHT
    end = sent[-1].started
    return Run(
        tuple(sent), tuple(at for at in counted if at <= end + MINUTE), over_limit, tuple(seen)
    )


LATENCIES = (0.2, 0.35, 0.5, 1.5, 3.0)


@cache
def steady(latency: float, limit: int = 60) -> Run:
    """No other program is there, and every answer takes as long."""
    return simulate(always(latency), limit=limit, requests=10 * limit)


# ---------------------------------------------------------------------------------------------
# Never above the limit
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [60, 25])
@pytest.mark.parametrize("latency", [0.01, *LATENCIES])
@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 1.0])
def test_a_server_that_counts_always_at_the_same_moment(share: float, latency: float, limit: int):
    """`share` of the way from start to answer. One request too many is a 429 and a minute lost."""
    run = steady(latency, limit)
    assert run.most_in_a_window(lambda start, end: start + share * (end - start)) <= limit


@pytest.mark.parametrize("latency", [0.2, 0.35, 0.5, 0.8, 1.1])
def test_a_server_that_counts_at_any_moment(latency: float):
    """The module's own promise: up to 1.1 s the rule holds for a server that counts at random."""
    run = steady(latency)
    assert max(run.most_in_a_window(at_random(seed)) for seed in range(5)) <= 60


@pytest.mark.parametrize("moment", [on_arrival, on_response])
@pytest.mark.parametrize("span", [(0.2, 3.0), (0.2, 0.5), (1.0, 1.5), (2.0, 3.0), (2.9, 3.1)])
@pytest.mark.parametrize("seed", range(2))
def test_latencies_that_change_from_request_to_request(
    moment: Moment, span: tuple[float, float], seed: int
):
    """Where answers come unevenly, a start each second is not enough: the window must hold."""
    dice = random.Random(seed)
    run = simulate(lambda number, now: dice.uniform(*span), requests=500)
    assert run.most_in_a_window(moment) <= 60


@pytest.mark.parametrize(
    "moment",
    [
        on_arrival,
        on_response,
    ],
)
@pytest.mark.parametrize("moment_of_change", [120.0, 170.0, 200.0])
def test_a_server_that_is_suddenly_quick(moment: Moment, moment_of_change: float):
    change = BEGINNING + moment_of_change
    run = simulate(lambda number, now: 3.0 if now < change else 0.2, requests=400)
    assert run.most_in_a_window(moment) <= 60


@pytest.mark.parametrize("moment", [on_arrival, on_response])
def test_a_server_that_is_suddenly_slow(moment: Moment):
    run = simulate(lambda number, now: 0.2 if now < BEGINNING + 120 else 3.0, requests=400)
    assert run.most_in_a_window(moment) <= 60


@pytest.mark.parametrize("moment", [on_arrival, on_response])
@pytest.mark.parametrize("latency", [0.35, 3.0])
def test_two_refreshes_at_once_share_the_limit(moment: Moment, latency: float):
    run = simulate(always(latency), workers=2 * MOST_IN_FLIGHT, requests=300)
    assert run.most_in_a_window(moment) <= 60


@pytest.mark.parametrize("latency", LATENCIES)
def test_starts_are_apart_and_few_are_in_flight(latency: float):
    starts = [request.started for request in steady(latency).sent]
    assert min(b - a for a, b in pairwise(starts)) > 1.0 - 1e-9


def test_answers_that_never_come_hold_all_up_at_four():
    """A server that hangs must not collect connections."""
    sent = [Sent(BEGINNING + number, None) for number in range(MOST_IN_FLIGHT)]
    assert wait_before_next(BEGINNING + 50, 60, listed(sent[:3])) == Wait(0.0)
    assert wait_before_next(BEGINNING + 50, 60, listed(sent)) == Wait(A_MOMENT)


# ---------------------------------------------------------------------------------------------
# Near the limit
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [60, 25])
@pytest.mark.parametrize("latency", LATENCIES)
def test_the_pace_is_that_of_the_limit(latency: float, limit: int):
    """Two per cent less is ten minutes of a refresh of 10,000 releases."""
    run = steady(latency, limit)
    assert run.pace >= 0.98 * limit
    assert run.pace_after_the_first_minute >= 0.98 * limit


def test_the_pace_with_answers_of_any_length():
    dice = random.Random(5)
    run = simulate(lambda number, now: dice.uniform(0.2, 3), requests=500)
    assert run.pace >= 0.95 * 60


def test_answers_slower_than_four_seconds_set_the_pace():
    """Four in flight of 8 s each are 30 a minute; more connections would be bad manners."""
    assert simulate(always(8.0), requests=200).pace == pytest.approx(30, rel=0.05)


# ---------------------------------------------------------------------------------------------
# One question
# ---------------------------------------------------------------------------------------------


def minute_of_requests(count: int, took: float, until: float = BEGINNING) -> list[Sent]:
    """One a second, the last of them answered at `until`."""
    ends = [until - place for place in reversed(range(count))]
    return [Sent(end - took, end) for end in ends]


def test_the_first_request_may_start_at_once():
    assert wait_before_next(0.0, 60, listed([])) == Wait(0.0)


def test_the_second_waits_its_share_of_a_minute():
    for limit in (60, 25, 2):
        ledger = listed([Sent(100.0, 100.1)])
        assert wait_before_next(100.2, limit, ledger).seconds == pytest.approx(60 / limit - 0.2)


def test_a_full_window_waits_for_its_oldest_answer():
    sent = minute_of_requests(60, took=0.0)
    oldest = sent[0].answered
    assert oldest is not None
    now = BEGINNING + 1.0
    wait = wait_before_next(now, 60, listed(sent))
    assert wait.seconds == pytest.approx(oldest + WINDOW - now)
    assert wait_before_next(now + wait.seconds + 1e-6, 60, listed(sent)) == Wait(0.0)


def test_a_window_that_is_too_full_waits_for_as_many_as_it_takes():
    """Told to wait for the oldest alone, every process would come back again and again."""
    sent = minute_of_requests(30, took=0.0)
    third = sent[2].answered
    assert third is not None
    wait = wait_before_next(BEGINNING + 3, 60, listed(sent), reserved=32 - UNSEEN_OTHERS)
    assert wait.seconds == pytest.approx(third + WINDOW - BEGINNING - 3)


def test_few_latencies_are_not_trusted():
    """After a pause one slow answer says nothing of the next."""
    few = minute_of_requests(LATENCIES_TO_TRUST - 1, took=3.0)
    enough = minute_of_requests(LATENCIES_TO_TRUST, took=3.0)
    now = BEGINNING + 8
    cautious = wait_before_next(now, len(few), listed(few)).seconds
    assert cautious == pytest.approx(few[0].answered + WINDOW - now)  # type: ignore[operator]
    trusting = wait_before_next(now, len(enough), listed(enough)).seconds
    assert trusting < enough[0].answered + WINDOW - now  # type: ignore[operator]


def test_what_others_use_is_left_to_them():
    sent = minute_of_requests(40, took=0.1)
    now = BEGINNING + 1.5
    assert wait_before_next(now, 60, listed(sent), reserved=17) == Wait(0.0)
    held = wait_before_next(now, 60, listed(sent), reserved=18)
    assert held.seconds > 0
    assert "18 of the 60" in held.reason


def test_a_program_at_its_side_is_named_from_a_tenth_of_the_limit_on():
    """`musictool check` sends one request, and is no reason for anything."""
    ledger = listed([Sent(100.0, 100.1)])
    assert wait_before_next(100.2, 60, ledger, beside=5).reason == ""
    named = wait_before_next(100.2, 60, ledger, beside=6)
    assert named == Wait(
        pytest.approx(0.8),  # type: ignore[arg-type]
        "other programs on this machine sent 6 of the 60 requests of this minute",
    )
    assert wait_before_next(101.2, 60, ledger, beside=6) == Wait(0.0)


def test_others_here_and_elsewhere_are_both_named():
    sent = minute_of_requests(40, took=0.1)
    wait = wait_before_next(BEGINNING + 0.1, 60, listed(sent), reserved=18, beside=20)
    assert wait.reason == (
        "other programs use 18 of the 60 requests a minute, and others on this machine sent 20"
    )


def test_what_others_use_elsewhere_is_no_reason_while_there_is_room():
    ledger = listed([Sent(100.0, 100.1)])
    assert wait_before_next(100.2, 60, ledger, reserved=18).reason == ""


def test_one_request_a_minute_stays_possible_whatever_others_use():
    """Or it would never be noticed that they are gone."""
    assert wait_before_next(0.0, 60, listed([]), reserved=500) == Wait(0.0)
    ledger = listed([Sent(0.0, 0.2)])
    wait = wait_before_next(1.5, 60, ledger, reserved=500)
    assert 0 < wait.seconds <= WINDOW
    assert wait_before_next(61.0, 60, ledger, reserved=500) == Wait(0.0)


def test_a_pause_holds_everything_and_says_why():
    wait = wait_before_next(100.0, 60, listed([]), paused_until=160.0)
    assert wait.seconds == 60.0
    assert "429" in wait.reason
    assert wait_before_next(160.0, 60, listed([]), paused_until=160.0) == Wait(0.0)


@pytest.mark.parametrize(
    ("in_a_row", "asked_for", "pause"),
    [
        (1, None, USUAL_PAUSE),
        (2, None, 2 * USUAL_PAUSE),
        (3, None, LONGEST_PAUSE),
        (1, 0.0, 1.0),
        (1, 5.0, 5.0),
        (2, 5.0, 10.0),
        (1, 86_400.0, LONGEST_PAUSE),
        (MOST_THROTTLES, 999_999_999.0, LONGEST_PAUSE),
        (1, -5.0, 1.0),
        (40, None, LONGEST_PAUSE),
    ],
)
def test_how_long_to_pause_after_a_429(in_a_row: int, asked_for: float | None, pause: float):
    assert pause_after_throttle(in_a_row, asked_for) == pause


REQUESTS = st.lists(
    st.tuples(st.integers(0, 1500), st.none() | st.integers(0, 100)).map(
        lambda times: Sent(times[0] / 10, None if times[1] is None else sum(times) / 10)  # type: ignore[arg-type]
    ),
    max_size=80,
)


@given(
    REQUESTS,
    st.sampled_from([1, 2, 25, 60]),
    st.integers(0, 70),
    st.integers(1600, 2600).map(lambda tenths: tenths / 10),
)
def test_who_waits_as_told_gets_a_turn(sent: list[Sent], limit: int, reserved: int, now: float):
    """A wait of nothing that is no turn, or one without end, would hang a refresh."""
    if sum(request.answered is None for request in sent) >= min(MOST_IN_FLIGHT, limit):
        sent = [request for request in sent if request.answered is not None]
    ledger = listed(sent)
    for _ in range(len(sent) + 200):
        wait = wait_before_next(now, limit, ledger, reserved=reserved)
        assert -1e-9 <= wait.seconds <= 60 / 1 + WINDOW
        if wait.seconds <= 0:
            return
        if wait.seconds == A_MOMENT:
            break  # only an answer can help
        assert now + wait.seconds > now
        now += wait.seconds
    assert ledger.in_flight() >= min(MOST_IN_FLIGHT, max(1, limit - reserved - UNSEEN_OTHERS))


@given(REQUESTS, st.sampled_from([25, 60]), st.integers(0, 70))
def test_a_turn_is_never_given_to_a_full_window(sent: list[Sent], limit: int, reserved: int):
    """Without latencies to trust: in flight, and answered within the window, below the limit."""
    now = max([each.answered or each.started for each in sent], default=0.0) + 2.5
    sent = [*sent, Sent(now - 60, now - 60)]  # a latency of nothing, so that none is trusted
    ledger = listed(sent)
    if wait_before_next(now, limit, ledger, reserved=reserved).seconds > 0:
        return
    in_flight = sum(each.answered is None for each in sent)
    lately = sum(each.answered is not None and each.answered > now - WINDOW for each in sent)
    assert in_flight < MOST_IN_FLIGHT
    assert in_flight + lately < max(1, limit - reserved)


# ---------------------------------------------------------------------------------------------
# Somebody else behind the same address
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", [on_arrival, on_response])
@pytest.mark.parametrize("latency", LATENCIES)
def test_alone_nobody_else_is_seen(moment: Moment, latency: float):
    """An own request taken for somebody else's would slow the pace, and then for ever."""
    run = simulate(always(latency), moment, requests=300)
    assert {seen for _, seen in run.seen_of_others} == {0}
    assert run.pace >= 0.98 * 60


@pytest.mark.parametrize("moment", [on_arrival, on_response])
def test_alone_nobody_else_is_seen_whatever_the_latency(moment: Moment):
    dice = random.Random(7)
    run = simulate(lambda number, now: dice.uniform(0.2, 3), moment, requests=300)
    assert {seen for _, seen in run.seen_of_others} == {0}


def others_at(per_minute: int, *, before: float = 100, during: float = 1200) -> list[float]:
    """The times of a program that asks about evenly, from long before the run."""
    dice = random.Random(per_minute)
    apart = 60 / per_minute
    count = int((before + during) / apart)
    return [BEGINNING - before + place * apart + dice.uniform(0, 0.1) for place in range(count)]


@pytest.mark.parametrize("moment", [on_arrival, on_response, None])
@pytest.mark.parametrize("latency", LATENCIES)
@pytest.mark.parametrize("per_minute", [6, 20, 40])
def test_others_are_seen_and_left_their_share(
    moment: Moment | None, latency: float, per_minute: int
):
    moment = moment or at_random(per_minute)
    run = simulate(always(latency), moment, requests=150, others=others_at(per_minute))
    settled = [seen for when, seen in run.seen_of_others if when > BEGINNING + MINUTE]
    assert all(abs(seen - per_minute) <= 4 for seen in settled)
    assert run.pace >= 0.9 * (60 - per_minute - UNSEEN_OTHERS)
    assert run.most_in_a_window() <= 62


@pytest.mark.parametrize("latency", [0.2, 0.35])
@pytest.mark.parametrize("per_minute", [6, 20, 40])
def test_with_others_no_request_is_above_the_limit(latency: float, per_minute: int):
    run = simulate(always(latency), requests=300, others=others_at(per_minute))
    assert run.over_limit == 0


def test_others_who_are_gone_are_forgotten():
    early = [BEGINNING + 10 + number for number in range(30)]
    run = simulate(always(0.35), requests=400, others=early)
    assert max(seen for _, seen in run.seen_of_others) >= 28
    late = [each.started for each in run.sent if each.started > BEGINNING + 240]
    assert pace(late) >= 0.98 * 60


def test_the_first_answer_shows_who_was_there_before():
    request = Sent(100.0, 100.3)
    ledger = listed([request])
    assert used_by_others(1, request, ledger) == 0
    assert used_by_others(41, request, ledger) == 40
    assert used_by_others(0, request, ledger) == 0


def test_own_requests_in_flight_are_own():
    """Requests that started later may reach the server before a slow one is answered."""
    slow = Sent(100.0, 103.0)
    quick = [Sent(101.0, 101.2), Sent(102.0, 102.2)]
    assert used_by_others(3, slow, listed([slow, *quick])) == 0


def test_an_own_request_a_minute_old_is_not_somebody_else():
    now = Sent(160.3, 160.6)
    assert used_by_others(2, now, listed([Sent(100.0, 100.2), now])) == 0
    later = Sent(161.3, 161.6)
    assert used_by_others(2, later, listed([Sent(100.0, 100.2), later])) == 1


# ---------------------------------------------------------------------------------------------
# The ledger in memory
# ---------------------------------------------------------------------------------------------

TIMES = st.integers(-20, 1800).map(lambda tenths: tenths / 10)


@given(REQUESTS, TIMES, TIMES)
def test_the_ledger_counts_as_one_would_by_hand(sent: list[Sent], after: float, until: float):
    """Open at the beginning, closed at the end."""
    ledger = listed(iter(sent))
    answers = sorted(each.answered for each in sent if each.answered is not None)
    later = [each for each in answers if each > after]
    assert ledger.last_start() == max((each.started for each in sent), default=None)
    assert ledger.in_flight() == sum(each.answered is None for each in sent)
    if after <= until:
        assert ledger.starts(after, until) == sum(after < each.started <= until for each in sent)
        assert ledger.answers(after, until) == sum(after < each <= until for each in answers)
    assert [ledger.nth_answer(after, place) for place in range(len(later))] == later
    took = [
        each.answered - each.started
        for each in sent
        if each.answered is not None and each.answered > after
    ]
    assert ledger.latencies(after) == (len(took), min(took) if took else 0.0)


@given(REQUESTS, TIMES, TIMES)
def test_the_ledger_of_the_simulation_counts_alike(sent: list[Sent], after: float, until: float):
    """What is proved with the quick ledger holds for the plain one."""
    plain: Ledger = listed(sent)
    quick = KeptRequests()
    for each in sorted(sent, key=lambda each: each.started):
        quick.start(each.started)
    for each in sorted(
        (each for each in sent if each.answered is not None), key=lambda each: each.answered or 0
    ):
        assert each.answered is not None
        quick.answer(each.started, each.answered)
    for question in (
        lambda ledger: ledger.last_start(),
        lambda ledger: ledger.in_flight(),
        lambda ledger: ledger.starts(after, until),
        lambda ledger: ledger.answers(after, until),
        lambda ledger: ledger.latencies(after),
    ):
        assert question(quick) == question(plain)
