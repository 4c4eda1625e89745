"""The asset checks: what must hold of a table before anything is made of it, and what a collector
wants to be told.

What belongs here: the checks' names, their severity and their sentences. The queries are SQL over
the published database.

They run in their asset's own step, and what is one question is one check: a step costs a tenth of
a second and a check three events of 10 ms, on any table, and a refresh with nothing to do would
spend most of its time on them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import dagster as dg

from musictool_pipeline.core.schema import Table
from musictool_pipeline.core.tables import (
    COLLECTION_CHANGES,
    COLLECTION_ITEMS,
    COLLECTION_STATISTICS,
    DIGITAL_DUPLICATES,
    DIGITAL_TRACKS,
    EXPANDED_TRACKS,
    GAP_ANALYSIS,
    RELEASES,
    WANTED_GAPS,
    WANTED_TRACKS,
    WANTLIST_ITEMS,
)
from musictool_pipeline.orchestration.booking import as_text, failure_table, markdown_table
from musictool_pipeline.orchestration.failures import tell_unmade_checks
from musictool_pipeline.orchestration.lineage import column_lineage
from musictool_pipeline.orchestration.shown import ROW_COUNT, sql
from musictool_pipeline.orchestration.versions import data_version
from musictool_pipeline.queries.library_remarks import HOW_TO_ADD_A_LIBRARY
from musictool_pipeline.tables.gaps import known_problems
from musictool_pipeline.tables.library import known_libraries
from musictool_pipeline.tables.published import PublishedTables, row_count

# A release count that falls by more than this from one export to the next is rather a wrong file
# than a sale.
LARGEST_FALL = 0.10

# Share of all tracks: more than that is rather a library that is not there than files deleted.
LARGEST_FALL_OF_OWNED = 0.05


@dataclass(frozen=True)
class Evidence:
    """What a check looks at: the published tables, and the asset's metadata, as just found and,
    if it asks for it, as the materialization before had it (numbers alone)."""

    tables: PublishedTables
    now: Mapping[str, Any]
    before: Callable[[], Mapping[str, Any]]


@dataclass(frozen=True)
class CheckFinding:
    """What it saw; `text`, which is Markdown, replaces the check's own description."""

    passed: bool
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    text: str | None = None


@dataclass(frozen=True)
class Check:
    """A check of an asset. `blocking`: nothing is built on a table that does not pass; the others
    warn."""

    name: str
    description: str
    look: Callable[[Evidence], CheckFinding]
    blocking: bool = False


def check_specs(asset: str) -> list[dg.AssetCheckSpec]:
    """The checks of an asset, as its definition names them; none of one without a table."""
    return [
        dg.AssetCheckSpec(
            check.name, asset=asset, description=check.description, blocking=check.blocking
        )
        for check in CHECKS.get(asset, ())
    ]


def checked(
    context: dg.AssetExecutionContext, tables: PublishedTables, metadata: Mapping[str, Any]
) -> dg.MaterializeResult:
    """The asset of this step, materialized with this metadata and what its table was made from, and
    what its checks found."""
    asset = context.asset_key
    evidence = Evidence(tables, metadata, partial(_metadata_before, context.instance, asset))
    results: list[dg.AssetCheckResult] = []
    for check in CHECKS[asset.to_user_string()]:
        found = check.look(evidence)
        if check.blocking and not found.passed:
            tell_unmade_checks(context, f"{check.name} did not pass", but_not=asset)
        results.append(
            dg.AssetCheckResult(
                check_name=check.name,
                passed=found.passed,
                severity=(
                    dg.AssetCheckSeverity.ERROR if check.blocking else dg.AssetCheckSeverity.WARN
                ),
                description=found.text,
                metadata=found.metadata,
            )
        )
    name = asset.to_user_string()
    return dg.MaterializeResult(
        metadata={**metadata, **column_lineage(name)},
        check_results=results,
        data_version=data_version(tables, name),
    )


def _metadata_before(instance: dg.DagsterInstance, asset: dg.AssetKey) -> Mapping[str, Any]:
    """The numbers in the metadata of the latest materialization; empty if there is none."""
    event = instance.get_latest_materialization_event(asset)
    materialization = event.asset_materialization if event else None
    return {
        name: value.value
        for name, value in (materialization.metadata if materialization else {}).items()
        if isinstance(value, dg.IntMetadataValue | dg.FloatMetadataValue)
    }


# --- Every table ----------------------------------------------------------------------------------


