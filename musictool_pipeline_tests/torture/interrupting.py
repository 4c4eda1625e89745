"""Ctrl-C and SIGTERM at random moments of refreshes: how a user and a service manager ask.

A kill is not the harder case. Python raises an interrupt as an exception at whatever line it is
at, so a library may swallow it, or say that it failed; a kill it can only suffer.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from musictool_pipeline.core.discogs.pace import MOST_IN_FLIGHT
from musictool_pipeline.core.progress import STARTING
from musictool_pipeline.disk.progress_file import read_progress
from musictool_pipeline.errors import EXIT_INTERRUPTED
from musictool_pipeline_tests.app.conftest import LIMIT
from musictool_pipeline_tests.preloaded import Preloaded
from musictool_pipeline_tests.request_judges import requests_per_release
from musictool_pipeline_tests.stand_in.server import StandIn
from musictool_pipeline_tests.torture.figures import (
    Figure,
    Stage,
    at_most,
    exactly,
    none_of,
    told,
)
from musictool_pipeline_tests.torture.projects import (
    Tortured,
    collection,
    differing,
    library_of,
    made_project,
    phantom_runs,
    wait_for,
)

RELEASES = 60

TOO_LATE = 3.0
"""Seconds: a refresh that ends well within them was at its end already, on a busy machine too."""


@dataclass
class _Ended:
    """How the refreshes ended."""

    interrupts: int = 0
    went_on: list[str] = field(default_factory=list)
    otherwise: list[str] = field(default_factory=list)
    unended: list[str] = field(default_factory=list)
    asked_in_vain: list[int] = field(default_factory=list)
    too_late: int = 0
    longest: float = 0.0


def run(stage: Stage) -> Iterator[Figure]:
    """Each refresh is a process from cold, over a project of its own, so that every part of it is
    met: the imports, the fetching, the tables. The last project is then refreshed in peace, and
    held against one that was never disturbed."""
    interrupts = stage.count(100, 4)
    records = collection(RELEASES, stage.seed)
    export = records.export_csv()
    library = library_of(map(records.answer, records.release_ids))
    ended = _Ended()
    with (
        Preloaded(stage.folder / "preloaded") as preloaded,
        StandIn(records.answer, limit=LIMIT, latency=0.05) as discogs,
    ):

        def made(name: str) -> Tortured:
            return made_project(stage.folder / name, preloaded, discogs.url, export, library)

        undisturbed = made("undisturbed")
        whole = _seconds_under_way(undisturbed)
        stage.say(f"an undisturbed refresh is under way for {whole:.1f} s")
        project = undisturbed
        for number in range(interrupts):
            project = made(f"interrupted {number}")
            _interrupt_once(stage, project, discogs, ended, number=number, whole=whole)
        last = project.refresh()

        yield exactly("interrupts", ended.interrupts, interrupts)
        yield none_of("refreshes that went on as if nothing had been", ended.went_on)
        yield none_of("refreshes that ended with anything but 130 and a sentence", ended.otherwise)
        yield none_of("runs left under way", ended.unended)
        # All are kept on a machine that has time for it; a disk that has not is not waited for.
        yield at_most(
            "tracklists asked for and not kept, after one interrupt",
            max(ended.asked_in_vain, default=0),
            MOST_IN_FLIGHT,
        )
        yield told("tracklists asked for and not kept", sum(ended.asked_in_vain))
        yield at_most(
            "interrupts that came after the refresh's own end",
            ended.too_late,
            max(1, interrupts // 4),
        )
        yield told("from an interrupt to the end, at the longest", ended.longest, "s")
        yield exactly(
            "exit code of the last refresh", last.code if last.code is not None else -1, 0
        )
        yield none_of(
            "tables that differ from an undisturbed run's",
            differing(project.what_tables_say(), undisturbed.what_tables_say()),
        )
        yield none_of("phantom runs", phantom_runs(project))
        yield exactly("partitions materialized", len(project.materialized()), RELEASES)


def _seconds_under_way(project: Tortured) -> float:
    """How long a refresh takes from the moment at which the first interrupt may come."""
    with project.from_cold().running("refresh") as process:
        _wait_until_begun(project)
        began = time.monotonic()
        process.communicate(timeout=300)
        assert process.returncode == 0
        return time.monotonic() - began


def _wait_until_begun(project: Tortured) -> None:
    """Before that there is no progress, and a refresh ends as any command does."""
    progress_file = project.data / "progress.json"
    assert wait_for(lambda: read_progress(progress_file), 60.0), "it has not begun"


def _interrupt_once(
    stage: Stage,
    project: Tortured,
    discogs: StandIn,
    ended: _Ended,
    *,
    number: int,
    whole: float,
) -> None:
    """One refresh and its end, at a moment that the seed and the number decide."""
    dice = stage.dice("interrupt", number)
    how = dice.choice((signal.SIGINT, signal.SIGTERM))
    moment = dice.uniform(0.0, 0.8 * whole)
    asked_before = len(discogs.requests)
    progress_file = project.data / "progress.json"
    with project.from_cold().running("refresh") as process:
        _wait_until_begun(project)
        time.sleep(moment)
        was_starting = getattr(read_progress(progress_file), "stage", "") == STARTING
        is_late = process.poll() is not None
        process.send_signal(how)
        ended.interrupts += 1
        began = time.monotonic()
        said, _ = process.communicate(timeout=300)
        seconds = time.monotonic() - began
    code = process.returncode
    what = f"{how.name} after {moment:.2f} s ({'starting' if was_starting else 'under way'})"
    if code != EXIT_INTERRUPTED and "Summary" in said and (is_late or seconds < TOO_LATE):
        ended.too_late += 1
        return
    ended.longest = max(ended.longest, seconds)
    if code == 0:
        ended.went_on.append(f"{what}, for {seconds:.1f} s")
    elif code != EXIT_INTERRUPTED or "Interrupted." not in said or "Traceback" in said:
        ended.otherwise.append(f"{what}: {code}, {said[-300:]}")
    if (project.dagster_home / "history").is_dir():
        ended.unended += [f"{what}: {status}" for status in phantom_runs(project)]
    asked = requests_per_release(discogs.requests[asked_before:]).keys()
    ended.asked_in_vain.append(len(asked - project.cached()))
    if (number + 1) % 20 == 0:
        stage.say(f"{number + 1} interrupts, seed {stage.seed}")
