"""The report: one HTML file about the collection, that opens anywhere and asks for nothing.

What belongs here: reading the published tables, in SQL that stands in `sql/`, and writing the file
where anything changed. What the page says and looks like stands in `report_page` and beside it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

import duckdb

from musictool_pipeline.core.tables import TABLES
from musictool_pipeline.errors import StorageError
from musictool_pipeline.publishing.report_page import (
    MADE_FROM,
    AddedRecord,
    Report,
    ReportRecord,
    ReportTrack,
    Shares,
    page,
)
from musictool_pipeline.storage.files import storage_errors, write_atomically
from musictool_pipeline.storage.fingerprints import code_of, fingerprint_of, noted
from musictool_pipeline.storage.overview import nothing_judged
from musictool_pipeline.storage.warehouse import Warehouse

_HERE: Final = "musictool_pipeline.publishing"

# The fingerprint stands in the head, before anything that a title could be part of.
_HEAD_BYTES: Final = 1_024
_NOTED: Final = re.compile(rf'<meta name="{MADE_FROM}" content="([0-9a-f]*)">'.encode())


@dataclass(frozen=True, slots=True)
class WrittenReport:
    """Where the report is, its size in bytes, and how many records and tracks it lists; `written`
    is False where it was there already and nothing had changed."""

    path: Path
    size: int
    records: int
    tracks: int
    written: bool


def write_report(database: Path, path: Path) -> WrittenReport:
    """The report on that database, at `path`; its folder is made where there is none.

    Raises MusicToolError where nothing was judged yet, with what to do, and StorageError where
    `path` holds something else or cannot be written; then nothing is written.
    """
    _noted_in(path)
    with Warehouse(database).read() as connection:
        records, tracks = _judged(connection)
        if not tracks:
            (expanded,) = connection.execute(
                "SELECT count(*) FROM expanded_tracks"
            ).fetchone() or (0,)
            raise nothing_judged(expanded)
        content = page(read_report(connection, _made_from(connection))).encode()
    with storage_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, content)
    return WrittenReport(path, len(content), records, tracks, written=True)


def keep_report(database: Path, path: Path) -> WrittenReport | None:
    """The report at `path`, written where it is not there, or not from these tables by this code;
    else left as it is, which takes neither a look at the tables' rows nor a write. None, and
    nothing is written, where nothing was judged yet.

    Raises StorageError as `write_report` does.
    """
    there = _noted_in(path)
    with Warehouse(database).read() as connection:
        records, tracks = _judged(connection)
        if not tracks:
            return None
        if there == _made_from(connection):
            return WrittenReport(path, path.stat().st_size, records, tracks, written=False)
    return write_report(database, path)


def read_report(connection: duckdb.DuckDBPyConnection, made_from: str) -> Report:
    """Everything that the page says, from the published tables."""
    copies, releases, expanded, files, as_of = _rows(connection, "report_totals.sql")[0]
    shares: dict[str, list[Shares]] = defaultdict(list)
    for what, *values in _rows(connection, "report_shares.sql"):
        shares[what].append(Shares(*values))
    counts: dict[str, list[tuple[str | None, int]]] = defaultdict(list)
    for metric, name, count in _rows(connection, "report_counts.sql"):
        counts[metric].append((name, count))
    by_year = counts["copies_by_year_added"]
    return Report(
        made_from=made_from,
        as_of=as_of,
        copies=copies,
        releases=releases,
        expanded=expanded,
        files=files,
        shares=shares["all"][0],
        formats=tuple(shares["format"]),
        decades=tuple(shares["decade"]),
        labels=tuple(shares["label"]),
        added_by_year=tuple(sorted((int(year), count) for year, count in by_year if year)),
        undated=sum(count for year, count in by_year if not year),
        genres=tuple(counts["releases_by_genre"]),
        last_added=tuple(AddedRecord(*row) for row in _rows(connection, "report_last_added.sql")),
        records=_records(connection),
    )


def _records(connection: duckdb.DuckDBPyConnection) -> tuple[ReportRecord, ...]:
    tracks: dict[int, list[ReportTrack]] = defaultdict(list)
    for release_id, *values in _rows(connection, "report_tracks.sql"):
        tracks[release_id].append(ReportTrack(*values))
    return tuple(
        ReportRecord(*facts, tracks=tuple(tracks[facts[0]]))
        for facts in _rows(connection, "report_records.sql")
    )


def _rows(connection: duckdb.DuckDBPyConnection, name: str) -> list[tuple[Any, ...]]:
    query = resources.files(_HERE).joinpath("sql", name).read_text("utf-8")
    return connection.execute(query).fetchall()


# --- What was made of what ------------------------------------------------------------------------


def _judged(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """The records and the tracks that have a verdict."""
    return connection.execute(
        "SELECT count(DISTINCT discogs_release_id), count(*) FROM gap_analysis"
    ).fetchone() or (0, 0)


def _made_from(connection: duckdb.DuckDBPyConnection) -> str:
    return fingerprint_of([noted(connection, table.name) for table in TABLES], _code())


@cache
def _code() -> str:
    """Of all that a report is made by: these modules, the page's parts, the queries."""
    here = resources.files(_HERE)
    parts = [
        entry.read_text("utf-8")
        for folder in (here, here.joinpath("sql"))
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.is_file() and entry.name.startswith("report")
    ]
    return fingerprint_of(
        code_of("musictool_pipeline.core", "musictool_pipeline.core.matching"), parts
    )


def _noted_in(path: Path) -> str | None:
    """What the report at `path` was made from; None where there is none.

    Raises StorageError where something else is there: it may be the collection itself.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror}", "Name another file."
        ) from error
    found = _NOTED.search(head)
    if head and not found:
        raise StorageError(
            f"{path} cannot be written: it is there already, and is no report of MusicTool's",
            "Name another file, or move this one away.",
        )
    return found[1].decode() if found else None
