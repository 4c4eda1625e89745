"""A wantlist's export: which releases it lists, and what is not one."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest

from musictool_pipeline.core.collection.wantlist_file import (
    SNAPSHOT_COLUMNS,
    Want,
    Wantlist,
    read_wantlist,
    write_snapshot,
)
from musictool_pipeline.errors import WantlistUnreadable
from musictool_pipeline_tests.core.collection.test_export_file import GIVEN_BY_MISTAKE, HEADER

PATH = Path("wants.csv")
NAMES = "Catalog#,Artist,Title,Label,Format,Rating,Released,release_id,Notes"
ADDED = "2020-01-02 03:04:05"


def read(*rows: str, header: str = NAMES) -> Wantlist:
    return read_wantlist("\r\n".join([header, *rows, ""]).encode(), PATH)


def test_a_row_becomes_a_want() -> None:
    (want,) = read('"METH 012",Goldie,"Inner City, Life",Metalheadz,"12""",4,1994,117941,,').wants
    assert want == Want(
        release_id=117941,
        artist="Goldie",
        title="Inner City, Life",
        label="Metalheadz",
        catalog_number="METH 012",
        format='12"',
        rating=4,
        release_year=1994,
        date_added=None,
        notes=None,
        csv_line=2,
    )


@pytest.mark.parametrize(
    "end", [f"{ADDED},mint only", f"mint only,{ADDED}", f'"mint only","{ADDED}"']
)
def test_of_two_cells_under_one_name_the_date_is_the_date(end: str) -> None:
    """Discogs' header names one cell fewer than its rows have."""
    (want,) = read(f"C,A,T,L,F,,1999,7,{end}").wants
    assert (want.date_added, want.notes) == (datetime(2020, 1, 2, 3, 4, 5), "mint only")


def test_a_header_as_long_as_its_rows_is_read_by_its_names() -> None:
    (want,) = read(f"C,A,T,L,F,,1999,7,{ADDED},x", header=",".join(SNAPSHOT_COLUMNS)).wants
    assert (want.date_added, want.notes) == (datetime(2020, 1, 2, 3, 4, 5), "x")


def test_row_numbers_before_the_first_cell_shift_no_release_id() -> None:
    """R writes them. The loss: the year read as a release."""
    rows = [f"{number},C,A,T,L,F,,1999,{number + 70},x" for number in (1, 2, 3)]
    assert [want.release_id for want in read(*rows).wants] == [71, 72, 73]


def test_a_catalogue_of_numbers_is_no_row_number() -> None:
    rows = [f"{number},A,T,L,F,,1999,{number + 70},," for number in (1, 2, 3)]
    assert [want.release_id for want in read(*rows).wants] == [71, 72, 73]


def test_a_row_whose_columns_are_shifted_is_skipped_and_named() -> None:
    found = read("C,A,T,L,F,,1999,7,,", "C,A,T, too,L,F,,1999,8,,", "C,A,T,L,F,,1999,x,,")
    assert [want.release_id for want in found.wants] == [7]
    assert [row.line for row in found.skipped] == [3, 4]


def test_each_release_is_wanted_once() -> None:
    found = read("C,A,T,L,F,,1999,7,,", "C,A,T,L,F,,1999,7,,")
    assert [want.csv_line for want in found.wants] == [2]


def test_a_wantlist_may_be_empty() -> None:
    """Everything was bought."""
    assert read() == Wantlist((), ())


@pytest.mark.parametrize(
    ("content", "named"),
    [
        *((content, named) for content, named in GIVEN_BY_MISTAKE if "wantlist" not in named),
        (f"{HEADER}\r\n".encode(), "a collection export"),
        (b"", "is empty"),
        (f"{NAMES}\r\nC,A,T,L,F,,1999,79".encode(), "is cut short"),
        (f"{NAMES}\r\nC,A,T,L,F,,1999,79,,x\xc3".encode("latin-1"), "is cut short"),
        (f'{NAMES}\r\nC,"A'.encode(), "line 2: a quotation mark opens here"),
    ],
)  # fmt: skip
def test_what_is_no_wantlist_is_called_by_its_name(content: bytes, named: str) -> None:
    with pytest.raises(WantlistUnreadable, match=re.escape(named)) as caught:
        read_wantlist(content, PATH)
    assert str(PATH) in str(caught.value)
    assert caught.value.remedy


def test_a_bare_list_of_release_ids_is_a_wantlist() -> None:
    assert [want.release_id for want in read("7", "8", header="release_id").wants] == [7, 8]


def test_a_collection_is_sent_where_it_belongs() -> None:
    with pytest.raises(WantlistUnreadable) as caught:
        read_wantlist(f"{HEADER}\r\n".encode(), PATH)
    assert "Set MUSICTOOL_COLLECTION_CSV to it" in caught.value.remedy


def test_a_snapshot_is_read_as_it_was_written() -> None:
    row = ["C", 'A "B"', "T, U", "L", "F", 5, 1999, 7, ADDED, "two\nlines"]
    (want,) = read_wantlist(write_snapshot([row]), PATH).wants
    assert (want.artist, want.title, want.notes) == ('A "B"', "T, U", "two\nlines")
    assert (want.rating, want.date_added) == (5, datetime(2020, 1, 2, 3, 4, 5))
