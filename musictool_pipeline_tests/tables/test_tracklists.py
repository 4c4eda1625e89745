"""From the export and the cache to tables: the rows are right, ids stay, and nothing is published
where nothing changed.
"""

from __future__ import annotations

import csv
import errno
import io
import json
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache as remembered
from pathlib import Path
from typing import Any

import duckdb
import pytest

from musictool_pipeline.core.tables import COLLECTION_ITEMS, EXPANDED_TRACKS, RELEASES, VIEWS
from musictool_pipeline.discogs.cache import FETCHED, UNAVAILABLE, TracklistCache
from musictool_pipeline.disk.statements import Statements
from musictool_pipeline.inputs.export_folder import LoadedExport, load_export
from musictool_pipeline.tables import collection, tracklists
from musictool_pipeline.tables.collection import has_collection, load_collection
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline.tables.published import open_tables
from musictool_pipeline.tables.tracklists import build_releases, expand, note_failures
from musictool_pipeline_tests.sample_data import (
    EXPORT_HEADER,
    ODD_CASES,
    SampleCollection,
    demo_collection,
    large_collection,
)
from musictool_pipeline_tests.tables.asking import Counts, ask, counts

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
GONE = ODD_CASES["gone"]


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "musictool.duckdb")


@pytest.fixture
def cache(tmp_path: Path) -> TracklistCache:
    return TracklistCache(tmp_path / "cache")


@remembered
def sample() -> SampleCollection:
    return demo_collection()


def export_of(folder: Path, content: bytes) -> LoadedExport:
    path = folder / "me-collection-20260101-1200.csv"
    path.write_bytes(content)
    return load_export(path)


def export(folder: Path, *rows: Mapping[str, str]) -> LoadedExport:
    """An export with these rows; what a row does not name is empty in it."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(EXPORT_HEADER)
    writer.writerows([row.get(name, "") for name in EXPORT_HEADER] for row in rows)
    return export_of(folder, text.getvalue().encode())


def keep(cache: TracklistCache, answers: Mapping[int, bytes]) -> None:
    """In the cache as after a fetch; without waiting for the disk each time."""
    for release_id, answer in answers.items():
        cache.write(release_id, answer, status=FETCHED, fetched_at=AT)


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a power cut does is no matter here, and 60 answers wait a second for the disk."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


def columns(warehouse: Warehouse, table: str) -> list[tuple[str, str]]:
    with open_tables(warehouse.path, foreign="hide") as tables:
        return tables.columns(table)


def release_ids(warehouse: Warehouse) -> list[int]:
    with open_tables(warehouse.path, foreign="hide") as tables:
        return tables.release_ids()


def rows(warehouse: Warehouse, query: str) -> list[dict[str, Any]]:
    names, found = ask(warehouse, query)
    return [dict(zip(names, row, strict=True)) for row in found]


def track(title: str, position: str = "", **more: Any) -> dict[str, Any]:
    return {"position": position, "type_": "track", "title": title, "duration": "", **more}


def payload(release_id: int, *tracks: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"id": release_id, "tracklist": list(tracks), **more}).encode()


def generation(warehouse: Warehouse) -> tuple[int, int]:
    stat = warehouse.path.stat()
    return stat.st_ino, stat.st_mtime_ns


def refresh(
    warehouse: Warehouse, cache: TracklistCache, loaded: LoadedExport
) -> tracklists.ExpansionResult:
    load_collection(warehouse, loaded)
    build_releases(warehouse)
    return expand(warehouse, cache)


# ------------------------------------------------------------------ the demo, against its own count


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The demo, expanded; for tests that only look at it."""
    folder = tmp_path_factory.mktemp("demo")
    cache = TracklistCache(folder / "cache")
    keep(cache, sample().answers)
    cache.write(GONE, b'{"message":"x"}', status=UNAVAILABLE, fetched_at=AT, remark="HTTP 404")
    warehouse = Warehouse(folder / "musictool.duckdb")
    result = refresh(warehouse, cache, export_of(folder, sample().export_csv))
    assert (result.answers, result.expanded, result.refused, result.published) == (60, 60, {}, True)
    return warehouse


