"""A server that fails in every way, at 5, 30 and 60 % of the requests: each kind alone, and mixed.

Alone, against the fetcher itself, with waits that pass at once where only waiting is the matter;
the answers that nobody asked for also mixed (`late_answers`).
Mixed, against whole refreshes, in true time. And one refresh whose every answer is a bomb, for its
memory.
"""

from __future__ import annotations

import http.server
import itertools
import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from musictool_pipeline.discogs import fetching
from musictool_pipeline.discogs.api import DiscogsApi, OnWait
from musictool_pipeline.discogs.budget import RequestBudget, Turn
from musictool_pipeline.discogs.cache import TracklistCache
from musictool_pipeline.discogs.fetching import TracklistFetcher
from musictool_pipeline.discogs.http import Attempt
from musictool_pipeline.settings import Secret
from musictool_pipeline_tests.app.conftest import LIMIT
from musictool_pipeline_tests.preloaded import Command, Preloaded
from musictool_pipeline_tests.sample_data import LargeCollection
from musictool_pipeline_tests.stand_in.fault_plan import FaultPlan
from musictool_pipeline_tests.stand_in.faults import Fault, fault_named
from musictool_pipeline_tests.stand_in.server import StandIn
from musictool_pipeline_tests.torture.figures import (
    Figure,
    Stage,
    at_most,
    exactly,
    none_of,
    told,
)
from musictool_pipeline_tests.torture.late_answers import STRAYS, kept_under_another_id
from musictool_pipeline_tests.torture.projects import (
    Tortured,
    collection,
    made_project,
    right_answer,
)

RATES = (0.05, 0.3, 0.6)
RELEASES, SLOW_RELEASES = 16, 5
ROUNDS, ROUNDS_IN_A_STORM = 3, 20
"""Three 429s in a row end a refresh, as they should. Where most answers are 429s, it therefore
takes more of them."""
LONGEST_ATTEMPT = 60.0
TOKEN = "torture-token-3f9c"
GIGABYTE = 1024**3

AT_ONCE = (
    "500", "502", "503", "504", "html_403", "html_200", "empty_200", "json_array_200", "wrong_id",
    "bad_utf8", "cut_body", "truncate:700", "wrong_content_length", "bad_gzip",
    "gzip_bomb:1073741824", "huge_body", "reset", "reset_after_headers", "reset_in_body",
    "redirect_elsewhere",
)  # fmt: skip
THROTTLING = (
    "429", "429:0", "429:5", "429:86400", "429:soon", "429:Wed, 21 Oct 2065 07:28:00 GMT",
)  # fmt: skip
SLOW = ("hang", "drip", "header_drip", "wrong_content_length:10")
"""These hold a request until a limit in true seconds ends it."""

MIXED = (
    *(name for name in (*AT_ONCE, *SLOW) if not name.startswith("gzip_bomb")),
    # One of a gigabyte each time would measure the stand-in's speed at packing it.
    "gzip_bomb:50000000",
    "429:0",
    "429:5",
)


@dataclass
class _Watched:
    """What scenarios found, added up over threads."""

    wrong: list[str] = field(default_factory=list)
    unbooked: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    missing_in_storms: list[str] = field(default_factory=list)
    met_none: list[str] = field(default_factory=list)
    most_rounds: int = 0
    longest: float = 0.0
    scenarios: int = 0
    requests: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


