"""The one door to the published tables, for all that only read them.

What belongs here: opening them, and what is asked of them while they are open by more than one
room. Building them belongs to the modules beside this one, which publish through
`tables.generations`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import duckdb

from musictool_pipeline.tables.generations import Warehouse, sql


@dataclass(frozen=True, slots=True)
class Collection:
    """What an export holds: how many copies, the releases in the order of their first lines, and
    the rows that could not be used, each with its line and the reason."""

    copies: int
    release_ids: tuple[int, ...]
    skipped: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class PublishedTables:
    """The published tables, while they are open."""

    connection: duckdb.DuckDBPyConnection

    def ask(self, query: str) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """The columns and rows of a query."""
        cursor = self.connection.execute(query)
        return tuple(column[0] for column in cursor.description or ()), cursor.fetchall()

    def columns(self, table: str) -> list[tuple[str, str]]:
        """Names and types of a table's columns, in their order."""
        described = self.connection.execute(f"DESCRIBE main.{table}").fetchall()
        return [(name, kind) for name, kind, *_ in described]

    def collection(self) -> Collection:
        """The collection that the tables were made from."""
        return Collection(
            row_count(self.connection, "collection_items"),
            tuple(self._ids("collected_ids.sql")),
            tuple(skipped_lines(self.connection, "pipeline.skipped_rows")),
        )

    def release_ids(self) -> list[int]:
        """The releases in the collection, in the order in which their first copies were added."""
        return self._ids("release_ids.sql")

    def wanted_ids(self) -> list[int]:
        """The wanted releases that are not in the collection, in the order in which they were put
        on the list."""
        return self._ids("wanted_ids.sql")

    def _ids(self, query: str) -> list[int]:
        return [release_id for (release_id,) in sql.rows(self.connection, query)]

    def failed_at(self) -> dict[int, datetime]:
        """When it was that the latest attempt at a release brought nothing."""
        rows = sql.rows(self.connection, "failures.sql")
        return {release_id: at.replace(tzinfo=UTC) for release_id, _, at in rows}

    def are_found(self) -> bool:
        """False if these are the empty tables that are shown when there is no database, or one
        that this version cannot read."""
        is_file, _ = sql.row(self.connection, "opened_file.sql") or (False, None)
        return is_file


def row_count(connection: duckdb.DuckDBPyConnection, table: str, condition: str = "true") -> int:
    """How many rows of a table meet a condition in SQL."""
    query = f"SELECT count(*) FROM {table} WHERE {condition}"
    (rows,) = connection.execute(query).fetchone() or (0,)
    return rows


def skipped_lines(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[int, str]]:
    """The lines of a user's file that could not be used, which that table holds, each with the
    reason."""
    return connection.execute(f"SELECT line, reason FROM {table} ORDER BY ALL").fetchall()


@contextmanager
def open_tables(
    database: Path, *, foreign: Literal["hide", "show"] = "show", alone: bool = False
) -> Iterator[PublishedTables]:
    """The tables as they are now, for several questions at the cost of one opening. They are empty
    if there is no database yet, or one of another version.

    `foreign`: a file that another program wrote to, or that was copied here, is shown as it is; to
    decide what has to be made, hide it: the next generation is not built on it. Keep it short, and
    publish nothing while it is open: see `Warehouse.read`. `alone`: for a reader that changes
    DuckDB's settings.
    """
    with Warehouse(database).read(to_build_on=foreign == "hide", alone=alone) as connection:
        yield PublishedTables(connection)
