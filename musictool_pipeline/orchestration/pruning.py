"""The job `prune_partitions`: forgets the partitions of records that left the collection.

What belongs here: which releases are kept, and the job. It runs when it is started by hand and
never by itself: an export cut short must not cost what Dagster knows of a record. The tracklists in
the cache stay, so that a record which comes back is there without asking Discogs.
"""

from collections.abc import Sequence

import dagster as dg

from musictool_pipeline.orchestration.failures import explained
from musictool_pipeline.orchestration.half_public import add_tags
from musictool_pipeline.orchestration.healing import process_tags
from musictool_pipeline.orchestration.partitions import prune_partitions
from musictool_pipeline.orchestration.resources import DataFolder
from musictool_pipeline.tables.collection import collection_of
from musictool_pipeline.tables.published import open_tables
from musictool_pipeline.tables.steps import require

PRUNE = "prune_partitions"
MOST_NAMED = 20


def kept_releases(data_folder: DataFolder) -> set[int]:
    """The releases of the collection and of the wantlist, as the tables have them, and of the
    collection also as the export in force has it now. Raises ExportError if that cannot be read,
    and TablesMissing: without the wantlist's table, all that is wanted would be pruned."""
    warehouse = data_folder.warehouse()
    now = collection_of(warehouse, data_folder.load_export()).release_ids
    with open_tables(warehouse.path, foreign="hide") as tables:
        require(tables.connection, warehouse.path, PRUNE, "releases")
        return {*now, *tables.release_ids(), *tables.wanted_ids()}


@dg.op(config_schema={}, required_resource_keys={"data_folder"}, out=dg.Out(dg.Nothing))
def delete_partitions(context: dg.OpExecutionContext) -> None:
    """Deletes those that are not kept, and says which."""
    add_tags(context.instance, context.run_id, process_tags())
    with explained():
        kept = kept_releases(context.resources.data_folder)
    gone = prune_partitions(context.instance, kept)
    context.log.info(f"{len(gone):,} partitions deleted{_named(gone)}; {len(kept):,} releases kept")
    context.add_output_metadata({"deleted": len(gone), "kept": len(kept)})


def _named(release_ids: Sequence[int]) -> str:
    if not release_ids:
        return ""
    more = f" and {len(release_ids) - MOST_NAMED:,} more" if len(release_ids) > MOST_NAMED else ""
    return f" ({', '.join(map(str, release_ids[:MOST_NAMED]))}{more})"


@dg.job(
    name=PRUNE,
    description=(
        "Deletes the partitions of releases that are in the collection no more. Their tracklists "
        "stay in the cache. Runs only when you start it."
    ),
)
def prune_job() -> None:
    """One step."""
    delete_partitions()
