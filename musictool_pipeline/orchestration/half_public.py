"""What this project uses of Dagster that Dagster does not promise to keep.

What belongs here: each such call, once, behind a name of our own; nothing else in this room imports
`dagster._...`, reaches into an instance's storage, or calls a method that is not marked as public.
`CALLS` names them for the test that fails when another version of Dagster has changed one. The
version is pinned, so that happens when it is raised, and not at a user's. How Dagster's web server
and `dagster dev` are started is written in `app`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import dagster as dg
from dagster._core.definitions.data_version import DATA_VERSION_TAG as DATA_VERSION_TAG
from dagster._core.event_api import EventLogRecord
from dagster._core.storage import sql
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.runs.sqlite import sqlite_run_storage
from dagster._core.storage.schedules.sqlite import sqlite_schedule_storage
from dagster._utils.schedules import is_valid_cron_schedule as is_valid_cron_schedule
from dagster._utils.warnings import BetaWarning

CALLS: Final[Mapping[str, tuple[str, ...]]] = {
    "add_run_tags": ("run_id", "new_tags"),
    "compute_log_manager.delete_logs": ("prefix",),
    "event_log_storage.free_concurrency_slots_for_run": ("run_id",),
    "event_log_storage.get_asset_check_execution_history": ("check_key", "limit", "status"),
    "event_log_storage.get_concurrency_run_ids": (),
    "event_log_storage.get_pool_limits": (),
    "event_log_storage.path_for_shard": ("run_id",),
    "event_log_storage.initialize_concurrency_limit_to_default": ("concurrency_key",),
    "event_log_storage.supports_global_concurrency_limits": (),
    "get_materialized_partitions": ("asset_key",),
    "get_records_for_run": ("run_id", "of_type"),
    "global_op_concurrency_default_limit": (),
    "report_run_failed": ("dagster_run", "message"),
}
"""By the call on an instance the parameters that it is given."""


_BETAS: Final = (
    r"Parameter `backfill_policy` of function `asset`",
    r"Function `with_source_code_references`",
    r"Class `(CodeReferencesMetadataValue|LocalFileCodeReference)`",
)
"""What this project uses although it may change in a minor version: a run for a whole range of
partitions, and the line of code that an asset is. The tests hold both."""


_MOST_ENGINES: Final = 16
"""Each run has a file of its own for its events."""


def keep_engines() -> None:
    """Has Dagster keep what it reaches a file of SQLite's with. It makes an engine of SQLAlchemy's
    for each event that it stores, and with the engine every statement again: a third of the time of
    a refresh with nothing to do. The engine holds no connection in between."""
    for module in (sqlite_event_log, sqlite_run_storage, sqlite_schedule_storage):
        make = module.create_engine
        if not hasattr(make, "keeps"):
            setattr(module, "create_engine", _keeping(make))  # noqa: B010


def _keeping(make: Callable[..., Any]) -> Callable[..., Any]:
    kept: dict[tuple[str, str], Any] = {}

    def engine_for(address: str, **options: Any) -> Any:
        key = address, repr(options)
        engine = kept.pop(key, None) or make(address, **options)
        kept[key] = engine  # the last to go
        for longest_unused in list(kept)[:-_MOST_ENGINES]:
            kept.pop(longest_unused, None)
        return engine

    engine_for.keeps = True  # pyright: ignore[reportFunctionMemberAccess]
    return engine_for


def read_migrations_once() -> None:
    """Has Dagster read the migrations of its tables once in a process. It reads all ninety of them
    each time that it opens a database: five times in a refresh, and nine times in a first one."""
    directory: Any = vars(sql)["ScriptDirectory"]
    read = directory.from_config
    if hasattr(read, "keeps"):
        return
    kept: dict[str, Any] = {}

    def migrations(config: Any) -> Any:
        place = config.get_main_option("script_location")
        if place not in kept:
            kept[place] = read(config)
        return kept[place]

    migrations.keeps = True  # pyright: ignore[reportFunctionMemberAccess]
    directory.from_config = migrations


def accept_betas() -> None:
    """Keeps Dagster from warning, at each start, of what is used here knowingly; all other warnings
    stay."""
    for message in _BETAS:
        warnings.filterwarnings("ignore", message=message, category=BetaWarning)


# --- Runs -----------------------------------------------------------------------------------------


def add_tags(instance: dg.DagsterInstance, run_id: str, tags: Mapping[str, str]) -> None:
    """Puts tags on a run that has begun."""
    instance.add_run_tags(run_id, tags)


def close_as_failed(instance: dg.DagsterInstance, run: dg.DagsterRun, why: str) -> None:
    """Marks a run as failed that cannot do so itself, and frees what it held in pools."""
    instance.report_run_failed(run, why)
    free_slots(instance, run.run_id)


def noted_process(instance: dg.DagsterInstance, run_id: str) -> int | None:
    """The process that Dagster's own executor wrote down when the run began."""
    for record in _records(instance, run_id, dg.DagsterEventType.ENGINE_EVENT):
        event = record.event_log_entry.dagster_event
        pid = event.engine_event_data.metadata.get("pid") if event else None
        if pid is not None and str(pid.value).isdigit():
            return int(str(pid.value))
    return None


