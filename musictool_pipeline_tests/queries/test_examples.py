"""docs/queries.md: each example runs as it is printed, on a small collection, and finds what it
says."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from musictool_pipeline.core.schema import Described
from musictool_pipeline.core.tables import VIEWS
from musictool_pipeline.settings import PROJECT_ROOT
from musictool_pipeline.tables.published import open_tables
from musictool_pipeline_tests.app import judged_collection as sample

PAGE = (PROJECT_ROOT / "docs/queries.md").read_text(encoding="utf-8")
EXAMPLES: list[str] = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)

TODAY = datetime.datetime.now()
LONG_AGO = datetime.datetime(2020, 1, 5)


def _owned(track: sample.Row, file: str, **values: Any) -> sample.Row:
    return sample.gap(track, "owned", digital_id=file, digital_path=f"/Music/{file}.mp3", **values)


TRACKS = [
    sample.track(1, 1, "A", "Goldie", "Inner City Life", duration="7:00"),
    sample.track(1, 2, "B1", "Goldie", "Jah"),
    sample.track(2, 1, "A1", "Ann", "First Waltz"),
    sample.track(2, 2, "A2", "Bob", "Second Waltz"),
    sample.track(3, 1, "1", "Ann", "Alone"),
]
FILES = [
    sample.digital("aa", "Goldie", "Inner City Life", bpm=126.0, camelot="8A", bitrate=192),
    sample.digital("bb", "Goldie", "Jah", bpm=124.0, camelot="9A", bitrate=320),
    sample.digital("cc", "Ann", "First Waltz", bpm=140.0, camelot="8A", imported_at=LONG_AGO),
    sample.digital("dd", "Ann", "New", camelot="1B", bpm=125.0, imported_at=TODAY),
    sample.digital("ee", "Ann", "Loop", is_music=False, imported_at=TODAY),
]
ROWS = {
    "releases": [
        sample.release(1, "Goldie", "Album 1", label="Metalheadz", first_added=TODAY),
        sample.release(2, "Various", "Album 2", label="Café Müller Records", first_added=LONG_AGO),
        sample.release(3, "Ann", "Album 3", first_added=TODAY),
        sample.release(4, "Late", "Not judged", tracklist_status="pending", first_added=LONG_AGO),
    ],
    "collection_items": sample.COPIES,
    "expanded_tracks": TRACKS,
    "digital_tracks": FILES,
    "gap_analysis": [
        _owned(TRACKS[0], "aa"),
        _owned(TRACKS[1], "bb", alternatives='[{"digital_id": "dd"}]'),
        _owned(TRACKS[2], "cc"),
        sample.gap(TRACKS[3], "missing"),
        sample.gap(TRACKS[4], "missing"),
    ],
    "digital_duplicates": [
        {"group_id": "g", "digital_id": name, "is_best": name == "aa", "file_size_bytes": 2 * 10**9}
        for name in ("aa", "dd", "ee")
    ],
    "pipeline.answers": [
        sample.answer(release_id, format_type)
        for release_id, format_type in ((1, "Vinyl"), (2, "Vinyl"), (3, "CD"))
    ],
}

FOUND: list[list[tuple[Any, ...]]] = [
    [("Goldie", "Album 1", 2, ["Jungle"])],
    [("Metalheadz", 2, 100.0), ("Café Müller Records", 2, 50.0), (None, 1, 0.0)],
    [(TODAY, "Goldie", "Album 1", "Metalheadz", None)],
    [(TODAY, "Ann", "New", None, "C:\\Music\\dd.mp3")],
    [
        ("8A", 126.0, "Goldie", "Inner City Life", "Album 1", ["Jungle"], "A", "A"),
        ("9A", 124.0, "Goldie", "Jah", "Album 1", ["Jungle"], "B", "B1"),
    ],
    [("Various", "Album 2", "A2", "Bob", "Second Waltz", None)],
    [(192, None, "Goldie", "Inner City Life", "Album 1", "A", "/Music/aa.mp3")],
    [("Ann", 1, 1), ("Various", 1, 2)],
    [(2, 4.0)],
]


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    path = tmp_path_factory.mktemp("examples") / "musictool.duckdb"
    sample.publish(path, **ROWS)
    with open_tables(path) as tables:
        yield tables.connection


@pytest.mark.parametrize("number", range(len(FOUND)))
def test_an_example_finds_what_it_says(number: int, connection: duckdb.DuckDBPyConnection) -> None:
    assert connection.execute(EXAMPLES[number]).fetchall() == FOUND[number]


def test_every_example_is_run() -> None:
    assert len(EXAMPLES) == len(FOUND)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_asks_one_table_or_view(example: str) -> None:
    assert len(re.findall(r"\bFROM\b", example)) == 1
    assert "JOIN" not in example


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_the_columns_are_described_as_the_database_has_them(view: Described) -> None:
    section = PAGE.partition(f"### `{view.name}`")[2].partition("###")[0]
    rows = re.findall(r"(?m)^\| `(\w+)` \| (\S+) \| (.*) \|$", section)
    assert rows == [(column.name, column.type, column.description) for column in view.columns]
    assert view.description in section
