"""The project in `dagster dev`: what the UI's buttons, the schedule and the tables' own automation
do, over the requests that the UI itself sends. One server for all tests here: it takes 20 s to
start, and its daemon minutes to look at what it was given, so all of them are slow."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
import requests

from musictool_pipeline.settings import PROJECT_ROOT
from musictool_pipeline_tests.orchestration.conftest import answer_of, export_of
from musictool_pipeline_tests.stand_in.fault_plan import FaultPlan
from musictool_pipeline_tests.stand_in.faults import fault_named
from musictool_pipeline_tests.stand_in.server import StandIn
from musictool_pipeline_tests.strangers import (
    as_forms,
    as_programs,
    mutation,
    send,
    socket_at,
    strangers,
)

pytestmark = pytest.mark.slow

RELEASES = list(range(101, 113))
TOKEN = "kSecretTokenOfNobody"
DEFINITIONS = "musictool_pipeline.definitions"
LOCATION = {
    "repositoryLocationName": DEFINITIONS,
    "repositoryName": "__repository__",
}

LAUNCH_JOB = """
mutation ($params: ExecutionParams!) {
  launchPipelineExecution(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}
"""
LAUNCH_BACKFILL = """
mutation ($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}
"""
BACKFILL = """
query ($id: String!) {
  partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { status } }
}
"""
RUNS = """
query { runsOrError(limit: 100) { ... on Runs { results {
  runId status jobName tags { key value }
} } } }
"""
PARTITIONS = """
query { assetNodeOrError(assetKey: {path: ["discogs_tracklists"]}) { ... on AssetNode {
  assetPartitionStatuses { ... on DefaultPartitionStatuses {
    materializedPartitions failedPartitions unmaterializedPartitions materializingPartitions
  } }
} } }
"""
START_SCHEDULE = """
mutation ($selector: ScheduleSelector!) {
  startSchedule(scheduleSelector: $selector) {
    __typename ... on PythonError { message }
  }
}
"""


@dataclass
class Dev:
    """A running `dagster dev` and what it works on."""

    url: str
    data: Path
    discogs: StandIn

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        answer = requests.post(
            f"{self.url}/graphql", json={"query": query, "variables": variables}, timeout=60
        ).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def launch_refresh(self) -> str:
        selector = {**LOCATION, "pipelineName": "refresh"}
        params = {"selector": selector, "mode": "default", "runConfigData": {}}
        answer = self.ask(LAUNCH_JOB, params=params)["launchPipelineExecution"]
        assert answer["__typename"] == "LaunchRunSuccess", answer
        return answer["run"]["runId"]

    def backfill(self, assets: list[str], keys: list[str]) -> str:
        """Starts a backfill, waits for its end, and gives its status."""
        params = {
            "assetSelection": [{"path": [asset]} for asset in assets],
            "partitionNames": keys,
            "fromFailure": False,
        }
        answer = self.ask(LAUNCH_BACKFILL, params=params)["launchPartitionBackfill"]
        assert answer["__typename"] == "LaunchBackfillSuccess", answer

        def ended() -> str | None:
            found = self.ask(BACKFILL, id=answer["backfillId"])["partitionBackfillOrError"]
            return None if found["status"] in {"REQUESTED", "CANCELING"} else found["status"]

        return wait_for(ended, 240)

    def runs(self) -> list[dict[str, Any]]:
        return self.ask(RUNS)["runsOrError"]["results"]

    def end_of_run(self, run_id: str) -> str:
        def ended() -> str | None:
            (run,) = (run for run in self.runs() if run["runId"] == run_id)
            return run["status"] if run["status"] in {"SUCCESS", "FAILURE", "CANCELED"} else None

        return wait_for(ended, 120)

    def partitions(self) -> dict[str, set[int]]:
        node = self.ask(PARTITIONS)["assetNodeOrError"]["assetPartitionStatuses"]
        return {state: set(map(int, keys)) for state, keys in node.items()}

    def expanded_releases(self) -> int:
        with duckdb.connect(str(self.data / "musictool.duckdb"), read_only=True) as connection:
            row = connection.execute(
                "SELECT count(DISTINCT discogs_release_id) FROM expanded_tracks"
            ).fetchone()
        assert row is not None
        return row[0]


def wait_for(condition: Callable[[], Any], seconds: float) -> Any:
    """What the condition gives, once it gives something."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := condition():
            return found
        time.sleep(0.5)
    raise AssertionError(f"not within {seconds} s")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.contextmanager
