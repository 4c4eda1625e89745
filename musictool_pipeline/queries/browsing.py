"""The published tables as somebody browses them: filtered, sorted, a page at a time.

What belongs here: what can be asked for, and asking it of DuckDB, so that a page takes as long with
100,000 tracks as with a hundred. How it looks belongs to `app`. Values are only ever bound as
parameters; names of columns come from `core.tables` and from the listings below.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

import duckdb

from musictool_pipeline.core.tables import (
    COLLECTION_ITEMS,
    DIGITAL_DUPLICATES,
    DIGITAL_TRACKS,
    EXPANDED_TRACKS,
    GAP_ANALYSIS,
    RELEASES,
    Column,
    Table,
)
from musictool_pipeline.disk.statements import sql_of

sql = sql_of("queries")

Row = tuple[Any, ...]

UNKNOWN: Final = "(unknown)"
"""What stands for a value that is not known, among the values to choose from."""

LAST_CHANGES: Final = ("changed_at", "change", "artist", "title", "field", "before", "after")
"""What is shown of a change in the collection."""

PAGE_SIZE: Final = 100
MOST_WORDS: Final = 8

_DISCOGS_URL: Final = Column("discogs_url", "VARCHAR", "The release on discogs.com.")


@dataclass(frozen=True, slots=True)
class Listing:
    """A table to browse. `source`: the file of `sql/` with its query; `columns`: what can be shown
    and sorted by; `choices`: by a filter's name the SQL list of the values that a row has of it;
    `contained`: by a filter's name the column that is to contain its text; `searched`: the columns
    in which all words are looked for; `order`: what it is sorted by at last."""

    source: str
    columns: tuple[Column, ...]
    choices: Mapping[str, str]
    contained: Mapping[str, str]
    searched: tuple[str, ...]
    order: tuple[str, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns, in their order."""
        return tuple(column.name for column in self.columns)


def _of(table: Table, *names: str) -> tuple[Column, ...]:
    by_name = {column.name: column for column in table.columns}
    return tuple(by_name[name] for name in names) if names else table.columns


def _one(expression: str) -> str:
    return f"[coalesce({expression}, '{UNKNOWN}')]"


_ON_A_RECORD: Final = {
    "folder": "folders",
    "format": _one("format_type"),
    "decade": _one("decade"),
}

_RECORD_BY_RECORD: Final = (
    "lower(album_artist) NULLS LAST",
    "lower(album) NULLS LAST",
    "discogs_release_id",
    "track_number",
)

GAPS: Final = Listing(
    "browse_gaps.sql",
    (
        *(column for column in GAP_ANALYSIS.columns if column.name != "alternatives"),
        *_of(
            EXPANDED_TRACKS,
            "album_artist",
            "duration",
            "format_type",
            "format_description",
            "collection_folder",
            "date_added",
        ),
    ),
    {"status": "[status]", **_ON_A_RECORD},
    {"label": "label", "artist": "concat_ws(' ', artist, album_artist)"},
    (
        "artist", "title", "album", "album_artist", "label", "catalog_number", "digital_path",
        "digital_artist", "digital_title",
    ),
    _RECORD_BY_RECORD,
)  # fmt: skip

TRACKS: Final = Listing(
    "browse_tracks.sql",
    (*EXPANDED_TRACKS.columns, _DISCOGS_URL),
    _ON_A_RECORD,
    {"label": "label", "artist": "concat_ws(' ', artist, album_artist)"},
    ("artist", "title", "album", "album_artist", "label", "catalog_number", "notes"),
    _RECORD_BY_RECORD,
)

COPIES: Final = Listing(
    "browse_copies.sql",
    (
        *COLLECTION_ITEMS.columns,
        *_of(RELEASES, "country", "genres", "styles", "tracklist_status"),
        _DISCOGS_URL,
    ),
    {
        "folder": _one("collection_folder"),
        "format": _one("format_type"),
        "decade": _one("decade"),
        "genre": f"coalesce(nullif(genre_list, []), ['{UNKNOWN}'])",
    },
    {"label": "label", "artist": "artist"},
    (
        "artist", "title", "label", "catalog_number", "format", "notes", "country", "genres",
        "styles", "CAST(custom_fields AS VARCHAR)",
    ),
    ("release_id", "csv_line"),
)  # fmt: skip

