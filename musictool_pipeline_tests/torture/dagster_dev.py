"""Dagster stopped hard in the middle of a run, as by a power cut, and started again.

A killed run stays STARTED in Dagster's books, and what waits for it waits for ever. The night, the
button and the command line are all to go through within two minutes, without a hand.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import psutil

from musictool_pipeline.settings import PROJECT_ROOT
from musictool_pipeline_tests.orchestration.conftest import answer_of
from musictool_pipeline_tests.request_judges import requests_per_release
from musictool_pipeline_tests.running_dev import (
    LOCATION,
    RELEASES,
    START_SCHEDULE,
    Dev,
    running_dev,
)
from musictool_pipeline_tests.stand_in.server import StandIn
from musictool_pipeline_tests.torture.figures import Figure, Stage, at_most, exactly, none_of
from musictool_pipeline_tests.torture.projects import wait_for

WITHIN = 120.0
ENDED = {"SUCCESS", "FAILURE", "CANCELED"}


def run(stage: Stage) -> Iterator[Figure]:
    """Killed while releases are fetched and the schedule is on; then everything at once."""
    folder = stage.folder / "dev"
    folder.mkdir()
    with StandIn(answer_of, limit=60_000, latency=2.0) as discogs:
        with running_dev(folder, discogs) as (dev, server, _):
            selector = {**LOCATION, "scheduleName": "nightly_refresh"}
            dev.ask(START_SCHEDULE, selector=selector)
            dev.launch_refresh()
            assert wait_for(lambda: discogs.arrived >= 3, 90), "no request came"
            killed = kill_all(server)
            stage.say(f"killed {killed} processes after {discogs.arrived} requests")
        durable = {int(path.stem) for path in (folder / "data" / "cache").glob("*.json")}
        wait_for(lambda: len(discogs.requests) == discogs.arrived, 30)
        asked_before = len(discogs.requests)
        began = time.time()
        with running_dev(folder, discogs) as (dev, server, environment):
            yield from _everything(stage, dev, environment, began)
            asked = requests_per_release(discogs.requests[asked_before:])
            yield none_of("asked for again though durable", durable & set(asked))
            yield none_of("asked for twice", [rid for rid, count in asked.items() if count > 1])
            materialized = dev.partitions()["materializedPartitions"]
            yield none_of("releases not materialized", set(RELEASES) - materialized)
            yield none_of("partitions in progress", dev.partitions()["materializingPartitions"])
            kill_all(server)


def kill_all(server: subprocess.Popen[bytes]) -> int:
    """The whole tree: what took a session of its own dies in a power cut too."""
    tree = [*psutil.Process(server.pid).children(recursive=True), psutil.Process(server.pid)]
    for process in tree:
        with suppress(psutil.NoSuchProcess):
            os.kill(process.pid, signal.SIGKILL)
    server.wait(30)
    return len(tree)


def _everything(
    stage: Stage, dev: Dev, environment: dict[str, str], began: float
) -> Iterator[Figure]:
    up = time.time() - began
    launched = dev.launch_refresh()
    command = subprocess.Popen(
        [sys.executable, "-m", "musictool_pipeline.app.cli", "refresh"],
        cwd=PROJECT_ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    seconds: dict[str, float] = {}
    until = began + up + WITHIN + 60

    def note(name: str, is_so: bool) -> None:
        if is_so:
            seconds.setdefault(name, time.time() - began - up)

    while len(seconds) < 3 and time.time() < until:
        runs = dev.runs()
        note("the UI's button", _status(runs, launched) == "SUCCESS")
        note("the nightly tick", any(_is_nightly(r) and r["status"] == "SUCCESS" for r in runs
                                     if _began_after(dev, r, began)))  # fmt: skip
        note("the command line", command.poll() == 0)
        time.sleep(1)
    if command.poll() is None:
        command.kill()
    said, _ = command.communicate()
    stage.say(f"up again after {up:.0f} s; {seconds}; {said[-300:]}")
    for name in ("the UI's button", "the nightly tick", "the command line"):
        yield at_most(f"{name}: through after", round(seconds.get(name, 9999)), WITHIN, "s")
    wait_for(lambda: all(r["status"] in ENDED or _is_nightly(r) for r in dev.runs()), 60)
    left = [r for r in dev.runs() if r["status"] not in ENDED and not _is_nightly(r)]
    yield exactly("runs left under way", len(left))


def _status(runs: list[dict[str, Any]], run_id: str) -> str:
    return next((run["status"] for run in runs if run["runId"] == run_id), "")


def _is_nightly(run: dict[str, Any]) -> bool:
    return {"key": "dagster/schedule_name", "value": "nightly_refresh"} in run["tags"]


def _began_after(dev: Dev, run: dict[str, Any], moment: float) -> bool:
    found = dev.ask(
        "query ($id: ID!) { runOrError(runId: $id) { ... on Run { creationTime } } }",
        id=run["runId"],
    )["runOrError"]
    return found["creationTime"] >= moment
