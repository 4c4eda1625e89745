"""Gap analysis in the database: every track on the records against every file of the libraries.

What belongs here: whether there is anything to judge, and bringing the verdicts into tables, with
all that is made of them, in one generation. Judging itself belongs to `tables.judging`, how a
verdict comes about in `core.matching`, the user's own decisions in `core.decisions`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import duckdb

from musictool_pipeline.core.decisions import (
    Decisions,
    OverrideProblem,
    Overrides,
    find_decided,
)
from musictool_pipeline.core.file_facts import FileFacts, is_as_long
from musictool_pipeline.core.matching.tracks import DigitalTrack, MatchSettings, VinylTrack
from musictool_pipeline.errors import SettingsError
from musictool_pipeline.inputs.decisions import load_overrides
from musictool_pipeline.tables.catalogue import Catalogue
from musictool_pipeline.tables.fingerprints import code_of, fingerprint_of, note, noted
from musictool_pipeline.tables.generations import sql
from musictool_pipeline.tables.steps import publish_from, rebuild

if TYPE_CHECKING:
    import pandas as pd

    from musictool_pipeline.core.duplicates import AudioFile

OnProgress = Callable[[int, int], None]
"""Called now and then with the tracks judged and the tracks there are."""


@dataclass(frozen=True, slots=True)
class GapOptions:
    """How the gaps are looked for. `confidence`, 0 to 100: a file found with less is one to look
    at and not owned. `folder`: only tracks of that folder of the collection are judged again."""

    confidence: int = 0
    folder: str | None = None
    match: MatchSettings = field(default_factory=MatchSettings)


@dataclass(frozen=True, slots=True)
class Judged:
    """A list of tracks that is judged: its tables, and the notes on what it was judged against."""

    tracks: Literal["expanded_tracks", "wanted_tracks"]
    gaps: str
    states: str
    files: str
    against: str
    drift: str

    def sql(self, name: str) -> str:
        """The statement on these tables; the file has it on those of the collection."""
        return sql(name).replace("expanded_tracks", self.tracks).replace("gap_analysis", self.gaps)


COLLECTION: Final = Judged(
    "expanded_tracks", "gap_analysis", "pipeline.judged_tracks", "pipeline.judged_files",
    "judged_against", "judged_drift",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Due:
    """The records that have to be judged again for their own sake. The others can stay as they
    are, but for those that the files `moved` concern; `drift` counts all files that changed since
    every track was judged."""

    records: set[int]
    moved: Sequence[DigitalTrack]
    drift: int


@dataclass(frozen=True, slots=True)
class GapResult:
    """`judged` of `tracks` were looked for; `published` says whether there was anything to do;
    `problems` are the lines of the overrides that had no effect."""

    tracks: int
    judged: int
    published: bool
    problems: tuple[OverrideProblem, ...]


def build_gap_analysis(
    catalogue: Catalogue,
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
    with catalogue.warehouse.read(to_build_on=True) as connection:
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
        store_verdicts(connection, asked, judgements.verdicts)
        _note_problems(connection, problems)
        _note_decided_files(connection, written, asked.overrides, judgements.decisions)
        if duplicates is not None:
            _store_duplicates(connection, duplicates, judging.identity_rows(identities))
            note(connection, "digital_duplicates", duplicates_of)
            note(connection, "file_identities", code())
        _count(connection)

    publish_from(catalogue.warehouse, "gap_analysis", asked.fingerprint, change)
    return GapResult(len(asked.tracks), len(judgements.verdicts), True, problems)


@dataclass(frozen=True, slots=True)
class Asked:
    """What there is to judge, read from the database. `fingerprint`: of all that it is made from;
    `against`: of the rules alone; `moved`: all files that changed,
    even if there are so many that everything is due."""

    of: Judged
    fingerprint: str
    against: str
    overrides: Overrides
    tracks: Sequence[VinylTrack]
    library: Sequence[AudioFile]
    moved: Sequence[DigitalTrack]
    due: Due


def ask(
    connection: duckdb.DuckDBPyConnection,
    judged: Judged,
    overrides: Overrides,
    decided: str,
    options: GapOptions,
) -> Asked | None:
    """What there is to judge of a list of tracks; None if nothing changed. `decided`: the
    fingerprint of the user's decisions."""
    files = noted(connection, "digital_tracks")
    rules = fingerprint_of(decided, asdict(options), code())
    fingerprint = fingerprint_of(noted(connection, judged.tracks), files, rules)
    if noted(connection, judged.gaps) == fingerprint:
        return None

    from musictool_pipeline.tables import judging

    # If only a folder is judged, the other rows know nothing of a file that came.
    against = fingerprint_of(rules, files) if options.folder is not None else rules
    library = judging.audio_files(connection)
    moved = judging.files_that_changed(connection, judged.files)
    return Asked(
        judged,
        fingerprint,
        against,
        by_their_paths(connection, overrides),
        judging.vinyl_tracks(connection, table=judged.tracks),
        library,
        moved,
        _what_is_due(connection, judged, against, moved, len(library), options.folder),
    )


