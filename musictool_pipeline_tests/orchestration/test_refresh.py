"""The refresh, and every other way of materializing the assets, against a real instance."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from musictool_pipeline.core.discogs import outage, pace
from musictool_pipeline.core.progress import BOOKING, Progress
from musictool_pipeline.definitions import build_definitions
from musictool_pipeline.discogs import fetching
from musictool_pipeline.discogs.cache import FETCHED, CachedAnswer, TracklistCache
from musictool_pipeline.disk.processes import Owner
from musictool_pipeline.disk.progress_file import read_progress
from musictool_pipeline.errors import StorageError
from musictool_pipeline.orchestration import assets, fetch_report
from musictool_pipeline.orchestration.healing import PROCESS_TAG, heal_dead_runs
from musictool_pipeline.tables.collection import has_collection
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline_tests.orchestration.conftest import Project, answer_of
from musictool_pipeline_tests.stand_in.fault_plan import FaultPlan
from musictool_pipeline_tests.stand_in.faults import fault_named

RELEASES = list(range(101, 113))


@pytest.fixture(autouse=True)
def no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failing releases are given up after two attempts, half a second apart."""
    monkeypatch.setattr(fetching, "MOST_ATTEMPTS", 2)


def materializations(
    result: dg.ExecuteInProcessResult | dg.DagsterInstance,
) -> dict[int, dict[str, object]]:
    """The metadata of each release's event in a run, or in the latest of an instance."""
    found: dict[int, dict[str, object]] = {}
    if isinstance(result, dg.DagsterInstance):
        (run,) = result.get_runs(limit=1)
        events = [entry.dagster_event for entry in result.all_logs(run.run_id)]
    else:
        events = result.all_events
    for event in events:
        if event and event.is_step_materialization and event.partition:
            metadata = event.step_materialization_data.materialization.metadata
            found[int(event.partition)] = {name: value.value for name, value in metadata.items()}
    return found


def test_a_first_refresh_brings_everything(project: Project) -> None:
    project.write_export(RELEASES)
    project.have_refreshed()
    assert set(project.statuses().values()) == {"MATERIALIZED"}
    assert project.counts().tracks == 2 * len(RELEASES)
    events = materializations(project.instance)
    assert events.keys() == set(RELEASES)
    assert events[101]["source"] == "api"
    assert events[101]["tracks"] == 2
    assert events[101]["discogs"] == "https://www.discogs.com/release/101"


def test_failed_releases_stay_missing_and_the_rest_is_built(project: Project) -> None:
    """Prevents an output that marks failed partitions as materialized at the end of the run."""
    project.write_export(RELEASES)
    project.discogs.set_faults(
        FaultPlan(seed=1, script={rid: [fault_named("503")] * 9 for rid in (105, 110)})
    )
    result = project.refresh_tracks()
    assert result.success
    statuses = project.statuses()
    assert {rid for rid, status in statuses.items() if status != "MATERIALIZED"} == {105, 110}
    assert statuses[105] == statuses[110] == "MISSING"
    assert project.counts().tracks == 2 * (len(RELEASES) - 2)
    check = next(
        evaluation
        for evaluation in result.get_asset_check_evaluations()
        if evaluation.check_name == "releases_without_tracklist"
    )
    assert not check.passed
    assert check.severity == dg.AssetCheckSeverity.WARN
    assert "HTTP 503 Service Unavailable" in str(check.metadata["first"].value)
    assert check.metadata["releases"].value == 2

    project.discogs.set_faults(None)
    asked = len(project.discogs.requests)
    assert project.refresh_tracks().success
    assert {entry.release_id for entry in project.discogs.requests[asked:]} == {105, 110}
    assert set(project.statuses().values()) == {"MATERIALIZED"}


def fetching_step(result: dg.ExecuteInProcessResult) -> dict[str, object]:
    """What the step that fetches told Dagster at its end, well or not."""
    for event in result.all_events:
        if event.step_key == "discogs_tracklists" and event.is_step_failure:
            data = event.step_failure_data.user_failure_data
            assert data is not None
            return {name: value.value for name, value in data.metadata.items()}
        if event.is_step_materialization and event.partition is None:
            materialization = event.step_materialization_data.materialization
            if materialization.asset_key.path == ["discogs_tracklists"]:
                return {name: value.value for name, value in materialization.metadata.items()}
    raise AssertionError("it told nothing")


