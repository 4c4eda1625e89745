"""Both sides from the database to the matcher, and its verdicts as rows.

What belongs here: what it takes to judge. Whether there is anything to judge stands in
`storage.gaps`, which imports this late: the matcher and pandas take as long to load as a refresh
with nothing to do takes to see it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import duckdb
import pandas as pd

from musictool_pipeline.core.duplicates import AudioFile, find_duplicates
from musictool_pipeline.core.matching.matcher import match_all
from musictool_pipeline.core.matching.tracks import (
    OWNED,
    REVIEW,
    DigitalTrack,
    MatchSettings,
    Verdict,
    VinylTrack,
)
from musictool_pipeline.core.overrides import Decisions, apply_decision
from musictool_pipeline.core.shop_links import release_url, search_links
from musictool_pipeline.storage.frames import frame

# From here on, a second process judges more in a second than it takes to start.
MANY_TRACKS = 4_000

OnProgress = Callable[[int, int], None]
"""Called now and then with the tracks judged and the tracks there are."""


def vinyl_tracks(
    connection: duckdb.DuckDBPyConnection, release_id: int | None = None
) -> list[VinylTrack]:
    """The tracks (of one release, by default of all) as the matcher takes them, in order."""
    rows = connection.execute(
        "SELECT id, artist, title, album, album_artist, label, catalog_number, duration_seconds, "
        "position, release_year, discogs_release_id, track_number, artist_on_discogs "
        "FROM expanded_tracks "
        "WHERE $release IS NULL OR discogs_release_id = $release "
        "ORDER BY discogs_release_id, track_number",
        {"release": release_id},
    ).fetchall()
    return [VinylTrack(*row) for row in rows]


def audio_files(connection: duckdb.DuckDBPyConnection) -> list[AudioFile]:
    """The entries of the digital libraries, with what tells a better file from a worse one."""
    rows = connection.execute(
        "SELECT digital_id, artist, title, remixer, mix, album, label, path, duration_seconds, "
        "is_music, file_type, bitrate, file_size_bytes, "
        "len(list_filter([artist, title, album, label, genre, musical_key, "
        "CAST(bpm AS VARCHAR)], lambda tag: tag IS NOT NULL)) "
        "FROM digital_tracks ORDER BY digital_id"
    ).fetchall()
    return [AudioFile(DigitalTrack(*row[:10]), *row[10:]) for row in rows]


def verdicts(
    tracks: Sequence[VinylTrack],
    library: Sequence[DigitalTrack],
    match: MatchSettings,
    confidence: int,
    decisions: Decisions,
    on_progress: OnProgress | None,
) -> pd.DataFrame:
    """A row for each track: its verdict, as its owner decided it where he did. A file found with
    less than `confidence` is one to look at, not one owned; one that is no music is found by
    nobody but its owner."""
    paths = {file.digital_id: file.path for file in library}
    processes = min(2, os.cpu_count() or 1) if len(tracks) >= MANY_TRACKS else 1
    music = [file for file in library if file.is_music]
    judged = match_all(tracks, music, match, processes)
    rows: list[tuple[object, ...]] = []
    for track, found in zip(tracks, judged, strict=True):
        verdict = _at_least(found, confidence)
        decision = decisions.by_track.get(track.track_id)
        overridden = False
        if decision is not None:
            decided = apply_decision(decision, verdict)
            overridden = decided != verdict or decision.status is not None
            verdict = decided
        rows.append(_row(track, verdict, overridden, paths))
        if on_progress and (len(rows) % 500 == 0 or len(rows) == len(tracks)):
            on_progress(len(rows), len(tracks))
    return frame(rows, _VERDICT_COLUMNS, track_id="int64", confidence="int64", overridden="bool")


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


def duplicates_among(library: Iterable[AudioFile]) -> pd.DataFrame:
    """A row for each file that another one in the library equals."""
    rows = [
        (found.group_id, found.digital_id, found.version, found.is_best, found.reason)
        for found in find_duplicates(library)
    ]
    return frame(rows, ("group_id", "digital_id", "version", "is_best", "reason"), is_best="bool")
