"""The request budget: all processes of this machine share one limit, since Discogs counts by
address.

What belongs here: keeping the times of the last minutes' requests where every process sees them,
and making a request wait its turn. The rule itself is in `core.discogs.pace`.

The times are kept in a small SQLite file in the user's cache folder, one for each API host and
port. SQLite's lock is the kernel's: it is let go when its holder dies. The clock is the machine's
monotonic one, the same for all processes, which a change of the date does not touch.
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from platformdirs import user_cache_path

from musictool_pipeline.core.discogs.pace import (
    Sent,
    pause_after_throttle,
    used_by_others,
    wait_before_next,
)
from musictool_pipeline.core.discogs.waiting import Wait
from musictool_pipeline.disk.files import obstacle_at
from musictool_pipeline.disk.processes import is_running
from musictool_pipeline.disk.statements import Statements
from musictool_pipeline.errors import StorageError

# An attempt ends after a minute (`discogs.http`), so what is in flight for longer has lost
# its process in a way that could not be seen.
LONGEST_FLIGHT = 90.0
KEPT_SECONDS = 180.0
FORGOTTEN_AFTER = 600.0

sql = Statements("discogs")


@dataclass(frozen=True, slots=True)
class Turn:
    """A permission to send one request, booked from `started` on."""

    id: int
    started: float


class RequestBudget:
    """The budget for one API address. Threads and processes share it freely.

    `ceiling` is the most requests a minute that this client may send; the server's header can
    lower it, never raise it.
    """

    def __init__(
        self, path: Path, ceiling: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._path = path
        self._ceiling = ceiling
        self._clock = clock
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._inode = 0

    def next_turn(self) -> Turn | Wait:
        """A turn, if a request may start now; else how long to wait before asking again."""
        with self._transaction() as connection:
            now = self._clock()
            self._settle_orphans(connection, now)
            limit, others = connection.execute(
                "SELECT min(server_limit), max(others) FROM request WHERE answered > ?",
                [now - 60.0],
            ).fetchone()
            paused = connection.execute("SELECT until FROM throttle").fetchone()
            wait = wait_before_next(
                now,
                min(self._ceiling, limit) if limit else self._ceiling,
                _Ledger(connection),
                reserved=others or 0,
                beside=self._beside(connection, now),
                paused_until=paused[0] if paused else 0.0,
            )
            if wait.seconds > 0:
                return wait
            cursor = connection.execute(
                "INSERT INTO request (pid, started) VALUES (?, ?)", [self._pid, now]
            )
            assert cursor.lastrowid is not None
            return Turn(cursor.lastrowid, now)

    def answered(self, turn: Turn, *, limit: int | None = None, used: int | None = None) -> None:
        """Books the end of a request: its answer is there, or none will come any more.

        `limit` and `used` are the server's headers, where it sent them.
        """
        with self._transaction() as connection:
            now = self._clock()
            connection.execute("UPDATE request SET answered = ? WHERE id = ?", [now, turn.id])
            if limit is None and used is None:
                return
            others = (
                used_by_others(used, Sent(turn.started, now), _Ledger(connection)) if used else 0
            )
            connection.execute(
                "UPDATE request SET server_limit = ?, others = ? WHERE id = ?",
                [limit or None, others, turn.id],
            )

    def throttled(self, turn: Turn, asked_for: float | None) -> int:
        """Books a 429: no process sends anything for a while. Gives how many came in a row, where
        answers to requests that were under way already count as one with the first."""
        with self._transaction() as connection:
            now = self._clock()
            known = connection.execute("SELECT since, in_a_row FROM throttle").fetchone()
            since, in_a_row = known or (float("-inf"), 0)
            if in_a_row and turn.started <= since:
                return in_a_row
            until = now + pause_after_throttle(in_a_row + 1, asked_for)
            connection.execute(
                "INSERT OR REPLACE INTO throttle VALUES (1, ?, ?, ?)", [now, until, in_a_row + 1]
            )
            return in_a_row + 1

    def passed(self, turn: Turn) -> None:
        """Books that a request got through: 429s before it are no longer in a row."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM throttle WHERE since < ?", [turn.started])

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock:
            if self._connection:
                self._connection.close()
                self._connection = None

    def _beside(self, connection: sqlite3.Connection, now: float) -> int:
        """The last minute's requests of other processes that still run. A refresh that was
        interrupted and started again is not told that it waits for itself."""
        others = connection.execute(
            "SELECT pid, count(*) FROM request "
            "WHERE pid <> ? AND (answered IS NULL OR answered > ?) GROUP BY pid",
            [self._pid, now - 60.0],
        ).fetchall()
        return sum(requests for pid, requests in others if is_running(pid))

    def _settle_orphans(self, connection: sqlite3.Connection, now: float) -> None:
        """Requests whose process died count as answered now: the server may have counted them at
        any moment up to here. Times of the future are those of the clock before a restart."""
        connection.execute("DELETE FROM request WHERE answered < ?", [now - KEPT_SECONDS])
        for row, pid, started in connection.execute(
            "SELECT id, pid, started FROM request WHERE answered IS NULL"
        ).fetchall():
            if started > now or started < now - LONGEST_FLIGHT or not is_running(pid):
                connection.execute("UPDATE request SET answered = ? WHERE id = ?", [now, row])
        connection.execute(
            "UPDATE request SET started = min(started, ?), answered = min(answered, ?) "
            "WHERE started > ? OR answered > ?",
            [now] * 4,
        )
        connection.execute("UPDATE throttle SET since = ?, until = ? WHERE since > ?", [now] * 3)
        # Last night's 429 is not in a row with tonight's.
        connection.execute("DELETE FROM throttle WHERE until < ?", [now - FORGOTTEN_AFTER])

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                connection = self._current() or self._open()
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                except BaseException:
                    with contextlib.suppress(sqlite3.Error):
                        connection.rollback()
                    raise
                connection.commit()
            except sqlite3.Error as error:
                raise self._unusable(str(error)) from error

    def _unusable(self, why: str) -> StorageError:
        return StorageError(
            f"The request budget {self._path} cannot be used: {why}",
            "Make sure that its folder can be written and its disk is not full. If the file is "
            "damaged, delete it while no refresh is running: it is what keeps all programs of this "
            "machine within the limit.",
        )

    def _current(self) -> sqlite3.Connection | None:
        """The open file, unless it was deleted since: others would then keep to a new one."""
        if self._connection is not None:
            with contextlib.suppress(FileNotFoundError):
                if self._path.stat().st_ino == self._inode:
                    return self._connection
            self._connection.close()
            self._connection = None
        return None

    def _open(self) -> sqlite3.Connection:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"{self._path.parent} cannot be made: {error.strerror}") from error
        self._sweep()
        if obstacle := obstacle_at(self._path, links_count=True):
            # SQLite would follow a link, and wait at a pipe.
            raise self._unusable(f"it is {obstacle}")
        try:
            self._connection = self._connect()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            # Not a database any more (a power cut). A minute's worth of times is all that it held.
            self._path.unlink()
            self._connection = self._connect()
        self._inode = self._path.stat().st_ino
        return self._connection

    def _sweep(self) -> None:
        """Removes budgets of addresses not asked for a day (a stand-in on some port, say)."""
        yesterday = time.time() - 86_400
        for path in self._path.parent.glob("requests-*.sqlite*"):
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < yesterday:
                    path.unlink()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=60, isolation_level=None, check_same_thread=False
        )
        try:
            connection.executescript(sql("budget.sql"))
        except sqlite3.Error:
            connection.close()
            raise
        return connection