def test_the_demo_comes_to_its_own_count(demo: Warehouse) -> None:
    assert counts(demo) == Counts(
        copies=63,
        releases=60,
        expanded_releases=59,  # one is gone
        unavailable=1,
        failed=0,
        pending=0,
        tracks=sample().track_count,
    )


def test_a_large_collection_comes_to_its_own_count_release_by_release(
    tmp_path: Path, warehouse: Warehouse, cache: TracklistCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracklists, "BATCH", 40)  # so that there are several
    large = large_collection(150, seed=5)
    keep(cache, {release_id: large.answer(release_id) for release_id in large.release_ids})
    refresh(warehouse, cache, export_of(tmp_path, large.export_csv()))
    _, found = ask(
        warehouse,
        "SELECT discogs_release_id, count(*) FROM expanded_tracks GROUP BY ALL ORDER BY 1",
    )
    assert found == [
        (release_id, tracks)
        for release_id in large.release_ids
        if (tracks := large.track_count(release_id))
    ]


def test_the_published_tables_are_those_of_the_contract(demo: Warehouse) -> None:
    for table in (COLLECTION_ITEMS, RELEASES, EXPANDED_TRACKS):
        found = columns(demo, table.name)
        assert [name for name, _ in found] == list(table.column_names)
        assert [kind for _, kind in found] == [column.type for column in table.columns]
    assert EXPANDED_TRACKS.column_names[:21] == (
        *("id", "artist", "title", "position", "duration", "album", "album_artist", "label"),
        *("catalog_number", "release_year", "format_type", "format_description"),
        *("collection_folder", "date_added", "media_condition", "sleeve_condition", "notes"),
        *("discogs_release_id", "source", "expanded_date", "created_at"),
    )


def test_no_text_is_empty_nor_untrimmed(demo: Warehouse) -> None:
    """Unknown is NULL: with '' beside it every count of what is missing is wrong."""
    for table in ("collection_items", "releases", "expanded_tracks"):
        for name, kind in columns(demo, table):
            if kind == "VARCHAR":
                _, bad = ask(
                    demo, f"SELECT {name} FROM {table} WHERE {name} = '' OR {name} <> trim({name})"
                )
                assert bad == [], f"{table}.{name}"
            elif kind == "INTEGER":
                _, bad = ask(demo, f"SELECT {name} FROM {table} WHERE {name} <= 0")
                assert bad == [], f"{table}.{name}"


def test_keys_are_unique(demo: Warehouse) -> None:
    for table, key in (
        ("collection_items", "item_id"),
        ("releases", "release_id"),
        ("expanded_tracks", "id"),
        ("expanded_tracks", "(discogs_release_id, track_number)"),
    ):
        _, [(total, different)] = ask(demo, f"SELECT count(*), count(DISTINCT {key}) FROM {table}")
        assert total == different > 0


# ------------------------------------------------------------------ rows, by hand

