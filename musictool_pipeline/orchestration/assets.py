"""The assets: from the export and the digital libraries to the gaps, and the report on them.

What belongs here: each asset's name, place in the graph and description, and a body of a few lines
that calls what makes it. The rooms below, `collection`, `fetch_run` and
`monthly_dump` say what it does; what it shows, in `shown`; what must hold of it, in `checks`.
"""

from collections.abc import Callable, Iterator, Set
from pathlib import Path
from typing import Any

import dagster as dg

from musictool_pipeline.core.schema import Table
from musictool_pipeline.core.tables import (
    COLLECTION_ITEMS,
    COLLECTION_STATISTICS,
    DIGITAL_TRACKS,
    EXPANDED_TRACKS,
    GAP_ANALYSIS,
    RELEASES,
    WANTED_GAPS,
    WANTLIST_ITEMS,
)
from musictool_pipeline.core.text import one_line
from musictool_pipeline.disk.progress_file import note_judging, reading_libraries
from musictool_pipeline.orchestration import shown
from musictool_pipeline.orchestration.automation import FOLLOW, FOLLOWING
from musictool_pipeline.orchestration.checks import check_specs, checked
from musictool_pipeline.orchestration.collection import (
    read_collection,
    read_wantlist,
    warn_of_lines,
    warn_of_skipped,
)
from musictool_pipeline.orchestration.failures import explained
from musictool_pipeline.orchestration.fetch_run import refresh_chosen, refresh_tracklists
from musictool_pipeline.orchestration.freshness import FRESH
from musictool_pipeline.orchestration.half_public import accept_betas
from musictool_pipeline.orchestration.healing import claim_run, heal_dead_runs
from musictool_pipeline.orchestration.monthly_dump import read_dump
from musictool_pipeline.orchestration.partitions import RELEASE_PARTITIONS, register_releases
from musictool_pipeline.orchestration.pool import DISCOGS_POOL, make_pool
from musictool_pipeline.orchestration.resources import DataFolder, Discogs
from musictool_pipeline.orchestration.run_config import (
    FETCH_SCHEMA,
    GAP_SCHEMA,
    FetchConfig,
    GapConfig,
)
from musictool_pipeline.orchestration.versions import code_version, report_version
from musictool_pipeline.publishing.report import keep_report
from musictool_pipeline.tables import gaps, library, wantlist
from musictool_pipeline.tables.collection import has_collection, keep_collection, load_collection
from musictool_pipeline.tables.published import open_tables
from musictool_pipeline.tables.tracklists import build_releases, expand
from musictool_pipeline.tables.verdicts import require_both_sides

accept_betas()

Context = dg.AssetExecutionContext
Folder = dg.ResourceParam[DataFolder]
Api = dg.ResourceParam[Discogs]

COLLECTION, TRACKS, LIBRARY, GAPS, WANTS = "collection", "tracks", "library", "gaps", "wants"
OWNERS = ["team:musictool"]


