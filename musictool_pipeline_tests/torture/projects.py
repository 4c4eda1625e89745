"""Projects to be tortured, and looking at what is left of them.

What belongs here: making a project with an export, running commands in it, and questions that
several tortures ask: what is in the tables, in the cache, in Dagster's books.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from musictool_pipeline_tests.app.conftest import Project
from musictool_pipeline_tests.libraries.written_libraries import entry, location, nml
from musictool_pipeline_tests.preloaded import Command, Preloaded
from musictool_pipeline_tests.sample_data import LargeCollection, large_collection
from musictool_pipeline_tests.torture.traps import Trap

EXPORT_NAME = "collector-collection-20260101-1200.csv"

VOLATILE = frozenset({"fetched_at", "expanded_date", "created_at", "requests"})
"""Columns that say when and how, not what: two sound runs differ in them."""

UNDER_WAY = {"STARTED", "STARTING", "NOT_STARTED", "CANCELING", "QUEUED"}


@dataclass(frozen=True)
class Tortured(Project):
    """A project whose commands are started by a preloaded process, with traps."""

    def start(
        self,
        *argv: str,
        settings: Mapping[str, str] | None = None,
        trap: Trap | None = None,
    ) -> Command:
        """A command under way, in a process group of its own."""
        assert self.preloaded
        return self.preloaded.start(
            *argv, environment=self.environment(settings), folder=self.home, trap=trap
        )

    def refresh(
        self,
        *flags: str,
        settings: Mapping[str, str] | None = None,
        trap: Trap | None = None,
        seconds: float = 300.0,
    ) -> Command:
        """A refresh from its beginning to its end; RuntimeError where it comes to none."""
        command = self.start("refresh", *flags, settings=settings, trap=trap)
        if command.wait(seconds) is None:
            command.kill()
            raise RuntimeError(f"no end within {seconds:.0f} s: {command.said()[-500:]}")
        return command

    def put_export(self, content: bytes, name: str = EXPORT_NAME) -> None:
        """The export, as a browser leaves it there: whole at once."""
        part = self.folder / "tmp" / name
        part.write_bytes(content)
        part.replace(self.data / name)

    def put_library(self, content: bytes) -> None:
        """A Traktor collection, beside the export."""
        (self.data / "collection.nml").write_bytes(content)

    def answers(self) -> dict[int, bytes]:
        """The cached answers, byte for byte, of every file that is sound."""
        from musictool_pipeline.discogs.cache import TracklistCache

        return {kept.release_id: kept.answer for kept in TracklistCache(self.data / "cache").look()}

    def what_tables_say(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every published table but for its volatile columns."""
        return what_tables_say(self.database)

    def partitions_in_progress(self) -> set[str]:
        """The releases that Dagster takes to be on their way."""
        from dagster import AssetKey, DynamicPartitionsDefinition
        from dagster._core.storage.partition_status_cache import (
            get_and_update_asset_status_cache_value,
        )

        key = AssetKey("discogs_tracklists")
        definition = DynamicPartitionsDefinition(name="discogs_release_id")
        with self.instance() as instance:
            status = get_and_update_asset_status_cache_value(instance, key, definition)
            if status is None:
                return set()
            subset = status.deserialize_in_progress_partition_subsets(definition)
            return set(subset.get_partition_keys()) if subset else set()


