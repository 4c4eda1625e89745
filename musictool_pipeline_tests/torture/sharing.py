"""Several refreshes at once, one of them killed every 20 seconds, and the date changed meanwhile.

Discogs counts by address: one request too many and everybody behind it waits. Judged by what the
server saw, at the pace that a real token has.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from musictool_pipeline.core.discogs.pace import MOST_IN_FLIGHT
from musictool_pipeline.core.progress import FETCHING, Progress
from musictool_pipeline.disk.processes import Owner
from musictool_pipeline.disk.progress_file import read_progress
from musictool_pipeline_tests.preloaded import Command, Preloaded
from musictool_pipeline_tests.request_judges import most_in_any_window
from musictool_pipeline_tests.stand_in.request_log import LoggedRequest
from musictool_pipeline_tests.stand_in.server import StandIn
from musictool_pipeline_tests.torture.figures import (
    Figure,
    Stage,
    at_least,
    at_most,
    exactly,
    none_of,
)
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

HOUR = 3600.0
CROWDS = ((2, HOUR), (4, HOUR), (2, -HOUR))
"""How many at once, and by how much the date changes in their eyes."""

SILENT, STARTING_UP = 20.0, 30.0
"""Seconds: for how long a refresh may not say how far it is, and from when on it has to."""

WRITTEN_WITHIN = 1.0
"""Seconds from an answer to its file, on a machine with other things to do: who is killed within
them has asked in vain."""


def run(stage: Stage) -> Iterator[Figure]:
    """Two and four refreshes, each crowd on a project and a server of its own, at the same time."""
    with Preloaded(stage.folder / "preloaded") as preloaded, ThreadPoolExecutor() as crowds:
        measured = [crowds.submit(_crowd, stage, preloaded, *crowd) for crowd in CROWDS]
        for figures in measured:
            yield from figures.result()


def _crowd(stage: Stage, preloaded: Preloaded, at_once: int, step: float) -> list[Figure]:
    who = f"{at_once} at once, an hour {'on' if step > 0 else 'back'}"
    records = collection(RELEASES, stage.seed)
    dice = stage.dice("crowd", at_once, step)
    with StandIn(records.answer, limit=PER_MINUTE, latency=(0.2, 1.2), seed=stage.seed) as discogs:
        folder = stage.folder / who
        project = made_project(folder, preloaded, discogs.url, records.export_csv())
        jump = time.monotonic() + 50.0
        crowd = [_one(project, jump, step) for _ in range(at_once)]
        ended: list[Command] = []
        killed: list[float] = []
        odd: set[str] = set()
        seen: dict[int, float] = {}
        next_kill = time.monotonic() + KILL_EVERY
        while crowd:
            time.sleep(0.1)
            progress = read_progress(project.data / "progress.json")
            odd |= _odd(progress, at_once)
            if progress and (owner := Owner.parse(progress.process)):
                seen[owner.pid] = time.monotonic()
            if len(discogs.requests) < RELEASES - 20:  # the tables are made in silence
                odd |= _silent(crowd, seen)
            ended += [command for command in crowd if command.code is not None]
            crowd = [command for command in crowd if command.code is None]
            if ended or time.monotonic() < next_kill or len(discogs.requests) > RELEASES - 20:
                continue
            victim = crowd.pop(dice.randrange(len(crowd)))
            killed.append(time.monotonic())
            victim.kill()
            next_kill += KILL_EVERY
            crowd.append(_one(project, jump, step))
        requests, kills = discogs.requests, len(killed)
        stage.say(f"{who}: {kills} kills, {len(requests)} requests")
        times = [entry.arrived for entry in requests]
        share = (len(times) - 1) / (times[-1] - times[0]) * 60.0 / PER_MINUTE
        return [
            at_least(f"{who}: kills", kills, 5),
            at_most(f"{who}: requests in any 60 s", most_in_any_window(times), PER_MINUTE),
            exactly(f"{who}: 429s", sum(entry.status == 429 for entry in requests)),
            at_least(f"{who}: share of the limit used", round(share, 3), 0.95),
            none_of(f"{who}: asked for again though it was there", _again(requests, project)),
            none_of(
                f"{who}: asked for again, though not on its way at a kill",
                _repeated(requests, killed),
            ),
            at_most(
                f"{who}: requests repeated by kills (four in flight each)",
                len(times) - RELEASES,
                MOST_IN_FLIGHT * kills,
            ),
            none_of(f"{who}: progress that makes no sense", sorted(odd)),
            none_of(
                f"{who}: refreshes that did not end well",
                [f"{c.code}: {c.said()[-200:]}" for c in ended if c.code != 0],
            ),
            exactly(f"{who}: releases in the cache", len(project.cached()), RELEASES),
            none_of(f"{who}: wrong answers", right_answer(project.answers(), records.answer)),
            none_of(f"{who}: phantom runs", phantom_runs(project)),
            none_of(f"{who}: living runs taken for dead", _taken_for_dead(project, kills)),
        ]


def _one(project: Tortured, jump: float, step: float) -> Command:
    """A refresh at the real pace, in whose eyes the date changes by `step` at `jump`."""
    trap = Trap(clock_step=step, clock_after=max(0.0, jump - time.monotonic()))
    settings = {"DISCOGS_REQUESTS_PER_MINUTE": str(PER_MINUTE)}
    return project.start("refresh", settings=settings, trap=trap)


def _repeated(requests: list[LoggedRequest], killed: list[float]) -> list[str]:
    """Repeated requests whose first one was not on its way when somebody was killed."""
    last: dict[int, LoggedRequest] = {}
    found = []
    for entry in requests:
        if entry.release_id is None:
            continue
        if before := last.get(entry.release_id):
            until = (before.answered or before.arrived) + WRITTEN_WITHIN
            if not any(before.arrived <= kill <= until for kill in killed):
                found.append(f"{entry.release_id} {entry.arrived - before.arrived:.1f} s later")
        last[entry.release_id] = entry
    return found


def _odd(progress: Progress | None, at_once: int) -> set[str]:
    """What a person who follows a refresh would shake his head at; once it is well under way."""
    if progress is None or progress.stage != FETCHING or progress.done < 10:
        return set()
    rate, left = progress.rate_per_minute, progress.eta_seconds
    found = set()
    if rate is None or not 0.2 * PER_MINUTE / at_once <= rate <= 2 * PER_MINUTE:
        found.add(f"{rate and round(rate)} a minute")
    if left is None or not 0 <= left <= HOUR:
        found.add(f"{left and round(left)} s left")
    if not 0 <= progress.done <= progress.total <= RELEASES:
        found.add(f"{progress.done} of {progress.total} done")
    return found


def _silent(crowd: list[Command], seen: dict[int, float]) -> set[str]:
    """Whether one of them was not heard of for too long, where all of them should fetch."""
    now = time.monotonic()
    heard = [seen.get(command.pid, command.began + STARTING_UP) for command in crowd]
    return {f"a refresh that told nothing for {SILENT:.0f} s" for at in heard if now - at > SILENT}


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