def run(stage: Stage) -> Iterator[Figure]:
    """All scenarios at once: they mostly wait."""
    watched = _Watched()
    with (
        _another_host() as elsewhere,
        ThreadPoolExecutor(8) as pool,
        ThreadPoolExecutor(1) as beside,
    ):
        away = f"redirect_other_host:{elsewhere.url}"
        records = collection(RELEASES, stage.seed)
        kinds = ("503", "wrong_id", "429:86400", "another's 404, late", away) if stage.quick else (
            *AT_ONCE, *THROTTLING, *STRAYS, away
        )  # fmt: skip
        slow = () if stage.quick else SLOW
        mixed = None if stage.quick else beside.submit(lambda: list(_mixed(stage, away)))
        few = collection(SLOW_RELEASES, stage.seed)
        waiting = [pool.submit(_alone, stage, watched, few, kind, 0.6) for kind in slow]
        for rate in RATES[1:2] if stage.quick else RATES:
            waiting += [pool.submit(_alone, stage, watched, records, kind, rate) for kind in kinds]
        waiting.append(pool.submit(_cut_everywhere, stage, watched, records))
        for each in waiting:
            each.result()
        yield told("kinds of faults, each alone at each rate", watched.scenarios)
        yield told("requests", watched.requests)
        yield none_of("of them met no fault", watched.met_none)
        yield none_of("wrong answers cached", watched.wrong)
        yield none_of("attempts that were not in the budget", watched.unbooked)
        yield at_most("longest attempt", round(watched.longest, 1), LONGEST_ATTEMPT, "s")
        yield none_of("not fetched within three refreshes", watched.missing)
        if not stage.quick:
            what = f"429s at {RATES[-1]:.0%}: not fetched within {ROUNDS_IN_A_STORM} refreshes"
            yield none_of(what, watched.missing_in_storms)
            yield told("429s: refreshes until all is fetched, at most", watched.most_rounds)
        yield from kept_under_another_id(stage, _fetch)
        if mixed:
            yield from mixed.result()
            yield from _memory(stage)
        yield none_of("requests to another host, with or without the token", elsewhere.asked)


# ------------------------------------------------------------------ one kind alone


class _Hurried(threading.Event):
    """Waits pass at once, and move the clock that the budget and the fetcher read."""

    def __init__(self) -> None:
        super().__init__()
        self._ahead = 0.0

    def clock(self) -> float:
        return time.monotonic() + self._ahead

    def wait(self, timeout: float | None = None) -> bool:
        if timeout:
            self._ahead += timeout
        return super().wait(0.001 if timeout else timeout)


class _TimedApi(DiscogsApi):
    longest = 0.0

    def _send(self, turn: Turn, url: str, this: Attempt):
        began = time.monotonic()
        try:
            return super()._send(turn, url, this)
        finally:
            self.longest = max(self.longest, time.monotonic() - began)


def _alone(
    stage: Stage, watched: _Watched, records: LargeCollection, kind: str, rate: float
) -> None:
    what = f"{kind} at {rate:.0%}"
    dice = stage.dice(what)
    # At 5 % of sixteen many a seed draws none: that would try nothing.
    fault = STRAYS.get(kind) or fault_named(kind)
    plan = next(
        plan
        for plan in (_plan(dice.getrandbits(32), rate, (fault,)) for _ in range(1000))
        if _to_be_met(plan, records)
    )
    _scenario(stage, watched, records, what, plan)


def _plan(seed: int, rate: float, faults: tuple[Fault, ...]) -> FaultPlan:
    # In twelve attempts, four in each of three refreshes, one is good: what exists can be had.
    most = ROUNDS * fetching.MOST_ATTEMPTS - 1
    return FaultPlan(seed=seed, rate=rate, faults=faults, limit_per_release=most)


def _to_be_met(plan: FaultPlan, records: LargeCollection) -> set[str]:
    """The names of the faults that come before each release's first good answer."""
    met: set[str] = set()
    for release_id in records.release_ids:
        for attempt in itertools.count(1):
            fault = plan.fault_for(release_id, attempt)
            if fault is None:
                break
            met.add(fault.name)
    return met


def _cut_everywhere(stage: Stage, watched: _Watched, records: LargeCollection) -> None:
    """The body cut at every 64th byte, of the packed bytes under the right length and of the JSON
    under a length of its own."""
    (victim, *_) = records.release_ids
    places = range(0, len(records.answer(victim)), 64 if not stage.quick else 1024)
    for name in ("truncate", "cut_body"):
        script: list[Fault] = [fault_named(f"{name}:{keep}") for keep in places]
        for start in range(0, len(script), 3):
            plan = FaultPlan(script={victim: script[start : start + 3]})
            what = f"{name} at bytes {places[start]} and on"
            _scenario(stage, watched, records, what, plan, [victim])


