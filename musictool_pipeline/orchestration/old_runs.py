"""Runs of long ago: Dagster keeps each one for ever, half a megabyte for a night in which nothing
was new.

What belongs here: which runs may go. They are deleted when a refresh begins.
A run stays as long as it is the latest that materialized an asset or a partition: Dagster deletes
a run's events with it, and the partition would count as missing. What the checks found stays in
any case. An instance may be shared with other projects: only runs that this one claimed are looked
at.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import dagster as dg

from musictool_pipeline.disk.interrupts import interrupts_wait
from musictool_pipeline.orchestration.half_public import add_tags, delete_run
from musictool_pipeline.orchestration.healing import PROCESS_TAG

KEPT_FOR: Final = timedelta(days=90)
"""As long as Dagster keeps the ticks of the schedule (`retention` in dagster.yaml)."""

FEWEST: Final = 10
"""Old runs before any is looked at: what they hold is asked over all partitions, which takes
seconds in a large collection, and so not every night."""

_EXAMINED: Final = "musictool/examined"
"""The tag of a run that may not go yet: when that was found, in seconds since 1970."""

_ENDED: Final = [
    dg.DagsterRunStatus.SUCCESS,
    dg.DagsterRunStatus.FAILURE,
    dg.DagsterRunStatus.CANCELED,
]
_PAGE: Final = 1_000


@interrupts_wait()
def delete_old_runs(instance: dg.DagsterInstance, now: float | None = None) -> list[str]:
    """Deletes the runs that ended 90 days ago and hold nothing that is the latest of its kind, and
    gives their ids. `now` is in seconds since 1970."""
    now = time.time() if now is None else now
    before = now - KEPT_FOR.total_seconds()
    old = [
        record.dagster_run
        for record in instance.get_run_records(dg.RunsFilter(statuses=_ENDED))
        if PROCESS_TAG in record.dagster_run.tags
        and (record.end_time or record.update_timestamp.timestamp()) < before
        and float(record.dagster_run.tags.get(_EXAMINED, 0)) < before
    ]
    if len(old) < FEWEST:
        return []
    holding = set(_runs_of_latest_materializations(instance))
    deleted: list[str] = []
    for run in old:
        if run.run_id in holding:
            add_tags(instance, run.run_id, {_EXAMINED: f"{now:.0f}"})
        else:
            delete_run(instance, run.run_id)
            deleted.append(run.run_id)
    return deleted


def _runs_of_latest_materializations(instance: dg.DagsterInstance) -> Iterator[str]:
    """The run of the latest event of each asset, and of each partition."""
    for asset in instance.get_asset_keys():
        seen: set[str | None] = set()
        for record in _materializations(instance, asset):
            if record.partition_key not in seen:
                seen.add(record.partition_key)
                yield record.run_id


def _materializations(
    instance: dg.DagsterInstance, asset: dg.AssetKey
) -> Iterator[dg.EventLogRecord]:
    """All of an asset's, the latest first."""
    cursor: str | None = None
    while True:
        page = instance.fetch_materializations(asset, _PAGE, cursor)
        yield from page.records
        if not page.has_more:
            return
        cursor = page.cursor
