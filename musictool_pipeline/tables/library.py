"""The digital libraries in the database: digital_tracks, kept as the libraries are.

What belongs here: whether a library changed, and bringing its entries into the table, those of one
file as one. Which ones count is decided in `library_folder`, how one is read in `libraries`.
Libraries and audio files are only read.

A failed read is not an empty library: the entries that it had last stay until a read succeeds.
"""

from __future__ import annotations

import contextlib
import json
import logging
import pickle
import tempfile
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, field, replace
from operator import attrgetter
from pathlib import Path
from typing import Self

import duckdb

from musictool_pipeline.core.file_places import file_of
from musictool_pipeline.core.garbage import uncollected
from musictool_pipeline.core.tables import DIGITAL_TRACKS, JOINED_COLUMNS
from musictool_pipeline.disk.files import storage_errors
from musictool_pipeline.errors import SettingsError
from musictool_pipeline.inputs.library_folder import libraries_in_force
from musictool_pipeline.libraries.errors import LibraryError
from musictool_pipeline.libraries.folder import no_audio
from musictool_pipeline.libraries.format import Memo, Options
from musictool_pipeline.libraries.formats import FORMATS
from musictool_pipeline.libraries.known import Known
from musictool_pipeline.libraries.reading import read_entries
from musictool_pipeline.libraries.track import DistinctIds, shown
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.fingerprints import code_of, fingerprint_of, note, noted
from musictool_pipeline.tables.frames import Frame, frame
from musictool_pipeline.tables.generations import Warehouse, sql
from musictool_pipeline.tables.library_state import MEMO_FILE, has_audio, library_state, tag_memo

# Entries brought into a data frame at a time.
BATCH = 5_000

# Of so many entries the files are joined at a time.
PLACES_AT_A_TIME = 5_000

# What DuckDB may use for its part. Five times as many entries need no more.
MEMORY_MEGABYTES = 96

# They import all code by which an entry is read.
READERS = ("libraries", "libraries.reading")

OnProgress = Callable[[Path, int, int], None]
"""Called while a folder is read, with the folder, the files done and the files there are."""

log = logging.getLogger("musictool")


@dataclass(frozen=True, slots=True)
class Library:
    """A library as the database has it.

    `tracks`: its entries, of the last time that it could be read; `error`: why it could not be
    now, and what to do; `problems`: files in it that could not be read, by path, and why.
    """

    path: str
    number: int
    kind: str | None = None
    fingerprint: str | None = None
    tracks: int = 0
    error: str | None = None
    problems: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LoadedLibraries:
    """`read`: how many libraries were new or had changed; `published`: whether the table is new."""

    libraries: tuple[Library, ...]
    read: int
    published: bool


def load_digital_tracks(
    warehouse: Warehouse, settings: Settings, on_progress: OnProgress | None = None
) -> LoadedLibraries:
    """digital_tracks from the libraries in force. Only those that changed are read.

    A library that cannot be read is reported in its `error` and keeps the entries that it had.
    Raises StorageError if the disk is full or read-only.
    """
    while True:
        try:
            return _load(warehouse, settings, on_progress)
        except _Overtaken:
            log.info("The libraries are read again, since another process read them in between.")


class _Overtaken(Exception):
    """Entries that were to be kept are not there any more."""


def _load(
    warehouse: Warehouse, settings: Settings, on_progress: OnProgress | None
) -> LoadedLibraries:
    with warehouse.read(to_build_on=True) as connection:
        known = {library.path: library for library in known_libraries(connection)}
        made_from = noted(connection, "digital_tracks")
    libraries: list[Library] = []
    entries: dict[str, _Entries] = {}
    with contextlib.ExitStack() as held:
        with tag_memo(settings.cache_dir / MEMO_FILE) as memo:
            reader = _Reader(warehouse, settings.cache_dir, memo, on_progress)
            for number, path in enumerate(libraries_in_force(settings)):
                name = shown(str(path))
                before = replace(known.get(name, Library(name, number)), number=number, error=None)
                library, found = reader.read(path, before)
                libraries.append(library)
                if found is not None:
                    entries[name] = held.enter_context(found)
        result = LoadedLibraries(tuple(libraries), len(entries), published=True)
        fingerprint = _fingerprint(libraries, settings.trusted)
        as_before = made_from == fingerprint and libraries == list(known.values())
        if as_before and not entries:
            return replace(result, published=False)

        scratch = held.enter_context(_scratch_folder(settings.cache_dir))

        def change(connection: duckdb.DuckDBPyConnection) -> None:
            _keep_small(connection, scratch)
            _store(connection, libraries, entries)
            _join(connection, trusted_kinds(settings.trusted))
            note(connection, "digital_tracks", fingerprint)

        # By itself, for the settings of `_keep_small`.
        warehouse.publish(change, alone=True)
    return result


