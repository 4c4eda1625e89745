"""That the gaps were looked at and are up to date, also if nothing had to be made.

What belongs here: how old they may be, and the events for a refresh that needed no run. Everything
that the tables depend on was compared before (`tables.standstill`), so each event says what a run
would have said: the same data from the same code and inputs, at a later time.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import dagster as dg

from musictool_pipeline.disk.interrupts import interrupts_wait

# A night, and the one after it may be late by half a day.
FRESH: Final = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=36))

# In the order of the graph: a table that is updated before what it is made from would be made again
# by the condition that tables follow.
KEPT_FRESH: Final = ("gap_analysis", "collection_statistics", "collection_report")

WITHOUT_A_RUN: Final = "found_up_to_date_without_a_run"


@interrupts_wait()
def report_up_to_date(instance: dg.DagsterInstance) -> int:
    """An event for each of the gap assets that repeats its last one, with its figures, its data
    version and what it was made from; gives how many. None if one of them was never made."""
    last = [instance.get_latest_materialization_event(dg.AssetKey(name)) for name in KEPT_FRESH]
    found = [event.asset_materialization for event in last if event]
    known = [materialization for materialization in found if materialization]
    if len(known) < len(KEPT_FRESH):
        return 0
    for materialization in known:
        instance.report_runless_asset_event(_again(materialization))
    return len(known)


def _again(last: dg.AssetMaterialization) -> dg.AssetMaterialization:
    return dg.AssetMaterialization(
        asset_key=last.asset_key,
        description="Nothing had changed since the last refresh, so no run was needed.",
        metadata={**last.metadata, "changed": False, WITHOUT_A_RUN: True},
        tags=last.tags,
    )
