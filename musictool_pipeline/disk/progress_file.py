"""How far the latest refresh is, in a file that others read at any moment."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from musictool_pipeline.core.progress import JUDGING, READING, REBUILDING, Progress
from musictool_pipeline.disk.files import content_of, write_atomically
from musictool_pipeline.disk.processes import Owner
from musictool_pipeline.errors import StorageError

# A run on another host (a container that shares the data folder) is seen by what it writes alone.
SILENCE_OF_THE_DEAD = 300.0


def write_progress(path: Path, progress: Progress) -> None:
    """Replaces what the file says. Raises StorageError."""
    content = json.dumps(progress.as_json(), ensure_ascii=False, indent=1).encode()
    write_atomically(path, content, durable=False)


def note_judging(path: Path, run_id: str, done: int, total: int) -> None:
    """Says how many tracks the refresh of this run has compared, if it is the one in the file."""
    before, now = _of_run(path, run_id), time.time()
    if before is None:
        return
    stage = JUDGING if done < total else REBUILDING
    since = before.judging_since or now
    _note(path, before, stage=stage, judged=done, to_judge=total, judging_since=since)


@contextmanager
def reading_libraries(path: Path, run_id: str) -> Iterator[None]:
    """Says that the refresh of this run reads libraries, if it is the one in the file; what it was
    at before, it is at again after that."""
    before = _of_run(path, run_id)
    if before is None:
        yield
        return
    _note(path, before, stage=READING)
    yield
    if now := _of_run(path, run_id):
        _note(path, now, stage=before.stage)


def take_up(path: Path, run_id: str) -> None:
    """Puts the run's name to what this process has announced."""
    announced = _of_run(path, "")
    if announced and announced.process == str(Owner.this_process()):
        _note(path, announced, run_id=run_id)


def end_progress(path: Path, run_id: str, stage: Callable[[], str]) -> None:
    """Ends what the refresh of this run left unfinished; `stage` says how, and is asked only if
    there is anything to end."""
    if before := _of_run(path, run_id):
        _note(path, before, stage=stage(), finished=True)


def _of_run(path: Path, run_id: str) -> Progress | None:
    progress = read_progress(path)
    return progress if progress and progress.run_id == run_id and not progress.finished else None


def _note(path: Path, before: Progress, **changes: Any) -> None:
    with suppress(StorageError):  # what cannot be shown is no reason to end
        write_progress(path, replace(before, updated_at=time.time(), **changes))


def read_progress(path: Path) -> Progress | None:
    """What the latest refresh last wrote; None if there is nothing that can be read."""
    try:
        return Progress.from_json(json.loads(content_of(path)))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def is_under_way(progress: Progress | None, now: float) -> bool:
    """Whether the refresh that wrote this still lives; `now` is seconds since 1970."""
    if progress is None or progress.finished:
        return False
    owner = Owner.parse(progress.process)
    if owner is None or owner.is_gone():
        return False
    return owner.is_here() or now - progress.updated_at < SILENCE_OF_THE_DEAD
