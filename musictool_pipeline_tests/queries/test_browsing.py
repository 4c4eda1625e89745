"""Browsing: which rows a filter leaves, in what order, on which page; values are only values."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from musictool_pipeline.core.tables import COLLECTION_CHANGES
from musictool_pipeline.queries.browsing import PageAsked, browse, count_by
from musictool_pipeline.queries.figures import read_growth, read_last_changes
from musictool_pipeline.queries.listings import (
    COPIES,
    DUPLICATES,
    FILES,
    GAPS,
    TRACKS,
    UNKNOWN,
    Filters,
    Listing,
)
from musictool_pipeline.queries.records import gap_records, read_last_added, tracks_of_record
from musictool_pipeline.tables.published import open_tables
from musictool_pipeline_tests.app import judged_collection as sample
from musictool_pipeline_tests.app.mixed_collection import publish_mixed

LISTINGS = (GAPS, TRACKS, COPIES, FILES, DUPLICATES)
ADDED = [datetime(2020, 1, 5), datetime(2020, 1, 9), datetime(2022, 7, 1), None]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("browsing") / "musictool.duckdb"
    copies = [
        {**copy, "date_added": added} for copy, added in zip(sample.COPIES, ADDED, strict=True)
    ]
    sample.publish(path, **{**sample.EVERYTHING, "collection_items": copies})
    return path


@pytest.fixture
def connection(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_tables(database) as tables:
        yield tables.connection


def titles(connection: duckdb.DuckDBPyConnection, **filters: object) -> list[str]:
    found = browse(connection, PageAsked(GAPS, ("title",), Filters(**filters)))  # type: ignore[arg-type]
    return [title for (title,) in found.rows]


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.source)
def test_every_column_can_be_shown_and_sorted_by(
    listing: Listing, connection: duckdb.DuckDBPyConnection
) -> None:
    """What a page offers to choose is there: a column that was renamed would end it."""
    every = PageAsked(listing, listing.column_names)
    assert browse(connection, every).columns == listing.column_names
    for number, name in enumerate(listing.column_names):
        asked = PageAsked(listing, (name,), sort=name, descending=number % 2 == 1)
        assert browse(connection, asked).columns == (name,)
    for choice in listing.choices:
        counts = count_by(connection, listing, choice)
        assert list(counts.values()) == sorted(counts.values(), reverse=True)


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.source)
def test_every_filter_leaves_what_it_counted(
    listing: Listing, connection: duckdb.DuckDBPyConnection
) -> None:
    for choice in listing.choices:
        for value, count in count_by(connection, listing, choice).items():
            filters = Filters(**{choice: (value,)})  # type: ignore[arg-type]
            assert _total(connection, listing, filters) == count


def _total(connection: duckdb.DuckDBPyConnection, listing: Listing, filters: Filters) -> int:
    return browse(connection, PageAsked(listing, listing.column_names[:1], filters)).total


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"text": "WALTZ  second"}, ["Second Waltz"]),
        ({"text": "muller"}, ["First Waltz", "Second Waltz", "Third Waltz", "Fourth Waltz"]),
        ({"text": "   "}, None),
        ({"text": "%"}, []),
        ({"text": "'; DROP TABLE releases; --"}, []),
        ({"label": "Café müller"}, ["First Waltz", "Second Waltz", "Third Waltz", "Fourth Waltz"]),
        ({"artist": "various", "status": ("review",)}, ["Third Waltz"]),
        ({"folder": ("To Sell", "Jungle"), "status": ("owned", "review")}, ["Jah", "Third Waltz"]),
        ({"folder": (UNKNOWN,)}, ["Alone"]),
        ({"folder": ("no such folder",)}, []),
        ({"decade": (UNKNOWN,), "text": "alone"}, ["Alone"]),
    ],
)
def test_filters(
    filters: dict[str, object], found: list[str] | None, connection: duckdb.DuckDBPyConnection
) -> None:
    """A second copy in `To Sell` is in `To Sell`, though the first one is elsewhere."""
    everything = titles(connection)
    assert len(everything) == 7
    assert sorted(titles(connection, **filters)) == sorted(everything if found is None else found)


def test_each_page_has_the_rows_that_the_others_have_not(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    pages = [
        browse(connection, PageAsked(GAPS, ("title",), sort="album", page=page, page_size=3))
        for page in (1, 2, 3, 4, -1)
    ]
    assert [each.page for each in pages] == [1, 2, 3, 3, 1]
    assert {(each.total, each.pages) for each in pages} == {(7, 3)}
    rows = [row for each in pages[:3] for row in each.rows]
    assert len(rows) == len(set(rows)) == 7


def test_sorted_downwards_what_is_unknown_still_comes_last(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    for descending, first in ((False, "Café Müller Records"), (True, "Metalheadz")):
        asked = PageAsked(GAPS, ("label",), sort="label", descending=descending)
        labels = [label for (label,) in browse(connection, asked).rows]
        assert (labels[0], labels[-1]) == (first, None)


@pytest.mark.parametrize(
    "asked",
    [
        PageAsked(GAPS, ("title; DROP TABLE releases",)),
        PageAsked(GAPS, ("title",), sort="title DESC; --"),
        PageAsked(FILES, ("title",), Filters(folder=("House",))),
    ],
)
def test_names_that_are_not_the_listings_are_refused(
    asked: PageAsked, connection: duckdb.DuckDBPyConnection
) -> None:
    with pytest.raises(ValueError, match="has no"):
        browse(connection, asked)


def test_records_with_the_most_to_find_come_first(connection: duckdb.DuckDBPyConnection) -> None:
    records, total = gap_records(connection, Filters(status=("missing",)))
    assert total == 2
    assert [(it.release_id, it.listed, it.tracks) for it in records] == [(2, 3, 4), (3, 1, 1)]
    assert records[0].folders == ["House", "To Sell"]
    second, total = gap_records(connection, Filters(status=("missing",)), page=2, page_size=1)
    assert (total, [it.release_id for it in second]) == (2, [3])


def test_the_tracks_of_a_record_stand_in_its_order(connection: duckdb.DuckDBPyConnection) -> None:
    rows = tracks_of_record(connection, 2, ("position", "status"))
    assert [position for position, _ in rows] == ["A1", "a2", "A2", None]


def test_growth_and_what_came_last(connection: duckdb.DuckDBPyConnection) -> None:
    months = [(each.month.isoformat(), each.added, each.copies) for each in read_growth(connection)]
    assert months == [("2020-01-01", 2, 2), ("2022-07-01", 1, 3)]
    last = read_last_added(connection, 2)
    assert [(it.date_added.year, it.tracks, it.owned) for it in last] == [
        (2022, 4, 0),
        (2020, 4, 0),
    ]


def test_the_latest_changes_come_first() -> None:
    with duckdb.connect() as connection:
        connection.execute(COLLECTION_CHANGES.ddl)
        connection.execute(
            "INSERT INTO collection_changes SELECT range, TIMESTAMP '2026-01-01' + INTERVAL 1 DAY "
            "* range, 'moved', 7, 'i', 'Goldie', 'Timeless', 'collection_folder', 'House', "
            "'To Sell', 'x.csv' FROM range(1, 13)"
        )
        found = read_last_changes(connection, 2)
    assert [row[0].day for row in found] == [13, 12]  # type: ignore[attr-defined]
    assert found[0][1:] == (
        *("moved", "Goldie", "Timeless", "collection_folder", "House", "To Sell"),
    )


def test_links_that_lead_elsewhere_are_left_out(tmp_path: Path) -> None:
    spoiled = sample.gap(
        sample.TRACKS[0], "missing", discogs_url="javascript:alert(1)", juno_url="data:text/html,x"
    )
    path = tmp_path / "musictool.duckdb"
    sample.publish(path, expanded_tracks=sample.TRACKS[:1], gap_analysis=[spoiled])
    with open_tables(path) as tables:
        found = browse(tables.connection, PageAsked(GAPS, ("discogs_url", "juno_url")))
    assert found.rows == ((None, None),)


def test_without_a_database_all_is_empty(tmp_path: Path) -> None:
    with open_tables(tmp_path / "musictool.duckdb") as tables:
        assert not tables.are_found()
        connection = tables.connection
        for listing in LISTINGS:
            found = browse(connection, PageAsked(listing, listing.column_names))
            assert (found.rows, found.total, found.pages) == ((), 0, 1)
        assert read_growth(connection) == read_last_added(connection) == ()
        assert read_last_changes(connection) == ()
        assert gap_records(connection, Filters()) == ((), 0)


def test_a_database_that_is_there_is_found(database: Path) -> None:
    with open_tables(database) as tables:
        assert tables.are_found()


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"bpm": (123.0, 125.0)}, {"Start", "Up", "Half", "Foreign", "Unkeyed", "Other", "On CD"}),
        ({"bpm": (60.0, 61.0)}, set[str]()),
        ({"key": "8A"}, {"Start", "Same", "Up", "Half", "Untimed", "Other", "On CD"}),
        ({"key": "8A", "bpm": (125.0, 126.0)}, {"Same"}),
    ],
)
def test_by_tempo_in_any_time_and_by_the_keys_beside_one(
    filters: dict[str, object], expected: set[str], tmp_path: Path
) -> None:
    publish_mixed(tmp_path / "musictool.duckdb")
    with open_tables(tmp_path / "musictool.duckdb") as tables:
        assert set(titles(tables.connection, **filters)) == expected
