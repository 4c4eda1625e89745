"""Ctrl-C and SIGTERM at moments at which they would do harm, or be lost.

What belongs here: making them wait. Python raises them as an exception at the line that it has
reached, and so does Dagster while a step runs. Within SQLAlchemy that leaves a transaction open,
and Dagster's database locked to the event that says that the step was interrupted. DuckDB makes an
error of its own of it, or nothing at all. And where a weak reference is just being cleared, as
SQLAlchemy and imports have it done all the time, Python drops the exception, and the run goes on as
if it had not been asked to end.
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

    Or at that of a block within it, if Dagster has begun since then to have interrupts raised:
    then it ends the step that this second block is in. In a thread other than the main one, where
    none is raised, a block does nothing.
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