RECORD = payload(
    77,
    {"position": "", "type_": "heading", "title": "Day Side", "duration": ""},
    track("First\tLight ", "A1 ", duration="6:42"),
    {
        "position": "B",
        "type_": "index",
        "title": "Suite",
        "sub_tracks": [
            track("Rain", "B1", duration="1:02:03", artists=[{"name": "Guest (3)", "anv": "G."}]),
            track("", "B2", duration="999:99"),
        ],
    },
    track("", ""),
    title="Night Bus",
    year=1994,
    country="UK",
    genres=["Electronic", "Jazz"],
    styles=[],
    master_id=5,
    artists=[{"name": "Ann (2)", "join": "&"}, {"name": "Robert", "anv": "Bob"}],
    labels=[{"name": "Plate (9)", "catno": "PL 1"}, {"name": "Plate (9)", "catno": "PL 2"}],
    formats=[
        {"name": "File", "qty": "3", "descriptions": ["FLAC"]},
        {"name": "Vinyl", "qty": "2", "descriptions": ["LP", "Album"], "text": "Blue"},
    ],
)
COPIES = (
    {
        "release_id": "77", "Artist": "Ann (2) & Bob", "Title": "Night Bus", "Label": "Plate (9)",
        "Catalog#": "PL 1", "Format": "2xLP", "Released": "1994", "CollectionFolder": "To Sell",
        "Collection Notes": "undated", "Rating": "2",
    },
    {
        "release_id": "77", "Artist": "Ann (2) & Bob", "Title": "Night Bus", "Label": "Plate (9)",
        "Catalog#": "PL 1", "Format": "2xLP", "Released": "1994", "CollectionFolder": "House",
        "Date Added": "2019-03-02 18:30:00", "Collection Notes": "later",
    },
    {
        "release_id": "77", "Artist": "Ann (2) & Bob", "Title": "Night Bus", "Label": "Plate (9)",
        "Catalog#": "PL 1", "Format": "2xLP", "Released": "1994", "CollectionFolder": "Attic",
        "Date Added": "2013-08-17 09:15:00", "Collection Media Condition": "Mint (M)",
        "Collection Sleeve Condition": "Generic", "Collection Crate": "D5",
        "Collection Notes": "first", "Rating": "5",
    },
)  # fmt: skip


def test_tracks_are_expanded_as_on_the_record(
    tmp_path: Path, warehouse: Warehouse, cache: TracklistCache
) -> None:
    """Copy-level columns are those of the copy that was added first, not of the first row: here
    that is the third one, after an undated and a later copy."""
    keep(cache, {77: RECORD})
    before = datetime.now(UTC).replace(tzinfo=None)
    refresh(warehouse, cache, export(tmp_path, *COPIES))
    tracks = rows(warehouse, "SELECT * FROM expanded_tracks ORDER BY track_number")
    created = {row.pop("created_at") for row in tracks}
    assert len(created) == 1
    assert before <= created.pop() <= datetime.now(UTC).replace(tzinfo=None)
    of_the_release = {
        "album": "Night Bus",
        "album_artist": "Ann & Bob",
        "label": "Plate",
        "catalog_number": "PL 1, PL 2",
        "release_year": 1994,
        "format_type": "Vinyl",
        "format_description": "2 x LP, Album, Blue; 3 x File, FLAC",
        "collection_folder": "Attic",
        "date_added": datetime(2013, 8, 17, 9, 15),
        "media_condition": "Mint (M)",
        "sleeve_condition": "Generic",
        "notes": "first",
        "discogs_release_id": 77,
        "source": "api",
        "expanded_date": AT.replace(tzinfo=None),
        "heading": "Day Side",
        "copies": 3,
        "artist_on_discogs": "Ann & Robert",
        "remixer": None,
    }
    assert tracks == [
        of_the_release
        | {
            "id": 77_000_001,
            "track_number": 1,
            "artist": "Ann & Bob",
            "title": "First Light",
            "position": "A1",
            "duration": "6:42",
            "duration_seconds": 402,
            "parent_position": None,
            "parent_title": None,
            "remixer": None,
        },
        of_the_release
        | {
            "id": 77_000_002,
            "track_number": 2,
            "artist": "G.",
            "artist_on_discogs": "Guest",
            "title": "Rain",
            "position": "B1",
            "duration": "1:02:03",
            "duration_seconds": 3723,
            "parent_position": "B",
            "parent_title": "Suite",
        },
        of_the_release
        | {
            "id": 77_000_003,
            "track_number": 3,
            "artist": "Ann & Bob",
            "title": None,
            "position": "B2",
            "duration": "999:99",
            "duration_seconds": None,
            "parent_position": "B",
            "parent_title": "Suite",
        },
    ]