def _fingerprint(libraries: list[Library], trusted: tuple[str, ...]) -> str:
    made_from = [(library.path, library.fingerprint) for library in libraries]
    code = code_of(
        "tables/sql/file_entries.sql",
        "tables/sql/digital_tracks.sql",
        "tables/sql/joined_files.sql",
    )
    return fingerprint_of(made_from, trusted, code)


def trusted_kinds(names: Iterable[str]) -> list[str]:
    """The kinds of libraries that the names of MUSICTOOL_TRUST mean, in their order; `rekordbox`
    means all of Rekordbox's. Raises SettingsError if a name means none."""
    kinds = [format.kind for format in FORMATS]
    found: list[str] = []
    for name in names:
        of_program = [kind for kind in kinds if kind == name or kind.startswith(f"{name}_")]
        if not of_program:
            raise SettingsError(
                f"MUSICTOOL_TRUST names {name!r}, which is no kind of library",
                f"Correct it; there are: {', '.join(kinds)}.",
            )
        found += of_program
    return list(dict.fromkeys(found))


def known_libraries(connection: duckdb.DuckDBPyConnection) -> tuple[Library, ...]:
    """The libraries that digital_tracks was last made from."""
    rows = sql.rows(connection, "known_libraries.sql")
    return tuple(Library(*row[:-1], problems=json.loads(row[-1])) for row in rows)


# --- Reading ----------------------------------------------------------------------------------


class _Reader:
    """Reads one library after the other, if it changed."""

    def __init__(
        self, warehouse: Warehouse, cache_dir: Path, memo: Memo, on_progress: OnProgress | None
    ) -> None:
        self._warehouse = warehouse
        self._scratch = cache_dir
        self._memo = memo
        self._on_progress = on_progress

    def read(self, path: Path, before: Library) -> tuple[Library, _Entries | None]:
        """The library as it is now, and its entries; None if they are those of before."""
        try:
            kind, fingerprint = library_state(path)
            if has_audio(before.kind) and not has_audio(kind):
                raise no_audio(path)
            if fingerprint == before.fingerprint and not before.problems:
                return before, None
            library, entries = self._entries(
                path, replace(before, kind=kind, fingerprint=fingerprint)
            )
            if library != before:
                return library, entries
            entries.close()
            return library, None
        except LibraryError as error:
            log.warning("%s", error)
            return replace(before, error=error.explained()), None

    @uncollected()
    def _entries(self, path: Path, library: Library) -> tuple[Library, _Entries]:
        problems: dict[str, str] = {}
        report = self._on_progress

        def on_progress(done: int, total: int) -> None:
            if report:
                report(path, done, total)

        with storage_errors(self._scratch):
            self._scratch.mkdir(exist_ok=True)
        found = read_entries(
            path,
            self._known(library.path),
            Options(self._scratch, self._memo, on_progress, problems.__setitem__),
        )
        with contextlib.ExitStack() as undone:
            entries = undone.enter_context(_Entries(self._scratch))
            for mark, was, track in found:
                if track is None:
                    entries.keep(mark, was)
                else:
                    file = file_of(track.path) if track.path else None
                    entries.add((library.path, entries.count + 1, file, mark, *_FIELDS(track)))
            undone.pop_all()
        for name, reason in problems.items():
            log.warning("%s: %s", name, reason)
        return replace(library, tracks=entries.count, problems=problems), entries

    def _known(self, library: str) -> Known:
        with self._warehouse.read(to_build_on=True) as connection:
            marks = sql.rows(connection, "known_entries.sql", library=library)
        return Known(dict(marks), code_of(*READERS, rooms=("core", "libraries")))