def _scenario(
    stage: Stage,
    watched: _Watched,
    records: LargeCollection,
    what: str,
    plan: FaultPlan,
    release_ids: Sequence[int] | None = None,
) -> None:
    wanted = list(release_ids or records.release_ids)
    with watched.lock:
        watched.scenarios += 1
        folder = stage.folder / f"scenario-{watched.scenarios}"
    cache = TracklistCache(folder / "cache")
    budget_path = folder / "budget.sqlite"
    budget_path.parent.mkdir(parents=True)
    turns, longest = 0, 0.0
    with StandIn(records.answer, limit=LIMIT, faults=plan) as discogs:
        storm = what.startswith("429") and plan.rate > 0.5
        rounds = 0
        while rounds < (ROUNDS_IN_A_STORM if storm else ROUNDS):
            missing = [rid for rid in wanted if rid not in cache.release_ids()]
            if not missing:
                break
            rounds += 1
            counted, attempt = _fetch(discogs.url, budget_path, cache, missing)
            turns, longest = turns + counted, max(longest, attempt)
        asked = discogs.arrived
        is_met = any(entry.fault for entry in discogs.requests)
    found = {kept.release_id: kept.answer for kept in cache.look()}
    with watched.lock:
        watched.requests += asked
        watched.longest = max(watched.longest, longest)
        watched.wrong += [f"{what}: {rid}" for rid in right_answer(found, records.answer)]
        if asked != turns:
            watched.unbooked.append(f"{what}: {asked} requests, {turns} booked")
        missing = [f"{what}: {rid}" for rid in wanted if rid not in found]
        if storm:
            watched.missing_in_storms += missing
            watched.most_rounds = max(watched.most_rounds, rounds)
        else:
            watched.missing += missing
        if not is_met:
            watched.met_none.append(what)


class _CountingBudget(RequestBudget):
    turns = 0

    def next_turn(self):
        turn = super().next_turn()
        self.turns += isinstance(turn, Turn)
        return turn


def _fetch(
    url: str, budget_path: Path, cache: TracklistCache, missing: Sequence[int]
) -> tuple[int, float]:
    """One refresh's fetching; gives the turns that the budget gave, and the longest attempt."""
    hurried = _Hurried()
    budget = _CountingBudget(budget_path, LIMIT, hurried.clock)
    apis: list[_TimedApi] = []

    def make_api(_: threading.Event, on_wait: OnWait) -> DiscogsApi:
        apis.append(_TimedApi(url, Secret(TOKEN), budget, hurried, on_wait))
        return apis[0]

    fetcher = TracklistFetcher(make_api, cache, {}, clock=hurried.clock)
    fetcher._stop = hurried
    for _ in fetcher.run(missing):
        pass
    return budget.turns, apis[0].longest


# ------------------------------------------------------------------ everything mixed


def _mixed(stage: Stage, away: str) -> Iterator[Figure]:
    records = collection(30, stage.seed)
    faults = tuple(map(fault_named, (*MIXED, away)))
    names = {fault.name for fault in faults}
    plans = _plans_that_meet(names, stage, records, faults)
    met: set[str] = set()
    with Preloaded(stage.folder / "preloaded") as preloaded, ThreadPoolExecutor() as pool:
        ends = [pool.submit(_mixed_at, stage, preloaded, records, plan, met) for plan in plans]
        for end in ends:
            yield from end.result()
    yield none_of(f"mixed: of {len(names)} kinds, met by none of the refreshes", names - met)


def _plans_that_meet(
    names: set[str], stage: Stage, records: LargeCollection, faults: tuple[Fault, ...]
) -> list[FaultPlan]:
    """One for each rate, that between them play every fault, and each of them one at least."""
    dice = stage.dice("mixed")
    for _ in range(10_000):
        plans = [_plan(dice.getrandbits(32), rate, faults) for rate in RATES]
        met = [_to_be_met(plan, records) for plan in plans]
        if all(met) and set().union(*met) == names:
            return plans
    raise RuntimeError("no seed plays them all")