def test_a_release_before_and_after_its_answer(
    tmp_path: Path, warehouse: Warehouse, cache: TracklistCache
) -> None:
    load_collection(warehouse, export(tmp_path, *COPIES))
    build_releases(warehouse)
    [before] = rows(warehouse, "SELECT * FROM releases")
    assert before == {
        "release_id": 77,
        "artist": "Ann (2) & Bob",
        "title": "Night Bus",
        "label": "Plate (9)",
        "catalog_number": "PL 1",
        "format": "2xLP",
        "release_year": 1994,
        "copies": 3,
        "first_added": datetime(2013, 8, 17, 9, 15),
        "country": None,
        "genres": None,
        "styles": None,
        "master_id": None,
        "tracklist_status": "pending",
        "tracklist_error": None,
        "fetched_at": None,
        "requests": None,
    }
    cache.write(77, RECORD, status=FETCHED, fetched_at=AT, requests=3)
    expand(warehouse, cache)
    [after] = rows(warehouse, "SELECT * FROM releases")
    assert after == before | {
        "artist": "Ann & Bob",
        "label": "Plate",
        "catalog_number": "PL 1, PL 2",
        "format": "Vinyl, 2 x LP, Album, Blue; 3 x File, FLAC",
        "country": "UK",
        "genres": ["Electronic", "Jazz"],
        "master_id": 5,
        "tracklist_status": "fetched",
        "fetched_at": AT.replace(tzinfo=None),
        "requests": 3,
    }


def test_every_copy_is_kept_as_exported(tmp_path: Path, warehouse: Warehouse) -> None:
    load_collection(warehouse, export(tmp_path, *COPIES))
    items = rows(warehouse, "SELECT * FROM collection_items ORDER BY csv_line")
    assert [item["csv_line"] for item in items] == [2, 3, 4]
    assert {item["item_id"] for item in items} == {"77-1", "77-2", "77-3"}
    assert items[2] == {
        "item_id": items[2]["item_id"],
        "release_id": 77,
        "artist": "Ann (2) & Bob",
        "title": "Night Bus",
        "label": "Plate (9)",
        "catalog_number": "PL 1",
        "format": "2xLP",
        "rating": 5,
        "release_year": 1994,
        "collection_folder": "Attic",
        "date_added": datetime(2013, 8, 17, 9, 15),
        "media_condition": "Mint (M)",
        "sleeve_condition": "Generic",
        "notes": "first",
        "custom_fields": '{"Crate": "D5"}',
        "csv_line": 4,
        "instance_id": None,
    }
    assert (items[0]["rating"], items[1]["rating"], items[0]["date_added"]) == (2, None, None)


def test_of_undated_copies_the_first_row_counts(
    tmp_path: Path, warehouse: Warehouse, cache: TracklistCache
) -> None:
    keep(cache, {7: payload(7, track("x", "A"))})
    copies = [{"release_id": "7", "CollectionFolder": name} for name in ("B", "A", "C")]
    refresh(warehouse, cache, export(tmp_path, *copies))
    assert rows(warehouse, "SELECT collection_folder, date_added, copies FROM expanded_tracks") == [
        {"collection_folder": "B", "date_added": None, "copies": 3}
    ]


def test_releases_are_in_the_order_they_came_undated_last(
    tmp_path: Path, warehouse: Warehouse
) -> None:
    added = {3: "2020-01-01 00:00:00", 1: "", 4: "2019-01-01 00:00:00", 2: ""}
    copies = [{"release_id": str(rid), "Date Added": date} for rid, date in added.items()]
    load_collection(warehouse, export(tmp_path, *copies))
    build_releases(warehouse)
    assert release_ids(warehouse) == [4, 3, 1, 2]


def test_a_batch_without_a_single_value_is_stored(
    tmp_path: Path, warehouse: Warehouse, cache: TracklistCache
) -> None:
    """A column of nothing but None has no type of its own, in numpy as in DuckDB."""
    keep(cache, {1: b'{"id":1}', 2: b'{"id":2,"tracklist":[{"position":"A"}]}'})
    refresh(warehouse, cache, export(tmp_path, {"release_id": "1"}, {"release_id": "2"}))
    found = rows(warehouse, "SELECT * FROM releases ORDER BY release_id")
    known = {"release_id", "copies", "tracklist_status", "fetched_at", "requests"}
    for row in found:
        assert {name for name, value in row.items() if value is not None} == known
    [only] = rows(warehouse, "SELECT * FROM expanded_tracks")
    assert (only["position"], only["title"], only["artist"], only["album"]) == ("A",) + (None,) * 3


