"""The asset `monthly_dump`: always there, idle if no dump is set, and never in the way."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from musictool_pipeline.definitions import build_definitions
from musictool_pipeline.settings import Settings
from musictool_pipeline_tests.orchestration.conftest import (
    TO_THE_TRACKS,
    Project,
    answer_of,
    definitions_of,
)
from musictool_pipeline_tests.orchestration.test_refresh import materializations
from musictool_pipeline_tests.sample_dump import dump_name, release_element, write_dump

RELEASES = [101, 102, 103, 104]


def element(release_id: int) -> bytes:
    filled = {"status": "Accepted", "data_quality": "", "genres": [], "styles": []}
    lists = {"identifiers": [], "companies": []}
    payload = {**filled, **lists, **json.loads(answer_of(release_id))}
    for artist in payload["artists"]:
        artist |= {"id": 1, "role": "", "tracks": ""}
    return release_element(payload)


WITH_A_DUMP = (*TO_THE_TRACKS, "monthly_dump")


@pytest.fixture
def project(project: Project) -> Project:
    """With a dump of two of its releases; slow enough an API that reading it pays."""
    path = project.folder / dump_name(datetime.now(UTC).date())
    write_dump(path, [b"<releases>", element(102), element(103), b"</releases>"])
    project.settings = replace(project.settings, discogs_dump=path)
    project.definitions = definitions_of(project.settings)
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


def test_the_graph_is_the_same_with_every_setting(project: Project) -> None:
    """Prevents assets, and what Dagster remembers of them, from coming and going with `.env`."""
    without = build_definitions(Settings())
    every = (
        project.settings,
        Settings(discogs_dump=Path("discogs_20260101_releases.xml.gz"), username="mo"),
    )
    for settings in every:
        assert specs_of(build_definitions(settings)) == specs_of(without)


def specs_of(definitions: dg.Definitions) -> dict[str, tuple[object, ...]]:
    return {
        spec.key.to_user_string(): (
            {dep.asset_key for dep in spec.deps},
            spec.group_name,
            spec.tags,
            spec.partitions_def,
            spec.code_version,
            spec.description,
        )
        for spec in definitions.resolve_all_asset_specs()
    }


def test_without_a_dump_it_does_nothing_and_says_so(project: Project) -> None:
    project.settings = replace(project.settings, discogs_dump=None)
    told = project.make(*WITH_A_DUMP).metadata["monthly_dump"]
    assert told["read"] is False
    assert "MUSICTOOL_DISCOGS_DUMP" in str(told["why"])
    assert len(project.discogs.requests) == len(RELEASES)


def test_a_refresh_takes_from_the_dump_what_it_has_and_asks_for_the_rest(project: Project) -> None:
    result = project.refresh_only(*WITH_A_DUMP)
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
    project.make(*WITH_A_DUMP)
    again = project.make(*WITH_A_DUMP)
    assert again.metadata["monthly_dump"]["read"] is False
    assert again.booked() == {}


def test_a_few_releases_are_sooner_asked_for(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "musictool_pipeline.orchestration.monthly_dump.dump_is_quicker", lambda *_, **__: False
    )
    assert project.make(*WITH_A_DUMP).metadata["monthly_dump"]["read"] is False
    assert len(project.discogs.requests) == len(RELEASES)


def test_a_dump_that_is_not_there_stops_nothing(project: Project) -> None:
    """A disk that is not connected must not cost a night."""
    assert project.settings.discogs_dump
    project.settings.discogs_dump.unlink()
    told = project.make(*WITH_A_DUMP).metadata["monthly_dump"]
    assert "cannot be read" in str(told["problem"])
    assert project.counts().tracks == 8


def test_a_damaged_dump_is_said_and_stops_nothing(project: Project) -> None:
    path = project.settings.discogs_dump
    assert path
    path.write_bytes(path.read_bytes()[:-30])
    told = project.make(*WITH_A_DUMP).metadata["monthly_dump"]
    assert "cut short" in str(told["damage"])
    assert set(project.statuses().values()) == {"MATERIALIZED"}


def test_a_single_release_is_still_materialized_by_hand(project: Project) -> None:
    project.make(*WITH_A_DUMP)
    result = project.materialize("discogs_tracklists", partition="102")
    assert result.success
    assert materializations(result)[102]["source"] == "dump"
