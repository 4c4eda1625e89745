"""What a refresh fetches, in which order, and what it leaves for another night."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.core.discogs.refresh_plan import RefreshPlan, dump_is_quicker, plan_refresh

NOW = datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def plan(
    wanted: list[int],
    ages: dict[int, float] | None = None,
    failed: dict[int, float] | None = None,
    *,
    refetch_days: int = 90,
    refetch_at_most: int = 200,
    limit: int | None = None,
) -> RefreshPlan:
    """The plan, given how many days old each cached answer is, and each latest try that failed."""
    fetched_at = {release_id: days_ago(age) for release_id, age in (ages or {}).items()}
    failed_at = {release_id: days_ago(age) for release_id, age in (failed or {}).items()}
    return plan_refresh(
        wanted,
        fetched_at,
        NOW,
        refetch_days=refetch_days,
        refetch_at_most=refetch_at_most,
        failed_at=failed_at,
        limit=limit,
    )


def test_an_empty_collection_needs_nothing():
    nothing = plan([])
    assert nothing == RefreshPlan((), (), 0, 0)
    assert nothing.to_fetch == ()
    assert nothing.minutes(60) == 0


def test_what_is_not_there_is_fetched_in_the_order_of_the_collection():
    assert plan([30, 10, 20, 10, 30]).to_fetch == (30, 10, 20)


def test_wanted_may_be_read_once():
    found = plan_refresh(iter([3, 1, 3]), {}, NOW, refetch_days=90, refetch_at_most=1)
    assert found.missing == (3, 1)


def with_wantlist(
    collection: list[int], wantlist: list[int], ages: dict[int, float], **options: int | None
) -> RefreshPlan:
    fetched_at = {rid: days_ago(age) for rid, age in ages.items()}
    budget = {"refetch_days": 90, "refetch_at_most": 200, "limit": None, **options}
    return plan_refresh(collection, fetched_at, NOW, wantlist=wantlist, **budget)  # pyright: ignore[reportArgumentType]


def test_the_collection_comes_first_whatever_it_needs():
    """Also what is old of the collection comes before what is new on the wantlist."""
    found = with_wantlist([1, 2], [9, 8], {1: 100})
    assert found.to_fetch == (2, 1, 9, 8)
    assert (found.of_collection, found.wanted) == ((2, 1), (9, 8))


def test_the_wantlist_gets_what_the_collection_leaves_of_the_budget():
    found = with_wantlist([1, 2], [9, 8], {}, limit=3)
    assert (found.wanted, found.postponed, found.wanted_postponed) == ((9,), 0, 1)
    assert with_wantlist([1, 2], [9, 8], {}, limit=1).wanted == ()
    old: dict[int, float] = {1: 100, 8: 100, 9: 100}
    assert with_wantlist([1], [9, 8], old, refetch_at_most=2).to_fetch == (1, 8)


def test_a_release_on_both_lists_is_the_collections():
    found = with_wantlist([1, 2], [2, 9, 9], {2: 1})
    assert (found.of_collection, found.wanted, found.fresh) == ((1,), (9,), 1)


def test_a_wantlist_changes_no_count_of_the_collection():
    ages = {1: 1.0, 2: 100.0, 8: 1.0}
    without, beside = with_wantlist([1, 2, 3], [], ages), with_wantlist([1, 2, 3], [8, 9], ages)
    assert replace(beside, wanted=()) == without
    assert beside.requests == without.requests + 1


def test_a_plan_is_done_if_neither_list_needs_anything():
    assert with_wantlist([1], [8], {1: 1, 8: 1}).is_done
    assert not with_wantlist([1], [8], {1: 1}).is_done
    assert not with_wantlist([1], [8], {1: 1}, limit=0).is_done


def test_what_is_there_is_not_fetched_again():
    """An answer in the cache is never asked for again before its time."""
    assert plan([1, 2, 3], {1: 0, 2: 89.9}) == RefreshPlan((3,), (), fresh=2)


def test_what_left_the_collection_is_left_alone():
    assert plan([1], {1: 1, 2: 500, 3: 1}) == RefreshPlan((), (), fresh=1)


def test_old_answers_are_fetched_anew_oldest_first():
    found = plan([1, 2, 3, 4], {1: 91, 2: 400, 3: 200, 4: 5})
    assert found.stale == (2, 3, 1)
    assert found.fresh == 1


def test_answers_of_one_age_go_by_their_id():
    """The order must not hang on how the cache folder happens to be listed."""
    assert plan([9, 3, 7], {7: 100, 9: 100, 3: 100}).stale == (3, 7, 9)


def test_an_answer_of_exactly_that_age_is_not_older():
    assert plan([1], {1: 90}).stale == ()
    assert plan([1], {1: 90.0001}).stale == (1,)


def test_zero_days_is_never():
    assert plan([1, 2], {1: 10_000}, refetch_days=0) == RefreshPlan((2,), (), fresh=1)


@pytest.mark.parametrize("refetch_days", [1_000_000, 10**12])
def test_a_million_days_is_never_too(refetch_days: int):
    assert plan([1], {1: 10_000}, refetch_days=refetch_days).fresh == 1


def test_an_answer_of_the_future_is_fresh():
    """The clock was wrong, once."""
    assert plan([1], {1: -400}).fresh == 1


def test_new_ones_come_before_old_ones():
    assert plan([1, 2, 3], {1: 400, 3: 500}).to_fetch == (2, 3, 1)


def test_the_nightly_budget_is_for_old_ones_alone():
    ages = {number: 100.0 + number for number in range(10)}
    found = plan(list(range(20)), ages, refetch_at_most=3)
    assert found.missing == tuple(range(10, 20))
    assert found.stale == (9, 8, 7)
    assert (found.fresh, found.postponed) == (0, 7)


def test_a_budget_of_nothing_fetches_nothing_anew():
    assert plan([1, 2], {1: 400}, refetch_at_most=0) == RefreshPlan((2,), (), 0, 1)


@pytest.mark.parametrize(
    ("limit", "missing", "stale", "postponed"),
    [
        (0, (), (), 4),
        (1, (1,), (), 3),
        (2, (1, 2), (), 2),
        (3, (1, 2), (4,), 1),
        (4, (1, 2), (4, 3), 0),
        (99, (1, 2), (4, 3), 0),
        (None, (1, 2), (4, 3), 0),
    ],
)
def test_the_limit_caps_all_requests_together(
    limit: int | None, missing: tuple[int, ...], stale: tuple[int, ...], postponed: int
):
    found = plan([1, 2, 3, 4, 5], {3: 100, 4: 200, 5: 1}, limit=limit)
    assert found == RefreshPlan(missing, stale, 1, postponed)


def test_what_failed_comes_after_what_was_never_tried():
    """Thirty bad ones at the head would else be taken for an outage before the other seventy were
    asked for, at every refresh."""
    bad = dict.fromkeys(range(30), 1.0)
    found = plan(list(range(100)), failed=bad)
    assert found.to_fetch == (*range(30, 100), *range(30))
    assert (found.missing, found.failed) == (tuple(range(30, 100)), tuple(range(30)))


def test_of_what_failed_the_longest_not_tried_comes_first():
    """After a night's outage those that fail each time stand before those that fell to it."""
    assert plan([1, 2, 3, 4], failed={1: 1, 2: 1, 3: 2, 4: 9}).to_fetch == (4, 3, 1, 2)


