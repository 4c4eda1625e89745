"""The pool that lets one step at a time, of all hosts of an instance, ask Discogs."""

from __future__ import annotations

import dagster as dg

from musictool_pipeline.disk.interrupts import interrupts_wait
from musictool_pipeline.orchestration.half_public import (
    has_limited_pools,
    known_pools,
    make_pool_of_default_limit,
)

DISCOGS_POOL = "discogs_api"


@interrupts_wait()
def make_pool(instance: dg.DagsterInstance) -> None:
    """Gives the pool the instance's default limit, if it has one and the pool is not known yet.

    Dagster does so itself when a step first asks for the pool. Of two that ask at the same time,
    on two hosts with PostgreSQL, one ends its run: the second insert fails. Hence before that, and
    safe if several do it at the same time.
    """
    if not has_limited_pools(instance) or DISCOGS_POOL in known_pools(instance):
        return
    try:
        make_pool_of_default_limit(instance, DISCOGS_POOL)
    except Exception:
        if DISCOGS_POOL not in known_pools(instance):
            raise
