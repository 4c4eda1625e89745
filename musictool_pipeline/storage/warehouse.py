"""The published database: always complete, always readable, never locked.

What belongs here: opening it to read, and publishing a new generation of it. What its tables hold
stands in `storage.catalogue`.

In DuckDB one writer shuts out every other process, and one reader shuts out the writer. So nobody
ever opens the published file for writing: a writer copies it, changes the copy in a transaction,
and puts the copy in its place. Who reads meanwhile keeps the generation that he opened.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import duckdb
from filelock import FileLock

from musictool_pipeline.core.tables import TABLES
from musictool_pipeline.errors import StorageError
from musictool_pipeline.storage.files import replace, storage_errors, sync_file, temporary_beside

T = TypeVar("T")

log = logging.getLogger("musictool")


class Warehouse:
    """The database at `path`; `prepare` makes what tables a new generation needs."""

    def __init__(self, path: Path, prepare: str = "") -> None:
        self.path = path
        self._prepare = "".join(table.ddl for table in TABLES) + prepare

    @contextlib.contextmanager
    def read(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The latest generation, read-only; an empty one where there is none yet.

        Keep it short: within one process a later generation is only seen after the connection
        is closed.
        """
        try:
            connection = duckdb.connect(str(self.path), read_only=True)
        except duckdb.IOException as error:
            if self.path.exists():
                raise StorageError(f"{self.path} cannot be read: {error}") from None
            connection = duckdb.connect(":memory:")
            connection.execute(self._prepare)
        with contextlib.closing(connection):
            yield connection

    def publish(self, change: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        """Makes a new generation with `change` applied in one transaction, and gives what
        `change` gave. One writer at a time; a second one waits.

        Raises StorageError where the disk is full or read-only. If anything fails, the process's
        death included, the published generation stays as it was.
        """
        with storage_errors(self.path.parent):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.path.with_name(f".{self.path.name}.lock"))
            lock.acquire()
        copy = temporary_beside(self.path)
        try:
            self._remove_left_over_copies()
            self._copy_to(copy)
            with storage_errors(self.path):
                result = self._change(copy, change)
                sync_file(copy)
                replace(copy, self.path)
            return result
        finally:
            copy.unlink(missing_ok=True)
            _log_file(copy).unlink(missing_ok=True)
            lock.release()

    def _change(self, copy: Path, change: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        try:
            with contextlib.closing(self._open(copy)) as connection:
                connection.execute("BEGIN")
                connection.execute(self._prepare)
                result = change(connection)
                connection.execute("COMMIT")
                connection.execute("CHECKPOINT")
                return result
        except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
            raise StorageError(f"{self.path} cannot be written: {error}") from error

    def _copy_to(self, copy: Path) -> None:
        if not self.path.exists():
            return
        with storage_errors(copy):
            shutil.copyfile(self.path, copy)

    def _open(self, copy: Path) -> duckdb.DuckDBPyConnection:
        """The copy, opened. A file that is no database any more (half written by another program)
        is put aside: all of it can be made again from the export and the cache."""
        try:
            return duckdb.connect(str(copy))
        except (duckdb.IOException, duckdb.SerializationException, duckdb.FatalException) as error:
            if not self.path.exists():
                raise
            aside = self.path.with_name(f"{self.path.name}.damaged-{time.time_ns()}")
            self.path.rename(aside)
            copy.unlink(missing_ok=True)
            log.warning("%s was no readable database (%s): kept as %s", self.path, error, aside)
            return duckdb.connect(str(copy))

    def _remove_left_over_copies(self) -> None:
        """Of writers that were killed; the lock is ours, so nobody is using one."""
        for left_over in self.path.parent.glob(f".{self.path.name}.*.tmp*"):
            left_over.unlink(missing_ok=True)
        # Our own generations never have one: another program wrote to the file. Beside the next
        # generation its log would be taken for that one's.
        _log_file(self.path).unlink(missing_ok=True)


def _log_file(database: Path) -> Path:
    return database.with_name(f"{database.name}.wal")
