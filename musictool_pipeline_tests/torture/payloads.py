"""Answers in every wrong shape: each value dropped, nulled or of another type, alone and in pairs.

A release is expanded, or refused with its id and the reason. One odd answer may cost its own
release, never the run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from musictool_pipeline.core.discogs.tracklist import expand_release
from musictool_pipeline.discogs.cache import FETCHED, TracklistCache
from musictool_pipeline.errors import UnreadableRelease
from musictool_pipeline.inputs.export_folder import load_export
from musictool_pipeline.tables.collection import load_collection
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline.tables.tracklists import build_releases, expand
from musictool_pipeline_tests.app.conftest import LIMIT
from musictool_pipeline_tests.core.discogs.test_tracklist import (
    ANYTHING,
    DROPPED,
    KEYS,
    PATHS,
    WHOLE,
    WRONG,
    assert_survives,
    changed,
    paths,
)
from musictool_pipeline_tests.orchestration.conftest import export_of
from musictool_pipeline_tests.preloaded import Preloaded
from musictool_pipeline_tests.sample_data import demo_collection
from musictool_pipeline_tests.stand_in.server import StandIn
from musictool_pipeline_tests.tables.asking import ask
from musictool_pipeline_tests.torture.figures import Figure, Stage, at_least, exactly, none_of
from musictool_pipeline_tests.torture.projects import collection, made_project

Json = dict[str, Any]

DEPTHS = (100, 900, 965, 10_000, 200_000)
"""From what a reader takes to what breaks one. Nine hundred can be read or not, by how deep in its
own calls the reader stands: read when it came, and not any more when the tables are built."""


def run(stage: Stage) -> Iterator[Figure]:
    """In memory first, where a case costs microseconds; then each single one through the cache
    into the database."""
    values = (DROPPED, *WRONG)
    singles = [changed(WHOLE, path, value) for path in PATHS for value in values]
    singles = singles[:: stage.count(1, 4)]
    yield none_of(f"{len(singles):,} values changed singly: crashes", _crashes(singles))
    pairs = list(_pairs(stage, values))
    yield none_of(f"{len(pairs):,} pairs of them: crashes", _crashes(pairs))
    real = [json.loads(answer) for answer in demo_collection(stage.seed).answers.values()]
    cut = [changed(each, path, DROPPED) for each in real for path in paths(each)]
    cut = cut[:: stage.count(1, 20)]
    yield none_of(f"{len(cut):,} keys dropped from odd releases: crashes", _crashes(cut))
    huge = list(_deep_and_huge(stage.count(5_000_000, 200_000)))
    yield none_of(f"{len(huge)} deep and huge values: crashes", _crashes(huge))
    cases = stage.count(10_000, 200)
    yield none_of(f"{cases:,} objects of chance: crashes", _chance(stage, cases))
    yield from _into_the_database(stage, singles)
    if not stage.quick:
        yield from _deep_from_the_server(stage)


def _crashes(answers: list[Json]) -> Iterator[str]:
    for answer in answers:
        try:
            assert_survives(answer)
        except Exception as error:
            yield f"{type(error).__name__} {error} for {json.dumps(answer, default=str)[:300]}"


def _pairs(stage: Stage, values: tuple[Any, ...]) -> Iterator[Json]:
    """Each place with each other one, with values of chance in both: a few of each pair."""
    dice = stage.dice("pairs")
    # From the back, so that the first change takes away no place of the second.
    for second, first in combinations(PATHS, 2):
        if stage.quick and dice.random() > 0.2:
            continue
        for _ in range(stage.count(6, 1)):
            once = changed(WHOLE, first, dice.choice(values))
            with suppress(KeyError, IndexError, TypeError):  # the one lies within the other
                yield changed(once, second, dice.choice(values))


def _deep_and_huge(size: int) -> Iterator[Json]:
    deep: Any = []
    for _ in range(900):
        deep = [deep]
    nested: Json = {"title": "x"}
    for _ in range(200):
        nested = {"title": "x", "type_": "index", "sub_tracks": [nested]}
    long = "x" * size
    for value in (deep, nested, long, [long], 10**400, -(10**18), 1e308, "\ud800", "\x00" * 1000):
        for key in ("tracklist", "title", "artists", "year", "labels", "formats", "genres"):
            yield {**WHOLE, key: value}
            yield {**WHOLE, key: [value, value]}
    for value in (deep, long, 10**400, "\ud800"):
        for key in ("position", "title", "duration", "artists", "sub_tracks", "type_"):
            yield {**WHOLE, "tracklist": [{"title": "T", "position": "A", key: value}]}


def _chance(stage: Stage, cases: int) -> list[str]:
    from hypothesis import strategies as st

    @seed(stage.seed)
    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(st.dictionaries(KEYS, ANYTHING, max_size=12))
    def any_object(answer: Json) -> None:
        assert_survives(answer)

    try:
        any_object()
    except Exception as error:
        return [f"{type(error).__name__}: {error}"[:500]]
    return []


def _into_the_database(stage: Stage, answers: list[Json]) -> Iterator[Figure]:
    """Each as a release of its own that Discogs answered; what cannot be read says why."""
    folder = stage.folder / "payloads"
    folder.mkdir()
    cache = TracklistCache(folder / "cache")
    ids = range(1, len(answers) + 1)
    refused = set()
    for release_id, answer in zip(ids, answers, strict=True):
        if "id" in answer:
            answer = {**answer, "id": release_id}
        body = json.dumps(answer).encode()
        cache.write(release_id, body, status=FETCHED, fetched_at=datetime.now(UTC))
        try:
            expand_release(release_id, json.loads(body))
        except UnreadableRelease as error:
            assert str(release_id) in str(error)
            refused.add(release_id)
    export = folder / "me-collection-20260101-1200.csv"
    export.write_bytes(export_of(list(ids)))
    warehouse = Warehouse(folder / "musictool.duckdb")
    load_collection(warehouse, load_export(export))
    build_releases(warehouse)
    result = expand(warehouse, cache)
    _, rows = ask(
        warehouse,
        "SELECT release_id, tracklist_status, tracklist_error FROM releases ORDER BY release_id",
    )
    yield exactly(
        f"of {len(answers):,} through the database: expanded or refused", len(rows), len(answers)
    )
    yield exactly("releases refused there", len(result.refused), len(refused))
    yield at_least("releases refused at all", len(refused), 1)
    yield none_of(
        "refused without a reason, or neither refused nor fetched",
        [
            row
            for row in rows
            if (row[1], bool(row[2])) not in {("fetched", False), ("failed", True)}
        ],
    )


def _deep_from_the_server(stage: Stage) -> Iterator[Figure]:
    """Bytes that no writer of JSON would make, by way of whole refreshes: each odd release among
    sound ones is expanded, or named with the reason; and the next refresh is not worse off."""
    records = collection(2 * len(DEPTHS), stage.seed)
    deep = dict(zip(records.release_ids[::2], DEPTHS, strict=True))

    def answer(release_id: int) -> bytes:
        if release_id not in deep:
            return records.answer(release_id)
        nested = b"[" * deep[release_id] + b"]" * deep[release_id]
        return b'{"id": %d, "title": "deep", "tracklist": %s}' % (release_id, nested)

    with (
        Preloaded(stage.folder / "preloaded") as preloaded,
        StandIn(answer, limit=LIMIT) as discogs,
    ):
        folder = stage.folder / "project"
        project = made_project(folder, preloaded, discogs.url, records.export_csv())
        for name in ("first", "second"):
            asked = len(discogs.requests)
            ended = project.refresh()
            said = ended.said()
            again = {entry.release_id for entry in discogs.requests[asked:]}
            what = f"{len(deep)} deep answers, {name} refresh"
            crash = ended.code not in {0, 1} or "Traceback" in said or "Recursion" in said
            yield none_of(f"{what}: crashes", [f"{ended.code}: {said[-400:]}"] * crash)
            states = {
                rid: (status, error or "")
                for rid, status, error in project.ask(
                    "SELECT release_id, tracklist_status, tracklist_error FROM releases"
                )
            }
            sound = set(records.release_ids) - set(deep)
            yield none_of(
                f"{what}: sound ones not expanded",
                [
                    f"{rid}: {states.get(rid)}"
                    for rid in sound
                    if states.get(rid) != ("fetched", "")
                ],
            )
            yield none_of(
                f"{what}: neither expanded, nor named with the reason",
                [
                    f"{depth} deep: {states.get(rid)}"
                    for rid, depth in deep.items()
                    if states.get(rid) != ("fetched", "")
                    and not (
                        states.get(rid, ("", ""))[0] == "failed"
                        and states[rid][1]
                        and str(rid) in said
                    )
                ],
            )
            if name == "second":
                yield none_of(f"{what}: sound ones asked for again", sound & again)
