"""What the stand-in was asked, request by request.

Here live the log's entry and the log itself (in memory and, if wanted, in a file). How a request is
answered does not belong here, and neither does a token: an entry only says whether there was one.
"""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request, written down at the moment when its answer began.

    number      1, 2, ... in the order of arrival
    arrived     seconds on `time.monotonic()`, which all processes of a machine share
    answered    the same clock when the answer began; None when no status line was sent
    path        without the query, which might carry a secret
    release_id  None for what is not `/releases/{id}`
    status      of the status line; 0 when none was sent
    fault       the name of the fault played; None for a good answer (a rate limit's 429 is one)
    had_token   whether a token came in the Authorization header
    used        requests in the window with this one, other programs' included; unlike the header
                it goes on counting above the limit; 0 if the stand-in closed before it counted
    """

    number: int
    arrived: float
    answered: float | None
    path: str
    release_id: int | None
    status: int
    fault: str | None
    had_token: bool
    user_agent: str
    used: int


class RequestLog:
    """Entries in memory and, given a `file`, as JSON lines appended to it. Thread-safe.

    Each line is flushed on its own, so that the file can be read while the log grows and lacks
    nothing when the process is killed. Raises OSError when the file cannot be opened or written.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._entries: list[LoggedRequest] = []
        self._file = None if file is None else file.open("a", encoding="utf-8")

    def add(self, entry: LoggedRequest) -> None:
        """Keeps `entry`; after `close` in memory only."""
        with self._lock:
            self._entries.append(entry)
            if self._file is not None:
                self._file.write(json.dumps(asdict(entry)) + "\n")
                self._file.flush()

    def entries(self) -> list[LoggedRequest]:
        """All entries so far, in the order of arrival."""
        with self._lock:
            entries = list(self._entries)
        return by_arrival(entries)

    def close(self) -> None:
        """Closes the file; the entries stay readable."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None


def by_arrival(entries: list[LoggedRequest]) -> list[LoggedRequest]:
    """The entries in the order in which the requests came."""
    # Not by number: a file to which two servers wrote, one after the other, has each number twice.
    return sorted(entries, key=lambda entry: (entry.arrived, entry.number))
