"""Both sides from the database to the matcher, and its verdicts as rows.

What belongs here: what it takes to judge. Whether there is anything to judge is decided in
`tables.verdicts`, which imports this late: to load the matcher takes as long as a whole refresh
with nothing to do.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import fields, replace
from typing import Literal

import duckdb

from musictool_pipeline.core.decisions import Decisions, apply_decision
from musictool_pipeline.core.duplicates import AudioFile, find_duplicates
from musictool_pipeline.core.garbage import uncollected
from musictool_pipeline.core.matching.finding.concerning import (
    Question,
    asked_by,
    concerned,
    perhaps_concerned,
    rare_among,
    words_of,
)
from musictool_pipeline.core.matching.matcher import match_all
from musictool_pipeline.core.matching.tracks import (
    OWNED,
    REVIEW,
    DigitalTrack,
    MatchSettings,
    Verdict,
    VinylTrack,
)
from musictool_pipeline.core.shop_links import release_url, search_links
from musictool_pipeline.tables.frames import Frame, frame
from musictool_pipeline.tables.generations import sql

# From here on, a second process judges more in a second than it takes to start.
MANY_TRACKS = 4_000

OnProgress = Callable[[int, int], None]
"""Called now and then with the tracks judged and the tracks there are."""


def vinyl_tracks(
    connection: duckdb.DuckDBPyConnection,
    release_id: int | None = None,
    *,
    table: Literal["expanded_tracks", "wanted_tracks"] = "expanded_tracks",
    releases: Collection[int] | None = None,
) -> list[VinylTrack]:
    """The tracks in that table (of one release or of several, by default of all) as the matcher
    takes them, in order."""
    if release_id is not None:
        releases = [release_id]
    asked = {"table": table, "releases": None if releases is None else sorted(releases)}
    rows = sql.rows(connection, "vinyl_tracks.sql", **asked)
    return [VinylTrack(*row) for row in rows]


@uncollected()
def audio_files(connection: duckdb.DuckDBPyConnection) -> list[AudioFile]:
    """The entries of the digital libraries, with what tells a better file from a worse one."""
    rows = sql.rows(connection, "audio_files.sql")
    count = len(fields(DigitalTrack))
    return [AudioFile(DigitalTrack(*row[:count]), *row[count:]) for row in rows]


def concerned_records(
    tracks: Iterable[VinylTrack], moved: Sequence[DigitalTrack], rare: set[str]
) -> set[int]:
    """The records with a track that files concern which came, went or say something else."""
    return {track.release_id for track in concerned(tracks, moved, rare)}


def rare_words(moved: Sequence[DigitalTrack], library: Iterable[AudioFile]) -> set[str]:
    """The words of these files that few files of the library have."""
    return rare_among(words_of(moved), (file.track for file in library))


@uncollected()
def records_perhaps_concerned(
    connection: duckdb.DuckDBPyConnection,
    asked: str,
    moved: Sequence[DigitalTrack],
    rare: set[str],
) -> set[int]:
    """Those that `concerned_records` could name, and some more, by what their tracks ask, which is
    in the table `asked`."""
    rows = connection.execute(f"SELECT track_id // 1_000_000, * EXCLUDE (track_id) FROM {asked}")
    return perhaps_concerned(((it[0], Question(*it[1:])) for it in rows.fetchall()), moved, rare)


def asked_rows(tracks: Iterable[VinylTrack]) -> Frame:
    """A row for each track: what it asks of the files."""
    rows = [(track.track_id, *asked_by(track)) for track in tracks]
    return frame(rows, ("track_id", "titles", "words", "others"), track_id="int64")


def files_that_changed(connection: duckdb.DuckDBPyConnection, judged: str) -> list[DigitalTrack]:
    """The files that came, went or say something else since the tracks were last judged, which the
    table `judged` holds: as they were, and as they are."""
    now = sql("judged_files.sql")
    rows = connection.execute(
        f"(FROM {judged} EXCEPT {now}) UNION ALL ({now} EXCEPT FROM {judged}) ORDER BY ALL"
    ).fetchall()
    return [DigitalTrack(*row) for row in rows]


def verdicts(
    tracks: Sequence[VinylTrack],
    library: Sequence[DigitalTrack],
    match: MatchSettings,
    confidence: int,
    decisions: Decisions,
    on_progress: OnProgress | None,
) -> Frame:
    """A row for each track: its verdict, or what its owner decided. A file found with
    less than `confidence` is one to look at, not one owned; one that is no music is found by
    its owner alone."""
    paths = {file.digital_id: file.path for file in library}
    processes = min(2, os.cpu_count() or 1) if len(tracks) >= MANY_TRACKS else 1
    music = [file for file in library if file.is_music]
    judged = match_all(tracks, music, match, processes)
    rows: list[tuple[object, ...]] = []
    if on_progress and len(tracks) >= 500:
        on_progress(0, len(tracks))
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


Identities = dict[str, tuple[str | None, str | None]]
"""What each file is, as `find_duplicates` reads it, by the file's id."""


def identities(connection: duckdb.DuckDBPyConnection, moved: Iterable[DigitalTrack]) -> Identities:
    """What was read of the files last time, but for those that changed since."""
    changed = {file.digital_id for file in moved}
    rows = connection.execute("SELECT * FROM pipeline.file_identities").fetchall()
    return {row[0]: (row[1], row[2]) for row in rows if row[0] not in changed}


@uncollected()
def duplicates_among(library: Iterable[AudioFile], known: Identities) -> Frame:
    """A row for each file that another one in the library equals. What had to be read is put to
    what is `known`."""
    rows = [
        (found.group_id, found.digital_id, found.version, found.is_best, found.reason)
        for found in find_duplicates(library, known)
    ]
    return frame(rows, ("group_id", "digital_id", "version", "is_best", "reason"), is_best="bool")


def identity_rows(known: Identities) -> Frame:
    """A row for each file of which is known what it is."""
    rows = [(digital_id, *identity) for digital_id, identity in sorted(known.items())]
    return frame(rows, ("digital_id", "identity", "version"))
