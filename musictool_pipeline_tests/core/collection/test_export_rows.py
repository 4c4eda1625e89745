"""The rows of an export: what a copy is, and which row is none and why."""

from __future__ import annotations

import pytest

from musictool_pipeline_tests.core.collection.written_exports import (
    only,
    read,
    row,
    table,
)


@pytest.mark.parametrize(
    ("printed", "release_id"),
    [("1", 1), (" 42 ", 42), ("1023342.0", 1023342), ("007", 7), ("2147483647", 2_147_483_647)],
)
def test_release_ids_that_are_understood(printed: str, release_id: int):
    assert only(table(row(printed))).release_id == release_id


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        ("", "release_id is empty"),
        ("abc", 'release_id is "abc", not a whole number'),
        ("../../x", 'release_id is "../../x", not a whole number'),
        ("٣", 'release_id is "٣", not a whole number'),
        ("1.000", 'release_id is "1.000", not a whole number'),
        ("7.5", 'release_id is "7.5", not a whole number'),
        ("NA", 'release_id is "NA", not a whole number'),
        ("-5", 'release_id is "-5", not between 1 and 2147483647'),
        ("0", 'release_id is "0", not between 1 and 2147483647'),
        ("2147483648", 'release_id is "2147483648", not between 1 and 2147483647'),
        (str(10**30), f'release_id is "{10**30}", not between 1 and 2147483647'),
    ],
)
def test_any_other_release_id_costs_its_row_and_says_why(printed: str, reason: str):
    export = read(table(row(7), row(printed)))
    assert [copy.release_id for copy in export.copies] == [7]
    assert [(skipped.line, skipped.reason) for skipped in export.skipped] == [(3, reason)]


@pytest.mark.parametrize("printed", ["1.02E+06", "1e9", '"1,02E+06"'])
def test_a_number_rounded_by_a_spreadsheet_is_no_release_id(printed: str):
    """1.02E+06 reads as 1020000, a release that exists and is not on the shelf."""
    [skipped] = read(table(row(7), row(printed))).skipped
    assert "rounded the number" in skipped.reason
    assert "as Discogs exported it" in skipped.reason


def test_blank_rows_are_neither_copies_nor_skipped():
    export = read(table("", row(1), ",,,,,,,,,,,,", " , ,", row(2), '"",""', ",,,,,,,,,,,,,,,"))
    assert len(export.copies) == 2
    assert not export.skipped


def test_a_row_that_ends_early_keeps_what_it_has():
    copy = only(table("C,A,T,L,F,,1999,7"))
    assert (copy.release_id, copy.release_year, copy.collection_folder) == (7, 1999, None)
    [skipped] = read(table(row(1), "C,A,T")).skipped
    assert "3 of 13 cells, and release_id is not among them" in skipped.reason


def test_an_unquoted_comma_costs_the_row_also_where_the_surplus_is_empty():
    """Shifted by one, the year 1999 stood under release_id, and the last cell was empty."""
    shifted = "C,A,Title, with comma,L,F,,1999,7,Uncategorized,2019-01-02 03:04:05,,,"
    assert len(shifted.split(",")) == 14
    export = read(table(row(1), shifted))
    assert [copy.release_id for copy in export.copies] == [1]
    assert "14 cells where the header has 13" in export.skipped[0].reason


def test_mere_padding_behind_a_row_in_order_does_no_harm():
    export = read(table(row(1, date_added="2019-01-02") + ",,", row(2)))
    assert [copy.release_id for copy in export.copies] == [1, 2]


def test_a_stray_quotation_mark_costs_one_row_and_not_those_below_it():
    export = read(
        table(row(1), row(2, title='"7" Mix'), row(3, title='"Heroes'), row(4), row(5, label='"L"'))
    )
    assert [copy.release_id for copy in export.copies] == [1, 4, 5]
    assert [skipped.line for skipped in export.skipped] == [3, 4]
    assert "must be doubled" in export.skipped[0].reason


@pytest.mark.parametrize(
    ("printed", "rating"), [("5", 5), ("4.0", 4), ("0", None), ("", None), ("9", None)]
)
def test_rating_is_one_to_five_or_none(printed: str, rating: int | None):
    assert only(table(row(rating=printed))).rating == rating


def test_copies_of_a_release_are_numbered_as_they_were_added():
    """A copy bought later, wherever the export lists it, must not rename the ones before it."""
    first = row(7, date_added="2018-01-01 00:00:00")
    second = row(7, date_added="2019-01-01 00:00:00")
    undated, other = row(7), row(8)
    before = read(table(second, first, undated, other)).copies
    assert [copy.item_id for copy in before] == ["7-3", "7-2", "7-1", "8-1"]
    latest = row(7, date_added="2020-01-01 00:00:00")
    after = read(table(latest, second, first, undated, other)).copies
    assert [copy.item_id for copy in after] == ["7-4", *(copy.item_id for copy in before)]


def test_many_stray_quotation_marks_take_time_in_proportion():
    """Starting over after each bad row must not copy or scan the rest of the file each time."""
    bad = row(2, title='"7" Mix')
    export = read(table(row(1), *[bad] * 20_000))
    assert (len(export.copies), len(export.skipped)) == (1, 20_000)