FILES: Final = Listing(
    "browse_files.sql",
    DIGITAL_TRACKS.columns,
    {
        "source": "[source]",
        "file_type": _one("file_type"),
        "music": "[CASE WHEN is_music THEN 'music' ELSE 'samples, loops, streams' END]",
    },
    {"label": "label", "artist": "artist"},
    ("artist", "title", "remixer", "mix", "album", "label", "genre", "path"),
    ("digital_id",),
)

DUPLICATES: Final = Listing(
    "browse_duplicates.sql",
    DIGITAL_DUPLICATES.columns,
    {"file_type": _one("file_type")},
    {"artist": "artist"},
    ("artist", "title", "version", "path"),
    ("group_id", "is_best DESC", "digital_id"),
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What rows have to be like: of each tuple one of its values (none: any), of each text all of
    it, whatever the case and the accents. `text`: every word of it, in any column searched."""

    status: tuple[str, ...] = ()
    folder: tuple[str, ...] = ()
    format: tuple[str, ...] = ()
    decade: tuple[str, ...] = ()
    genre: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    file_type: tuple[str, ...] = ()
    music: tuple[str, ...] = ()
    label: str = ""
    artist: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page of a listing: its columns in this order, sorted by one of the listing's columns (None:
    in the listing's own order). Pages count from 1."""

    listing: Listing
    columns: tuple[str, ...]
    filters: Filters = field(default_factory=Filters)
    sort: str | None = None
    descending: bool = False
    page: int = 1
    page_size: int = PAGE_SIZE


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of a page, and how many rows there are on all pages. `page` is the last one where a
    later one was asked for."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    total: int
    page: int
    page_size: int

    @property
    def pages(self) -> int:
        """How many there are; an empty listing has one."""
        return max(1, -(-self.total // self.page_size))


@dataclass(frozen=True, slots=True)
class GapRecord:
    """A record with tracks that fit: `listed` of its `tracks` do."""

    release_id: int
    artist: str | None
    title: str | None
    label: str | None
    catalog_number: str | None
    release_year: int | None
    format_type: str | None
    collection_folder: str | None
    listed: int
    tracks: int
    discogs_url: str | None


@dataclass(frozen=True, slots=True)
class Addition:
    """A copy that was added; `owned` of its `tracks` are there as files, None before the gap
    analysis."""

    date_added: datetime.datetime
    artist: str | None
    title: str | None
    label: str | None
    release_year: int | None
    collection_folder: str | None
    tracks: int | None
    owned: int | None
    discogs_url: str


@dataclass(frozen=True, slots=True)
class Month:
    """A month in which copies were added, and how many there were at its end."""

    month: datetime.date
    added: int
    copies: int


# --- A page of a listing --------------------------------------------------------------------------


def browse(connection: duckdb.DuckDBPyConnection, wanted: Wanted) -> Found:
    """A page.

    Raises ValueError where a column or a filter is not the listing's.
    """
    listing = wanted.listing
    _known(listing, *wanted.columns, *filter(None, [wanted.sort]))
    fit, values = _fit(listing, wanted.filters)
    total = _number(connection, f"{fit} SELECT count(*) FROM fit", values)
    pages = max(1, -(-total // wanted.page_size))
    page = min(max(1, wanted.page), pages)
    rows = connection.execute(
        f"{fit} SELECT {', '.join(wanted.columns)} FROM fit ORDER BY {_order(wanted)} "
        "LIMIT $size OFFSET $skipped",
        {**values, "size": wanted.page_size, "skipped": (page - 1) * wanted.page_size},
    ).fetchall()
    return Found(wanted.columns, tuple(rows), total, page, wanted.page_size)


def count_by(
    connection: duckdb.DuckDBPyConnection,
    listing: Listing,
    choice: str,
    filters: Filters | None = None,
) -> Mapping[str, int]:
    """How many rows have which value of one of the listing's choices, the most frequent first."""
    if choice not in listing.choices:
        raise ValueError(f"{choice} is nothing to choose from in {listing.source}")
    fit, values = _fit(listing, filters or Filters())
    rows = connection.execute(
        f"{fit}, had AS (SELECT unnest({listing.choices[choice]}) AS value FROM fit) "
        "SELECT value, count(*) FROM had GROUP BY value ORDER BY count(*) DESC, value",
        values,
    ).fetchall()
    return dict(rows)


def gap_records(
    connection: duckdb.DuckDBPyConnection,
    filters: Filters,
    *,
    page: int = 1,
    page_size: int = PAGE_SIZE,
) -> tuple[tuple[GapRecord, ...], int]:
    """A page of the records with tracks that fit, those with most of them first; and how many such
    records there are."""
    fit, values = _fit(GAPS, filters)
    total = _number(connection, f"{fit} SELECT count(DISTINCT discogs_release_id) FROM fit", values)
    rows = connection.execute(
        f"{fit}, records AS ({sql('gap_records.sql')}) SELECT * FROM records "
        "ORDER BY listed DESC, lower(artist) NULLS LAST, lower(title) NULLS LAST, "
        "discogs_release_id LIMIT $size OFFSET $skipped",
        {**values, "size": page_size, "skipped": (max(1, page) - 1) * page_size},
    ).fetchall()
    return tuple(GapRecord(*row) for row in rows), total


def tracks_of_record(
    connection: duckdb.DuckDBPyConnection, release_id: int, columns: tuple[str, ...]
) -> tuple[Row, ...]:
    """All judged tracks of a release, in its order."""
    _known(GAPS, *columns)
    rows = connection.execute(
        f"WITH record AS ({sql(GAPS.source)}) SELECT {', '.join(columns)} FROM record "
        "WHERE discogs_release_id = $release ORDER BY track_number",
        {"release": release_id},
    ).fetchall()
    return tuple(rows)


def _fit(listing: Listing, filters: Filters) -> tuple[str, dict[str, object]]:
    """`WITH fit AS (...)`: the listing's rows that the filters leave, and the values bound."""
    conditions: list[str] = []
    values: dict[str, object] = {}
    for name, value in _asked(filters):
        if name == "text":
            searched = f"concat_ws(' ', {', '.join(listing.searched)})"
            for number, word in enumerate(str(value).split()[:MOST_WORDS]):
                conditions.append(_contains(searched, f"word_{number}"))
                values[f"word_{number}"] = word
        elif name in listing.contained:
            conditions.append(_contains(listing.contained[name], name))
            values[name] = value
        elif name in listing.choices:
            conditions.append(f"list_has_any({listing.choices[name]}, ${name})")
            values[name] = list(value)
        else:
            raise ValueError(f"{listing.source} has no filter {name}")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"WITH listed AS ({sql(listing.source)}), fit AS (SELECT * FROM listed{where})", values


def _asked(filters: Filters) -> Iterator[tuple[str, Any]]:
    for each in fields(filters):
        value = getattr(filters, each.name)
        value = value.strip() if isinstance(value, str) else value
        if value:
            yield each.name, value


def _contains(column: str, parameter: str) -> str:
    return f"contains(lower(strip_accents({column})), lower(strip_accents(${parameter})))"


def _order(wanted: Wanted) -> str:
    order = [*wanted.listing.order]
    if wanted.sort:
        types = {column.name: column.type for column in wanted.listing.columns}
        by = f"lower({wanted.sort})" if types[wanted.sort] == "VARCHAR" else wanted.sort
        order.insert(0, f"{by} {'DESC' if wanted.descending else 'ASC'} NULLS LAST")
    return ", ".join(order)


def _known(listing: Listing, *names: str) -> None:
    for name in names:
        if name not in listing.column_names:
            raise ValueError(f"{listing.source} has no column {name}")


def _number(connection: duckdb.DuckDBPyConnection, query: str, values: Mapping[str, object]) -> int:
    (number,) = connection.execute(query, dict(values)).fetchone() or (0,)
    return int(number)


# --- The collection at a glance -------------------------------------------------------------------


def read_figures(connection: duckdb.DuckDBPyConnection) -> Mapping[str, Mapping[str, float]]:
    """collection_statistics: by metric the values by dimension, the largest first."""
    figures: dict[str, dict[str, float]] = {}
    for metric, dimension, value in connection.execute(
        "SELECT metric, dimension, value FROM collection_statistics "
        "ORDER BY metric, value DESC, dimension"
    ).fetchall():
        figures.setdefault(metric, {})[dimension] = value
    return figures


def read_growth(connection: duckdb.DuckDBPyConnection) -> tuple[Month, ...]:
    """The months in which copies were added, the earliest first."""
    return tuple(Month(*row) for row in connection.execute(sql("growth.sql")).fetchall())


def read_last_added(connection: duckdb.DuckDBPyConnection, limit: int = 10) -> tuple[Addition, ...]:
    """The copies that were added last, the latest first."""
    rows = connection.execute(sql("last_added.sql"), {"limit": limit}).fetchall()
    return tuple(Addition(*row) for row in rows)


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