@dataclass(frozen=True, slots=True)
class Judgements:
    """A row for each track that was judged, and what its owner decided."""

    verdicts: pd.DataFrame
    decisions: Decisions


def judge(
    asked: Asked,
    options: GapOptions,
    on_progress: OnProgress | None,
    problems_before: Sequence[OverrideProblem] | None = None,
) -> Judgements:
    """Judges what is due, and what the files that moved concern. `problems_before`: the decisions
    that had no effect last time; if they are others now, what was decided is judged again."""
    from musictool_pipeline.tables import judging

    files = [file.track for file in asked.library]
    # Of all files: an interlude of 25 s is no music to the libraries, and a track to its owner.
    sizes = {file.track.digital_id: file.file_size_bytes for file in asked.library}
    decisions = find_decided(asked.overrides, asked.tracks, files, sizes)
    # Also those whose file is gone: the row still says what was decided.
    decided = {it.release_id for it in asked.overrides.decisions}
    anew = set(asked.due.records)
    if asked.due.moved:
        anew |= decided | judging.concerned_records(asked.tracks, asked.due.moved, files)
    if problems_before is not None and decisions.problems != problems_before:
        anew |= decided
    chosen = [track for track in asked.tracks if track.release_id in anew]
    return Judgements(
        judging.verdicts(chosen, files, options.match, options.confidence, decisions, on_progress),
        decisions,
    )


def store_verdicts(
    connection: duckdb.DuckDBPyConnection, asked: Asked, verdicts: pd.DataFrame
) -> None:
    """The gaps, what the tracks and files said that they were made from, and by which rules."""
    judged = asked.of
    connection.register("verdicts", verdicts)
    connection.execute(judged.sql("gap_analysis.sql"))
    connection.unregister("verdicts")
    for table, query in (
        (judged.states, judged.sql("track_states.sql")),
        (judged.files, sql("judged_files.sql")),
    ):
        connection.execute(f"DELETE FROM {table}; INSERT INTO {table} {query}")
    note(connection, judged.against, asked.against)
    note(connection, judged.drift, str(asked.due.drift))


def _store_duplicates(
    connection: duckdb.DuckDBPyConnection, duplicates: pd.DataFrame, identities: pd.DataFrame
) -> None:
    """digital_duplicates, and what each file was read as."""
    connection.register("duplicates", duplicates)
    connection.register("identities", identities)
    connection.execute(sql("digital_duplicates.sql"))
    connection.unregister("identities")
    connection.unregister("duplicates")


def by_their_paths(connection: duckdb.DuckDBPyConnection, overrides: Overrides) -> Overrides:
    """The decisions, with the path of a file instead of an id that is no longer its own: a file
    that several libraries list has the id of the first. A decision that keeps nothing of its file
    gets what the latest refresh that found the file noted of it."""
    named = [it.digital for it in overrides.decisions if it.digital]
    rows = connection.execute(
        "SELECT digital_id, any_value(path) FROM pipeline.library_tracks "
        "WHERE digital_id IN (SELECT unnest($named)) AND file IS NOT NULL "
        "AND digital_id NOT IN (SELECT digital_id FROM digital_tracks) GROUP BY ALL",
        {"named": named},
    ).fetchall()
    paths = dict[str | None, str](rows)
    held = _decided_files(connection)
    decisions = (
        replace(
            it,
            digital=paths.get(it.digital, it.digital),
            facts=it.facts or held.get(it.digital or ""),
        )
        for it in overrides.decisions
    )
    return replace(overrides, decisions=tuple(decisions)) if paths or held else overrides


def build_statistics(catalogue: Catalogue) -> bool:
    """collection_statistics from the other tables. True if it changed."""
    return rebuild(catalogue.warehouse, "collection_statistics", _counted_from, _count)


_FOLDERS_NAMED = 20


def _look_for_folder(connection: duckdb.DuckDBPyConnection, folder: str) -> None:
    """A name that is mistyped would judge nothing, and no message would say so."""
    folders = connection.execute(sql("folders.sql"), {"folder": folder}).fetchall()
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


def _what_is_due(
    connection: duckdb.DuckDBPyConnection,
    judged: Judged,
    against: str,
    moved: Sequence[DigitalTrack],
    library: int,
    folder: str | None = None,
) -> Due:
    """All records (of the folder) if the rules that they were judged `against` are others now, or
    if much of the `library` moved; else those with tracks that changed, or that name such a
    file."""
    drift = int(noted(connection, judged.drift) or 0) + len(moved)
    if noted(connection, judged.against) != against or _is_much(len(moved), drift, library):
        records = _all(connection, judged) if folder is None else _of_folder(connection, folder)
        return Due(records, (), 0)
    return Due(_changed(connection, judged) | _naming(connection, judged, moved), moved, drift)


def _all(connection: duckdb.DuckDBPyConnection, judged: Judged) -> set[int]:
    rows = connection.execute(f"SELECT discogs_release_id FROM {judged.tracks}").fetchall()
    return {release_id for (release_id,) in rows}


