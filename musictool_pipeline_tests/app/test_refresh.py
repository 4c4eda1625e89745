"""`musictool refresh` on good days: what it says, keeps, sends and writes.

The story is told once for the whole module: a dry run, a first refresh, a dry run, a second
refresh, a third. Bad days stand in `test_refresh_trouble`, interruptions in
`test_refresh_interrupted`.
"""

from __future__ import annotations

import gc
import json
import re
import sqlite3
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import Mock

import duckdb
import pytest
from dagster import DagsterRunStatus

from musictool_pipeline import definitions
from musictool_pipeline.app import refresh, running
from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.core.progress import Progress
from musictool_pipeline.errors import EXIT_DONE, EXIT_INTERRUPTED, StorageError
from musictool_pipeline.orchestration.healing import is_any_under_way
from musictool_pipeline.settings import Settings, read_settings
from musictool_pipeline.tables import standstill
from musictool_pipeline_tests.app.conftest import (
    GONE,
    LIMIT,
    RELEASE_IDS,
    REQUESTS,
    SAMPLE,
    SPOILED,
    Completed,
    MakeProject,
    Project,
    discogs,
    everything_written,
    listing,
    spoiled_answer,
)
from musictool_pipeline_tests.app.judged_collection import EVERYTHING, FILES, publish
from musictool_pipeline_tests.bench_empty_job import empty
from musictool_pipeline_tests.request_judges import requests_per_release
from musictool_pipeline_tests.stand_in.request_log import LoggedRequest
from musictool_pipeline_tests.stand_in.server import StandIn

TOKEN = "gOoDtOkEnThAtNoBoDyMaYsEe"
WITH_TOKEN = {"DISCOGS_API_KEY": TOKEN}
QUARTER = timedelta(days=91)


@dataclass(frozen=True)
class Days:
    """What was done, in this order, and what it left behind."""

    project: Project
    dry: Completed
    dry_before: dict[str, tuple[int, int, int]]
    dry_after: dict[str, tuple[int, int, int]]
    first: Completed
    first_requests: list[LoggedRequest]
    dry_again: Completed
    dry_again_before: dict[str, tuple[int, int, int]]
    dry_again_after: dict[str, tuple[int, int, int]]
    second: Completed
    second_requests: list[LoggedRequest]
    third: Completed
    third_loaded: set[str]

    @property
    def said(self) -> str:
        outputs = (self.dry, self.first, self.dry_again, self.second, self.third)
        return "".join(output.stdout + output.stderr for output in outputs)


@pytest.fixture(scope="module")
def days(make_project: MakeProject) -> Iterator[Days]:
    with StandIn(spoiled_answer, limit=LIMIT, accepted_tokens=[TOKEN]) as server:
        project = make_project(server.url)
        # As `mkdir` leaves it: Dagster would report how it is used.
        (project.dagster_home / "dagster.yaml").unlink()

        def listed() -> dict[str, tuple[int, int, int]]:
            return listing(project.folder)

        dry_before = listed()
        dry = project.run("refresh", "--dry-run", settings=WITH_TOKEN)
        dry_after = listed()
        first = project.run("refresh", settings=WITH_TOKEN)
        first_requests = server.requests
        dry_again_before = listed()
        dry_again = project.run("refresh", "--dry-run", settings=WITH_TOKEN)
        dry_again_after = listed()
        second = project.run("refresh", settings=WITH_TOKEN)
        third = project.run("refresh", settings=WITH_TOKEN)
        third_loaded = project.loaded_by("refresh", settings=WITH_TOKEN)
        yield Days(
            project=project,
            dry=dry,
            dry_before=dry_before,
            dry_after=dry_after,
            first=first,
            first_requests=first_requests,
            dry_again=dry_again,
            dry_again_before=dry_again_before,
            dry_again_after=dry_again_after,
            second=second,
            second_requests=server.requests[len(first_requests) :],
            third=third,
            third_loaded=third_loaded,
        )


