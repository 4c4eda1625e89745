"""Dates and years of the collection export, in every form that spreadsheets give them.

Nothing is guessed: a date whose day and month could be either way round is read by the others of
its file, or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

_SMALL_NUMBER = re.compile(r"([0-9]{1,4})(?:\.0+)?")

_EARLIEST_YEAR, _LATEST_YEAR = 1860, 2100

_CLOCK = (
    r"(?:,?[ T]\s*(?P<h>[0-9]{1,2}):(?P<m>[0-9]{2})(?::(?P<s>[0-9]{2})(?:[.,][0-9]+)?)?"
    r"(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?"
    # The zone is passed over: the clock is kept as printed, as Discogs' own exports have it.
    r"(?:\s*(?:Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?))?)?"
)
_YEAR_FIRST = re.compile(r"(?P<y>[0-9]{4})([-/.])(?P<a>[0-9]{1,2})\2(?P<b>[0-9]{1,2})" + _CLOCK)
_YEAR_LAST = re.compile(
    r"(?P<a>[0-9]{1,2})(?P<by>[-/.])(?P<b>[0-9]{1,2})(?P=by)(?P<y>[0-9]{4}|[0-9]{2})" + _CLOCK
)

_DATED = re.compile(r"(?P<y>[0-9]{4})[-/.][0-9]{1,2}(?:[-/.][0-9]{1,2}" + _CLOCK + ")?")

DateOrder = Literal["year first", "day first", "month first", "either"]


def date_order(printed: str) -> DateOrder | None:
    """What a single date says of its order; None if it is no date."""
    if _YEAR_FIRST.fullmatch(printed):
        return "year first"
    match = _YEAR_LAST.fullmatch(printed)
    if not match:
        return None
    if match["by"] == "." or int(match["a"]) > 12:
        return "day first"
    return "month first" if int(match["b"]) > 12 else "either"


def file_date_order(printed: Iterable[str], delimiter: str) -> DateOrder:
    """How to read 03/04/2019 in this file; "either" if it contradicts itself: not at all.

    The evidence is its other dates. Without any, semicolons tell: spreadsheets write them only
    where a comma marks decimals, and there the day comes first.
    """
    seen = {date_order(date) for date in set(printed)}
    if "day first" in seen and "month first" in seen:
        return "either"
    if "day first" in seen:
        return "day first"
    if "month first" in seen:
        return "month first"
    return "day first" if delimiter == ";" else "month first"


def read_date(printed: str, file_order: DateOrder) -> datetime | None:
    """The date; None if it is none, or if its file does not tell day and month apart."""
    order = date_order(printed)
    match = (_YEAR_FIRST if order == "year first" else _YEAR_LAST).fullmatch(printed)
    if order == "either":
        order = file_order
    if not match or order == "either":
        return None
    month, day = match["a"], match["b"]
    if order == "day first":
        month, day = day, month
    hour = int(match["h"] or 0)
    if match["half"]:
        hour = hour % 12 + (12 if match["half"] in "Pp" else 0)
    # Discogs opened in 2000: a year of two digits is never of the century before.
    year = int(match["y"]) + (2000 if len(match["y"]) == 2 else 0)
    try:
        return datetime(
            year, int(month), int(day), hour, int(match["m"] or 0), int(match["s"] or 0)
        )
    except ValueError:
        return None


def year_of(printed: str) -> int | None:
    """The year of `1979`, `1979-05-01`, `1979-00-00`, `1979-05` or `01.05.1979`."""
    found = _DATED.fullmatch(printed) or _YEAR_LAST.fullmatch(printed)
    return within(found["y"] if found else printed, _EARLIEST_YEAR, _LATEST_YEAR)


def within(printed: str, lowest: int, highest: int) -> int | None:
    """A whole number between the two; None for anything else."""
    match = _SMALL_NUMBER.fullmatch(printed)
    number = int(match[1]) if match else None
    return number if number is not None and lowest <= number <= highest else None
