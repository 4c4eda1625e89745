"""How far the latest refresh is, in a file that others read at any moment."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from musictool_pipeline.core.progress import (
    FAILED,
    INTERRUPTED,
    JUDGING,
    REBUILDING,
    Progress,
)
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
    """Says how many tracks the refresh of this run has compared, if it is the one in the file. It
    goes on then, although its tracks were all there before."""
    before, now = read_progress(path), time.time()
    if before is None or before.run_id != run_id or before.stage in (FAILED, INTERRUPTED):
        return
    progress = replace(
        before,
        stage=JUDGING if done < total else REBUILDING,
        updated_at=now,
        finished=False,
        judged=done,
        to_judge=total,
        judging_since=before.judging_since or now,
    )
    with suppress(StorageError):  # what cannot be shown is no reason to end
        write_progress(path, progress)


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
