"""A query from outside has an end: in time, in rows, in what it may do."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import duckdb
import pytest

from musictool_pipeline.errors import MusicToolError
from musictool_pipeline.queries.own_process import ask_apart
from musictool_pipeline.queries.own_query import ask_in_sql
from musictool_pipeline.tables.published import open_tables
from musictool_pipeline_tests.app.judged_collection import EVERYTHING, RELEASES, publish


@pytest.mark.parametrize(
    "endless",
    [
        "SELECT count(*) FROM range(100000000000) AS a, range(1000000) AS b",
        "SELECT * FROM range(100000000000)",
        "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
    ],
)
def test_an_endless_query_is_stopped(endless: str) -> None:
    began = time.monotonic()
    with duckdb.connect() as connection, pytest.raises(MusicToolError, match="was stopped"):
        ask_in_sql(connection, endless, longest=0.3)
    assert time.monotonic() - began < 60


def test_the_connection_stays_locked() -> None:
    with duckdb.connect() as connection:
        assert ask_in_sql(connection, "SELECT 1").rows == ((1,),)
        with pytest.raises(duckdb.Error, match="locked"):
            connection.execute("SET enable_external_access = true")


def test_rows_are_counted_to_the_end_and_only_a_page_is_kept() -> None:
    with duckdb.connect() as connection:
        found = ask_in_sql(connection, "SELECT * FROM range(10000)", skip=2_047, most=3)
    assert (found.columns, found.total) == (("range",), 10_000)
    assert found.rows == ((2_047,), (2_048,), (2_049,))


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "musictool.duckdb"
    publish(path, **EVERYTHING)
    return path


WRITES_OR_REACHES = [
    "COPY records TO '{file}'",
    "SELECT * FROM read_text('{known}')",
    "SELECT * FROM '{known}'",
    "SELECT * FROM glob('/*')",
    "ATTACH '{file}' AS other",
    "EXPORT DATABASE '{file}'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "FROM enable_logging(storage = 'file', storage_config = {{'path': '{file}'}})",
    "SET enable_external_access = true",
    "RESET lock_configuration",
    "PRAGMA enable_profiling",
    "DELETE FROM releases",
    "UPDATE gap_analysis SET status = 'owned'",
    "DROP VIEW records",
    "CREATE TABLE mine AS SELECT 1",
    "WITH new AS (SELECT 9) INSERT INTO releases (release_id) SELECT * FROM new",
    "EXPLAIN ANALYZE COPY records TO '{file}'",
    "SELECT 1; DELETE FROM releases",
    "SELECT * FROM os",
    "SELECT",
    "",
]


@pytest.mark.parametrize("sql", WRITES_OR_REACHES)
def test_sql_that_writes_or_reaches_a_file_is_refused(
    sql: str, database: Path, tmp_path: Path
) -> None:
    file, known = tmp_path / "written", tmp_path / "known.csv"
    known.write_text("a\nb\n")
    before = database.read_bytes()
    with (
        open_tables(database, alone=True) as tables,
        pytest.raises(MusicToolError) as refused,
    ):
        ask_in_sql(tables.connection, sql.format(file=file, known=known))
    assert "one SELECT" in refused.value.explained()
    assert not file.exists()
    assert database.read_bytes() == before


def test_a_process_of_its_own_answers_from_the_published_tables(database: Path) -> None:
    found = ask_apart(database, "SELECT title, folders FROM records ORDER BY 1", skip=1, most=1)
    assert (found.columns, found.total) == (("title", "folders"), len(RELEASES))
    assert found.rows == (("Album 2", ["House", "To Sell"]),)


def test_what_the_process_refuses_is_said_in_its_words(database: Path) -> None:
    with pytest.raises(MusicToolError, match="read_text") as caught:
        ask_apart(database, f"SELECT * FROM read_text('{database}')")
    assert "one SELECT" in caught.value.explained()


@pytest.mark.skipif(sys.platform == "win32", reason="it has neither alarms nor limits")
@pytest.mark.parametrize(
    "planned",
    [
        "SELECT range(100000000)",
        "SELECT repeat('x', 300000000) FROM range(100)",
    ],
)
def test_a_query_that_heeds_no_interrupt_is_ended(planned: str, database: Path) -> None:
    """DuckDB would take minutes to plan the first, and Python all memory for the second."""
    began = time.monotonic()
    with pytest.raises(MusicToolError, match="was stopped"):
        ask_apart(database, planned, longest=0.5)
    assert time.monotonic() - began < 60


def test_a_list_that_no_page_can_hold_is_refused() -> None:
    long = "SELECT list(range) FROM range(100000)"
    with duckdb.connect() as connection, pytest.raises(MusicToolError, match="list in the answer"):
        ask_in_sql(connection, long)


def test_too_much_memory_is_refused() -> None:
    hungry = "SELECT list(a.range) FROM range(100000) AS a, range(100000) AS b"
    with duckdb.connect() as connection, pytest.raises(MusicToolError):
        ask_in_sql(connection, hungry, longest=20)
