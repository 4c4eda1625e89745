"""The log file of a run: `logs/expansion_<timestamp>.log`, in words that a collector can read."""

from __future__ import annotations

import contextlib
import io
import itertools
import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TextIO

from musictool_pipeline.core.text import one_line
from musictool_pipeline.disk.files import new_file, storage_errors

LOGGER = logging.getLogger("musictool")
RELEASE_LOG = logging.getLogger("musictool.release")
PROGRESS_LOG = logging.getLogger("musictool.progress")


class OneLine(logging.Formatter):
    """A line for each record: the name of a file or a release in it cannot begin another one."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's own name)
        return one_line(super().formatMessage(record))


@contextlib.contextmanager
def run_log(folder: Path, now: datetime | None = None) -> Iterator[Path]:
    """Everything that is said to the logger `musictool` goes to a new file in `folder`."""
    now = datetime.now() if now is None else now
    path = folder / f"expansion_{now:%Y%m%d_%H%M%S}.log"
    with storage_errors(path):
        folder.mkdir(parents=True, exist_ok=True)
        path, file = _new_log(path)
    with file:
        handler = logging.StreamHandler(file)
        handler.setFormatter(OneLine("%(asctime)s %(levelname)s %(message)s"))
        before = LOGGER.level, LOGGER.propagate
        LOGGER.setLevel(logging.INFO)
        LOGGER.propagate = False
        LOGGER.addHandler(handler)
        try:
            yield path
        finally:
            LOGGER.level, LOGGER.propagate = before
            LOGGER.removeHandler(handler)
            handler.close()


def _new_log(path: Path) -> tuple[Path, TextIO]:
    """A file that was not there before: two runs may begin within one second, and a link of that
    name would lead elsewhere. Raises OSError."""
    names = itertools.chain([path.name], (f"{path.stem}-{n}.log" for n in itertools.count(2)))
    for name in names:
        with contextlib.suppress(FileExistsError):
            log = path.with_name(name)
            return log, io.TextIOWrapper(new_file(log), encoding="utf-8")
    raise AssertionError("the names have no end")
