"""Gap analysis in the database: every track on the records against every file of the libraries.

What belongs here: bringing the verdicts on the collection into tables, with all that is made of
them, in one generation. Which of them are due is known to `tables.verdicts`, how a verdict comes
about to `core.matching`, what a decision is to `core.decisions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from musictool_pipeline.core.decisions import OverrideProblem
from musictool_pipeline.errors import SettingsError
from musictool_pipeline.inputs.decisions import load_overrides
from musictool_pipeline.tables.decided_files import note_decided_files
from musictool_pipeline.tables.fingerprints import code_of, fingerprint_of, note, noted
from musictool_pipeline.tables.frames import Frame, frame, replace_rows
from musictool_pipeline.tables.generations import Warehouse, sql
from musictool_pipeline.tables.published import row_count, skipped_lines
from musictool_pipeline.tables.steps import publish_from, rebuild
from musictool_pipeline.tables.verdicts import (
    GapOptions,
    Judged,
    OnProgress,
    ask,
    code,
    judge,
    store_verdicts,
)

COLLECTION: Final = Judged(
    "expanded_tracks", "gap_analysis", "pipeline.judged_tracks", "pipeline.judged_files",
    "pipeline.asked_tracks", "judged_against", "judged_drift", "judged_decided",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class GapResult:
    """`judged` of `tracks` were looked for; `published` says whether there was anything to do;
    `problems` are the lines of the overrides that had no effect."""

    tracks: int
    judged: int
    published: bool
    problems: tuple[OverrideProblem, ...]


def build_gap_analysis(
    warehouse: Warehouse,
    overrides_file: Path,
    options: GapOptions | None = None,
    on_progress: OnProgress | None = None,
) -> GapResult:
    """gap_analysis from expanded_tracks, digital_tracks and the user's decisions, and with it, in
    the same generation, digital_duplicates and collection_statistics.

    Nothing is done if neither of the three changed, nor the options, nor the code. If only tracks
    and a few files did, only the records that those could concern are judged. Raises SettingsError
    if there is no track in the folder that is to be judged.
    """
    options = options or GapOptions()
    written, decided = load_overrides(overrides_file)
    with warehouse.read(to_build_on=True) as connection:
        if options.folder is not None:
            _look_for_folder(connection, options.folder)
        asked = ask(connection, COLLECTION, written, decided, options)
        if asked is None:
            return _as_it_was(connection)

        # Half a second to import; see there.
        from musictool_pipeline.tables import judging

        is_read = noted(connection, "file_identities") == code()
        identities = judging.identities(connection, asked.moved) if is_read else {}
        problems_before = known_problems(connection)
        duplicates_of = fingerprint_of(noted(connection, "digital_tracks"), code())
        has_duplicates = noted(connection, "digital_duplicates") == duplicates_of
    judgements = judge(asked, options, on_progress, problems_before)
    problems = judgements.decisions.problems
    duplicates = None if has_duplicates else judging.duplicates_among(asked.library, identities)

    def change(connection: duckdb.DuckDBPyConnection) -> None:
        store_verdicts(connection, asked, judgements)
        _note_problems(connection, problems)
        note_decided_files(connection, written, asked.overrides, judgements.decisions)
        if duplicates is not None:
            _store_duplicates(connection, duplicates, judging.identity_rows(identities))
            note(connection, "digital_duplicates", duplicates_of)
            note(connection, "file_identities", code())
        _count(connection)

    publish_from(warehouse, "gap_analysis", asked.fingerprint, change)
    return GapResult(asked.count, len(judgements.verdicts["track_id"]), True, problems)


def _store_duplicates(
    connection: duckdb.DuckDBPyConnection, duplicates: Frame, identities: Frame
) -> None:
    """digital_duplicates, and what each file was read as."""
    connection.register("duplicates", duplicates)
    connection.register("identities", identities)
    connection.execute(sql("digital_duplicates.sql"))
    connection.unregister("identities")
    connection.unregister("duplicates")


def build_statistics(warehouse: Warehouse) -> bool:
    """collection_statistics from the other tables. True if it changed. Raises TablesMissing."""
    return rebuild(warehouse, "collection_statistics", "gap_analysis", _counted_from, _count)


_FOLDERS_NAMED = 20


def _look_for_folder(connection: duckdb.DuckDBPyConnection, folder: str) -> None:
    """A name that is mistyped would judge nothing, and no message would say so."""
    folders = sql.rows(connection, "folders.sql", folder=folder)
    if not folders or any(is_it for _, is_it in folders):
        return
    names = [name for name, _ in folders if name]
    there_are = ", ".join(names[:_FOLDERS_NAMED]) or "none"
    more = f" and {len(names) - _FOLDERS_NAMED} more" if len(names) > _FOLDERS_NAMED else ""
    raise SettingsError(
        f"No track of the collection is in a folder {folder!r}, so nothing was judged",
        f"There are: {there_are}{more}. Correct it in the run's configuration, and start the run "
        "again.",
    )


def _as_it_was(connection: duckdb.DuckDBPyConnection) -> GapResult:
    return GapResult(row_count(connection, "gap_analysis"), 0, False, known_problems(connection))


def known_problems(connection: duckdb.DuckDBPyConnection) -> tuple[OverrideProblem, ...]:
    """The lines of the overrides that had no effect on the latest gap analysis."""
    rows = skipped_lines(connection, "pipeline.override_problems")
    return tuple(OverrideProblem(*row) for row in rows)


def _note_problems(
    connection: duckdb.DuckDBPyConnection, problems: Sequence[OverrideProblem]
) -> None:
    lines = frame([(it.line, it.reason) for it in problems], ("line", "reason"))
    replace_rows(connection, "pipeline.override_problems", lines)


def _count(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(sql("collection_statistics.sql"))
    note(connection, "collection_statistics", _counted_from(connection))


def _counted_from(connection: duckdb.DuckDBPyConnection) -> str:
    tables = (
        "collection_items", "releases", "expanded_tracks", "digital_tracks", "gap_analysis",
        "digital_duplicates",
    )  # fmt: skip
    made_from = [noted(connection, table) for table in tables]
    return fingerprint_of(made_from, code_of("tables/sql/collection_statistics.sql"))
