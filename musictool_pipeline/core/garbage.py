"""Work on many objects without Python's garbage collector.

What belongs here: when it rests. What does not: the work.
"""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Generator[None]:
    """Without the garbage collector, which takes a tenth of the time: it walks through all files
    again and again, and finds nothing, since nothing that is read, compared or made of them holds
    a circle."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
