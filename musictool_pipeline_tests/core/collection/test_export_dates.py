"""Dates and years of an export: every form is read, and what cannot be read is named."""

from __future__ import annotations

from datetime import datetime

import pytest

from musictool_pipeline_tests.core.collection.written_exports import (
    only,
    read,
    row,
    table,
)


def dates(*printed: str, delimiter: str = ",") -> list[datetime | None]:
    lines = [f"Artist{delimiter}release_id{delimiter}Date Added{delimiter}Title"]
    lines += [f'A{delimiter}7{delimiter}"{date}"{delimiter}T' for date in printed]
    export = read("".join(line + "\n" for line in lines))
    assert not export.skipped
    return [copy.date_added for copy in export.copies]


@pytest.mark.parametrize(
    ("printed", "date"),
    [
        ("2019-12-31 14:05:06", datetime(2019, 12, 31, 14, 5, 6)),
        ("2019-12-31T14:05:06", datetime(2019, 12, 31, 14, 5, 6)),
        ("2019-12-31 14:05", datetime(2019, 12, 31, 14, 5)),
        ("2019-12-31", datetime(2019, 12, 31)),
        ("2019/12/31 9:05", datetime(2019, 12, 31, 9, 5)),
        ("12/31/2019 14:05", datetime(2019, 12, 31, 14, 5)),
        ("12/31/2019 2:05:06 PM", datetime(2019, 12, 31, 14, 5, 6)),
        ("12/31/2019, 12:05 a.m.", datetime(2019, 12, 31, 0, 5)),
        ("12/31/19", datetime(2019, 12, 31)),
        ("31/12/2019 14:05", datetime(2019, 12, 31, 14, 5)),
        ("31.12.2019 14:05", datetime(2019, 12, 31, 14, 5)),
        ("01.02.2019", datetime(2019, 2, 1)),
        ("20191231", datetime(2019, 12, 31)),
        ("20191231T140506Z", datetime(2019, 12, 31, 14, 5, 6)),
        ("20191231140506", datetime(2019, 12, 31, 14, 5, 6)),
        ("2019-12-31t14:05:06z", datetime(2019, 12, 31, 14, 5, 6)),
        ("1577801106", datetime(2019, 12, 31, 14, 5, 6)),
        ("1577801106000", datetime(2019, 12, 31, 14, 5, 6)),
        ("1577801106.25", datetime(2019, 12, 31, 14, 5, 6)),
        ("31 Dec 2019", datetime(2019, 12, 31)),
        ("31-Dec-19", datetime(2019, 12, 31)),
        ("December 31st, 2019 2:05 PM", datetime(2019, 12, 31, 14, 5)),
        ("Tue, 31 Dec 2019 14:05:06 GMT", datetime(2019, 12, 31, 14, 5, 6)),
        ("", None),
        ("1234", None),
        ("43830.59", None),
        ("20191301", None),
        ("31 Foo 2019", None),
        ("2019-02-30 00:00:00", None),
        ("2019-01-01 25:00:00", None),
        ("13/13/2019", None),
        ("last summer", None),
        ("NA", None),
        ("٣/٣/2019", None),
    ],
)
def test_a_date_is_read_or_unknown_and_never_costs_the_row(printed: str, date: datetime | None):
    assert dates(printed) == [date]


@pytest.mark.parametrize(
    "zone",
    [
        *(
            "Z",
            "+01:00",
            "-0800",
            "+05",
            " UTC",
            ".250Z",
            ",5+00:00",
            " GMT",
            " PST",
            "\u221208:00",
        ),
        *(" GMT+1", "+01:00[Europe/Berlin]", " +0000 (UTC)", ".123456789Z"),
    ],
)
def test_a_zone_is_passed_over_and_the_clock_kept_as_printed(zone: str):
    """Tools keep the dates of the API, which has a zone; no date may be lost for it."""
    assert dates(f"2020-11-12T12:24:52{zone}") == [datetime(2020, 11, 12, 12, 24, 52)]


@pytest.mark.parametrize("zero", ["0001-01-01T00:00:00", "30/12/1899", "1970-01-01 00:00:00"])
def test_the_zero_of_a_calendar_is_no_date(zero: str):
    """Tools write it for an unknown date, and all growth of the collection would begin there."""
    export = read(table(row(1, date_added=zero)))
    assert [copy.date_added for copy in export.copies] == [None]
    assert [zero in value.reason for value in export.unread] == [True]


def test_a_date_or_year_that_cannot_be_read_is_named_and_its_copy_counts():
    export = read(
        table(
            row(1, date_added="last summer", released="1979"),
            row(2, date_added="2020-11-00", released="MCMXC"),
            row(3, date_added="", released="0"),
            row(4, date_added="0000-00-00 00:00:00", released="0000-00-00"),
            row(5, date_added="NA", released="Unknown"),
            row(6, date_added="2020-11-12", released="1993-00-00"),
        )
    )
    assert len(export.copies) == 6
    assert [(value.line, value.reason) for value in export.unread] == [
        (2, 'Date Added is "last summer", which is no date that can be read'),
        (3, 'Date Added is "2020-11-00", which is no date that can be read'),
        (3, 'Released is "MCMXC", which is no year that can be read'),
    ]


def test_one_day_above_twelve_settles_the_order_for_the_whole_file():
    """Read row by row, 03/04/2019 was March beside a 31/12/2019."""
    assert dates("03/04/2019", "31/12/2019")[0] == datetime(2019, 4, 3)
    assert dates("03/04/2019", "12/31/2019")[0] == datetime(2019, 3, 4)
    assert dates("03/04/2019", "2019-12-31")[0] == datetime(2019, 3, 4)


def test_without_evidence_semicolons_speak_for_a_european_spreadsheet():
    assert dates("03/04/2019", delimiter=";") == [datetime(2019, 4, 3)]
    assert dates("03/04/2019", "12/31/2019", delimiter=";")[0] == datetime(2019, 3, 4)


def test_a_file_that_contradicts_itself_leaves_the_doubtful_dates_unknown():
    assert dates("03/04/2019", "31/12/2019", "12/31/2019") == [
        None,
        datetime(2019, 12, 31),
        datetime(2019, 12, 31),
    ]


@pytest.mark.parametrize(
    ("released", "year"),
    [
        *[("1999", 1999), ("1999.0", 1999), ("0", None), ("", None), ("199", None), ("?", None)],
        *[(date, 1999) for date in ("1999-05-01", "1999-05", "1999-00-00", "1999/5/1")],
        *[(date, 1999) for date in ("1999-05-01T00:00:00Z", "01.05.1999", "5/1/1999")],
        *[(date, 1999) for date in ("May 1999", "01 May 1999", "19990501", "19990500")],
        *[(date, 1999) for date in ("1999-??-??", "1999-XX", "1999-05-00T00:00:00+0000")],
        *[(date, 1999) for date in ("05/1999", "5.1999", "1999年", "1999年5月1日")],
        *[
            (date, None)
            for date in ("13/1999", "0000-00-00", "1999-", "Maybe 1999", "1999-2001", "5/1/99")
        ],
    ],
)
def test_released_is_a_year_or_unknown(released: str, year: int | None):
    assert only(table(row(released=released))).release_year == year