def test_no_tracks_at_all_are_stored(
    tmp_path: Path, warehouse: Warehouse, cache: TracklistCache
) -> None:
    keep(cache, {1: payload(1)})
    refresh(warehouse, cache, export(tmp_path, {"release_id": "1"}))
    assert counts(warehouse) == Counts(1, 1, 1, 0, 0, 0, 0)


@pytest.mark.parametrize("year", [1994, 0, None])
def test_numbers_stay_whole_beside_unknown_ones(
    tmp_path: Path, warehouse: Warehouse, cache: TracklistCache, year: int | None
) -> None:
    """A column of numpy makes 1994.0 of a year that stands beside an unknown one."""
    keep(cache, {
        1: payload(1, track("x", "A", duration="3:00"), year=year, master_id=2_147_483_647),
        2: payload(2, track("x", "A"), year=2001),
    })  # fmt: skip
    refresh(warehouse, cache, export(tmp_path, {"release_id": "1"}, {"release_id": "2"}))
    _, found = ask(warehouse, "SELECT release_year, master_id FROM releases ORDER BY release_id")
    assert found == [(year or None, 2_147_483_647), (2001, None)]
    _, found = ask(warehouse, "SELECT duration_seconds FROM expanded_tracks ORDER BY id")
    assert found == [(180,), (None,)]


def test_odd_texts_survive(tmp_path: Path, warehouse: Warehouse, cache: TracklistCache) -> None:
    titles = [
        "'; DROP TABLE releases; --",
        "銅色の雨",
        "\U0001f4bf\u200d",
        "NaN",
        "null",
        "=1+1",
        "\\N",
    ]
    tracks = [track(title, f"A{number}") for number, title in enumerate(titles, 1)]
    genres = ['a "quoted", genre', "a'b", "[x]"]
    keep(cache, {7: payload(7, *tracks, genres=genres)})
    notes = 'line one\nline "two", NA'
    refresh(warehouse, cache, export(tmp_path, {"release_id": "7", "Collection Notes": notes}))
    _, found = ask(warehouse, "SELECT title, notes FROM expanded_tracks ORDER BY track_number")
    assert found == [(title, notes) for title in titles]
    assert ask(warehouse, "SELECT genres FROM releases")[1] == [(genres,)]


# ------------------------------------------------------------------ statuses


def test_every_status(tmp_path: Path, warehouse: Warehouse, cache: TracklistCache) -> None:
    ids = {"fetched": 1, "unavailable": 2, "failed": 3, "pending": 4, "refused": 5, "stale": 6}
    keep(cache, {1: payload(1, track("x", "A")), 6: payload(6, track("y", "A"))})
    cache.write(2, b'{"message":""}', status=UNAVAILABLE, fetched_at=AT, remark="HTTP 404")
    cache.write(5, b'{"id":5,"tracklist":"none"}', status=FETCHED, fetched_at=AT)
    refresh(warehouse, cache, export(tmp_path, *({"release_id": str(i)} for i in ids.values())))
    note_failures(warehouse, {3: "HTTP 503", 6: "no connection"}, settled=[1, 2], at=AT)
    assert build_releases(warehouse)
    _, found = ask(
        warehouse, "SELECT release_id, tracklist_status, tracklist_error FROM releases ORDER BY 1"
    )
    assert found == [
        (1, "fetched", None),
        (2, "unavailable", "HTTP 404"),
        (3, "failed", "HTTP 503"),
        (4, "pending", None),
        (5, "failed", "its tracklist is a str, not a list"),
        (6, "fetched", "no connection"),  # the old one is there; why there is no newer one
    ]
    assert counts(warehouse) == Counts(6, 6, 2, unavailable=1, failed=2, pending=1, tracks=2)


