"""`musictool refresh` on bad days: releases that fail, a token that is refused, nobody there, a
library that cannot be read, decisions that point at nothing.

One refresh whose failures never heal lasts half a minute of back-off: it is what `musictool
status` looks at, and `--watch` follows, while it runs.
"""

from __future__ import annotations

import json
import logging
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from musictool_pipeline.app import refresh
from musictool_pipeline.app.following import Lines
from musictool_pipeline.app.status import Status, read_status
from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.core.discogs import outage
from musictool_pipeline.discogs.cache import FETCHED, UNAVAILABLE, TracklistCache
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.gaps import build_gap_analysis
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline.tables.tracklists import note_failures
from musictool_pipeline_tests.app.conftest import (
    FEW,
    GONE,
    RELEASE_IDS,
    REQUESTS,
    SAMPLE,
    Completed,
    MakeProject,
    Project,
    Running,
    discogs,
    everything_written,
    keep_few,
    wait_until,
)
from musictool_pipeline_tests.app.judged_collection import EVERYTHING, publish
from musictool_pipeline_tests.request_judges import requests_per_release
from musictool_pipeline_tests.stand_in.fault_plan import FaultPlan
from musictool_pipeline_tests.stand_in.faults import fault_named

BAD_TOKEN = "bAdToKeNtHaTnObOdYmAySeE"
FAILING = {900000010: "503", 900000020: "html_200"}
CAUSES = {
    "HTTP 503 Service Unavailable": 1,
    "answer is not JSON but a web page": 1,
}


OF_A_LONG_REFRESH = pytest.mark.slow
"""Of what it looks at the suite has `test_outcome`, `test_status`, `test_watch` (with a progress
that a test writes) and `orchestration/test_refresh` (releases that fail)."""


@dataclass(frozen=True)
class Troubled:
    """A refresh in which two releases failed for good, and what `status` said meanwhile."""

    project: Project
    code: int
    said: str
    attempts: dict[int, int]
    during: dict[str, Any]
    during_in_words: str
    watched: Completed
    watched_seconds_after_the_end: float
    ends: list[Status]
    after: dict[str, Any]
    after_code: int


def looks_at_the_end(project: Project, refresh: Running) -> list[Status]:
    """What `status` says from the moment when it takes the run for ended until it really is."""
    settings = Settings(data_dir=project.data)
    looks: list[Status] = []
    while refresh.poll() is None:
        if not (look := read_status(settings)).running:
            looks.append(look)
        time.sleep(0.02)
    return looks


@pytest.fixture(scope="module")
def troubled(make_project: MakeProject) -> Iterator[Troubled]:
    # Another reason to wait is told of at once, and a longer wait for the same one within ten
    # seconds: the last pause, the one that is long enough to be seen, has a reason of its own.
    plan = FaultPlan(
        script={
            rid: [fault_named("502")] * 2 + [fault_named(name)] * 99
            for rid, name in FAILING.items()
        }
    )
    with discogs(faults=plan, latency=0.05) as server:
        project = make_project(server.url)

        def status() -> dict[str, Any]:
            return json.loads(project.run("status", "--json").stdout)

        with project.running("refresh") as refresh:
            # Long before the last pause, which it has to see: a busy machine starts it slowly.
            wait_until(lambda: server.arrived >= 58 + 2, "the first attempts")
            with project.running("status", "--watch") as watch:
                # All others are there; these two are in the middle of their back-off.
                wait_until(lambda: server.arrived >= 58 + 2 * 3, "the third attempts")
                # Told of within a second, and not any more when it is nearly over.
                looks = iter(status, None)
                during = next(
                    look for look in looks if look["waiting_until"] or not look["running"]
                )
                in_words = project.run("status").stdout
                ends = looks_at_the_end(project, refresh)
                said, _ = refresh.communicate(timeout=120)
                ended = time.monotonic()
                shown, _ = watch.communicate(timeout=30)
                watched = Completed(watch.args, watch.returncode, shown)
                seconds = time.monotonic() - ended
        after = project.run("status", "--json")
        yield Troubled(
            project=project,
            code=refresh.returncode,
            said=said,
            attempts=dict(requests_per_release(server.requests)),
            during=during,
            during_in_words=in_words,
            watched=watched,
            watched_seconds_after_the_end=seconds,
            ends=ends,
            after=json.loads(after.stdout),
            after_code=after.returncode,
        )


