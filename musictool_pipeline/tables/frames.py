"""Rows as data frames, which DuckDB takes in as tables.

pandas is imported at the first of them: a refresh with nothing to do needs none, and would spend a
sixth of its time on the import.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb
    import pandas as pd


def frame(rows: Sequence[Sequence[object]], columns: Sequence[str], **types: str) -> pd.DataFrame:
    """The rows under these names; `types` for columns that may be empty, whose type pandas would
    have to guess."""
    import pandas as pd

    made = pd.DataFrame(rows, columns=list(columns))
    for name, kind in types.items():  # `astype` of all takes several times as long
        made[name] = made[name].astype(kind)
    return made


def replace_rows(connection: duckdb.DuckDBPyConnection, table: str, rows: pd.DataFrame) -> None:
    """These rows, and no other, in the table."""
    connection.execute(f"DELETE FROM {table}")
    connection.register("rows", rows)
    connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM rows")
    connection.unregister("rows")