def _is_sound(table: Table, may_be_empty: str = "false") -> Check:
    """The check that a table has its columns, rows and a unique key. `may_be_empty` is a condition
    in SQL under which it may have no rows."""
    key = ", ".join(table.key)
    no_key = " OR ".join(f"{column} IS NULL" for column in table.key)

    def look(evidence: Evidence) -> CheckFinding:
        found = evidence.tables.columns(table.name)
        expected = [(column.name, column.type) for column in table.columns]
        if found != expected:
            differing = sorted({name for name, _ in set(found) ^ set(expected)})
            return CheckFinding(
                False,
                {"differing": differing},
                text=f"{table.name} has other columns than it should: {', '.join(differing)}.",
            )
        _, ((rows, without_key, keys, excused),) = evidence.tables.ask(
            f"SELECT count(*), count(*) FILTER (WHERE {no_key}), count(DISTINCT ({key})), "
            f"{may_be_empty} FROM {table.name}"
        )
        wrong: list[str] = []
        if not rows and not excused:
            wrong.append(f"{table.name} is empty.")
        if without_key:
            wrong.append(f"{without_key:,} rows lack {key}.")
        if rows != keys:
            wrong.append(f"{rows - keys:,} rows have the {key} of another.")
        figures = {"rows": rows, "distinct_keys": keys, "without_key": without_key}
        return CheckFinding(not wrong, figures, text=" ".join(wrong) or None)

    return Check(
        f"{table.name}_is_sound",
        f"{table.name} has its columns, in their order and of their types, in each row a {key} "
        "that no other has, and rows if there is anything to make them of.",
        look,
        blocking=True,
    )


# --- Collection -----------------------------------------------------------------------------------


def _list_was_read(evidence: Evidence) -> CheckFinding:
    """What was read last stays, and grows old."""
    problem = evidence.now.get("not_read")
    remedy = evidence.now.get("what_to_do", "")
    return CheckFinding(not problem, text=f"{as_text(problem)}\n{remedy}" if problem else None)


def _release_count_did_not_fall(evidence: Evidence) -> CheckFinding:
    """An export cut short, or of somebody else, shows so first."""
    now = evidence.now[ROW_COUNT]
    before = evidence.before().get(ROW_COUNT, 0)
    return CheckFinding(
        now >= before * (1 - LARGEST_FALL), {"releases": now, "releases_before": int(before)}
    )


# --- Tracks ---------------------------------------------------------------------------------------


def _releases_without_tracklist(evidence: Evidence) -> CheckFinding:
    """With the number, the first 20 and why: silence is not success."""
    _, rows = evidence.tables.ask(sql("releases_without_tracklist.sql"))
    first = dg.MetadataValue.md(failure_table(dict(rows)))
    return CheckFinding(not rows, {"releases": len(rows), "first": first})


def _tracks_without_artist_or_title(evidence: Evidence) -> CheckFinding:
    """Such tracks cannot be looked for in a digital library."""
    nameless = "artist IS NULL OR title IS NULL"
    rows = row_count(evidence.tables.connection, "expanded_tracks", nameless)
    return CheckFinding(rows == 0, {"tracks": rows})


# --- Library --------------------------------------------------------------------------------------


def _digital_library_is_there(evidence: Evidence) -> CheckFinding:
    """Without one every track is missing, so it says how to add one."""
    libraries = known_libraries(evidence.tables.connection)
    return CheckFinding(
        bool(libraries),
        {"libraries": len(libraries)},
        text=None if libraries else f"No digital library found. {HOW_TO_ADD_A_LIBRARY}",
    )


def _digital_libraries_were_read(evidence: Evidence) -> CheckFinding:
    """What was read last stays, and grows old."""
    failed = [it for it in known_libraries(evidence.tables.connection) if it.error]
    first = markdown_table(
        ("library", "entries kept", "why"), [(it.path, it.tracks, it.error) for it in failed[:20]]
    )
    return CheckFinding(not failed, {"libraries": len(failed), "first": dg.MetadataValue.md(first)})


# --- Gaps -----------------------------------------------------------------------------------------


def _gap_analysis_is_whole(evidence: Evidence) -> CheckFinding:
    """Figures of an incomplete table would be wrong and look right."""
    return _none_of(
        evidence,
        "gap_analysis_is_whole.sql",
        ("tracks_without_row", "rows_without_track", "rows_of_no_known_status",
         "rows_of_no_known_file"),
    )  # fmt: skip


def _none_of(evidence: Evidence, query: str, names: Sequence[str]) -> CheckFinding:
    """Passes if each count that the query gives is 0; `names` say what is counted."""
    _, (counts,) = evidence.tables.ask(sql(query))
    figures = dict(zip(names, counts, strict=True))
    wrong = [f"{count:,} {name.replace('_', ' ')}" for name, count in figures.items() if count]
    return CheckFinding(not wrong, figures, text=f"{', '.join(wrong)}." if wrong else None)


