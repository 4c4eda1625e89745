"""A month of nights in minutes: what somebody has who leaves the refresh to the night, and looks
again after thirty of them.

The clock goes on by a day from night to night. The collection and the library grow, some nights
have nothing new, one request in twenty fails, one night is killed, on one the disk is full, and in
the middle the program is upgraded. At the end everything is as one undisturbed refresh has it. The
four months that follow show what stays of the records that Dagster keeps.
"""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from musictool_pipeline.discogs.fetching import MOST_ATTEMPTS
from musictool_pipeline.settings import PROJECT_ROOT
from musictool_pipeline_tests.app.conftest import LIMIT
from musictool_pipeline_tests.preloaded import Preloaded
from musictool_pipeline_tests.request_judges import requests_per_release
from musictool_pipeline_tests.sample_data import LargeCollection
from musictool_pipeline_tests.stand_in.fault_plan import FaultPlan
from musictool_pipeline_tests.stand_in.faults import fault_named
from musictool_pipeline_tests.stand_in.server import StandIn
from musictool_pipeline_tests.torture.figures import (
    Figure,
    Stage,
    at_most,
    exactly,
    holds,
    none_of,
    not_tried,
    told,
)
from musictool_pipeline_tests.torture.projects import (
    Tortured,
    collection,
    differing,
    library_of,
    made_project,
    phantom_runs,
    right_answer,
)
from musictool_pipeline_tests.torture.starvation import DISK, NO_ROOM, small_disk
from musictool_pipeline_tests.torture.traps import AFTER_REPLACE, BEFORE_WRITE, Trap

NIGHTS = 30
LATER = (60, 90, 120, 150)
"""Days: nights of the months that follow, each with something new."""
KILLED, FULL, UPGRADED = 10, 20, 15
DAY = 86_400.0
OLD = 60
HISTORY = "collection_changes"
EVERY = 2
"""Nights from one find to the next."""
FOUND = 3
"""Records."""
MB = 1024**2

MOST_OF_A_NIGHT = 1.5
"""MB of Dagster's records: half a megabyte of one in which nothing was new, and some pages."""


@dataclass
class _Sizes:
    """MB in each folder, night by night."""

    dagster: list[float] = field(default_factory=list)
    logs: list[float] = field(default_factory=list)

    def look(self, project: Tortured) -> None:
        self.dagster.append(_size(project.dagster_home))
        self.logs.append(_size(project.logs))


