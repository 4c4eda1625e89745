"""Dying at each of the places where something is half done, many times each.

Random kills seldom meet the microsecond between a file's write and its rename. Here the refresh
kills itself there (see `traps`). What is left has to be the state before or the state after.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from musictool_pipeline.core.discogs.pace import MOST_IN_FLIGHT
from musictool_pipeline_tests.app.conftest import LIMIT
from musictool_pipeline_tests.preloaded import Preloaded
from musictool_pipeline_tests.request_judges import requests_per_release
from musictool_pipeline_tests.sample_data import LargeCollection
from musictool_pipeline_tests.stand_in.server import StandIn
from musictool_pipeline_tests.torture.figures import Figure, Stage, exactly, none_of
from musictool_pipeline_tests.torture.projects import (
    Tortured,
    collection,
    differing,
    library_of,
    made_project,
    phantom_runs,
    right_answer,
    what_tables_say,
)
from musictool_pipeline_tests.torture.traps import (
    AFTER_EVENT,
    AFTER_FSYNC,
    AFTER_PUBLISHED,
    AFTER_REPLACE,
    AFTER_WRITE,
    BEFORE_EVENT,
    BEFORE_PUBLISHED,
    BEFORE_WRITE,
    OF_A_GENERATION,
    POINTS,
    WHILE_BUILT,
    Trap,
)

OLD, NEW = 6, 8
"""Releases that are there already, and releases that the refresh which dies is to fetch."""

IN_QUICK = (AFTER_FSYNC, BEFORE_EVENT, BEFORE_PUBLISHED)
"""One death between a file and its name, one between a file and Dagster's books, one between a
generation and its name."""

Tables = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class _Scene:
    """What every death starts from, and the states that the database may be found in."""

    records: LargeCollection
    discogs: StandIn
    template: Tortured
    generations: list[Tables]
    """As published one after the other by an undisturbed refresh; the first is the one before."""
    while_fetching: int
    """Which of them is there as long as releases are fetched and booked."""


@dataclass
class _Faults:
    """What was found after a death that may not be."""

    deaths: int = 0
    half_states: list[str] = field(default_factory=list)
    not_healed: list[str] = field(default_factory=list)


def run(stage: Stage) -> Iterator[Figure]:
    """For each point a few deaths in fresh copies of one project, each healed by a refresh."""
    times = stage.count(20, 1)
    points = IN_QUICK if stage.quick else POINTS
    records = collection(OLD + NEW, stage.seed)
    with (
        Preloaded(stage.folder / "preloaded") as preloaded,
        StandIn(records.answer, limit=LIMIT) as discogs,
    ):
        scene = _scene(stage, preloaded, records, discogs)
        deaths = 0
        for point in points:
            faults = _Faults()
            for number in range(times):
                nth = _nth(stage, scene, point, number)
                _die_once(stage, scene, faults, point, nth, number)
            stage.say(f"{point}: {faults.deaths} deaths, seed {stage.seed}")
            deaths += faults.deaths
            yield none_of(
                f"{point}: neither the state before nor after, or not healed by the next refresh",
                faults.half_states + faults.not_healed,
            )
        yield exactly("deaths in all", deaths, times * len(points))


def _scene(
    stage: Stage, preloaded: Preloaded, records: LargeCollection, discogs: StandIn
) -> _Scene:
    old = collection(OLD, stage.seed).export_csv()
    library = library_of(map(records.answer, records.release_ids))
    template = made_project(stage.folder / "template", preloaded, discogs.url, old, library)
    assert template.refresh().code == 0
    template.put_export(records.export_csv())
    reference = _copy_of(template, stage.folder / "reference")
    kept = stage.folder / "generations"
    kept.mkdir()
    assert reference.refresh(trap=Trap(keep=str(kept))).code == 0
    paths = [kept / f"{number}.duckdb" for number in range(1, len(list(kept.iterdir())) + 1)]
    generations = [template.database, *paths]
    new = reference.cached() - template.cached()
    fetched_at = min((reference.data / "cache" / f"{rid}.json").stat().st_mtime for rid in new)
    while_fetching = sum(path.stat().st_mtime < fetched_at for path in paths)
    return _Scene(
        records, discogs, template, list(map(what_tables_say, generations)), while_fetching
    )


def _copy_of(project: Tortured, folder: Path) -> Tortured:
    shutil.copytree(project.folder, folder)
    return Tortured(folder, project.api_url, project.preloaded)


def _nth(stage: Stage, scene: _Scene, point: str, number: int) -> int:
    """At which pass: every one has its turn, and then chance decides."""
    passes = len(scene.generations) - 1 if point in OF_A_GENERATION else NEW
    if number < passes and not stage.quick:
        return number + 1
    return stage.dice(point, number).randint(1, passes)


def _die_once(
    stage: Stage, scene: _Scene, faults: _Faults, point: str, nth: int, number: int
) -> None:
    where = f"{point}, pass {nth}, seed {stage.seed}"
    folder = stage.folder / f"{point.replace(' ', '-')}-{number}"
    project = _copy_of(scene.template, folder)
    died = project.refresh(trap=Trap(point=point, nth=nth))
    if died.code != -9:
        faults.half_states.append(f"{where}: ended with {died.code} instead of dying")
        return
    faults.deaths += 1
    faults.half_states += [f"{where}: {what}" for what in _half_done(scene, project, point, nth)]
    faults.not_healed += [f"{where}: {what}" for what in _not_healed(scene, project)]
    shutil.rmtree(folder)


def _half_done(scene: _Scene, project: Tortured, point: str, nth: int) -> Iterator[str]:
    answers, cached = project.answers(), project.cached()
    names = {int(path.stem) for path in (project.data / "cache").glob("*.json")}
    if names != set(answers):
        yield f"damaged cache files {sorted(names - set(answers))}"
    if wrong := right_answer(answers, scene.records.answer):
        yield f"wrong answers for {wrong}"
    booked = set(map(int, project.materialized()))
    if booked - cached:
        yield f"booked, but not in the cache: {sorted(booked - cached)}"
    new = len(booked) - OLD
    # Of the generations some are made before anything is fetched, and the others after all is.
    of_a_generation = {0 if nth <= scene.while_fetching else NEW}
    if new not in {
        BEFORE_EVENT: {nth - 1},
        AFTER_EVENT: {nth},
        **dict.fromkeys(OF_A_GENERATION, of_a_generation),
    }.get(point, range(nth)):
        yield f"{new} releases were booked"
    there = len(cached) - OLD
    if there not in {
        BEFORE_WRITE: range(nth),
        AFTER_WRITE: range(nth),
        AFTER_FSYNC: range(nth),
        AFTER_REPLACE: range(nth, nth + MOST_IN_FLIGHT),
    }.get(point, range(new, NEW + 1)):
        yield f"{there} new releases in the cache"
    wanted = _generation(scene, point, nth)
    if project.what_tables_say() != scene.generations[wanted]:
        yield f"the database is not generation {wanted}"


def _generation(scene: _Scene, point: str, nth: int) -> int:
    """The one that has to be there after that death."""
    return {WHILE_BUILT: nth - 1, BEFORE_PUBLISHED: nth - 1, AFTER_PUBLISHED: nth}.get(
        point, scene.while_fetching
    )


def _not_healed(scene: _Scene, project: Tortured) -> Iterator[str]:
    durable, asked_before = project.cached(), len(scene.discogs.requests)
    healed = project.refresh()
    asked = requests_per_release(scene.discogs.requests[asked_before:])
    wanted = set(scene.records.release_ids)
    if healed.code != 0:
        yield f"exit code {healed.code}: {healed.said()[-300:]}"
        return
    if asked != dict.fromkeys(wanted - durable, 1):
        yield f"asked for {dict(asked)}, though {sorted(durable)} were there"
    if names := differing(project.what_tables_say(), scene.generations[-1]):
        yield f"tables differ: {names}"
    if project.materialized() != set(map(str, wanted)):
        yield "not everything is booked"
    if phantoms := phantom_runs(project):
        yield f"phantom runs {phantoms}"
    if under_way := project.partitions_in_progress():
        yield f"partitions in progress: {sorted(under_way)}"
    if left := list((project.data).glob(".*.tmp")):
        yield f"left over: {[path.name for path in left]}"
