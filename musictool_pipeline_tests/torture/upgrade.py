"""The cache and the database of the project's first version, met by this one.

`first_version/` is what the first version wrote: four answers (one found, one that took three
requests, one asked for again in vain, one that Discogs does not have), an export, and the database
made of both, packed. A tracklist is read, or fetched again at the user's cost; a database is
migrated or made anew, and the old one kept: never silently dropped.
"""

from __future__ import annotations

import gzip
import json
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb

from musictool_pipeline.discogs.cache import FETCHED, UNAVAILABLE, TracklistCache
from musictool_pipeline.inputs.export_folder import load_export
from musictool_pipeline.tables.collection import load_collection
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline.tables.published import open_tables
from musictool_pipeline.tables.tracklists import build_releases, expand
from musictool_pipeline_tests.app.conftest import LIMIT
from musictool_pipeline_tests.preloaded import Preloaded
from musictool_pipeline_tests.stand_in.server import StandIn
from musictool_pipeline_tests.tables.asking import ask, counts_of
from musictool_pipeline_tests.torture.figures import Figure, Stage, at_most, exactly, holds, none_of
from musictool_pipeline_tests.torture.projects import made_project

FIRST_VERSION = Path(__file__).with_name("first_version")
EXPORT = "collector-collection-20260101-1200.csv"
STATUSES = {910000001: FETCHED, 910000002: FETCHED, 910000003: FETCHED, 910000004: UNAVAILABLE}
TRACKS = 18
"""As the first version counted them."""


def run(stage: Stage) -> Iterator[Figure]:
    """Storage alone, and in the long form a whole refresh."""
    data = _data_folder(stage.folder / "data")
    size = sum(path.stat().st_size for path in FIRST_VERSION.rglob("*") if path.is_file())
    yield at_most("what the first version wrote, packed", size // 1024, 400, "KB")
    yield from _cache(data)
    yield from _database(data)
    if not stage.quick:
        yield from _refresh(stage)


def _data_folder(data: Path) -> Path:
    shutil.copytree(FIRST_VERSION, data)
    packed = data / "musictool.duckdb.gz"
    (data / "musictool.duckdb").write_bytes(gzip.decompress(packed.read_bytes()))
    packed.unlink()
    return data


def _cache(data: Path) -> Iterator[Figure]:
    cache = TracklistCache(data / "cache")
    kept = {cached.release_id: cached for cached in cache.scan()}
    found = {release_id: cached.status for release_id, cached in kept.items()}
    yield none_of("cache files read otherwise than written", found.items() ^ STATUSES.items())
    written = {rid: json.loads(cache.path(rid).read_bytes())["answer"] for rid in kept}
    changed = [rid for rid, cached in kept.items() if cached.payload() != written[rid]]
    yield none_of("answers that changed", changed)
    yield holds("its requests, times and remarks", (
        kept[910000002].requests == 3
        and kept[910000003].asked_at > kept[910000003].fetched_at
        and "404" in (kept[910000003].remark or "")
    ))  # fmt: skip
    yield exactly("put into quarantine", len(list(cache.folder.glob("quarantine/*"))))


def _database(data: Path) -> Iterator[Figure]:
    """Read as empty, since its form is another; the first writing puts it aside, whole."""
    before = (data / "musictool.duckdb").read_bytes()
    said: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: said.append(record.getMessage())
    logging.getLogger("musictool").addHandler(handler)
    try:
        warehouse = Warehouse(data / "musictool.duckdb")
        with open_tables(warehouse.path, foreign="hide") as tables:
            yield exactly("copies that this version takes over unseen", counts_of(tables).copies)
        load_collection(warehouse, load_export(data / EXPORT))
        build_releases(warehouse)
        expand(warehouse, TracklistCache(data / "cache"))
    finally:
        logging.getLogger("musictool").removeHandler(handler)
    aside = list(data.glob("musictool.duckdb.aside-*"))
    yield exactly("databases kept aside", len(aside), 1)
    yield holds("the one aside is the old one, byte for byte", aside[0].read_bytes() == before)
    yield holds("and the user is told where it is", any(aside[0].name in line for line in said))
    with open_tables(warehouse.path, foreign="hide") as tables:
        counts = counts_of(tables)
    yield exactly("tracks made anew from the cache", counts.tracks, TRACKS)
    yield exactly("releases not on Discogs", counts.unavailable, 1)
    columns = "position, artist, title, duration, discogs_release_id"
    query = f"SELECT {columns} FROM expanded_tracks ORDER BY ALL"
    with duckdb.connect(str(aside[0]), read_only=True) as connection:
        old = connection.execute(query).fetchall()
    _, new = ask(warehouse, query)
    yield none_of("tracks that the first version had otherwise", set(old) ^ set(new))


def _refresh(stage: Stage) -> Iterator[Figure]:
    with (
        Preloaded(stage.folder / "preloaded") as preloaded,
        StandIn(lambda release_id: None, limit=LIMIT) as discogs,
    ):
        project = made_project(stage.folder / "project", preloaded, discogs.url, b"")
        shutil.rmtree(project.data)
        _data_folder(project.data)
        ended = project.refresh(settings={"MUSICTOOL_REFETCH_DAYS": "0"})
        yield exactly("exit code of a refresh", ended.code if ended.code is not None else -1)
        yield exactly("requests that it made", discogs.arrived)
        ((tracks,),) = project.ask("SELECT count(*) FROM expanded_tracks")
        yield exactly("tracks afterwards", tracks, TRACKS)
        yield exactly("partitions booked", len(project.materialized()), len(STATUSES))