def run(stage: Stage) -> Iterator[Figure]:
    """The month, the months after it, and the same collection refreshed once in peace."""
    finds = NIGHTS // EVERY + len(LATER)
    records = collection(OLD + FOUND * finds, stage.seed)
    plan = FaultPlan(
        seed=stage.seed,
        rate=0.05,
        faults=tuple(map(fault_named, ("500", "503", "reset", "cut_body", "html_200"))),
        limit_per_release=MOST_ATTEMPTS - 1,
    )
    root = _next_version(stage.folder / "next version")
    with (
        Preloaded(stage.folder / "preloaded") as now,
        Preloaded(stage.folder / "preloaded, next", root) as then,
        StandIn(records.answer, limit=LIMIT, faults=plan) as discogs,
    ):
        project = made_project(
            stage.folder / "project", now, discogs.url, _export(stage, 0), _library(records, 0)
        )
        sizes = _Sizes()
        codes: dict[int, int | None] = {}
        asked_again: list[str] = []
        for night in range(1, NIGHTS + 1):
            if night >= UPGRADED:
                project = Tortured(project.folder, discogs.url, then)
            if night % EVERY == 0:
                project.put_export(_export(stage, night // EVERY))
            if night % 3 == 0:
                project.put_library(_library(records, night))
            durable, asked_before = project.cached(), len(discogs.requests)
            codes[night] = yield from _night(project, night)
            asked = requests_per_release(discogs.requests[asked_before:])
            asked_again += [f"night {night}: {rid}" for rid in asked if rid in durable]
            sizes.look(project)
        failed = [night for night, code in codes.items() if code != 0]
        yield none_of("nights in peace that failed", set(failed) - {KILLED, FULL})
        yield none_of("asked for again though in the cache", asked_again)
        yield exactly("the night that was killed: exit code", codes[KILLED] or 0, -9)
        count = OLD + FOUND * (NIGHTS // EVERY)
        yield from _whole(project, records, count)
        yield from _bounded(sizes)

        for number, day in enumerate(LATER, 1):
            project.put_export(_export(stage, NIGHTS // EVERY + number))
            ended = project.refresh(trap=Trap(clock_step=day * DAY))
            yield exactly(f"day {day}: exit code", -1 if ended.code is None else ended.code)
            sizes.look(project)
        yield from _later(project, sizes)
        yield from _whole(project, records, OLD + FOUND * finds)

        undisturbed = made_project(
            stage.folder / "undisturbed",
            then,
            discogs.url,
            records.export_csv(),
            _library(records, NIGHTS),
        )
        ended = undisturbed.refresh()
        yield exactly("undisturbed: exit code", -1 if ended.code is None else ended.code)
        # What came when is another history: each night's finds, or all of them on one day.
        names = differing(project.what_tables_say(), undisturbed.what_tables_say())
        yield none_of("tables that differ from an undisturbed run's", set(names) - {HISTORY})


def _export(stage: Stage, finds: int) -> bytes:
    return collection(OLD + FOUND * finds, stage.seed).export_csv()


def _library(records: LargeCollection, night: int) -> bytes:
    """Files of more records from time to time."""
    return library_of(map(records.answer, records.release_ids[: OLD // 2 + night]))


def _next_version(root: Path) -> Path:
    """The code with another matcher, by what it is told: every track is judged again."""
    for package in ("musictool_pipeline", "musictool_pipeline_tests"):
        shutil.copytree(
            PROJECT_ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    with (root / "musictool_pipeline/core/matching/deciding.py").open("a") as module:
        module.write("\nANOTHER_VERSION = True\n")
    return root


def _night(project: Tortured, night: int) -> Generator[Figure, None, int | None]:
    """One refresh, and its exit code."""
    clock = night * DAY
    if night == KILLED:
        return project.refresh(trap=Trap(point=AFTER_REPLACE, clock_step=clock)).code
    if night == FULL:
        return (yield from _night_on_a_full_disk(project, clock))
    return project.refresh(trap=Trap(clock_step=clock)).code


def _night_on_a_full_disk(project: Tortured, clock: float) -> Generator[Figure, None, int | None]:
    before = project.answers()
    moved = project.folder / "moved"
    with small_disk(project.data, DISK) as mounted:
        if not mounted:
            yield not_tried("a night with a full disk", "nothing can be mounted here")
            return 0
        ballast = project.data / "ballast"
        trap = Trap(point=BEFORE_WRITE, ballast=str(ballast), room=8192, clock_step=clock)
        ended = project.refresh(trap=trap)
        said = ended.said()
        is_said = any(cause in said for cause in NO_ROOM)
        yield holds("the night with a full disk: says so", is_said, said[-300:])
        ballast.unlink()
        shutil.copytree(project.data, moved)
    shutil.rmtree(project.data)
    moved.rename(project.data)
    after = project.answers()
    yield none_of("lost on a full disk", [rid for rid in before if after.get(rid) != before[rid]])
    return ended.code


def _whole(project: Tortured, records: LargeCollection, count: int) -> Iterator[Figure]:
    """Nothing lost, nothing left under way."""
    yield exactly(f"{count} releases: in the cache", len(project.cached()), count)
    yield exactly(f"{count} releases: booked in Dagster", len(project.materialized()), count)
    yield none_of("wrong answers", right_answer(project.answers(), records.answer))
    yield none_of("runs left under way", phantom_runs(project))
    yield none_of("partitions in progress", project.partitions_in_progress())


def _bounded(sizes: _Sizes) -> Iterator[Figure]:
    nights = len(sizes.dagster) - 1
    grown = (sizes.dagster[-1] - sizes.dagster[0]) / nights
    yield told("Dagster's records after the first night", round(sizes.dagster[0], 1), "MB")
    yield told("Dagster's records after the month", round(sizes.dagster[-1], 1), "MB")
    yield at_most("Dagster's records, a night", round(grown, 2), MOST_OF_A_NIGHT, "MB")
    yield told("logs after the month", round(sizes.logs[-1], 3), "MB")


def _later(project: Tortured, sizes: _Sizes) -> Iterator[Figure]:
    """After 90 days the nights of the month go, but for those that fetched something."""
    month, last = sizes.dagster[NIGHTS - 1], sizes.dagster[-1]
    yield told("Dagster's records half a year later", round(last, 1), "MB")
    yield at_most("of what the month left, half a year later", round(last / month, 2), 0.9)
    yield told("runs in Dagster half a year later", len(project.run_statuses()))


def _size(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / MB
