"""Which process wrote something, and whether it still lives.

A process id alone would be mistaken for a later process of the same number, so the time at which
the process began goes with it.
"""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import dataclass

import psutil

# Linux counts in hundredths of a second; the number is kept with one decimal.
_SAME_MOMENT = 0.15


@dataclass(frozen=True, slots=True)
class Owner:
    """A process on some host; `began` is its start, in seconds by a clock that a change of the
    date does not touch."""

    host: str
    pid: int
    began: float

    @classmethod
    def this_process(cls) -> Owner:
        """The process that asks."""
        return cls.of_process(os.getpid())

    @classmethod
    def of_process(cls, pid: int) -> Owner:
        """A process of this host that lives. Raises psutil.NoSuchProcess where there is none."""
        return cls(socket.gethostname(), pid, round(_began(psutil.Process(pid)), 1))

    @classmethod
    def parse(cls, text: str) -> Owner | None:
        """What `str(owner)` gave, or None if the text is something else."""
        try:
            host, pid, began = text.rsplit(":", 2)
            return cls(host, int(pid), float(began))
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}:{self.began}"

    def is_here(self) -> bool:
        """Whether it is, or was, a process of this host."""
        return self.host == socket.gethostname()

    def is_gone(self) -> bool:
        """True only if it is certain: on another host one cannot know."""
        if not self.is_here():
            return False
        try:
            process = psutil.Process(self.pid)
            return (
                abs(_began(process) - self.began) > _SAME_MOMENT
                or process.status() == psutil.STATUS_ZOMBIE
            )
        except (psutil.NoSuchProcess, ValueError, OverflowError):
            return True
        except psutil.AccessDenied:
            return False


def _began(process: psutil.Process) -> float:
    """When it began, in seconds since the system started. psutil adds the date of that start as
    the clock has it now, so after a change of the clock every process would seem to be another."""
    while sys.platform == "linux":
        system_began = psutil.boot_time()
        began = process.create_time()
        if psutil.boot_time() == system_began:
            return began - system_began
    return process.create_time()


def is_running(pid: int) -> bool:
    """Whether a process of that id runs on this machine (a later one of the same id, perhaps)."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except (psutil.NoSuchProcess, ValueError, OverflowError):
        return False
    except psutil.AccessDenied:
        return True
