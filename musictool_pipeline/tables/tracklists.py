"""The tracklists in the database: the answers of Discogs, and the tables made of them.

What belongs here: bringing the cached answers, and the attempts that brought none, into tables, in
SQL that is in `sql/`. Fetching is in `discogs`, reading an answer in `core.discogs`.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Final, Literal

import duckdb

from musictool_pipeline.core.discogs.tracklist import Release, expand_release
from musictool_pipeline.core.text import printed
from musictool_pipeline.discogs.cache import FETCHED, CachedAnswer, TracklistCache
from musictool_pipeline.errors import UnreadableRelease
from musictool_pipeline.tables.fingerprints import fingerprint_of, note, noted
from musictool_pipeline.tables.frames import frame
from musictool_pipeline.tables.generations import Warehouse, sql
from musictool_pipeline.tables.published import open_tables
from musictool_pipeline.tables.steps import publish_from, rebuild, require

RECIPE: Final = "2"
"""Part of the fingerprints: raise it if the same answers have to give other rows than before."""

# Answers expanded at a time: enough for set-based work, few enough to stay far below 1 GB.
BATCH = 2_000

log = logging.getLogger("musictool")

_Failure = tuple[str, datetime]
"""Why the latest attempt at a release brought nothing, and when that was (UTC, without a zone)."""


@dataclass(frozen=True, slots=True)
class ExpansionResult:
    """`expanded` answers were new or had changed, of `answers` in the cache; `refused` could not
    be read, with the reason; `published` says whether there was anything to publish."""

    answers: int
    expanded: int
    refused: Mapping[int, str]
    published: bool


def build_releases(warehouse: Warehouse) -> bool:
    """releases from collection_items and what is known of the tracklists. True if it changed.
    Raises TablesMissing."""

    def change(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(sql("releases.sql"))

    return rebuild(warehouse, "releases", "collection_items", _made_from, change)


def asked_at(warehouse: Warehouse, cache: TracklistCache) -> dict[int, datetime]:
    """When each release that has a sound answer was last asked for.

    If the cache has not changed since the tables were made, the tables say it. Otherwise every
    cached answer is read, and damaged ones are set aside, to be fetched again.
    """
    with open_tables(warehouse.path, foreign="hide") as tables:
        if noted(tables.connection, "cache_listing") == fingerprint_of(cache.listing()):
            _, known = tables.ask(sql("answers.sql"))
            # The tables keep an answer whose file is gone; it is to come again all the same.
            there = cache.release_ids()
            return {rid: at.replace(tzinfo=UTC) for rid, _, at in known if rid in there}
    return {cached.release_id: cached.asked_at for cached in cache.scan()}


# --- Attempts that brought nothing ----------------------------------------------------------------


def note_failures(
    warehouse: Warehouse, failed: Mapping[int, str], settled: Iterable[int], at: datetime
) -> None:
    """Remembers why releases could not be fetched, and that they were last tried `at` that time;
    forgets it for those settled since."""
    noted_at = at.astimezone(UTC).replace(tzinfo=None)
    new = {release_id: (cause, noted_at) for release_id, cause in failed.items()}
    settled = set(settled)
    with warehouse.read(to_build_on=True) as connection:
        if _known_failures(connection) == _failures_now(connection, new, settled):
            return

    def change(connection: duckdb.DuckDBPyConnection) -> None:
        # Looked up again: another process may have noted its own since.
        wanted = _failures_now(connection, new, settled)
        failures = frame(
            [(release_id, *what) for release_id, what in sorted(wanted.items())],
            ["release_id", "cause", "failed_at"],
            failed_at="datetime64[us]",
        )
        connection.register("failures_now", failures)
        connection.execute(sql("store_failures.sql"))
        connection.unregister("failures_now")

    warehouse.publish(change)


def _failures_now(
    connection: duckdb.DuckDBPyConnection, new: Mapping[int, _Failure], settled: set[int]
) -> dict[int, _Failure]:
    known = _known_failures(connection)
    return {rid: what for rid, what in known.items() if rid not in settled} | dict(new)


def _known_failures(connection: duckdb.DuckDBPyConnection) -> dict[int, _Failure]:
    rows = sql.rows(connection, "failures.sql")
    return {release_id: (cause, at) for release_id, cause, at in rows}


# --- From the cache to the tables -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Known:
    """What the tables were last made from: the answers' checksums, whether all that is in the
    database is in the tables, and the cache as it was listed then."""

    checksums: Mapping[int, str]
    is_up_to_date: bool
    listing: str | None


def expand(warehouse: Warehouse, cache: TracklistCache) -> ExpansionResult:
    """expanded_tracks, and what releases says of the API, from the cache.

    Only answers that are new or changed are read; the tables themselves are made again from all
    of them, in one generation. Answers whose file is gone stay until a new one comes. Raises
    TablesMissing.
    """
    known = _known(warehouse)
    # Every file was read, and damage set aside, when the run looked for what is missing. If
    # nothing has moved since these tables were made, reading all of them again brings nothing.
    listing = fingerprint_of(cache.listing())
    if known.is_up_to_date and known.listing == listing:
        return ExpansionResult(len(known.checksums), 0, {}, published=False)
    answers = 0
    changed: list[int] = []
    for cached in cache.scan():
        answers += 1
        if known.checksums.get(cached.release_id) != cached.checksum:
            changed.append(cached.release_id)
    refused: dict[int, str] = {}
    is_new = bool(changed) or not known.is_up_to_date

    def change(connection: duckdb.DuckDBPyConnection) -> None:
        # Without a change, files were touched, or damaged ones set aside: noted, so that they are
        # read once.
        if is_new:
            refused.update(_store_all(connection, cache, changed))
            if noted(connection, "expanded_tracks") != _made_from(connection):
                _expand_all(connection)

    publish_from(warehouse, "cache_listing", listing, change)
    return ExpansionResult(answers, len(changed), refused, published=is_new)


def _known(warehouse: Warehouse) -> _Known:
    with warehouse.read(to_build_on=True) as connection:
        require(connection, warehouse.path, "expanded_tracks", "collection_items")
        if noted(connection, "answers") != RECIPE:
            return _Known({}, is_up_to_date=False, listing=None)
        rows = sql.rows(connection, "answers.sql")
        checksums = {release_id: checksum for release_id, checksum, _ in rows}
        is_up_to_date = noted(connection, "expanded_tracks") == _made_from(connection)
        return _Known(checksums, is_up_to_date, noted(connection, "cache_listing"))


def _store_all(
    connection: duckdb.DuckDBPyConnection, cache: TracklistCache, changed: Sequence[int]
) -> dict[int, str]:
    refused: dict[int, str] = {}
    for start in range(0, len(changed), BATCH):
        batch = [
            cached
            for release_id in changed[start : start + BATCH]
            if (cached := cache.read(release_id))
        ]
        refused.update(_store_answers(connection, batch))
    note(connection, "answers", RECIPE)
    return refused


def _expand_all(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(sql("releases.sql"))
    created_at = datetime.now(UTC).replace(tzinfo=None)
    connection.execute(sql("tracks_of.sql"))
    connection.execute(sql("expanded_tracks.sql"), {"created_at": created_at})
    fingerprint = _made_from(connection)
    note(connection, "releases", fingerprint)
    note(connection, "expanded_tracks", fingerprint)


def _made_from(connection: duckdb.DuckDBPyConnection) -> str:
    """The fingerprint of the collection, and of its answers and failures."""
    state = answers_of(connection, "collection_items")
    return fingerprint_of(RECIPE, noted(connection, "collection_items"), state)


def answers_of(
    connection: duckdb.DuckDBPyConnection, table: Literal["collection_items", "wantlist_items"]
) -> str:
    """The same as long as all answers and failures of the releases in that table are the same, in
    any order."""
    (state,) = sql.row(connection, "answers_of.sql", table=table) or ("",)
    return state


def _store_answers(
    connection: duckdb.DuckDBPyConnection, batch: Sequence[CachedAnswer]
) -> dict[int, str]:
    """Replaces those answers and their tracks; gives the releases that make no sense, and why."""
    refused: dict[int, str] = {}
    answers: list[tuple[object, ...]] = []
    tracks: list[tuple[object, ...]] = []
    for cached in batch:
        release = None
        remark = cached.remark
        if cached.status == FETCHED:
            try:
                release = expand_release(cached.release_id, cached.payload())
            except UnreadableRelease as error:
                refused[cached.release_id] = remark = error.reason
                log.warning("%s", error)
        status = "failed" if cached.release_id in refused else cached.status
        answers.append(_answer_row(cached, status, remark, release))
        if release:
            tracks.extend(_track_rows(release))
    if not answers:
        return refused
    connection.register("new_answers", frame(answers, _ANSWER_COLUMNS))
    connection.register("new_tracks", frame(tracks, _TRACK_COLUMNS))
    connection.execute(sql("store_answers.sql"))
    connection.unregister("new_answers")
    connection.unregister("new_tracks")
    return refused


_ANSWER_COLUMNS = (
    "release_id", "checksum", "status", "remark", "fetched_at", "asked_at", "requests", "source",
    "artist", "title", "label", "catalog_number", "format_type", "format_description",
    "release_year", "country", "genres", "styles", "master_id",
)  # fmt: skip

_TRACK_COLUMNS = (
    "release_id", "track_number", "artist", "title", "position", "duration", "duration_seconds",
    "parent_position", "parent_title", "heading", "artist_on_discogs", "remixer",
)  # fmt: skip

_OF_RELEASE = attrgetter(*_ANSWER_COLUMNS[_ANSWER_COLUMNS.index("artist") :])
_OF_TRACK = attrgetter("number", *_TRACK_COLUMNS[2:])


def _answer_row(
    cached: CachedAnswer, status: str, remark: str | None, release: Release | None
) -> tuple[object, ...]:
    envelope = (
        cached.release_id,
        cached.checksum,
        status,
        printed(remark),
        cached.fetched_at.astimezone(UTC).replace(tzinfo=None),
        cached.asked_at.astimezone(UTC).replace(tzinfo=None),
        cached.requests,
        cached.source,
    )
    if release is None:
        return (*envelope, *[None] * (len(_ANSWER_COLUMNS) - len(envelope)))
    # Lists go in as JSON; an empty one says nothing.
    told = (json.dumps(it) if it and isinstance(it, tuple) else it for it in _OF_RELEASE(release))
    return (*envelope, *(it or None for it in told))


def _track_rows(release: Release) -> list[tuple[object, ...]]:
    return [(release.release_id, *_OF_TRACK(track)) for track in release.tracks]