def test_the_first_refresh_tells_its_story_in_order(days: Days) -> None:
    out = days.first.stdout
    assert days.first.returncode == 0, out + days.first.stderr
    assert days.first.stderr == ""
    parts = (
        "Prerequisites",
        f"✓ Collection: {days.project.data / SAMPLE.export_name}, 63 copies of 60 releases",
        f"✓ Token: set; at most {LIMIT} requests a minute",
        "Present status",
        "0 releases are there, 60 to fetch: 60 requests, about 1 min",
        "Expanding",
        "10/60 releases",
        "60/60 releases (100.0 %)",
        "Summary",
        f"59 of 60 releases expanded, {SAMPLE.track_count} tracks",
        "59 tracklists fetched with 61 requests, 0 times throttled (429)",
        "1 not on Discogs any more:",
        f"  {GONE}: HTTP 404 Not Found: Release not found.",
    )
    places = [out.find(part) for part in parts]
    assert -1 not in places, parts[places.index(-1)]
    assert places == sorted(places)


def test_each_release_is_named_once_as_it_is_expanded(days: Days) -> None:
    said = days.first.stdout.partition("Expanding")[2].partition("Summary")[0]
    named = [int(number) for number in re.findall(r"^(\d+): ", said, re.M)]
    assert sorted(named) == sorted(RELEASE_IDS)
    assert re.search(r"^\d+: .+ - .+, \d+ tracks$", said, re.M)


def test_each_release_is_asked_for_once_with_the_token_and_nothing_else_is(days: Days) -> None:
    assert requests_per_release(days.first_requests) == REQUESTS
    assert len(days.first_requests) == sum(REQUESTS.values())
    assert all(request.had_token for request in days.first_requests)


def test_the_tables_hold_every_release_and_every_track(days: Days) -> None:
    project = days.project
    assert project.ask("SELECT count(*) FROM expanded_tracks") == [(SAMPLE.track_count,)]
    assert project.ask(
        "SELECT tracklist_status, count(*) FROM releases GROUP BY ALL ORDER BY ALL"
    ) == [("fetched", 59), ("unavailable", 1)]
    assert project.ask("SELECT count(*) FROM collection_items") == [(63,)]


def test_dagster_has_every_release_booked_and_every_run_ended_well(days: Days) -> None:
    assert days.project.materialized() == set(map(str, RELEASE_IDS))
    assert days.project.run_statuses() == ["SUCCESS", "SUCCESS"]


def test_the_log_file_tells_the_same(days: Days) -> None:
    """The output of a nightly run is seen by nobody: the log file is all that there is of it."""
    log = min(days.project.logs.glob("expansion_*.log")).read_text("utf-8")
    said = days.first.stdout.partition("Expanding\n")[2].partition("\nSummary")[0]
    missing = [line for line in said.splitlines() if line.strip() and line.strip() not in log]
    assert missing == []
    assert days.first.stdout.count("log: ") == 1


def test_a_log_is_as_safe_to_look_at_as_the_terminal(days: Days) -> None:
    assert f"{SPOILED}: " in days.project.log_text()
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", days.project.log_text())


def test_the_progress_file_says_that_the_run_is_over(days: Days) -> None:
    fields = json.loads((days.project.data / "progress.json").read_bytes())
    progress = Progress.from_json(fields)
    assert progress.finished
    # The second refresh's: nothing to fetch, all of them there.
    assert (progress.total, progress.cached, progress.requests) == (0, 60, 0)
    assert fields["percentage"] == 100.0


def test_a_second_refresh_sends_nothing(days: Days) -> None:
    out = days.second.stdout
    assert days.second.returncode == 0, out + days.second.stderr
    assert days.second_requests == []
    assert "60 releases are there, and there is nothing to fetch\n" in out
    assert "Nothing to fetch" in out
    assert f"59 of 60 releases expanded, {SAMPLE.track_count} tracks" in out
    assert "0 tracklists fetched with 0 requests" in out


def test_once_it_found_nothing_to_do_it_does_not_even_start_dagster(days: Days) -> None:
    """Dagster alone would take seconds to say that nothing happened."""
    out = days.third.stdout
    assert days.third.returncode == 0, out + days.third.stderr
    assert "Nothing has changed since the last refresh" in out
    assert f"59 of 60 releases expanded, {SAMPLE.track_count} tracks" in out
    assert f"1 not on Discogs any more:\n  {GONE}: " in out
    assert "duckdb" in days.third_loaded
    assert not days.third_loaded & {"dagster", "pandas"}
    assert days.project.run_statuses() == ["SUCCESS", "SUCCESS"]


