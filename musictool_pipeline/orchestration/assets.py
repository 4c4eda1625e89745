"""The assets: from the export and the digital libraries to the gaps, and the report on them.

What belongs here: each asset's name, place in the graph, description and metadata. What it does
stands in `tables.catalogue`, `tables.library`, `tables.gaps`, `publishing.report` and
`orchestration.expansion`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg

from musictool_pipeline.core.tables import (
    COLLECTION_ITEMS,
    COLLECTION_STATISTICS,
    DIGITAL_TRACKS,
    EXPANDED_TRACKS,
    GAP_ANALYSIS,
    RELEASES,
    Table,
)
from musictool_pipeline.core.text import one_line
from musictool_pipeline.disk.progress_file import note_judging
from musictool_pipeline.errors import SettingsError
from musictool_pipeline.orchestration.booking import bar_chart, failure_table, markdown_table
from musictool_pipeline.orchestration.checks import check_specs, checked
from musictool_pipeline.orchestration.collection import (
    changes_metadata,
    read_collection,
    source_metadata,
)
from musictool_pipeline.orchestration.expansion import (
    FETCH_SCHEMA,
    FetchConfig,
    refresh_chosen,
    refresh_tracklists,
    tables_rebuilt,
)
from musictool_pipeline.orchestration.failures import explained
from musictool_pipeline.orchestration.healing import claim_run, heal_dead_runs
from musictool_pipeline.orchestration.partitions import RELEASE_PARTITIONS, register_releases
from musictool_pipeline.orchestration.pool import DISCOGS_POOL, make_pool
from musictool_pipeline.orchestration.resources import DataFolder, Discogs
from musictool_pipeline.publishing.report import keep_report
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.catalogue import PublishedTables
from musictool_pipeline.tables.gaps import GapOptions, build_gap_analysis, build_statistics
from musictool_pipeline.tables.library import load_digital_tracks

COLLECTION, TRACKS, LIBRARY, GAPS = "collection", "tracks", "library", "gaps"

_DEPS_UPDATED = dg.AutomationCondition.any_deps_match(dg.AutomationCondition.newly_updated())
_DEPS_WILL_BE = dg.AutomationCondition.any_deps_match(dg.AutomationCondition.will_be_requested())

# Follows whatever changed before it, by whatever path: a refresh that was killed, a backfill that
# stopped half way, a click. Two latches. Is the table older than what it is made from? Dagster
# compares the times where both were updated between two looks, but only of `newly_updated` bare:
# joined with another condition by `|` or `&` the table's own update wins, and the backfill that a
# refresh was followed by is forgotten. And was anything updated since the last attempt? Without
# that one a table that cannot be built would be tried for ever. Neither belongs on the asset that
# calls the API.
FOLLOW = (
    (_DEPS_UPDATED.since(dg.AutomationCondition.newly_updated()) | _DEPS_WILL_BE)
    & (_DEPS_UPDATED | _DEPS_WILL_BE).since(dg.AutomationCondition.newly_requested())
    & ~dg.AutomationCondition.any_deps_in_progress()
    & ~dg.AutomationCondition.in_progress()
)


def _column_schema(table: Table) -> dict[str, Any]:
    return {
        "dagster/column_schema": dg.TableSchema(
            columns=[
                dg.TableColumn(
                    name=column.name,
                    type=column.type,
                    description=column.description,
                    constraints=dg.TableColumnConstraints(nullable=not column.required),
                )
                for column in table.columns
            ]
        ),
        "dagster/table_name": f"musictool.main.{table.name}",
    }


@dg.asset(
    group_name=COLLECTION,
    kinds={"csv", "duckdb"},
    owners=["team:musictool"],
    description="Your collection as exported from Discogs: one row for each copy on the shelf.",
    metadata=_column_schema(COLLECTION_ITEMS),
    check_specs=check_specs("collection_csv"),
)
def collection_csv(
    context: dg.AssetExecutionContext,
    data_folder: dg.ResourceParam[DataFolder],
    discogs: dg.ResourceParam[Discogs],
) -> dg.MaterializeResult:
    """Reads the newest export, or the collection from the API, into the table `collection_items`.

    Where the API does not give it, the tables of the last good reading stay, with a warning.
    """
    claim_run(context.instance, context.run.run_id)
    heal_dead_runs(context.instance)
    catalogue = data_folder.catalogue()
    with explained():
        latest = read_collection(context, data_folder, discogs, catalogue)
        changed = catalogue.load_collection(latest.loaded) if latest.loaded else False
    with catalogue.published() as tables:
        collection = tables.collection()
        for line, reason in collection.skipped:
            where = latest.loaded.path if latest.loaded else "the last export"
            context.log.warning(one_line(f"{where}, line {line}: skipped, {reason}"))
        skipped = markdown_table(("line", "why"), collection.skipped[:20])
        return checked(
            context,
            tables,
            {
                "dagster/row_count": collection.copies,
                **source_metadata(data_folder.settings, latest),
                "changed": changed,
                **changes_metadata(tables),
                "skipped_rows": len(collection.skipped),
                **({"skipped": dg.MetadataValue.md(skipped)} if collection.skipped else {}),
                "sample": _sample(
                    tables,
                    "SELECT csv_line, artist, title, format, collection_folder, date_added "
                    "FROM collection_items ORDER BY date_added DESC NULLS LAST, csv_line LIMIT 10",
                ),
            },
        )


@dg.asset(
    deps=[collection_csv],
    group_name=COLLECTION,
    kinds={"duckdb"},
    owners=["team:musictool"],
    description="One row for each release that you own, and whether its tracklist is there.",
    metadata=_column_schema(RELEASES),
    check_specs=check_specs("releases"),
    automation_condition=FOLLOW,
)
def releases(
    context: dg.AssetExecutionContext, data_folder: dg.ResourceParam[DataFolder]
) -> dg.MaterializeResult:
    """Builds `releases`, and makes a partition of each new one, and the pool for fetching them."""
    catalogue = data_folder.catalogue()
    with explained():
        if not catalogue.has_collection():
            catalogue.load_collection(data_folder.load_export())
        catalogue.build_releases()
    make_pool(context.instance)
    with catalogue.published() as tables:
        ids = tables.release_ids()
        return checked(
            context,
            tables,
            {
                "dagster/row_count": len(ids),
                "new_partitions": register_releases(context.instance, ids),
                "by_tracklist_status": _sample(
                    tables,
                    "SELECT tracklist_status, count(*) AS releases "
                    "FROM releases GROUP BY ALL ORDER BY ALL",
                ),
                "sample": _sample(
                    tables,
                    "SELECT release_id, artist, title, label, catalog_number, release_year, copies "
                    "FROM releases ORDER BY first_added DESC NULLS LAST, release_id LIMIT 10",
                ),
            },
        )


def _discogs_tracklists(
    context: dg.AssetExecutionContext,
    data_folder: dg.ResourceParam[DataFolder],
    discogs: dg.ResourceParam[Discogs],
) -> Iterator[dg.Output[None]]:
    """Fetches what is missing; interrupt it at any moment, run it again, and it goes on."""
    claim_run(context.instance, context.run.run_id)
    config = FetchConfig(**context.op_execution_context.op_config)
    if context.has_partition_key or context.has_partition_key_range:
        refresh_chosen(context, config, data_folder, discogs)
    else:
        yield from refresh_tracklists(context, config, data_folder, discogs)


def tracklists_after(*deps: dg.AssetsDefinition) -> dg.AssetsDefinition:
    """`discogs_tracklists`, to be fetched when those are done."""
    return dg.asset(
        name="discogs_tracklists",
        config_schema=FETCH_SCHEMA,
        deps=list(deps),
        partitions_def=RELEASE_PARTITIONS,
        backfill_policy=dg.BackfillPolicy.single_run(),
        output_required=False,
        dagster_type=dg.Nothing,  # pyright: ignore[reportArgumentType]
        group_name=TRACKS,
        kinds={"discogs", "json"},
        owners=["team:musictool"],
        description=(
            "The tracklist of each release, fetched from Discogs once and kept in a file of its "
            "own. One partition for each release."
        ),
        pool=DISCOGS_POOL,
    )(_discogs_tracklists)


discogs_tracklists = tracklists_after(releases)


@dg.asset(
    deps=[discogs_tracklists, releases],
    group_name=TRACKS,
    kinds={"duckdb"},
    owners=["team:musictool"],
    description="One row for each track on each record: artist, title, position, length.",
    metadata=_column_schema(EXPANDED_TRACKS),
    check_specs=check_specs("expanded_tracks"),
    automation_condition=FOLLOW,
)
def expanded_tracks(
    context: dg.AssetExecutionContext, data_folder: dg.ResourceParam[DataFolder]
) -> dg.MaterializeResult:
    """Builds `expanded_tracks` from the cached tracklists."""
    catalogue = data_folder.catalogue()
    with tables_rebuilt(context, data_folder), explained():
        result = catalogue.expand(data_folder.cache())
    with catalogue.published() as tables:
        counts = tables.counts()
        there = f"{counts.expanded_releases:,} of {counts.releases:,} releases"
        context.log.info(f"{counts.tracks:,} tracks on {there}")
        return checked(
            context,
            tables,
            {
                "dagster/row_count": counts.tracks,
                "releases_with_tracks": counts.expanded_releases,
                "releases_in_collection": counts.releases,
                "answers_new_or_changed": result.expanded,
                "tracks_per_release": round(counts.tracks / max(1, counts.expanded_releases), 2),
                **(
                    {"refused": dg.MetadataValue.md(failure_table(result.refused))}
                    if result.refused
                    else {}
                ),
                "sample": _sample(
                    tables,
                    "SELECT position, artist, title, duration, album, label, catalog_number "
                    "FROM expanded_tracks ORDER BY expanded_date DESC, id LIMIT 10",
                ),
                "by_format": _sample(
                    tables,
                    "SELECT format_type, count(*) AS tracks FROM expanded_tracks "
                    "GROUP BY ALL ORDER BY tracks DESC, format_type LIMIT 10",
                ),
            },
        )


@dg.asset(
    group_name=LIBRARY,
    kinds={"duckdb", "file"},
    owners=["team:musictool"],
    description=(
        "Your music as files: one row for each entry of your DJ programs' libraries and folders. "
        "They are only read."
    ),
    metadata=_column_schema(DIGITAL_TRACKS),
    check_specs=check_specs("digital_tracks"),
)
def digital_tracks(
    context: dg.AssetExecutionContext, data_folder: dg.ResourceParam[DataFolder]
) -> dg.MaterializeResult:
    """Reads the libraries that are new or changed into `digital_tracks`."""
    catalogue = data_folder.catalogue()

    def on_progress(folder: Path, done: int, total: int) -> None:
        if done % max(1_000, total // 10) == 0:
            context.log.info(one_line(f"{folder}: {done:,} of {total:,} files"))

    with explained():
        loaded = load_digital_tracks(catalogue, data_folder.settings, on_progress)
    for library in loaded.libraries:
        if library.error:
            context.log.warning(library.error)
    problems = {path: why for library in loaded.libraries for path, why in library.problems.items()}
    with catalogue.published() as tables:
        return checked(
            context,
            tables,
            {
                "dagster/row_count": sum(library.tracks for library in loaded.libraries),
                "libraries_new_or_changed": loaded.read,
                "changed": loaded.published,
                "libraries": dg.MetadataValue.md(
                    markdown_table(
                        ("library", "kind", "entries", "could not be read"),
                        [(it.path, it.kind, it.tracks, it.error) for it in loaded.libraries],
                    )
                ),
                "unreadable_files": len(problems),
                **(
                    {
                        "unreadable": dg.MetadataValue.md(
                            markdown_table(("file", "why"), list(problems.items())[:20])
                        )
                    }
                    if problems
                    else {}
                ),
                "by_file_type": _sample(
                    tables,
                    "SELECT file_type, count(*) AS files, "
                    "count(*) FILTER (WHERE is_music) AS music "
                    "FROM digital_tracks GROUP BY ALL ORDER BY files DESC, file_type LIMIT 10",
                ),
                "sample": _sample(
                    tables,
                    "SELECT source, artist, title, album, file_type, path "
                    "FROM digital_tracks ORDER BY digital_id LIMIT 10",
                ),
            },
        )


# How the gaps are looked for this once; the next run without it goes back to the settings. The
# types are plain for the reason that `FETCH_SCHEMA` has.
GAP_SCHEMA = {
    "confidence": dg.Field(
        dg.Noneable(int),
        default_value=None,
        description="0 to 100: a file found with less is put to review, not called owned.",
    ),
    "folder": dg.Field(
        dg.Noneable(str),
        default_value=None,
        description=(
            "Looks only for tracks in that folder of the collection; one in which there is no "
            "track is refused."
        ),
    ),
}


@dataclass(frozen=True)
class GapConfig:
    """What a run may be told, as `GAP_SCHEMA` has it."""

    confidence: int | None
    folder: str | None

    def options(self, settings: Settings) -> GapOptions:
        """With the settings where nothing was said. Raises SettingsError."""
        confidence = settings.match_confidence if self.confidence is None else self.confidence
        if not 0 <= confidence <= 100:
            raise SettingsError(
                f"confidence is {confidence}, not a whole number from 0 to 100",
                "Correct it in the run's configuration, and start the run again.",
            )
        return GapOptions(confidence=confidence, folder=self.folder)


@dg.asset(
    config_schema=GAP_SCHEMA,
    deps=[expanded_tracks, digital_tracks],
    group_name=GAPS,
    kinds={"duckdb"},
    owners=["team:musictool"],
    description=(
        "Which tracks on your records you have as files, which only in another version, which are "
        "missing, and which you should look at yourself."
    ),
    metadata=_column_schema(GAP_ANALYSIS),
    check_specs=check_specs("gap_analysis"),
    automation_condition=FOLLOW,
)
def gap_analysis(
    context: dg.AssetExecutionContext, data_folder: dg.ResourceParam[DataFolder]
) -> dg.MaterializeResult:
    """Looks for each track of `expanded_tracks` in `digital_tracks`; your own decisions come
    first."""
    config = GapConfig(**context.op_execution_context.op_config)
    catalogue = data_folder.catalogue()
    settings = data_folder.settings

    def on_progress(done: int, total: int) -> None:
        note_judging(settings.progress_file, context.run.run_id, done, total)
        if done and done % 10_000 == 0:
            context.log.info(f"{done:,} of {total:,} tracks")

    with explained():
        result = build_gap_analysis(
            catalogue,
            settings.overrides_file,
            config.options(settings),
            on_progress,
        )
    for problem in result.problems:
        where = f"{settings.overrides_file}, line {problem.line}"
        context.log.warning(one_line(f"{where}: {problem.reason}"))
    with catalogue.published() as tables:
        _, by_status = tables.ask(_BY_STATUS)
        counts = {status: int(tracks) for status, tracks in by_status}
        shares = {
            f"share_{status}": round(tracks / result.tracks, 4) if result.tracks else 0.0
            for status, tracks in counts.items()
        }
        return checked(
            context,
            tables,
            {
                "dagster/row_count": result.tracks,
                "judged_anew": result.judged,
                "changed": result.published,
                "decided_by_yourself": _sample(
                    tables,
                    "SELECT status, count(*) AS tracks FROM gap_analysis WHERE overridden "
                    "GROUP BY ALL ORDER BY ALL",
                ),
                **counts,
                **shares,
                "chart": dg.MetadataValue.md(bar_chart(list(counts.items()))),
                "largest_gaps_by_label": _sample(tables, _GAPS_BY_LABEL),
                "largest_gaps_by_release": _sample(tables, _GAPS_BY_RELEASE),
                "sample": _sample(
                    tables,
                    "SELECT position, artist, title, status, confidence, reason, digital_path "
                    "FROM gap_analysis ORDER BY hash(track_id) LIMIT 10",
                ),
            },
        )


_BY_STATUS = """
SELECT possible.status, count(gap.track_id)
FROM (VALUES (1, 'owned'), (2, 'other_version'), (3, 'review'), (4, 'missing'))
    AS possible(rank, status)
