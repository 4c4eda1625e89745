"""Gap analysis in the database: every track on the records against every file of the libraries.

What belongs here: bringing both sides to the matcher and its verdicts into tables, with all that is
made of them, in one generation. How a verdict comes about stands in `core.matching`; the user's own
decisions in `core.overrides`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import duckdb
import pandas as pd

from musictool_pipeline.core.duplicates import AudioFile, find_duplicates
from musictool_pipeline.core.matching import (
    DigitalTrack,
    MatchSettings,
    Verdict,
    VinylTrack,
    match_all,
)
from musictool_pipeline.core.matching.tracks import OWNED, REVIEW
from musictool_pipeline.core.overrides import (
    Decisions,
    OverrideProblem,
    apply_decision,
    find_decided,
)
from musictool_pipeline.core.shop_links import release_url, search_links
from musictool_pipeline.storage.catalogue import Catalogue
from musictool_pipeline.storage.decisions import load_overrides
from musictool_pipeline.storage.fingerprints import code_of, fingerprint_of, note, noted
from musictool_pipeline.storage.warehouse import sql

# From here on, a second process judges more in a second than it takes to start.
MANY_TRACKS = 4_000

OnProgress = Callable[[int, int], None]
"""Called now and then with the tracks judged and the tracks there are."""


@dataclass(frozen=True, slots=True)
class GapOptions:
    """How the gaps are looked for. `confidence`, 0 to 100: a file found with less is one to look
    at and not owned. `folder`: only tracks of that folder of the collection are judged anew."""

    confidence: int = 0
    folder: str | None = None
    match: MatchSettings = field(default_factory=MatchSettings)


@dataclass(frozen=True, slots=True)
class GapResult:
    """`judged` of `tracks` were looked for; `published` says whether there was anything to do;
    `problems` are the lines of the overrides that had no effect."""

    tracks: int
    judged: int
    published: bool
    problems: tuple[OverrideProblem, ...]


def vinyl_tracks(catalogue: Catalogue, release_id: int | None = None) -> list[VinylTrack]:
    """The tracks (of one release, by default of all) as the matcher takes them, in order."""
    with catalogue.warehouse.read() as connection:
        return _vinyl_tracks(connection, release_id)


def digital_tracks(catalogue: Catalogue) -> list[DigitalTrack]:
    """The entries of the digital libraries as the matcher takes them."""
    with catalogue.warehouse.read() as connection:
        return [file.track for file in _audio_files(connection)]


def build_gap_analysis(
    catalogue: Catalogue,
    overrides_file: Path,
    options: GapOptions | None = None,
    on_progress: OnProgress | None = None,
) -> GapResult:
    """gap_analysis from expanded_tracks, digital_tracks and the user's decisions, and with it, in
    the same generation, digital_duplicates and collection_statistics.

    Nothing is done where neither of the three changed, nor the options, nor the code.
    """
    options = options or GapOptions()
    overrides, decided = load_overrides(overrides_file)
    with catalogue.warehouse.read() as connection:
        files = noted(connection, "digital_tracks")
        fingerprint = fingerprint_of(
            noted(connection, "expanded_tracks"), files, decided, asdict(options), _code()
        )
        if noted(connection, "gap_analysis") == fingerprint:
            return _as_it_was(connection)
        tracks = _vinyl_tracks(connection)
        anew = _to_judge(connection, options.folder)
        library = _audio_files(connection)
        duplicates_of = fingerprint_of(files, _code())
        has_duplicates = noted(connection, "digital_duplicates") == duplicates_of
    music = [file.track for file in library if file.track.is_music]
    decisions = find_decided(overrides, tracks, music)
    chosen = [track for track in tracks if track.track_id in anew]
    verdicts = _verdicts(chosen, music, options, decisions, on_progress)
    duplicates = None if has_duplicates else _duplicates(library)

    def change(connection: duckdb.DuckDBPyConnection) -> None:
        connection.register("verdicts", verdicts)
        connection.execute(sql("gap_analysis.sql"))
        connection.unregister("verdicts")
        _note_problems(connection, decisions.problems)
        note(connection, "gap_analysis", fingerprint)
        if duplicates is not None:
            connection.register("duplicates", duplicates)
            connection.execute(sql("digital_duplicates.sql"))
            connection.unregister("duplicates")
            note(connection, "digital_duplicates", duplicates_of)
        _count(connection)

    catalogue.warehouse.publish(change)
    return GapResult(len(tracks), len(chosen), True, decisions.problems)


def build_statistics(catalogue: Catalogue) -> bool:
    """collection_statistics from the other tables. True where it changed."""
    with catalogue.warehouse.read() as connection:
        if noted(connection, "collection_statistics") == _counted_from(connection):
            return False
    catalogue.warehouse.publish(_count)
    return True


def override_problems(catalogue: Catalogue) -> tuple[OverrideProblem, ...]:
    """The lines of the overrides that had no effect on the latest gap analysis."""
    with catalogue.warehouse.read() as connection:
        return _known_problems(connection)


# --- Both sides -----------------------------------------------------------------------------------


def _vinyl_tracks(
    connection: duckdb.DuckDBPyConnection, release_id: int | None = None
) -> list[VinylTrack]:
    rows = connection.execute(
        "SELECT id, artist, title, album, album_artist, label, catalog_number, duration_seconds, "
        "position, release_year, discogs_release_id, track_number FROM expanded_tracks "
        "WHERE $release IS NULL OR discogs_release_id = $release "
        "ORDER BY discogs_release_id, track_number",
        {"release": release_id},
    ).fetchall()
    return [VinylTrack(*row) for row in rows]


def _audio_files(connection: duckdb.DuckDBPyConnection) -> list[AudioFile]:
    rows = connection.execute(
        "SELECT digital_id, artist, title, remixer, mix, album, label, path, duration_seconds, "
        "is_music, file_type, bitrate, file_size_bytes, "
        "len(list_filter([artist, title, album, label, genre, musical_key, "
        "CAST(bpm AS VARCHAR)], lambda tag: tag IS NOT NULL)) "
        "FROM digital_tracks ORDER BY digital_id"
    ).fetchall()
    return [AudioFile(DigitalTrack(*row[:10]), *row[10:]) for row in rows]


def _to_judge(connection: duckdb.DuckDBPyConnection, folder: str | None) -> set[int]:
    """The tracks of the folder, by default all; and those whose row cannot stay as it is."""
    rows = connection.execute(
        "SELECT track.id FROM expanded_tracks AS track "
        "LEFT JOIN gap_analysis AS gap ON gap.track_id = track.id "
        "LEFT JOIN digital_tracks AS file ON file.digital_id = gap.digital_id "
        "WHERE $folder IS NULL OR lower(track.collection_folder) = lower($folder) "
        "OR gap.track_id IS NULL OR (gap.digital_id IS NOT NULL AND file.digital_id IS NULL)",
        {"folder": folder},
    ).fetchall()
    return {track_id for (track_id,) in rows}


# --- Verdicts -------------------------------------------------------------------------------------


def _verdicts(
    tracks: Sequence[VinylTrack],
    library: Sequence[DigitalTrack],
    options: GapOptions,
    decisions: Decisions,
    on_progress: OnProgress | None,
) -> pd.DataFrame:
    """A row for each track: its verdict, as its owner decided it where he did."""
    paths = {file.digital_id: file.path for file in library}
    processes = min(2, os.cpu_count() or 1) if len(tracks) >= MANY_TRACKS else 1
    judged = match_all(tracks, library, options.match, processes)
    rows: list[tuple[object, ...]] = []
    for track, found in zip(tracks, judged, strict=True):
        verdict = _at_least(found, options.confidence)
        decision = decisions.by_track.get(track.track_id)
        overridden = False
        if decision is not None:
            decided = apply_decision(decision, verdict)
            overridden = decided != verdict or decision.status is not None
            verdict = decided
        rows.append(_row(track, verdict, overridden, paths))
        if on_progress and (len(rows) % 500 == 0 or len(rows) == len(tracks)):
            on_progress(len(rows), len(tracks))
    frame = pd.DataFrame(rows, columns=list(_VERDICT_COLUMNS))
    return frame.astype({"track_id": "int64", "confidence": "int64", "overridden": "bool"})


def _at_least(verdict: Verdict, confidence: int) -> Verdict:
    if verdict.status != OWNED or verdict.confidence >= confidence:
        return verdict
    reason = f"found with less than {confidence}: {verdict.reason}"
    return replace(verdict, status=REVIEW, reason=reason)


_VERDICT_COLUMNS = (
    "track_id", "status", "confidence", "reason", "digital_id", "alternatives", "overridden",
    "discogs_url", "bandcamp_url", "beatport_url", "juno_url",
)  # fmt: skip


def _row(
    track: VinylTrack, verdict: Verdict, overridden: bool, paths: dict[str, str | None]
) -> tuple[object, ...]:
    alternatives = [
        {
            "digital_id": other.digital_id,
            "digital_path": paths.get(other.digital_id),
            "status": other.status,
            "confidence": other.confidence,
            "reason": other.reason,
        }
        for other in verdict.alternatives
    ]
    links = search_links(track.artist or track.album_artist, track.title)
    return (
        track.track_id,
        verdict.status,
        verdict.confidence,
        verdict.reason,
        verdict.digital_id,
        json.dumps(alternatives, ensure_ascii=False),
        overridden,
        release_url(track.release_id),
        links.bandcamp,
        links.beatport,
        links.juno,
    )


def _duplicates(library: Iterable[AudioFile]) -> pd.DataFrame:
    rows = [
        (found.group_id, found.digital_id, found.version, found.is_best, found.reason)
        for found in find_duplicates(library)
    ]
    frame = pd.DataFrame(rows, columns=["group_id", "digital_id", "version", "is_best", "reason"])
    return frame.astype({"is_best": "bool"})


# --- What was made of what ------------------------------------------------------------------------


def _code() -> str:
    return fingerprint_of(
        code_of("musictool_pipeline.core", "musictool_pipeline.core.matching"),
        sql("gap_analysis.sql"),
        sql("digital_duplicates.sql"),
    )


def _as_it_was(connection: duckdb.DuckDBPyConnection) -> GapResult:
    (tracks,) = connection.execute("SELECT count(*) FROM gap_analysis").fetchone() or (0,)
    return GapResult(tracks, 0, False, _known_problems(connection))


def _known_problems(connection: duckdb.DuckDBPyConnection) -> tuple[OverrideProblem, ...]:
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