@OF_A_LONG_REFRESH
def test_failures_are_named_counted_by_cause_and_left_for_the_next_time(
    troubled: Troubled,
) -> None:
    """Silence is not success: a script sees it by the exit code, a person by the names."""
    said = troubled.said
    assert troubled.code == 1, said
    assert "Error processing release 900000010: HTTP 503 Service Unavailable" in said
    assert "Error processing release 900000020: answer is not JSON but a web page" in said
    summary = said.partition("Summary")[2]
    heading = re.search(r"^2 failed \((.*)\):$", summary, re.M)
    assert heading
    assert set(heading[1].split(", ")) == {f"{n} x {cause}" for cause, n in CAUSES.items()}
    assert "  900000010: HTTP 503 Service Unavailable" in summary
    assert "2 releases are left for the next `musictool refresh`." in summary
    assert "Traceback" not in said


@OF_A_LONG_REFRESH
def test_failures_keep_nothing_else_from_being_expanded(troubled: Troubled) -> None:
    project = troubled.project
    assert project.cached() == RELEASE_IDS - set(FAILING)
    assert project.materialized() == set(map(str, project.cached()))
    assert project.run_statuses() == ["SUCCESS"]
    assert dict(project.ask("SELECT tracklist_status, count(*) FROM releases GROUP BY ALL")) == {
        "fetched": 57,
        "unavailable": 1,
        "failed": 2,
    }
    failed = project.ask(
        "SELECT release_id, tracklist_error FROM releases WHERE tracklist_status = 'failed'"
    )
    assert dict(failed)[900000010] == "HTTP 503 Service Unavailable"


@OF_A_LONG_REFRESH
def test_a_failing_release_is_tried_four_times_and_the_others_once(troubled: Troubled) -> None:
    expected = {**REQUESTS, **dict.fromkeys(FAILING, 4)}
    assert troubled.attempts == expected


@OF_A_LONG_REFRESH
def test_failures_are_in_the_log_with_their_names(troubled: Troubled) -> None:
    log = troubled.project.log_text()
    assert "WARNING Error processing release 900000010: HTTP 503 Service Unavailable" in log


@OF_A_LONG_REFRESH
def test_status_sees_a_run_of_another_process(troubled: Troubled) -> None:
    """The contract's fields: percentage, tracks, rate, ETA, recently expanded, failures."""
    during = troubled.during
    assert during["running"] is True
    assert during["percentage"] == 96.7
    assert (during["releases"], during["expanded"], during["pending"]) == (60, 58, 2)
    failing_tracks = sum(_tracks(troubled.project, release_id) for release_id in FAILING)
    assert failing_tracks == 0
    assert during["tracks"] == troubled.after["tracks"] > 200
    assert during["rate_per_minute"] > 0
    assert during["eta_seconds"] > 0
    assert len(during["recent"]) == 5
    assert set(during["recent"][0]) == {"release_id", "artist", "title", "tracks"}
    assert during["failures"] == {}
    assert during["refresh"]["total"] == 60


def _tracks(project: Project, release_id: int) -> int:
    ((tracks,),) = project.ask(
        f"SELECT count(*) FROM expanded_tracks WHERE discogs_release_id = {release_id}"
    )
    return tracks


@OF_A_LONG_REFRESH
def test_status_says_the_same_in_words(troubled: Troubled) -> None:
    lines = troubled.during_in_words.splitlines()
    assert re.fullmatch(r"96\.7 % expanded: 58 of 60 releases \(63 copies\), \d+ tracks", lines[0])
    assert re.fullmatch(
        r"A refresh is running: [\d.]+ a minute, \d+ s left, done at \d\d:\d\d", lines[1]
    )
    assert "Recently expanded:" in lines


