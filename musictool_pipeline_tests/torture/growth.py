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

from musictool_pipeline_tests.app.conftest import Project
from musictool_pipeline_tests.preloaded import Command, Preloaded
from musictool_pipeline_tests.stand_in.server import StandIn
from musictool_pipeline_tests.torture.figures import Figure, Stage, at_most, exactly, told
from musictool_pipeline_tests.torture.projects import collection, library_of, made_project

LIMIT = 10**6
"""Requests a minute: raised, so that the work is measured and not the pace."""

KEPT = 0.8
"""Of the size of all answers: who keeps them while he fetches needs more than they are long."""

TIMES_AS_MUCH = 2.5
"""What ten times as many releases may take in all, tables and report included: their tracks are
judged in memory, in one go."""


@dataclass
class _Meter(threading.Thread):
    """A command's memory, and the server's requests, five times a second."""

    command: Command
    discogs: StandIn
    begins_at: int = 0
    """Requests that came before."""
    samples: list[tuple[float, int, float]] = field(default_factory=list)
    """Seconds since 1970, requests so far, MB."""

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
            self.samples.append((time.time(), self.discogs.arrived - self.begins_at, memory))
            time.sleep(0.2)

    @property
    def peak(self) -> float:
        return max(memory for _, _, memory in self.samples)

    def grown(self, releases: int) -> float:
        """MB that came between the first tenth of the fetching and its end."""
        fetching = [(asked, mb) for _, asked, mb in self.samples if asked < releases]
        early = [mb for asked, mb in fetching if releases * 0.05 <= asked <= releases * 0.15]
        late = [mb for asked, mb in fetching if asked >= releases * 0.9]
        if not early or not late:
            raise RuntimeError("too quick to be measured")
        return statistics.mean(late) - statistics.mean(early)


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
        few = stage.count(1_000, 100)
        library = library_of(map(records.answer, records.release_ids[:few]))
        small = made_project(
            stage.folder / "small",
            preloaded,
            discogs.url,
            collection(few, stage.seed).export_csv(),
            library,
        )
        project = made_project(stage.folder / "project", preloaded, discogs.url, export, library)
        meters = []
        for each, count in ((small, few), (project, releases)):
            asked = discogs.arrived
            command = each.start("refresh", settings=settings)
            meters.append(_Meter(command, discogs, asked))
            meters[-1].start()
            code = command.wait(1500)
            meters[-1].join(10)
            yield exactly(f"{count:,} from empty: exit code", -1 if code is None else code)
            yield exactly(f"{count:,} from empty: requests", discogs.arrived - asked, count)
        meter = meters[-1]
        yield from _steady(meter, releases)
        if not stage.quick:
            answers = sum(len(records.answer(rid)) for rid in records.release_ids[few:]) / 1024**2
            yield from _memory(meters, (few, releases), answers)
            yield told("memory was at its peak at the step", _step_at_peak(project, meter))
        first = discogs.arrived

        seconds: list[float] = []
        for _ in range(stage.count(3, 1)):
            began = time.monotonic()
            idle = project.refresh(settings=settings)
            seconds.append(time.monotonic() - began)
            yield exactly("nothing to do: exit code", -1 if idle.code is None else idle.code)
        yield exactly("nothing to do: requests", discogs.arrived - first)
        rest = statistics.median(seconds)
        project.put_export(records.export_csv())
        began = time.monotonic()
        one = project.refresh(settings=settings)
        took = time.monotonic() - began
        yield exactly("one more: exit code", -1 if one.code is None else one.code)
        yield exactly("one more: requests", discogs.arrived - first, 1)
        ((tracks,),) = project.ask("SELECT count(DISTINCT discogs_release_id) FROM expanded_tracks")
        yield exactly("releases with tracks", tracks, releases + 1)
        yield told("nothing to do", round(rest, 1), "s")
        yield told("one more", round(took, 1), "s")
        whole = meter.samples[-1][0] - meter.samples[0][0]
        yield exactly("one more: releases booked in Dagster by that run", _booked_last(project), 1)
        if not stage.quick:
            yield at_most("one more, as a share of the whole", round(took / whole, 3), 0.1)


def _memory(meters: list[_Meter], releases: tuple[int, int], answers: float) -> Iterator[Figure]:
    """Ten times as many beside a first tenth of them, measured in the same way. `answers` are the
    MB of those that only the larger one has."""
    few, many = (meter.grown(count) for meter, count in zip(meters, releases, strict=True))
    text = " and ".join(f"{count:,}" for count in releases)
    yield told(f"memory that came while {text} were fetched", f"{few:.0f} and {many:.0f} MB")
    yield at_most(
        f"memory for what more was fetched (the answers are {answers:.0f} MB)",
        round(many - few),
        round(KEPT * answers),
        "MB",
    )
    peaks = [meter.peak for meter in meters]
    yield told(f"peak memory of {text} in all", f"{peaks[0]:.0f} and {peaks[1]:.0f} MB")
    yield at_most("the peak, as a multiple", round(peaks[1] / peaks[0], 2), TIMES_AS_MUCH)


def _step_at_peak(project: Project, meter: _Meter) -> str:
    """Where to look for it."""
    moment = max(meter.samples, key=lambda sample: sample[2])[0]
    with project.instance() as instance:
        (run,) = instance.get_runs(limit=1)
        begun = [
            (entry.timestamp, entry.step_key or "")
            for entry in instance.all_logs(run.run_id)
            if entry.dagster_event and entry.dagster_event.is_step_start
        ]
    return max((step for step in begun if step[0] <= moment), default=(0.0, "none yet"))[1]


def _booked_last(project: Project) -> int:
    """The partitions that the latest run has events for."""
    from dagster import AssetKey

    with project.instance() as instance:
        (latest,) = instance.get_runs(limit=1)
        records = instance.fetch_materializations(AssetKey("discogs_tracklists"), limit=50).records
    return sum(record.run_id == latest.run_id and bool(record.partition_key) for record in records)


def _steady(meter: _Meter, releases: int) -> Iterator[Figure]:
    """Speed over the fetching, the first tenth of it left out as a warm-up."""
    fetching = [each for each in meter.samples if releases * 0.1 <= each[1] < releases]
    if len(fetching) < 10:
        yield told("speed", "too quick to be measured")
        return
    middle = len(fetching) // 2
    first, second = fetching[:middle], fetching[middle:]
    rates = [
        (part[-1][1] - part[0][1]) / max(0.001, part[-1][0] - part[0][0])
        for part in (first, second)
    ]
    yield told("releases a second, first and second half", f"{rates[0]:.1f}, {rates[1]:.1f}")
    yield at_most("slowdown per release, first half to second", round(rates[0] / rates[1], 2), 1.25)
    longest = max(b[0] - a[0] for a, b in itertools.pairwise(meter.samples))
    yield told("longest gap between two looks", round(longest, 1), "s")