def _asset(
    group: str,
    *,
    table: Table | None = None,
    kinds: Set[str] = frozenset({"duckdb"}),
    **particular: Any,
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """`dg.asset` with what all of them have: the table's columns, and by the asset's name the
    checks, the version of the code, and whether it follows what is upstream."""

    def define(function: Callable[..., Any]) -> dg.AssetsDefinition:
        name = function.__name__
        return dg.asset(
            group_name=group,
            kinds={*kinds},
            owners=OWNERS,
            metadata=shown.columns_of(table) if table else None,
            check_specs=check_specs(name),
            automation_condition=FOLLOW if name in FOLLOWING else None,
            code_version=code_version(name),
            **particular,
        )(function)

    return define


@_asset(
    group=COLLECTION,
    kinds={"csv", "duckdb"},
    description="Your collection as exported from Discogs: one row for each copy on the shelf.",
    table=COLLECTION_ITEMS,
    tags={"reads": "export"},
)
def collection_csv(context: Context, data_folder: Folder, discogs: Api) -> dg.MaterializeResult:
    """Reads the newest export, or the collection from the API, into the table `collection_items`.

    If the API does not give it, the tables of the last good reading stay, with a warning.
    """
    claim_run(context.instance, context.run.run_id)
    heal_dead_runs(context.instance)
    warehouse, settings = data_folder.warehouse(), data_folder.settings
    with explained(context):
        latest = read_collection(context, data_folder, discogs, warehouse)
        changed = load_collection(warehouse, latest.loaded) if latest.loaded else False
    with open_tables(warehouse.path, foreign="hide") as tables:
        warn_of_skipped(context, latest.loaded, tables.collection().skipped)
        return checked(context, tables, shown.collection(tables, settings, latest, changed))


@_asset(
    deps=[collection_csv],
    group=COLLECTION,
    description="One row for each release that you own, and whether its tracklist is there.",
    table=RELEASES,
)
def releases(context: Context, data_folder: Folder) -> dg.MaterializeResult:
    """Builds `releases`, and makes a partition of each new one, and the pool for fetching them."""
    warehouse = data_folder.warehouse()
    with explained(context):
        if not has_collection(warehouse):
            load_collection(warehouse, data_folder.load_export())
        build_releases(warehouse)
    make_pool(context.instance)
    with open_tables(warehouse.path, foreign="hide") as tables:
        ids = tables.release_ids()
        new = register_releases(context.instance, ids)
        return checked(context, tables, shown.releases(tables, ids, new))


@_asset(
    deps=[releases],
    group=WANTS,
    kinds={"csv", "duckdb"},
    description=(
        "Your wantlist, if one is set: one row for each release on it. It is kept apart from the "
        "collection in every count."
    ),
    table=WANTLIST_ITEMS,
    tags={"reads": "wantlist"},
)
def wantlist_items(context: Context, data_folder: Folder, discogs: Api) -> dg.MaterializeResult:
    """Reads the wantlist, and makes a partition of each release that is on no shelf.

    If it cannot be read, the last good reading stays, with a warning.
    """
    warehouse = data_folder.warehouse()
    with explained(context):
        latest = read_wantlist(context, data_folder, discogs)
        changed = not latest.problem and wantlist.load_wantlist(warehouse, latest.loaded)
    with open_tables(warehouse.path, foreign="hide") as tables:
        warn_of_skipped(context, latest.loaded, wantlist.skipped_wants(tables.connection))
        new = register_releases(context.instance, tables.wanted_ids())
        return checked(context, tables, shown.wantlist(tables, latest, changed, new))


@_asset(
    deps=[releases, wantlist_items],
    group=TRACKS,
    kinds={"discogs", "xml"},
    description=(
        "Tracklists out of a monthly dump of Discogs, if one is set and that is quicker than "
        "asking for each. The file is only read."
    ),
    tags={"reads": "dump"},
)
def monthly_dump(context: Context, data_folder: Folder, discogs: Api) -> dg.MaterializeResult:
    """Brings what is missing, and what came from an older dump, into the cache."""
    with explained(context):
        return dg.MaterializeResult(metadata=read_dump(context, data_folder, discogs))


@_asset(
    config_schema=FETCH_SCHEMA,
    deps=[releases, wantlist_items, monthly_dump],
    partitions_def=RELEASE_PARTITIONS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    output_required=False,
    dagster_type=dg.Nothing,  # pyright: ignore[reportArgumentType]
    group=TRACKS,
    kinds={"discogs", "json"},
    description=(
        "The tracklist of each release, fetched from Discogs once and kept in a file of its own. "
        "One partition for each release."
    ),
    pool=DISCOGS_POOL,
    tags={"reads": "api"},
)
def discogs_tracklists(
    context: Context, data_folder: Folder, discogs: Api
) -> Iterator[dg.Output[None]]:
    """Fetches what is missing; interrupt it at any moment, run it again, and it goes on."""
    claim_run(context.instance, context.run.run_id)
    config = FetchConfig.of(context)
    with explained(context):
        if context.has_partition_key or context.has_partition_key_range:
            refresh_chosen(context, config, data_folder, discogs)
        else:
            yield from refresh_tracklists(context, config, data_folder, discogs)


@_asset(
    deps=[discogs_tracklists, releases],
    group=TRACKS,
    description="One row for each track on each record: artist, title, position, length.",
    table=EXPANDED_TRACKS,
)
def expanded_tracks(context: Context, data_folder: Folder) -> dg.MaterializeResult:
    """Builds `expanded_tracks` from the cached tracklists."""
    warehouse = data_folder.warehouse()
    with explained(context):
        result = expand(warehouse, data_folder.cache())
    with open_tables(warehouse.path, foreign="hide") as tables:
        found = shown.tracks(tables, result)
        there = f"{found['releases_with_tracks']:,} of {found['releases_in_collection']:,} releases"
        context.log.info(f"{found[shown.ROW_COUNT]:,} tracks on {there}")
        return checked(context, tables, found)


@_asset(
    group=LIBRARY,
    kinds={"duckdb", "file"},
    description=(
        "Your music as files: one row for each file that your DJ programs' libraries and folders "
        "list. They are only read."
    ),
    table=DIGITAL_TRACKS,
    tags={"reads": "libraries"},
)
def digital_tracks(context: Context, data_folder: Folder) -> dg.MaterializeResult:
    """Reads the libraries that are new or changed into `digital_tracks`."""
    warehouse, settings = data_folder.warehouse(), data_folder.settings
    with explained(context), reading_libraries(settings.progress_file, context.run.run_id):
        keep_collection(warehouse, data_folder.load_export)
        loaded = library.load_digital_tracks(warehouse, settings, _files_read(context))
    for error in (it.error for it in loaded.libraries if it.error):
        context.log.warning(error)
    with open_tables(warehouse.path, foreign="hide") as tables:
        return checked(context, tables, shown.library(tables, loaded))


@_asset(
    config_schema=GAP_SCHEMA,
    deps=[expanded_tracks, digital_tracks],
    group=GAPS,
    description=(
        "Which tracks on your records you have as files, which only in another version, which are "
        "missing, and which you should look at yourself."
    ),
    table=GAP_ANALYSIS,
    freshness_policy=FRESH,
)
def gap_analysis(context: Context, data_folder: Folder) -> dg.MaterializeResult:
    """Looks for each track of `expanded_tracks` in `digital_tracks`; your own decisions come
    first."""
    warehouse, settings = data_folder.warehouse(), data_folder.settings
    decisions = settings.overrides_file
    on_progress = _tracks_judged(context, settings.progress_file)
    with explained(context), reading_libraries(settings.progress_file, context.run.run_id):
        require_both_sides(settings, "gap_analysis")
        options = GapConfig.of(context).options(settings)
        result = gaps.build_gap_analysis(warehouse, decisions, options, on_progress)
    warn_of_lines(context, decisions, [(it.line, it.reason) for it in result.problems])
    with open_tables(warehouse.path, foreign="hide") as tables:
        return checked(context, tables, shown.gaps(tables, result))


@_asset(
    deps=[wantlist_items, expanded_tracks, digital_tracks],
    group=GAPS,
    description=(
        "Which tracks on the releases that you want you have as files already. A release that is "
        "on the shelf too counts there."
    ),
    table=WANTED_GAPS,
)
def wanted_gaps(context: Context, data_folder: Folder) -> dg.MaterializeResult:
    """Builds `wanted_tracks`, and looks for each of them in `digital_tracks`, as `gap_analysis`
    does for the collection."""
    warehouse, settings = data_folder.warehouse(), data_folder.settings
    options = gaps.GapOptions(confidence=settings.match_confidence)
    with explained(context):
        require_both_sides(settings, "wanted_gaps")
        result = wantlist.build_wanted(warehouse, settings.overrides_file, options)
    with open_tables(warehouse.path, foreign="hide") as tables:
        return checked(context, tables, shown.wanted(tables, result))


@_asset(
    deps=[gap_analysis, releases],
    group=GAPS,
    description=(
        "Your collection in figures: by format, label, artist, decade, genre, folder and year, and "
        "how much of it you have as files."
    ),
    table=COLLECTION_STATISTICS,
    freshness_policy=FRESH,
)
def collection_statistics(context: Context, data_folder: Folder) -> dg.MaterializeResult:
    """Counts the other tables into `collection_statistics`."""
    warehouse = data_folder.warehouse()
    with explained(context):
        changed = gaps.build_statistics(warehouse)
    with open_tables(warehouse.path, foreign="hide") as tables:
        return checked(context, tables, shown.statistics(tables, changed))


@_asset(
    deps=[gap_analysis, collection_statistics],
    group=GAPS,
    kinds={"html"},
    description=(
        "One HTML file about your collection that opens offline: figures, charts, and the list of "
        "all tracks to search and to print."
    ),
    freshness_policy=FRESH,
)
def collection_report(context: Context, data_folder: Folder) -> dg.MaterializeResult:
    """Writes the report, if it is not there or anything in it changed."""
    with explained(context):
        written = keep_report(data_folder.settings)
    if written is None:
        context.log.info("No track was judged yet, so there is nothing to report.")
    with open_tables(data_folder.warehouse().path, foreign="hide") as tables:
        version = report_version(tables)
    return dg.MaterializeResult(metadata=shown.report(written), data_version=version)


def _files_read(context: Context) -> library.OnProgress:
    def say(folder: Path, done: int, total: int) -> None:
        if done % max(1_000, total // 10) == 0:
            context.log.info(one_line(f"{folder}: {done:,} of {total:,} files"))

    return say


def _tracks_judged(context: Context, progress_file: Path) -> gaps.OnProgress:
    def say(done: int, total: int) -> None:
        note_judging(progress_file, context.run.run_id, done, total)
        if done and done % 10_000 == 0:
            context.log.info(f"{done:,} of {total:,} tracks")

    return say


ASSETS = dg.with_source_code_references(
    [
        collection_csv,
        releases,
        wantlist_items,
        monthly_dump,
        discogs_tracklists,
        expanded_tracks,
        digital_tracks,
        gap_analysis,
        wanted_gaps,
        collection_statistics,
        collection_report,
    ]
)
"""All of them, each with the line of code that it is."""
