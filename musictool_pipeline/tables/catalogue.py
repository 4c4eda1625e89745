"""What the database holds: the collection, the tracklists, and the tables made of them.

What belongs here: bringing values from the export and the cache into tables, in SQL that stands in
`sql/`. How a new generation is published stands in `tables.generations`.

Each step compares a fingerprint of what a table would be made from with that of the last time, and
publishes nothing where they agree.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from musictool_pipeline.core.collection.export_file import Copy
from musictool_pipeline.core.discogs.tracklist import Release, expand_release
from musictool_pipeline.core.tables import COLLECTION_CHANGES, COLLECTION_ITEMS
from musictool_pipeline.core.text import printed
from musictool_pipeline.discogs.cache import FETCHED, CachedAnswer, TracklistCache
from musictool_pipeline.errors import UnreadableRelease
from musictool_pipeline.inputs.export_folder import LoadedExport
from musictool_pipeline.tables.fingerprints import fingerprint_of, note, noted
from musictool_pipeline.tables.frames import frame
from musictool_pipeline.tables.generations import Warehouse, sql
from musictool_pipeline.tables.history import CollectionHistory, RecordedChange

if TYPE_CHECKING:
    import pandas as pd

# Part of every fingerprint: raise it when the same input has to give other rows than before.
RECIPE = "2"

CHANGES_FOLDER = "changes"
"""Where the history of the collection is kept, beside the database."""

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


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is: copies, releases, releases by tracklist status, tracks."""

    copies: int
    releases: int
    expanded_releases: int
    unavailable: int
    failed: int
    pending: int
    tracks: int


@dataclass(frozen=True, slots=True)
class Collection:
    """What an export holds: how many copies, the releases in the order of their first lines, and
    the rows that could not be used, each with its line and the reason."""

    copies: int
    release_ids: tuple[int, ...]
    skipped: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class PublishedTables:
    """The published tables, while they are open."""

    connection: duckdb.DuckDBPyConnection

    def ask(self, query: str) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """The columns and rows of a query."""
        cursor = self.connection.execute(query)
        return tuple(column[0] for column in cursor.description or ()), cursor.fetchall()

    def columns(self, table: str) -> list[tuple[str, str]]:
        """Names and types of a table's columns, in their order."""
        described = self.connection.execute(f"DESCRIBE main.{table}").fetchall()
        return [(name, kind) for name, kind, *_ in described]

    def counts(self) -> Counts:
        """How much there is."""
        row = self.connection.execute(sql("counts.sql")).fetchone()
        assert row is not None
        return Counts(*row)

    def collection(self) -> Collection:
        """The collection that the tables were made from."""
        (copies,) = self.connection.execute("SELECT count(*) FROM collection_items").fetchone() or (
            0,
        )
        releases = self.connection.execute(
            "SELECT release_id FROM collection_items GROUP BY release_id ORDER BY min(csv_line)"
        ).fetchall()
        skipped = self.connection.execute(
            "SELECT line, reason FROM pipeline.skipped_rows ORDER BY line"
        ).fetchall()
        return Collection(copies, tuple(rid for (rid,) in releases), tuple(skipped))

    def release_ids(self) -> list[int]:
        """The releases in the collection, in the order in which their first copies were added."""
        rows = self.connection.execute(
            "SELECT release_id FROM releases ORDER BY first_added NULLS LAST, release_id"
        ).fetchall()
        return [release_id for (release_id,) in rows]

    def failed_at(self) -> dict[int, datetime]:
        """When it was that the latest attempt at a release brought nothing."""
        known = _known_failures(self.connection)
        return {release_id: at.replace(tzinfo=UTC) for release_id, (_, at) in known.items()}