def _mixed_at(
    stage: Stage,
    preloaded: Preloaded,
    records: LargeCollection,
    plan: FaultPlan,
    met: set[str],
) -> list[Figure]:
    rate = plan.rate
    with StandIn(records.answer, limit=LIMIT, faults=plan) as discogs:
        folder = stage.folder / f"mixed-{rate}"
        project = made_project(folder, preloaded, discogs.url, records.export_csv())
        settings = {"DISCOGS_API_KEY": TOKEN}
        ended = [
            project.refresh(settings=settings, seconds=900)
            for _ in range(ROUNDS)
            if len(project.cached()) < len(records.release_ids)
        ]
        for command in ended:
            stage.say(f"mixed at {rate:.0%}: {command.code}\n{command.said()[-600:]}")
        who = f"mixed at {rate:.0%}"
        met |= {entry.fault for entry in discogs.requests if entry.fault}
        return [
            told(f"{who}: refreshes, requests", f"{len(ended)}, {discogs.arrived}"),
            none_of(f"{who}: wrong answers", right_answer(project.answers(), records.answer)),
            exactly(f"{who}: fetched", len(project.cached()), len(records.release_ids)),
            none_of(f"{who}: crashes", [c.said()[-300:] for c in ended if c.code not in (0, 1)]),
            exactly(f"{who}: attempts booked", _booked(project), discogs.arrived),
        ]


def _booked(project: Tortured) -> int:
    """Every request ever booked: their numbers run on when old ones are forgotten."""
    (path,) = (project.folder / "user-cache").rglob("requests-*.sqlite")
    connection = sqlite3.connect(path)
    try:
        return connection.execute("SELECT max(id) FROM request").fetchone()[0] or 0
    finally:
        connection.close()


def _memory(stage: Stage) -> Iterator[Figure]:
    """Bombs of a gigabyte and bodies without end, four at a time, against a refresh at peace."""
    records = collection(8, stage.seed)
    peaks: list[float] = []
    bombs = (fault_named(f"gzip_bomb:{GIGABYTE}"), fault_named(f"huge_body:{GIGABYTE // 8}"))
    plans = (None, FaultPlan(seed=stage.seed, rate=1.0, faults=bombs, limit_per_release=3))
    for number, plan in enumerate(plans):
        with (
            Preloaded(stage.folder / f"preloaded-{number}") as preloaded,
            StandIn(records.answer, limit=LIMIT, faults=plan) as discogs,
        ):
            folder = stage.folder / f"memory-{number}"
            project = made_project(folder, preloaded, discogs.url, records.export_csv())
            command = project.start("refresh")
            peaks.append(_peak(command))
            yield exactly(f"memory: exit code of refresh {number + 1}", command.code or 0)
    yield at_most("memory above that of a refresh at peace", round(peaks[1] - peaks[0]), 200, "MB")


def _peak(command: Command) -> float:
    """The most memory of its own that the command had, in MB."""
    process, most = psutil.Process(command.pid), 0
    while command.code is None:
        try:
            most = max(most, process.memory_info().rss)
        except psutil.NoSuchProcess:
            break
        time.sleep(0.02)
    command.wait()
    return most / 1024**2


# ------------------------------------------------------------------ where nothing may arrive


@dataclass
class _Elsewhere:
    url: str
    asked: list[str] = field(default_factory=list)


@contextmanager
def _another_host() -> Iterator[_Elsewhere]:
    """A server under another address, that answers every question and writes it down."""
    elsewhere = _Elsewhere("")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            token = TOKEN in str(self.headers)
            elsewhere.asked.append(f"{self.path}{' WITH THE TOKEN' if token else ''}")
            body = json.dumps({"id": 1}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.2", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    elsewhere.url = f"http://127.0.0.2:{server.server_port}/releases/1"
    try:
        yield elsewhere
    finally:
        server.shutdown()
        server.server_close()
