"""A check that could not be made says so, and its last result stays: one bad export does not turn
the checks of sound tables red."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import dagster as dg
import pytest
from dagster._core.loader import LoadingContextForTest
from dagster._core.storage.asset_check_execution_record import (
    AssetCheckExecutionResolvedStatus as Status,
)

from musictool_pipeline.disk.processes import Owner
from musictool_pipeline.orchestration import assets, checks
from musictool_pipeline.orchestration.checks import CHECKS, Check, CheckFinding
from musictool_pipeline.orchestration.failures import LAST_MADE, NOT_MADE
from musictool_pipeline.orchestration.healing import PROCESS_TAG, heal_dead_runs
from musictool_pipeline_tests.orchestration.conftest import Project

RELEASES = [101, 102]


def shown(project: Project) -> Mapping[dg.AssetCheckKey, tuple[Status, Any]]:
    """Each check's state, as the pages show it, and its latest evaluation."""
    keys = list(project.definitions.resolve_asset_graph().asset_check_keys)
    context = LoadingContextForTest(project.instance)
    storage = project.instance.event_log_storage
    found = storage.get_latest_asset_check_execution_by_key(keys)
    return {
        key: (asyncio.run(record.resolve_status(context)), record.evaluation)
        for key, record in found.items()
    }


def not_made(project: Project) -> set[str]:
    """The assets with a check that says that it was not made."""
    return {
        key.asset_key.to_user_string()
        for key, (_, evaluation) in shown(project).items()
        if evaluation and NOT_MADE in evaluation.metadata
    }


def break_the_export(project: Project, year: int = 2027) -> None:
    wrong = project.settings.data_dir / f"me-collection-{year}0101-1200.csv"
    wrong.write_text("listing_id,artist,title,label,catno,format,release_id,status,price\n")


def test_after_a_bad_export_each_check_keeps_its_last_result(project: Project) -> None:
    project.write_export(RELEASES)
    project.have_refreshed()
    before = {key: status for key, (status, _) in shown(project).items()}
    break_the_export(project)
    assert not project.refresh().success
    after = shown(project)
    assert {key: status for key, (status, _) in after.items()} == before
    assert Status.EXECUTION_FAILED not in {status for status, _ in after.values()}
    whole = dg.AssetCheckKey(dg.AssetKey("gap_analysis"), "gap_analysis_is_whole")
    evaluation = after[whole][1]
    assert "Not made, since collection_csv failed" in evaluation.description
    assert evaluation.metadata["tracks_without_row"].value == 0, "what it last found"
    assert "digital_tracks" not in not_made(project), "nothing that it is made from failed"


def test_the_time_of_the_last_result_stays_however_often_it_is_not_made(project: Project) -> None:
    project.write_export(RELEASES)
    project.have_refreshed()
    break_the_export(project)
    project.refresh()
    whole = dg.AssetCheckKey(dg.AssetKey("gap_analysis"), "gap_analysis_is_whole")
    first = shown(project)[whole][1]
    project.refresh()
    second = shown(project)[whole][1]
    assert second.metadata[LAST_MADE] == first.metadata[LAST_MADE]
    assert second.description == first.description
    project.write_export(RELEASES, "me-collection-20280101-1200.csv")
    assert project.refresh().success
    assert not_made(project) == set(), "the next good export clears it"


def test_what_was_never_made_did_not_pass_and_is_no_error(project: Project) -> None:
    project.settings.data_dir.mkdir()
    break_the_export(project)
    assert not project.refresh().success
    for key, (status, evaluation) in shown(project).items():
        if key.asset_key != dg.AssetKey("digital_tracks"):
            assert status == Status.FAILED
            assert evaluation.severity == dg.AssetCheckSeverity.WARN
            assert "never made before" in evaluation.description


def test_a_blocking_check_tells_those_below_and_keeps_its_own_finding(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write_export(RELEASES)
    project.have_refreshed()
    refuses = Check("releases_is_sound", "Never.", lambda _: CheckFinding(False), blocking=True)
    with monkeypatch.context() as patched:
        patched.setitem(checks.CHECKS, "releases", [refuses, *CHECKS["releases"][1:]])  # type: ignore[arg-type]
        assert not project.refresh().success
    assert not_made(project) == {
        "expanded_tracks", "gap_analysis", "collection_statistics", "wantlist_items", "wanted_gaps",
    }  # fmt: skip
    own = shown(project)[dg.AssetCheckKey(dg.AssetKey("releases"), "releases_is_sound")]
    assert own[0] == Status.FAILED


def test_after_an_interrupt_each_check_keeps_its_last_result(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write_export(RELEASES)
    project.have_refreshed()
    before = {key: status for key, (status, _) in shown(project).items()}
    project.write_export([*RELEASES, 103], "me-collection-20280101-1200.csv")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, suppress(KeyboardInterrupt):
        patched.setattr(assets, "expand", interrupted)
        project.refresh()
    after = shown(project)
    assert {key: status for key, (status, _) in after.items()} == before
    tracks = dg.AssetCheckKey(dg.AssetKey("expanded_tracks"), "expanded_tracks_is_sound")
    assert "expanded_tracks was interrupted" in after[tracks][1].description
    assert "releases" not in not_made(project), "it was made before the interrupt"


def test_after_a_killed_run_each_check_keeps_its_last_result(project: Project) -> None:
    project.write_export(RELEASES)
    project.have_refreshed()
    before = {key: status for key, (status, _) in shown(project).items()}
    job = project.definitions.resolve_job_def("refresh")
    gone = replace(Owner.this_process(), began=0.0)
    tags = {PROCESS_TAG: str(gone)}
    project.instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED, tags=tags)
    assert Status.IN_PROGRESS in {status for status, _ in shown(project).values()}
    heal_dead_runs(project.instance)
    after = shown(project)
    assert {key: status for key, (status, _) in after.items()} == before
    assert all("the run was killed" in found.description for _, found in after.values())
