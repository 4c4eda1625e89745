"""The rows of the collection export: from its lines to the copies that they list.

What belongs here: splitting lines into cells, what a copy is, and what its values mean. A row that
cannot be used is named, never dropped in silence.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from musictool_pipeline.core.collection.export_dates import (
    file_date_order,
    read_date,
    within,
    year_of,
)
from musictool_pipeline.core.collection.export_header import (
    DELIMITERS,
    INSTANCE_COLUMN,
    Columns,
    Header,
    csv_reader,
    from_line,
    in_a_sentence,
    is_digits,
    key_of,
    text_if_given,
    text_of,
)
from musictool_pipeline.errors import DamagedExport

_UNKNOWN = re.compile(r"|[-?0./: T]+|n/?a|nan|na[nt]|none|null|unknown", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Copy:
    """One row of the export: a copy on the shelf. A release owned twice is two of them.

    Texts are trimmed, with line feeds for line breaks; what the export does not say is None.
    """

    item_id: str
    """`<release_id>-<n>`, n counting the copies of the release in the order they were added."""
    release_id: int
    artist: str | None
    title: str | None
    label: str | None
    catalog_number: str | None
    format: str | None
    rating: int | None
    """1 to 5 stars."""
    release_year: int | None
    collection_folder: str | None
    date_added: datetime | None
    """The clock as printed, without a zone: Discogs' own exports do not say which one they mean."""
    media_condition: str | None
    sleeve_condition: str | None
    notes: str | None
    custom_fields: dict[str, str] = field(hash=False)
    """The user's own fields, by name without "Collection "; only those that are filled in."""
    csv_line: int
    """The physical line on which the row begins; the header's is 1."""
    instance_id: int | None = None
    """Discogs' own number of the copy: a snapshot from the API has it, an export has not."""


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A row that could not be used: its physical line, and why, in words for its owner."""

    line: int
    reason: str


class Record(NamedTuple):
    line: int
    cells: list[str]
    """Trimmed."""


class CsvRow(NamedTuple):
    line: int
    release_id: int
    cells: list[str]


def parse_rows(lines: Sequence[str], header: Header, path: Path) -> Iterator[Record | SkippedRow]:
    """Every record after the header, or why it cannot be split into cells.

    A stray quotation mark runs on through the lines below until the next one. Reading resumes
    just after the line that it stands on, so that it costs one row and not all in between.
    """
    at_end = False

    def feed(first: int) -> Iterator[str]:
        nonlocal at_end
        yield from from_line(lines, first)
        at_end = True

    start = header.end
    while start < len(lines):
        base = start
        reader = csv_reader(feed(base), header.delimiter)
        try:
            for cells in reader:
                yield Record(start + 1, [cell.strip() for cell in cells])
                start = base + reader.line_num
        except csv.Error:
            line = start + 1
            if at_end:
                what = "a quotation mark opens here and is never closed: the file is cut short, "
                raise damaged(path, line, what + "or the mark is a stray one") from None
            if sum(map(len, lines[start : base + reader.line_num])) > csv.field_size_limit():
                what = f"a cell runs on for over {csv.field_size_limit():,} characters: most "
                raise damaged(path, line, what + "likely its quotation mark is stray") from None
            after = DELIMITERS[header.delimiter]
            yield SkippedRow(
                line,
                f"a closing quotation mark is not followed by a {after}; one that belongs to the "
                'text must be doubled ("")',
            )
            start += 1


def damaged(path: Path, line: int, what: str, remedy: str | None = None) -> DamagedExport:
    """The error for damage on a line."""
    return DamagedExport(f"{path}, line {line}: {what}", remedy, path=path, line=line)


def sort_out(
    parsed: Iterable[Record | SkippedRow], columns: Columns
) -> tuple[list[CsvRow], list[SkippedRow]]:
    """The rows with a release id, and those without; blank ones are neither."""
    rows: list[CsvRow] = []
    skipped: list[SkippedRow] = []
    for row in parsed:
        if isinstance(row, SkippedRow):
            skipped.append(row)
        elif not columns.are_blank(row.cells):
            release_id = columns.release_id_of(row.cells)
            if isinstance(release_id, int):
                rows.append(CsvRow(row.line, release_id, row.cells))
            else:
                skipped.append(SkippedRow(row.line, release_id))
    return rows, skipped


def copies_of(rows: Sequence[CsvRow], columns: Columns) -> tuple[Copy, ...]:
    """The copies of these rows, in their order."""
    printed_dates = [columns.cell(row.cells, "dateadded") for row in rows]
    order = file_date_order(printed_dates, columns.delimiter)
    dates = [read_date(printed, order) for printed in printed_dates]
    item_ids = _item_ids(rows, dates)

    def copy(row: CsvRow, date_added: datetime | None) -> Copy:
        catno, artist, title, label, form, stars, year, _, folder, _, media, sleeve, notes = (
            columns.printed(row.cells)
        )
        return Copy(
            item_id=item_ids[row.line],
            release_id=row.release_id,
            artist=text_of(artist),
            title=text_of(title),
            label=text_of(label),
            catalog_number=text_if_given(catno),
            format=text_if_given(form),
            rating=within(stars, 1, 5),
            release_year=year_of(year),
            collection_folder=text_of(folder),
            date_added=date_added,
            media_condition=text_if_given(media),
            sleeve_condition=text_if_given(sleeve),
            notes=text_if_given(notes),
            custom_fields=columns.custom_fields(row.cells),
            csv_line=row.line,
            instance_id=_instance_id(columns.cell(row.cells, INSTANCE_COLUMN)),
        )

    return tuple(map(copy, rows, dates))


def unread_values(
    rows: Sequence[CsvRow], copies: Sequence[Copy], columns: Columns
) -> Iterator[SkippedRow]:
    """What stands under a date's or a year's heading, and is neither that nor a word for
    unknown."""
    for row, copy in zip(rows, copies, strict=True):
        for heading, value in (("Date Added", copy.date_added), ("Released", copy.release_year)):
            printed = columns.cell(row.cells, key_of(heading))
            if value is None and not _UNKNOWN.fullmatch(printed):
                what = "date" if heading == "Date Added" else "year"
                reason = (
                    f'{heading} is "{in_a_sentence(printed)}", which is no {what} that can be read'
                )
                yield SkippedRow(row.line, reason)


def _instance_id(printed: str) -> int | None:
    return int(printed) if is_digits(printed) and len(printed) < 19 else None


def _item_ids(rows: Sequence[CsvRow], dates: Sequence[datetime | None]) -> dict[int, str]:
    """By line. Copies without a date count as the oldest, so that one bought later, which has
    one, leaves the ids of all others as they are."""
    by_age = sorted(
        (row.release_id, date or datetime.min, row.line)
        for row, date in zip(rows, dates, strict=True)
    )
    return {
        line: f"{release_id}-{number}"
        for release_id, copies in groupby(by_age, key=lambda entry: entry[0])
        for number, (_, _, line) in enumerate(copies, start=1)
    }
