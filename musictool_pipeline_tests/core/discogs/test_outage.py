"""One release's bad luck against a network that is down, second by second."""

from __future__ import annotations

import random

from musictool_pipeline.core.discogs.outage import (
    FAILURES_OF_AN_OUTAGE,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    MOST_GIVEN_UP_IN_A_ROW,
    PATIENCE,
    Outage,
)

NOW = 1000.0


def failing(outage: Outage, times: int, now: float = NOW, *, reached: bool = False) -> Outage:
    for _ in range(times):
        outage.failed(now, reached=reached)
    return outage


def once_reached() -> Outage:
    outage = Outage()
    outage.got_through()
    return outage


def test_nothing_has_happened():
    outage = Outage()
    assert not outage.under_way
    assert outage.pause(NOW) == 0
    assert not outage.is_hopeless(NOW)


def test_a_few_failures_are_bad_luck():
    outage = failing(Outage(), FAILURES_OF_AN_OUTAGE - 1)
    assert not outage.under_way
    assert outage.pause(NOW) == 0
    assert not outage.is_hopeless(NOW + 10 * PATIENCE)


def test_failures_in_a_row_are_an_outage():
    outage = failing(Outage(), FAILURES_OF_AN_OUTAGE)
    assert outage.under_way
    assert outage.pause(NOW) == FIRST_PAUSE
    assert outage.pause(NOW + 2) == FIRST_PAUSE - 2
    assert outage.pause(NOW + FIRST_PAUSE) == 0
    assert outage.pause(NOW + 10 * FIRST_PAUSE) == 0


def test_one_success_ends_it():
    outage = failing(Outage(), 3 * FAILURES_OF_AN_OUTAGE)
    outage.got_through()
    assert not outage.under_way
    assert outage.pause(NOW) == 0
    failing(outage, FAILURES_OF_AN_OUTAGE - 1)
    assert not outage.under_way


def test_failures_of_requests_under_way_do_not_lengthen_the_pause():
    """Four workers fail together; that is one sign of an outage and not four."""
    outage = failing(Outage(), FAILURES_OF_AN_OUTAGE)
    failing(outage, 3, NOW + 0.5)
    assert outage.pause(NOW + 0.5) == FIRST_PAUSE - 0.5


def test_pauses_double_up_to_a_minute():
    outage = failing(Outage(), FAILURES_OF_AN_OUTAGE - 1)
    now, pauses = NOW, []
    for _ in range(6):
        outage.failed(now, reached=False)
        pauses.append(outage.pause(now))
        now += pauses[-1]
    assert pauses == [5, 10, 20, 40, LONGEST_PAUSE, LONGEST_PAUSE]


def test_the_next_outage_begins_with_a_short_pause():
    outage = failing(Outage(), FAILURES_OF_AN_OUTAGE)
    failing(outage, 1, NOW + FIRST_PAUSE)
    outage.got_through()
    later = NOW + 1000
    assert failing(outage, FAILURES_OF_AN_OUTAGE, later).pause(later) == FIRST_PAUSE


def test_the_next_outage_begins_with_a_short_pause_even_soon_after():
    outage = failing(Outage(), FAILURES_OF_AN_OUTAGE)
    now = NOW
    for _ in range(4):
        now += outage.pause(now)
        outage.failed(now, reached=False)
    outage.got_through()  # the answer to a request that was under way
    assert failing(outage, FAILURES_OF_AN_OUTAGE, now + 1).pause(now + 1) == FIRST_PAUSE


def test_where_nobody_was_ever_reached_there_is_no_hope():
    """A wrong address must not keep a user waiting for ten minutes."""
    assert failing(Outage(), FAILURES_OF_AN_OUTAGE).is_hopeless(NOW)


def test_a_server_that_answers_badly_is_no_outage():
    """A release that is always 503 must be left for the next time, not waited for."""
    outage = failing(Outage(), 10 * FAILURES_OF_AN_OUTAGE, reached=True)
    assert not outage.under_way
    assert outage.pause(NOW) == 0
    assert not outage.is_hopeless(NOW + 10 * PATIENCE)


def test_a_bad_answer_ends_an_outage_and_gives_ten_minutes_to_the_next():
    """A 503 is an answer: the address is right, and a network comes back."""
    outage = failing(Outage(), FAILURES_OF_AN_OUTAGE - 1)
    outage.failed(NOW, reached=True)
    failing(outage, FAILURES_OF_AN_OUTAGE)
    assert not outage.is_hopeless(NOW + PATIENCE)
    assert outage.is_hopeless(NOW + PATIENCE + 0.1)


def test_release_after_release_given_up_is_hopeless():
    """A service that is down for the night must not be asked 2,400 times."""
    outage = once_reached()
    for _ in range(MOST_GIVEN_UP_IN_A_ROW - 1):
        outage.gave_up()
    assert not outage.is_hopeless(NOW)
    outage.got_through()
    for _ in range(MOST_GIVEN_UP_IN_A_ROW):
        assert not outage.is_hopeless(NOW)
        outage.gave_up()
    assert outage.is_hopeless(NOW)


def test_an_answer_before_the_outage_gives_ten_minutes_too():
    outage = once_reached()
    failing(outage, FAILURES_OF_AN_OUTAGE)
    assert not outage.is_hopeless(NOW + PATIENCE)
    assert outage.is_hopeless(NOW + PATIENCE + 0.1)


def test_the_ten_minutes_begin_with_the_first_failure_of_this_outage():
    outage = failing(Outage(), FAILURES_OF_AN_OUTAGE)
    outage.got_through()
    failing(outage, FAILURES_OF_AN_OUTAGE, NOW + 2 * PATIENCE)
    assert not outage.is_hopeless(NOW + 3 * PATIENCE)
    assert outage.is_hopeless(NOW + 3 * PATIENCE + 0.1)


def test_a_service_that_fails_at_random_is_never_paused_for_nor_hopeless():
    """60 in 100 answers fail: a refresh goes on, and loses no time to pauses."""
    dice = random.Random(1)
    outage = once_reached()
    for number in range(20_000):
        attempts = 0
        while attempts < 4 and dice.random() < 0.6:
            outage.failed(float(number), reached=True)
            attempts += 1
        if attempts == 4:
            outage.gave_up()
        else:
            outage.got_through()
        assert outage.pause(float(number)) == 0
        assert not outage.is_hopeless(float(number))


def test_a_network_that_comes_back_after_five_minutes_loses_little():
    outage, now, attempts = Outage(), 0.0, 0
    outage.got_through()
    while now < 300:
        now += max(1.0, outage.pause(now))
        assert not outage.is_hopeless(now)
        if now >= 300:
            outage.got_through()
        else:
            outage.failed(now, reached=False)
            attempts += 1
    assert now <= 300 + LONGEST_PAUSE
    assert attempts < 30
    assert outage.pause(now) == 0
