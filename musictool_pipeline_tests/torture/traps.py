"""Traps that are set in a command's own process: it dies, or its clock jumps, at a named place.

What belongs here: the places, and how each is found from outside. The project knows nothing of
them: its functions are wrapped in that one process, after everything is loaded.
"""

from __future__ import annotations

import functools
import os
import resource
import shutil
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

BEFORE_WRITE = "before write"
AFTER_WRITE = "after write"
AFTER_FSYNC = "after fsync"
AFTER_REPLACE = "after replace"
BEFORE_EVENT = "before the event"
AFTER_EVENT = "after the event"
WHILE_BUILT = "while the generation is built"
BEFORE_PUBLISHED = "before the generation's replace"
AFTER_PUBLISHED = "after the generation's replace"
BEFORE_REPORT = "before the report"

OF_A_RELEASE = (
    BEFORE_WRITE,
    AFTER_WRITE,
    AFTER_FSYNC,
    AFTER_REPLACE,
    BEFORE_EVENT,
    AFTER_EVENT,
)
OF_A_GENERATION = (WHILE_BUILT, BEFORE_PUBLISHED, AFTER_PUBLISHED)
POINTS = OF_A_RELEASE + OF_A_GENERATION

_PIECE = 1024**2
_SLACK = 64 * 1024
"""Bytes that other threads may write or give back at the same moment."""


@dataclass(frozen=True)
class Trap:
    """What happens to the process; everything not given stays as it is.

    point, nth      it kills its whole group at the nth pass (1, 2, ...) of that point
    ballast, room   it does not, but fills that file's disk but for so many bytes
    keep            a folder into which each published generation is copied: 1.duckdb, 2.duckdb ...
    clock_step      after `clock_after` seconds the wall clock reads so many seconds later
    descriptors     it may have no more open files than that
    """

    point: str = ""
    nth: int = 1
    ballast: str = ""
    room: int = 0
    keep: str = ""
    clock_step: float = 0.0
    clock_after: float = 0.0
    descriptors: int = 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Trap:
        return cls(**fields)

    def set(self) -> None:
        """Sets it in this process."""
        if self.point:
            fill = functools.partial(fill_disk, Path(self.ballast), self.room)
            _Passes(self.point, self.nth, fill if self.ballast else _die).watch()
        if self.keep:
            _keep_generations(Path(self.keep))
        if self.clock_step:
            _step_clock(self.clock_step, self.clock_after)
        if self.descriptors:
            resource.setrlimit(resource.RLIMIT_NOFILE, (self.descriptors, self.descriptors))


def fill_disk(ballast: Path, room: int) -> None:
    """Leaves so many bytes free on the disk on which `ballast` is. It is written until nothing goes
    in any more: to ask for exactly what is free at once fails as a whole, and fills nothing.

    Raises RuntimeError where more is free in the end.
    """
    written = 0
    with ballast.open("wb", buffering=0) as file:
        for size in (_PIECE, 4096, 1):
            with suppress(OSError):
                while True:
                    written += file.write(bytes(size))
        file.truncate(max(0, written - room))
    if (free := free_space(ballast.parent)) > room + _SLACK:
        raise RuntimeError(f"{free} bytes are free in {ballast.parent}, not {room}")


def free_space(folder: Path) -> int:
    """The bytes that may still be written to its disk."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def _die() -> None:
    os.killpg(0, signal.SIGKILL)


class _Passes:
    """Counts how often the process comes by a point, and does the worst at the nth time."""

    def __init__(self, point: str, nth: int, worst: Callable[[], None]) -> None:
        self._point = point
        self._left = nth
        self._worst = worst

    def passed(self, point: str) -> None:
        if point == self._point:
            self._left -= 1
            if self._left == 0:
                self._worst()

    def watch(self) -> None:
        from musictool_pipeline.discogs import cache as tracklist_cache
        from musictool_pipeline.disk import files
        from musictool_pipeline.orchestration.fetch_run import FetchRun
        from musictool_pipeline.publishing import report
        from musictool_pipeline.tables import generations as warehouse

        _wrap(tracklist_cache, "write_atomically", before=self._at(BEFORE_WRITE))
        self._watch_fsync()
        sync_folder = files.sync_folder

        def synced(folder: Path) -> None:
            if folder.name == "cache":
                self.passed(AFTER_REPLACE)
            sync_folder(folder)

        files.sync_folder = synced
        _wrap(FetchRun, "book", before=self._at(BEFORE_EVENT), after=self._at(AFTER_EVENT))
        _wrap(
            warehouse,
            "replace",
            before=self._at(BEFORE_PUBLISHED),
            after=self._at(AFTER_PUBLISHED),
        )
        _wrap(report, "write_files", before=self._at(BEFORE_REPORT))
        publish = warehouse.Warehouse._change

        def built(house: Any, copy: Path, change: Callable[[Any], Any], alone: bool) -> Any:
            def and_then(connection: Any) -> Any:
                result = change(connection)
                self.passed(WHILE_BUILT)
                return result

            return publish(house, copy, and_then, alone)

        setattr(warehouse.Warehouse, "_change", built)  # noqa: B010

    def _at(self, point: str) -> Callable[[], None]:
        return lambda: self.passed(point)

    def _watch_fsync(self) -> None:
        fsync = os.fsync

        def synced(descriptor: int) -> None:
            path = Path(f"/proc/self/fd/{descriptor}").readlink()
            of_cache = path.suffix == ".tmp" and path.parent.name == "cache"
            if of_cache:
                self.passed(AFTER_WRITE)
            fsync(descriptor)
            if of_cache:
                self.passed(AFTER_FSYNC)

        os.fsync = synced


def _wrap(
    holder: Any,
    name: str,
    *,
    before: Callable[[], None] = lambda: None,
    after: Callable[[], None] = lambda: None,
) -> None:
    function = getattr(holder, name)

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        before()
        result = function(*args, **kwargs)
        after()
        return result

    setattr(holder, name, wrapped)


def _keep_generations(folder: Path) -> None:
    from musictool_pipeline.tables import generations as warehouse

    replace = warehouse.replace
    published = 0

    def kept(new: Path, path: Path, **options: Any) -> None:
        nonlocal published
        replace(new, path, **options)
        published += 1
        shutil.copyfile(path, folder / f"{published}.duckdb")

    warehouse.replace = kept


def _step_clock(seconds: float, after: float) -> None:
    """The date as this process sees it, whoever asks for it and in whatever way; and the system's
    own idea of when it began, which it reckons back from the date, and by which processes are
    dated."""
    import time_machine
    from psutil import _pslinux

    true_boot_time = _pslinux.boot_time

    def step() -> None:
        time_machine.travel(time.time() + seconds, tick=True).start()
        _pslinux.boot_time = lambda: true_boot_time() + seconds

    if not after:
        step()
        return
    timer = threading.Timer(after, step)
    timer.daemon = True
    timer.start()
