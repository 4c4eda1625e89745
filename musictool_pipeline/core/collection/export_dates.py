"""Dates and years of the collection export, in every form that spreadsheets give them.

Nothing is guessed: a date whose day and month could be either way round is read by the others of
its file, or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, Literal

_SMALL_NUMBER = re.compile(r"([0-9]{1,4})(?:\.0+)?")

_EARLIEST_YEAR, _LATEST_YEAR = 1860, 2100

# The zone is passed over: the clock is kept as printed, as Discogs' own exports have it.
_ZONE = (
    r"(?:\s*(?:[Zz]|[A-Z]{3,5}|(?:UTC|GMT)?[+\u2212-][0-9]{1,2}(?::?[0-9]{2})?))?"
    r"(?:\s*[\[(][A-Za-z][\w/+ -]*[\])])?"
)
_CLOCK = (
    r"(?:,?[ Tt]\s*(?P<h>[0-9]{1,2}):(?P<m>[0-9]{2})(?::(?P<s>[0-9]{2})(?:[.,][0-9]+)?)?"
    rf"(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?{_ZONE})?"
)
_YEAR_FIRST = re.compile(r"(?P<y>[0-9]{4})([-/.])(?P<a>[0-9]{1,2})\2(?P<b>[0-9]{1,2})" + _CLOCK)
_YEAR_LAST = re.compile(
    r"(?P<a>[0-9]{1,2})(?P<by>[-/.])(?P<b>[0-9]{1,2})(?P=by)(?P<y>[0-9]{4}|[0-9]{2})" + _CLOCK
)
# The same without marks: `20190131`, `20190131T080001Z`.
_COMPACT = re.compile(
    r"(?P<y>[0-9]{4})(?P<a>0[0-9]|1[0-2])(?P<b>[0-2][0-9]|3[01])"
    r"(?:[ Tt]?(?P<h>[0-9]{2})(?P<m>[0-9]{2})(?P<s>[0-9]{2})?(?P<half>)(?:[.,][0-9]+)?"
    rf"{_ZONE})?"
)
_MONTHS: Final = (
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
)  # fmt: skip
_MONTH = (
    r"(?P<a>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
    r"(?:uary|ruary|ch|il|e|y|ust|t|tember|ober|ember)?\.?"
)
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
# With the month's name, which programs write in English: `31 Jan 2019`, `Thu, January 31st, 2019`.
_NAMED = tuple(
    re.compile(form + _CLOCK, re.IGNORECASE)
    for form in (
        rf"{_WEEKDAY}(?P<b>[0-9]{{1,2}})[\s.-]\s*{_MONTH}[\s-](?P<y>[0-9]{{4}}|[0-9]{{2}})",
        rf"{_WEEKDAY}{_MONTH}\s+(?P<b>[0-9]{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>[0-9]{{4}})",
    )
)
_CERTAIN: Final = (_YEAR_FIRST, _COMPACT, *_NAMED)
"""The forms that say which number is the month."""

_UNIX = re.compile(r"([0-9]{9,16})(?:\.[0-9]+)?")
_EARLIEST_SECOND, _LATEST_SECOND = 946_684_800, 4_102_444_800  # 2000 to 2100

_UNKNOWN_PART = r"(?:[0-9]{1,2}|[?xX]{1,2})"
_DATED = re.compile(rf"(?P<y>[0-9]{{4}})[-/.]{_UNKNOWN_PART}(?:[-/.]{_UNKNOWN_PART}{_CLOCK})?")
_MONTH_AND_YEAR = re.compile(
    rf"(?:(?:[0-9]{{1,2}}\s+)?{_MONTH},?\s+|(?:0?[1-9]|1[0-2])[/.-])(?P<y>[0-9]{{4}})"
    # As in Japan and China: `1979年`, `1979年5月`.
    r"|(?P<nen>[0-9]{4})\s*年.*",
    re.IGNORECASE,
)

DateOrder = Literal["year first", "day first", "month first", "either"]


def date_order(printed: str) -> DateOrder | None:
    """What a single date says of its order; None if it is no date."""
    if _certain(printed) or _since_1970(printed):
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
    if moment := _since_1970(printed):
        return moment
    match = _certain(printed)
    if not match:
        match, order = _YEAR_LAST.fullmatch(printed), date_order(printed)
        if order == "either":
            order = file_order
        if not match or order == "either":
            return None
        month, day = match["a"], match["b"]
        if order == "day first":
            month, day = day, month
    else:
        month, day = _number_of(match["a"]), match["b"]
    hour = int(match["h"] or 0)
    if match["half"]:
        hour = hour % 12 + (12 if match["half"] in "Pp" else 0)
    # Discogs opened in 2000: a year of two digits is never of the century before, and a date before
    # that is the zero of some program's calendar (1970-01-01, 1899-12-30, 0001-01-01).
    year = int(match["y"]) + (2000 if len(match["y"]) == 2 else 0)
    if year < 2000:
        return None
    try:
        return datetime(
            year, int(month), int(day), hour, int(match["m"] or 0), int(match["s"] or 0)
        )
    except ValueError:
        return None


def _certain(printed: str) -> re.Match[str] | None:
    return next(filter(None, (form.fullmatch(printed) for form in _CERTAIN)), None)


def _number_of(month: str) -> str:
    name = month.lower()
    return str(_MONTHS.index(name) + 1) if name in _MONTHS else month


def _since_1970(printed: str) -> datetime | None:
    """The moment, in UTC, that so many seconds after 1970 began, or thousandths or millionths."""
    found = _UNIX.fullmatch(printed)
    if not found or _COMPACT.fullmatch(printed):
        return None
    seconds = int(found[1])
    while seconds > _LATEST_SECOND:
        seconds //= 1000
    if seconds < _EARLIEST_SECOND:
        return None
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


def year_of(printed: str) -> int | None:
    """The year of `1979`, `1979-05-01`, `1979-00-00`, `1979-05`, `19790501`, `01.05.1979` or
    `May 1979`, `05/1979`, `1979年5月`."""
    forms = (_DATED, _COMPACT, _YEAR_LAST, _MONTH_AND_YEAR)
    found = next(filter(None, (form.fullmatch(printed) for form in forms)), None)
    years = found.groupdict() if found else {}
    year = years.get("y") or years.get("nen") or printed
    return within(year, _EARLIEST_YEAR, _LATEST_YEAR)


def within(printed: str, lowest: int, highest: int) -> int | None:
    """A whole number between the two; None for anything else."""
    match = _SMALL_NUMBER.fullmatch(printed)
    number = int(match[1]) if match else None
    return number if number is not None and lowest <= number <= highest else None
