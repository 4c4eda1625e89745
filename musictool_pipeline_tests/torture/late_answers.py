"""A server that sends answers that nobody asked for, or sends them late: none is kept under the
number of another release, and no release that is there is taken for gone.

Against the fetcher itself, with waits that pass at once, on a collection in which some releases are
gone and some were merged into others, since their answers do not bear the number asked for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from musictool_pipeline.demo.http_answer import HttpAnswer
from musictool_pipeline.discogs.cache import FETCHED, CachedAnswer, TracklistCache
from musictool_pipeline_tests.app.conftest import LIMIT
from musictool_pipeline_tests.sample_data import LargeCollection
from musictool_pipeline_tests.stand_in.fault_plan import FaultPlan
from musictool_pipeline_tests.stand_in.faults import Fault, Instead
from musictool_pipeline_tests.stand_in.server import StandIn
from musictool_pipeline_tests.stand_in.wire import redirect
from musictool_pipeline_tests.stray_answers import GONE, Interim, Late, OneTooMany
from musictool_pipeline_tests.torture.figures import Figure, Stage, at_least, exactly, none_of
from musictool_pipeline_tests.torture.projects import collection

SOON = 0.003
RATE = 0.3

STRANGER, LIAR = 77, 78
"""Two releases of no collection here. The liar's answer bears the stranger's number."""

_STRANGERS = json.dumps({"id": STRANGER, "title": "Somebody Else's", "tracklist": []}).encode()

STRAYS: Mapping[str, Fault] = {
    fault.name: fault
    for fault in (
        Interim("early hints", (103,), SOON),
        Interim("processing", (102, 100, 102), SOON),
        Late("the answer after a 204", 204, SOON),
        Late("the answer after a 304", 304, SOON),
        OneTooMany("twice at once"),
        OneTooMany("twice, late", None, SOON),
        OneTooMany("another's 404 at once", GONE),
        OneTooMany("another's 404, late", GONE, SOON),
        OneTooMany("another's 410, late", HttpAnswer.message(410, "Release is gone."), SOON),
        OneTooMany("another release at once", HttpAnswer(200, _STRANGERS)),
        OneTooMany("another release, late", HttpAnswer(200, _STRANGERS), SOON),
        OneTooMany("another's redirect, late", redirect(301, f"/releases/{STRANGER}"), SOON),
        Instead("a redirect to a liar", redirect(301, f"/releases/{LIAR}")),
        Instead("a redirect elsewhere", redirect(302, "/oauth/identity")),
    )
}

Fetch = Callable[[str, Path, TracklistCache, Sequence[int]], object]
"""Fetches the releases from the server at that URL, under the budget in that file."""


@dataclass(frozen=True)
class _Truth:
    """What the server knows: every seventh release is gone, every eleventh was merged."""

    records: LargeCollection

    @property
    def merged(self) -> Mapping[int, int]:
        ids = self.records.release_ids
        return {rid: rid + 1 for rid in ids[:-1] if rid % 11 == 0 and (rid + 1) % 7}

    def answer(self, release_id: int) -> bytes | None:
        if release_id in {STRANGER, LIAR}:
            return _STRANGERS
        return None if release_id % 7 == 0 else self.records.answer(release_id)

    def is_kept_wrongly(self, kept: CachedAnswer) -> bool:
        right = self.answer(self.merged.get(kept.release_id, kept.release_id))
        if right is None:
            return kept.status == FETCHED
        return kept.status != FETCHED or json.loads(kept.answer) != json.loads(right)


def kept_under_another_id(stage: Stage, fetch: Fetch) -> Iterator[Figure]:
    """Collections fetched one after the other, until there were enough requests."""
    enough, releases = stage.count(10_000, 500), stage.count(1_000, 150)
    wrong: list[str] = []
    met: set[str] = set()
    asked = gone = 0
    for number in range(100):
        if asked >= enough:
            break
        records = collection(releases, stage.seed + number)
        truth = _Truth(records)
        plan = FaultPlan(stage.seed + number, RATE, tuple(STRAYS.values()))
        folder = stage.folder / f"late-{number}"
        folder.mkdir(parents=True)
        cache = TracklistCache(folder / "cache")
        with StandIn(truth.answer, limit=LIMIT, faults=plan, merged=truth.merged) as discogs:
            fetch(discogs.url, folder / "budget.sqlite", cache, records.release_ids)
            asked += discogs.arrived
            met |= {entry.fault for entry in discogs.requests if entry.fault}
        kept = list(cache.look())
        gone += sum(each.status != FETCHED for each in kept)
        wrong += [
            f"{each.release_id}: {each.status}, {each.answer[:60]!r}"
            for each in kept
            if truth.is_kept_wrongly(each)
        ]
    who = f"stray answers at {RATE:.0%}"
    yield at_least(f"{who}: requests", asked, enough)
    yield at_least(f"{who}: releases that are gone, and noted so", gone, enough // 100)
    yield exactly(f"{who}: kinds that came", len(met), len(STRAYS))
    yield none_of(f"{who}: answers kept under another id", wrong)
