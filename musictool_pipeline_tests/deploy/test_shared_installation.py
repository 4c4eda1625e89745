"""The shared installation of `deploy/`, tried on loopback with a PostgreSQL of its own.

What belongs here: what several people and several hosts must be able to rely on. It takes minutes,
PostgreSQL's programs and the packages of `deploy/requirements.txt`, so it is left out unless asked
for: `make deploytest`.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import psutil
import pytest

from musictool_pipeline.core.tables import TABLES
from musictool_pipeline.settings import PROJECT_ROOT
from musictool_pipeline_tests.deploy.installation import (
    DEPLOY,
    LOCATION,
    Installation,
    Postgres,
    installation,
    postgres_binaries,
    running_postgres,
    wait_for,
)
from musictool_pipeline_tests.orchestration.conftest import answer_of, export_of
from musictool_pipeline_tests.request_judges import most_in_any_window, requests_per_release
from musictool_pipeline_tests.running_dev import LAUNCH_JOB
from musictool_pipeline_tests.stand_in.server import StandIn

BINARIES = postgres_binaries()
pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(BINARIES is None, reason="PostgreSQL's initdb is not here"),
    pytest.mark.skipif(
        importlib.util.find_spec("dagster_postgres") is None,
        reason="dagster-postgres is not here: `make deploytest` brings it",
    ),
]

EXPORT = "me-collection-20260101-1200.csv"
WORKSPACE = str(DEPLOY / "instance/workspace.yaml")

# A hundred times what Discogs permits with a token.
PACE = 6_000

RUNS = """
query { runsOrError(limit: 100) { ... on Runs { results {
  runId status jobName tags { key value }
} } } }
"""
PARTITIONS = """
query { assetNodeOrError(assetKey: {path: ["discogs_tracklists"]}) { ... on AssetNode {
  assetPartitionStatuses { ... on DefaultPartitionStatuses {
    materializedPartitions unmaterializedPartitions failedPartitions
  } }
} } }
"""


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    assert BINARIES
    with running_postgres(BINARIES) as server:
        yield server


def _settings(discogs: StandIn, requests_per_minute: int = PACE) -> dict[str, str]:
    return {
        "DISCOGS_API_URL": discogs.url,
        "DISCOGS_REQUESTS_PER_MINUTE": str(requests_per_minute),
    }


def _launch_refresh(shared: Installation, service: str = "web") -> dict[str, Any]:
    selector = {**LOCATION, "pipelineName": "refresh"}
    params = {"selector": selector, "mode": "default", "runConfigData": {}}
    return shared.ask(LAUNCH_JOB, service, params=params)["launchPipelineExecution"]


def _runs(shared: Installation) -> list[dict[str, Any]]:
    """Runs of `refresh`, the oldest first."""
    found = shared.ask(RUNS)["runsOrError"]["results"]
    return [run for run in reversed(found) if run["jobName"] == "refresh"]


def _partitions(shared: Installation) -> dict[str, set[int]]:
    node = shared.ask(PARTITIONS)["assetNodeOrError"]["assetPartitionStatuses"]
    return {state: set(map(int, keys)) for state, keys in node.items()}


def _cached(shared: Installation) -> int:
    return sum(1 for path in (shared.data / "cache").rglob("*.json*") if path.is_file())


def _tables(database: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every table, without the columns that say when it was made."""
    times = {"expanded_date", "created_at", "fetched_at"}
    with duckdb.connect(str(database), read_only=True) as connection:
        return {
            table.name: connection.execute(
                f"SELECT {', '.join(it.name for it in table.columns if it.name not in times)} "
                f"FROM {table.name} ORDER BY ALL"
            ).fetchall()
            for table in TABLES
        }


# --- A night -------------------------------------------------------------------------------------

RELEASES = list(range(1_001, 1_601))


def _bring_a_collection(data: Path) -> None:
    (data / EXPORT).write_bytes(export_of(RELEASES))
    files = "".join(f"/Music/Artist {rid} - One.mp3\n" for rid in RELEASES[::2])
    (data / "library.m3u8").write_text(f"#EXTM3U\n{files}", encoding="utf-8")