def _records(
    instance: dg.DagsterInstance, run_id: str, kind: dg.DagsterEventType
) -> list[EventLogRecord]:
    return list(instance.get_records_for_run(run_id, of_type=kind).records)


def errors_of_steps(instance: dg.DagsterInstance, run_id: str) -> set[str]:
    """The classes of the errors that ended steps of a run."""
    return {
        event.step_failure_data.error.cls_name or ""
        for record in _records(instance, run_id, dg.DagsterEventType.STEP_FAILURE)
        if (event := record.event_log_entry.dagster_event) and event.step_failure_data.error
    }


def delete_run(instance: dg.DagsterInstance, run_id: str) -> None:
    """Deletes a run, its events and what it printed. Dagster's own `delete_run` empties the
    database in which the run's events were, and leaves the file as large as it was."""
    instance.delete_run(run_id)
    instance.compute_log_manager.delete_logs(prefix=[run_id])
    storage = instance.event_log_storage
    if isinstance(storage, SqliteEventLogStorage):
        Path(storage.path_for_shard(run_id)).unlink(missing_ok=True)


# --- Pools ----------------------------------------------------------------------------------------


def has_limited_pools(instance: dg.DagsterInstance) -> bool:
    """Whether pools that have no limit of their own have one by default."""
    return bool(
        instance.event_log_storage.supports_global_concurrency_limits
        and instance.global_op_concurrency_default_limit is not None
    )


def known_pools(instance: dg.DagsterInstance) -> set[str]:
    """The pools that have a limit."""
    return {pool.name for pool in instance.event_log_storage.get_pool_limits()}


def make_pool_of_default_limit(instance: dg.DagsterInstance, pool: str) -> None:
    """Gives the pool the default limit. Raises what the storage raises, also if another process
    was first."""
    instance.event_log_storage.initialize_concurrency_limit_to_default(pool)


def runs_in_pools(instance: dg.DagsterInstance) -> set[str]:
    """The runs that hold a slot of a pool, or wait for one."""
    return set(instance.event_log_storage.get_concurrency_run_ids())


def free_slots(instance: dg.DagsterInstance, run_id: str) -> None:
    """Gives back what a run held in pools."""
    instance.event_log_storage.free_concurrency_slots_for_run(run_id)


# --- Partitions -----------------------------------------------------------------------------------


def materialized_partitions(instance: dg.DagsterInstance, asset: dg.AssetKey) -> set[str]:
    """The partitions that have an event."""
    return set(instance.get_materialized_partitions(asset))


# --- Checks ---------------------------------------------------------------------------------------


def planned_checks(instance: dg.DagsterInstance, run_id: str) -> list[dg.AssetCheckKey]:
    """The checks that a run set out to make."""
    keys: list[dg.AssetCheckKey] = []
    for record in _records(instance, run_id, dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED):
        if event := record.event_log_entry.dagster_event:
            planned = event.asset_check_planned_data
            keys.append(dg.AssetCheckKey(planned.asset_key, planned.check_name))
    return keys


def unmade_checks(instance: dg.DagsterInstance, run_id: str) -> list[dg.AssetCheckKey]:
    """The checks that a run set out to make and has no result of."""
    made = {
        event.asset_check_evaluation_data.asset_check_key
        for record in _records(instance, run_id, dg.DagsterEventType.ASSET_CHECK_EVALUATION)
        if (event := record.event_log_entry.dagster_event)
    }
    return [check for check in planned_checks(instance, run_id) if check not in made]


def last_result(
    instance: dg.DagsterInstance, check: dg.AssetCheckKey
) -> tuple[dg.AssetCheckEvaluation, float] | None:
    """What the check last found, and when (seconds since 1970); None if it was never made."""
    made = {AssetCheckExecutionRecordStatus.SUCCEEDED, AssetCheckExecutionRecordStatus.FAILED}
    storage = instance.event_log_storage
    for record in storage.get_asset_check_execution_history(check, limit=1, status=made):
        if record.evaluation and record.event:
            return record.evaluation, record.event.timestamp
    return None


def log_check(context: dg.AssetExecutionContext, result: dg.AssetCheckEvaluation) -> None:
    """Records a result, also for a check of another asset; Dagster's own types leave it out."""
    context.log_event(result)  # pyright: ignore[reportArgumentType]


def downstream_of(context: dg.AssetExecutionContext) -> set[dg.AssetKey]:
    """The asset of this step, and all that is made from it, near or far."""
    graph = context.job_def.asset_layer.asset_graph
    return set(dg.AssetSelection.assets(context.asset_key).downstream().resolve(graph))