class Catalogue:
    """The tables in `warehouse`. Every method may be called at any time, in any order."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse

    def load_collection(self, loaded: LoadedExport) -> bool:
        """collection_items from the export, in place of what was there, and collection_changes with
        what that changed. True where it changed."""
        fingerprint = _fingerprint(loaded.fingerprint)
        with self.warehouse.read(to_build_on=True) as connection:
            if noted(connection, "collection_items") == fingerprint:
                return False
        items = _items(loaded.export.copies)
        skipped = frame([(row.line, row.reason) for row in loaded.export.skipped], _SKIPPED_COLUMNS)

        def change(connection: duckdb.DuckDBPyConnection) -> None:
            connection.execute("DELETE FROM collection_items")
            connection.register("items", items)
            connection.execute("INSERT INTO collection_items BY NAME SELECT * FROM items")
            connection.unregister("items")
            connection.execute("DELETE FROM pipeline.skipped_rows")
            connection.register("skipped", skipped)
            connection.execute("INSERT INTO pipeline.skipped_rows SELECT * FROM skipped")
            connection.unregister("skipped")
            connection.execute("DELETE FROM collection_changes")
            connection.register("changes", changes)
            connection.execute("INSERT INTO collection_changes BY NAME SELECT * FROM changes")
            connection.unregister("changes")
            note(connection, "collection_items", fingerprint)

        with CollectionHistory(self.warehouse.path.with_name(CHANGES_FOLDER)).recording(loaded) as (
            recorded
        ):
            changes = _changes(recorded)
            self.warehouse.publish(change)
        return True

    def build_releases(self) -> bool:
        """releases from collection_items and what is known of the tracklists. True where it
        changed."""
        with self.warehouse.read(to_build_on=True) as connection:
            fingerprint = _fingerprint(
                noted(connection, "collection_items"), _state_of_answers(connection)
            )
            if noted(connection, "releases") == fingerprint:
                return False

        def change(connection: duckdb.DuckDBPyConnection) -> None:
            connection.execute(sql("releases.sql"))
            note(connection, "releases", fingerprint)

        self.warehouse.publish(change)
        return True

    def has_collection(self) -> bool:
        """Whether an export was ever read."""
        with self.warehouse.read(to_build_on=True) as connection:
            return noted(connection, "collection_items") is not None

    @contextmanager
    def published(self) -> Iterator[PublishedTables]:
        """The tables as they are now, for several questions at the cost of one opening. Keep it
        short, and publish nothing meanwhile: see `Warehouse.read`."""
        with self.warehouse.read(to_build_on=True) as connection:
            yield PublishedTables(connection)

    def ask(self, query: str) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """The columns and rows of one query; for several, see `published`."""
        with self.published() as tables:
            return tables.ask(query)

    def collection_of(self, loaded: LoadedExport) -> Collection:
        """What an export holds: as the database has it where it was made from that one, else read.
        Raises NotACollectionExport or DamagedExport."""
        with self.published() as tables:
            if noted(tables.connection, "collection_items") == _fingerprint(loaded.fingerprint):
                return tables.collection()
        copies = loaded.export.copies
        return Collection(
            len(copies),
            tuple(dict.fromkeys(copy.release_id for copy in copies)),
            tuple((row.line, row.reason) for row in loaded.export.skipped),
        )

    def asked_at(self, cache: TracklistCache) -> dict[int, datetime]:
        """When each release that has a sound answer was last asked for.

        Where no file of the cache has moved since the tables were made, they know; else every
        answer is read, and damaged ones are set aside, to be fetched anew.
        """
        with self.warehouse.read(to_build_on=True) as connection:
            if noted(connection, "cache_listing") == fingerprint_of(cache.listing()):
                known = connection.execute(
                    "SELECT release_id, asked_at FROM pipeline.answers"
                ).fetchall()
                # The tables keep an answer whose file is gone; it is to come again all the same.
                there = cache.release_ids()
                return {rid: at.replace(tzinfo=UTC) for rid, at in known if rid in there}
        return {cached.release_id: cached.asked_at for cached in cache.scan()}

    def note_failures(
        self, failed: Mapping[int, str], settled: Iterable[int], at: datetime
    ) -> None:
        """Remembers why releases could not be fetched, and that they were last tried `at` that
        time; forgets it for those settled since."""
        noted_at = at.astimezone(UTC).replace(tzinfo=None)
        new = {release_id: (cause, noted_at) for release_id, cause in failed.items()}
        settled = set(settled)
        with self.warehouse.read(to_build_on=True) as connection:
            if _known_failures(connection) == self._failures_now(connection, new, settled):
                return

        def change(connection: duckdb.DuckDBPyConnection) -> None:
            # Looked up again: another process may have noted its own meanwhile.
            wanted = self._failures_now(connection, new, settled)
            failures = frame(
                [(release_id, *what) for release_id, what in sorted(wanted.items())],
                ["release_id", "cause", "failed_at"],
                failed_at="datetime64[us]",
            )
            connection.execute("DELETE FROM pipeline.failures")
            connection.register("failures_now", failures)
            connection.execute("INSERT INTO pipeline.failures SELECT * FROM failures_now")
            connection.unregister("failures_now")

        self.warehouse.publish(change)

    @staticmethod
    def _failures_now(
        connection: duckdb.DuckDBPyConnection, new: Mapping[int, _Failure], settled: set[int]
    ) -> dict[int, _Failure]:
        known = _known_failures(connection)
        return {rid: what for rid, what in known.items() if rid not in settled} | dict(new)

    def expand(self, cache: TracklistCache) -> ExpansionResult:
        """expanded_tracks, and what releases says of the API, from the cache.

        Only answers that are new or changed are read; the tables themselves are made anew from
        all of them, in one generation. Answers whose file is gone stay until a new one comes.
        """
        with self.warehouse.read(to_build_on=True) as connection:
            known = dict(
                connection.execute("SELECT release_id, checksum FROM pipeline.answers").fetchall()
            )
            collection = noted(connection, "collection_items")
            made_from = noted(connection, "expanded_tracks")
            state = _state_of_answers(connection)
            recipe = noted(connection, "answers")
            listed = noted(connection, "cache_listing")
        # Every file was read, and damage set aside, when the run looked for what is missing. Where
        # nothing has moved since these tables were made, reading all of them again brings nothing.
        listing = fingerprint_of(cache.listing())
        up_to_date = recipe == RECIPE and made_from == _fingerprint(collection, state)
        if up_to_date and listed == listing:
            return ExpansionResult(len(known), 0, {}, published=False)
        if recipe != RECIPE:
            known = {}
        answers = 0
        changed: list[int] = []
        for cached in cache.scan():
            answers += 1
            if known.get(cached.release_id) != cached.checksum:
                changed.append(cached.release_id)
        refused: dict[int, str] = {}
        if up_to_date and not changed:
            # Files were touched, or damaged ones set aside: noted, so that they are read once.
            self.warehouse.publish(lambda connection: note(connection, "cache_listing", listing))
            return ExpansionResult(answers, 0, refused, published=False)

        def change(connection: duckdb.DuckDBPyConnection) -> None:
            for start in range(0, len(changed), BATCH):
                batch = [
                    cached
                    for release_id in changed[start : start + BATCH]
                    if (cached := cache.read(release_id))
                ]
                refused.update(_store_answers(connection, batch))
            note(connection, "answers", RECIPE)
            note(connection, "cache_listing", listing)
            connection.execute(sql("releases.sql"))
            created_at = datetime.now(UTC).replace(tzinfo=None)
            connection.execute(sql("expanded_tracks.sql"), {"created_at": created_at})
            fingerprint = _fingerprint(collection, _state_of_answers(connection))
            note(connection, "releases", fingerprint)
            note(connection, "expanded_tracks", fingerprint)

        self.warehouse.publish(change)
        return ExpansionResult(answers, len(changed), refused, published=True)


def open_catalogue(database: Path) -> Catalogue:
    """The catalogue in that database, which need not exist yet."""
    return Catalogue(Warehouse(database))


def _known_failures(connection: duckdb.DuckDBPyConnection) -> dict[int, _Failure]:
    rows = connection.execute("SELECT release_id, cause, failed_at FROM pipeline.failures")
    return {release_id: (cause, at) for release_id, cause, at in rows.fetchall()}


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

_SKIPPED_COLUMNS = ("line", "reason")

_TRACK_COLUMNS = (
    "release_id", "track_number", "artist", "title", "position", "duration", "duration_seconds",
    "parent_position", "parent_title", "heading", "artist_on_discogs", "remixer",
)  # fmt: skip


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
    return (
        *envelope,
        release.artist,
        release.title,
        release.label,
        release.catalog_number,
        release.format_type,
        release.format_description,
        release.release_year,
        release.country,
        json.dumps(release.genres) if release.genres else None,
        json.dumps(release.styles) if release.styles else None,
        release.master_id,
    )


def _track_rows(release: Release) -> list[tuple[object, ...]]:
    return [
        (
            release.release_id,
            track.number,
            track.artist,
            track.title,
            track.position,
            track.duration,
            track.duration_seconds,
            track.parent_position,
            track.parent_title,
            track.heading,
            track.artist_on_discogs,
            track.remixer,
        )
        for track in release.tracks
    ]


def _items(copies: Iterable[Copy]) -> pd.DataFrame:
    rows = [
        (
            copy.item_id,
            copy.release_id,
            copy.artist,
            copy.title,
            copy.label,
            copy.catalog_number,
            copy.format,
            copy.rating,
            copy.release_year,
            copy.collection_folder,
            copy.date_added,
            copy.media_condition,
            copy.sleeve_condition,
            copy.notes,
            json.dumps(copy.custom_fields, ensure_ascii=False),
            copy.csv_line,
            copy.instance_id,
        )
        for copy in copies
    ]
    return frame(rows, COLLECTION_ITEMS.column_names, instance_id="Int64")


def _changes(recorded: Iterable[RecordedChange]) -> pd.DataFrame:
    rows = [
        (
            number,
            each.changed_at,
            each.change.change,
            each.change.release_id,
            each.change.item_id,
            each.change.artist,
            each.change.title,
            each.change.field,
            each.change.before,
            each.change.after,
            each.export,
        )
        for number, each in enumerate(recorded, start=1)
    ]
    return frame(rows, COLLECTION_CHANGES.column_names)


def _state_of_answers(connection: duckdb.DuckDBPyConnection) -> str:
    """A fingerprint of all answers and failures, whatever their order."""
    (state,) = connection.execute(
        "SELECT (SELECT coalesce(sum(hash(release_id, checksum)), 0) FROM pipeline.answers)"
        " || '/' || (SELECT coalesce(sum(hash(release_id, cause)), 0) FROM pipeline.failures)"
    ).fetchone() or ("",)
    return state


def _fingerprint(*inputs: str | None) -> str:
    return fingerprint_of(RECIPE, *inputs)
