"""Old runs go, and nothing that Dagster knows of an asset or a partition goes with them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from musictool_pipeline.orchestration import old_runs
from musictool_pipeline.orchestration.half_public import last_result
from musictool_pipeline.orchestration.healing import process_tags
from musictool_pipeline.orchestration.old_runs import KEPT_FOR, delete_old_runs

AS_SHIPPED = old_runs.FEWEST
LATER = KEPT_FOR.total_seconds() + 60
FEWEST = 2
"""Less than in earnest: each run takes a quarter of a second."""
PARTITIONS = dg.DynamicPartitionsDefinition(name="releases")


@dg.asset
def table() -> None:
    """Made by every run."""


@dg.asset(partitions_def=PARTITIONS)
def tracklists() -> None:
    """Made by a few."""


@pytest.fixture(autouse=True)
def few_runs_are_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(old_runs, "FEWEST", FEWEST)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("releases", ["1", "2"])
        yield instance


@pytest.fixture
def instance_on_disk(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        yield instance


def materialized(instance: dg.DagsterInstance, asset: dg.AssetsDefinition, key: str = "") -> str:
    return dg.materialize(
        [asset], instance=instance, partition_key=key or None, tags=process_tags()
    ).run_id


def run_ids(instance: dg.DagsterInstance) -> set[str]:
    return {run.run_id for run in instance.get_runs()}


def test_a_run_goes_when_it_holds_nothing_that_is_the_latest(instance: dg.DagsterInstance) -> None:
    first = materialized(instance, tracklists, "1")
    fetched_again = [materialized(instance, tracklists, "2") for _ in range(2)]
    idle = [materialized(instance, table) for _ in range(FEWEST)]
    deleted = delete_old_runs(instance, time.time() + LATER)
    assert set(deleted) == {fetched_again[0], *idle[:-1]}
    assert run_ids(instance) == {first, fetched_again[1], idle[-1]}
    assert set(instance.get_materialized_partitions(tracklists.key)) == {"1", "2"}
    latest = instance.get_latest_materialization_event(table.key)
    assert latest and latest.run_id == idle[-1]


def test_nine_old_runs_are_not_looked_at_and_ten_are(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(old_runs, "FEWEST", AS_SHIPPED)
    job = dg.Definitions([table]).resolve_implicit_global_asset_job_def()

    def another_ends() -> str:
        run = instance.create_run_for_job(
            job, status=dg.DagsterRunStatus.SUCCESS, tags=process_tags()
        )
        return run.run_id

    ended = {another_ends() for _ in range(9)}
    assert delete_old_runs(instance, time.time() + LATER) == []
    ended.add(another_ends())
    assert set(delete_old_runs(instance, time.time() + LATER)) == ended


def test_its_files_go_with_it(instance_on_disk: dg.DagsterInstance, tmp_path: Path) -> None:
    for _ in range(FEWEST):
        materialized(instance_on_disk, table)
    deleted = delete_old_runs(instance_on_disk, time.time() + LATER)
    assert len(deleted) == FEWEST - 1
    left = [path for path in tmp_path.rglob("*") if any(run_id in str(path) for run_id in deleted)]
    assert left == []


def test_a_run_of_the_last_weeks_stays(instance: dg.DagsterInstance) -> None:
    for _ in range(FEWEST):
        materialized(instance, table)
    assert delete_old_runs(instance, time.time() + LATER - 120) == []
    assert len(run_ids(instance)) == FEWEST


def test_a_run_that_has_not_ended_stays(instance: dg.DagsterInstance) -> None:
    begun = instance.create_run_for_job(
        dg.Definitions([table]).resolve_implicit_global_asset_job_def(),
        status=dg.DagsterRunStatus.STARTED,
        tags=process_tags(),
    )
    for _ in range(FEWEST):
        materialized(instance, table)
    assert begun.run_id not in delete_old_runs(instance, time.time() + LATER)


def test_a_run_of_another_project_stays(instance: dg.DagsterInstance) -> None:
    """On an instance that several projects share."""
    others = {dg.materialize([table], instance=instance).run_id for _ in range(FEWEST)}
    for _ in range(FEWEST):
        materialized(instance, table)
    assert others.isdisjoint(delete_old_runs(instance, time.time() + LATER))
    assert others <= run_ids(instance)


def test_a_run_that_stays_is_not_examined_again_for_as_long(instance: dg.DagsterInstance) -> None:
    """Or each refresh would ask for all partitions, once ten runs hold one each."""
    keys = [str(number) for number in range(FEWEST)]
    instance.add_dynamic_partitions("releases", keys)
    for key in keys:
        materialized(instance, tracklists, key)
    now = time.time() + LATER
    assert delete_old_runs(instance, now) == []
    for key in keys:
        materialized(instance, tracklists, key)
    assert delete_old_runs(instance, now + 60) == []
    assert len(delete_old_runs(instance, now + LATER)) == FEWEST


def test_what_a_check_found_stays(instance: dg.DagsterInstance) -> None:
    @dg.asset_check(asset=table)
    def is_whole() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=True, metadata={"rows": 7})

    dg.Definitions(
        [table], asset_checks=[is_whole]
    ).resolve_implicit_global_asset_job_def().execute_in_process(
        instance=instance, tags=process_tags()
    )
    for _ in range(FEWEST):
        materialized(instance, table)
    assert len(delete_old_runs(instance, time.time() + LATER)) == FEWEST
    found = last_result(instance, is_whole.check_key)
    assert found
    assert found[0].metadata["rows"].value == 7