@OF_A_LONG_REFRESH
def test_status_after_the_run_counts_failures_by_cause(troubled: Troubled) -> None:
    after = troubled.after
    assert troubled.after_code == 1
    assert after["running"] is False
    assert after["failures"] == CAUSES
    assert (after["failed"], after["pending"], after["unavailable"]) == (2, 0, 1)
    assert after["refresh"]["finished"] is True
    assert after["refresh"]["failed"] == 2


@OF_A_LONG_REFRESH
def test_watch_follows_to_the_end_in_plain_lines_and_sums_up(troubled: Troubled) -> None:
    assert "\x1b" not in troubled.watched.stdout
    assert troubled.watched.returncode == 1
    assert troubled.watched_seconds_after_the_end < 10
    lines = troubled.watched.stdout.splitlines()
    following = [line for line in lines if re.match(r"\d+/60 releases \(\d+\.\d %\), \d+ tr", line)]
    assert following == lines[: len(following)]
    assert all(line != after for line, after in pairwise(following)), "nothing new, and yet said"
    assert any(
        re.search(r"; waiting: trying again \(.*\); next try in \d+ s$", line) for line in following
    )
    _, running, last, *_ = lines[len(following) :]
    assert running == "No refresh is running."
    assert re.fullmatch(
        r"The last one ended at \d\d:\d\d after \d+ s of fetching and comparing: "
        r"57 fetched \(\d+ tracks\), "
        r"1 not on Discogs, 2 failed\.",
        last,
    )


@OF_A_LONG_REFRESH
def test_status_says_what_a_run_waits_for_and_until_when(troubled: Troubled) -> None:
    during = troubled.during
    assert during["waiting"] in {f"trying again ({cause})" for cause in CAUSES}
    assert during["refresh"]["updated_at"] < during["waiting_until"]
    assert re.search(
        r"^It waits: trying again \(.*\); next try in \d+ s$", troubled.during_in_words, re.M
    )


@OF_A_LONG_REFRESH
def test_a_run_is_not_said_to_be_over_before_its_tables_are_there(troubled: Troubled) -> None:
    """It is where `--watch` stops looking: its last word would be 0 tracks, no failure, exit 0."""
    after = troubled.after
    early = [
        (look.tracks, look.failures)
        for look in troubled.ends
        if (look.tracks, dict(look.failures)) != (after["tracks"], after["failures"])
    ]
    assert early == []


def test_what_could_not_be_fetched_anew_is_named_and_nothing_is_left_to_do(
    make_project: MakeProject,
) -> None:
    """A tracklist that fails to come anew each night would grow old in silence."""
    project = make_project("http://127.0.0.1:1")
    keep_few(project)
    cache, now = TracklistCache(project.data / "cache"), datetime.now(UTC)
    there = sorted(FEW - {GONE})
    for release_id in there:
        cache.write(release_id, SAMPLE.answers[release_id], status=FETCHED, fetched_at=now)
    cache.write(GONE, b"{}", status=UNAVAILABLE, fetched_at=now, remark="HTTP 404 Not Found")
    (failing, deleted, *_) = there
    if answer := cache.read(deleted):
        cache.keep(answer, asked_at=now, remark="HTTP 410 Gone: Release is gone.")
    warehouse = Warehouse(project.database)
    note_failures(warehouse, {failing: "HTTP 503 Service Unavailable"}, settled=[], at=now)
    refreshed = project.run("refresh")
    assert (
        "2 not fetched again; the old tracklists stay:\n"
        f"  {failing}: HTTP 503 Service Unavailable\n"
        f"  {deleted}: HTTP 410 Gone: Release is gone.\n"
    ) in refreshed.stdout.partition("Summary")[2]
    assert f"{len(there)} of {len(FEW)} releases expanded" in refreshed.stdout
    assert refreshed.returncode == 0


