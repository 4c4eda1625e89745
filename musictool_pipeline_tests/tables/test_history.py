"""The history outlives the database, and no interruption writes it twice."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest

from musictool_pipeline.inputs.export_folder import LoadedExport, load_export
from musictool_pipeline.tables.collection import load_collection
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline.tables.history import CollectionHistory
from musictool_pipeline_tests.orchestration.conftest import export_of
from musictool_pipeline_tests.tables.asking import ask


class Broken(Exception):
    """Stands for a kill."""


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "musictool.duckdb")


def export(folder: Path, *release_ids: int, day: int = 1) -> LoadedExport:
    path = folder / f"mo-collection-202601{day:02}-1200.csv"
    path.write_bytes(export_of(list(release_ids)))
    return load_export(path)


def rows(warehouse: Warehouse) -> list[tuple[object, ...]]:
    return ask(
        warehouse,
        "SELECT change_number, changed_at, change, release_id, export FROM collection_changes "
        "ORDER BY change_number",
    )[1]


SECOND, THIRD = datetime(2026, 1, 2, 12), datetime(2026, 1, 3, 12)
NAME = "mo-collection-202601{:02}-1200.csv"
HISTORY = [
    (1, SECOND, "added", 3, NAME.format(2)),
    (2, THIRD, "removed", 3, NAME.format(3)),
    (3, THIRD, "added", 4, NAME.format(3)),
]


def load_three(warehouse: Warehouse, folder: Path) -> None:
    for day, ids in ((1, (1, 2)), (2, (1, 2, 3)), (3, (1, 2, 4))):
        assert load_collection(warehouse, export(folder, *ids, day=day))


def test_one_reading_is_kept_and_its_number_is_that_of_the_last_changes(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    load_three(warehouse, tmp_path)
    kept = {path.name for path in (tmp_path / "changes").iterdir()} - {".reading.lock"}
    assert kept == {"000001.json", "000002.json", "000002.csv"}


def test_the_first_reading_is_where_it_begins_and_no_change(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    load_collection(warehouse, export(tmp_path, 1, 2))
    assert rows(warehouse) == []


def test_each_reading_adds_what_it_changed(warehouse: Warehouse, tmp_path: Path) -> None:
    load_three(warehouse, tmp_path)
    assert rows(warehouse) == HISTORY


def test_the_same_export_again_adds_nothing(warehouse: Warehouse, tmp_path: Path) -> None:
    load_three(warehouse, tmp_path)
    assert not load_collection(warehouse, export(tmp_path, 1, 2, 4, day=9))
    assert rows(warehouse) == HISTORY


def test_a_database_made_anew_has_the_whole_history_once(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """It is put aside whenever a version changes its form."""
    load_three(warehouse, tmp_path)
    warehouse.path.unlink()
    load_collection(warehouse, export(tmp_path, 1, 2, 4, day=3))
    assert rows(warehouse) == HISTORY


def test_a_new_export_and_a_new_database_at_once_lose_no_change(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    load_three(warehouse, tmp_path)
    warehouse.path.unlink()
    load_collection(warehouse, export(tmp_path, 1, 2, 4, 5, day=4))
    assert rows(warehouse)[3:] == [(4, datetime(2026, 1, 4, 12), "added", 5, NAME.format(4))]


def test_going_back_is_a_change_like_any_other(warehouse: Warehouse, tmp_path: Path) -> None:
    load_three(warehouse, tmp_path)
    for day, ids in ((2, (1, 2, 3)), (3, (1, 2, 4))):
        load_collection(warehouse, export(tmp_path, *ids, day=day))
    assert [kind for _, _, kind, *_ in rows(warehouse)[3:]] == ["removed", "added"] * 2
    assert [number for number, *_ in rows(warehouse)] == [1, 2, 3, 4, 5, 6, 7]


def test_a_run_killed_before_its_tables_were_published_records_once(tmp_path: Path) -> None:
    history = CollectionHistory(tmp_path / "changes")
    with history.recording(export(tmp_path, 1)):
        pass
    second = export(tmp_path, 1, 2, day=2)
    for _ in range(3):
        with pytest.raises(Broken), history.recording(second):
            raise Broken
    with history.recording(second) as changes:
        assert [each.change.release_id for each in changes] == [2]
    # And it did not count as seen before: what another export changed is told from the first one.
    with history.recording(export(tmp_path, 1, 2, 3, day=3)) as changes:
        assert [each.change.release_id for each in changes] == [2, 3]


def test_a_run_killed_and_then_another_export(tmp_path: Path) -> None:
    """The change seen by the killed run was never published: it belongs to the next one's."""
    history = CollectionHistory(tmp_path / "changes")
    with history.recording(export(tmp_path, 1)):
        pass
    with pytest.raises(Broken), history.recording(export(tmp_path, 1, 2, day=2)):
        raise Broken
    with history.recording(export(tmp_path, 1, 2, 3, day=3)) as changes:
        told = [(each.export, each.change.release_id) for each in changes]
    assert told == [(NAME.format(3), 2), (NAME.format(3), 3)]


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"changes": [{}]}', b"\xff\xfe"])
def test_a_damaged_file_costs_its_changes_and_no_refresh(
    warehouse: Warehouse, tmp_path: Path, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    load_three(warehouse, tmp_path)
    (tmp_path / "changes" / "000002.json").write_bytes(damage)
    load_collection(warehouse, export(tmp_path, 1, 2, 4, 5, day=4))
    assert [release_id for _, _, _, release_id, _ in rows(warehouse)] == [3, 5]
    assert "000002.json is damaged" in caplog.text


def test_a_damaged_last_reading_costs_one_comparison(
    warehouse: Warehouse, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    load_three(warehouse, tmp_path)
    (tmp_path / "changes" / "000002.csv").write_bytes(b"?")
    load_collection(warehouse, export(tmp_path, 1, day=4))
    assert rows(warehouse) == HISTORY
    load_collection(warehouse, export(tmp_path, 1, 9, day=5))
    assert rows(warehouse)[3:] == [(4, datetime(2026, 1, 5, 12), "added", 9, NAME.format(5))]
    assert "cannot be told this time" in caplog.text


def test_an_export_without_a_date_in_its_name_has_that_of_its_file(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    """Not the clock's: the same file read a week later changed nothing in between."""
    load_collection(warehouse, export(tmp_path, 1))
    mine = tmp_path / "mine.csv"
    mine.write_bytes(export_of([1, 2]))
    os.utime(mine, (1_700_000_000, 1_700_000_000))
    load_collection(warehouse, load_export(mine))
    assert rows(warehouse) == [(1, datetime(2023, 11, 14, 22, 13, 20), "added", 2, "mine.csv")]


def test_changes_of_every_kind_survive_the_file(warehouse: Warehouse, tmp_path: Path) -> None:
    load_collection(warehouse, export(tmp_path, 1))
    second = tmp_path / NAME.format(2)
    content = export_of([1]).replace(b",Crate,", b',"To, ""Sell"" \xc3\xbc",')
    second.write_bytes(content)
    load_collection(warehouse, load_export(second))
    _, [told] = ask(
        warehouse,
        "SELECT change, item_id, artist, title, field, before, after FROM collection_changes",
    )
    assert told == (
        "moved", "1-1", "Artist 1", "Title 1", "collection_folder", "Crate", 'To, "Sell" ü',
    )  # fmt: skip
