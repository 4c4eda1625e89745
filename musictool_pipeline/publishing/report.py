"""The report: one HTML file about the collection, that opens anywhere and asks for nothing.

What belongs here: reading the published tables, with the SQL in `sql/`, and writing the file if
anything changed. `report_page` and the files beside it say what the page says and looks like.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from musictool_pipeline.core.tables import TABLES, WANTED_GAPS, WANTED_TRACKS, WANTLIST_ITEMS
from musictool_pipeline.disk.regular import open_regular
from musictool_pipeline.publishing import sql
from musictool_pipeline.publishing.destination import write_files
from musictool_pipeline.publishing.report_data import Report, ReportRecord, ReportTrack, Shares
from musictool_pipeline.publishing.report_page import MADE_FROM, page
from musictool_pipeline.queries.chosen_records import choose_records
from musictool_pipeline.queries.health import read_tables
from musictool_pipeline.queries.overview import require_judged
from musictool_pipeline.queries.records import read_last_added
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.fingerprints import code_of, fingerprint_of, noted
from musictool_pipeline.tables.published import open_tables
from musictool_pipeline.tables.steps import require

# The report is of the collection: what is wanted makes no other one.
_OF_THE_WANTLIST: Final = {WANTLIST_ITEMS.name, WANTED_TRACKS.name, WANTED_GAPS.name}
_REPORTED: Final = [table.name for table in TABLES if table.name not in _OF_THE_WANTLIST]

# The fingerprint is in the head, before anything that a title could be part of.
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


def write_report(settings: Settings, path: Path) -> WrittenReport:
    """The report on the published database, at `path`; its folder is made where there is none.

    Raises MusicToolError where nothing was judged yet, with what to do; DestinationRefused where
    `path` would replace something of the user's; StorageError where it cannot be written. Then
    nothing is written.
    """
    with open_tables(settings.database) as tables:
        connection = tables.connection
        require_judged(connection)
        report = read_report(connection, settings)
    content = page(report).encode()
    write_files(settings, path.parent, {path.name: content})
    return WrittenReport(path, len(content), len(report.records), report.shares.tracks, True)


def keep_report(settings: Settings) -> WrittenReport | None:
    """The report where every refresh leaves it, written if it is not there, or was not made from
    these tables by this code; else left alone, which takes neither a look at the tables' rows nor
    a write. None, and nothing is written, where nothing was judged yet.

    Raises what `write_report` raises, and TablesMissing.
    """
    path = settings.report_file
    with open_tables(settings.database) as tables:
        connection = tables.connection
        require(connection, settings.database, "collection_report", "gap_analysis")
        records, tracks = sql.row(connection, "judged_totals.sql") or (0, 0)
        made_from = _made_from(connection, settings)
    if not tracks:
        return None
    if _noted_in(path) == made_from:
        return WrittenReport(path, path.stat().st_size, records, tracks, written=False)
    return write_report(settings, path)


def read_report(connection: duckdb.DuckDBPyConnection, settings: Settings) -> Report:
    """Everything that the page says, from the published tables."""
    choose_records(connection)
    health = read_tables(connection, settings)
    copies, releases, expanded, files, as_of = sql.row(connection, "report_totals.sql")
    shares: dict[str, list[Shares]] = defaultdict(list)
    for what, *values in sql.rows(connection, "report_shares.sql"):
        shares[what].append(Shares(*values))
    counts: dict[str, list[tuple[str | None, int]]] = defaultdict(list)
    for metric, name, count in sql.rows(connection, "report_counts.sql"):
        counts[metric].append((name, count))
    by_year = counts["copies_by_year_added"]
    return Report(
        made_from=_made_from(connection, settings),
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
        last_added=read_last_added(connection),
        records=_records(connection),
        named_twice=len(health.named_twice),
        low_bitrates=len(health.low_bitrates),
        least_bitrate=health.least_bitrate,
    )


def _records(connection: duckdb.DuckDBPyConnection) -> tuple[ReportRecord, ...]:
    tracks: dict[int, list[ReportTrack]] = defaultdict(list)
    for release_id, *values in sql.rows(connection, "report_tracks.sql"):
        tracks[release_id].append(ReportTrack(*values))
    return tuple(
        ReportRecord(*facts, tracks=tuple(tracks[facts[0]]))
        for facts in sql.rows(connection, "report_records.sql")
    )


# --- What was made of what ------------------------------------------------------------------------


def _made_from(connection: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    tables = [noted(connection, name) for name in _REPORTED]
    return fingerprint_of(tables, settings.min_bitrate, _code())


def _code() -> str:
    """Of all that a report is made by: the modules, the page's parts, the queries and views."""
    return code_of(
        "publishing.report",
        "publishing/report.css",
        "publishing/report.html",
        "publishing/report.js",
        "publishing/sql",
        "queries/sql",
        "tables/sql",
        rooms=("core", "queries", "publishing"),
    )


def _noted_in(path: Path) -> str | None:
    """What the report at `path` was made from; None where there is none."""
    try:
        with open_regular(path) as file:
            found = _NOTED.search(file.read(_HEAD_BYTES))
    except OSError:
        return None
    return found[1].decode() if found else None