@dataclass(frozen=True)
class Refused:
    project: Project
    refreshed: Completed
    debugged: Completed
    requests: int


@pytest.fixture(scope="module")
def refused(make_project: MakeProject) -> Refused:
    with discogs(accepted_tokens=["another"]) as server:
        project = make_project(server.url)
        settings = {"DISCOGS_API_KEY": BAD_TOKEN}
        refreshed = project.run("refresh", settings=settings)
        requests = len(server.requests)
        debugged = project.run("refresh", "--debug", settings=settings)
        return Refused(project, refreshed, debugged, requests)


def test_a_refused_token_stops_at_once_and_says_what_to_do(refused: Refused) -> None:
    """Retrying cannot clear it, and each try would count against the address."""
    assert refused.refreshed.returncode == 2
    assert refused.requests <= 4, "no more than what was in flight when the first answer came"
    assert f", {refused.requests} requests, 0 times throttled" in refused.refreshed.stdout
    error = refused.refreshed.stderr
    assert "Discogs refused access: HTTP 401 Unauthorized" in error
    assert "Make a new token" in error
    assert "`musictool init`" in error
    assert "Traceback" not in error + refused.refreshed.stdout
    assert refused.project.cached() == set()


def test_a_refused_token_is_not_blamed_on_the_releases(refused: Refused) -> None:
    statuses = refused.project.ask("SELECT DISTINCT tracklist_status FROM releases")
    assert statuses == [("pending",)]
    assert refused.project.run_statuses() == ["FAILURE", "FAILURE"]


def test_a_refused_token_is_written_nowhere_not_even_with_a_traceback(refused: Refused) -> None:
    said = [refused.refreshed.stdout, refused.refreshed.stderr]
    said += [refused.debugged.stdout, refused.debugged.stderr]
    assert "Stack Trace" in refused.debugged.stderr
    assert refused.debugged.returncode == 2
    assert BAD_TOKEN not in "".join(said)
    for place, content in everything_written(refused.project.folder):
        assert BAD_TOKEN.encode() not in content, place


@dataclass(frozen=True)
class Down:
    project: Project
    refreshed: Completed
    seconds: float


@pytest.fixture(scope="module")
def down(make_project: MakeProject) -> Down:
    # RFC 6335: port 1 is reserved for a service that nobody runs any more.
    project = make_project("http://127.0.0.1:1")
    began = time.monotonic()
    refreshed = project.run("refresh")
    return Down(project, refreshed, time.monotonic() - began)


def test_nobody_there_is_found_out_in_reasonable_time(down: Down) -> None:
    assert down.seconds < 45
    said = down.refreshed.stdout + down.refreshed.stderr
    assert "Discogs does not answer (no connection)" in said
    assert "Check the network, and DISCOGS_API_URL if it is set." in said
    assert "Traceback" not in said


def test_nobody_there_is_not_blamed_on_the_releases(down: Down) -> None:
    statuses = down.project.ask("SELECT DISTINCT tracklist_status FROM releases")
    assert statuses == [("pending",)]


def test_nobody_there_the_first_time_ends_with_a_summary_and_exit_code_1(down: Down) -> None:
    assert "dagster._core" not in down.refreshed.stderr
    assert "60 releases are left" in down.refreshed.stdout
    sent = re.search(r"^0 tracklists fetched with (\d+) requests", down.refreshed.stdout, re.M)
    assert sent
    assert int(sent[1]) >= outage.FAILURES_OF_AN_OUTAGE
    assert down.refreshed.returncode == 1


@dataclass(frozen=True)
class Unsound:
    """What was refreshed with libraries that cannot be read and decisions of which some have no
    effect, then without those libraries."""

    missing: Path
    cut_short: Path
    decisions: Path
    with_libraries: Completed
    gaps: Completed
    without: Completed


