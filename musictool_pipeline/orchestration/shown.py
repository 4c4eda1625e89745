"""What an asset shows in Dagster: values in, metadata out.

What belongs here: which figures and tables a materialization carries. What they are asked with is
SQL in `sql/`; Markdown is made in `booking`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from musictool_pipeline.core.collection.changes import KINDS
from musictool_pipeline.core.schema import Table
from musictool_pipeline.discogs.live_collection import LatestCollection
from musictool_pipeline.discogs.live_wantlist import LatestWantlist
from musictool_pipeline.disk.statements import Statements
from musictool_pipeline.orchestration.booking import (
    bar_chart,
    failure_table,
    markdown_table,
    sent_metadata,
)
from musictool_pipeline.publishing.report import WrittenReport
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.gaps import GapResult
from musictool_pipeline.tables.library import LoadedLibraries
from musictool_pipeline.tables.published import Collection, PublishedTables, row_count
from musictool_pipeline.tables.tracklists import ExpansionResult
from musictool_pipeline.tables.wantlist import WantedResult

Metadata = dict[str, Any]

ROW_COUNT = "dagster/row_count"
MOST_ROWS = 20

sql = Statements("orchestration")


def columns_of(table: Table) -> Metadata:
    """What the definition of a table's asset shows: its columns, and its name in the database."""
    columns = [
        dg.TableColumn(
            name=column.name,
            type=column.type,
            description=column.description,
            constraints=dg.TableColumnConstraints(nullable=not column.required),
        )
        for column in table.columns
    ]
    return {
        "dagster/column_schema": dg.TableSchema(columns=columns),
        "dagster/table_name": f"musictool.main.{table.name}",
    }


def collection(
    tables: PublishedTables, settings: Settings, latest: LatestCollection, changed: bool
) -> Metadata:
    """Of `collection_csv`: where the collection is from, and what its latest change was."""
    read = tables.collection()
    return {
        ROW_COUNT: read.copies,
        **_source(settings, latest),
        "changed": changed,
        **_latest_changes(tables),
        **_skipped(read),
        "sample": _table(tables, "newest_copies"),
    }


def _source(settings: Settings, latest: LatestCollection) -> Metadata:
    metadata: Metadata = {}
    if latest.loaded:
        metadata["export"] = dg.MetadataValue.path(str(latest.loaded.path))
    if settings.live_user:
        metadata["user"] = settings.live_user
        metadata.update(sent_metadata(latest.sent))
    if latest.problem:
        metadata["not_read"] = str(latest.problem)
        metadata["what_to_do"] = latest.problem.remedy
    return metadata


def _latest_changes(tables: PublishedTables) -> Metadata:
    """How many copies the latest changes are about, and when they were seen; nothing if there
    never were any."""
    _, rows = tables.ask(sql("latest_changes.sql"))
    if not rows:
        return {}
    copies = {kind: {row[2] for row in rows if row[1] == kind} for kind in KINDS}
    shown = [(kind, *what) for _, kind, _, *what in rows[:MOST_ROWS]]
    table = markdown_table(("change", "artist", "title", "field", "before", "after"), shown)
    more = f"\n\nand {len(rows) - MOST_ROWS:,} more" if len(rows) > MOST_ROWS else ""
    return {
        "last_changed": f"{rows[0][0]:%Y-%m-%d %H:%M}",
        **{f"copies_{kind}": len(found) for kind, found in copies.items()},
        "latest_changes": dg.MetadataValue.md(table + more),
    }


def _skipped(read: Collection) -> Metadata:
    if not read.skipped:
        return {"skipped_rows": 0}
    first = markdown_table(("line", "why"), read.skipped[:MOST_ROWS])
    return {"skipped_rows": len(read.skipped), "skipped": dg.MetadataValue.md(first)}


def wantlist(
    tables: PublishedTables, latest: LatestWantlist, changed: bool, new_partitions: int
) -> Metadata:
    """Of `wantlist_items`: how many releases are wanted, and where the list is from."""
    _, ((wanted, on_shelf),) = tables.ask(sql("wanted_releases.sql"))
    source: Metadata = {}
    if latest.loaded:
        source["wantlist"] = dg.MetadataValue.path(str(latest.loaded.path))
    if latest.sent.requests:
        source |= sent_metadata(latest.sent)
    if latest.problem:
        source |= {"not_read": str(latest.problem), "what_to_do": latest.problem.remedy}
    return {
        ROW_COUNT: wanted,
        "on_the_shelf_too": on_shelf,
        "new_partitions": new_partitions,
        "changed": changed,
        **source,
        "sample": _table(tables, "newest_wants"),
    }


def wanted(tables: PublishedTables, result: WantedResult) -> Metadata:
    """Of `wanted_gaps`: how many tracks on wanted releases have each status."""
    _, by_status = tables.ask(sql("wanted_by_status.sql"))
    return {
        ROW_COUNT: result.tracks,
        "tracks_judged": result.judged,
        "changed": result.published,
        **{status: int(tracks) for status, tracks in by_status},
        "by_release": _table(tables, "wanted_by_release"),
    }