class _Ledger:
    """`core.discogs.pace.Ledger` over the table."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def last_start(self) -> float | None:
        return self._one("SELECT max(started) FROM request")

    def in_flight(self) -> int:
        return self._one("SELECT count(*) FROM request WHERE answered IS NULL")

    def starts(self, after: float, until: float) -> int:
        return self._one(
            "SELECT count(*) FROM request WHERE started > ? AND started <= ?", after, until
        )

    def answers(self, after: float, until: float) -> int:
        return self._one(
            "SELECT count(*) FROM request WHERE answered > ? AND answered <= ?", after, until
        )

    def nth_answer(self, after: float, n: int) -> float:
        return self._one(
            "SELECT answered FROM request WHERE answered > ? ORDER BY answered LIMIT 1 OFFSET ?",
            after,
            n,
        )

    def latencies(self, after: float) -> tuple[int, float]:
        return self._connection.execute(
            "SELECT count(*), coalesce(min(answered - started), 0.0) "
            "FROM request WHERE answered > ?",
            [after],
        ).fetchone()

    def _one(self, query: str, *values: float) -> Any:
        return self._connection.execute(query, values).fetchone()[0]


def budget_path(api_url: str) -> Path:
    """Where the budget for that address lives: in the user's cache folder."""
    parts = urlsplit(api_url)
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    host = re.sub(r"[^a-z0-9.-]", "_", (parts.hostname or "").lower())
    return user_cache_path("musictool", appauthor=False) / f"requests-{host}-{port}.sqlite"
