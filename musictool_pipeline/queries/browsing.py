"""A page of a listing: filtered, sorted, counted.

What belongs here: asking DuckDB for one page, so that it takes as long with 100,000 tracks as with
a hundred. What can be asked for is in `queries.listings`. Values are only ever bound as
parameters; names of columns are those of the listings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

import duckdb

from musictool_pipeline.core.mixing import neighbours
from musictool_pipeline.queries import sql
from musictool_pipeline.queries.listings import Filters, Listing

Row = tuple[Any, ...]

PAGE_SIZE: Final = 100
MOST_WORDS: Final = 8


@dataclass(frozen=True, slots=True)
class PageAsked:
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
class PageFound:
    """The rows of a page, and how many rows there are on all pages. `page` is the last one if a
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


def browse(connection: duckdb.DuckDBPyConnection, asked: PageAsked) -> PageFound:
    """A page.

    Raises ValueError if a column or a filter is not the listing's.
    """
    listing = asked.listing
    known_columns(listing, *asked.columns, *filter(None, [asked.sort]))
    fit, values = fit_for(listing, asked.filters)
    total = number_of(connection, f"{fit} SELECT count(*) FROM fit", values)
    pages = max(1, -(-total // asked.page_size))
    page = min(max(1, asked.page), pages)
    rows = connection.execute(
        f"{fit} SELECT {', '.join(asked.columns)} FROM fit ORDER BY {_order(asked)} "
        "LIMIT $size OFFSET $skipped",
        {**values, "size": asked.page_size, "skipped": (page - 1) * asked.page_size},
    ).fetchall()
    return PageFound(asked.columns, tuple(rows), total, page, asked.page_size)


def count_by(
    connection: duckdb.DuckDBPyConnection,
    listing: Listing,
    choice: str,
    filters: Filters | None = None,
) -> Mapping[str, int]:
    """How many rows have which value of one of the listing's choices, the most frequent first."""
    if choice not in listing.choices:
        raise ValueError(f"{choice} is nothing to choose from in {listing.source}")
    fit, values = fit_for(listing, filters or Filters())
    rows = connection.execute(
        f"{fit}, had AS (SELECT unnest({listing.choices[choice]}) AS value FROM fit) "
        "SELECT value, count(*) FROM had GROUP BY value ORDER BY count(*) DESC, value",
        values,
    ).fetchall()
    return dict(rows)


def number_of(
    connection: duckdb.DuckDBPyConnection, query: str, values: Mapping[str, object]
) -> int:
    """What a query gives that asks for one number."""
    (number,) = connection.execute(query, dict(values)).fetchone() or (0,)
    return int(number)


def fit_for(listing: Listing, filters: Filters) -> tuple[str, dict[str, object]]:
    """`WITH fit AS (...)`: the listing's rows that the filters leave, and the values bound."""
    conditions: list[str] = []
    values: dict[str, object] = {}
    for name, value in _asked(filters):
        if name == "text":
            searched = f"concat_ws(' ', {', '.join(listing.searched)})"
            for number, word in enumerate(str(value).split()[:MOST_WORDS]):
                conditions.append(_contains(searched, f"word_{number}"))
                values[f"word_{number}"] = word
        elif listing.has_sound and name in _OF_THE_SOUND:
            conditions.append(_OF_THE_SOUND[name])
            values |= _sound_sought(filters)
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


_OF_THE_SOUND: Final = {
    "bpm": "(bpm BETWEEN $slowest AND $fastest OR 2 * bpm BETWEEN $slowest AND $fastest"
    " OR bpm / 2 BETWEEN $slowest AND $fastest)",
    "key": "list_contains($keys, camelot)",
}


def _sound_sought(filters: Filters) -> dict[str, object]:
    """The parameters of the conditions on the sound that are asked for. Raises ValueError if the
    key is no Camelot code."""
    tempos = dict(zip(("slowest", "fastest"), filters.bpm or (), strict=False))
    return {**tempos, **({"keys": list(neighbours(filters.key))} if filters.key else {})}


def _asked(filters: Filters) -> Iterator[tuple[str, Any]]:
    for each in fields(filters):
        value = getattr(filters, each.name)
        value = value.strip() if isinstance(value, str) else value
        if value:
            yield each.name, value


def _contains(column: str, parameter: str) -> str:
    return f"contains(lower(strip_accents({column})), lower(strip_accents(${parameter})))"


def _order(asked: PageAsked) -> str:
    order = [*asked.listing.order]
    if asked.sort:
        types = {column.name: column.type for column in asked.listing.columns}
        by = f"lower({asked.sort})" if types[asked.sort] == "VARCHAR" else asked.sort
        order.insert(0, f"{by} {'DESC' if asked.descending else 'ASC'} NULLS LAST")
    return ", ".join(order)


def known_columns(listing: Listing, *names: str) -> None:
    """Raises ValueError if one of these is no column of the listing."""
    for name in names:
        if name not in listing.column_names:
            raise ValueError(f"{listing.source} has no column {name}")