def releases(tables: PublishedTables, release_ids: list[int], new_partitions: int) -> Metadata:
    """Of `releases`: how many there are, and how many have their tracklist."""
    return {
        ROW_COUNT: len(release_ids),
        "new_partitions": new_partitions,
        "by_tracklist_status": _table(tables, "releases_by_status"),
        "sample": _table(tables, "newest_releases"),
    }


def tracks(tables: PublishedTables, result: ExpansionResult) -> Metadata:
    """Of `expanded_tracks`: how many tracks there are, and which answers could not be used."""
    tracks = row_count(tables.connection, "expanded_tracks")
    expanded = row_count(tables.connection, "releases", "tracklist_status = 'fetched'")
    return {
        ROW_COUNT: tracks,
        "releases_with_tracks": expanded,
        "releases_in_collection": row_count(tables.connection, "releases"),
        "answers_new_or_changed": result.expanded,
        "tracks_per_release": round(tracks / max(1, expanded), 2),
        **failures("refused", result.refused),
        "sample": _table(tables, "newest_tracks"),
        "by_format": _table(tables, "tracks_by_format"),
    }


def library(tables: PublishedTables, loaded: LoadedLibraries) -> Metadata:
    """Of `digital_tracks`: how many files there are, the libraries that list them, and what could
    not be read."""
    rows = [(it.path, it.kind, it.tracks, it.error) for it in loaded.libraries]
    header = ("library", "kind", "entries", "could not be read")
    return {
        ROW_COUNT: row_count(tables.connection, "digital_tracks"),
        "entries": sum(library.tracks for library in loaded.libraries),
        "libraries_new_or_changed": loaded.read,
        "changed": loaded.published,
        "libraries": dg.MetadataValue.md(markdown_table(header, rows)),
        **_unreadable(loaded),
        "by_file_type": _table(tables, "files_by_type"),
        "sample": _table(tables, "some_files"),
    }


def _unreadable(loaded: LoadedLibraries) -> Metadata:
    problems = {path: why for library in loaded.libraries for path, why in library.problems.items()}
    if not problems:
        return {"unreadable_files": 0}
    first = markdown_table(("file", "why"), list(problems.items())[:MOST_ROWS])
    return {"unreadable_files": len(problems), "unreadable": dg.MetadataValue.md(first)}


def gaps(tables: PublishedTables, result: GapResult) -> Metadata:
    """Of `gap_analysis`: how many tracks have each status, and where most are missing."""
    _, by_status = tables.ask(sql("gaps_by_status.sql"))
    counts = {status: int(tracks) for status, tracks in by_status}
    shares = {
        f"share_{status}": round(tracks / result.tracks, 4) if result.tracks else 0.0
        for status, tracks in counts.items()
    }
    return {
        ROW_COUNT: result.tracks,
        "tracks_judged": result.judged,
        "changed": result.published,
        "decided_by_yourself": _table(tables, "decided_by_yourself"),
        **counts,
        **shares,
        "chart": dg.MetadataValue.md(bar_chart(list(counts.items()))),
        "largest_gaps_by_label": _table(tables, "gaps_by_label"),
        "largest_gaps_by_release": _table(tables, "gaps_by_release"),
        "sample": _table(tables, "some_gaps"),
    }


def statistics(tables: PublishedTables, changed: bool) -> Metadata:
    """Of `collection_statistics`: totals, decades, and the share owned by format."""
    _, decades = tables.ask(sql("tracks_by_decade.sql"))
    chart = bar_chart([(decade, int(tracks)) for decade, tracks in decades])
    return {
        ROW_COUNT: row_count(tables.connection, "collection_statistics"),
        "changed": changed,
        "totals": _table(tables, "totals"),
        "tracks_by_decade": dg.MetadataValue.md(chart),
        "coverage_by_format": _table(tables, "coverage_by_format"),
    }


def report(written: WrittenReport | None) -> Metadata:
    """Of `collection_report`: where it is; None if there was nothing to report."""
    if written is None:
        return {"changed": False, "tracks": 0}
    return {
        "report": dg.MetadataValue.path(str(written.path)),
        "changed": written.written,
        "bytes": written.size,
        "records": written.records,
        "tracks": written.tracks,
    }


def failures(name: str, causes: Mapping[int, str]) -> Metadata:
    """Releases and why they failed, under that name; nothing if there were none."""
    return {name: dg.MetadataValue.md(failure_table(causes))} if causes else {}


def _table(tables: PublishedTables, name: str) -> dg.MarkdownMetadataValue:
    columns, rows = tables.ask(sql(f"{name}.sql"))
    return dg.MetadataValue.md(markdown_table(columns, rows))
