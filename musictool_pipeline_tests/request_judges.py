"""How a run is judged by what the stand-in was asked.

What belongs here: reading a log file back, and counting over its entries. The log itself is the
stand-in's.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterable
from pathlib import Path

from musictool_pipeline.demo.request_log import LoggedRequest, by_arrival


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
    return by_arrival(entries)


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
