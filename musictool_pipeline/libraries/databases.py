"""Databases of other programs: told by their tables, and read from a copy.

SQLite writes beside a database even when it only reads, and its program may be writing at the same
time. So the file is copied, together with what is not yet merged into it, and the copy is read.

What belongs here: copying, opening and asking for tables and columns. Each format's own
module knows what they hold.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from musictool_pipeline.disk.regular import open_regular
from musictool_pipeline.libraries.errors import LibraryError, NotALibrary

SIGNATURE = b"SQLite format 3\0"

# Of the two, a database has the one that its journal mode calls for, and only while it is in use.
# What is in the third, `-shm`, is made again from the log.
_COMPANIONS = ("-wal", "-journal")
_ATTEMPTS = 3
_PAUSE_SECONDS = 0.2
_LONGEST_TEXT = 16 * 1024**2

_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table'"


@contextmanager
def opened_copy(path: Path, program: str, scratch: Path | None) -> Iterator[sqlite3.Connection]:
    """A connection to a copy of the database, for reading.

    `program` is the one whose database it is, for messages; `scratch` is the folder for the copy,
    which is deleted afterwards; the system's by default. Raises LibraryError if the database cannot
    be copied, or proves to be damaged, also while it is being asked.
    """
    with (
        copied(path, program, scratch) as copy,
        damage_told(path, sqlite3.Error),
        closing(_connect(copy)) as connection,
    ):
        yield connection


@contextmanager
def copied(path: Path, program: str, scratch: Path | None) -> Iterator[Path]:
    """A copy of the database as it was at one moment, if it holds still for long enough; else
    raises LibraryError. The copy is deleted afterwards."""
    try:
        with tempfile.TemporaryDirectory(prefix="library-", dir=scratch) as folder:
            yield _copy(path, Path(folder), program)
    except OSError as error:
        raise LibraryError(
            f"{path} cannot be copied for reading: {error.strerror or error}"
        ) from error


@contextmanager
def damage_told(path: Path, *errors: type[Exception]) -> Iterator[None]:
    """Raises LibraryError for one of the errors that a damaged database causes."""
    try:
        yield
    except (*errors, UnicodeError) as error:
        # SQLite quotes the damaged bytes in its message, and Python cannot always decode that.
        what = "its layout makes no sense" if isinstance(error, UnicodeError) else error
        raise LibraryError(f"{path} is damaged: {what}") from None


def _copy(path: Path, folder: Path, program: str) -> Path:
    copy = folder / "copy.db"
    files = [(path, copy)] + [
        (path.with_name(path.name + suffix), folder / f"copy.db{suffix}") for suffix in _COMPANIONS
    ]
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(_PAUSE_SECONDS)
        before = [_state(original) for original, _ in files]
        for original, target in files:
            _copy_file(original, target, must_be_there=original is path)
        if before == [_state(original) for original, _ in files]:
            return copy
    raise LibraryError(
        f"{path} is being written just now",
        f"Close {program}, or wait until it is done, and refresh again.",
    )


def _copy_file(original: Path, target: Path, *, must_be_there: bool) -> None:
    target.unlink(missing_ok=True)
    try:
        with open_regular(original) as source, target.open("wb") as sink:
            shutil.copyfileobj(source, sink, 1024**2)
    except FileNotFoundError:
        if must_be_there:
            raise


def _state(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _connect(copy: Path) -> sqlite3.Connection:
    # Writable, as it is a copy: what the journal holds has to be merged into it.
    connection = sqlite3.connect(copy, isolation_level=None)
    _harden(connection)
    return connection


def _harden(connection: sqlite3.Connection) -> None:
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_TEXT)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    for setting in ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON"):
        connection.execute(f"PRAGMA {setting}")


def tables_of(path: Path) -> frozenset[str]:
    """The names of the tables in an SQLite database; views are none. Raises LibraryError if it is
    damaged.

    This is asked often, and of large files, so the file is read in place, without a lock and with
    nothing written beside it. Only if that tells nothing is it copied with its log, in which its
    first tables may still be.
    """
    has_log = any(path.with_name(path.name + suffix).exists() for suffix in _COMPANIONS)
    address = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    try:
        with damage_told(path, sqlite3.Error), closing(sqlite3.connect(address, uri=True)) as it:
            _harden(it)
            if (tables := _tables(it)) or not has_log:
                return tables
    except LibraryError:
        if not has_log:
            raise
    with opened_copy(path, "its program", None) as connection:
        return _tables(connection)


def _tables(connection: sqlite3.Connection) -> frozenset[str]:
    return frozenset(name for (name,) in connection.execute(_TABLES))


def require_columns(
    connection: sqlite3.Connection,
    path: Path,
    program: str,
    table: str,
    columns: Iterable[str],
    remedy: str | None = None,
) -> set[str]:
    """The columns of the table. Raises NotALibrary if it is no table, or lacks one of those."""
    found: set[str] = set()
    if table in _tables(connection):
        found = columns_of(connection, table)
    if not found.issuperset(columns):
        raise NotALibrary(
            f"{path} is not laid out as a database of {program}: "
            f"its table {table} is missing or lacks columns",
            remedy,
        )
    return found


def columns_of(connection: sqlite3.Connection, table: str) -> set[str]:
    """The names of a table's columns; none if there is no such table."""
    return {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}


def select(columns: Iterable[str], there: set[str], *, table: str) -> str:
    """The columns for a query, `t.name AS name`, NULL for those that are not there."""
    return ", ".join(
        f'{table}."{name}" AS "{name}"' if name in there else f'NULL AS "{name}"'
        for name in columns
    )


def rows(connection: sqlite3.Connection, query: str) -> Iterator[dict[str, object]]:
    """The rows, each by the names of its columns; one at a time, as they may be many."""
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description]
    for row in cursor:
        yield dict(zip(names, row, strict=True))


def text(value: object) -> str:
    """The text of a column; '' for anything else."""
    return value if isinstance(value, str) else ""
