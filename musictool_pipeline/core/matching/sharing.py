"""Work on a large library shared out among processes, with the same results in the same order.

What belongs here: starting processes that have the library without a copy of their own. What does
not: what the work is (`blocking`, `matcher`).
"""

from __future__ import annotations

import gc
import multiprocessing
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Any, Final, TypeVar

from musictool_pipeline.core.garbage import uncollected

Held = TypeVar("Held")
Task = TypeVar("Task")
Result = TypeVar("Result")


def can_fork() -> bool:
    """Whether processes can be forked. Beside other threads they could inherit their locks."""
    is_able = "fork" in multiprocessing.get_all_start_methods()
    return is_able and threading.active_count() == 1


def shared_out(
    work: Callable[[Held, Task], Result], held: Held, tasks: Iterable[Task], processes: int
) -> Iterator[Result]:
    """`work(held, task)` for each of the tasks, in their order. Forked processes share what is
    `held`; others get a copy."""
    if processes <= 1:
        with uncollected():
            yield from (work(held, task) for task in tasks)
        return
    # Frozen, the library's pages are not copied into each process by its garbage collector.
    gc.freeze()
    try:
        with ProcessPoolExecutor(
            max_workers=processes,
            mp_context=multiprocessing.get_context("fork" if can_fork() else "spawn"),
            initializer=_take_over,
            initargs=(held,),
        ) as pool:
            yield from pool.map(partial(_with_held, work), tasks)
    finally:
        gc.unfreeze()


_inherited: Final[list[Any]] = []


def _take_over(held: object) -> None:
    """See `uncollected`."""
    gc.disable()
    _inherited[:] = [held]


def _with_held(work: Callable[[Held, Task], Result], task: Task) -> Result:
    return work(_inherited[0], task)
