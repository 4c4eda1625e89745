"""Whatever the network does, what was fetched is kept, and nothing is asked for twice."""

from __future__ import annotations

import errno
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from musictool_pipeline.core.discogs import outage, pace
from musictool_pipeline.core.discogs.answers import TryLater
from musictool_pipeline.core.discogs.waiting import Wait
from musictool_pipeline.discogs import fetching
from musictool_pipeline.discogs.api import DiscogsApi, OnWait, RequestCounts
from musictool_pipeline.discogs.budget import RequestBudget
from musictool_pipeline.discogs.cache import (
    CLAIM_SLOTS,
    FETCHED,
    UNAVAILABLE,
    CachedAnswer,
    TracklistCache,
)
from musictool_pipeline.discogs.fetching import (
    MOST_ATTEMPTS,
    AlreadyThere,
    Failed,
    Fetched,
    Heartbeat,
    Outcome,
    TracklistFetcher,
)
from musictool_pipeline.errors import AccessRefused, StorageError, Throttled, Unreachable
from musictool_pipeline.settings import Secret
from musictool_pipeline_tests.request_judges import requests_per_release
from musictool_pipeline_tests.stand_in.fault_plan import FaultPlan
from musictool_pipeline_tests.stand_in.faults import fault_named, faults_named
from musictool_pipeline_tests.stand_in.server import StandIn
from musictool_pipeline_tests.surroundings import StartProcess

LIMIT = 60_000
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
IDS = list(range(1, 41))


def releases(release_id: int) -> bytes | None:
    return json.dumps({"id": release_id, "tracklist": []}).encode() if release_id < 900 else None


def stand_in(script: Mapping[int, str] | None = None, **options: Any) -> StandIn:
    """Answers every release below 900. `script`: for an id, its faults one after the other, with
    `ok` for a good answer."""
    plan = FaultPlan(
        script={
            release_id: [None if name == "ok" else fault_named(name) for name in names.split()]
            for release_id, names in (script or {}).items()
        }
    )
    return StandIn(releases, **{"limit": LIMIT, "faults": plan, **options})


@pytest.fixture
def cache(tmp_path: Path) -> TracklistCache:
    return TracklistCache(tmp_path / "cache")


class Fetching:
    """Fetchers on one cache and one budget that never wait between attempts."""

    def __init__(self, cache: TracklistCache) -> None:
        self.cache = cache
        self.budget_path = cache.folder.parent / "budget.sqlite"

    def from_url(
        self,
        url: str,
        asked_at: Mapping[int, datetime] | None = None,
        jitter: float = -0.5,
    ) -> TracklistFetcher:
        def make_api(stop: threading.Event, on_wait: OnWait) -> DiscogsApi:
            budget = RequestBudget(self.budget_path, LIMIT)
            return DiscogsApi(url, Secret("token"), budget, stop, on_wait)

        return TracklistFetcher(make_api, self.cache, asked_at or {}, jitter=lambda: jitter)

    def run(
        self,
        server: StandIn,
        release_ids: Sequence[int],
        asked_at: Mapping[int, datetime] | None = None,
    ) -> dict[int, Outcome]:
        """The outcome of each release; that each has one only is asserted."""
        return outcomes(self.from_url(server.url, asked_at).run(release_ids))


def outcomes(run: Iterator[Outcome | Heartbeat]) -> dict[int, Outcome]:
    found: dict[int, Outcome] = {}
    for outcome in run:
        if not isinstance(outcome, Heartbeat):
            assert outcome.release_id not in found
            found[outcome.release_id] = outcome
    return found


@pytest.fixture
def fetch(cache: TracklistCache) -> Fetching:
    return Fetching(cache)


def old_answer(cache: TracklistCache, release_id: int = 7, status: str = FETCHED) -> CachedAnswer:
    return cache.write(release_id, b'{"id":7,"old":1}', status=status, fetched_at=LONG_AGO)


# ------------------------------------------------------------------ outcomes


def test_everything_is_fetched_once_and_kept(fetch: Fetching, cache: TracklistCache) -> None:
    with stand_in() as server:
        found = fetch.run(server, IDS)
        assert requests_per_release(server.requests) == Counter(IDS)
    assert found.keys() == set(IDS)
    for release_id, outcome in found.items():
        assert isinstance(outcome, Fetched)
        assert outcome.cached == cache.read(release_id)
        assert outcome.cached.answer == releases(release_id)
        assert (outcome.cached.status, outcome.cached.requests) == (FETCHED, 1)
        assert outcome.previous is None
        assert outcome.seconds >= 0