def test_a_run_that_429s_end_early_counts_them_and_all_its_requests(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`0 times throttled (429)` stood right above `HTTP 429 ... 3 times in a row`."""
    monkeypatch.setattr(pace, "USUAL_PAUSE", 0.05)
    project.write_export(RELEASES)
    project.discogs.set_faults(FaultPlan(rate=1.0, faults=(fault_named("429"),)))
    told = fetching_step(project.refresh_tracks())
    asked = len(project.discogs.requests)
    assert asked >= 3
    assert (told["requests"], told["throttled_429"]) == (asked, asked)
    assert "3 times in a row" in str(told["stopped"])
    progress = read_progress(project.settings.progress_file)
    assert progress is not None
    assert (progress.requests, progress.throttled) == (asked, asked)


def test_a_run_that_a_refusal_ends_early_counts_all_its_requests(project: Project) -> None:
    """A budget that does not add up sends the user looking for another program."""
    project.write_export(RELEASES)
    script = {rid: [fault_named("401")] for rid in RELEASES[5:]}
    project.discogs.set_faults(FaultPlan(script=script))
    told = fetching_step(project.refresh_tracks())
    assert told == {"requests": len(project.discogs.requests), "throttled_429": 0}
    progress = read_progress(project.settings.progress_file)
    assert progress is not None
    assert progress.requests == len(project.discogs.requests) >= 6


def test_releases_that_fail_each_time_keep_no_other_from_being_asked_for(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four in a row are taken for an outage here: the rest would never be reached."""
    monkeypatch.setattr(outage, "MOST_GIVEN_UP_IN_A_ROW", 4)
    bad = RELEASES[:8]
    script = {rid: [fault_named("wrong_id")] * 99 for rid in bad}
    project.write_export(RELEASES)
    project.discogs.set_faults(FaultPlan(script=script))
    for _ in range(2):
        project.make_tracks()
    assert project.cache.release_ids() == set(RELEASES) - set(bad)
    assert set(bad) <= {entry.release_id for entry in project.discogs.requests}
    before = len(project.discogs.requests)
    project.make_tracks(limit=2)
    project.make_tracks(limit=2)
    asked = [entry.release_id for entry in project.discogs.requests[before:]]
    assert len(set(asked)) == 4, "each time the same two"


def test_limit_fetches_no_more_than_that(project: Project) -> None:
    project.write_export(RELEASES)
    project.make_tracks(limit=7)
    assert len(project.discogs.requests) == 7
    assert project.counts().expanded_releases == 7


def test_tracklists_that_a_kill_left_unbooked_are_booked(project: Project) -> None:
    """Prevents a release that is cached, never asked for again, and missing in the UI for ever."""
    project.write_export(RELEASES)
    for rid in (103, 104):
        project.cache.write(rid, answer_of(rid), status=FETCHED, fetched_at=datetime.now(UTC))
    result = project.make_tracks()
    events = result.booked()
    assert events[103]["source"] == events[104]["source"] == "cache"
    assert {entry.release_id for entry in project.discogs.requests}.isdisjoint({103, 104})
    assert set(project.statuses().values()) == {"MATERIALIZED"}


def test_progress_shows_how_many_of_them_are_booked(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands, as after a dump, take minutes: without a sign the run would pass for hung."""
    project.write_export(RELEASES)
    for rid in (103, 104):
        project.cache.write(rid, answer_of(rid), status=FETCHED, fetched_at=datetime.now(UTC))
    looks: list[Progress] = []
    monkeypatch.setattr(fetch_report, "PROGRESS_EVERY_SECONDS", 0.0)
    monkeypatch.setattr(fetch_report, "write_progress", lambda _, look: looks.append(look))
    project.make_tracks(limit=0)
    booking = [(look.booked, look.to_book) for look in looks if look.stage == BOOKING]
    assert booking == [(0, 2), (1, 2)]


def test_a_tracklist_whose_file_is_gone_is_asked_for_until_it_comes(project: Project) -> None:
    """The tables keep what it said, and must not be taken for the cache."""
    project.write_export(RELEASES)
    project.make_tracks()
    project.cache.path(101).unlink()
    asked = len(project.discogs.requests)
    project.make_tracks(limit=0)
    project.make_tracks(limit=0)
    assert len(project.discogs.requests) == asked
    project.make_tracks()
    assert len(project.discogs.requests) == asked + 1
    assert project.cache.read(101) is not None


def test_old_tracklists_are_fetched_anew_and_a_change_shows(project: Project) -> None:
    project.write_export(RELEASES)
    project.make_tracks()
    long_ago = datetime.now(UTC) - timedelta(days=100)
    shorter = json.loads(answer_of(103))
    shorter["tracklist"] = shorter["tracklist"][:1]
    for rid, answer in ((103, json.dumps(shorter).encode()), (104, answer_of(104))):
        project.cache.write(rid, answer, status=FETCHED, fetched_at=long_ago)
    events = project.make_tracks().booked()
    assert events.keys() == {103, 104}
    assert events[103]["tracklist_changed"] is True
    assert events[104]["tracklist_changed"] is False
    assert project.counts().tracks == 2 * len(RELEASES)


def test_a_partition_that_is_cached_gets_its_event_without_a_request(project: Project) -> None:
    """Prevents a cached key of a range from turning FAILED because it logged nothing."""
    project.write_export(RELEASES)
    project.have_refreshed(only_tracks=True)
    asked = len(project.discogs.requests)
    result = project.materialize("discogs_tracklists", partition="110")
    assert result.success
    assert materializations(result)[110]["source"] == "cache"
    assert len(project.discogs.requests) == asked


def test_a_range_books_each_release_and_fails_for_those_that_failed(project: Project) -> None:
    project.write_export(RELEASES)
    project.materialize("collection_csv", "releases")
    project.discogs.set_faults(FaultPlan(seed=1, script={103: [fault_named("500")] * 9}))
    result = project.materialize_range(101, 105)
    assert not result.success
    statuses = project.statuses()
    assert [statuses[rid] for rid in (101, 102, 103, 104, 105, 106)] == [
        "MATERIALIZED",
        "MATERIALIZED",
        "FAILED",
        "MATERIALIZED",
        "MATERIALIZED",
        "MISSING",
    ]
    failure = next(event for event in result.all_events if event.is_step_failure)
    assert "1 of 5 releases could not be fetched" in str(
        failure.step_failure_data.user_failure_data
    )


def test_releases_can_be_materialized_first_of_all(project: Project) -> None:
    """Prevents a selection that only works for who knows the order."""
    project.write_export(RELEASES)
    assert project.materialize("releases").success
    assert project.counts().releases == len(RELEASES)
    assert set(project.statuses().values()) == {"MISSING"}


def test_a_refused_token_stops_the_run_at_once(project: Project) -> None:
    project.write_export(RELEASES)
    project.discogs.set_faults(
        FaultPlan(seed=1, script={rid: [fault_named("401")] * 9 for rid in RELEASES})
    )
    result = project.refresh_tracks()
    assert not result.success
    failure = next(event for event in result.all_events if event.is_step_failure)
    assert "Retrying cannot clear this" in str(failure.step_failure_data.user_failure_data)
    assert len(project.discogs.requests) <= 4


@pytest.mark.parametrize("stays", [False, True], ids=["gone", "the mount point stays"])
def test_a_data_folder_that_goes_in_mid_run_ends_it_and_does_not_come_back(
    project: Project, monkeypatch: pytest.MonkeyPatch, stays: bool
) -> None:
    """A disk that was unplugged: the run ended well, in a new folder with half of the tracklists,
    which hid the others once the disk was back."""
    project.write_export(RELEASES)
    data, away = project.settings.data_dir, project.folder / "away"
    write = TracklistCache.write

    def unplugged(cache: TracklistCache, *what: Any, **more: Any) -> CachedAnswer:
        written = write(cache, *what, **more)
        if not away.exists():
            data.rename(away)
            if stays:
                data.mkdir()
        return written

    with monkeypatch.context() as patched:
        patched.setattr(TracklistCache, "write", unplugged)
        result = project.refresh()
    assert not result.success
    told = [str(it.step_failure_data) for it in result.all_events if it.is_step_failure]
    assert any("is gone" in text and "Put it back" in text for text in told)
    assert {path.name for path in data.glob("*")} <= {"progress.json"}
    shutil.rmtree(data, ignore_errors=True)
    away.rename(data)
    assert project.refresh_tracks().success
    assert project.counts().expanded_releases == len(RELEASES)


def test_a_fresh_clones_data_folder_is_made_by_whichever_run_comes_first(project: Project) -> None:
    """From the UI nothing runs before it that could."""
    export = project.write_export(RELEASES).rename(project.folder / "export.csv")
    project.settings.data_dir.rmdir()
    settings = dataclasses.replace(project.settings, collection_csv=export)
    project = dataclasses.replace(
        project, settings=settings, definitions=build_definitions(settings)
    )
    assert project.materialize("digital_tracks").success
    assert project.materialize("collection_csv", "releases").success
    assert project.counts().releases == len(RELEASES)


@pytest.mark.parametrize(
    "content", ["", "listing_id,artist,title,label,catno,format,release_id,status,price\n"]
)
def test_a_refused_export_leaves_everything_as_it_was(project: Project, content: str) -> None:
    """Prevents a wantlist put into the folder by mistake from emptying the collection."""
    project.write_export(RELEASES)
    project.have_refreshed()
    wrong = project.settings.data_dir / "me-collection-20270101-1200.csv"
    wrong.write_text(content)
    result = project.refresh()
    assert not result.success
    failure = next(event for event in result.all_events if event.is_step_failure)
    assert str(wrong) in str(failure.step_failure_data.user_failure_data)
    assert project.counts().tracks == 2 * len(RELEASES)
    assert len(project.statuses()) == len(RELEASES)


def test_columns_that_are_not_read_are_named_in_the_runs_log(project: Project) -> None:
    path = project.write_export([101])
    path.write_bytes(path.read_bytes().replace(b"Artist", b"Artiste", 1))
    [said] = [line for line in project.make("collection_csv").said if "columns not" in line]
    assert said.startswith(f"{path}: columns not found: Artist. ")
    assert "columns not read: Artiste. " in said


def test_so_does_one_after_an_upgrade(project: Project) -> None:
    """The library, which is read also if the export is not, put the tables of the version before
    aside, and the gaps were made of no collection."""
    export = project.write_export(RELEASES[:3])
    project.have_refreshed(only_tracks=True)
    database, whole = project.settings.database, export.read_bytes()
    database.write_bytes(b"tables of another version")
    export.write_bytes(whole[:-20])
    assert not project.materialize("collection_csv", "digital_tracks").success
    assert database.read_bytes() == b"tables of another version"
    export.write_bytes(whole)
    assert project.materialize("digital_tracks").success
    assert has_collection(Warehouse(database))


def test_releases_that_left_keep_their_partition_and_their_tracklist(project: Project) -> None:
    project.write_export(RELEASES)
    project.have_refreshed(only_tracks=True)
    project.write_export(RELEASES[:4], "me-collection-20270101-1200.csv")
    result = project.refresh_tracks()
    assert result.success
    assert project.counts().releases == 4
    assert project.counts().tracks == 8
    assert len(project.statuses()) == len(RELEASES)
    fell = next(
        evaluation
        for evaluation in result.get_asset_check_evaluations()
        if evaluation.check_name == "release_count_did_not_fall"
    )
    assert not fell.passed
    project.write_export(RELEASES, "me-collection-20280101-1200.csv")
    asked = len(project.discogs.requests)
    project.have_refreshed(only_tracks=True)
    assert project.counts().tracks == 2 * len(RELEASES)
    assert len(project.discogs.requests) == asked


def test_a_run_says_what_it_is_doing(project: Project) -> None:
    project.write_export(RELEASES)
    result = project.refresh_tracks()
    (log,) = project.settings.logs_dir.glob("expansion_*.log")
    text = log.read_text(encoding="utf-8")
    assert "10/12 releases (83.3 %)" in text
    assert "101: Artist 101 - Title 101, 2 tracks" in text
    observed = [
        int(str(event.asset_observation_data.asset_observation.metadata["done"].value))
        for event in result.all_events
        if event.event_type == dg.DagsterEventType.ASSET_OBSERVATION
    ]
    assert observed[0] == 10
    assert observed == sorted(observed)


def _a_process_that_has_ended() -> Owner:
    child = subprocess.run(
        [
            sys.executable,
            "-c",
            "from musictool_pipeline.disk.processes import Owner; print(Owner.this_process())",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    owner = Owner.parse(child.stdout.strip())
    assert owner is not None
    return owner


@pytest.mark.parametrize("step", [pytest.param(-3_600.0, marks=pytest.mark.slow), 3_600.0])
def test_a_clock_that_is_set_meanwhile_spoils_no_figure(
    project: Project, monkeypatch: pytest.MonkeyPatch, step: float
) -> None:
    """The progress stood still for an hour, or was one of an hour and of no release a minute."""
    looks: list[tuple[float, Progress]] = []
    shift = 0.0

    def seen(path: Path, progress: Progress) -> None:
        nonlocal shift
        looks.append((time.time() + shift, progress))
        if progress.done >= 10:
            shift = step

    clock = SimpleNamespace(time=lambda: time.time() + shift, monotonic=time.monotonic)
    monkeypatch.setattr(fetch_report, "time", clock)
    monkeypatch.setattr(fetch_report, "write_progress", seen)
    monkeypatch.setattr(fetch_report, "PROGRESS_EVERY_SECONDS", 0.0)
    project.write_export(RELEASES)
    project.make_tracks()
    assert {progress.done for _, progress in looks} == set(range(len(RELEASES) + 1))
    for now, progress in looks:
        assert abs(progress.updated_at - now) < 30
        assert 0 <= progress.updated_at - progress.started_at < 60
        if progress.done:
            assert (progress.rate_per_minute or 0) > 30
            assert (progress.eta_seconds or 0) < 60


def test_runs_whose_process_is_gone_are_closed(project: Project) -> None:
    """Prevents a phantom run that keeps the nightly refresh from ever starting again."""
    job = project.definitions.resolve_job_def("refresh")
    dead, alive = (
        project.instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED, tags=tags)
        for tags in (
            {PROCESS_TAG: str(_a_process_that_has_ended())},
            {PROCESS_TAG: str(Owner.this_process())},
        )
    )
    assert heal_dead_runs(project.instance) == [dead.run_id]
    healed = project.instance.get_run_by_id(dead.run_id)
    untouched = project.instance.get_run_by_id(alive.run_id)
    assert healed is not None and healed.status == dg.DagsterRunStatus.FAILURE
    assert untouched is not None and untouched.status == dg.DagsterRunStatus.STARTED


def test_a_run_killed_before_its_first_step_is_closed_in_time(project: Project) -> None:
    job = project.definitions.resolve_job_def("refresh")
    run = project.instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
    now = datetime.now(UTC).timestamp()
    assert heal_dead_runs(project.instance, now + 30) == []
    assert heal_dead_runs(project.instance, now + 900) == [run.run_id]
    healed = project.instance.get_run_by_id(run.run_id)
    assert healed is not None and healed.status == dg.DagsterRunStatus.FAILURE


def test_tables_that_cannot_be_made_end_the_progress_all_the_same(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the run would be said to go on, and to have died once its process is gone."""

    def fail(*arguments: object) -> None:
        raise StorageError("musictool.duckdb cannot be written: No space left on device")

    project.write_export(RELEASES[:3])
    monkeypatch.setattr(assets, "expand", fail)
    assert not project.refresh_tracks().success
    progress = read_progress(project.settings.progress_file)
    assert progress is not None
    assert (progress.finished, progress.stage, progress.fetched) == (True, "failed", 3)


def test_a_run_that_waits_for_its_turn_in_the_pool_is_not_closed(project: Project) -> None:
    """Where several hosts share the pool, a refresh of one would end what waits on another."""
    storage = project.instance.event_log_storage
    storage.set_concurrency_slots("discogs_api", 1)
    waiting = project.instance.create_run_for_job(
        project.definitions.resolve_job_def("refresh"), status=dg.DagsterRunStatus.STARTED
    )
    storage.claim_concurrency_slot("discogs_api", "another-run", "discogs_tracklists")
    storage.claim_concurrency_slot("discogs_api", waiting.run_id, "discogs_tracklists")
    hours_later = datetime.now(UTC).timestamp() + 7_200
    assert heal_dead_runs(project.instance, hours_later) == []
    storage.free_concurrency_slots_for_run(waiting.run_id)
    assert heal_dead_runs(project.instance, hours_later) == [waiting.run_id]


def test_an_interrupt_within_dagsters_writing_spoils_no_event(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Raised there it would leave SQLite's transaction open, and the database locked to the event
    that says that the step was interrupted."""
    project.write_export([11, 12, 13])
    storage = project.instance.event_log_storage
    store, booked = storage.store_event, list[str]()

    def interrupted(entry: dg.EventLogEntry) -> None:
        event = entry.dagster_event
        partition = event.partition if event and event.is_step_materialization else None
        if partition:
            os.kill(os.getpid(), signal.SIGINT)
        store(entry)
        if partition:
            booked.append(partition)

    monkeypatch.setattr(storage, "store_event", interrupted)
    result = project.refresh_tracks()
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert failure.step_failure_data.error is not None
    assert failure.step_failure_data.error.cls_name == "DagsterExecutionInterruptedError"
    assert len(booked) == 1
    assert set(booked) == {
        str(rid) for rid, status in project.statuses().items() if status == "MATERIALIZED"
    }


def test_what_a_killed_writer_left_goes_also_if_there_is_nothing_to_do(project: Project) -> None:
    project.write_export([1, 2])
    project.make_tracks()
    database = project.settings.database
    left_over = database.with_name(f".{database.name}.killed.tmp")
    left_over.mkdir()
    before = database.stat().st_mtime_ns
    project.make_tracks()
    assert database.stat().st_mtime_ns == before
    assert not left_over.exists()
