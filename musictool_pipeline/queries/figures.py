"""The collection in figures, how it grew, and what changed last.

What belongs here: what is said of the collection as a whole. Single records and tracks are in
`queries.records` and in the listings.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import duckdb

from musictool_pipeline.queries import sql

LAST_CHANGES: Final = ("changed_at", "change", "artist", "title", "field", "before", "after")
"""What is shown of a change in the collection."""


@dataclass(frozen=True, slots=True)
class Month:
    """A month in which copies were added, and how many there were at its end."""

    month: datetime.date
    added: int
    copies: int


def read_figures(connection: duckdb.DuckDBPyConnection) -> Mapping[str, Mapping[str, float]]:
    """collection_statistics: by metric the values by dimension, the largest first."""
    figures: dict[str, dict[str, float]] = {}
    for metric, dimension, value in sql.rows(connection, "figures.sql"):
        figures.setdefault(metric, {})[dimension] = value
    return figures


def read_growth(connection: duckdb.DuckDBPyConnection) -> tuple[Month, ...]:
    """The months in which copies were added, the earliest first."""
    return tuple(sql.read(Month, connection, "growth.sql"))


def read_last_changes(
    connection: duckdb.DuckDBPyConnection, limit: int = 10
) -> tuple[tuple[object, ...], ...]:
    """What changed last in the collection, the latest first: the columns of LAST_CHANGES."""
    rows = connection.execute(
        f"SELECT {', '.join(LAST_CHANGES)} FROM collection_changes "
        "ORDER BY change_number DESC LIMIT $limit",
        {"limit": limit},
    ).fetchall()
    return tuple(rows)
