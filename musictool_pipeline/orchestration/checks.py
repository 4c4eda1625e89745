"""The asset checks: what must hold of a table before anything is made of it, and what a collector
wants to be told.

What belongs here: the checks' names, their severity and their sentences. The queries are SQL over
the published database.
"""

from collections.abc import Iterator

import dagster as dg

from musictool_pipeline.core.matching.deciding import RANK
from musictool_pipeline.core.tables import (
    COLLECTION_ITEMS,
    COLLECTION_STATISTICS,
    DIGITAL_DUPLICATES,
    DIGITAL_TRACKS,
    EXPANDED_TRACKS,
    GAP_ANALYSIS,
    RELEASES,
    Table,
)
from musictool_pipeline.orchestration.booking import failure_table, markdown_table
from musictool_pipeline.orchestration.resources import DataFolder
from musictool_pipeline.storage.gaps import override_problems
from musictool_pipeline.storage.library_catalogue import known_libraries

# A release count that falls by more than this from one export to the next is rather a wrong file
# than a sale.
LARGEST_FALL = 0.10

# Share of all tracks: more than that is rather a library that is not there than files deleted.
LARGEST_FALL_OF_OWNED = 0.05

HOW_TO_ADD_A_LIBRARY = (
    "Put a Traktor collection.nml, a Rekordbox or Apple Music XML, an M3U8 or CSV list or a folder "
    "of audio files into the data folder, or set MUSICTOOL_DIGITAL_LIBRARY to where it is; then "
    "refresh. Until then every track counts as missing."
)


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
    now, before = _latest_two(context, "releases", "dagster/row_count")
    return dg.AssetCheckResult(
        passed=now >= before * (1 - LARGEST_FALL),
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"releases": int(now), "releases_before": int(before)},
    )


def _latest_two(
    context: dg.AssetCheckExecutionContext, asset: str, entry: str
) -> tuple[float, float]:
    """A figure in the metadata of the latest materialization and of the one before; 0 for none."""
    latest = context.instance.fetch_materializations(dg.AssetKey(asset), limit=2).records
    values = [
        float(value.value)
        for record in latest
        if record.asset_materialization
        and isinstance(
            value := record.asset_materialization.metadata.get(entry),
            dg.IntMetadataValue | dg.FloatMetadataValue,
        )
        and value.value is not None
    ]
    now, before, *_ = [*values, 0.0, 0.0]
    return now, before


@dg.asset_check(asset="digital_tracks", description="There is a digital library to look in.")
def digital_library_is_there(data_folder: DataFolder) -> dg.AssetCheckResult:
    """Warns, and says how to add one: without it every track is missing."""
    libraries = known_libraries(data_folder.catalogue())
    return dg.AssetCheckResult(
        passed=bool(libraries),
        severity=dg.AssetCheckSeverity.WARN,
        description=None if libraries else f"No digital library found. {HOW_TO_ADD_A_LIBRARY}",
        metadata={"libraries": len(libraries), "data_folder": data_folder.data_dir},
    )


@dg.asset_check(asset="digital_tracks", description="Every digital library could be read.")
def digital_libraries_were_read(data_folder: DataFolder) -> dg.AssetCheckResult:
    """Warns: what was read last stays, and grows old."""
    failed = [it for it in known_libraries(data_folder.catalogue()) if it.error]
    return dg.AssetCheckResult(
        passed=not failed,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "libraries": len(failed),
            "first": dg.MetadataValue.md(
                markdown_table(
                    ("library", "entries kept", "why"),
                    [(it.path, it.tracks, it.error) for it in failed[:20]],
                )
            ),
        },
    )


@dg.multi_asset_check(
    name="gap_analysis_is_whole",
    specs=[
        dg.AssetCheckSpec(
            "gap_analysis_complete",
            asset="gap_analysis",
            blocking=True,
            description="One row for each row of expanded_tracks, and none besides.",
        ),
        dg.AssetCheckSpec(
            "gap_analysis_statuses",
            asset="gap_analysis",
            blocking=True,
            description="Each status is owned, other_version, review or missing; confidence 0-100.",
        ),
        dg.AssetCheckSpec(
            "gap_analysis_files",
            asset="gap_analysis",
            blocking=True,
            description="Each file that answers for a track is in digital_tracks.",
        ),
    ],
)
def gap_analysis_is_whole(data_folder: DataFolder) -> Iterator[dg.AssetCheckResult]:
    """Blocking: figures of an incomplete table would be wrong and look right."""
    catalogue = data_folder.catalogue()
    _, ((lacking, besides),) = catalogue.ask(
        "SELECT count(*) FILTER (WHERE gap.track_id IS NULL), "
        "count(*) FILTER (WHERE track.id IS NULL) "
        "FROM expanded_tracks AS track FULL JOIN gap_analysis AS gap ON gap.track_id = track.id"
    )
    yield dg.AssetCheckResult(
        check_name="gap_analysis_complete",
        passed=lacking == besides == 0,
        metadata={"tracks_without_row": lacking, "rows_without_track": besides},
    )
    allowed = ", ".join(f"'{status}'" for status in RANK)
    _, ((odd,),) = catalogue.ask(
        f"SELECT count(*) FROM gap_analysis WHERE status NOT IN ({allowed}) "
        "OR confidence NOT BETWEEN 0 AND 100"
    )
    yield dg.AssetCheckResult(
        check_name="gap_analysis_statuses", passed=odd == 0, metadata={"rows": odd}
    )
    _, ((dangling,),) = catalogue.ask(
        "SELECT count(*) FROM gap_analysis ANTI JOIN digital_tracks USING (digital_id) "
        "WHERE digital_id IS NOT NULL"
    )
    yield dg.AssetCheckResult(
        check_name="gap_analysis_files", passed=dangling == 0, metadata={"rows": dangling}
    )


@dg.asset_check(
    asset="gap_analysis",
    description="The share of tracks owned did not fall by more than 5 points since the last time.",
)
def share_owned_did_not_fall(
    context: dg.AssetCheckExecutionContext, data_folder: DataFolder
) -> dg.AssetCheckResult:
    """Warns: a library on a disk that is not connected shows so first."""
    now, before = _latest_two(context, "gap_analysis", "share_owned")
    return dg.AssetCheckResult(
        passed=before - now <= LARGEST_FALL_OF_OWNED,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"share_owned": now, "share_owned_before": before},
    )


@dg.asset_check(
    asset="gap_analysis",
    description="Each line of match_overrides.csv speaks of a track and a file that are there.",
)
def overrides_have_effect(data_folder: DataFolder) -> dg.AssetCheckResult:
    """Warns: a decision that points at nothing any more looks like one that holds."""
    problems = override_problems(data_folder.catalogue())
    return dg.AssetCheckResult(
        passed=not problems,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "lines": len(problems),
            "first": dg.MetadataValue.md(
                markdown_table(("line", "why"), [(it.line, it.reason) for it in problems[:20]])
            ),
        },
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
    _table_checks("digital_tracks", DIGITAL_TRACKS, may_be_empty="true"),
    _table_checks(
        "gap_analysis",
        GAP_ANALYSIS,
        may_be_empty="NOT EXISTS (SELECT * FROM expanded_tracks)",
    ),
    _table_checks("gap_analysis", DIGITAL_DUPLICATES, may_be_empty="true"),
    _table_checks("collection_statistics", COLLECTION_STATISTICS),
    releases_without_tracklist,
    tracks_without_artist_or_title,
    release_count_did_not_fall,
    digital_library_is_there,
    digital_libraries_were_read,
    gap_analysis_is_whole,
    share_owned_did_not_fall,
    overrides_have_effect,
]