def what_tables_say(database: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every table of a database but for its volatile columns, in an order of its own."""
    with duckdb.connect(str(database), read_only=True) as connection:
        found: dict[str, list[tuple[Any, ...]]] = {}
        for (table,) in connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main' ORDER BY ALL"
        ).fetchall():
            columns = [
                name
                for (name,) in connection.execute(
                    "SELECT column_name FROM duckdb_columns() WHERE schema_name = 'main' "
                    "AND table_name = ? ORDER BY column_index",
                    [table],
                ).fetchall()
                if name not in VOLATILE
            ]
            listed = ", ".join(f'"{name}"' for name in columns)
            found[table] = connection.execute(
                f'SELECT {listed} FROM main."{table}" ORDER BY ALL'
            ).fetchall()
        return found


def made_project(
    folder: Path, preloaded: Preloaded, api_url: str, export: bytes, library: bytes = b""
) -> Tortured:
    """A project that was never refreshed, with a Traktor collection if one is given."""
    project = Tortured(folder, api_url, preloaded)
    for made in (project.data, project.home, project.dagster_home, project.folder / "tmp"):
        made.mkdir(parents=True)
    (project.dagster_home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    project.put_export(export)
    if library:
        project.put_library(library)
    return project


def library_of(answers: Iterable[bytes]) -> bytes:
    """A Traktor collection of the first two tracks of each release, by way of their names: so the
    tables of what is owned and what is missing have something to say."""
    entries: list[str] = []
    for answer in answers:
        release = json.loads(answer)
        for number, track in enumerate(release["tracklist"][:2]):
            artist = (track.get("artists") or release["artists"] or [{"name": ""}])[0]["name"]
            place = location(file=f"{release['id']}-{number}.mp3")
            entries.append(entry(place, TITLE=track.get("title", ""), ARTIST=artist))
    return nml(*entries).encode()


def collection(releases: int, seed: int) -> LargeCollection:
    """An invented collection of that many releases."""
    return large_collection(releases, seed)


@dataclass
class Reader(threading.Thread):
    """Opens the published database again and again, as a dashboard does, and checks that it agrees
    with itself: no track without its release, none twice, none lost since the last look. Once it
    was there it has to be there at every look."""

    database: Path
    reads: int = 0
    failures: list[str] = field(default_factory=list)
    _stop_reading: threading.Event = field(default_factory=threading.Event)

    __hash__ = threading.Thread.__hash__

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def run(self) -> None:
        most, was_there = 0, False
        while not self._stop_reading.wait(0.05):
            if not self.database.exists():
                if was_there:
                    self.failures.append("the database has vanished")
                continue
            was_there = True
            try:
                tracks, twice, strays = _look(self.database)
            except Exception as error:  # or the thread would end, and with it all complaints
                self.failures.append(f"{type(error).__name__}: {error}")
                continue
            self.reads += 1
            if twice or strays:
                self.failures.append(f"{twice} tracks twice, {strays} without their release")
            if tracks < most:
                self.failures.append(f"{most} tracks became {tracks}")
            most = max(most, tracks)

    def stop(self) -> None:
        self._stop_reading.set()
        self.join(30)


def _look(database: Path) -> tuple[int, int, int]:
    with duckdb.connect(str(database), read_only=True) as connection:
        row = connection.execute(
            """
            SELECT count(*),
                   count(*) - count(DISTINCT (discogs_release_id, track_number)),
                   count(*) FILTER (
                       WHERE discogs_release_id NOT IN (
                           SELECT release_id FROM releases WHERE tracklist_status = 'fetched'))
            FROM expanded_tracks
            """
        ).fetchone()
    assert row is not None
    return row


@contextmanager
def reading(database: Path) -> Iterator[Reader]:
    """A reader that polls as long as the block lasts."""
    reader = Reader(database)
    reader.start()
    try:
        yield reader
    finally:
        reader.stop()


def phantom_runs(project: Project) -> list[str]:
    """Runs that Dagster takes to be under way, though nobody is at them any more."""
    return [status for status in project.run_statuses() if status in UNDER_WAY]


def differing(tables: Mapping[str, list[Any]], others: Mapping[str, list[Any]]) -> list[str]:
    """The names of the tables that differ."""
    names = sorted({*tables, *others})
    return [name for name in names if tables.get(name) != others.get(name)]


def wait_for(is_so: Callable[[], object], seconds: float) -> bool:
    """Whether it came about within that time."""
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def right_answer(answers: Mapping[int, bytes], expected: Callable[[int], bytes]) -> Iterable[int]:
    """The releases whose cached answer says another thing than the server has."""
    return [
        release_id
        for release_id, answer in answers.items()
        if json.loads(answer) != json.loads(expected(release_id))
    ]