LEFT JOIN gap_analysis AS gap USING (status)
GROUP BY possible.rank, possible.status ORDER BY possible.rank
"""

_GAPS_BY_LABEL = """
SELECT
    label,
    count(*) FILTER (WHERE status = 'missing') AS missing,
    count(*) AS tracks,
    round(100 * avg(CAST(status = 'owned' AS INTEGER))) || ' %' AS owned
FROM gap_analysis GROUP BY label
HAVING missing > 0 ORDER BY missing DESC, label LIMIT 15
"""

_GAPS_BY_RELEASE = """
SELECT
    any_value(gap.catalog_number) AS catalog_number,
    any_value(track.album_artist) AS artist,
    any_value(gap.album) AS title,
    count(*) FILTER (WHERE gap.status = 'missing') AS missing,
    count(*) AS tracks,
    any_value(track.collection_folder) AS folder
FROM gap_analysis AS gap JOIN expanded_tracks AS track ON track.id = gap.track_id
GROUP BY gap.discogs_release_id
HAVING missing > 0 ORDER BY missing DESC, gap.discogs_release_id LIMIT 15
"""


@dg.asset(
    deps=[gap_analysis, releases],
    group_name=GAPS,
    kinds={"duckdb"},
    owners=["team:musictool"],
    description=(
        "Your collection in figures: by format, label, artist, decade, genre, folder and year, and "
        "how much of it you have as files."
    ),
    metadata=_column_schema(COLLECTION_STATISTICS),
    check_specs=check_specs("collection_statistics"),
    automation_condition=FOLLOW,
)
def collection_statistics(
    context: dg.AssetExecutionContext, data_folder: dg.ResourceParam[DataFolder]
) -> dg.MaterializeResult:
    """Counts the other tables into `collection_statistics`."""
    catalogue = data_folder.catalogue()
    with explained():
        changed = build_statistics(catalogue)
    with catalogue.published() as tables:
        _, ((rows,),) = tables.ask("SELECT count(*) FROM collection_statistics")
        _, decades = tables.ask(
            "SELECT dimension, value FROM collection_statistics "
            "WHERE metric = 'tracks_by_decade' ORDER BY dimension"
        )
        return checked(
            context,
            tables,
            {
                "dagster/row_count": rows,
                "changed": changed,
                "totals": _sample(
                    tables,
                    "SELECT dimension AS total, CAST(value AS BIGINT) AS count "
                    "FROM collection_statistics WHERE metric = 'total' ORDER BY dimension",
                ),
                "tracks_by_decade": dg.MetadataValue.md(
                    bar_chart([(decade, int(tracks)) for decade, tracks in decades])
                ),
                "coverage_by_format": _sample(
                    tables,
                    "SELECT dimension AS format, round(100 * value) || ' %' AS owned "
                    "FROM collection_statistics WHERE metric = 'coverage_by_format' "
                    "ORDER BY value DESC, dimension",
                ),
            },
        )


@dg.asset(
    deps=[gap_analysis, collection_statistics],
    group_name=GAPS,
    kinds={"html"},
    owners=["team:musictool"],
    description=(
        "One HTML file about your collection that opens offline: figures, charts, and the list of "
        "all tracks to search and to print."
    ),
    automation_condition=FOLLOW,
)
def collection_report(
    context: dg.AssetExecutionContext, data_folder: dg.ResourceParam[DataFolder]
) -> dg.MaterializeResult:
    """Writes the report, where it is not there or anything in it changed."""
    with explained():
        report = keep_report(data_folder.settings)
    if report is None:
        context.log.info("No track was judged yet, so there is nothing to report.")
        return dg.MaterializeResult(metadata={"changed": False, "tracks": 0})
    return dg.MaterializeResult(
        metadata={
            "report": dg.MetadataValue.path(str(report.path)),
            "changed": report.written,
            "bytes": report.size,
            "records": report.records,
            "tracks": report.tracks,
        }
    )


def _sample(tables: PublishedTables, query: str) -> dg.MarkdownMetadataValue:
    columns, rows = tables.ask(query)
    return dg.MetadataValue.md(markdown_table(columns, rows))


ASSETS = [
    collection_csv,
    releases,
    discogs_tracklists,
    expanded_tracks,
    digital_tracks,
    gap_analysis,
    collection_statistics,
    collection_report,
]