def _process_of(run: dict[str, Any]) -> psutil.Process | None:
    """The process that the run says it lives in."""
    for tag in run["tags"]:
        if tag["key"] == "musictool/process":
            return psutil.Process(int(tag["value"].rsplit(":", 2)[1]))
    return None


def test_a_night_with_two_kills_loses_nothing(tmp_path: Path, postgres: Postgres) -> None:
    """Ten minutes' worth of requests, at 100 times the pace, by the schedule, every minute here in
    place of every night. The run's process is killed in mid-fetch, and in the next run the code
    server with all that it started. What comes of it is what an undisturbed refresh makes."""
    with StandIn(answer_of, limit=PACE, latency=(0.05, 0.1)) as discogs:
        shared = installation(
            tmp_path / "shared",
            postgres,
            "night",
            {**_settings(discogs), "MUSICTOOL_NIGHTLY_CRON": "* * * * *"},
        )
        _bring_a_collection(shared.data)

        def run_in_mid_fetch(number: int, cached: int) -> dict[str, Any] | None:
            runs = _runs(shared)
            assert len(runs) <= number, runs
            in_mid_fetch = len(runs) == number and _cached(shared) >= cached
            return runs[-1] if in_mid_fetch else None

        def status(number: int) -> str:
            return _runs(shared)[number - 1]["status"]

        try:
            shared.start("code", "daemon", "web")
            shared.run("dagster", "schedule", "start", "-w", WORKSPACE, "nightly_refresh")

            first = wait_for(lambda: run_in_mid_fetch(1, 100), 180, "the first night's fetching")
            process = _process_of(first)
            assert process
            process.kill()
            wait_for(lambda: status(1) == "FAILURE", 120, "the killed run is seen to be dead")
            assert 100 <= _cached(shared) < 500

            wait_for(lambda: run_in_mid_fetch(2, 350), 180, "the second night's fetching")
            shared.kill("code")
            assert 350 <= _cached(shared) < len(RELEASES)
            shared.start("code")
            wait_for(lambda: status(2) == "FAILURE", 180, "the orphaned run is seen to be dead")

            wait_for(lambda: len(_runs(shared)) > 2, 120, "the third night")
            wait_for(lambda: status(3) == "SUCCESS", 240, "the third night's end")
            assert _partitions(shared) == {
                "materializedPartitions": set(RELEASES),
                "unmaterializedPartitions": set(),
                "failedPartitions": set(),
            }
        finally:
            shared.stop()

        # Only what was in flight when a process was killed is asked for again.
        asked = requests_per_release(discogs.requests)
        assert asked.keys() == set(RELEASES)
        assert asked.total() <= len(RELEASES) + 2 * 4
        assert Counter(entry.status for entry in discogs.requests).keys() <= {0, 200}
        assert most_in_any_window(entry.arrived for entry in discogs.requests) <= PACE

        undisturbed = tmp_path / "undisturbed"
        (undisturbed / "data").mkdir(parents=True)
        _bring_a_collection(undisturbed / "data")
        _refresh_alone(undisturbed, shared, discogs)

    assert _tables(shared.data / "musictool.duckdb") == _tables(
        undisturbed / "data/musictool.duckdb"
    )
    # Read-only in a container: nothing may ask for a place there.
    assert {path.name for path in (DEPLOY / "instance").iterdir()} == {
        "dagster.yaml",
        "workspace.yaml",
    }


