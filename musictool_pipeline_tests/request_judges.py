"""How a run is judged by what the stand-in was asked.

What belongs here: counting over the entries of its log.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable

from musictool_pipeline_tests.stand_in.request_log import LoggedRequest


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
