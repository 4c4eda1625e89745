"""The published database: always complete, always readable, never locked.

What belongs here: opening it to read, and publishing a new generation of it. What its tables hold
is decided in the module of each subject.

In DuckDB one writer shuts out every other process, and one reader shuts out the writer. So no
process ever opens the published file for writing: a writer copies it, changes the copy in a
transaction, and replaces the file by the copy. Readers that are already open keep seeing the
generation that they opened.

Another program may write to the file all the same. A small seal beside it says how each generation
was left, and one that is otherwise now is not built upon: its rows could be anything.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import json
import logging
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import duckdb

from musictool_pipeline.core.tables import TABLES, VIEWS
from musictool_pipeline.disk.files import (
    TEMPORARY_SUFFIX,
    content_of,
    replace,
    storage_errors,
    sweep_temporaries,
    sync_file,
    write_atomically,
)
from musictool_pipeline.disk.interrupts import interrupts_wait
from musictool_pipeline.disk.locks import locked
from musictool_pipeline.disk.statements import Statements
from musictool_pipeline.errors import StorageError
from musictool_pipeline.tables.attached import MEMORY, attached
from musictool_pipeline.tables.fingerprints import fingerprint_of, note, noted

T = TypeVar("T")
Opened = Callable[[Path], contextlib.AbstractContextManager[duckdb.DuckDBPyConnection]]

log = logging.getLogger("musictool")

# If the disk fills up during a change, DuckDB raises an IOException; at COMMIT it raises a
# TransactionException, and after that it refuses the database with a FatalException.
_DISK_ERRORS = (
    duckdb.IOException,
    duckdb.OutOfMemoryException,
    duckdb.TransactionException,
    duckdb.FatalException,
)


sql = Statements("tables")

_known: dict[Path, tuple[list[int] | None, str]] = {}
"""The latest generation of each database that was found to be ours, and of which form it is."""

STORAGE_VERSION: Final = "v1.0.0"
"""The form of the file: DuckDB 1.0 and all later ones open it, where the newest form would shut out
every program that comes with a DuckDB before 2.0."""


@dataclass(frozen=True, slots=True)
class _Statements:
    """What makes and describes the tables, what makes them without a description, and what tells
    these statements from others: `form` those of other tables, `text` any others."""

    prepare: str
    empty: str
    form: str
    text: str


@functools.cache
def _made_by(also: str) -> _Statements:
    """Put together once: a refresh opens the tables some twenty times."""
    tables = "".join(table.ddl for table in TABLES)
    views = "".join(view.ddl_of(sql(f"{view.name}.sql")) for view in VIEWS)
    prepare = sql("pipeline.sql") + tables + views + also
    return _Statements(
        prepare,
        re.sub(r"(?m)^COMMENT .*$", "", prepare),
        _form(prepare),
        fingerprint_of(prepare),
    )


class Warehouse:
    """The database at `path`, which need not exist yet; `also` makes further tables in it."""

    def __init__(self, path: Path, also: str = "") -> None:
        self.path = path
        self._made_by = _made_by(also)

    @contextlib.contextmanager
    def read(
        self, *, to_build_on: bool = False, alone: bool = False
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        """The latest generation, read-only. The tables are empty if there is none, or if another
        version made it. If another program wrote to the file, or if it was copied here, they are
        empty with `to_build_on`; a reader that only shows them sees the rows. The next `publish`
        puts such files aside.

        Keep it short: within one process a later generation is only seen after the connection
        is closed, and Ctrl-C waits for that. If another program has the file open for writing, a
        copy is read. `alone`: in a DuckDB of its own, for a reader that changes its settings.
        """
        opened = _alone if alone else attached
        generation = _identity(self.path)
        with interrupts_wait(), contextlib.ExitStack() as held:
            connection = (
                self._connect_to_read(held, opened)
                if not to_build_on or self._is_sealed()
                else None
            )
            if connection is None or not self._is_known(generation, connection):
                connection = held.enter_context(opened(MEMORY))
                connection.execute(self._made_by.empty)
            yield connection

    def publish(
        self, change: Callable[[duckdb.DuckDBPyConnection], T], *, alone: bool = False
    ) -> T:
        """Makes a new generation with `change` applied in one transaction, and gives what
        `change` gave. One writer at a time; a second one waits. `alone`: see `read`.

        Raises StorageError if the disk is full or read-only, or the folder is not there. If
        anything fails, the process's death included, the published generation stays as it was.
        """
        with locked(self.path), interrupts_wait():
            self._remove_left_over_copies()
            with self._workshop() as folder:
                copy = folder / self.path.name
                self._copy_to(copy)
                result = self._change(copy, change, alone)
                with storage_errors(self.path):
                    sync_file(copy)
                    self._write_seal(copy)
                    replace(copy, self.path)
                return result

    def sweep(self) -> None:
        """Removes what writers that were killed left behind, also if there is nothing to publish.
        Waits for a writer that is at work. Raises StorageError."""
        with locked(self.path), interrupts_wait():
            self._remove_left_over_copies()
            sweep_temporaries(self.path.parent)

    @contextlib.contextmanager
    def _workshop(self) -> Iterator[Path]:
        """A folder for a copy of the database, that no other user can write to: DuckDB
        follows a link that lies where it puts the file, or the log beside it."""
        with storage_errors(self.path):
            folder = tempfile.mkdtemp(TEMPORARY_SUFFIX, f".{self.path.name}.", self.path.parent)
        try:
            yield Path(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @property
    def _seal(self) -> Path:
        return self.path.with_name(f".{self.path.name}.seal")

    def _write_seal(self, copy: Path) -> None:
        """Notes the present generation and the next one. If the process dies before or after the
        exchange, the file that is there is known as ours."""
        states = [_state(copy)]
        if self.path.exists() and self._is_sealed():
            states.append(_state(self.path))
        write_atomically(self._seal, json.dumps(states).encode(), durable=False)

    def _is_sealed(self) -> bool:
        """Whether the published file is as it was left. Without a seal it counts as such: older
        versions made none."""
        while True:
            before = _identity(self.path)
            try:
                known = json.loads(content_of(self._seal))
                is_sealed = any(_is_same(state, _state(self.path)) for state in known)
            except (OSError, ValueError, TypeError):
                return True
            # A seal that was read just before the next exchange knows nothing of that generation.
            if is_sealed or _identity(self.path) == before:
                return is_sealed

    def _connect_to_read(
        self, held: contextlib.ExitStack, opened: Opened
    ) -> duckdb.DuckDBPyConnection | None:
        if self._stands_in_the_way():
            return None
        try:
            return self._open_one_generation(held, opened)
        except duckdb.Error:
            if not self.path.exists():
                return None
            try:
                copy = held.enter_context(self._workshop()) / self.path.name
                shutil.copyfile(self.path, copy)
                return held.enter_context(opened(copy))
            except (duckdb.Error, OSError, StorageError):
                return None

    def _stands_in_the_way(self) -> str:
        """What is wrong if something other than a regular file has the database's name; "" if
        nothing is. DuckDB would wait at a pipe, and read a device without end."""
        try:
            is_file = stat.S_ISREG(self.path.stat().st_mode)
        except OSError as error:  # a missing file is no obstacle
            is_file = error.errno != errno.ELOOP
        return "" if is_file else "it is no regular file"

    def _open_one_generation(
        self, held: contextlib.ExitStack, opened: Opened
    ) -> duckdb.DuckDBPyConnection:
        """DuckDB 2.0 opens a file three times, for its kind, its header and its blocks (seen with
        strace). If the file is replaced in between, DuckDB reads the old header with the new
        blocks."""
        while True:
            before = _identity(self.path)
            if _log_file(self.path).exists():
                raise duckdb.IOException("another program's log, which would be read with it")
            with contextlib.ExitStack() as attempt:
                connection = attempt.enter_context(opened(self.path))
                if _identity(self.path) == before:
                    held.enter_context(attempt.pop_all())
                    return connection

    def _change(
        self, copy: Path, change: Callable[[duckdb.DuckDBPyConnection], T], alone: bool
    ) -> T:
        opened = _to_write_alone if alone else self._to_write
        try:
            with contextlib.ExitStack() as held:
                connection = self._open(held, copy, opened)
                text = self._made_by.text
                is_prepared = self._is_ours(connection) and noted(connection, "text") == text
                connection.begin()
                if not is_prepared:  # it takes longer than most changes
                    self._prepare_tables(connection)
                result = change(connection)
                connection.commit()
                connection.checkpoint()
                return result
        except _DISK_ERRORS as error:
            # DuckDB puts a trace of its own calls below some messages.
            reason = str(error).partition("\n")[0]
            raise StorageError(f"{self.path} cannot be written: {reason}") from error

    def _prepare_tables(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Makes the tables that are not there, and describes all."""
        connection.execute(self._made_by.prepare)
        note(connection, "form", self._made_by.form)
        note(connection, "text", self._made_by.text)

    def _copy_to(self, copy: Path) -> None:
        if reason := self._stands_in_the_way():
            self._put_aside(reason)
        if not self.path.exists():
            return
        with storage_errors(copy):
            shutil.copyfile(self.path, copy)

    def _open(
        self, held: contextlib.ExitStack, copy: Path, opened: Opened
    ) -> duckdb.DuckDBPyConnection:
        """The copy, opened. One that is no database, or that another version or another program
        made, is put aside: all of it can be made again from the export and the cache."""
        is_new = not copy.exists()
        try:
            with contextlib.ExitStack() as attempt:
                connection = attempt.enter_context(opened(copy))
                is_sealed = self._is_sealed()
                if is_new or (is_sealed and self._is_ours(connection)):
                    held.enter_context(attempt.pop_all())
                    return connection
            reason = "another version or another program made it"
            if not is_sealed:
                reason = "another program wrote to it"
        except duckdb.Error as error:
            if is_new:
                raise
            reason = str(error).partition("\n")[0]
        self._put_aside(reason)
        copy.unlink(missing_ok=True)
        _log_file(copy).unlink(missing_ok=True)
        return held.enter_context(opened(copy))

    def _to_write(self, copy: Path) -> contextlib.AbstractContextManager[duckdb.DuckDBPyConnection]:
        return attached(copy, STORAGE_VERSION, beside=self.path)

    def _put_aside(self, reason: str) -> None:
        aside = self.path.with_name(f"{self.path.name}.aside-{time.time_ns()}")
        with storage_errors(aside):
            self.path.rename(aside)
        log.warning("%s is made again, the old one is kept as %s (%s)", self.path, aside, reason)

    def _is_known(
        self, generation: list[int] | None, connection: duckdb.DuckDBPyConnection
    ) -> bool:
        """As `_is_ours`, asked once of each generation: a refresh reads it some ten times."""
        known = (generation, self._made_by.form)
        if generation and generation == _identity(self.path) and _known.get(self.path) == known:
            return True
        is_ours = self._is_ours(connection)
        if is_ours and generation == _identity(self.path):
            _known[self.path] = known
        return is_ours

    def _is_ours(self, connection: duckdb.DuckDBPyConnection) -> bool:
        try:
            return noted(connection, "form") == self._made_by.form and _is_in_our_form(connection)
        except duckdb.Error:
            return False

    def _remove_left_over_copies(self) -> None:
        """Of writers that were killed; the lock is ours, so no writer uses one. Readers' copies
        are theirs for a moment only, and an open file outlives its name."""
        for left_over in self.path.parent.glob(f".{self.path.name}.*.tmp*"):
            if left_over.is_dir() and not left_over.is_symlink():
                shutil.rmtree(left_over, ignore_errors=True)
            else:
                left_over.unlink(missing_ok=True)
        # Our own generations never have one: another program wrote to the file. Beside the next
        # generation its log would be taken for that one's.
        _log_file(self.path).unlink(missing_ok=True)


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """As `attached`, in a DuckDB that is started for it."""
    with contextlib.closing(duckdb.connect(str(path), read_only=path != MEMORY)) as connection:
        yield connection


