"""The tracks that a person should look at: those that the data does not decide.

What belongs here: which they are, and the files that came near each. What does not: a decision on
one (`inputs.decisions`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from musictool_pipeline.core.decisions import Override, Overrides, TrackDecision
from musictool_pipeline.core.file_facts import FileFacts, facts_of
from musictool_pipeline.core.file_places import paths_of, spellings
from musictool_pipeline.queries import sql
from musictool_pipeline.queries.decided import read_decided
from musictool_pipeline.tables.published import row_count


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may be the track: its tags as stored, and how the matcher judged it."""

    digital_id: str
    path: str | None
    artist: str | None
    title: str | None
    album: str | None
    label: str | None
    duration_seconds: float | None
    file_type: str | None
    bitrate: int | None
    file_size_bytes: int | None
    bpm: float | None
    musical_key: str | None
    camelot: str | None
    status: str
    confidence: int
    reason: str

    @property
    def facts(self) -> FileFacts | None:
        """What is kept of it with a decision."""
        return facts_of(self.file_size_bytes, self.duration_seconds, self.artist, self.title)


@dataclass(frozen=True, slots=True)
class ToReview:
    """A track that the data does not decide, and the files that came near it, the best first;
    those that were refused since are left out. `position_is_unique`: on its release."""

    track_id: int
    release_id: int
    track_number: int
    position: str | None
    artist: str | None
    title: str | None
    duration: str | None
    duration_seconds: int | None
    album: str | None
    album_artist: str | None
    label: str | None
    catalog_number: str | None
    release_year: int | None
    format: str | None
    folder: str | None
    discogs_url: str
    position_is_unique: bool
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class ReviewQueue:
    """How many tracks wait for a decision, how many were decided since the last gap analysis, and
    the first that waits, None if none does."""

    waiting: int
    decided: int
    first: ToReview | None


def read_review_queue(
    connection: duckdb.DuckDBPyConnection, overrides: Overrides, later: Sequence[int] = ()
) -> ReviewQueue:
    """What is to be looked at, the most likely matches first. `later` holds track ids that are
    kept for the end, in that order."""
    decisions = read_decided(connection, overrides).by_track
    settled = _settled(connection, decisions)
    waiting = row_count(connection, "gap_analysis", "status = 'review'")
    row: tuple[Any, ...] | None = sql.row(
        connection, "to_review.sql", settled=settled, later=list(later)
    )
    first = None
    if row:
        *track, best, alternatives = row
        refused = decisions.get(row[0], TrackDecision()).refused
        judged = [it for it in (best, *json.loads(alternatives)) if it["digital_id"] not in refused]
        first = ToReview(*track, candidates=_candidates(connection, judged))
    return ReviewQueue(waiting - len(settled), len(settled), first)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A track that waits for a decision, in short."""

    release_id: int
    track_number: int
    position: str | None
    artist: str | None
    title: str | None
    confidence: int
    reason: str
    digital_path: str | None


def read_waiting(connection: duckdb.DuckDBPyConnection, overrides: Overrides) -> list[Waiting]:
    """All that is to be looked at, in the order in which the queue shows it."""
    settled = _settled(connection, read_decided(connection, overrides).by_track)
    return sql.read(Waiting, connection, "waiting.sql", settled=settled)


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision, and what the track is called."""

    decision: Override
    artist: str | None
    title: str | None


def last_to_honour(
    connection: duckdb.DuckDBPyConnection, decisions: Sequence[Override]
) -> Decided | None:
    """The last of the decisions that the gap analysis does not honour yet: it has the track under
    review still, and the file, if the decision names one, among those that came near."""
    waiting = _under_review(connection, {it.release_id for it in decisions})
    for decision in reversed(decisions):
        for key in ((decision.release_id, decision.track_number), _place(decision)):
            if key in waiting and waiting[key].is_asked_by(decision):
                return Decided(decision, waiting[key].artist, waiting[key].title)
    return None


@dataclass(frozen=True, slots=True)
class _UnderReview:
    artist: str | None
    title: str | None
    files: frozenset[str]

    def is_asked_by(self, decision: Override) -> bool:
        named = decision.digital
        return not named or not self.files.isdisjoint(spellings(named))


def _place(decision: Override) -> tuple[int, str]:
    return decision.release_id, (decision.position or "").casefold()


def _under_review(
    connection: duckdb.DuckDBPyConnection, releases: Collection[int]
) -> Mapping[tuple[int, int | str | None], _UnderReview]:
    """By the release and the track's number, and by the release and the position."""
    if not releases:
        return {}
    found: dict[tuple[int, int | str | None], _UnderReview] = {}
    rows = sql.rows(connection, "under_review.sql", releases=list(releases))
    for release_id, number, position, artist, title, files in rows:
        track = _UnderReview(
            artist, title, frozenset(it for name in files for it in paths_of(name))
        )
        found[release_id, number] = found[release_id, (position or "").casefold()] = track
    return found


def _settled(
    connection: duckdb.DuckDBPyConnection, decisions: Mapping[int, TrackDecision]
) -> list[int]:
    """The tracks that the gap analysis has under review, and that the decisions leave no question
    about: what it is was said, or every file was refused."""
    under_review = sql.rows(connection, "decided_under_review.sql", decided=list(decisions))
    settled: list[int] = []
    for track_id, best, alternatives in under_review:
        decision = decisions[track_id]
        files = {best, *(it["digital_id"] for it in json.loads(alternatives))}
        if decision.status or decision.no_file or files <= decision.refused:
            settled.append(track_id)
    return settled


def _candidates(
    connection: duckdb.DuckDBPyConnection, judged: Sequence[Mapping[str, Any]]
) -> tuple[Candidate, ...]:
    rows = sql.rows(connection, "candidates.sql", ids=[it["digital_id"] for it in judged])
    known = {row[0]: row for row in rows}
    return tuple(
        Candidate(
            *known[it["digital_id"]],
            status=it["status"],
            confidence=it["confidence"],
            reason=it["reason"],
        )
        for it in judged
        if it["digital_id"] in known
    )