class _Entries:
    """The entries of one library. Those that are new or changed are on the disk until all
    libraries were read and they are stored: in memory they would take as much as the library
    itself. The file has no name, and goes with the process. Of the others there are their numbers,
    marks, and the numbers that they had."""

    def __init__(self, folder: Path) -> None:
        self.count = 0
        self._kept = array("q"), array("q"), array("q")
        self._folder = folder
        self._rows: list[tuple[object, ...]] = []
        with storage_errors(folder):
            self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()

    def add(self, row: tuple[object, ...]) -> None:
        self.count += 1
        self._rows.append(row)
        if len(self._rows) == BATCH:
            self._put_away()

    def keep(self, mark: int | None, was: int | None) -> None:
        self.count += 1
        for column, value in zip(self._kept, (self.count, mark, was), strict=True):
            column.append(value or 0)

    def kept(self) -> Frame:
        """The entries that stay as they were."""
        import numpy as np

        columns = (np.array(column, np.int64) for column in self._kept)
        return dict(zip(("number", "mark", "was"), columns, strict=True))

    def _put_away(self) -> None:
        with storage_errors(self._folder):
            pickle.dump(self._rows, self._file)
        self._rows = []

    def frames(self) -> Iterator[Frame]:
        """All entries, a batch at a time."""
        self._put_away()
        with storage_errors(self._folder):
            end = self._file.tell()
            self._file.seek(0)
            while self._file.tell() < end:
                rows = pickle.load(self._file)
                yield frame(rows, _ENTRY_COLUMNS, mark="Int64", imported_at="datetime64[us]")


_OF_A_TRACK = tuple(name for name in DIGITAL_TRACKS.column_names if name not in JOINED_COLUMNS)
_FIELDS = attrgetter(*_OF_A_TRACK)
_ENTRY_COLUMNS = ("library", "number", "file", "mark", *_OF_A_TRACK)


# --- Storing ----------------------------------------------------------------------------------


@contextlib.contextmanager
def _scratch_folder(folder: Path) -> Iterator[str]:
    with storage_errors(folder):
        folder.mkdir(exist_ok=True)
        scratch = tempfile.TemporaryDirectory(
            prefix="libraries-", dir=folder, ignore_cleanup_errors=True
        )
    with scratch as name:
        yield name


def _keep_small(connection: duckdb.DuckDBPyConnection, scratch: str) -> None:
    """Has DuckDB put away in `scratch` what it cannot write yet. It would keep a transaction of a
    quarter of a million entries in memory, some 270 MB, which a small server does not have."""
    connection.execute("SET temp_directory = $scratch", {"scratch": scratch})
    connection.execute(f"SET memory_limit = '{MEMORY_MEGABYTES}MB'")


def _store(
    connection: duckdb.DuckDBPyConnection,
    libraries: list[Library],
    entries: Mapping[str, _Entries],
) -> None:
    rows = [(*it[:-1], json.dumps(it[-1], ensure_ascii=False)) for it in map(astuple, libraries)]
    connection.execute(sql("forget_libraries.sql"))
    if rows:
        connection.executemany(sql("store_library.sql"), rows)
    connection.execute(sql("forget_entries.sql"))
    for library, of_library in entries.items():
        _keep(connection, library, of_library.kept())
        for part in of_library.frames():
            _insert(connection, part)


def _keep(connection: duckdb.DuckDBPyConnection, library: str, kept: Frame) -> None:
    """Of that library these entries alone, under their new numbers."""
    connection.register("kept", kept)
    connection.execute(sql("keep_entries.sql"), {"library": library})
    if (kept["number"] != kept["was"]).any():
        connection.execute(sql("renumber_entries.sql"), {"library": library})
    connection.unregister("kept")
    counted = sql.row(connection, "entries_of.sql", library=library)
    if counted != (len(kept["number"]),):
        raise _Overtaken


def _insert(connection: duckdb.DuckDBPyConnection, part: Frame) -> None:
    # DuckDB finds `part` itself: of a registered name it keeps what it stood for until the
    # transaction ends.
    connection.execute("INSERT INTO pipeline.library_tracks BY NAME SELECT * FROM part")


def _join(connection: duckdb.DuckDBPyConnection, trusted: list[str]) -> None:
    """digital_tracks from the entries."""
    connection.execute(sql("file_entries.sql"), {"trusted": trusted})
    connection.register("renamed", _renamed(connection))
    connection.execute(sql("digital_tracks.sql"))
    connection.unregister("renamed")
    (last,) = sql.row(connection, "last_shared.sql") or (None,)
    for start in range(1, (last or 0) + 1, PLACES_AT_A_TIME):
        part = {"start": start, "stop": start + PLACES_AT_A_TIME}
        connection.execute(sql("joined_files.sql"), part)
    connection.execute(sql("drop_entries.sql"))


def _renamed(connection: duckdb.DuckDBPyConnection) -> Frame:
    """Ids for the files that bear one that another bears before them, by their places."""
    alike = sql.rows(connection, "entries_of_one_id.sql")
    ids = DistinctIds()
    rows = [(place, ids.distinct(digital_id)) for place, digital_id in alike]
    return frame(rows, ("place", "digital_id"), place="int64", digital_id="str")
