"""The views of the published database: what each holds, and that its description is true."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from musictool_pipeline.core.schema import SqlView
from musictool_pipeline.core.tables import DIGITAL_TRACKS, VIEWS
from musictool_pipeline.tables.published import open_tables
from musictool_pipeline_tests.app import judged_collection as sample

IMPORTED = datetime(2026, 1, 3, 4, 5)
FACTS = {
    "bpm": 125.0,
    "musical_key": "Am",
    "camelot": "8A",
    "file_type": "mp3",
    "bitrate": 192,
    "imported_at": IMPORTED,
}


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    path = tmp_path_factory.mktemp("views") / "musictool.duckdb"
    files = [{**sample.FILES[0], **FACTS}, *sample.FILES[1:]]
    wants = [
        {"release_id": 1, "csv_line": 2},
        {"release_id": 7, "csv_line": 3, "artist": "Ann", "title": "Wanted"},
    ]
    sample.publish(path, **{**sample.EVERYTHING, "digital_tracks": files, "wantlist_items": wants})
    with open_tables(path) as tables:
        yield tables.connection


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_the_database_has_the_columns_that_are_described(
    view: SqlView, connection: duckdb.DuckDBPyConnection
) -> None:
    found = rows(
        connection,
        "SELECT column_name, data_type, comment FROM duckdb_columns() "
        f"WHERE table_name = '{view.name}' AND schema_name = 'main' ORDER BY column_index",
    )
    assert found == [(it.name, it.type, it.description) for it in view.columns]
    told = f"SELECT comment FROM duckdb_views() WHERE view_name = '{view.name}'"
    assert rows(connection, told) == [(view.description,)]


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_key_is_never_null_and_comes_once(
    view: SqlView, connection: duckdb.DuckDBPyConnection
) -> None:
    key = ", ".join(view.key)
    assert set(view.key) <= {column.name for column in view.columns if column.required}
    query = f"SELECT count(*), count(DISTINCT ({key})) FROM {view.name}"
    [(total, different)] = rows(connection, query)
    assert total == different > 0


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_what_is_required_is_never_null(
    view: SqlView, connection: duckdb.DuckDBPyConnection
) -> None:
    for column in view.columns:
        if column.required:
            query = f"SELECT count(*) FROM {view.name} WHERE {column.name} IS NULL"
            assert rows(connection, query) == [(0,)], column.name


def test_a_shelf_has_each_folder_once_and_none_that_is_not_known(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    assert rows(connection, "FROM shelves ORDER BY release_id") == [
        (1, ["Jungle"]),
        (2, ["House", "To Sell"]),
        (3, []),
    ]


def test_a_record_counts_its_tracks_and_one_that_was_not_judged_counts_none(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    counts = "release_id, tracks, owned, other_version, review, missing, folders"
    assert rows(connection, f"SELECT {counts} FROM records ORDER BY release_id LIMIT 4") == [
        (1, 2, 1, 1, 0, 0, ["Jungle"]),
        (2, 4, 0, 0, 1, 3, ["House", "To Sell"]),
        (3, 1, 0, 0, 0, 1, []),
        (4, None, None, None, None, None, []),
    ]


def test_a_judged_track_says_what_its_file_is(connection: duckdb.DuckDBPyConnection) -> None:
    columns = ", ".join(FACTS)
    query = (
        f"SELECT digital_id, digital_duration_seconds, {columns} FROM judged_tracks "
        "WHERE release_id = 1 ORDER BY track_number"
    )
    nothing = [None] * (1 + len(FACTS))
    assert rows(connection, query) == [("aa", 431.0, *FACTS.values()), ("bb", *nothing)]


@pytest.mark.parametrize(
    ("bpm", "camelot", "status", "said"),
    [
        (125.9, "8A", "owned", None),
        (126.5, "8A", "owned", "126.5 BPM, 8A in zz.mp3"),
        (62.5, "8A", "owned", None),
        (250.0, "8A", "owned", None),
        (125.0, "9A", "owned", "125.0 BPM, 9A in zz.mp3"),
        (None, None, "owned", None),
        (None, "9A", "owned", "9A in zz.mp3"),
        (140.0, "9A", "other_version", None),
    ],
)
def test_files_of_one_version_that_differ_in_tempo_or_key_are_named(
    bpm: float | None, camelot: str | None, status: str, said: str | None, tmp_path: Path
) -> None:
    track = sample.track(1, 1, "A", "Goldie", "Jah")
    others = f'[{{"digital_id": "zz", "status": "{status}"}}]'
    path = tmp_path / "musictool.duckdb"
    sample.publish(
        path,
        expanded_tracks=[track],
        digital_tracks=[
            sample.digital("aa", "Goldie", "Jah", bpm=125.0, camelot="8A"),
            sample.digital("zz", "Goldie", "Jah", bpm=bpm, camelot=camelot),
        ],
        gap_analysis=[sample.gap(track, "owned", digital_id="aa", alternatives=others)],
    )
    with open_tables(path) as tables:
        assert tables.ask("SELECT sound_disagreement FROM judged_tracks")[1] == [(said,)]


@pytest.mark.parametrize(
    ("position", "side"),
    [
        ("A", "A"), ("b2", "B"), ("AA1", "AA"), ("9A", "9A"), ("CD1-03", "CD1"), ("1-12", "1"),
        ("A1 (45)", "A"), ("7", None), ("Video", None), (None, None),
    ],
)  # fmt: skip
def test_the_side_is_read_from_the_position(
    position: str | None, side: str | None, tmp_path: Path
) -> None:
    track = sample.track(1, 1, position, "Goldie", "Jah")
    path = tmp_path / "musictool.duckdb"
    sample.publish(path, expanded_tracks=[track], gap_analysis=[sample.gap(track, "missing")])
    with open_tables(path) as tables:
        assert tables.ask("SELECT side FROM judged_tracks")[1] == [(side,)]


def test_the_names_that_libraries_fill() -> None:
    types = {column.name: (column.type, column.required) for column in DIGITAL_TRACKS.columns}
    assert (types["camelot"], types["imported_at"]) == (("VARCHAR", False), ("TIMESTAMP", False))


def test_a_wanted_release_that_is_on_the_shelf_has_the_counts_of_the_shelf(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    query = "SELECT release_id, on_shelf, tracklist_status, tracks, owned, missing FROM wants"
    assert rows(connection, f"{query} ORDER BY release_id") == [
        (1, True, "pending", 2, 1, 0),
        (7, False, "pending", None, None, None),
    ]