def test_an_answer_that_makes_no_sense_is_named_and_stops_nobody(
    tmp_path: Path, warehouse: Warehouse, cache: TracklistCache, caplog: pytest.LogCaptureFixture
) -> None:
    keep(cache, {5: b'{"id":5,"tracklist":{}}', 6: payload(6, track("x", "A"))})
    result = refresh(warehouse, cache, export(tmp_path, {"release_id": "5"}, {"release_id": "6"}))
    assert result.refused == {5: "its tracklist is a dict, not a list"}
    assert "Release 5 cannot be read" in caplog.text
    assert counts(warehouse).tracks == 1
    keep(cache, {5: payload(5, track("mended", "A"))})
    assert expand(warehouse, cache).refused == {}
    assert counts(warehouse).tracks == 2


def test_a_remark_that_is_no_utf8_stops_nobody(
    tmp_path: Path, warehouse: Warehouse, cache: TracklistCache
) -> None:
    remark = "HTTP 404 Not Found: \ud83d"
    cache.write(7, b'{"message":"\\ud83d"}', status=UNAVAILABLE, fetched_at=AT, remark=remark)
    refresh(warehouse, cache, export(tmp_path, {"release_id": "7"}))
    assert counts(warehouse).unavailable == 1


def test_failures_are_remembered_until_they_are_settled(
    tmp_path: Path, warehouse: Warehouse
) -> None:
    load_collection(warehouse, export(tmp_path, *({"release_id": str(rid)} for rid in (1, 2, 3))))
    note_failures(warehouse, {1: "HTTP 503", 2: "HTTP 503"}, settled=[], at=AT)
    before = generation(warehouse)
    note_failures(warehouse, {1: "HTTP 503"}, settled=[3], at=AT)  # nothing new
    assert generation(warehouse) == before
    note_failures(warehouse, {2: "HTTP 500"}, settled=[1], at=AT)
    build_releases(warehouse)
    _, found = ask(warehouse, "SELECT release_id, tracklist_error FROM releases ORDER BY 1")
    assert found == [(1, None), (2, "HTTP 500"), (3, None)]


def test_when_a_release_was_last_tried_in_vain_is_known_until_it_is_settled(
    warehouse: Warehouse,
) -> None:
    """Told apart by their causes alone, those that fail each time would always come first."""
    later = AT + timedelta(days=1)
    note_failures(warehouse, {1: "HTTP 503", 2: "HTTP 503"}, settled=[], at=AT)
    note_failures(warehouse, {2: "HTTP 503", 3: "HTTP 503"}, settled=[], at=later)
    with open_tables(warehouse.path, foreign="hide") as tables:
        assert tables.failed_at() == {1: AT, 2: later, 3: later}
    note_failures(warehouse, {}, settled=[1, 2, 3], at=later)
    with open_tables(warehouse.path, foreign="hide") as tables:
        assert tables.failed_at() == {}