def _refresh_alone(folder: Path, shared: Installation, discogs: StandIn) -> None:
    """`musictool refresh` on one machine, with Dagster's instance in files."""
    (folder / "dagster").mkdir()
    home = folder / "dagster/dagster.yaml"
    home.write_text("telemetry:\n  enabled: false\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "musictool_pipeline.app.cli", "refresh"],
        cwd=PROJECT_ROOT,
        env={
            **shared.environment,
            "DAGSTER_HOME": str(folder / "dagster"),
            "MUSICTOOL_DATA_DIR": str(folder / "data"),
            "MUSICTOOL_LOGS_DIR": str(folder / "logs"),
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


# --- Two collections -----------------------------------------------------------------------------


def test_two_collections_share_a_server_and_nothing_else(
    tmp_path: Path, postgres: Postgres
) -> None:
    """Six of the twelve records are in both: in one instance they would be one partition, and count
    as expanded for whoever has no tracklist of them."""
    annas, bens = list(range(1, 10)), list(range(4, 13))
    with StandIn(answer_of, limit=PACE) as discogs:
        budget = {"XDG_CACHE_HOME": str(tmp_path / "budget")}
        anna, ben = (
            installation(tmp_path / name, postgres, name, {**_settings(discogs), **budget})
            for name in ("anna", "ben")
        )
        try:
            for shared, releases in ((anna, annas), (ben, bens)):
                (shared.data / EXPORT).write_bytes(export_of(releases))
                shared.start("code", "daemon", "web")
                assert _launch_refresh(shared)["__typename"] == "LaunchRunSuccess"
            for shared, releases in ((anna, annas), (ben, bens)):
                wait_for(
                    lambda it=shared: [run["status"] for run in _runs(it)] == ["SUCCESS"],
                    180,
                    shared.folder.name,
                )
                assert _partitions(shared)["materializedPartitions"] == set(releases)
                assert _cached(shared) == len(releases)
                tracks = _tables(shared.data / "musictool.duckdb")["expanded_tracks"]
                assert len(tracks) == 2 * len(releases)
            # Guests see the same pages, and can start nothing.
            ben.start("guests")
            assert len(ben.ask(RUNS, "guests")["runsOrError"]["results"]) >= 1
            assert _launch_refresh(ben, "guests")["__typename"] == "UnauthorizedError"
            assert len(_runs(ben)) == 1
            # Each health check says yes, and no once the process is gone.
            for service in ("code", "daemon", "web", "guests"):
                assert ben.is_healthy(service), service
            for service in ("guests", "code"):
                ben.kill(service)
                assert not ben.is_healthy(service), service
        finally:
            ben.stop()
            anna.stop()
    assert requests_per_release(discogs.requests).total() == len(annas) + len(bens)


# --- Two hosts at one address ---------------------------------------------------------------------


def test_the_pool_keeps_two_hosts_at_one_address_within_its_limit(
    tmp_path: Path, postgres: Postgres
) -> None:
    """Each host has a request budget of its own, which knows nothing of the other's; the pool lets
    one of them ask at a time, and the second sees in the answers' headers what the first used."""
    limit, releases = 20, list(range(1, 25))
    ranges = ("1...12", "13...24")
    with StandIn(answer_of, limit=limit, latency=0.05) as discogs:
        shared = installation(tmp_path / "shared", postgres, "hosts", _settings(discogs, limit))
        (shared.data / EXPORT).write_bytes(export_of(releases))
        materialize = (*("dagster", "asset", "materialize"), "-m", "musictool_pipeline.definitions")
        shared.run(*materialize, "--select", "collection_csv,releases")
        logs = [tmp_path / f"host-{number}.log" for number in range(len(ranges))]
        hosts = [
            subprocess.Popen(
                [
                    *(sys.executable, "-m", *materialize),
                    *("--select", "discogs_tracklists", "--partition-range", keys),
                ],
                cwd=shared.folder,
                env={**shared.environment, "XDG_CACHE_HOME": str(log.with_suffix(""))},
                stdout=log.open("wb"),
                stderr=subprocess.STDOUT,
            )
            for log, keys in zip(logs, ranges, strict=True)
        ]
        try:
            codes = [host.wait(420) for host in hosts]
            assert codes == [0, 0], [log.read_text()[-2_000:] for log in logs]
        finally:
            for host in hosts:
                host.kill()
        asked = discogs.requests
    assert len(list(tmp_path.glob("host-*/**/requests-*.sqlite"))) == 2, "budgets of their own"
    assert _cached(shared) == len(releases)
    assert {entry.status for entry in asked} == {200}
    assert most_in_any_window(entry.arrived for entry in asked) <= limit
    whose = [entry.release_id <= 12 for entry in asked if entry.release_id]
    assert whose in (sorted(whose), sorted(whose, reverse=True)), "one after the other"
