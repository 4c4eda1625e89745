"""A query from outside has an end: in time, in rows, in what it may do."""

from __future__ import annotations

import time

import duckdb
import pytest

from musictool_pipeline.errors import MusicToolError
from musictool_pipeline.queries.own_query import ask_in_sql


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


def test_too_much_memory_is_refused() -> None:
    hungry = "SELECT list(a.range) FROM range(100000) AS a, range(100000) AS b"
    with duckdb.connect() as connection, pytest.raises(MusicToolError):
        ask_in_sql(connection, hungry, longest=20)
