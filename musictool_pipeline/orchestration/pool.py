"""The pool that lets one step at a time, of all hosts of an instance, ask Discogs."""

from __future__ import annotations

import dagster as dg

from musictool_pipeline.disk.interrupts import interrupts_wait

DISCOGS_POOL = "discogs_api"


@interrupts_wait()
def make_pool(instance: dg.DagsterInstance) -> None:
    """Gives the pool the instance's default limit, where it has one and the pool is not known yet.

    Dagster does so itself when a step first asks for the pool. Of two that ask at once, on two
    hosts with PostgreSQL, one ends its run: the second insert fails. Hence before that, and safe
    where several do it at once.
    """
    storage = instance.event_log_storage
    has_pools = storage.supports_global_concurrency_limits
    if not has_pools or instance.global_op_concurrency_default_limit is None:
        return
    if _is_known(instance):
        return
    try:
        storage.initialize_concurrency_limit_to_default(DISCOGS_POOL)
    except Exception:
        if not _is_known(instance):
            raise


def _is_known(instance: dg.DagsterInstance) -> bool:
    storage = instance.event_log_storage
    return DISCOGS_POOL in {pool.name for pool in storage.get_pool_limits()}
