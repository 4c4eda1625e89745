"""Dagster's job `refresh` run in this process, quietly.

What belongs here: opening the instance, running the job on it, and reading what came of it.
`app.refresh` reports it to the user. Dagster is imported late, so that `--dry-run` and a missing
export answer without delay.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musictool_pipeline.app.failed_run import records_lost
from musictool_pipeline.app.home import prepare_dagster_home, prepare_home
from musictool_pipeline.core.garbage import uncollected
from musictool_pipeline.disk.files import storage_errors
from musictool_pipeline.disk.interrupts import interrupts_wait
from musictool_pipeline.disk.locks import locked
from musictool_pipeline.settings import Settings

if TYPE_CHECKING:
    from dagster import DagsterInstance, ExecuteInProcessResult


def run_job(
    settings: Settings, limit: int | None, debug: bool
) -> tuple[ExecuteInProcessResult, bool]:
    """What came of the run, and whether no other is under way."""
    # Its notices (betas, a newer command line tool) say nothing to a collector.
    warnings.filterwarnings("ignore", module=r"dagster.*")
    # To search for garbage, as Python does, takes a fifth of the time of loading Dagster.
    with interrupts_wait(), uncollected():
        from musictool_pipeline.definitions import build_definitions
        from musictool_pipeline.orchestration.healing import (
            heal_dead_runs,
            is_any_under_way,
            process_tags,
        )
        from musictool_pipeline.orchestration.old_runs import delete_old_runs

        job = build_definitions(settings).resolve_job_def("refresh")
    run_config: dict[str, Any] = {
        "loggers": {"console": {"config": {"log_level": "DEBUG" if debug else "CRITICAL"}}}
    }
    if limit is not None:
        run_config["ops"] = {"discogs_tracklists": {"config": {"limit": limit}}}
    with records_kept(settings), open_instance(settings) as instance:
        heal_dead_runs(instance)
        delete_old_runs(instance)
        # One that comes before the first step ends that one: a run that was never begun would
        # stay so in Dagster until the next refresh.
        with interrupts_wait():
            result = job.execute_in_process(
                run_config, instance, raise_on_error=False, tags=process_tags()
            )
            return result, not is_any_under_way(instance)


@contextmanager
def records_kept(settings: Settings) -> Iterator[None]:
    """Raises StorageError if Dagster cannot write its own records, because their disk is full or
    read-only. They may be on another disk than the data."""
    try:
        yield
    except Exception as error:
        # SQLAlchemy, by which Dagster keeps them, puts the database's own error into `orig`.
        cause = getattr(error, "orig", None)
        if not isinstance(cause, Exception):
            raise
        raise records_lost(settings, str(cause)) from error


@contextmanager
def open_instance(settings: Settings) -> Iterator[DagsterInstance]:
    """The instance that every other way into the project uses too.

    The paths in the home's `dagster.yaml` start at the working folder, as Dagster reads them.
    """
    from dagster import DagsterInstance

    home = settings.dagster_home
    if home:
        prepare_dagster_home(home)
    else:
        prepare_home(settings)
        os.chdir(settings.root)
    with _one_at_a_time(home or settings.root / ".dagster"), interrupts_wait():
        instance = DagsterInstance.from_config(str(home or settings.root))
        # Dagster makes the tables of its storages at the first use of each.
        instance.get_runs(limit=1)
        instance.get_dynamic_partitions("discogs_release_id")
        instance.all_instigator_state()
    with instance:
        yield instance


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """If two first commands run at the same time, Dagster lets one fail, or breaks the instance."""
    with storage_errors(folder):
        folder.mkdir(exist_ok=True)
    with locked(folder / "musictool-start"):
        yield


@contextmanager
def without_noise(debug: bool) -> Iterator[None]:
    """Nothing of Dagster's on standard error: not its notices, and not the traceback with which
    a process that it starts to copy output answers Ctrl-C. This project reports what goes wrong."""
    if debug:
        yield
        return
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        # Dagster writes what it has to say to its own folder. If that disk is full, it is still
        # unsaid here, and would be said to the user with the next output.
        os.dup2(nowhere, 2)
        with suppress(OSError):
            sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def was_interrupted(result: ExecuteInProcessResult) -> bool:
    """Dagster turns Ctrl-C into a failure of the step, or of a run that has not come to one."""
    return any(
        error is not None and error.cls_name == "DagsterExecutionInterruptedError"
        for event in result.all_events
        for error in (
            event.step_failure_data.error if event.is_step_failure else None,
            event.job_failure_data.error if event.is_run_failure else None,
        )
    )


def told_by(result: ExecuteInProcessResult, asset: str) -> dict[str, Any]:
    """What this run's step came to, as it told Dagster."""
    for event in result.all_events:
        if event.is_step_materialization and event.partition is None:
            materialization = event.step_materialization_data.materialization
            if materialization.asset_key.path == [asset]:
                return {name: value.value for name, value in materialization.metadata.items()}
    return {}