def running_dev(
    folder: Path, discogs: StandIn
) -> Iterator[tuple[Dev, subprocess.Popen[bytes], dict[str, str]]]:
    """`dagster dev` behind the guard, as `musictool ui` starts it, on the project in that folder,
    made if it is not there, with its process and the environment that other commands on the
    project need. It ends with the block."""
    data, home = folder / "data", folder / "dagster"
    if not home.exists():
        data.mkdir()
        home.mkdir()
        (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n", encoding="utf-8")
        (data / "me-collection-20260101-1200.csv").write_bytes(export_of(RELEASES))
    port = _free_port()
    environment = {
        **os.environ,
        "DAGSTER_HOME": str(home),
        "MUSICTOOL_DATA_DIR": str(data),
        "MUSICTOOL_LOGS_DIR": str(folder / "logs"),
        "MUSICTOOL_NIGHTLY_CRON": "* * * * *",
        "XDG_CACHE_HOME": str(folder / "user-cache"),
        "DISCOGS_API_KEY": TOKEN,
        "DISCOGS_API_URL": discogs.url,
        "DISCOGS_REQUESTS_PER_MINUTE": "60000",
    }
    command = [sys.executable, "-m", "musictool_pipeline.app.dagster_dev"]
    with (folder / "dev.log").open("ab") as log:
        server = subprocess.Popen(
            [*command, "-m", DEFINITIONS, "-h", "127.0.0.1", "-p", str(port)],
            cwd=PROJECT_ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        found = Dev(f"http://127.0.0.1:{port}", data, discogs)

        def is_up() -> bool:
            assert server.poll() is None, (folder / "dev.log").read_text()
            with contextlib.suppress(requests.RequestException):
                return requests.get(f"{found.url}/server_info", timeout=5).ok
            return False

        wait_for(is_up, 120)
        yield found, server, environment
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    with (
        StandIn(answer_of, limit=60_000) as discogs,
        running_dev(tmp_path_factory.mktemp("dev"), discogs) as (found, _, _),
    ):
        yield found


def test_the_buttons_of_the_ui(dev: Dev) -> None:
    # The job, launched without a partition: one release fails, the rest is built.
    dev.discogs.set_faults(FaultPlan(seed=1, script={105: [fault_named("500")] * 99}))
    assert dev.end_of_run(dev.launch_refresh()) == "SUCCESS"
    states = dev.partitions()
    assert states["materializedPartitions"] == set(RELEASES) - {105}
    assert states["unmaterializedPartitions"] == {105}
    assert dev.expanded_releases() == len(RELEASES) - 1

    # A backfill of what is missing, once it can be had; the table follows without a hand.
    dev.discogs.set_faults(None)
    assert dev.backfill(["discogs_tracklists"], ["105"]) == "COMPLETED_SUCCESS"
    assert dev.partitions()["materializedPartitions"] == set(RELEASES)
    wait_for(lambda: dev.expanded_releases() == len(RELEASES), 180)

    # Materialize on one asset, as its page does it: with the checks that belong to it.
    checks = ["expanded_tracks_is_sound", "releases_without_tracklist"]
    checks.append("tracks_without_artist_or_title")
    selector = {
        **LOCATION,
        "pipelineName": "__ASSET_JOB",
        "assetSelection": [{"path": ["expanded_tracks"]}],
        "assetCheckSelection": [
            {"assetKey": {"path": ["expanded_tracks"]}, "name": name} for name in checks
        ],
    }
    params = {"selector": selector, "mode": "default", "runConfigData": {}}
    answer = dev.ask(LAUNCH_JOB, params=params)["launchPipelineExecution"]
    assert answer["__typename"] == "LaunchRunSuccess", answer
    assert dev.end_of_run(answer["run"]["runId"]) == "SUCCESS"


def test_no_configuration_leads_a_run_elsewhere(dev: Dev) -> None:
    from musictool_pipeline_tests.torture.steering import launched, obeyed

    with StandIn(answer_of, limit=60_000) as elsewhere:
        run_id = dev.launch_refresh()
        answers = launched(dev, elsewhere.url, run_id)
        assert dev.end_of_run(run_id) == "SUCCESS"
        assert len(answers) > 30
        assert obeyed(answers) == []
        assert TOKEN not in str(answers)
        assert elsewhere.arrived == 0
    assert all(request.had_token for request in dev.discogs.requests)


def test_no_page_of_another_site_reaches_it(dev: Dev) -> None:
    """A sample of what the torture `strangers` tries, against the real server."""
    port = int(dev.url.rpartition(":")[2])
    let_in: list[str] = []
    for number, (who, headers) in enumerate(strangers(port, port + 1)):
        query = mutation(f"{900_000 + number}", LOCATION)
        forms = [*as_forms(query), *as_programs(query), socket_at("/graphql", "graphql-ws")]
        attempt = forms[number % len(forms)].by(who, headers)
        let_in += [attempt.what] if send(port, attempt).is_let_in else []
    for attempt in as_forms(mutation("999999", LOCATION)):
        form = attempt.by("nobody", (("Host", f"127.0.0.1:{port}"),))
        let_in += [form.what] if send(port, form).is_let_in else []
    assert let_in == []
    assert all(release < 900_000 for states in dev.partitions().values() for release in states)


def test_materialize_all(dev: Dev) -> None:
    """A backfill of every asset, without a request for what is there. Dagster looks at a backfill
    twice a minute, and this one has three stages."""
    assert dev.end_of_run(dev.launch_refresh()) == "SUCCESS"
    asked = len(dev.discogs.requests)
    every_asset = ["collection_csv", "releases", "discogs_tracklists", "expanded_tracks"]
    assert dev.backfill(every_asset, [str(rid) for rid in RELEASES]) == "COMPLETED_SUCCESS"
    assert len(dev.discogs.requests) == asked


def test_the_night_comes_without_a_hand(dev: Dev) -> None:
    """The schedule's tick in `dagster dev`, every minute here, brings a record added since."""
    later = [*RELEASES, 113]
    (dev.data / "me-collection-20260201-1200.csv").write_bytes(export_of(later))
    selector = {**LOCATION, "scheduleName": "nightly_refresh"}
    answer = dev.ask(START_SCHEDULE, selector=selector)["startSchedule"]
    assert answer["__typename"] == "ScheduleStateResult", answer
    wait_for(lambda: 113 in dev.partitions()["materializedPartitions"], 150)

    def nightly_runs() -> list[str]:
        tag = {"key": "dagster/schedule_name", "value": "nightly_refresh"}
        return [run["status"] for run in dev.runs() if tag in run["tags"]]

    wait_for(lambda: "SUCCESS" in nightly_runs(), 180)
    assert dev.expanded_releases() == len(later)
