"""The progress of a run from its first step to its last.

What belongs here: when a run takes up the progress file, and how it ends it. What its steps note in
between is theirs; `disk.progress_file` knows a run that was killed from one that goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg

from musictool_pipeline.core.progress import DONE, FAILED, INTERRUPTED
from musictool_pipeline.disk.progress_file import end_progress, take_up
from musictool_pipeline.orchestration.half_public import errors_of_steps


@contextmanager
def progress_of_run(init: dg.InitResourceContext, path: Path) -> Iterator[None]:
    """Takes up what the process of this run has announced, and ends at the run's end what its
    steps have noted."""
    instance, run = init.instance, init.run
    if instance is None or run is None:
        yield
        return
    take_up(path, run.run_id)
    try:
        yield
    finally:
        end_progress(path, run.run_id, lambda: _outcome(errors_of_steps(instance, run.run_id)))


def _outcome(errors: set[str]) -> str:
    if "DagsterExecutionInterruptedError" in errors:
        return INTERRUPTED
    return FAILED if errors else DONE
