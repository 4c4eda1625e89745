"""Which wait is shown, and in which words."""

from __future__ import annotations

import pytest

from musictool_pipeline.core.discogs.waiting import Wait, most_telling, waiting_line

PAUSE = "Discogs asked to pause (429)"


def test_nobody_waits_for_anything_worth_telling():
    assert most_telling([]) == Wait(0.0)
    assert most_telling([Wait(5.0), Wait(0.4)]) == Wait(0.0)


def test_the_reason_that_most_share_is_told_until_the_first_goes_on():
    waits = [Wait(7.0, "trying again"), Wait(40.0, PAUSE), Wait(39.0, PAUSE), Wait(1.0)]
    assert most_telling(waits) == Wait(39.0, PAUSE)


def test_of_two_reasons_the_longer_wait_is_told():
    """The shorter one is over before it was read."""
    assert most_telling([Wait(2.0, "trying again"), Wait(40.0, PAUSE)]) == Wait(40.0, PAUSE)
    assert most_telling([Wait(40.0, PAUSE), Wait(2.0, "trying again")]) == Wait(40.0, PAUSE)


@pytest.mark.parametrize(
    ("until", "line"),
    [
        (143.4, f"{PAUSE}; next try in 43 s"),
        (220.0, f"{PAUSE}; next try in 120 s"),
        (102.0, f"{PAUSE}; next try in 2 s"),
        (101.9, PAUSE),
        (90.0, PAUSE),
        (None, PAUSE),
    ],
)
def test_the_words(until: float | None, line: str):
    assert waiting_line(PAUSE, until, now=100.0) == line


def test_without_a_reason_there_are_no_words():
    assert waiting_line("", 143.0, now=100.0) == ""
