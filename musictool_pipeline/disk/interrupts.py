"""Ctrl-C and SIGTERM at moments at which they would do harm, or be lost.

What belongs here: making them wait. Python raises them as an exception at the line that it has
reached, and so does Dagster while a step runs. Within SQLAlchemy that leaves a transaction open,
and the event that says that the step was interrupted finds Dagster's database locked. DuckDB turns
the exception into an error of its own, or drops it. Python drops it while a weak reference is being
cleared, which happens often in SQLAlchemy and during imports; the run then goes on as if it had
not been stopped.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType

_waiting: list[int] = []


def _wait(number: int, frame: FrameType | None) -> None:
    _waiting.append(number)


@contextmanager
def interrupts_wait() -> Iterator[None]:
    """An interrupt that comes within the block is raised at its end.

    If Dagster has installed its own handlers since then, an inner block raises it instead, at that
    block's end: then it ends the step that the inner block is in. In other threads than the main
    one, which Python never interrupts, a block does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with ExitStack() as afterwards:
        afterwards.callback(_raise_what_waits)
        for number in (signal.SIGINT, signal.SIGTERM):
            # None is a handler that Python knows nothing of and could not put back.
            if (handler := signal.getsignal(number)) is not None:
                afterwards.callback(signal.signal, number, handler)
                signal.signal(number, _wait)
        yield


def _raise_what_waits() -> None:
    if _waiting and signal.getsignal(_waiting[0]) is not _wait:
        number = _waiting[0]
        _waiting.clear()
        signal.raise_signal(number)
