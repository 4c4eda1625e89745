"""The asset `monthly_dump`: there when a dump is set, and never in the way."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from musictool_pipeline.definitions import build_definitions
from musictool_pipeline.demo.sample_dump import dump_name, release_element, write_dump
from musictool_pipeline.settings import Settings
from musictool_pipeline_tests.orchestration.conftest import Project, answer_of
from musictool_pipeline_tests.orchestration.test_definitions import GRAPH
from musictool_pipeline_tests.orchestration.test_refresh import materializations

RELEASES = [101, 102, 103, 104]


def element(release_id: int) -> bytes:
    filled = {"status": "Accepted", "data_quality": "", "genres": [], "styles": []}
    lists = {"identifiers": [], "companies": []}
    payload = {**filled, **lists, **json.loads(answer_of(release_id))}
    for artist in payload["artists"]:
        artist |= {"id": 1, "role": "", "tracks": ""}
    return release_element(payload)


@pytest.fixture
def project(project: Project) -> Project:
    """With a dump of two of its releases; slow enough an API that reading it pays."""
    path = project.folder / dump_name(datetime.now(UTC).date())
    write_dump(path, [b"<releases>", element(102), element(103), b"</releases>"])
    project.settings = replace(project.settings, discogs_dump=path)
    project.definitions = build_definitions(project.settings)
    project.write_export(RELEASES)
    return project


def outcome(result: dg.ExecuteInProcessResult) -> dict[str, object]:
    [event] = [
        event
        for event in result.all_events
        if event.is_step_materialization and event.asset_key == dg.AssetKey("monthly_dump")
    ]
    metadata = event.step_materialization_data.materialization.metadata
    return {name: value.value for name, value in metadata.items()}


def test_with_the_setting_it_stands_between_releases_and_tracklists() -> None:
    with_dump = build_definitions(Settings(discogs_dump=Path("discogs_20260101_releases.xml.gz")))
    specs = {spec.key.to_user_string(): spec for spec in with_dump.resolve_all_asset_specs()}
    assert specs.keys() == {*GRAPH, "monthly_dump"}
    found = {
        key: {dep.asset_key.to_user_string() for dep in spec.deps} for key, spec in specs.items()
    }
    assert found["monthly_dump"] == {"releases"}
    assert found["discogs_tracklists"] == {"releases", "monthly_dump"}
    assert found["expanded_tracks"] == set(GRAPH["expanded_tracks"][0])
    spec = specs["monthly_dump"]
    assert spec.description and spec.owners and spec.automation_condition is None
    assert spec.partitions_def is None


def test_a_refresh_takes_from_the_dump_what_it_has_and_asks_for_the_rest(project: Project) -> None:
    result = project.refresh()
    assert result.success
    assert {entry.release_id for entry in project.discogs.requests} == {101, 104}
    assert outcome(result)["releases_imported"] == 2
    events = materializations(result)
    assert {rid: event["source"] for rid, event in events.items()} == {
        101: "api", 102: "dump", 103: "dump", 104: "api",
    }  # fmt: skip
    assert events[102]["tracks"] == 2
    assert set(project.statuses().values()) == {"MATERIALIZED"}
    assert project.counts().tracks == 8


def test_a_second_refresh_does_not_read_it(project: Project) -> None:
    project.refresh()
    again = project.refresh()
    assert outcome(again)["read"] is False
    assert materializations(again) == {}


def test_a_few_releases_are_sooner_asked_for(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "musictool_pipeline.orchestration.monthly_dump.dump_is_quicker", lambda *_, **__: False
    )
    result = project.refresh()
    assert outcome(result)["read"] is False
    assert len(project.discogs.requests) == len(RELEASES)


def test_a_dump_that_is_not_there_stops_nothing(project: Project) -> None:
    """A disk that is not connected must not cost a night."""
    assert project.settings.discogs_dump
    project.settings.discogs_dump.unlink()
    result = project.refresh()
    assert result.success
    assert "cannot be read" in str(outcome(result)["problem"])
    assert project.counts().tracks == 8


def test_a_damaged_dump_is_said_and_stops_nothing(project: Project) -> None:
    path = project.settings.discogs_dump
    assert path
    path.write_bytes(path.read_bytes()[:-30])
    result = project.refresh()
    assert result.success
    assert "cut short" in str(outcome(result)["damage"])
    assert set(project.statuses().values()) == {"MATERIALIZED"}


def test_a_single_release_is_still_materialized_by_hand(project: Project) -> None:
    project.refresh()
    result = project.materialize("discogs_tracklists", partition="102")
    assert result.success
    assert materializations(result)[102]["source"] == "dump"
