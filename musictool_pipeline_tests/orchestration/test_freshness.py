"""The gaps are fresh after a night, by any path, and also if there was nothing to do."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions import freshness_evaluator
from dagster._core.definitions.freshness import FreshnessState
from dagster._core.loader import LoadingContextForTest

from musictool_pipeline.app import refresh as app
from musictool_pipeline.app.refresh import refresh
from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.definitions import build_definitions
from musictool_pipeline.orchestration.freshness import (
    KEPT_FRESH,
    WITHOUT_A_RUN,
    report_up_to_date,
)
from musictool_pipeline.settings import Settings
from musictool_pipeline_tests.orchestration.conftest import Project, answer_of, export_of
from musictool_pipeline_tests.orchestration.test_automation import Evaluations
from musictool_pipeline_tests.orchestration.test_versions import data_versions, out_of_date
from musictool_pipeline_tests.stand_in.server import StandIn

HOUR = 3_600.0


def states(instance: dg.DagsterInstance, definitions: dg.Definitions) -> set[FreshnessState]:
    """As the daemon finds them."""
    graph = definitions.resolve_asset_graph()

    async def look() -> set[FreshnessState]:
        context = LoadingContextForTest(instance)
        evaluator = freshness_evaluator.TimeWindowFreshnessPolicyEvaluator()
        nodes = [graph.get(dg.AssetKey(name)) for name in KEPT_FRESH]
        return {await evaluator.evaluate_freshness(context, node) for node in nodes}

    return asyncio.run(look())


def later(monkeypatch: pytest.MonkeyPatch, hours: float) -> None:
    monkeypatch.setattr(
        freshness_evaluator, "get_current_timestamp", lambda: time.time() + hours * HOUR
    )


def test_a_night_is_fresh_for_a_day_and_a_half(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert states(project.instance, project.definitions) == {FreshnessState.UNKNOWN}
    project.write_export([101, 102])
    project.have_refreshed()
    later(monkeypatch, 35)
    assert states(project.instance, project.definitions) == {FreshnessState.PASS}
    later(monkeypatch, 37)
    assert states(project.instance, project.definitions) == {FreshnessState.FAIL}


def test_what_is_reported_without_a_run_repeats_what_a_run_said(project: Project) -> None:
    looks = Evaluations(project)
    project.write_export([101, 102])
    assert looks.requested() == set()
    project.have_refreshed()
    assert looks.requested() == set()
    before, runs = data_versions(project), project.instance.get_runs_count()
    assert report_up_to_date(project.instance) == len(KEPT_FRESH)
    assert data_versions(project) == before
    assert out_of_date(project) == set()
    assert looks.requested() == set(), "no table is made again because of it"
    assert project.instance.get_runs_count() == runs
    event = project.instance.get_latest_materialization_event(dg.AssetKey("gap_analysis"))
    assert event and event.asset_materialization
    metadata = event.asset_materialization.metadata
    assert metadata[WITHOUT_A_RUN].value is True
    assert metadata["dagster/row_count"].value == 4, "the next run compares with it"
    lineage = metadata["dagster/column_lineage"].value
    assert isinstance(lineage, dg.TableColumnLineage)
    assert lineage.deps_by_column["digital_path"] == [
        dg.TableColumnDep(dg.AssetKey("digital_tracks"), "path")
    ]


def test_what_was_never_made_is_not_called_up_to_date(project: Project) -> None:
    assert report_up_to_date(project.instance) == 0
    assert project.instance.get_asset_keys() == []


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user-cache"))
    monkeypatch.delenv("DISCOGS_API_KEY", raising=False)
    home = tmp_path / "dagster"
    home.mkdir()
    data = tmp_path / "data"
    data.mkdir()
    (data / "me-collection-20260101-1200.csv").write_bytes(export_of([101]))
    (data / "list.csv").write_text("Artist,Title,Path\nArtist 101,One,/Music/x.mp3\n")
    return Settings(
        root=tmp_path, dagster_home=home, data_dir=data, logs_dir=tmp_path / "logs",
        requests_per_minute=60_000,
    )  # fmt: skip


@pytest.mark.slow  # what is said without a run is tested above
def test_nights_by_cron_with_nothing_to_do_stay_fresh(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refresh that starts no run said nothing to Dagster, and its pages called the gaps overdue
    although each night had looked at them."""

    def night() -> None:
        assert refresh(settings, Terminal(), limit=None, dry_run=False, debug=False) == 0

    def latest() -> tuple[int, float]:
        with dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:
            event = instance.get_latest_materialization_event(dg.AssetKey("gap_analysis"))
            assert event
            return instance.get_runs_count(), event.timestamp

    with StandIn(answer_of, limit=60_000) as discogs:
        settings = replace(settings, api_url=discogs.url)
        night()
        night()
        runs, said = latest()
        night()
        assert latest() == (runs, said), "seconds after it, nothing is started and nothing said"
        old = time.time() - app.FRESH_FOR_SECONDS - 1
        os.utime(settings.standstill_file, (old, old))
        night()
        again_runs, again_said = latest()
        assert (again_runs, again_said > said) == (runs, True)
        night()
        assert latest() == (runs, again_said), "the note counts with what was said"
        with dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:
            later(monkeypatch, 35)
            assert states(instance, build_definitions(settings)) == {FreshnessState.PASS}
