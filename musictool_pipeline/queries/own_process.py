"""A query in SQL from outside, asked by a process of its own, which can be ended at any moment.

What belongs here: that process. What a query may do is in `own_query`, and its limits hold here
too; but DuckDB heeds no interrupt while it plans (`SELECT range(100000000)`), and does not count
what Python makes of the rows.

    python -m musictool_pipeline.queries.own_process
"""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
from math import ceil
from pathlib import Path
from typing import Final

from musictool_pipeline.errors import MusicToolError
from musictool_pipeline.queries.own_query import (
    LONGEST,
    Answer,
    ask_in_sql,
    statement_of,
    too_long,
    too_much,
)
from musictool_pipeline.tables.published import open_tables

MOST_MEMORY: Final = 1536 * 1024**2
"""Bytes that the process may take; only Linux holds it to that."""

_SECONDS_TO_START: Final = 60.0
_GRACE: Final = 2.0
"""Seconds that a query may take longer until the process ends, for DuckDB to stop it."""

_NAME: Final = "musictool_pipeline.queries.own_process"


def ask_apart(
    database: Path, query: str, *, skip: int = 0, most: int = 100, longest: float = LONGEST
) -> Answer:
    """What `ask_in_sql` answers, from the published tables at `database`. Raises MusicToolError as
    it does, and if the query takes more than MOST_MEMORY."""
    statement_of(query)
    asked = pickle.dumps((database, query, skip, most, longest))
    try:
        done = subprocess.run(
            [sys.executable, "-m", _NAME],
            input=asked,
            capture_output=True,
            timeout=_SECONDS_TO_START + longest,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise too_long(longest) from None
    if done.returncode and done.returncode == -getattr(signal, "SIGALRM", 0):
        raise too_long(longest)
    if done.returncode:
        raise too_much()  # DuckDB ends a process in which it gets none
    refused, answer = pickle.loads(done.stdout)
    if refused:
        raise MusicToolError(*refused)
    return Answer(*answer)


def answer_here() -> None:
    """Reads what is asked from standard input, and writes the answer, or why there is none."""
    database, query, skip, most, longest = pickle.load(sys.stdin.buffer)
    _limit(longest)
    try:
        with open_tables(database, alone=True) as tables:
            found = ask_in_sql(tables.connection, query, skip=skip, most=most, longest=longest)
        said = None, (found.columns, found.rows, found.total)
    except MusicToolError as error:
        said = (str(error), error.remedy), None
    pickle.dump(said, sys.stdout.buffer)


def _limit(longest: float) -> None:
    if sys.platform == "win32":
        return  # there the caller ends the process, a little later
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = MOST_MEMORY if hard == resource.RLIM_INFINITY else min(MOST_MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
    signal.alarm(ceil(longest + _GRACE))


if __name__ == "__main__":
    answer_here()