def test_failures_noted_at_the_same_time_are_all_kept(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = Warehouse.publish

    def while_another_publishes(self: Warehouse, change: Any) -> Any:
        monkeypatch.setattr(Warehouse, "publish", publish)
        note_failures(warehouse, {2: "HTTP 500"}, settled=[], at=AT)
        return publish(self, change)

    monkeypatch.setattr(Warehouse, "publish", while_another_publishes)
    note_failures(warehouse, {1: "HTTP 503"}, settled=[], at=AT)
    _, found = ask(warehouse, "SELECT release_id FROM pipeline.failures ORDER BY 1")
    assert found == [(1,), (2,)]


# ------------------------------------------------------------------ again, and from scratch


def test_a_second_run_publishes_nothing(
    tmp_path: Path, warehouse: Warehouse, cache: TracklistCache
) -> None:
    """Every reader of the file, and everything that hangs on its date, would start anew."""
    keep(cache, sample().answers)
    loaded = export_of(tmp_path, sample().export_csv)
    assert not has_collection(warehouse)
    assert load_collection(warehouse, loaded)
    assert has_collection(warehouse)
    assert build_releases(warehouse)
    assert expand(warehouse, cache).published
    before = generation(warehouse)
    assert not load_collection(warehouse, loaded)
    assert not build_releases(warehouse)
    again = expand(warehouse, cache)
    assert (again.answers, again.expanded, again.published) == (59, 0, False)
    note_failures(warehouse, {}, settled=sample().answers, at=AT)
    assert generation(warehouse) == before


def test_only_what_changed_is_read_again(
    tmp_path: Path, warehouse: Warehouse, cache: TracklistCache
) -> None:
    keep(cache, {1: payload(1, track("old", "A")), 2: payload(2, track("same", "A"))})
    refresh(warehouse, cache, export(tmp_path, *({"release_id": str(rid)} for rid in (1, 2, 3))))
    keep(cache, {1: payload(1, track("new", "A"), track("more", "B")), 3: payload(3)})
    result = expand(warehouse, cache)
    assert (result.answers, result.expanded, result.published) == (3, 2, True)
    _, found = ask(warehouse, "SELECT discogs_release_id, title FROM expanded_tracks ORDER BY id")
    assert found == [(1, "new"), (1, "more"), (2, "same")]


def test_an_answer_whose_file_is_gone_stays(
    tmp_path: Path, warehouse: Warehouse, cache: TracklistCache
) -> None:
    keep(cache, {1: payload(1, track("x", "A"))})
    loaded = export(tmp_path, {"release_id": "1"})
    refresh(warehouse, cache, loaded)
    cache.path(1).write_bytes(b"damaged")
    assert not expand(warehouse, cache).published
    assert counts(warehouse).tracks == 1


def test_what_left_the_collection_leaves_the_tables_and_comes_back(
    tmp_path: Path, warehouse: Warehouse, cache: TracklistCache
) -> None:
    keep(cache, {1: payload(1, track("x", "A")), 2: payload(2, track("y", "A"))})
    both = export(tmp_path, {"release_id": "1"}, {"release_id": "2"})
    refresh(warehouse, cache, both)
    refresh(warehouse, cache, export(tmp_path, {"release_id": "2"}))
    assert release_ids(warehouse) == [2]
    assert counts(warehouse).tracks == 1
    refresh(warehouse, cache, both)
    assert counts(warehouse).tracks == 2


def test_a_new_recipe_makes_everything_anew(
    tmp_path: Path, warehouse: Warehouse, cache: TracklistCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(cache, {1: payload(1, track("x", "A"))})
    loaded = export(tmp_path, {"release_id": "1"})
    refresh(warehouse, cache, loaded)
    for module in (collection, tracklists):
        monkeypatch.setattr(module, "RECIPE", "next")
    assert load_collection(warehouse, loaded)
    assert build_releases(warehouse)
    assert expand(warehouse, cache).expanded == 1
    assert not expand(warehouse, cache).published


def _all_but_created_at(warehouse: Warehouse) -> dict[str, list[tuple[object, ...]]]:
    return {
        "tracks": ask(warehouse, "SELECT * EXCLUDE created_at FROM expanded_tracks ORDER BY id")[1],
        "in order": ask(warehouse, "SELECT id FROM expanded_tracks")[1],
        "releases": ask(warehouse, "SELECT * FROM releases")[1],
        "items": ask(warehouse, "SELECT * FROM collection_items")[1],
    }


def test_made_from_scratch_in_another_order_it_is_the_same(
    tmp_path: Path, warehouse: Warehouse, cache: TracklistCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`id` is what other tables and the user's own corrections hold on to."""
    loaded = export_of(tmp_path, sample().export_csv)
    keep(cache, sample().answers)
    refresh(warehouse, cache, loaded)
    once = _all_but_created_at(warehouse)

    monkeypatch.setattr(tracklists, "BATCH", 7)
    other = Warehouse(tmp_path / "other.duckdb")
    piece = TracklistCache(tmp_path / "pieces")
    expand(other, piece)
    answers: Iterable[tuple[int, bytes]] = reversed(sample().answers.items())
    for number, (release_id, answer) in enumerate(answers):
        keep(piece, {release_id: answer})
        if number in (3, 40):
            expand(other, piece)
        if number == 20:
            load_collection(other, loaded)
    expand(other, piece)
    assert _all_but_created_at(other) == once
    assert len(once["tracks"]) == sample().track_count


def test_no_collection_means_no_tracks(warehouse: Warehouse, cache: TracklistCache) -> None:
    keep(cache, {1: payload(1, track("x", "A"))})
    expand(warehouse, cache)
    assert counts(warehouse) == Counts(0, 0, 0, 0, 0, 0, 0)
    assert release_ids(warehouse) == []
    assert not has_collection(warehouse)


# ------------------------------------------------------------------ when the database is damaged


def test_a_database_without_the_views_is_made_again_from_export_and_cache(
    tmp_path: Path, warehouse: Warehouse, cache: TracklistCache
) -> None:
    """As an earlier version left it. All of it comes from files that are there: nothing here could
    ask Discogs."""
    loaded = export_of(tmp_path, sample().export_csv)
    keep(cache, sample().answers)
    refresh(warehouse, cache, loaded)
    once = _all_but_created_at(warehouse)
    with duckdb.connect(str(warehouse.path)) as connection:
        for view in reversed(VIEWS):
            connection.execute(f"DROP VIEW {view.name}")
        connection.execute("UPDATE pipeline.fingerprints SET fingerprint = 'x' WHERE name = 'form'")
    warehouse.path.with_name(f".{warehouse.path.name}.seal").unlink()
    assert counts(warehouse).copies == 0

    assert refresh(warehouse, cache, loaded).published
    assert _all_but_created_at(warehouse) == once
    records = "SELECT release_id, artist, title, label FROM records ORDER BY release_id"
    assert ask(warehouse, records)[1] == ask(warehouse, records.replace("records", "releases"))[1]
    assert ask(warehouse, "SELECT count(*) FROM shelves")[1] == [(counts(warehouse).releases,)]


@pytest.mark.parametrize("content", [b"", b"no database" * 500])
def test_a_refresh_mends_what_is_no_database(
    tmp_path: Path, warehouse: Warehouse, cache: TracklistCache, content: bytes
) -> None:
    """All of it can be made again from the export and the cache."""
    warehouse.path.write_bytes(content)
    keep(cache, {1: payload(1, track("x", "A"))})
    refresh(warehouse, cache, export(tmp_path, {"release_id": "1"}))
    assert counts(warehouse).tracks == 1


@pytest.mark.parametrize(
    "mark", ["UPDATE {} SET fingerprint = 'older' WHERE name = 'form'", "DELETE FROM {}"]
)
def test_a_refresh_takes_the_place_of_an_older_form(
    tmp_path: Path, warehouse: Warehouse, cache: TracklistCache, mark: str
) -> None:
    def as_an_older_version_did(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("ALTER TABLE releases DROP country")
        connection.execute(mark.format("pipeline.fingerprints"))

    warehouse.publish(as_an_older_version_did)
    keep(cache, {1: payload(1, track("x", "A"))})
    refresh(warehouse, cache, export(tmp_path, {"release_id": "1"}))
    assert counts(warehouse).tracks == 1


def test_a_failure_in_the_middle_of_a_step_leaves_the_old_tables(
    tmp_path: Path, warehouse: Warehouse, cache: TracklistCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(cache, {1: payload(1, track("x", "A"))})
    refresh(warehouse, cache, export(tmp_path, {"release_id": "1"}))
    before = _all_but_created_at(warehouse), generation(warehouse)
    keep(cache, {1: payload(1, track("y", "A"))})

    class Failing(Statements):
        def __call__(self, name: str) -> str:
            if name in ("answers.sql", "answers_of.sql"):  # are asked before the step
                return super().__call__(name)
            raise OSError(errno.EIO, name)

    with monkeypatch.context() as patched:
        patched.setattr(tracklists, "sql", Failing("tables"))
        with pytest.raises(Exception, match=r"store_answers|releases"):
            expand(warehouse, cache)
    assert (_all_but_created_at(warehouse), generation(warehouse)) == before
    assert expand(warehouse, cache).published  # and it is noticed that there is still work to do
    assert rows(warehouse, "SELECT title FROM expanded_tracks") == [{"title": "y"}]
