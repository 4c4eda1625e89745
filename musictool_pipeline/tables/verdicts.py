"""The verdicts on a list of tracks, those of the collection or of the wantlist: which are due, and
bringing them into its tables.

What belongs here: whether there is anything to judge, and which records. Judging itself belongs to
`tables.judging`, how a verdict comes about to `core.matching`, what else is made of the verdicts
to `tables.gaps` and `tables.wantlist`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal

import duckdb

from musictool_pipeline.core.decisions import Decisions, OverrideProblem, Overrides, find_decided
from musictool_pipeline.core.matching.tracks import DigitalTrack, MatchSettings, VinylTrack
from musictool_pipeline.inputs.library_folder import libraries_in_force
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.decided_files import by_their_paths
from musictool_pipeline.tables.fingerprints import code_of, fingerprint_of, note, noted
from musictool_pipeline.tables.frames import Frame
from musictool_pipeline.tables.generations import sql
from musictool_pipeline.tables.published import open_tables, row_count
from musictool_pipeline.tables.steps import require

if TYPE_CHECKING:
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
    asked: str
    against: str
    drift: str
    decided: str

    def sql(self, name: str) -> str:
        """The statement on these tables; the file has it on those of the collection."""
        return sql(name).replace("expanded_tracks", self.tracks).replace("gap_analysis", self.gaps)


@dataclass(frozen=True, slots=True)
class Due:
    """The records that have to be judged again for their own sake. The others can stay as they
    are, but for those that the files `moved` concern; `drift` counts all files that changed since
    every track was judged."""

    records: set[int]
    moved: Sequence[DigitalTrack]
    drift: int


@dataclass(frozen=True, slots=True)
class ToJudge:
    """What there is to judge, read from the database. `fingerprint`: of all that it is made from;
    `against`: of the rules alone; `decided`: of what the user decided; `moved`: all files that
    changed, even if there are so many that everything is due; `rare`: those of their words that few
    files have. `tracks`: of all records that may have to be judged, of `count` tracks."""

    of: Judged
    fingerprint: str
    against: str
    decided: str
    overrides: Overrides
    tracks: Sequence[VinylTrack]
    count: int
    library: Sequence[AudioFile]
    moved: Sequence[DigitalTrack]
    rare: set[str]
    due: Due


def require_both_sides(settings: Settings, gaps: str) -> None:
    """Raises TablesMissing if the tracks, or the files of the libraries in force, are not in tables
    of this version: each track would be gone, or be called missing."""
    files = ["digital_tracks"] if libraries_in_force(settings) else []
    with open_tables(settings.database, foreign="hide") as tables:
        require(tables.connection, settings.database, gaps, "expanded_tracks", *files)


def ask(
    connection: duckdb.DuckDBPyConnection,
    judged: Judged,
    overrides: Overrides,
    decided: str,
    options: GapOptions,
) -> ToJudge | None:
    """What there is to judge of a list of tracks; None if nothing changed. `decided`: the
    fingerprint of the user's decisions."""
    files = noted(connection, "digital_tracks")
    rules = fingerprint_of(asdict(options), code())
    fingerprint = fingerprint_of(noted(connection, judged.tracks), files, decided, rules)
    if noted(connection, judged.gaps) == fingerprint:
        return None

    from musictool_pipeline.tables import judging

    # If only a folder is judged, the other rows know nothing of a file that came.
    against = fingerprint_of(rules, files) if options.folder is not None else rules
    library = judging.audio_files(connection)
    moved = judging.files_that_changed(connection, judged.files)
    due = _what_is_due(connection, judged, against, moved, len(library), options.folder)
    rare = judging.rare_words(due.moved, library)
    if noted(connection, judged.decided) != decided:
        anew = overrides.records | _overridden(connection, judged)
        due = replace(due, records=due.records | anew)
    records = due.records | overrides.records
    if due.moved:
        records |= judging.records_perhaps_concerned(connection, judged.asked, due.moved, rare)
    return ToJudge(
        judged,
        fingerprint,
        against,
        decided,
        by_their_paths(connection, overrides),
        judging.vinyl_tracks(connection, table=judged.tracks, releases=records),
        row_count(connection, judged.tracks),
        library,
        moved,
        rare,
        due,
    )


