"""Several refreshes at once, one of them killed every 20 seconds, and the date changed meanwhile.

Discogs counts by address: one request too many and everybody behind it waits. Judged by what the
server saw, at the pace that a real token has.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from musictool_pipeline.core.pace import MOST_IN_FLIGHT
from musictool_pipeline.demo.request_log import LoggedRequest, most_in_any_window
from musictool_pipeline.demo.stand_in import StandIn
from musictool_pipeline_tests.torture.figures import (
    Figure,
    Stage,
    at_least,
    at_most,
    exactly,
    none_of,
)
from musictool_pipeline_tests.torture.preloaded import Command, Preloaded
from musictool_pipeline_tests.torture.projects import (
    Tortured,
    collection,
    made_project,
    phantom_runs,
    right_answer,
)
from musictool_pipeline_tests.torture.traps import Trap

PER_MINUTE = 60
KILL_EVERY = 20.0
RELEASES = 190
"""Three minutes' worth."""


def run(stage: Stage) -> Iterator[Figure]:
    """Two and four refreshes, each crowd on a project and a server of its own, at the same time."""
    with Preloaded(stage.folder / "preloaded") as preloaded, ThreadPoolExecutor() as crowds:
        measured = [crowds.submit(_crowd, stage, preloaded, at_once) for at_once in (2, 4)]
        for figures in measured:
            yield from figures.result()


def _crowd(stage: Stage, preloaded: Preloaded, at_once: int) -> list[Figure]:
    records = collection(RELEASES, stage.seed)
    dice = stage.dice("crowd", at_once)
    with StandIn(records.answer, limit=PER_MINUTE, latency=(0.2, 1.2), seed=stage.seed) as discogs:
        folder = stage.folder / f"crowd-of-{at_once}"
        project = made_project(folder, preloaded, discogs.url, records.export_csv())
        jump = time.monotonic() + 50.0
        crowd = [_one(project, jump) for _ in range(at_once)]
        ended: list[Command] = []
        kills, next_kill = 0, time.monotonic() + KILL_EVERY
        while crowd:
            time.sleep(0.1)
            ended += [command for command in crowd if command.code is not None]
            crowd = [command for command in crowd if command.code is None]
            if ended or time.monotonic() < next_kill or len(discogs.requests) > RELEASES - 20:
                continue
            victim = crowd.pop(dice.randrange(len(crowd)))
            victim.kill()
            kills, next_kill = kills + 1, next_kill + KILL_EVERY
            crowd.append(_one(project, jump))
        requests = discogs.requests
        stage.say(f"{at_once} at once: {kills} kills, {len(requests)} requests")
        times = [entry.arrived for entry in requests]
        share = (len(times) - 1) / (times[-1] - times[0]) * 60.0 / PER_MINUTE
        who = f"{at_once} at once"
        return [
            at_least(f"{who}: kills", kills, 5),
            at_most(f"{who}: requests in any 60 s", most_in_any_window(times), PER_MINUTE),
            exactly(f"{who}: 429s", sum(entry.status == 429 for entry in requests)),
            at_least(f"{who}: share of the limit used", round(share, 3), 0.95),
            none_of(f"{who}: asked for again though it was there", _again(requests, project)),
            at_most(
                f"{who}: requests repeated by kills (four in flight each)",
                len(times) - RELEASES,
                MOST_IN_FLIGHT * kills,
            ),
            none_of(
                f"{who}: refreshes that did not end well",
                [f"{c.code}: {c.said()[-200:]}" for c in ended if c.code != 0],
            ),
            exactly(f"{who}: releases in the cache", len(project.cached()), RELEASES),
            none_of(f"{who}: wrong answers", right_answer(project.answers(), records.answer)),
            none_of(f"{who}: phantom runs", phantom_runs(project)),
            none_of(f"{who}: living runs taken for dead", _taken_for_dead(project, kills)),
        ]


def _one(project: Tortured, jump: float) -> Command:
    """A refresh at the real pace, in whose eyes the date changes by an hour at `jump`."""
    trap = Trap(clock_step=3600.0, clock_after=max(0.0, jump - time.monotonic()))
    settings = {"DISCOGS_REQUESTS_PER_MINUTE": str(PER_MINUTE)}
    return project.start("refresh", settings=settings, trap=trap)


def _again(requests: list[LoggedRequest], project: Tortured) -> list[int]:
    """Releases asked for after their file was there: one written (so says its file) before."""
    began_at = time.time() - time.monotonic()
    late = []
    for entry in requests:
        if entry.release_id is None:
            continue
        written = (project.data / "cache" / f"{entry.release_id}.json").stat().st_mtime
        if entry.arrived + began_at > written + 0.01:
            late.append(entry.release_id)
    return late


def _taken_for_dead(project: Tortured, kills: int) -> list[str]:
    """Failed runs beyond those that were killed: somebody closed the books of a living one."""
    failed = [status for status in project.run_statuses() if status == "FAILURE"]
    return failed[kills:]
