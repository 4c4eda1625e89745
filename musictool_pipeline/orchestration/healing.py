"""Runs whose process is gone: without this they would stay STARTED, and their partitions in
progress, for ever.

What belongs here: telling such runs apart, and closing them. A run says at its first step which
process it lives in; one that was killed before that is told by the process that Dagster noted.
"""

from __future__ import annotations

import time

import dagster as dg
from dagster import DagsterEventType, DagsterRunStatus, RunRecord, RunsFilter

from musictool_pipeline.disk.interrupts import interrupts_wait
from musictool_pipeline.disk.processes import Owner, is_running

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
    instance.add_run_tags(run_id, process_tags())


def process_tags() -> dict[str, str]:
    """The tags of a run that lives in this process."""
    return {PROCESS_TAG: str(Owner.this_process())}


@interrupts_wait()
def heal_dead_runs(instance: dg.DagsterInstance, now: float | None = None) -> list[str]:
    """Marks runs as failed whose process is gone, frees what they held, and gives their ids."""
    now = time.time() if now is None else now
    healed: list[str] = []
    for record in instance.get_run_records(RunsFilter(statuses=_UNDER_WAY)):
        if not _is_dead(instance, record, now):
            continue
        run = record.dagster_run
        instance.report_run_failed(
            run,
            "The process of this run is gone (killed, or the machine was switched off). "
            "What it had fetched is kept; the next refresh goes on from there.",
        )
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
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
    if run.run_id in instance.event_log_storage.get_concurrency_run_ids():
        return False
    silent_for = now - record.update_timestamp.timestamp()
    if silent_for < LONGEST_FIRST_STEP:
        return False
    pid = _noted_process(instance, run.run_id)
    return silent_for > LONGEST_START if pid is None else not is_running(pid)


def _noted_process(instance: dg.DagsterInstance, run_id: str) -> int | None:
    """The process that Dagster's own executor wrote down when the run began."""
    records = instance.get_records_for_run(run_id, of_type=DagsterEventType.ENGINE_EVENT)
    for record in records.records:
        event = record.event_log_entry.dagster_event
        pid = event.engine_event_data.metadata.get("pid") if event else None
        if pid is not None and str(pid.value).isdigit():
            return int(str(pid.value))
    return None
