"""The numbers that a user watches: they must be right, and never in the way."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.core.progress import (
    BOOKING,
    JUDGING,
    MOST_RECENT,
    RATE_WINDOW,
    ExpandedRelease,
    Progress,
    ProgressMeter,
    duration,
    judging_line,
    progress_line,
)

START = 1_700_000_000.0


def release(release_id: int = 1, tracks: int = 8) -> ExpandedRelease:
    return ExpandedRelease(release_id, "Röyk Sender", "Tonträger", tracks)


def meter(total: int = 600, cached: int = 0) -> ProgressMeter:
    return ProgressMeter(total, cached, START)


# ---------------------------------------------------------------------------------------------
# Counting
# ---------------------------------------------------------------------------------------------


def test_before_anything_has_happened():
    look = meter(600, cached=40).look(START)
    assert (look.total, look.cached, look.done, look.percentage) == (600, 40, 0, 0.0)
    assert (look.rate_per_minute, look.eta_seconds) == (None, None)
    assert (look.started_at, look.updated_at, look.finished) == (START, START, False)


def test_nothing_to_fetch_is_all_of_it():
    """A refresh with everything in the cache is done, and divides by nothing."""
    look = meter(0, cached=600).look(START)
    assert look.percentage == 100.0
    assert look.eta_seconds == 0.0
    assert progress_line(look) == "nothing to fetch"


def test_tracks_that_are_compared_have_a_rate_and_an_end():
    look = Progress(
        stage=JUDGING, judged=3_000, to_judge=9_000, judging_since=START, updated_at=START + 60
    )
    line = "3,000 of 9,000 tracks compared, 3,000 a minute, 2 min left"
    assert progress_line(look) == judging_line(look) == line
    assert judging_line(Progress(to_judge=9)) == "0 of 9 tracks compared"


def test_cached_tracklists_that_are_noted_in_dagster_are_counted():
    """Thousands of them take minutes, in which there is nothing to fetch."""
    look = Progress(stage=BOOKING, booked=3_000, to_book=9_000)
    assert progress_line(look) == "3,000 of 9,000 cached tracklists noted in Dagster"


def test_every_kind_of_outcome_counts_as_done():
    at = START + 30
    counting = meter(10)
    counting.fetched(release(1, 8), at)
    counting.fetched(release(2, 12), at, tracks_before=10)
    counting.unavailable(at)
    counting.failed("HTTP 503 Service Unavailable", at)
    counting.failed("empty answer", at)
    counting.failed("empty answer", at)
    look = counting.look(at)
    assert (look.done, look.fetched, look.unavailable, look.failed) == (6, 2, 1, 3)
    assert look.percentage == 60.0
    assert (look.tracks, look.new_tracks) == (20, 10)
    assert list(look.failures.items()) == [
        ("empty answer", 2),
        ("HTTP 503 Service Unavailable", 1),
    ]


def test_a_shorter_tracklist_than_before_takes_tracks_away():
    counting = meter()
    counting.fetched(release(1, 3), START + 1, tracks_before=10)
    assert counting.look(START + 2).new_tracks == -7


def test_what_another_process_fetched_is_neither_done_nor_left():
    """Else two refreshes side by side would both stand at half for ever."""
    counting = meter(2, cached=5)
    counting.already_there()
    counting.fetched(release(), START + 1)
    look = counting.look(START + 2)
    assert (look.total, look.cached, look.done, look.percentage) == (1, 6, 1, 100.0)
    assert look.eta_seconds == 0.0


def test_all_of_it_by_another_process():
    counting = meter(1)
    counting.already_there()
    look = counting.look(START + 2)
    assert (look.total, look.percentage, look.eta_seconds) == (0, 100.0, 0.0)


def test_the_latest_come_first_and_only_a_few():
    counting = meter()
    for number in range(1, 20):
        counting.fetched(release(number), START + number)
    recent = counting.look(START + 20).recent
    assert [each.release_id for each in recent] == list(range(19, 19 - MOST_RECENT, -1))


def test_a_look_is_a_value_that_later_events_leave_alone():
    counting = meter()
    counting.failed("x", START + 1)
    look = counting.look(START + 2)
    counting.failed("x", START + 3)
    counting.fetched(release(), START + 3)
    assert (look.failed, dict(look.failures), look.recent) == (1, {"x": 1}, ())


# ---------------------------------------------------------------------------------------------
# Rates and estimates
# ---------------------------------------------------------------------------------------------


def after_seconds(seconds: int, *, total: int = 6000, start_at: int = 1) -> ProgressMeter:
    """One release each second, from `start_at` on."""
    counting = meter(total)
    for second in range(start_at, seconds + 1):
        counting.fetched(release(second), START + second)
    return counting


@pytest.mark.parametrize("seconds", [60, 299, 300, 301, 1000])
def test_one_a_second_is_sixty_a_minute(seconds: int):
    look = after_seconds(seconds).look(START + seconds)
    assert look.rate_per_minute == pytest.approx(60.0, rel=0.01)
    assert look.eta_seconds == pytest.approx(6000 - seconds, rel=0.01)


def test_the_rate_is_that_of_the_last_five_minutes():
    """An hour at full pace must not hide that the server has become slow since."""
    counting = after_seconds(3000)
    for place in range(1, 11):
        counting.fetched(release(), START + 3000 + 30 * place)
    look = counting.look(START + 3300)
    assert look.rate_per_minute == pytest.approx(2.0)


def test_the_rate_sinks_while_nothing_comes():
    counting = after_seconds(600)
    rates = [counting.look(START + 600 + wait).rate_per_minute for wait in (0, 100, 200, 299)]
    assert all(rate is not None for rate in rates)
    assert rates == sorted(rates, reverse=True)  # type: ignore[type-var]
    assert rates[1] == pytest.approx(40.0, rel=0.02)


def test_after_five_minutes_of_nothing_there_is_no_estimate():
    look = after_seconds(600).look(START + 600 + RATE_WINDOW)
    assert (look.rate_per_minute, look.eta_seconds) == (None, None)


def test_failures_count_for_the_pace():
    """They take as long as any other request."""
    counting = meter(100)
    for second in range(1, 61):
        counting.failed("x", START + second)
    assert counting.look(START + 60).rate_per_minute == pytest.approx(60.0)


@pytest.mark.parametrize("now", [START, START - 3600])
def test_a_clock_that_stands_still_or_goes_back(now: float):
    """The clock is the wall's: it can be set while a refresh runs."""
    counting = meter(10)
    counting.fetched(release(), now)
    look = counting.look(now)
    assert (look.rate_per_minute, look.eta_seconds) == (None, None)
    assert progress_line(look) == "1/10 releases (10.0 %), 8 tracks"


