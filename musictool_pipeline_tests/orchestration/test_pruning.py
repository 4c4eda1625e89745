"""Partitions of records that left are forgotten when they are asked to be, and never otherwise."""

from __future__ import annotations

import dagster as dg
import pytest

from musictool_pipeline.orchestration.partitions import prune_partitions
from musictool_pipeline_tests.orchestration.conftest import Project

RELEASES = [101, 102, 103]


def prune(project: Project) -> dg.ExecuteInProcessResult:
    job = project.definitions.resolve_job_def("prune_partitions")
    return job.execute_in_process(instance=project.instance, raise_on_error=False)


def test_only_those_that_left_go_and_their_tracklists_stay(project: Project) -> None:
    project.write_export(RELEASES)
    project.have_refreshed(only_tracks=True)
    project.write_export([101], "me-collection-20270101-1200.csv")
    project.have_refreshed(only_tracks=True)
    assert set(project.statuses()) == set(RELEASES), "not by itself"
    assert prune(project).success
    assert project.statuses() == {101: "MATERIALIZED"}
    assert project.cache.release_ids() == set(RELEASES)


def test_a_record_that_comes_back_is_there_without_asking(project: Project) -> None:
    project.write_export(RELEASES)
    project.have_refreshed(only_tracks=True)
    project.write_export([101], "me-collection-20270101-1200.csv")
    project.have_refreshed(only_tracks=True)
    prune(project)
    asked = len(project.discogs.requests)
    project.write_export(RELEASES, "me-collection-20280101-1200.csv")
    assert project.refresh_tracks().success
    assert project.statuses() == dict.fromkeys(RELEASES, "MATERIALIZED")
    assert len(project.discogs.requests) == asked


def test_records_of_an_export_that_was_not_refreshed_yet_stay(project: Project) -> None:
    """The tables still say that a record is gone which the newest export has again."""
    project.write_export(RELEASES)
    project.have_refreshed(only_tracks=True)
    project.write_export([101], "me-collection-20270101-1200.csv")
    project.have_refreshed(only_tracks=True)
    project.write_export([101, 102], "me-collection-20280101-1200.csv")
    prune(project)
    assert set(project.statuses()) == {101, 102}


def test_an_export_that_cannot_be_read_costs_nothing(project: Project) -> None:
    project.write_export(RELEASES)
    project.have_refreshed(only_tracks=True)
    wrong = project.settings.data_dir / "me-collection-20270101-1200.csv"
    wrong.write_text("listing_id,artist,title,label,catno,format,release_id,status,price\n")
    assert not prune(project).success
    assert set(project.statuses()) == set(RELEASES)


def test_after_an_upgrade_it_waits_for_a_refresh(project: Project) -> None:
    """The tables of the version before say nothing of what is wanted: its partitions went too."""
    project.write_export(RELEASES)
    project.have_refreshed(only_tracks=True)
    project.instance.add_dynamic_partitions("discogs_release_id", ["900"])
    project.settings.database.write_bytes(b"tables of another version")
    assert not prune(project).success
    assert set(project.statuses()) == {*RELEASES, 900}


def test_nothing_to_keep_is_no_reason_to_delete_everything() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("discogs_release_id", ["1", "2"])
        assert prune_partitions(instance, []) == []
        assert prune_partitions(instance, {2}) == [1]
        assert instance.get_dynamic_partitions("discogs_release_id") == ["2"]


def test_it_cannot_be_steered(project: Project) -> None:
    job = project.definitions.resolve_job_def("prune_partitions")
    config = {"ops": {"delete_partitions": {"config": {"keep": [1]}}}}
    with pytest.raises(dg.DagsterInvalidConfigError):
        job.execute_in_process(config, project.instance)


def test_nothing_starts_it(project: Project) -> None:
    repository = project.definitions.get_repository_def()
    scheduled = {schedule.job_name for schedule in repository.schedule_defs}
    sensed = {sensor.job_name for sensor in repository.sensor_defs if sensor.has_jobs}
    assert "prune_partitions" in repository.job_names
    assert "prune_partitions" not in scheduled | sensed
