"""One DuckDB in this process, to which database files are attached while they are read or made.

What belongs here: attaching a file and letting it go. To start a DuckDB takes 17 ms and to attach a
file to one that runs takes 1 ms; a refresh opens its database two dozen times. Which file is
opened, and whether it is ours, is decided in `tables.generations`.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import duckdb

MEMORY: Final = Path(":memory:")
"""An empty database of its own, for each that asks for it."""

_BROKEN: Final = (duckdb.FatalException, duckdb.InternalException)
"""After these a DuckDB answers nothing more."""


class _Engine:
    """The DuckDB that runs, and the files that are attached to it."""

    def __init__(self) -> None:
        self.connection = duckdb.connect(":memory:")
        self._attached: dict[str, tuple[str, int]] = {}
        self._number = 0
        self._spilled_beside = MEMORY

    @property
    def is_read(self) -> bool:
        """True if a file is attached."""
        return bool(self._attached)

    def attach(self, path: Path, written_as: str, beside: Path) -> tuple[str, str]:
        """What to give to `detach`, and the name of the database. A file that is attached already
        is not opened again: DuckDB refuses the same file twice."""
        self._number += 1
        name = f"generation_{self._number}"
        key = str(path) if path != MEMORY else name
        name, readers = self._attached.get(key, (name, 0))
        if not readers:
            self._spill_beside(beside)
            kept = f"STORAGE_VERSION '{written_as}'" if written_as else "READ_ONLY"
            options = f" (TYPE duckdb, {kept})" if path != MEMORY else ""
            self.connection.execute(f"ATTACH {_quoted(path)} AS {name}{options}")
        self._attached[key] = name, readers + 1
        return key, name

    def detach(self, key: str) -> None:
        """The last reader of a file lets it go."""
        name, readers = self._attached.pop(key)
        if readers > 1:
            self._attached[key] = name, readers - 1
        else:
            self.connection.execute(f"DETACH {name}")

    def _spill_beside(self, path: Path) -> None:
        """What does not fit into memory goes where DuckDB would put it if it opened this file
        alone, and not into the current folder."""
        if path not in (MEMORY, self._spilled_beside) and not self._attached:
            with contextlib.suppress(duckdb.Error):  # once it was used it stays
                self.connection.execute(f"SET temp_directory = {_quoted(f'{path}.tmp')}")
                self._spilled_beside = path


_lock = threading.Lock()
_engine: _Engine | None = None
_of_the_parent: list[_Engine | None] = []


@contextlib.contextmanager
def attached(
    path: Path, form: str = "", beside: Path | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads the database at `path`, or an empty one in MEMORY to write to. With a
    `form` of DuckDB's the file is made in it if it is not there, and written to; what does not fit
    into memory goes `beside` another file then, since this one's folder may go.

    Its threads are this process's, and so are its settings: change none. Raises duckdb.Error if the
    file is no database.
    """
    global _engine
    with _lock:
        engine = _engine = _engine or _Engine()
        with _given_up_if_broken(engine):
            key, name = engine.attach(path, form, beside or path)
            connection = engine.connection.cursor()
    try:
        with _given_up_if_broken(engine):
            connection.execute(f"USE {name}")
            yield connection
    finally:
        connection.close()
        with _lock, contextlib.suppress(duckdb.Error):
            engine.detach(key)


@contextlib.contextmanager
def _given_up_if_broken(engine: _Engine) -> Iterator[None]:
    """The next reader gets another DuckDB."""
    global _engine
    try:
        yield
    except _BROKEN:
        if _engine is engine:
            _engine = None
        raise


def _close_if_idle() -> None:
    global _engine
    if _engine and not _engine.is_read:
        _engine.connection.close()
        _engine = None


@atexit.register
def _at_the_end() -> None:
    """Before Python takes its modules apart: DuckDB complains of what it finds alive after that."""
    with _lock:
        _close_if_idle()


def _before_fork() -> None:
    """DuckDB's threads stay with the parent. A child that has a DuckDB of its parent crashes when
    it ends, so one without readers is closed."""
    _lock.acquire()
    _close_if_idle()


def _in_the_child() -> None:
    """One that is read from is left alone."""
    global _engine
    _of_the_parent.append(_engine)
    _engine = None
    _lock.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork, after_in_parent=_lock.release, after_in_child=_in_the_child
    )


def _quoted(path: Path | str) -> str:
    return "'" + str(path).replace("'", "''") + "'"
