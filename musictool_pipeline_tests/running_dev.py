"""`dagster dev` as `musictool ui` starts it, and what its pages ask of it, for all who drive it.

What belongs here: starting it, its queries, and waiting. What is expected of it stands with the
tests in `orchestration` and `app`, and with the tortures.
"""

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
import requests

from musictool_pipeline.settings import PROJECT_ROOT
from musictool_pipeline_tests.orchestration.conftest import export_of
from musictool_pipeline_tests.stand_in.server import StandIn

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