def test_time_alone_makes_a_tracklist_old(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read_settings(days.project.environment(WITH_TOKEN), days.project.folder)
    state = standstill.look(settings)
    assert state is not None
    standstill.note(settings, state)
    monkeypatch.setattr(refresh, "run_job", Mock(side_effect=KeyboardInterrupt))

    def code() -> int:
        return refresh.refresh(settings, Terminal(), limit=None, dry_run=False, debug=False)

    assert code() == EXIT_DONE
    monkeypatch.setattr(refresh, "datetime", Mock(now=lambda zone: datetime.now(zone) + QUARTER))
    assert code() == EXIT_INTERRUPTED


def test_a_run_that_dagster_began_is_looked_after(days: Days) -> None:
    """It may have died: only a refresh that asks Dagster finds that out."""
    settings = read_settings(days.project.environment(WITH_TOKEN), days.project.folder)
    before = standstill.look(settings)
    with days.project.instance() as instance:
        assert not is_any_under_way(instance)
        run = instance.create_run_for_job(empty, status=DagsterRunStatus.STARTED)
        assert is_any_under_way(instance)
        instance.delete_run(run.run_id)
    after = standstill.look(settings)
    assert before and after and after.is_the_data_of(before)
    assert after != before


def test_dagster_is_loaded_without_a_search_for_garbage(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would take a fifth of that time; afterwards Python searches as it did."""
    during: list[bool] = []

    def build(settings: Settings) -> None:
        during.append(gc.isenabled())
        raise StorageError("that is far enough")

    monkeypatch.setattr(definitions, "build_definitions", build)
    with pytest.raises(StorageError):
        running.run_job(Settings(), limit=None, debug=False)
    assert during == [False]
    assert gc.isenabled()


def test_a_dry_run_writes_nothing_at_all(days: Days) -> None:
    assert days.dry_before == days.dry_after
    assert days.dry_again_before == days.dry_again_after


def test_a_dry_run_sends_nothing_and_says_what_a_refresh_would(days: Days) -> None:
    assert days.dry.returncode == days.dry_again.returncode == 0
    assert "60 to fetch: 60 requests, about 1 min" in days.dry.stdout
    assert "releases are there, and there is nothing to fetch\n" in days.dry_again.stdout
    assert "nothing was sent" in days.dry.stdout
    # Nothing but the first refresh's ever arrived.
    assert len(days.first_requests) + len(days.second_requests) == sum(REQUESTS.values())


def test_a_dry_run_leaves_a_damaged_cache_file_where_it_is(days: Days) -> None:
    damaged = days.project.data / "cache" / f"{SPOILED}.json"
    content = damaged.read_bytes()
    damaged.write_bytes(content[:100])
    try:
        before = listing(days.project.folder)
        dry = days.project.run("refresh", "--dry-run")
        assert "1 to fetch" in dry.stdout
        assert listing(days.project.folder) == before
    finally:
        damaged.write_bytes(content)


def test_nothing_is_written_outside_the_project_but_the_request_budget(days: Days) -> None:
    """The data folder, the logs and DAGSTER_HOME are ours; the user's home is not."""
    assert list(days.project.home.rglob("*")) == []
    budgets = [path for path in (days.project.folder / "user-cache").rglob("*") if path.is_file()]
    assert budgets
    assert all(path.match("musictool/requests-127.0.0.1-*.sqlite*") for path in budgets)
    assert (days.project.data / SAMPLE.export_name).read_bytes() == SAMPLE.export_csv


def test_dagster_notes_nothing_about_its_use(days: Days) -> None:
    with days.project.instance() as instance:
        assert not instance.telemetry_enabled
    assert not (days.project.dagster_home / ".telemetry").exists()
    assert not (days.project.dagster_home / "logs").exists()


def test_output_to_a_pipe_has_no_escape_codes_and_no_title_brings_any(days: Days) -> None:
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", days.said)
    assert f"{SPOILED}: " in days.first.stdout
    assert ":fire: [red]Title[/red]" in days.first.stdout


def test_the_token_is_written_nowhere(days: Days) -> None:
    """It is a key to everything that its owner may do on Discogs, and never expires."""
    assert TOKEN not in days.said
    searched = 0
    for place, content in everything_written(days.project.folder):
        searched += 1
        assert TOKEN.encode() not in content, place
    assert searched > 1_000


def test_the_search_for_the_token_would_find_it(tmp_path: Path) -> None:
    """Dagster's storage and DuckDB compress: a search of the raw bytes alone finds nothing."""
    secret = "s3cret" * 3
    with duckdb.connect(str(tmp_path / "a.duckdb")) as connection:
        connection.execute("CREATE TABLE t AS SELECT ? AS text FROM range(100000)", [secret])
    with sqlite3.connect(tmp_path / "b.db") as connection:
        connection.execute("CREATE TABLE t (body BLOB)")
        connection.execute("INSERT INTO t VALUES (?)", [zlib.compress(secret.encode() * 50)])
    connection.close()
    found = {
        place.partition(":")[0]
        for place, content in everything_written(tmp_path)
        if secret.encode() in content
    }
    assert found == {str(tmp_path / "a.duckdb"), str(tmp_path / "b.db")}


def test_a_wantlist_given_by_mistake_changes_nothing(days: Days) -> None:
    """The last good tables are worth more than an empty new one."""
    wantlist = days.project.folder / "someone-wantlist-20260101-1200.csv"
    wantlist.write_text(
        "Catalog#,Artist,Title,Label,Format,Rating,Released,release_id,Notes\r\n"
        "CAT 1,Someone,Something,Label,LP,,1999,123,,\r\n"
    )
    before = listing(days.project.data)
    refused = days.project.run("refresh", settings={"MUSICTOOL_COLLECTION_CSV": str(wantlist)})
    assert refused.returncode == 2
    said = refused.stdout + refused.stderr
    assert "wantlist" in said.partition("✗")[2].replace(str(wantlist), "")
    assert str(wantlist) in said
    assert "Traceback" not in said
    assert listing(days.project.data) == before


@pytest.mark.slow  # the suite has it in the process, in `orchestration/test_refresh`
def test_a_limit_fetches_exactly_so_many(make_project: MakeProject) -> None:
    with discogs() as server:
        project = make_project(server.url)
        refreshed = project.run("refresh", "--limit", "7")
        assert sum(requests_per_release(server.requests).values()) == 7
        assert project.cached() == set(requests_per_release(server.requests))
    assert refreshed.returncode == 1, refreshed.stdout + refreshed.stderr
    assert "7 to fetch: 7 requests" in refreshed.stdout
    assert "53 are left for later" in refreshed.stdout
    assert "53 releases are left" in refreshed.stdout
    assert project.materialized() == set(map(str, project.cached()))


def test_without_dagster_home_everything_stays_in_the_roots_own_folder(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands and `dagster dev`, started from the root, must see one and the same instance."""
    from musictool_pipeline.app.running import open_instance
    from musictool_pipeline.settings import PROJECT_ROOT

    root = make_project("http://127.0.0.1:1").folder
    (root / "dagster.yaml").write_bytes((PROJECT_ROOT / "dagster.yaml").read_bytes())
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.chdir(root / "home")
    before = set(listing(root))
    with open_instance(Settings(root=root)) as instance:
        assert instance.get_runs() == []
    assert {Path(path).parts[0] for path in set(listing(root)) - before} == {
        ".dagster",
        "workspace.yaml",
    }


def test_decisions_on_files_that_moved_are_named_and_cost_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A decision that holds for another file than it names must not do so in silence."""
    settings = read_settings({"MUSICTOOL_DATA_DIR": str(tmp_path)}, tmp_path)
    moved = {**FILES[0], "file_size_bytes": 9_000, "path": "/new/aa.mp3"}
    publish(settings.database, **{**EVERYTHING, "digital_tracks": [moved]})
    settings.overrides_file.write_text(
        "release_id,position,decision,digital,file_size,file_length\n1,A,same,/aa.mp3,9000,431\n"
    )
    assert not refresh._tell_of_libraries_and_decisions(settings, Terminal())
    assert capsys.readouterr().out.splitlines() == [
        f"1 decision of {settings.overrides_file} on files that moved or changed:",
        "  line 2: release 1, position A: /aa.mp3 is not in the digital library any more; the "
        "decision holds for /new/aa.mp3, which has its size and length",
    ]
