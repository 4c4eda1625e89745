"""The log file of a run: `logs/expansion_<timestamp>.log`, in words that a collector can read."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from musictool_pipeline.storage.files import storage_errors

LOGGER = logging.getLogger("musictool")
RELEASE_LOG = logging.getLogger("musictool.release")
PROGRESS_LOG = logging.getLogger("musictool.progress")


@contextlib.contextmanager
def run_log(folder: Path, now: datetime | None = None) -> Iterator[Path]:
    """Everything that is said to the logger `musictool` goes to a new file in `folder`."""
    now = datetime.now() if now is None else now
    path = folder / f"expansion_{now:%Y%m%d_%H%M%S}.log"
    with storage_errors(path):
        folder.mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
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
