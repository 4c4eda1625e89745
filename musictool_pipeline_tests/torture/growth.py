"""A collection of 10,000 releases refreshed from empty, then one more record.

Somebody's twenty years of collecting is the first case, and last Saturday's find is the second: it
may not cost what the first one did.
"""

from __future__ import annotations

import itertools
import statistics
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import psutil

from musictool_pipeline.demo.stand_in import StandIn
from musictool_pipeline_tests.app.conftest import Project
from musictool_pipeline_tests.torture.figures import Figure, Stage, at_most, exactly, told
from musictool_pipeline_tests.torture.preloaded import Command, Preloaded
from musictool_pipeline_tests.torture.projects import collection, made_project

LIMIT = 10**6
"""Requests a minute: raised, so that the work is measured and not the pace."""

MEMORY_GROWTH = 150
"""MB between the first and the last tenth of the fetching. The answers come to 100 MB: what keeps
them shows."""


@dataclass
class _Meter(threading.Thread):
    """A command's memory, and the server's requests, five times a second."""

    command: Command
    discogs: StandIn
    samples: list[tuple[float, int, float]] = field(default_factory=list)
    """Seconds, requests so far, MB."""

    __hash__ = threading.Thread.__hash__

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def run(self) -> None:
        process = psutil.Process(self.command.pid)
        while self.command.code is None:
            try:
                memory = process.memory_info().rss / 1024**2
            except psutil.NoSuchProcess:
                return
            self.samples.append((time.monotonic(), self.discogs.arrived, memory))
            time.sleep(0.2)


def run(stage: Stage) -> Iterator[Figure]:
    """From empty, once more with nothing to do, and with one more."""
    releases = stage.count(10_000, 200)
    records = collection(releases + 1, stage.seed)
    export = collection(releases, stage.seed).export_csv()
    settings = {"DISCOGS_REQUESTS_PER_MINUTE": str(LIMIT)}
    with (
        Preloaded(stage.folder / "preloaded") as preloaded,
        StandIn(records.answer, limit=LIMIT) as discogs,
    ):
        project = made_project(stage.folder / "project", preloaded, discogs.url, export)
        command = project.start("refresh", settings=settings)
        meter = _Meter(command, discogs)
        meter.start()
        code = command.wait(1500)
        meter.join(10)
        yield exactly("exit code", -1 if code is None else code)
        yield exactly("requests", discogs.arrived, releases)
        yield from _steady(meter, releases)

        seconds: list[float] = []
        for _ in range(stage.count(3, 1)):
            began = time.monotonic()
            idle = project.refresh(settings=settings)
            seconds.append(time.monotonic() - began)
            yield exactly("nothing to do: exit code", -1 if idle.code is None else idle.code)
        yield exactly("nothing to do: requests", discogs.arrived - releases)
        rest = statistics.median(seconds)
        project.put_export(records.export_csv())
        began = time.monotonic()
        one = project.refresh(settings=settings)
        took = time.monotonic() - began
        yield exactly("one more: exit code", -1 if one.code is None else one.code)
        yield exactly("one more: requests", discogs.arrived - releases, 1)
        ((tracks,),) = project.ask("SELECT count(DISTINCT discogs_release_id) FROM expanded_tracks")
        yield exactly("releases with tracks", tracks, releases + 1)
        yield told("nothing to do", round(rest, 1), "s")
        yield told("one more", round(took, 1), "s")
        whole = meter.samples[-1][0] - meter.samples[0][0]
        yield exactly("one more: releases booked in Dagster by that run", _booked_last(project), 1)
        if not stage.quick:
            yield at_most("one more, as a share of the whole", round(took / whole, 3), 0.1)


def _booked_last(project: Project) -> int:
    """The partitions that the latest run has events for."""
    from dagster import AssetKey

    with project.instance() as instance:
        (latest,) = instance.get_runs(limit=1)
        records = instance.fetch_materializations(AssetKey("discogs_tracklists"), limit=50).records
    return sum(record.run_id == latest.run_id and bool(record.partition_key) for record in records)


def _steady(meter: _Meter, releases: int) -> Iterator[Figure]:
    """Speed and memory over the fetching, the first tenth of it left out as a warm-up."""
    fetching = [each for each in meter.samples if releases * 0.1 <= each[1] < releases]
    if len(fetching) < 10:
        yield told("speed and memory", "too quick to be measured")
        return
    middle = len(fetching) // 2
    first, second = fetching[:middle], fetching[middle:]
    rates = [
        (part[-1][1] - part[0][1]) / max(0.001, part[-1][0] - part[0][0])
        for part in (first, second)
    ]
    yield told("releases a second, first and second half", f"{rates[0]:.1f}, {rates[1]:.1f}")
    yield at_most("slowdown per release, first half to second", round(rates[0] / rates[1], 2), 1.25)
    tenth = max(1, len(fetching) // 10)
    early = statistics.mean(memory for _, _, memory in fetching[:tenth])
    late = statistics.mean(memory for _, _, memory in fetching[-tenth:])
    yield at_most("memory that came with the releases", round(late - early), MEMORY_GROWTH, "MB")
    peak = max(memory for _, _, memory in meter.samples)
    yield told("peak memory, tables included", round(peak), "MB")
    longest = max(b[0] - a[0] for a, b in itertools.pairwise(meter.samples))
    yield told("longest gap between two looks", round(longest, 1), "s")
