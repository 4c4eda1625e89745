"""The wantlist export of Discogs: from the bytes of a file to the releases that it lists.

What belongs here: what sets a wantlist apart from a collection export, with which it shares its
first columns: it has no shelf, and its header names one cell fewer than its rows have. How a file
is decoded and split into rows stands with the collection's (`export_file`, `export_rows`).

A release id is never guessed here either: a row whose columns may be shifted is skipped and named.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from musictool_pipeline.core.collection.export_dates import (
    DateOrder,
    date_order,
    file_date_order,
    read_date,
    within,
    year_of,
)
from musictool_pipeline.core.collection.export_file import (
    decode,
    foreign_bytes,
    foreign_text,
    listing,
)
from musictool_pipeline.core.collection.export_header import (
    KEYS_OF_BOTH,
    Columns,
    Header,
    find_header,
    is_digits,
    key_of,
    text_if_given,
    text_of,
)
from musictool_pipeline.core.collection.export_rows import (
    CsvRow,
    Record,
    SkippedRow,
    parse_rows,
    sort_out,
)
from musictool_pipeline.errors import DamagedExport, WantlistUnreadable

SNAPSHOT_COLUMNS = (
    "Catalog#", "Artist", "Title", "Label", "Format", "Rating", "Released", "release_id",
    "Date Added", "Notes",
)  # fmt: skip
"""The header of a wantlist that this project wrote, after it read the list from the API."""


@dataclass(frozen=True, slots=True)
class Want:
    """One release that is wanted. What the list does not say is None."""

    release_id: int
    artist: str | None
    title: str | None
    label: str | None
    catalog_number: str | None
    format: str | None
    rating: int | None
    release_year: int | None
    date_added: datetime | None
    notes: str | None
    csv_line: int


@dataclass(frozen=True, slots=True)
class Wantlist:
    """A whole wantlist: each release once, and the rows that could not be used, both in the order
    of the file. It may be empty."""

    wants: tuple[Want, ...]
    skipped: tuple[SkippedRow, ...]


def read_wantlist(content: bytes, path: Path) -> Wantlist:
    """The releases in a wantlist export. `content` is the whole file; `path` is only named in
    errors. Raises WantlistUnreadable if it is something else, or cut short."""
    decoded = decode(content)
    text = decoded.text
    if foreign := foreign_bytes(content) or foreign_text(text):
        raise _is(path, *foreign)
    if not text.strip():
        raise WantlistUnreadable(f"{path} is empty")
    lines = list(io.StringIO(text, newline=""))
    header = find_header(lines)
    _refuse_foreign_header(header, path)
    try:
        parsed = list(parse_rows(lines, header, path))
    except DamagedExport as error:
        raise WantlistUnreadable(str(error)) from None
    records = [row for row in parsed if isinstance(row, Record)]
    columns = Columns.of(_with_all_cells(header, records))
    if decoded.breaks_off or (not text.endswith(("\n", "\r")) and _is_cut(records, columns)):
        raise WantlistUnreadable(f"{path} is cut short: its last row is not whole")
    rows, skipped = sort_out(parsed, columns)
    return Wantlist(tuple(_wants(rows, columns)), tuple(skipped))


def _is(path: Path, what: str, remedy: str | None = None) -> WantlistUnreadable:
    return WantlistUnreadable(f"{path} is {what}, not a Discogs wantlist export", remedy)


def _refuse_foreign_header(header: Header, path: Path) -> None:
    keys = header.keys
    if "listingid" in keys:
        raise _is(path, "an inventory export (it lists what is for sale: listing_id)")
    if any(key.startswith("collection") for key in keys):
        remedy = (
            "Set MUSICTOOL_COLLECTION_CSV to it, and MUSICTOOL_WANTLIST to the export of the "
            "wantlist. Nothing was changed: the last good wantlist is still in use."
        )
        raise _is(path, "a collection export (it has columns of a collection)", remedy)
    if "releaseid" not in keys:
        raise _is(path, f"a file with no release_id column (it has: {listing(header.names)})")
    if len(keys) > 1 and keys & set(KEYS_OF_BOTH) == {"releaseid"}:
        raise _is(path, f"another table with release ids (it has: {listing(header.names)})")


def _with_all_cells(header: Header, records: Sequence[Record]) -> Header:
    """The header with a name, if an empty one, for each cell. Discogs' own lacks one, after the
    release id; R writes a row number before the first."""
    lengths = Counter(len(record.cells) for record in records if any(record.cells))
    usual, _ = lengths.most_common(1)[0] if lengths else (0, 0)
    if usual != len(header.names) + 1:
        return header
    place = [key_of(name) for name in header.names].index("releaseid") + 1
    whole = [record.cells for record in records if len(record.cells) == usual]
    numbers = [cells[0] for cells in whole]
    is_numbered = numbers in (_count_from(0, len(whole)), _count_from(1, len(whole)))
    if is_numbered and all(is_digits(cells[place]) for cells in whole):
        return header._replace(names=("", *header.names))
    return header._replace(names=(*header.names, ""))


def _count_from(first: int, count: int) -> list[str]:
    return [str(number) for number in range(first, first + count)]


def _is_cut(records: Sequence[Record], columns: Columns) -> bool:
    """True if the last row, which has no line end, may have lost digits of its release id."""
    return bool(records) and len(records[-1].cells) <= columns.release_id + 1


def _wants(rows: Sequence[CsvRow], columns: Columns) -> Iterable[Want]:
    dates = [_printed_date(row.cells, columns) for row in rows]
    order = file_date_order(dates, columns.delimiter)
    seen: set[int] = set()
    for row, printed in zip(rows, dates, strict=True):
        if row.release_id not in seen:
            seen.add(row.release_id)
            yield _want(row, columns, printed, order)


def _want(row: CsvRow, columns: Columns, printed_date: str, order: DateOrder) -> Want:
    catno, artist, title, label, form, stars, year, *_ = columns.printed(row.cells)
    notes = [cell for cell in _after_the_id(row.cells, columns) if cell and cell != printed_date]
    return Want(
        release_id=row.release_id,
        artist=text_of(artist),
        title=text_of(title),
        label=text_of(label),
        catalog_number=text_if_given(catno),
        format=text_if_given(form),
        rating=within(stars, 1, 5),
        release_year=year_of(year),
        date_added=read_date(printed_date, order),
        notes=text_if_given(notes[0]) if notes else None,
        csv_line=row.line,
    )


def _after_the_id(cells: Sequence[str], columns: Columns) -> Sequence[str]:
    return cells[columns.release_id + 1 :]


def _printed_date(cells: Sequence[str], columns: Columns) -> str:
    """The cell that is a date: under its name, or else behind the release id, where Discogs' header
    does not say which of two cells is which."""
    if named := columns.cell(cells, "dateadded"):
        return named
    after = _after_the_id(cells, columns)
    return next((cell for cell in after if date_order(cell) is not None), "")


def write_snapshot(rows: Iterable[Sequence[object]]) -> bytes:
    """A wantlist in the form of an export, with these cells under SNAPSHOT_COLUMNS."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(SNAPSHOT_COLUMNS)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8", "replace")