def test_workers_do_not_run_far_ahead_of_whoever_reads(
    fetch: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a collection waited in memory, fetched and not yet told to Dagster."""
    monkeypatch.setattr(fetching, "MOST_UNREAD", 5)
    with stand_in() as server:
        run = fetch.from_url(server.url).run(IDS)
        first = next(run)
        time.sleep(1.0)
        assert server.arrived <= 1 + 5 + pace.MOST_IN_FLIGHT
        rest = outcomes(run)
    assert not isinstance(first, Heartbeat)
    assert {first.release_id, *rest} == set(IDS)


def test_what_is_handed_out_is_on_the_disk(fetch: Fetching, cache: TracklistCache) -> None:
    with stand_in() as server:
        for outcome in fetch.from_url(server.url).run(IDS[:10]):
            assert not isinstance(outcome, Heartbeat)
            assert cache.read(outcome.release_id) is not None


def test_nothing_to_do_asks_nobody(fetch: Fetching, cache: TracklistCache) -> None:
    with stand_in() as server:
        assert fetch.run(server, []) == {}
        assert server.arrived == 0
    assert not cache.folder.exists()


def test_gone_is_kept_as_gone(fetch: Fetching, cache: TracklistCache) -> None:
    with stand_in({8: "410 410"}) as server:
        found = fetch.run(server, [901, 8])
        assert requests_per_release(server.requests) == {901: 2, 8: 2}
    assert all(isinstance(outcome, Fetched) for outcome in found.values())
    missing, gone = cache.read(901), cache.read(8)
    assert missing is not None and gone is not None
    assert (missing.status, gone.status) == (UNAVAILABLE, UNAVAILABLE)
    assert (missing.requests, gone.requests) == (2, 2)
    assert missing.remark == "HTTP 404 Not Found: Release not found."
    assert gone.remark == "HTTP 410 Gone: Release is gone."


@pytest.mark.parametrize("faults", ["410", "410 503", "503 410", "410 503 410"])
def test_gone_once_is_not_gone(fetch: Fetching, cache: TracklistCache, faults: str) -> None:
    """It would stay unavailable for 90 days."""
    with stand_in({7: faults}) as server:
        fetch.run(server, [7])
    cached = cache.read(7)
    assert cached is not None
    assert (cached.status, cached.requests) == (FETCHED, len(faults.split()) + 1)


def test_merged_keeps_both_ids_and_all_requests(fetch: Fetching, cache: TracklistCache) -> None:
    with stand_in({3: "503"}, merged={3: 4}) as server:
        found = fetch.run(server, [3])[3]
    cached = cache.read(3)
    assert cached is not None
    assert (cached.release_id, cached.answered_id, cached.requests) == (3, 4, 3)
    assert isinstance(found, Fetched)
    assert cache.release_ids() == {3}


def test_a_few_failures_are_overcome(fetch: Fetching, cache: TracklistCache) -> None:
    with stand_in({7: "500 html_200 reset", 8: "empty_200"}) as server:
        found = fetch.run(server, [7, 8, 9])
    assert all(isinstance(outcome, Fetched) for outcome in found.values())
    assert {cached.release_id: cached.requests for cached in cache.look()} == {7: 4, 8: 2, 9: 1}


def test_attempts_are_bounded(fetch: Fetching, cache: TracklistCache) -> None:
    """One permanent error asked for without an end is how an address gets banned."""
    with stand_in({7: "503 " * 50}) as server:
        found = fetch.run(server, [7, 8])
        assert requests_per_release(server.requests) == {7: MOST_ATTEMPTS, 8: 1}
    failed = found[7]
    assert isinstance(failed, Failed)
    assert str(failed.error) == "Error processing release 7: HTTP 503 Service Unavailable"
    assert failed.error.cause == "HTTP 503 Service Unavailable"
    assert cache.release_ids() == {8}


def test_attempts_are_further_and_further_apart(cache: TracklistCache) -> None:
    waits: list[Wait] = []
    fetcher = Fetching(cache).from_url("http://127.0.0.1:1", jitter=0.5)
    fetcher._sleep = waits.append  # type: ignore[method-assign]
    outcomes(fetcher.run([7]))
    assert [wait.seconds for wait in waits] == [1.0, 4.0, 16.0]
    for pause in (30.0, 86_400.0):
        fetcher._back_off(1, TryLater(7, "HTTP 503 Service Unavailable", pause))
    # As the server asks, but not for a day.
    assert [wait.seconds for wait in waits[3:]] == [30.0, 120.0]


def test_many_faults_leave_nothing_half_fetched(
    fetch: Fetching, cache: TracklistCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outage, "FIRST_PAUSE", 0.01)
    faults = faults_named("500,502,html_200,html_403,empty_200,wrong_id,bad_utf8,cut_body,reset")
    plan = FaultPlan(seed=3, rate=0.6, faults=faults, limit_per_release=3)
    with stand_in(faults=plan) as server:
        found = fetch.run(server, IDS)
        asked = requests_per_release(server.requests)
    assert all(isinstance(outcome, Fetched) for outcome in found.values())
    assert {cached.release_id: cached.requests for cached in cache.look()} == asked
    for release_id in IDS:
        assert (cache.read(release_id) or old_answer(cache)).answer == releases(release_id)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("fault", ["bad_gzip", "reset_in_body"])
def test_no_release_is_lost_in_silence(fetch: Fetching, fault: str) -> None:
    with stand_in({release_id: fault for release_id in IDS[:8]}) as server:
        fetcher = fetch.from_url(server.url)
        found = outcomes(fetcher.run(IDS[:8]))
    assert found.keys() == set(IDS[:8]) or fetcher.stopped_by


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_bug_in_a_worker_ends_the_run_aloud(
    fetch: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistake(self: DiscogsApi, release_id: int) -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setattr(DiscogsApi, "release", mistake)
    with pytest.raises(RuntimeError, match="a mistake"):
        outcomes(fetch.from_url("http://127.0.0.1:1").run(IDS))


# ------------------------------------------------------------------ what was there before


def test_an_old_answer_is_replaced_and_handed_out(fetch: Fetching, cache: TracklistCache) -> None:
    old = old_answer(cache)
    with stand_in() as server:
        found = fetch.run(server, [7], {7: LONG_AGO})[7]
    assert isinstance(found, Fetched)
    assert found.previous == old
    assert found.cached.answer == releases(7)
    assert found.cached.fetched_at > old.fetched_at


def test_a_failed_refetch_keeps_the_old_answer(fetch: Fetching, cache: TracklistCache) -> None:
    old = old_answer(cache)
    with stand_in({7: "500 " * 9}) as server:
        assert isinstance(fetch.run(server, [7], {7: LONG_AGO})[7], Failed)
    assert cache.read(7) == old


@pytest.mark.parametrize("fault", ["410", "404"])
def test_a_tracklist_survives_its_release(
    fetch: Fetching, cache: TracklistCache, fault: str
) -> None:
    """Deleted from Discogs, but still on the shelf: the tracks stay, and it is not asked for
    every night."""
    release_id = 7 if fault == "410" else 901
    old = old_answer(cache, release_id)
    with stand_in({7: "410 410"}) as server:
        found = fetch.run(server, [release_id], {release_id: LONG_AGO})[release_id]
    kept = cache.read(release_id)
    assert isinstance(found, Fetched)
    assert found.cached == kept
    assert kept is not None
    assert (kept.status, kept.answer, kept.fetched_at) == (FETCHED, old.answer, LONG_AGO)
    assert kept.remark is not None and fault in kept.remark
    assert datetime.now(UTC) - kept.asked_at < timedelta(minutes=1)


def test_still_gone_is_noted_and_back_again_is_fetched(
    fetch: Fetching, cache: TracklistCache
) -> None:
    old_answer(cache, 901, UNAVAILABLE)
    old_answer(cache, 7, UNAVAILABLE)
    with stand_in() as server:
        fetch.run(server, [901, 7], {901: LONG_AGO, 7: LONG_AGO})
    gone, back = cache.read(901), cache.read(7)
    assert gone is not None and back is not None
    assert (gone.status, back.status, back.remark) == (UNAVAILABLE, FETCHED, None)
    assert gone.asked_at > LONG_AGO


def test_what_another_process_fetched_meanwhile_is_taken(
    fetch: Fetching, cache: TracklistCache
) -> None:
    there = old_answer(cache)
    with stand_in() as server:
        assert fetch.run(server, [7]) == {7: AlreadyThere(there)}
        assert server.arrived == 0


def test_a_damaged_answer_is_fetched_anew(fetch: Fetching, cache: TracklistCache) -> None:
    old_answer(cache)
    cache.path(7).write_bytes(b"")
    with stand_in() as server:
        assert isinstance(fetch.run(server, [7])[7], Fetched)
    assert (cache.read(7) or old_answer(cache)).answer == releases(7)


# ------------------------------------------------------------------ what ends a run


@pytest.mark.parametrize("fault", ["401", "403"])
def test_refused_access_stops_at_once(fetch: Fetching, cache: TracklistCache, fault: str) -> None:
    with stand_in({5: fault}, latency=0.05) as server:
        handed_out = set()
        fetcher = fetch.from_url(server.url)
        with pytest.raises(AccessRefused, match=f"HTTP {fault}") as raised:
            for outcome in fetcher.run(IDS):
                assert not isinstance(outcome, Heartbeat)
                handed_out.add(outcome.release_id)
        assert "Retrying cannot clear this" in raised.value.explained()
        assert requests_per_release(server.requests)[5] == 1
        assert server.arrived <= 20  # the first five and what was under way, on a slow machine
        assert fetcher.sent.requests == server.arrived
    assert handed_out == cache.release_ids()  # nothing was fetched in vain
    assert 5 not in handed_out


def test_refused_access_stops_at_once_however_slow_the_consumer(fetch: Fetching) -> None:
    with stand_in({8: "401"}, latency=0.01) as server:
        run = fetch.from_url(server.url).run(IDS)
        next(run)
        while 401 not in {request.status for request in server.requests}:
            time.sleep(0.005)
        under_way = server.arrived + pace.MOST_IN_FLIGHT
        until = time.monotonic() + 1.5
        while server.arrived <= under_way and time.monotonic() < until:
            time.sleep(0.01)
        with pytest.raises(AccessRefused):
            list(run)
        assert server.arrived <= under_way


def test_three_429s_in_a_row_end_the_run(
    fetch: Fetching, cache: TracklistCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "USUAL_PAUSE", 0.05)
    with stand_in() as server:
        fetch.run(server, [1])
        server.set_faults(FaultPlan(rate=1.0, faults=(fault_named("429"),)))
        fetcher = fetch.from_url(server.url)
        assert outcomes(fetcher.run(IDS[1:])) == {}
        assert isinstance(fetcher.stopped_by, Throttled)
        assert fetcher.sent == RequestCounts(server.arrived - 1, server.arrived - 1)
        # At most four are under way at the first; then one is enough to know.
        assert server.arrived <= 1 + 3 * pace.MOST_IN_FLIGHT
    assert cache.release_ids() == {1}


def test_a_passing_429_costs_no_attempt(fetch: Fetching, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "USUAL_PAUSE", 0.05)
    with stand_in({7: "429 500 429 500 429 500"}) as server:
        fetcher = fetch.from_url(server.url)
        found = outcomes(fetcher.run([7]))[7]
    assert isinstance(found, Fetched)
    assert found.cached.requests == 7
    assert fetcher.sent == RequestCounts(requests=7, throttled=3)


def test_nobody_there_ends_the_run_soon(fetch: Fetching) -> None:
    with stand_in() as server:
        url = server.url
    fetcher = fetch.from_url(url)
    began = time.monotonic()
    found = outcomes(fetcher.run(IDS))
    assert time.monotonic() - began < 5
    assert isinstance(fetcher.stopped_by, Unreachable)
    assert "no connection" in str(fetcher.stopped_by)
    assert len(found) < 4  # the others are not blamed for it


def through_an_outage(
    fetch: Fetching, monkeypatch: pytest.MonkeyPatch
) -> tuple[TracklistFetcher, list[Outcome | Heartbeat]]:
    """A run in whose midst nobody is there, until it is told of."""
    monkeypatch.setattr(outage, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(outage, "LONGEST_PAUSE", 0.04)
    monkeypatch.setattr(fetching, "HEARTBEAT", 0.01)
    seen: list[Outcome | Heartbeat] = []
    with stand_in(latency=0.03) as server:
        fetcher = fetch.from_url(server.url)
        with closing(fetcher.run(IDS)) as run:  # type: ignore[type-var]
            while not any(isinstance(event, Fetched) for event in seen):
                seen.append(next(run))
            server.close()
            began = time.monotonic()
            while "does not answer: trying again" not in fetcher.waiting.reason:
                assert time.monotonic() - began < 10
                seen.append(next(run))
            with stand_in(latency=0.03, port=server.port):
                seen.extend(run)
    return fetcher, seen


def test_an_outage_that_ends_costs_no_release(
    fetch: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetcher, seen = through_an_outage(fetch, monkeypatch)
    assert fetcher.stopped_by is None
    found = outcomes(iter(seen))
    assert found.keys() == set(IDS)
    # Twelve failures tell an outage. Before it is known, and with the answers that were cut off,
    # each worker can have lost a release.
    failed = sum(isinstance(outcome, Failed) for outcome in found.values())
    assert failed <= pace.MOST_IN_FLIGHT


def test_an_outage_that_is_over_is_no_longer_told_of(
    fetch: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetcher, _ = through_an_outage(fetch, monkeypatch)
    assert fetcher.waiting == Wait(0.0)


def test_an_outage_without_an_end_ends_the_run(
    fetch: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outage, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(outage, "LONGEST_PAUSE", 0.04)
    monkeypatch.setattr(outage, "PATIENCE", 0.3)
    with stand_in(latency=0.03) as server:
        fetcher = fetch.from_url(server.url)
        run = fetcher.run(IDS)
        assert isinstance(next(run), Fetched)
    found = outcomes(run)
    assert isinstance(fetcher.stopped_by, Unreachable)
    assert "no connection" in str(fetcher.stopped_by)
    failed = sum(isinstance(outcome, Failed) for outcome in found.values())
    assert failed <= pace.MOST_IN_FLIGHT  # the others are not blamed for it


def test_a_service_that_is_there_but_down_ends_the_run(fetch: Fetching) -> None:
    """It answers, so each release is tried and given up: not 5,000 of them, four times each."""
    most = outage.MOST_GIVEN_UP_IN_A_ROW
    with stand_in(faults=FaultPlan(rate=1.0, faults=(fault_named("502"),))) as server:
        fetcher = fetch.from_url(server.url)
        found = outcomes(fetcher.run(IDS))
        assert isinstance(fetcher.stopped_by, Unreachable)
        assert "502" in str(fetcher.stopped_by)
        assert server.arrived <= (most + pace.MOST_IN_FLIGHT) * MOST_ATTEMPTS
        assert fetcher.sent == RequestCounts(server.arrived)
    assert all(isinstance(outcome, Failed) for outcome in found.values())
    assert most <= len(found) < most + pace.MOST_IN_FLIGHT


def test_releases_given_up_here_and_there_do_not_end_the_run(fetch: Fetching) -> None:
    """Broken answers to 36 records are no reason to keep the other ones from the user."""
    bad = [release_id for release_id in IDS if release_id % 10]
    assert len(bad) > outage.MOST_GIVEN_UP_IN_A_ROW
    with stand_in({release_id: "wrong_id " * MOST_ATTEMPTS for release_id in bad}) as server:
        fetcher = fetch.from_url(server.url)
        found = outcomes(fetcher.run(IDS))
    assert fetcher.stopped_by is None
    assert {rid for rid, outcome in found.items() if isinstance(outcome, Failed)} == set(bad)


def test_a_full_disk_ends_the_run_with_what_it_is(
    fetch: Fetching, cache: TracklistCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = os.fsync
    written = Counter[str]()

    def fill_up(descriptor: int) -> None:
        written["fsync"] += 1
        if written["fsync"] > 8:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        really(descriptor)

    monkeypatch.setattr(os, "fsync", fill_up)
    handed_out = set()
    with stand_in() as server:
        with pytest.raises(StorageError, match="No space left"):
            for outcome in fetch.from_url(server.url).run(IDS):
                assert not isinstance(outcome, Heartbeat)
                handed_out.add(outcome.release_id)
        assert server.arrived < 20
    assert handed_out <= cache.release_ids()
    assert [path for path in cache.folder.iterdir() if path.suffix == ".tmp"] == []


def test_an_unusable_cache_folder_is_said_before_anything_is_asked(tmp_path: Path) -> None:
    (tmp_path / "cache").touch()
    with stand_in() as server:
        with pytest.raises(StorageError):
            Fetching(TracklistCache(tmp_path / "cache")).run(server, IDS)
        assert server.arrived == 0


def test_an_unusable_budget_ends_the_run(fetch: Fetching) -> None:
    fetch.budget_path.mkdir(parents=True)
    with stand_in() as server:
        with pytest.raises(StorageError, match="request budget"):
            fetch.run(server, IDS)
        assert server.arrived == 0


# ------------------------------------------------------------------ being stopped, being watched


def test_closed_early_it_stops(fetch: Fetching, cache: TracklistCache) -> None:
    with stand_in(latency=0.05) as server:
        fetcher = fetch.from_url(server.url)
        run = fetcher.run(IDS)
        next(run)
        began = time.monotonic()
        run.close()  # type: ignore[attr-defined]
        assert time.monotonic() - began < 20
        arrived = server.arrived
        time.sleep(0.2)
        assert server.arrived == arrived < len(IDS)
        assert fetcher.sent.requests == arrived
    assert cache.release_ids()
    assert not any(thread.name.startswith("discogs-") for thread in threading.enumerate())
    with stand_in() as server:
        outcomes(fetch.from_url(server.url).run(IDS))  # its claims are free again
    assert cache.release_ids() == set(IDS)


def test_closed_while_the_server_hangs_it_does_not_wait_for_it(
    fetch: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "FAREWELL", 0.3)
    with stand_in({release_id: "hang" for release_id in IDS[1:]}) as server:
        run = fetch.from_url(server.url).run(IDS)
        next(run)
        began = time.monotonic()
        run.close()  # type: ignore[attr-defined]
        assert time.monotonic() - began < 20


def test_a_heart_beats_where_nothing_happens(
    fetch: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it nobody could tell a slow run from a dead one, nor stop it."""
    monkeypatch.setattr(fetching, "HEARTBEAT", 0.05)
    with stand_in(latency=0.3) as server:
        seen = list(fetch.from_url(server.url).run([7]))
    assert Heartbeat() in seen
    assert isinstance(seen[-1], Fetched)


def waits(fetcher: TracklistFetcher, release_ids: Sequence[int]) -> list[Wait]:
    """What a run says that it waits for, each time that somebody asks."""
    return [fetcher.waiting for _ in fetcher.run(release_ids)]


def test_it_says_that_discogs_asked_to_pause_and_for_how_long(
    fetch: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "HEARTBEAT", 0.05)
    monkeypatch.setattr(pace, "USUAL_PAUSE", 0.4)
    with stand_in({7: "429"}) as server:
        seen = waits(fetch.from_url(server.url), [7])
    told = [wait.seconds for wait in seen if wait.reason == "Discogs asked to pause (429)"]
    assert told
    assert 0 < max(told) <= 0.4
    assert seen[-1] == Wait(0.0)


def test_it_says_that_it_tries_again_after_what_and_when(
    fetch: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two attempts at a release can be half a minute apart: somebody who watches sees nothing
    happen, and would take it for dead."""
    monkeypatch.setattr(fetching, "HEARTBEAT", 0.02)
    monkeypatch.setattr(fetching, "WORTH_COUNTING", 0.1)
    with stand_in({7: "503 503"}) as server:
        fetcher = fetch.from_url(server.url, jitter=-0.4)  # 0.1 s, then 0.4 s
        seen = waits(fetcher, [7])
    told = [wait for wait in seen if wait.reason]
    assert {wait.reason for wait in told} == {"trying again (HTTP 503 Service Unavailable)"}
    assert 0.1 < max(wait.seconds for wait in told) <= 0.4
    assert seen[-1] == Wait(0.0)


def test_a_pause_that_is_over_in_a_moment_is_not_told_of(
    fetch: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one bad answer in ten, a panel would flicker all night."""
    monkeypatch.setattr(fetching, "HEARTBEAT", 0.02)
    with stand_in({7: "503"}) as server:
        fetcher = fetch.from_url(server.url, jitter=-0.3)
        assert set(waits(fetcher, [7])) == {Wait(0.0)}


def test_it_says_that_another_refresh_is_at_what_is_left(
    fetch: Fetching, cache: TracklistCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "HEARTBEAT", 0.02)
    monkeypatch.setattr(fetching, "CLAIM_PAUSE", 0.005)
    with stand_in() as server:
        fetcher = fetch.from_url(server.url)
        with closing(fetcher.run([7])) as run:  # type: ignore[type-var]
            with cache.claim(7):
                began = time.monotonic()
                while "another refresh" not in fetcher.waiting.reason:
                    assert time.monotonic() - began < 10
                    assert next(run) == Heartbeat()
            (outcome,) = (event for event in run if not isinstance(event, Heartbeat))
    assert isinstance(outcome, Fetched)
    assert fetcher.waiting == Wait(0.0)


def test_a_worker_at_its_side_is_no_other_refresh(
    fetch: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two releases can share a lock, and one of them wait for its next attempt."""
    monkeypatch.setattr(fetching, "HEARTBEAT", 0.02)
    monkeypatch.setattr(fetching, "CLAIM_PAUSE", 0.005)
    with stand_in(latency=0.5) as server:
        fetcher = fetch.from_url(server.url)
        assert set(waits(fetcher, [7, 7 + CLAIM_SLOTS])) == {Wait(0.0)}


# ------------------------------------------------------------------ two at once


def test_two_fetchers_never_ask_for_one_release_twice(
    fetch: Fetching, cache: TracklistCache
) -> None:
    found: list[dict[int, Outcome]] = []
    with stand_in(latency=0.005) as server:
        threads = [
            threading.Thread(target=lambda ids=ids: found.append(fetch.run(server, ids)))
            for ids in (IDS, IDS[::-1])
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert requests_per_release(server.requests) == Counter(IDS)
    assert [outcome.keys() for outcome in found] == [set(IDS), set(IDS)]
    fetched = [rid for each in found for rid, out in each.items() if isinstance(out, Fetched)]
    assert sorted(fetched) == IDS
    assert cache.release_ids() == set(IDS)


def _fetch_all(folder: Path, url: str) -> None:
    found = outcomes(Fetching(TracklistCache(folder)).from_url(url).run(IDS))
    os._exit(0 if found.keys() == set(IDS) else 1)


def test_two_processes_never_ask_for_one_release_twice(
    cache: TracklistCache, start_process: StartProcess
) -> None:
    """A nightly refresh and one by hand would spend the budget twice on the same."""
    with stand_in(latency=0.02) as server:
        refreshes = [start_process(_fetch_all, cache.folder, server.url) for _ in range(2)]
        for refresh in refreshes:
            refresh.join(30)
        assert [refresh.exitcode for refresh in refreshes] == [0, 0]
        assert requests_per_release(server.requests) == Counter(IDS)
    assert len(list(cache.scan())) == len(IDS)


@pytest.mark.skipif(os.name != "posix", reason="there is no SIGKILL")
def test_killed_it_goes_on_where_it_was(
    cache: TracklistCache, fetch: Fetching, start_process: StartProcess
) -> None:
    with stand_in(latency=0.02) as server:
        for stop_at in (10, 25):
            refresh = start_process(_fetch_all, cache.folder, server.url)
            while len(cache.release_ids()) < stop_at:
                assert refresh.is_alive()
                time.sleep(0.002)
            refresh.kill()
            refresh.join(10)
        outcomes(fetch.from_url(server.url).run(IDS))
        asked = requests_per_release(server.requests)
    assert len(list(cache.scan())) == len(IDS)
    # Only what was under way at a kill was asked for once more.
    assert sum(asked.values()) - len(IDS) <= 2 * pace.MOST_IN_FLIGHT


def test_ids_that_share_a_claim_are_all_fetched(fetch: Fetching) -> None:
    ids = [1 + CLAIM_SLOTS * number for number in range(4)]
    with stand_in(latency=0.02) as server:
        server._answers = lambda release_id: json.dumps({"id": release_id}).encode()
        found = fetch.run(server, ids)
    assert all(isinstance(found[release_id], Fetched) for release_id in ids)
