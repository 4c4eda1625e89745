"""The one door: which tables a reader sees, and what can be asked of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from musictool_pipeline.tables.published import open_tables
from musictool_pipeline_tests.app import judged_collection as sample
from musictool_pipeline_tests.tables.asking import counts_of


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "musictool.duckdb"
    sample.publish(path, **sample.EVERYTHING)
    return path


def test_a_file_that_another_program_wrote_to_is_shown_and_not_built_on(database: Path) -> None:
    """A copy of the data folder, for instance, has other times."""
    os.utime(database, ns=(1, 1))
    with open_tables(database) as tables:
        assert (tables.are_found(), counts_of(tables).copies) == (True, len(sample.COPIES))
    with open_tables(database, foreign="hide") as tables:
        assert (tables.are_found(), counts_of(tables).copies) == (False, 0)


def test_without_a_database_the_tables_are_empty(tmp_path: Path) -> None:
    with open_tables(tmp_path / "musictool.duckdb") as tables:
        assert not tables.are_found()
        assert tables.release_ids() == []
        assert tables.collection().copies == 0
    assert list(tmp_path.iterdir()) == []


def test_a_question_gives_its_columns_and_rows(database: Path) -> None:
    with open_tables(database) as tables:
        query = "SELECT release_id, missing FROM records WHERE missing > 0 ORDER BY release_id"
        assert tables.ask(query) == (("release_id", "missing"), [(2, 3), (3, 1)])
        assert tables.columns("shelves") == [("release_id", "BIGINT"), ("folders", "VARCHAR[]")]
