"""What the stand-in was asked, request by request, and how a run is judged by it.

Here live the log's entry, the log itself (in memory and, if wanted, in a file) and the pure
judges of its entries. How a request is answered does not belong here, and neither does a token:
an entry only says whether there was one.
"""

from __future__ import annotations

import json
import threading
from collections import Counter, deque
from collections.abc import Iterable
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
        return _by_arrival(entries)

    def close(self) -> None:
        """Closes the file; the entries stay readable."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None


def read_log(path: Path) -> list[LoggedRequest]:
    """The entries of a log file in the order of arrival, also while it is being written.

    A last line without its line end is one that is just being written, and is left out.
    Raises OSError when the file cannot be read, ValueError (with file and line) when any other
    line is no entry.
    """
    entries: list[LoggedRequest] = []
    lines = path.read_bytes().split(b"\n")[:-1]
    for line_number, line in enumerate(lines, start=1):
        try:
            entries.append(LoggedRequest(**json.loads(line)))
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path}:{line_number}: not an entry of a request log") from error
    return _by_arrival(entries)


def most_in_any_window(times: Iterable[float], seconds: float = 60.0) -> int:
    """The largest number of `times` (in seconds) that any window of that length holds.

    The window is half-open: two times exactly `seconds` apart are never in it together, which is
    how the stand-in counts too. Linear for times in ascending order.
    """
    window: deque[float] = deque()
    most = 0
    for time in sorted(times):  # linear where they are in order already
        while window and time - window[0] >= seconds:
            window.popleft()
        window.append(time)
        most = max(most, len(window))
    return most


def requests_per_release(log: Iterable[LoggedRequest]) -> Counter[int]:
    """How often each release was asked for, good answers and bad ones alike."""
    return Counter(entry.release_id for entry in log if entry.release_id is not None)


def _by_arrival(entries: list[LoggedRequest]) -> list[LoggedRequest]:
    # Not by number: a file to which two servers wrote, one after the other, has each number twice.
    return sorted(entries, key=lambda entry: (entry.arrived, entry.number))
