"""The asset checks: what must hold of a table before anything is made of it, and what a collector
wants to be told.

What belongs here: the checks' names, their severity and their sentences. The queries are SQL over
the published database.
"""

from collections.abc import Iterator

import dagster as dg

from musictool_pipeline.core.tables import COLLECTION_ITEMS, EXPANDED_TRACKS, RELEASES, Table
from musictool_pipeline.orchestration.booking import failure_table
from musictool_pipeline.orchestration.resources import DataFolder

# A release count that falls by more than this from one export to the next is rather a wrong file
# than a sale.
LARGEST_FALL = 0.10


def _table_checks(
    asset: str, table: Table, may_be_empty: str = "false"
) -> dg.AssetChecksDefinition:
    """Blocking: nothing is built on a table that lacks a column, a row, or a unique key.

    `may_be_empty` is a condition in SQL on which there is nothing that could stand in it yet.
    """

    def spec(name: str, description: str) -> dg.AssetCheckSpec:
        return dg.AssetCheckSpec(
            f"{table.name}_{name}", asset=asset, description=description, blocking=True
        )

    @dg.multi_asset_check(
        name=f"{table.name}_is_sound",
        specs=[
            spec("schema", f"{table.name} has its columns, in their order and of their types."),
            spec("key", f"{', '.join(table.key)}: never empty, never twice."),
            spec("not_empty", f"{table.name} holds at least one row."),
        ],
    )
    def is_sound(data_folder: DataFolder) -> Iterator[dg.AssetCheckResult]:
        catalogue = data_folder.catalogue()
        found = dict(catalogue.columns(table.name))
        expected = {column.name: column.type for column in table.columns}
        yield dg.AssetCheckResult(
            check_name=f"{table.name}_schema",
            passed=list(found.items()) == list(expected.items()),
            metadata={"differing": sorted(set(found.items()) ^ set(expected.items()))},
        )
        key = ", ".join(table.key)
        no_key = " OR ".join(f"{column} IS NULL" for column in table.key)
        _, ((rows, without_key, keys),) = catalogue.ask(
            f"SELECT count(*), count(*) FILTER (WHERE {no_key}), count(DISTINCT ({key})) "
            f"FROM {table.name}"
        )
        yield dg.AssetCheckResult(
            check_name=f"{table.name}_key",
            passed=rows == keys and without_key == 0,
            metadata={"rows": rows, "distinct_keys": keys, "without_key": without_key},
        )
        _, ((excused,),) = catalogue.ask(f"SELECT {may_be_empty}")
        yield dg.AssetCheckResult(
            check_name=f"{table.name}_not_empty",
            passed=rows > 0 or excused,
            metadata={"rows": rows},
        )

    return is_sound


@dg.asset_check(
    asset="expanded_tracks",
    description="Every release of the collection has a tracklist, or Discogs has none.",
)
def releases_without_tracklist(data_folder: DataFolder) -> dg.AssetCheckResult:
    """Warns, with the number, the first 20 and why: silence is not success."""
    _, rows = data_folder.catalogue().ask(
        "SELECT release_id, coalesce(tracklist_error, tracklist_status) FROM releases "
        "WHERE tracklist_status <> 'fetched' ORDER BY tracklist_status, release_id"
    )
    return dg.AssetCheckResult(
        passed=not rows,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "releases": len(rows),
            "first": dg.MetadataValue.md(failure_table(dict(rows))),
        },
    )


@dg.asset_check(asset="expanded_tracks", description="Every track has an artist and a title.")
def tracks_without_artist_or_title(data_folder: DataFolder) -> dg.AssetCheckResult:
    """Warns: such tracks cannot be looked for in a digital library."""
    _, ((rows,),) = data_folder.catalogue().ask(
        "SELECT count(*) FROM expanded_tracks WHERE artist IS NULL OR title IS NULL"
    )
    return dg.AssetCheckResult(
        passed=rows == 0, severity=dg.AssetCheckSeverity.WARN, metadata={"tracks": rows}
    )


@dg.asset_check(
    asset="releases",
    description="The collection did not shrink by more than a tenth since the last time.",
)
def release_count_did_not_fall(
    context: dg.AssetCheckExecutionContext, data_folder: DataFolder
) -> dg.AssetCheckResult:
    """Warns: an export cut short, or of somebody else, shows so first."""
    latest = context.instance.fetch_materializations(dg.AssetKey("releases"), limit=2).records
    counts = [
        int(entry.value)
        for record in latest
        if record.asset_materialization
        and isinstance(
            entry := record.asset_materialization.metadata.get("dagster/row_count"),
            dg.IntMetadataValue,
        )
        and entry.value is not None
    ]
    now, before, *_ = [*counts, 0, 0]
    return dg.AssetCheckResult(
        passed=now >= before * (1 - LARGEST_FALL),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"releases": now, "releases_before": before},
    )


CHECKS = [
    _table_checks("collection_csv", COLLECTION_ITEMS),
    _table_checks("releases", RELEASES),
    _table_checks(
        "expanded_tracks",
        EXPANDED_TRACKS,
        may_be_empty=(
            "NOT EXISTS (SELECT * FROM pipeline.tracks "
            "WHERE release_id IN (SELECT release_id FROM releases))"
        ),
    ),
    releases_without_tracklist,
    tracks_without_artist_or_title,
    release_count_did_not_fall,
]
