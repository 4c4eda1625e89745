"""The wantlist with how much of it is there as files already.

What belongs here: asking the view `wants`. What is missing of the collection is another list, in
`queries.records` and `core.wants`.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import duckdb

from musictool_pipeline.core.words import counted
from musictool_pipeline.queries import sql
from musictool_pipeline.queries.listings import WANTED


@dataclass(frozen=True, slots=True)
class WantedRelease:
    """A release on the wantlist. The counts are None if it was not judged yet, and 0 if Discogs
    lists no tracks of it; one that is on the shelf has the counts of the shelf."""

    release_id: int
    artist: str | None
    title: str | None
    label: str | None
    catalog_number: str | None
    release_year: int | None
    date_added: datetime.datetime | None
    notes: str | None
    on_shelf: bool
    tracklist_status: str | None
    tracks: int | None
    owned: int | None
    other_version: int | None
    review: int | None
    missing: int | None
    discogs_url: str


@dataclass(frozen=True, slots=True)
class WantlistFigures:
    """How many releases are wanted, how many of them are `on_shelf` too, and of the others how many
    have no tracklist yet (`pending`), and how many of their tracks are there as files."""

    releases: int = 0
    on_shelf: int = 0
    pending: int = 0
    tracks: int = 0
    owned: int = 0

    def in_words(self) -> str:
        """`12 releases, 2 of them on the shelf; you have 20 of 80 tracks as files`."""
        shelf = f", {self.on_shelf:,} of them on the shelf too" if self.on_shelf else ""
        pending = f"; {self.pending:,} not fetched yet" if self.pending else ""
        files = f"; you have {self.owned:,} of {counted(self.tracks, 'track')} as files"
        return f"{counted(self.releases, 'release')}{shelf}{pending}{files if self.tracks else ''}"


def read_wants(connection: duckdb.DuckDBPyConnection) -> list[WantedRelease]:
    """All of them, in the order of the listing."""
    columns = ", ".join(WantedRelease.__dataclass_fields__)
    rows = connection.execute(
        f"SELECT {columns} FROM wants ORDER BY {', '.join(WANTED.order)}"
    ).fetchall()
    return [WantedRelease(*row) for row in rows]


def read_wantlist_figures(connection: duckdb.DuckDBPyConnection) -> WantlistFigures:
    """The wantlist in figures; all 0 if there is none."""
    row = sql.row(connection, "wantlist_figures.sql")
    return WantlistFigures(*row) if row else WantlistFigures()
