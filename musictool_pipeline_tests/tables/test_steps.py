"""When a table is made again."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from musictool_pipeline.tables.fingerprints import noted
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline.tables.steps import rebuild


def test_a_table_is_made_again_only_if_what_it_is_made_from_changed(tmp_path: Path) -> None:
    warehouse = Warehouse(
        tmp_path / "musictool.duckdb", also="CREATE TABLE IF NOT EXISTS t (n INT);"
    )
    asked: list[str] = []

    def change(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute("INSERT INTO t VALUES (1)")

    def made_from(_: duckdb.DuckDBPyConnection) -> str:
        asked.append("first" if len(asked) < 2 else "second")
        return asked[-1]

    assert [rebuild(warehouse, "t", "s", made_from, change) for _ in range(4)] == [
        True, False, True, False,
    ]  # fmt: skip
    with warehouse.read() as connection:
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (2,)
        assert noted(connection, "t") == "second"


def test_a_change_that_fails_is_tried_again(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "musictool.duckdb")

    def fail(_: duckdb.DuckDBPyConnection) -> None:
        raise ValueError("a row that fits nowhere")

    for _ in range(2):
        with pytest.raises(ValueError, match="fits nowhere"):
            rebuild(warehouse, "t", "s", lambda _: "made from", fail)