def _of_folder(connection: duckdb.DuckDBPyConnection, folder: str) -> set[int]:
    """The records of the folder, and those with a row that cannot stay."""
    rows = connection.execute(sql("records_to_judge.sql"), {"folder": folder}).fetchall()
    return {release_id for (release_id,) in rows}


MOST_FILES: Final = 200
"""To ask the tracks about more files costs more than to judge them."""


def _is_much(moved: int, drift: int, library: int) -> bool:
    """Whether so many files changed, now or since all tracks were judged, that words may be rarer
    or commoner than they were."""
    return moved > MOST_FILES or drift > library // 10


def _naming(
    connection: duckdb.DuckDBPyConnection, judged: Judged, moved: Sequence[DigitalTrack]
) -> set[int]:
    """The records with a row that names one of these files, if only by a decision."""
    rows = connection.execute(
        judged.sql("records_naming_files.sql"), {"ids": [file.digital_id for file in moved]}
    ).fetchall()
    return {release_id for (release_id,) in rows}


def _changed(connection: duckdb.DuckDBPyConnection, judged: Judged) -> set[int]:
    """The records with a track that was not judged yet, or that says something else since; what a
    track is depends on the others of its record."""
    rows = connection.execute(
        f"SELECT id // 1_000_000 FROM ({judged.sql('track_states.sql')}) AS track "
        f"FULL JOIN {judged.states} AS judged ON judged.track_id = track.id "
        "AND judged.state = track.state WHERE judged.track_id IS NULL OR track.id IS NULL"
    ).fetchall()
    return {release_id for (release_id,) in rows if release_id is not None}


# --- What was made of what ------------------------------------------------------------------------


def code() -> str:
    """A fingerprint of all code that makes verdicts, and rows of them."""
    return fingerprint_of(
        code_of("tables.judging"),
        sql("vinyl_tracks.sql"),
        sql("gap_analysis.sql"),
        sql("judged_files.sql"),
        sql("digital_duplicates.sql"),
    )


def _as_it_was(connection: duckdb.DuckDBPyConnection) -> GapResult:
    (tracks,) = connection.execute("SELECT count(*) FROM gap_analysis").fetchone() or (0,)
    return GapResult(tracks, 0, False, known_problems(connection))


def known_problems(connection: duckdb.DuckDBPyConnection) -> tuple[OverrideProblem, ...]:
    """The lines of the overrides that had no effect on the latest gap analysis."""
    rows = connection.execute(
        "SELECT line, reason FROM pipeline.override_problems ORDER BY ALL"
    ).fetchall()
    return tuple(OverrideProblem(*row) for row in rows)


def _note_problems(
    connection: duckdb.DuckDBPyConnection, problems: Sequence[OverrideProblem]
) -> None:
    connection.execute("DELETE FROM pipeline.override_problems")
    if problems:
        connection.executemany(
            "INSERT INTO pipeline.override_problems VALUES (?, ?)",
            [(problem.line, problem.reason) for problem in problems],
        )


def _decided_files(connection: duckdb.DuckDBPyConnection) -> dict[str, FileFacts]:
    """By a name in a decision what its file held."""
    rows = connection.execute("FROM pipeline.decided_files").fetchall()
    return {name: FileFacts(*facts) for name, *facts in rows}


def _note_decided_files(
    connection: duckdb.DuckDBPyConnection,
    written: Overrides,
    overrides: Overrides,
    decisions: Decisions,
) -> None:
    """What the files hold now; of a file that is gone, or that another one replaced, what it held
    before. `overrides` are the decisions as `by_their_paths` gives those that are `written`."""
    before = _decided_files(connection)
    noted: dict[str, FileFacts] = {}
    for name, path in zip(_named_in(written), _named_in(overrides), strict=True):
        held, known = decisions.held.get(path), before.get(name)
        facts = held if held and (not known or is_as_long(known, held.seconds)) else known
        if facts:
            noted[name] = facts
    connection.execute("DELETE FROM pipeline.decided_files")
    connection.execute(
        "INSERT INTO pipeline.decided_files "
        "SELECT unnest($names), unnest($sizes), unnest($lengths), unnest($tags)",
        {
            "names": [*noted],
            "sizes": [it.size for it in noted.values()],
            "lengths": [it.seconds for it in noted.values()],
            "tags": [it.tags for it in noted.values()],
        },
    )


def _named_in(overrides: Overrides) -> list[str]:
    return [it.digital for it in overrides.decisions if it.digital]


def _count(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(sql("collection_statistics.sql"))
    note(connection, "collection_statistics", _counted_from(connection))


def _counted_from(connection: duckdb.DuckDBPyConnection) -> str:
    tables = (
        "collection_items", "releases", "expanded_tracks", "digital_tracks", "gap_analysis",
        "digital_duplicates",
    )  # fmt: skip
    made_from = [noted(connection, table) for table in tables]
    return fingerprint_of(made_from, sql("collection_statistics.sql"))