def test_done_takes_no_more_time():
    look = after_seconds(60, total=60).look(START + 60)
    assert look.eta_seconds == 0.0
    assert "left" not in progress_line(look)


@given(
    st.integers(0, 60),
    st.lists(
        st.tuples(st.sampled_from("fugc"), st.integers(0, 400).map(float), st.integers(0, 9)),
        max_size=60,
    ),
)
def test_the_numbers_always_add_up(extra: int, events: list[tuple[str, float, int]]):
    counting = meter(len(events) + extra)
    now = START
    for kind, pause, tracks in events:
        now += pause
        match kind:
            case "f":
                counting.fetched(release(1, tracks), now)
            case "u":
                counting.unavailable(now)
            case "g":
                counting.failed("x", now)
            case _:
                counting.already_there()
        look = counting.look(now)
        assert look.done == look.fetched + look.unavailable + look.failed
        assert look.done <= look.total
        assert look.total + look.cached == len(events) + extra
        assert 0 <= look.percentage <= 100
        assert look.eta_seconds is None or look.eta_seconds >= 0
        assert look.rate_per_minute is None or look.rate_per_minute > 0
        json.dumps(look.as_json(), allow_nan=False)
    assert counting.look(now).done == sum(kind != "c" for kind, _, _ in events)


# ---------------------------------------------------------------------------------------------
# To a file and back
# ---------------------------------------------------------------------------------------------


def full() -> Progress:
    return Progress(
        run_id="0f",
        process="42",
        stage="fetching",
        started_at=START,
        updated_at=START + 5,
        finished=True,
        total=3,
        cached=1,
        done=2,
        fetched=1,
        failed=1,
        tracks=8,
        new_tracks=8,
        requests=5,
        throttled=1,
        rate_per_minute=24.0,
        eta_seconds=2.5,
        waiting="w",
        stopped="s",
        recent=(release(2), ExpandedRelease(1, None, None, 0)),
        failures={"empty answer": 1},
    )


@pytest.mark.parametrize("progress", [Progress(), full()])
def test_from_json_reads_what_as_json_wrote(progress: Progress):
    assert Progress.from_json(json.loads(json.dumps(progress.as_json()))) == progress


def test_as_json_holds_the_percentage_for_scripts():
    assert full().as_json()["percentage"] == 66.7


def test_an_older_file_has_fewer_names_and_a_newer_one_more():
    assert Progress.from_json({}) == Progress()
    assert Progress.from_json({"done": 5, "total": 10, "moons": 2}) == Progress(done=5, total=10)


def test_a_newer_file_may_say_more_of_a_release():
    entry = {"release_id": 1, "artist": None, "title": None, "tracks": 8, "label": "new"}
    assert Progress.from_json({"recent": [entry]}).recent[0].tracks == 8


@pytest.mark.parametrize(
    "damaged",
    [
        '{"started_at": NaN}',
        '{"started_at": -1e300}',
        '{"updated_at": 1000000000000000000000000000000}',
        '{"eta_seconds": Infinity}',
        '{"failures": {"empty answer": "many"}}',
        '{"recent": [{"release_id": 1, "artist": null, "title": null, "tracks": null}]}',
        '{"recent": [{"release_id": 1, "artist": 5, "title": null, "tracks": 5}]}',
        '{"recent": [7]}',
    ],
)
def test_what_could_not_be_shown_is_no_progress(damaged: str):
    """`status` ended with a traceback."""
    with pytest.raises((TypeError, KeyError, ValueError)):
        Progress.from_json(json.loads(damaged))


# ---------------------------------------------------------------------------------------------
# In words
# ---------------------------------------------------------------------------------------------


def test_a_line_in_full():
    progress = Progress(
        total=600,
        done=120,
        tracks=1043,
        rate_per_minute=59.1,
        eta_seconds=487.0,
        failed=3,
        waiting="Discogs asked to pause (429)",
    )
    assert progress_line(progress) == (
        "120/600 releases (20.0 %), 1,043 tracks, 59.1 a minute, 8 min left, 3 failed, "
        "Discogs asked to pause (429)"
    )


def test_a_hundred_per_cent_is_when_all_is_done():
    """A script that waits for it would go on too early."""
    nearly = Progress(total=10_000, done=9_999)
    assert nearly.as_json()["percentage"] < 100
    assert "100.0 %" not in progress_line(nearly)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (45.4, "45 s"),
        (89.4, "89 s"),
        (90, "2 min"),
        (600, "10 min"),
        (89 * 60, "89 min"),
        (90 * 60, "1 h 30 min"),
        (3 * 3600 + 299, "3 h 5 min"),
        (100 * 3600, "100 h 0 min"),
    ],
)
def test_a_duration_in_words(seconds: float, text: str):
    assert duration(seconds) == text