@dataclass(frozen=True, slots=True)
class Judgements:
    """A row for each track that was judged, what it asks of the files, and what its owner
    decided."""

    verdicts: Frame
    asked: Frame
    decisions: Decisions


def judge(
    asked: ToJudge,
    options: GapOptions,
    on_progress: OnProgress | None = None,
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
    decided = asked.overrides.records
    anew = set(asked.due.records)
    if asked.due.moved:
        anew |= decided | judging.concerned_records(asked.tracks, asked.due.moved, asked.rare)
    if problems_before is not None and decisions.problems != problems_before:
        anew |= decided
    chosen = [track for track in asked.tracks if track.release_id in anew]
    return Judgements(
        judging.verdicts(chosen, files, options.match, options.confidence, decisions, on_progress),
        judging.asked_rows(chosen),
        decisions,
    )


def store_verdicts(
    connection: duckdb.DuckDBPyConnection, asked: ToJudge, judgements: Judgements
) -> None:
    """The gaps, what the tracks and files said that they were made from, and by which rules."""
    judged = asked.of
    connection.register("verdicts", judgements.verdicts)
    connection.execute(judged.sql("gap_analysis.sql"))
    connection.unregister("verdicts")
    connection.register("asked_now", judgements.asked)
    connection.execute(
        judged.sql("asked_tracks.sql").replace("pipeline.asked_tracks", judged.asked)
    )
    connection.unregister("asked_now")
    for table, query in (
        (judged.states, judged.sql("track_states.sql")),
        (judged.files, sql("judged_files.sql")),
    ):
        connection.execute(f"DELETE FROM {table}; INSERT INTO {table} {query}")
    note(connection, judged.against, asked.against)
    note(connection, judged.decided, asked.decided)
    note(connection, judged.drift, str(asked.due.drift))


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


def _overridden(connection: duckdb.DuckDBPyConnection, judged: Judged) -> set[int]:
    """The records with a row that says what was decided: that may have been taken back."""
    return _ids(connection, judged.sql("overridden_records.sql"))


def _all(connection: duckdb.DuckDBPyConnection, judged: Judged) -> set[int]:
    return _ids(connection, judged.sql("all_records.sql"))


def _of_folder(connection: duckdb.DuckDBPyConnection, folder: str) -> set[int]:
    """The records of the folder, and those with a row that cannot stay."""
    return _ids(connection, sql("records_to_judge.sql"), folder=folder)


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
    ids = [file.digital_id for file in moved]
    return _ids(connection, judged.sql("records_naming_files.sql"), ids=ids)


def _changed(connection: duckdb.DuckDBPyConnection, judged: Judged) -> set[int]:
    """The records with a track that was not judged yet, or that says something else since; what a
    track is depends on the others of its record."""
    return _ids(
        connection,
        f"SELECT id // 1_000_000 FROM ({judged.sql('track_states.sql')}) AS track "
        f"FULL JOIN {judged.states} AS judged ON judged.track_id = track.id "
        "AND judged.state = track.state WHERE judged.track_id IS NULL OR track.id IS NULL",
    )


def _ids(connection: duckdb.DuckDBPyConnection, query: str, **values: object) -> set[int]:
    rows = connection.execute(query, values or None).fetchall()
    return {release_id for (release_id,) in rows if release_id is not None}


def code() -> str:
    """A fingerprint of all code that makes verdicts, and rows of them."""
    return code_of(
        "tables.judging",
        "tables/sql/vinyl_tracks.sql",
        "tables/sql/audio_files.sql",
        "tables/sql/gap_analysis.sql",
        "tables/sql/judged_files.sql",
        "tables/sql/digital_duplicates.sql",
    )