def test_a_limit_asks_for_others_each_time():
    failed: dict[int, float] = {}
    asked: list[int] = []
    for night in range(10):
        tonight = plan(list(range(6)), failed=failed, limit=3).to_fetch
        failed |= dict.fromkeys(tonight, -night)
        asked += tonight
    assert asked == [0, 1, 2, 3, 4, 5] * 5


def test_what_failed_and_what_is_old_take_turns():
    """Neither keeps the other from being asked for, however many there are."""
    found = plan([1, 2, 3, 4, 5, 6], {4: 200, 5: 300, 6: 400}, {1: 2, 2: 1})
    assert found.to_fetch == (3, 1, 6, 2, 5, 4)
    limited = plan([1, 2, 3, 4, 5, 6], {4: 200, 5: 300, 6: 400}, {1: 2, 2: 1}, limit=3)
    assert limited == RefreshPlan((3,), (6,), 0, 3, failed=(1,))
    assert limited.to_fetch == (3, 1, 6)


def test_what_could_not_be_fetched_anew_comes_after_the_other_old_ones():
    """Two hundred of them would else use up the nightly budget each night."""
    found = plan([1, 2, 3], {1: 400, 2: 300, 3: 200}, {1: 1, 2: 5}, refetch_at_most=2)
    assert found.stale == (3, 2)
    assert (found.failed, found.postponed) == ((), 1)


