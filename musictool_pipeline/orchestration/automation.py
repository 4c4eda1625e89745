"""When things run without a hand: the nightly refresh, a new export, a library that changed,
tables that follow.

What belongs here: job, schedule, sensors, and the condition on which a table follows. Whether what
lies there is new is decided in `core.collection.is_new`.
"""

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import dagster as dg

from musictool_pipeline.core.collection.is_new import SeenExport, SeenFiles, is_new_export
from musictool_pipeline.errors import ExportNotFound, SettingsError
from musictool_pipeline.inputs.export_folder import find_export
from musictool_pipeline.inputs.library_folder import traces_of_change
from musictool_pipeline.orchestration.half_public import is_valid_cron_schedule
from musictool_pipeline.orchestration.healing import heal_dead_runs
from musictool_pipeline.orchestration.old_runs import delete_old_runs
from musictool_pipeline.settings import Settings
from musictool_pipeline.settings.values import local_timezone

REFRESH = "refresh"

_UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]

_DEPS_UPDATED = dg.AutomationCondition.any_deps_match(dg.AutomationCondition.newly_updated())
_DEPS_WILL_BE = dg.AutomationCondition.any_deps_match(dg.AutomationCondition.will_be_requested())

# Follows every change before it, by any path: a refresh that was killed, a backfill that
# stopped half way, a click. Two latches. Is the table older than what it is made from? Dagster
# compares the times where both were updated between two looks, but only of `newly_updated` bare:
# joined with another condition by `|` or `&` the table's own update wins, and the backfill that a
# refresh was followed by is forgotten. And was anything updated since the last attempt? Without
# that one a table that cannot be built would be tried for ever. Neither belongs on the asset that
# calls the API.
FOLLOW = (
    (_DEPS_UPDATED.since(dg.AutomationCondition.newly_updated()) | _DEPS_WILL_BE).with_label(
        "older than what it is made from"
    )
    & (_DEPS_UPDATED | _DEPS_WILL_BE)
    .since(dg.AutomationCondition.newly_requested())
    .with_label("changed since it was last tried")
    & ~dg.AutomationCondition.any_deps_in_progress()
    & ~dg.AutomationCondition.in_progress()
)

FOLLOWING = (
    "releases",
    "expanded_tracks",
    "gap_analysis",
    "wanted_gaps",
    "collection_statistics",
    "collection_report",
)
"""The assets with that condition. Dagster evaluates one that no sensor names by a sensor of its
own, which is switched off."""


def automation(settings: Settings) -> dg.Definitions:
    """The job, the schedule and the sensors for these settings. Raises SettingsError."""
    cron, timezone = nightly_time(settings)
    refresh = dg.define_asset_job(
        REFRESH,
        selection=dg.AssetSelection.all(),
        description=(
            "Reads the newest export, fetches the tracklists that are missing, and rebuilds the "
            "tables. Start it without a partition; interrupt it at any moment, start it again."
        ),
    )

    @dg.schedule(
        name="nightly_refresh",
        job=refresh,
        cron_schedule=cron,
        execution_timezone=timezone,
        description=(
            "Refreshes every night, at 03:00 in this machine's time zone unless you set another "
            "time. Off until you switch it on."
        ),
    )
    def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        heal_dead_runs(context.instance)
        filters = dg.RunsFilter(job_name=REFRESH, statuses=_UNDER_WAY)
        if context.instance.get_run_records(filters, limit=1):
            return dg.SkipReason("The last refresh is still under way.")
        delete_old_runs(context.instance)
        return dg.RunRequest()

    @dg.sensor(
        name="new_collection_export",
        job=refresh,
        minimum_interval_seconds=30,
        description=(
            "Refreshes when a collection export or a digital library is new or has changed, once "
            "it has stopped growing. A collection that is read from Discogs is left to the "
            "nightly refresh. Off until you switch it on."
        ),
    )
    def new_export(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        try:
            export = _seen_collection(settings)
        except (ExportNotFound, FileNotFoundError) as error:
            return dg.SkipReason(str(error))
        seen = SeenFiles(export, tuple(_seen_libraries(settings)))
        decision = is_new_export(context.cursor, seen, time.time())
        if not decision.launch:
            context.update_cursor(decision.cursor)
            return dg.SkipReason(decision.reason)
        return dg.SensorResult(
            run_requests=[dg.RunRequest(run_key=decision.change)], cursor=decision.cursor
        )

    follow = dg.AutomationConditionSensorDefinition(
        "tables_follow",
        target=dg.AssetSelection.assets(*FOLLOWING),
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Rebuilds the tables whenever something before them changed.",
    )
    return dg.Definitions(jobs=[refresh], schedules=[nightly], sensors=[new_export, follow])


def nightly_time(settings: Settings) -> tuple[str, str]:
    """When the nightly refresh runs, as a cron expression and a time zone that Dagster takes.

    Raises SettingsError, which names the setting, its value and what to do.
    """
    cron = settings.nightly_cron
    if not is_valid_cron_schedule(cron):
        raise SettingsError(
            f"MUSICTOOL_NIGHTLY_CRON is {cron[:80]!r}, which is no cron expression; set it to "
            "minute, hour, day, month and weekday, such as 0 3 * * *"
        )
    return cron, settings.timezone or local_timezone()


def _seen_collection(settings: Settings) -> SeenExport:
    """The export in force. Of a collection that is read from the API nothing is to be seen from
    here: it would have to be asked for, and the nightly refresh does that."""
    if settings.live_user:
        return SeenExport(f"the collection of {settings.live_user}", 0, 0)
    return _seen(find_export(settings))


def _seen(path: Path) -> SeenExport:
    status = path.stat()
    return SeenExport(str(path), status.st_size, status.st_mtime_ns)


def _seen_libraries(settings: Settings) -> Iterator[SeenExport]:
    wantlist = [settings.wantlist_csv] if settings.wantlist_csv else []
    for path in (*wantlist, *traces_of_change(settings)):
        # Being replaced just now, or on a disk that is not connected: seen when it is there again.
        with suppress(OSError):
            yield _seen(path)
