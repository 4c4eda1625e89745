"""A query in SQL from outside: it reads the tables within limits, and does nothing else.

What belongs here: the limits. A statement that changes something is refused, no file is read or
written, and time and memory have an end. Opening the tables belongs to `tables.published`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

import duckdb

from musictool_pipeline.core.text import one_line
from musictool_pipeline.errors import MusicToolError

LONGEST: Final = 10.0
"""Seconds that a query may take."""

LONGEST_VALUE: Final = 100_000
"""Characters of a list or a structure: these are on one page as a whole."""

_LIMITS: Final = (
    "SET memory_limit = '1GB'",
    "SET temp_directory = ''",
    "SET python_enable_replacements = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)

_READS: Final = frozenset({duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN})
_AT_A_TIME: Final = 2_048
_ONCE_MORE: Final = 0.2
"""Seconds to the next interrupt: one that comes while DuckDB hands rows over has no effect."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Some rows of a query's result, and how many the whole has."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    total: int


def ask_in_sql(
    connection: duckdb.DuckDBPyConnection,
    query: str,
    *,
    skip: int = 0,
    most: int = 100,
    longest: float = LONGEST,
) -> Answer:
    """The rows of one statement after the first `skip`, at most `most` of them.

    The limits hold for every connection of this process to the same file until all are closed, so
    the connection should be used for nothing else. Raises MusicToolError if it is no single
    statement that reads, if DuckDB refuses it, or if it takes longer than `longest` seconds.
    """
    try:
        statement = statement_of(query)
        for limit in _LIMITS:
            connection.execute(limit)
        with _ended_after(connection, longest) as until:
            return _answer(connection.execute(statement), skip, most, until)
    except (duckdb.InterruptException, TimeoutError) as error:
        raise too_long(longest) from error
    except (duckdb.OutOfMemoryException, MemoryError) as error:
        raise too_much() from error
    except duckdb.Error as error:
        raise _refused(error) from error


def too_long(longest: float) -> MusicToolError:
    """What to say of a query that was stopped."""
    return MusicToolError(
        f"The query took longer than {longest:g} seconds and was stopped.", _ASK_FOR_LESS
    )


def too_much() -> MusicToolError:
    """What to say of a query that memory does not suffice for."""
    return MusicToolError("The query took more memory than it may, and was stopped.", _ASK_FOR_LESS)


_ASK_FOR_LESS: Final = "Ask for less: add a WHERE or a LIMIT."


def _refused(error: duckdb.Error) -> MusicToolError:
    reason = " ".join(one_line(str(error)).split())
    return MusicToolError(
        f"DuckDB refused the query: {reason}",
        "Only one SELECT over the tables and views of the database is possible.",
    )


def statement_of(query: str) -> duckdb.Statement:
    """The one statement of a query. Raises MusicToolError if it is several, or one that does more
    than read."""
    try:
        statements = duckdb.extract_statements(query)
    except duckdb.Error as error:
        raise _refused(error) from error
    if len(statements) != 1 or statements[0].type not in _READS:
        raise MusicToolError(
            "The query is not one statement that reads.", "Send exactly one SELECT."
        )
    return statements[0]


def _answer(found: duckdb.DuckDBPyConnection, skip: int, most: int, until: float) -> Answer:
    """Walks through the whole result, since only its end shows how many rows there are."""
    columns = tuple(column[0] for column in found.description or ())
    total, kept = 0, []
    while rows := found.fetchmany(_AT_A_TIME):
        first, last = max(0, skip - total), max(0, skip + most - total)
        kept += rows[first:last]
        total += len(rows)
        if monotonic() > until:
            raise TimeoutError
    for value in (value for row in kept for value in row if isinstance(value, list | dict)):
        if len(str(value)) > LONGEST_VALUE:
            raise MusicToolError(
                f"A list in the answer has more than {LONGEST_VALUE:,} characters.",
                "Ask for its elements as rows, with unnest.",
            )
    return Answer(columns, tuple(kept), total)


@contextmanager
def _ended_after(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[float]:
    """Interrupts what the connection does once the time is over; gives when that is."""
    is_done = threading.Event()

    def watch() -> None:
        left = seconds
        while not is_done.wait(left):
            connection.interrupt()
            left = _ONCE_MORE

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield monotonic() + seconds
    finally:
        is_done.set()
        watcher.join()
