"""`musictool status`, once: with no refresh under way, or with one that the tests make up.
Following one stands in `test_watch`; what is said of a real one, in `test_refresh_trouble`."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import time
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from musictool_pipeline.app.status import Status, status_lines
from musictool_pipeline.core.progress import Progress
from musictool_pipeline.discogs.cache import FETCHED, TracklistCache
from musictool_pipeline.disk.processes import Owner
from musictool_pipeline.inputs.export_folder import load_export
from musictool_pipeline.tables.collection import load_collection
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline.tables.tracklists import build_releases, expand
from musictool_pipeline_tests.app.conftest import (
    IN_ORDER,
    SAMPLE,
    MakeProject,
    Project,
    listing,
)

NOON = datetime(2026, 3, 14, 12, 0).timestamp()
THERE = [release_id for release_id in IN_ORDER if release_id in SAMPLE.answers][:15]

EMPTY = {
    "running": False,
    "percentage": 0.0,
    "releases": 0,
    "expanded": 0,
    "unavailable": 0,
    "wantlist": None,
    "failed": 0,
    "pending": 0,
    "copies": 0,
    "tracks": 0,
    "rate_per_minute": None,
    "eta_seconds": None,
    "waiting": "",
    "waiting_until": None,
    "died": False,
    "not_in_tables": 0,
    "stopped": "",
    "recent": [],
    "failures": {},
    "refresh": None,
}


@pytest.fixture
def project(make_project: MakeProject) -> Project:
    return make_project("http://127.0.0.1:1")


@pytest.fixture(scope="module")
def a_quarter(make_project: MakeProject) -> Project:
    project = make_project("http://127.0.0.1:1")
    cache = TracklistCache(project.data / "cache")
    for release_id in THERE:
        cache.write(
            release_id, SAMPLE.answers[release_id], status=FETCHED, fetched_at=datetime.now(UTC)
        )
    warehouse = Warehouse(project.database)
    load_collection(warehouse, load_export(project.data / SAMPLE.export_name))
    build_releases(warehouse)
    expand(warehouse, cache)
    return project


@pytest.fixture
def quarter(project: Project, a_quarter: Project) -> Project:
    """A project with a quarter of its releases expanded, made without Dagster."""
    shutil.copytree(a_quarter.data, project.data, dirs_exist_ok=True)
    return project


def write_progress(project: Project, progress: Progress) -> None:
    (project.data / "progress.json").write_text(json.dumps(progress.as_json()))


def fetch_one_more(project: Project) -> None:
    """As a refresh does that is killed at once."""
    cache = TracklistCache(project.data / "cache")
    there = cache.release_ids()
    release_id = next(rid for rid in SAMPLE.answers if rid not in there)
    answer = SAMPLE.answers[release_id]
    cache.write(release_id, answer, status=FETCHED, fetched_at=datetime.now(UTC))


def test_with_no_data_at_all(project: Project) -> None:
    before = listing(project.folder)
    said, as_json = (project.run("status", *flags) for flags in ((), ("--json",)))
    assert said.returncode == as_json.returncode == 0
    assert said.stdout.startswith("No collection yet.")
    fields = json.loads(as_json.stdout)
    assert fields.pop("database") == str(project.database)
    assert fields.pop("collection") == str(project.data / SAMPLE.export_name)
    assert fields == EMPTY
    assert listing(project.folder) == before


def test_as_json_it_is_one_object_on_one_line(quarter: Project) -> None:
    ran = quarter.run("status", "--json")
    assert ran.returncode == 0, ran.stderr
    (line,) = ran.stdout.splitlines()
    fields = json.loads(line)
    assert set(fields) == {*EMPTY, "database", "collection"}
    tracks = quarter.ask("SELECT count(*) FROM expanded_tracks")
    assert [(fields["tracks"],)] == tracks
    assert fields["percentage"] == 25.0
    assert (fields["releases"], fields["copies"]) == (60, 63)
    assert (fields["expanded"], fields["pending"], fields["failed"]) == (15, 45, 0)
    assert len(fields["recent"]) == 5


def test_in_words(quarter: Project) -> None:
    lines = quarter.run("status").stdout.splitlines()
    assert lines[0].startswith("25.0 % expanded: 15 of 60 releases (63 copies), ")
    assert lines[1:4] == [
        "No refresh is running.",
        f"Collection: {quarter.data / SAMPLE.export_name}",
        "45 still to fetch. Run `musictool refresh`.",
    ]
    assert lines[4] == "Recently expanded:"
    assert all(line.startswith("  9000000") for line in lines[5:])


def test_a_collection_on_discogs_is_named_before_and_after_it_was_read(quarter: Project) -> None:
    live = {"DISCOGS_USERNAME": "mo"}
    lines = quarter.run("status", settings=live).stdout.splitlines()
    assert "Collection: mo's on Discogs, not read yet" in lines
    snapshot = quarter.data / "snapshots" / "mo-collection-20260101-1200.csv"
    snapshot.parent.mkdir()
    snapshot.write_bytes(SAMPLE.export_csv)
    lines = quarter.run("status", settings=live).stdout.splitlines()
    assert f"Collection: mo's on Discogs, last read as {snapshot}" in lines
    quarter.database.unlink()
    snapshot.unlink()
    said = quarter.run("status", settings=live).stdout
    assert said == "Collection: mo's on Discogs, not read yet. `musictool refresh` reads it.\n"


def test_it_disturbs_nothing(quarter: Project) -> None:
    before = listing(quarter.folder)
    quarter.run("status")
    assert listing(quarter.folder) == before


def test_what_is_cached_counts_before_the_tables_are_made_anew(quarter: Project) -> None:
    """A run that was killed has fetched what it has fetched. `50.0 % expanded, 0 tracks` would be
    taken for a loss."""
    before = json.loads(quarter.run("status", "--json").stdout)
    assert before["not_in_tables"] == 0
    for count, are in ((1, "tracklist is"), (2, "tracklists are")):
        fetch_one_more(quarter)
        fields = json.loads(quarter.run("status", "--json").stdout)
        assert (fields["expanded"], fields["pending"]) == (15 + count, 45 - count)
        assert (fields["tracks"], fields["not_in_tables"]) == (before["tracks"], count)
        assert (
            f"{count} {are} here but not in the tables yet, and their tracks are not counted."
        ) in quarter.run("status").stdout.splitlines()
    expand(Warehouse(quarter.database), TracklistCache(quarter.data / "cache"))
    after = json.loads(quarter.run("status", "--json").stdout)
    assert (after["expanded"], after["not_in_tables"]) == (17, 0)
    assert after["tracks"] > before["tracks"]


def test_what_a_refresh_that_runs_has_fetched_waits_for_nothing(quarter: Project) -> None:
    """It counts these tracks itself, and puts them into the tables at its end."""
    fetch_one_more(quarter)
    now = time.time()
    process = str(Owner.this_process())
    write_progress(quarter, Progress(process=process, started_at=now, updated_at=now, fetched=1))
    assert json.loads(quarter.run("status", "--json").stdout)["not_in_tables"] == 0
    assert "not in the tables" not in quarter.run("status").stdout


def test_an_answer_that_makes_no_sense_waits_for_nothing(quarter: Project) -> None:
    cache = TracklistCache(quarter.data / "cache")
    (release_id, *_) = [rid for rid in SAMPLE.answers if rid not in THERE]
    answer = b'{"id": 1, "tracklist": "none"}'
    cache.write(release_id, answer, status=FETCHED, fetched_at=datetime.now(UTC))
    expand(Warehouse(quarter.database), cache)
    assert json.loads(quarter.run("status", "--json").stdout)["not_in_tables"] == 0


def test_the_cache_of_a_record_that_was_sold_does_not_count(quarter: Project) -> None:
    TracklistCache(quarter.data / "cache").write(
        1, b'{"id": 1}', status=FETCHED, fetched_at=datetime.now(UTC)
    )
    assert json.loads(quarter.run("status", "--json").stdout)["expanded"] == 15


def test_a_run_whose_process_is_gone_died(quarter: Project) -> None:
    """After a kill -9 the progress file says for ever that it is not finished."""
    gone = f"{socket.gethostname()}:{os.getpid()}:1000000000.0"
    write_progress(
        quarter, Progress(run_id="x", process=gone, updated_at=time.time(), total=45, done=3)
    )
    ran = quarter.run("status")
    assert ran.returncode == 1, "a script would take the night for a good one"
    lines = ran.stdout.splitlines()
    assert lines[1] == "No refresh is running."
    assert lines[2].startswith("The last one died: ")
    assert lines[2].endswith("What it fetched is kept. Run `musictool refresh` to continue.")
    assert json.loads(quarter.run("status", "--json").stdout)["died"] is True


def test_a_run_that_died_before_there_was_a_collection_is_told_of_too(project: Project) -> None:
    write_progress(project, Progress(process=f"{socket.gethostname()}:1:7.0", stage="starting"))
    ran = project.run("status")
    assert ran.returncode == 1
    assert "The last one died" in ran.stdout


def test_a_run_whose_process_lives_runs(quarter: Project) -> None:
    alive = str(Owner.this_process())
    now = time.time()
    progress = Progress(
        process=alive,
        started_at=now - 60,
        updated_at=now,
        total=45,
        done=12,
        rate_per_minute=58.7,
        eta_seconds=34.0,
        waiting="Discogs asked to pause (429)",
        waiting_until=now + 300.5,
        failures={"HTTP 500 Internal Server Error": 2},
    )
    write_progress(quarter, progress)
    lines = quarter.run("status").stdout.splitlines()
    assert lines[1].startswith("A refresh is running: 58.7 a minute, 34 s left, done at ")
    assert re.fullmatch(
        r"It waits: Discogs asked to pause \(429\); next try in (300|2\d\d) s", lines[2]
    )
    assert "Failed: 2 x HTTP 500 Internal Server Error" in lines


def test_a_run_on_another_host_that_fell_silent_a_day_ago_does_not_run(quarter: Project) -> None:
    yesterday = time.time() - 86_400
    progress = Progress(process="elsewhere:7:1.0", updated_at=yesterday, total=45, done=3)
    write_progress(quarter, progress)
    assert json.loads(quarter.run("status", "--json").stdout)["running"] is False


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"7", b'{"recent": 7}', b"\xff"])
def test_a_progress_file_that_makes_no_sense_is_none(quarter: Project, content: bytes) -> None:
    (quarter.data / "progress.json").write_bytes(content)
    ran = quarter.run("status", "--json")
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["refresh"] is None


def test_a_database_that_is_none_is_left_for_the_next_refresh(project: Project) -> None:
    """The next refresh puts it aside and makes a new one; until then there is nothing to show."""
    project.database.write_bytes(b"no database at all")
    ran = project.run("status")
    assert ran.returncode == 0
    assert ran.stdout.startswith("No collection yet.")
    # The user has put it there long ago: to be told to do so would send him looking.
    assert str(project.data / SAMPLE.export_name) in ran.stdout
    assert "Put the export" not in ran.stdout
    assert ran.stderr == ""
    assert project.database.read_bytes() == b"no database at all"


def test_what_keeps_a_run_from_going_on_makes_the_exit_code_1(quarter: Project) -> None:
    stopped = Progress(finished=True, stopped="Discogs does not answer (no connection)")
    write_progress(quarter, stopped)
    ran = quarter.run("status")
    assert ran.returncode == 1
    assert "The last one ended early: Discogs does not answer (no connection)" in ran.stdout


def test_thousands_can_be_read() -> None:
    status = Status(
        running=False,
        percentage=50.0,
        releases=20_000,
        expanded=10_000,
        unavailable=1_234,
        failed=0,
        pending=10_000,
        copies=20_500,
        tracks=123_456,
        rate_per_minute=None,
        eta_seconds=None,
        waiting="",
        stopped="",
        recent=(),
        failures={},
        database="",
        refresh=None,
    )
    assert set(asdict(status)) == {*EMPTY, "database", "collection"}
    assert status_lines(status, NOON) == [
        "50.0 % expanded: 10,000 of 20,000 releases (20,500 copies), 123,456 tracks",
        "No refresh is running.",
        "1,234 are not on Discogs any more.",
        "10,000 still to fetch. Run `musictool refresh`.",
    ]


ENDED = Status(
    running=False,
    percentage=100.0,
    releases=60,
    expanded=60,
    unavailable=0,
    failed=0,
    pending=0,
    copies=63,
    tracks=271,
    rate_per_minute=None,
    eta_seconds=None,
    waiting="",
    stopped="",
    recent=(),
    failures={},
    database="",
    refresh=Progress(
        stage="done",
        started_at=NOON - 900,
        updated_at=NOON - 180,
        finished=True,
        total=60,
        fetched=57,
        unavailable=1,
        failed=2,
        tracks=271,
    ),
)


@pytest.mark.parametrize(
    ("refresh", "said"),
    [
        (
            {},
            "ended at 11:57 after 12 min of fetching and comparing: "
            "57 fetched (271 tracks), 1 not on Discogs, 2 failed.",
        ),
        (
            {"stage": "interrupted", "unavailable": 0, "failed": 0},
            "was interrupted at 11:57: 57 fetched (271 tracks). Run `musictool refresh`.",
        ),
        (
            {"stage": "interrupted", "total": 0},
            "was interrupted at 11:57. Run `musictool refresh`.",
        ),
        ({"total": 0}, "ended at 11:57 after 12 min of comparing: there was nothing to fetch."),
        ({"stage": "failed"}, "failed at 11:57: `musictool refresh` tries again, and says why."),
        (
            {"started_at": NOON - 3 * 86_400, "updated_at": NOON - 2 * 86_400},
            "ended at 2026-03-12 12:00 after 24 h 0 min of fetching and comparing: "
            "57 fetched (271 tracks), "
            "1 not on Discogs, 2 failed.",
        ),
    ],
)
def test_what_became_of_the_last_refresh(refresh: dict[str, Any], said: str) -> None:
    assert ENDED.refresh is not None
    now = replace(ENDED, refresh=replace(ENDED.refresh, **refresh))
    assert status_lines(now, NOON)[1:3] == ["No refresh is running.", f"The last one {said}"]


@pytest.mark.parametrize(
    ("unavailable", "twice"),
    [(1, False), (4, True)],
    ids=["all of them by the last refresh", "others before"],
)
def test_how_many_are_gone_is_not_said_twice(unavailable: int, twice: bool) -> None:
    lines = status_lines(replace(ENDED, unavailable=unavailable), NOON)
    assert ("1 not on Discogs" in lines[2]) and (
        any(line.endswith("not on Discogs any more.") for line in lines) is twice
    )


def test_a_refresh_that_failed_makes_the_exit_code_1() -> None:
    assert ENDED.refresh is not None
    assert ENDED.exit_code == 0
    assert replace(ENDED, refresh=replace(ENDED.refresh, stage="failed")).exit_code == 1


def test_a_run_that_says_nothing_any_more_is_told_to_be_silent() -> None:
    """Suspended by Ctrl-Z it lives, and its last words promise an end by the clock for ever."""
    silent = Progress(stage="fetching", started_at=NOON - 600, updated_at=NOON - 240, total=60)
    now = replace(ENDED, running=True, rate_per_minute=59.0, refresh=silent)
    assert (
        "It waits: no progress for 4 min: the process may be suspended, or the computer was asleep"
    ) in status_lines(now, NOON)
    heard = replace(now, refresh=replace(silent, updated_at=NOON - 3))
    assert not any(line.startswith("It waits") for line in status_lines(heard, NOON))
