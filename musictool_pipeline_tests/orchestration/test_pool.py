"""The pool is there before anything asks for it, also where several make it at the same time."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import dagster as dg
import pytest

from musictool_pipeline.orchestration.assets import discogs_tracklists
from musictool_pipeline.orchestration.pool import DISCOGS_POOL, make_pool
from musictool_pipeline_tests.orchestration.conftest import Project

ONE_AT_A_TIME = {"concurrency": {"pools": {"default_limit": 1}}}


@pytest.fixture
def instance(tmp_path: Path) -> dg.DagsterInstance:
    return dg.DagsterInstance.local_temp(str(tmp_path), overrides=ONE_AT_A_TIME)


def limits(instance: dg.DagsterInstance) -> dict[str, int]:
    return {pool.name: pool.limit for pool in instance.event_log_storage.get_pool_limits()}


def test_it_has_the_instances_limit(instance: dg.DagsterInstance) -> None:
    make_pool(instance)
    make_pool(instance)
    assert limits(instance) == {DISCOGS_POOL: 1}


def test_a_limit_that_the_user_set_stays(instance: dg.DagsterInstance) -> None:
    instance.event_log_storage.set_concurrency_slots(DISCOGS_POOL, 3)
    make_pool(instance)
    assert limits(instance) == {DISCOGS_POOL: 3}


def test_where_pools_have_no_limit_there_is_none(tmp_path: Path) -> None:
    instance = dg.DagsterInstance.local_temp(str(tmp_path))
    make_pool(instance)
    make_pool(dg.DagsterInstance.ephemeral())
    assert limits(instance) == {}


def test_another_host_makes_it_between_the_look_and_the_insert(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With PostgreSQL the second of two inserts fails, and with it a run that had not begun."""
    storage = instance.event_log_storage
    make = storage.initialize_concurrency_limit_to_default

    def too_late(pool: str) -> bool:
        make(pool)
        raise RuntimeError("duplicate key value violates unique constraint")

    monkeypatch.setattr(storage, "initialize_concurrency_limit_to_default", too_late)
    make_pool(instance)
    assert limits(instance) == {DISCOGS_POOL: 1}


def test_a_pool_that_cannot_be_made_is_no_secret(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(pool: str) -> bool:
        raise RuntimeError("disk full")

    storage = instance.event_log_storage
    monkeypatch.setattr(storage, "initialize_concurrency_limit_to_default", broken)
    with pytest.raises(RuntimeError, match="disk full"):
        make_pool(instance)


def test_it_is_there_once_there_are_releases_to_fetch(
    project: Project, instance: dg.DagsterInstance
) -> None:
    project.write_export([1, 2])
    project = dataclasses.replace(project, instance=instance)
    assert project.materialize("collection_csv", "releases").success
    assert limits(instance) == {DISCOGS_POOL: 1}
    assert discogs_tracklists.op.pool == DISCOGS_POOL
