"""Runs whose process is gone: without this they would stay STARTED, and their partitions in
progress, for ever.

What belongs here: telling such runs apart, and closing them. A run says at its first step which
process it lives in; one that was killed before that is known by the process that Dagster noted.
"""

from __future__ import annotations

import time

import dagster as dg
from dagster import DagsterRunStatus, RunRecord, RunsFilter

from musictool_pipeline.disk.interrupts import interrupts_wait
from musictool_pipeline.disk.processes import Owner, is_running
from musictool_pipeline.orchestration.failures import tell_checks_of_killed
from musictool_pipeline.orchestration.half_public import (
    add_tags,
    close_as_failed,
    noted_process,
    runs_in_pools,
)

PROCESS_TAG = "musictool/process"

# Between a run's creation and its first step: importing Dagster on a laptop that just woke up.
LONGEST_START = 600.0

# Between a run's start and its first step, once its process was noted. Less would risk to close a
# run that has just begun on another host.
LONGEST_FIRST_STEP = 60.0

_UNDER_WAY = [
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
    DagsterRunStatus.CANCELING,
]


@interrupts_wait()
def claim_run(instance: dg.DagsterInstance, run_id: str) -> None:
    """Notes that the run lives in this process."""
    add_tags(instance, run_id, process_tags())


def process_tags() -> dict[str, str]:
    """The tags of a run that lives in this process."""
    return {PROCESS_TAG: str(Owner.this_process())}


@interrupts_wait()
def heal_dead_runs(instance: dg.DagsterInstance, now: float | None = None) -> list[str]:
    """Marks runs as failed whose process is gone, frees what they held, and gives their ids.

    Their checks keep the last results: Dagster shows those of a failed run as failed.
    """
    now = time.time() if now is None else now
    healed: list[str] = []
    for record in instance.get_run_records(RunsFilter(statuses=_UNDER_WAY)):
        if not _is_dead(instance, record, now):
            continue
        run = record.dagster_run
        close_as_failed(
            instance,
            run,
            "The process of this run is gone (killed, or the machine was switched off). "
            "What it had fetched is kept; the next refresh goes on from there.",
        )
        tell_checks_of_killed(instance, run.run_id)
        healed.append(run.run_id)
    return healed


def is_any_under_way(instance: dg.DagsterInstance) -> bool:
    """Whether a run has begun, or is about to, that has not ended."""
    return bool(instance.get_run_records(RunsFilter(statuses=_UNDER_WAY), limit=1))


def _is_dead(instance: dg.DagsterInstance, record: RunRecord, now: float) -> bool:
    run = record.dagster_run
    if owner := Owner.parse(run.tags.get(PROCESS_TAG, "")):
        return owner.is_gone()
    # It waits in the pool for its first step, silent for as long as another host fetches; whether
    # a process of that number runs on this host says nothing about it.
    if run.run_id in runs_in_pools(instance):
        return False
    silent_for = now - record.update_timestamp.timestamp()
    if silent_for < LONGEST_FIRST_STEP:
        return False
    pid = noted_process(instance, run.run_id)
    return silent_for > LONGEST_START if pid is None else not is_running(pid)
