"""Questions to the published tables, for tests that ask one at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline.tables.published import PublishedTables, open_tables


def ask(warehouse: Warehouse, query: str) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """The columns and rows of a query, as the next step would find them."""
    with open_tables(warehouse.path, foreign="hide") as tables:
        return tables.ask(query)


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is: copies, releases, releases by tracklist status, tracks."""

    copies: int
    releases: int
    expanded_releases: int
    unavailable: int
    failed: int
    pending: int
    tracks: int


def counts_of(tables: PublishedTables) -> Counts:
    """How much there is in the open tables."""
    _, (row,) = tables.ask(
        """
        SELECT
            (SELECT count(*) FROM collection_items) AS copies,
            (SELECT count(*) FROM releases) AS releases,
            (SELECT count(*) FROM releases WHERE tracklist_status = 'fetched') AS expanded_releases,
            (SELECT count(*) FROM releases WHERE tracklist_status = 'unavailable') AS unavailable,
            (SELECT count(*) FROM releases WHERE tracklist_status = 'failed') AS failed,
            (SELECT count(*) FROM releases WHERE tracklist_status = 'pending') AS pending,
            (SELECT count(*) FROM expanded_tracks) AS tracks
        """
    )
    return Counts(*row)


def counts(warehouse: Warehouse) -> Counts:
    """How much there is, as the next step would find it."""
    with open_tables(warehouse.path, foreign="hide") as tables:
        return counts_of(tables)
