"""Which process wrote something, and whether it still lives.

A process id alone would be mistaken for a later process of the same number, so the time at which
the process began goes with it.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Owner:
    """A process on some host; `began` is its start, in seconds since 1970."""

    host: str
    pid: int
    began: float

    @classmethod
    def this_process(cls) -> Owner:
        """The process that asks."""
        return cls(socket.gethostname(), os.getpid(), round(psutil.Process().create_time(), 1))

    @classmethod
    def parse(cls, text: str) -> Owner | None:
        """What `str(owner)` gave, or None where the text is something else."""
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
                abs(process.create_time() - self.began) > 1.5
                or process.status() == psutil.STATUS_ZOMBIE
            )
        except (psutil.NoSuchProcess, ValueError, OverflowError):
            return True
        except psutil.AccessDenied:
            return False


def is_running(pid: int) -> bool:
    """Whether a process of that id runs on this machine (a later one of the same id, perhaps)."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except (psutil.NoSuchProcess, ValueError, OverflowError):
        return False
    except psutil.AccessDenied:
        return True
