"""kill -9 at random moments of refreshes, one after the other, of the whole process group.

What a person loses who leaves it running overnight: with each request a second of a budget that
nothing can raise, and with a tracklist the evening that fetched it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from musictool_pipeline.core.discogs.pace import MOST_IN_FLIGHT
from musictool_pipeline_tests.app.conftest import LIMIT
from musictool_pipeline_tests.preloaded import Preloaded
from musictool_pipeline_tests.request_judges import requests_per_release
from musictool_pipeline_tests.sample_data import LargeCollection
from musictool_pipeline_tests.stand_in.server import StandIn
from musictool_pipeline_tests.torture.figures import (
    Figure,
    Stage,
    at_least,
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
    reading,
    right_answer,
    wait_for,
)


@dataclass(frozen=True)
class _Server:
    """How fast it may be asked and how long it takes to answer, and how many of its answers a kill
    may cost: those that are on their way."""

    name: str
    requests_per_minute: int
    seconds: float
    on_their_way: int


HARSHEST = _Server("four in flight", LIMIT, 0.1, MOST_IN_FLIGHT)
# A request a second that takes 0.35 s, as Discogs is with a token; five times as fast.
AS_DISCOGS_IS = _Server("as Discogs is", 300, 0.07, 1)


@dataclass
class _Losses:
    """What the kills cost, summed up."""

    kills: int = 0
    too_late: int = 0
    tracklists: list[int] = field(default_factory=list)
    asked_though_durable: list[int] = field(default_factory=list)
    asked_in_vain: list[int] = field(default_factory=list)


def run(stage: Stage) -> Iterator[Figure]:
    """Kills until the number is full, then a refresh that is left in peace, held against one of
    another project that was never disturbed. First with as many answers on their way as there ever
    are, then at the pace at which Discogs is asked."""
    releases = stage.count(300, 12)
    records = collection(releases, stage.seed)
    export = records.export_csv()
    library = library_of(map(records.answer, records.release_ids[:50]))
    with (
        Preloaded(stage.folder / "preloaded") as preloaded,
        StandIn(records.answer, limit=LIMIT) as discogs,
    ):
        folder = stage.folder / "undisturbed"
        undisturbed = made_project(folder, preloaded, discogs.url, export, library)
        began = time.monotonic()
        assert undisturbed.refresh().code == 0
        whole = time.monotonic() - began
        if not stage.quick:
            began = time.monotonic()
            assert undisturbed.refresh().code == 0
        idle = time.monotonic() - began
    stage.say(f"an undisturbed refresh takes {whole:.1f} s, one with nothing to do {idle:.1f} s")
    for server, kills in ((HARSHEST, stage.count(160, 2)), (AS_DISCOGS_IS, stage.count(40, 0))):
        if kills:
            yield from _killed(stage, undisturbed, records, library, server, kills=kills, idle=idle)


def _killed(
    stage: Stage,
    undisturbed: Tortured,
    records: LargeCollection,
    library: bytes,
    server: _Server,
    *,
    kills: int,
    idle: float,
) -> Iterator[Figure]:
    releases = records.releases
    losses = _Losses()
    with (
        Preloaded(stage.folder / f"preloaded, {server.name}") as preloaded,
        StandIn(records.answer, limit=LIMIT, latency=server.seconds) as discogs,
    ):
        folder = stage.folder / f"killed, {server.name}"
        export = records.export_csv()
        project = made_project(folder, preloaded, discogs.url, export, library)
        with reading(project.database) as reader:
            for number in range(kills):
                _kill_once(
                    stage,
                    project,
                    discogs,
                    server,
                    losses,
                    number=number,
                    kills=kills,
                    releases=releases,
                    idle=idle,
                )
            requests_before, durable = len(discogs.requests), project.cached()
            last = project.refresh()
        stage.say(f"the last refresh ended with {last.code}")
        asked_last = requests_per_release(discogs.requests[requests_before:])
        losses.asked_though_durable += durable & set(asked_last)
        answers = project.answers()
        is_as = f"{server.name}: "
        yield exactly(is_as + "kills", losses.kills, kills)
        yield none_of(is_as + "tracklists lost", losses.tracklists)
        yield none_of(
            is_as + "requests for a release whose file was durable", losses.asked_though_durable
        )
        yield at_most(
            is_as + "requests repeated after one kill",
            max(losses.asked_in_vain, default=0),
            server.on_their_way,
        )
        yield told(is_as + "requests repeated, per kill", sum(losses.asked_in_vain) / kills)
        yield at_least(is_as + "readings of the database meanwhile", reader.reads, kills)
        yield none_of(is_as + "readings that failed, or disagreed with themselves", reader.failures)
        yield exactly(
            is_as + "exit code of the last refresh", last.code if last.code is not None else -1, 0
        )
        yield none_of(is_as + "wrong answers in the cache", right_answer(answers, records.answer))
        yield exactly(is_as + "releases in the cache", len(answers), releases)
        yield none_of(
            is_as + "tables that differ from an undisturbed run's",
            differing(project.what_tables_say(), undisturbed.what_tables_say()),
        )
        yield none_of(is_as + "phantom runs", phantom_runs(project))
        yield none_of(is_as + "partitions in progress", project.partitions_in_progress())
        yield exactly(is_as + "partitions materialized", len(project.materialized()), releases)
        yield at_most(
            is_as + "kills that came after the refresh's own end",
            losses.too_late,
            max(1, kills // 4),
        )


def _kill_once(
    stage: Stage,
    project: Tortured,
    discogs: StandIn,
    server: _Server,
    losses: _Losses,
    *,
    number: int,
    kills: int,
    releases: int,
    idle: float,
) -> None:
    """One refresh and its end, at a moment that the seed and the number decide."""
    dice = stage.dice("kill", number)
    before, asked_before = project.answers(), discogs.arrived
    kind = dice.choice(("start", "fetching", "fetching", "building"))
    # The longer the torture, the fewer releases each refresh may have, so that the last kills
    # find something to disturb too.
    share = max(1, round(2 * dice.random() * (releases - len(before)) / (kills - number)))
    # With a limit a refresh comes to its tables long before everything is fetched.
    flags = ("--limit", str(share)) if kind == "building" else ()
    settings = {"DISCOGS_REQUESTS_PER_MINUTE": str(server.requests_per_minute)}
    command = project.start("refresh", *flags, settings=settings)
    if kind == "start":
        command.wait(dice.uniform(0.0, 0.8 * idle))
    elif kind == "building":
        command.wait(dice.uniform(0.3, 1.2) * idle)
    else:
        wait_for(lambda: command.code is not None or discogs.arrived >= asked_before + share, 60.0)
        command.wait(dice.uniform(0.0, 0.2))
    losses.too_late += command.code is not None
    command.kill()
    losses.kills += 1
    _let_it_settle(discogs)
    after = project.answers()
    asked = requests_per_release(discogs.requests[asked_before:])
    losses.tracklists += [rid for rid, answer in before.items() if after.get(rid) != answer]
    losses.asked_though_durable += [rid for rid in asked if rid in before]
    # Whatever was asked for beyond what it brought: a release asked for twice in one refresh too.
    losses.asked_in_vain.append(sum(asked.values()) - len(after.keys() - before.keys()))
    if (number + 1) % 20 == 0:
        stage.say(f"{number + 1} kills, {len(after)} tracklists, seed {stage.seed}")


def _let_it_settle(discogs: StandIn) -> None:
    """What the dead had sent, and a busy server had not yet accepted, is its own doing and not the
    next one's."""
    arrived = -1
    until = time.monotonic() + 30.0
    while time.monotonic() < until and not arrived == discogs.arrived == len(discogs.requests):
        arrived = discogs.arrived
        time.sleep(0.3)