def _to_write_alone(copy: Path) -> contextlib.closing[duckdb.DuckDBPyConnection]:
    return contextlib.closing(
        duckdb.connect(str(copy), config={"storage_compatibility_version": STORAGE_VERSION})
    )


def _is_in_our_form(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the file has STORAGE_VERSION, which stays with a file for good."""
    _, form = sql.row(connection, "opened_file.sql") or (False, None)
    return form == f"{STORAGE_VERSION}+"


def _identity(path: Path) -> list[int] | None:
    """Which generation is there; None if there is none."""
    try:
        return [path.stat().st_ino, *_state(path)]
    except OSError:
        return None


def _state(path: Path) -> list[int]:
    found = path.stat()
    return [found.st_size, found.st_mtime_ns]


def _is_same(noted: list[int], now: list[int]) -> bool:
    """Whether it is the same state, on a disk that may keep times in coarser steps than noted."""
    (size, time_ns), (size_now, time_ns_now) = noted, now
    steps = (1, 10**7, 10**9, 2 * 10**9)
    return size == size_now and any(time_ns // step * step == time_ns_now for step in steps)


def _form(prepare: str) -> str:
    """What tells databases of different table definitions apart; comments do not."""
    statements = re.sub(r"(?m)^COMMENT .*$|--.*$", "", prepare)
    return hashlib.sha256(" ".join(statements.split()).encode()).hexdigest()


def _log_file(database: Path) -> Path:
    return database.with_name(f"{database.name}.wal")