def test_a_failure_of_what_needs_nothing_changes_nothing():
    assert plan([1, 2], {1: 5}, {1: 1, 7: 1}) == RefreshPlan((2,), (), fresh=1)


@pytest.mark.parametrize(
    ("count", "pace", "minutes"),
    [(0, 60, 0), (1, 60, 1), (60, 60, 1), (61, 60, 2), (600, 25, 24), (1, 1, 1)],
)
def test_minutes_are_rounded_up(count: int, pace: int, minutes: int):
    assert RefreshPlan(tuple(range(count)), (), 0).minutes(pace) == minutes


def test_old_ones_take_their_minutes_too():
    assert RefreshPlan((1,), (2, 3), 0).minutes(1) == 3


@given(
    st.lists(st.integers(1, 30), max_size=40),
    st.dictionaries(st.integers(1, 30), st.integers(-10, 400), max_size=30),
    st.dictionaries(st.integers(1, 30), st.integers(-10, 400), max_size=30),
    st.integers(0, 200),
    st.integers(0, 10),
    st.none() | st.integers(0, 40),
)
def test_every_release_is_counted_once(
    wanted: list[int],
    ages: dict[int, float],
    failed: dict[int, float],
    refetch_days: int,
    at_most: int,
    limit: int | None,
):
    """Fetched now, later, or not needed: none is lost, and none is asked for twice."""
    found = plan(
        wanted, ages, failed, refetch_days=refetch_days, refetch_at_most=at_most, limit=limit
    )
    assert len(found.to_fetch) + found.fresh + found.postponed == len(set(wanted))
    assert len(set(found.to_fetch)) == len(found.to_fetch)
    assert set(found.to_fetch) <= set(wanted)
    assert not set(found.missing + found.failed) & set(ages)
    assert not set(found.missing) & set(failed)
    assert set(found.failed) <= set(failed)
    assert set(found.stale) <= set(ages)
    assert len(found.stale) <= at_most
    assert limit is None or len(found.to_fetch) <= limit
    tried = [failed.get(each, ages[each]) for each in found.stale]
    assert tried == sorted(tried, reverse=True)
    if limit is None:
        assert set(found.missing + found.failed) == set(wanted) - set(ages)


def test_reading_the_collection_counts_as_requests_and_minutes() -> None:
    plan = RefreshPlan(missing=(1, 2), stale=(3,), fresh=0, collection_requests=34)
    assert plan.requests == 37
    assert plan.minutes(36) == 2
    assert not plan.is_of_unknown_size


def test_before_a_collection_was_read_nothing_can_be_said() -> None:
    assert RefreshPlan((), (), 0, collection_requests=3).is_of_unknown_size
    assert not RefreshPlan((), (), 0).is_of_unknown_size
    assert not RefreshPlan((), (), 5, collection_requests=3).is_of_unknown_size


def test_a_dump_is_read_where_that_is_quicker_than_asking():
    """Else a night with one new record would read 11 GB for it."""
    whole = 11_000_000_000
    assert not dump_is_quicker(0, dump_bytes=whole, requests_per_minute=60)
    assert not dump_is_quicker(400, dump_bytes=whole, requests_per_minute=60)
    assert dump_is_quicker(500, dump_bytes=whole, requests_per_minute=60)
    assert dump_is_quicker(200, dump_bytes=11_000_000_000, requests_per_minute=25)
    assert not dump_is_quicker(0, dump_bytes=1_000, requests_per_minute=25)
    assert dump_is_quicker(1, dump_bytes=1_000, requests_per_minute=25)
