"""The database at a glance says the same as its tables."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from musictool_pipeline.core.progress import ExpandedRelease
from musictool_pipeline.discogs.cache import FETCHED, UNAVAILABLE, TracklistCache
from musictool_pipeline.inputs.export_folder import load_export
from musictool_pipeline.queries import overview
from musictool_pipeline.queries.overview import KeptOverview, Overview, read_overview
from musictool_pipeline.tables.collection import load_collection
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline.tables.tracklists import build_releases, expand, note_failures

AT = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Releases 1 to 9, two copies of 1: 1 to 6 fetched, 7 gone, 8 failed, 9 pending."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    cache = TracklistCache(tmp_path / "cache")
    for release_id in range(1, 7):
        tracks = [{"position": f"A{number}", "title": "x"} for number in range(release_id)]
        body = {"id": release_id, "title": f"T{release_id}", "tracklist": tracks}
        cache.write(
            release_id,
            json.dumps(body).encode(),
            status=FETCHED,
            fetched_at=AT + timedelta(hours=release_id),
        )
    if fetched_once := cache.read(4):
        cache.keep(fetched_once, asked_at=AT + timedelta(days=90), remark="HTTP 410 Gone")
    cache.write(7, b"{}", status=UNAVAILABLE, fetched_at=AT, remark="HTTP 404 Not Found")
    path = tmp_path / "me-collection-20260101-1200.csv"
    lines = [
        "Catalog#,Artist,Title,Label,Format,Rating,Released,release_id,CollectionFolder,Date Added",
        *(f",Ann,T{release_id},,,,,{release_id},House," for release_id in (*range(1, 10), 1)),
    ]
    path.write_text("\r\n".join([*lines, ""]))
    warehouse = Warehouse(tmp_path / "musictool.duckdb")
    load_collection(warehouse, load_export(path))
    failures = {8: "HTTP 503 Service Unavailable", 3: "HTTP 502 Bad Gateway"}
    note_failures(warehouse, failures, settled=[], at=AT)
    expand(warehouse, cache)
    return tmp_path / "musictool.duckdb"


def test_it_says_what_the_tables_say(database: Path) -> None:
    assert read_overview(database) == Overview(
        release_ids=frozenset(range(1, 10)),
        copies=10,
        tracks=1 + 2 + 3 + 4 + 5 + 6,
        fetched=6,
        unavailable=1,
        failures={"HTTP 503 Service Unavailable": 1},
        gone=((7, "HTTP 404 Not Found"),),
        failed=((8, "HTTP 503 Service Unavailable"),),
        answered=frozenset(range(1, 8)),
        not_renewed=((3, "HTTP 502 Bad Gateway"), (4, "HTTP 410 Gone")),
        recent=tuple(ExpandedRelease(rid, "Ann", f"T{rid}", rid) for rid in (6, 5, 4, 3, 2)),
    )


def test_no_database_is_an_empty_overview(tmp_path: Path) -> None:
    assert read_overview(tmp_path / "musictool.duckdb") == Overview()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no database" * 1000])
def test_what_is_no_database_is_an_empty_overview(tmp_path: Path, content: bytes) -> None:
    """The next refresh makes it again; a look at it must neither fail nor forestall that."""
    path = tmp_path / "musictool.duckdb"
    path.write_bytes(content)
    assert read_overview(path) == Overview()
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_another_programs_database_is_an_empty_overview(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "musictool.duckdb")) as connection:
        connection.execute("CREATE TABLE releases (n INTEGER)")
    assert read_overview(tmp_path / "musictool.duckdb") == Overview()


def test_looking_leaves_the_database_alone(database: Path) -> None:
    before = database.read_bytes()
    read_overview(database)
    assert database.read_bytes() == before
    assert not database.with_name(f"{database.name}.wal").exists()


def test_it_does_without_pandas() -> None:
    """`musictool status` has to answer fast; pandas alone takes half a second to load."""
    code = "import sys, musictool_pipeline.queries.overview; print('pandas' in sys.modules)"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr


def test_kept_it_is_read_again_only_where_the_database_was_replaced(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`status --watch` looks each second, and reading 10,000 releases takes a tenth of it."""
    reads: list[Path] = []

    def read(path: Path) -> Overview:
        reads.append(path)
        return read_overview(path)

    monkeypatch.setattr(overview, "read_overview", read)
    kept = KeptOverview()
    assert kept(database) == kept(database) == read_overview(database)
    assert len(reads) == 1
    warehouse = Warehouse(database)
    note_failures(warehouse, {9: "no connection"}, settled=[8], at=AT)
    build_releases(warehouse)
    assert kept(database).failures == {"no connection": 1}
    assert kept(database) == read_overview(database)
    assert len(reads) == 2
    database.unlink()
    assert kept(database) == Overview()
