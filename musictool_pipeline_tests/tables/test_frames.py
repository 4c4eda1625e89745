"""Rows that DuckDB takes in as tables: every value arrives as it was."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime

import duckdb
import pytest

from musictool_pipeline.tables.frames import frame

ADDED = datetime(2021, 3, 14, 1, 2, 3, 4)


@pytest.mark.parametrize(
    "values",
    [
        ["a", None, "", "NaN", "\U0001f4bf"],
        [1, 2**40],
        [None, 2_147_483_647, 0],
        [1.5, None, 2],
        [True, False],
        [None, True],
        [ADDED, None],
        [["a", "b"], ["c", "d"]],
        [None, ["a"]],
        [None, None],
        [*[None] * 5_000, "late", *[None] * 5_000],
    ],
)
def test_a_column_keeps_its_values(values: list[object]) -> None:
    column = frame([(value,) for value in values], ("it",))
    with duckdb.connect() as connection:
        connection.register("rows", column)
        assert connection.execute("SELECT it FROM rows").fetchall() == [(it,) for it in values]


@pytest.mark.parametrize("kind", ["int64", "Int64", "bool", "datetime64[us]", "str"])
def test_no_rows_are_no_rows(kind: str) -> None:
    with duckdb.connect() as connection:
        connection.register("rows", frame([], ("it", "other"), it=kind))
        assert connection.execute("SELECT it, other FROM rows").fetchall() == []


def test_pandas_is_not_needed() -> None:
    """It takes a third of a second to load."""
    code = (
        "import sys; from musictool_pipeline.tables import gaps, judging, library; "
        "gaps.frame([(1,)], ('a',)); sys.exit('pandas' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
