"""The assets: from the export to the track table.

What belongs here: each asset's name, place in the graph, description and metadata. What it does
stands in `storage.catalogue` and `orchestration.expansion`.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from musictool_pipeline.core.tables import COLLECTION_ITEMS, EXPANDED_TRACKS, RELEASES, Table
from musictool_pipeline.orchestration.booking import failure_table, markdown_table
from musictool_pipeline.orchestration.expansion import (
    FetchConfig,
    note_tables_rebuilt,
    refresh_chosen,
    refresh_tracklists,
)
from musictool_pipeline.orchestration.failures import explained
from musictool_pipeline.orchestration.healing import claim_run, heal_dead_runs
from musictool_pipeline.orchestration.partitions import RELEASE_PARTITIONS, register_releases
from musictool_pipeline.orchestration.resources import DataFolder, DiscogsResource
from musictool_pipeline.storage.catalogue import Catalogue

COLLECTION, TRACKS = "collection", "tracks"

# Follows whatever changed before it, by whatever path: a refresh, a backfill that stopped half
# way, a click. Without `since` it never fires; on an asset that calls the API it would fire for
# ever, so it stands only on the cheap tables.
FOLLOW = (
    dg.AutomationCondition.any_deps_updated().since(
        dg.AutomationCondition.newly_requested() | dg.AutomationCondition.newly_updated()
    )
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
)
def collection_csv(
    context: dg.AssetExecutionContext, data_folder: DataFolder
) -> dg.MaterializeResult:
    """Reads the newest export into the table `collection_items`."""
    claim_run(context.instance, context.run.run_id)
    heal_dead_runs(context.instance)
    with explained():
        loaded = data_folder.load_export()
        changed = data_folder.catalogue().load_collection(loaded)
    export = loaded.export
    for row in export.skipped:
        context.log.warning(f"{loaded.path}, line {row.line}: skipped, {row.reason}")
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(export.copies),
            "export": dg.MetadataValue.path(str(loaded.path)),
            "encoding": export.encoding,
            "changed": changed,
            "skipped_rows": len(export.skipped),
            **(
                {
                    "skipped": dg.MetadataValue.md(
                        markdown_table(
                            ("line", "why"), [(row.line, row.reason) for row in export.skipped[:20]]
                        )
                    )
                }
                if export.skipped
                else {}
            ),
            "sample": _sample(
                data_folder.catalogue(),
                "SELECT csv_line, artist, title, format, collection_folder, date_added "
                "FROM collection_items ORDER BY date_added DESC NULLS LAST, csv_line LIMIT 10",
            ),
        }
    )


@dg.asset(
    deps=[collection_csv],
    group_name=COLLECTION,
    kinds={"duckdb"},
    owners=["team:musictool"],
    description="One row for each release that you own, and whether its tracklist is there.",
    metadata=_column_schema(RELEASES),
    automation_condition=FOLLOW,
)
def releases(context: dg.AssetExecutionContext, data_folder: DataFolder) -> dg.MaterializeResult:
    """Builds `releases`, and makes a partition of each new one."""
    catalogue = data_folder.catalogue()
    with explained():
        if not catalogue.has_collection():
            catalogue.load_collection(data_folder.load_export())
        catalogue.build_releases()
    ids = catalogue.release_ids()
    new = register_releases(context.instance, ids)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": len(ids),
            "new_partitions": new,
            "by_tracklist_status": _sample(
                catalogue,
                "SELECT tracklist_status, count(*) AS releases "
                "FROM releases GROUP BY ALL ORDER BY ALL",
            ),
            "sample": _sample(
                catalogue,
                "SELECT release_id, artist, title, label, catalog_number, release_year, copies "
                "FROM releases ORDER BY first_added DESC NULLS LAST, release_id LIMIT 10",
            ),
        }
    )


@dg.asset(
    deps=[releases],
    partitions_def=RELEASE_PARTITIONS,
    backfill_policy=dg.BackfillPolicy.single_run(),
    output_required=False,
    dagster_type=dg.Nothing,  # pyright: ignore[reportArgumentType]
    group_name=TRACKS,
    kinds={"discogs", "json"},
    owners=["team:musictool"],
    description=(
        "The tracklist of each release, fetched from Discogs once and kept in a file of its own. "
        "One partition for each release."
    ),
    pool="discogs_api",
)
def discogs_tracklists(
    context: dg.AssetExecutionContext,
    config: FetchConfig,
    data_folder: DataFolder,
    discogs: DiscogsResource,
) -> Iterator[dg.Output[None]]:
    """Fetches what is missing; interrupt it at any moment, run it again, and it goes on."""
    claim_run(context.instance, context.run.run_id)
    if context.has_partition_key or context.has_partition_key_range:
        refresh_chosen(context, config, data_folder, discogs)
    else:
        yield from refresh_tracklists(context, config, data_folder, discogs)


@dg.asset(
    deps=[discogs_tracklists, releases],
    group_name=TRACKS,
    kinds={"duckdb"},
    owners=["team:musictool"],
    description="One row for each track on each record: artist, title, position, length.",
    metadata=_column_schema(EXPANDED_TRACKS),
    automation_condition=FOLLOW,
)
def expanded_tracks(
    context: dg.AssetExecutionContext, data_folder: DataFolder
) -> dg.MaterializeResult:
    """Builds `expanded_tracks` from the cached tracklists."""
    catalogue = data_folder.catalogue()
    with explained():
        result = catalogue.expand(data_folder.cache())
    note_tables_rebuilt(context, data_folder)
    counts = catalogue.counts()
    context.log.info(
        f"{counts.tracks:,} tracks on {counts.expanded_releases:,} of {counts.releases:,} releases"
    )
    return dg.MaterializeResult(
        metadata={
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
                catalogue,
                "SELECT position, artist, title, duration, album, label, catalog_number "
                "FROM expanded_tracks ORDER BY expanded_date DESC, id LIMIT 10",
            ),
            "by_format": _sample(
                catalogue,
                "SELECT format_type, count(*) AS tracks FROM expanded_tracks "
                "GROUP BY ALL ORDER BY tracks DESC, format_type LIMIT 10",
            ),
        }
    )


def _sample(catalogue: Catalogue, query: str) -> dg.MarkdownMetadataValue:
    columns, rows = catalogue.ask(query)
    return dg.MetadataValue.md(markdown_table(columns, rows))


ASSETS = [collection_csv, releases, discogs_tracklists, expanded_tracks]