def _share_owned_did_not_fall(evidence: Evidence) -> CheckFinding:
    """A library on a disk that is not connected shows so first."""
    now, before = evidence.now["share_owned"], evidence.before().get("share_owned", 0.0)
    return CheckFinding(
        before - now <= LARGEST_FALL_OF_OWNED, {"share_owned": now, "share_owned_before": before}
    )


def _overrides_have_effect(evidence: Evidence) -> CheckFinding:
    """A decision that points at nothing any more looks like one that holds."""
    problems = known_problems(evidence.tables.connection)
    first = markdown_table(("line", "why"), [(it.line, it.reason) for it in problems[:20]])
    return CheckFinding(not problems, {"lines": len(problems), "first": dg.MetadataValue.md(first)})


# --- Wants ----------------------------------------------------------------------------------------


def _wanted_without_tracklist(evidence: Evidence) -> CheckFinding:
    """They are fetched when the collection has all of its own."""
    _, rows = evidence.tables.ask(sql("wanted_without_tracklist.sql"))
    first = dg.MetadataValue.md(failure_table(dict(rows)))
    return CheckFinding(not rows, {"releases": len(rows), "first": first})


def _wanted_gaps_are_whole(evidence: Evidence) -> CheckFinding:
    """A release that counts twice would make every count wrong."""
    names = ("tracks_without_row", "rows_without_track", "rows_of_the_collection")
    return _none_of(evidence, "wanted_gaps_are_whole.sql", names)


CHECKS: Mapping[str, list[Check]] = {
    "collection_csv": [
        _is_sound(COLLECTION_ITEMS),
        _is_sound(COLLECTION_CHANGES, may_be_empty="true"),
        Check(
            "collection_was_read",
            "The collection could be read again, if it is read from Discogs.",
            _list_was_read,
        ),
    ],
    "releases": [
        _is_sound(RELEASES),
        Check(
            "release_count_did_not_fall",
            "The collection did not shrink by more than a tenth since the last time.",
            _release_count_did_not_fall,
        ),
    ],
    "expanded_tracks": [
        _is_sound(
            EXPANDED_TRACKS,
            may_be_empty=(
                "NOT EXISTS (SELECT * FROM pipeline.tracks "
                "WHERE release_id IN (SELECT release_id FROM releases))"
            ),
        ),
        Check(
            "releases_without_tracklist",
            "Every release of the collection has a tracklist, or Discogs has none.",
            _releases_without_tracklist,
        ),
        Check(
            "tracks_without_artist_or_title",
            "Every track has an artist and a title.",
            _tracks_without_artist_or_title,
        ),
    ],
    "digital_tracks": [
        _is_sound(DIGITAL_TRACKS, may_be_empty="true"),
        Check(
            "digital_library_is_there",
            "There is a digital library to look in.",
            _digital_library_is_there,
        ),
        Check(
            "digital_libraries_were_read",
            "Every digital library could be read.",
            _digital_libraries_were_read,
        ),
    ],
    "gap_analysis": [
        _is_sound(GAP_ANALYSIS, may_be_empty="NOT EXISTS (SELECT * FROM expanded_tracks)"),
        _is_sound(DIGITAL_DUPLICATES, may_be_empty="true"),
        Check(
            "gap_analysis_is_whole",
            "One row for each row of expanded_tracks and none besides, each of a known status, a "
            "confidence of 0 to 100, and a file that is in digital_tracks.",
            _gap_analysis_is_whole,
            blocking=True,
        ),
        Check(
            "share_owned_did_not_fall",
            "The share of tracks owned did not fall by more than 5 points since the last time.",
            _share_owned_did_not_fall,
        ),
        Check(
            "overrides_have_effect",
            "Each line of match_overrides.csv speaks of a track and a file that are there.",
            _overrides_have_effect,
        ),
    ],
    "wantlist_items": [
        _is_sound(WANTLIST_ITEMS, may_be_empty="true"),
        Check("wantlist_was_read", "The wantlist could be read, if one is set.", _list_was_read),
    ],
    "wanted_gaps": [
        _is_sound(WANTED_TRACKS, may_be_empty="true"),
        _is_sound(WANTED_GAPS, may_be_empty="NOT EXISTS (SELECT * FROM wanted_tracks)"),
        Check(
            "wanted_gaps_are_whole",
            "One row for each row of wanted_tracks and none besides, and none of a release that is "
            "on the shelf.",
            _wanted_gaps_are_whole,
            blocking=True,
        ),
        Check(
            "wanted_releases_without_tracklist",
            "Every wanted release has a tracklist, or Discogs has none.",
            _wanted_without_tracklist,
        ),
    ],
    "collection_statistics": [_is_sound(COLLECTION_STATISTICS)],
}
