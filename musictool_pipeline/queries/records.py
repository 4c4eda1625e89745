"""Records with what is missing of them, their tracks, and the records that came last.

What belongs here: what several faces show of records. Which records somebody chose for an export or
a rip list is in `queries.chosen_records`.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import duckdb

from musictool_pipeline.queries import sql
from musictool_pipeline.queries.browsing import PAGE_SIZE, Row, fit_for, known_columns, number_of
from musictool_pipeline.queries.listings import GAPS, Filters


@dataclass(frozen=True, slots=True)
class ListedRecord:
    """A record with tracks that fit: `listed` of its `tracks` do."""

    release_id: int
    artist: str | None
    title: str | None
    label: str | None
    catalog_number: str | None
    release_year: int | None
    format_type: str | None
    folders: list[str]
    listed: int
    tracks: int
    discogs_url: str | None


@dataclass(frozen=True, slots=True)
class Addition:
    """A copy that was added; `owned` of its `tracks` are there as files, None before the gap
    analysis."""

    date_added: datetime.datetime
    release_id: int
    artist: str | None
    title: str | None
    label: str | None
    catalog_number: str | None
    release_year: int | None
    collection_folder: str | None
    tracks: int | None
    owned: int | None
    discogs_url: str


def gap_records(
    connection: duckdb.DuckDBPyConnection,
    filters: Filters,
    *,
    page: int = 1,
    page_size: int = PAGE_SIZE,
) -> tuple[tuple[ListedRecord, ...], int]:
    """A page of the records with tracks that fit, those with most of them first; and how many such
    records there are."""
    fit, values = fit_for(GAPS, filters)
    total = number_of(connection, f"{fit} SELECT count(DISTINCT release_id) FROM fit", values)
    rows = connection.execute(
        f"{fit}, records AS ({sql('gap_records.sql')}) SELECT * FROM records "
        "ORDER BY listed DESC, lower(artist) NULLS LAST, lower(title) NULLS LAST, "
        "release_id LIMIT $size OFFSET $skipped",
        {**values, "size": page_size, "skipped": (max(1, page) - 1) * page_size},
    ).fetchall()
    return tuple(ListedRecord(*row) for row in rows), total


def tracks_of_record(
    connection: duckdb.DuckDBPyConnection, release_id: int, columns: tuple[str, ...]
) -> tuple[Row, ...]:
    """All judged tracks of a release, in its order."""
    known_columns(GAPS, *columns)
    rows = connection.execute(
        f"WITH record AS ({sql(GAPS.source)}) SELECT {', '.join(columns)} FROM record "
        "WHERE release_id = $release ORDER BY track_number",
        {"release": release_id},
    ).fetchall()
    return tuple(rows)


def read_last_added(connection: duckdb.DuckDBPyConnection, limit: int = 10) -> tuple[Addition, ...]:
    """The copies that were added last, the latest first."""
    return tuple(sql.read(Addition, connection, "last_added.sql", limit=limit))