@pytest.fixture(scope="module")
def unsound(make_project: MakeProject) -> Unsound:
    with discogs() as server:
        project = make_project(server.url)
        keep_few(project)
        missing, cut_short = project.folder / "unplugged.nml", project.folder / "collection.nml"
        cut_short.write_text('<?xml version="1.0"?>\n<NML VERSION="19"><COLLECTION><ENTRY')
        decisions = project.data / "match_overrides.csv"
        header = "discogs_release_id,track_number,decision,digital,note\n"
        decisions.write_text(f"{header}900000010,1,not,,\n7,1,not,,\n900000010,2,perhaps,,\n")
        libraries = {"MUSICTOOL_DIGITAL_LIBRARY": f"{missing}{os.pathsep}{cut_short}"}
        with_libraries = project.run("refresh", settings=libraries)
        gaps = project.run("gaps", "--limit", "1", settings=libraries)
        without = project.run("refresh")
        return Unsound(missing, cut_short, decisions, with_libraries, gaps, without)


def _summary(ran: Completed) -> list[str]:
    return ran.stdout.partition("\nSummary\n")[2].splitlines()


def test_libraries_that_cannot_be_read_need_the_user(unsound: Unsound) -> None:
    """With exit code 0 nobody looks, and what is new in the library is missing for months."""
    ran = unsound.with_libraries
    assert ran.returncode == 1, ran.stdout + ran.stderr
    said = _summary(ran)
    at = said.index(
        f"✗ Digital library not found: {unsound.missing}; nothing in it counts as owned "
        "until it can be read"
    )
    assert "Correct MUSICTOOL_DIGITAL_LIBRARY, or connect the disk" in said[at + 1]
    assert said[at + 2].startswith(f"✗ {unsound.cut_short}")
    assert "Export or save the library again" in said[at + 3]


def test_gaps_says_of_a_library_that_it_could_not_be_read(unsound: Unsound) -> None:
    """ "Put one into the data folder" would be asking for what lies there."""
    assert unsound.gaps.returncode == 0
    assert f"Digital library not found: {unsound.missing}; " in unsound.gaps.stdout
    assert f"\n{unsound.cut_short}" in unsound.gaps.stdout
    assert "into the data folder" not in unsound.gaps.stdout


def test_decisions_without_effect_are_named_and_are_no_failure(unsound: Unsound) -> None:
    """A record that was sold leaves its lines behind, which is no problem; but a mistyped
    line looks like one that counts."""
    ran = unsound.without
    assert ran.returncode == 0, ran.stdout + ran.stderr
    said = _summary(ran)
    at = said.index(
        f"2 lines of {unsound.decisions} have no effect "
        "(columns: discogs_release_id, position, decision, digital, note):"
    )
    assert said[at + 1].startswith("  line 3: release 7 is not in the collection")
    assert said[at + 2] == "  line 4: the decision is 'perhaps', not same, other_version or not"
    assert "! No digital library found" in ran.stdout


def test_decisions_of_no_use_at_all_need_the_user(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(data_dir=tmp_path)
    publish(settings.database, **EVERYTHING)
    settings.overrides_file.write_text("release;decision\n900000010;not\n")
    build_gap_analysis(Warehouse(settings.database), settings.overrides_file)
    assert refresh._tell_of_libraries_and_decisions(settings, Terminal())
    said = capsys.readouterr().out.splitlines()
    assert "  line 1: the header lacks the columns discogs_release_id and decision" in said
    assert f"✗ No decision in {settings.overrides_file} can be used" in said


def test_a_reader_that_had_enough_does_not_end_the_run() -> None:
    """A pager that was quit or a connection that dropped is no reason to fetch nothing more."""
    reading, writing = os.pipe()
    os.close(reading)
    terminal = Terminal()
    terminal.file = os.fdopen(writing, "w", encoding="utf-8")
    record = logging.LogRecord("musictool.release", logging.INFO, __file__, 1, "x", None, None)
    for _ in range(2):
        Lines(terminal.say).handle(record)
    assert terminal.file.name != writing
