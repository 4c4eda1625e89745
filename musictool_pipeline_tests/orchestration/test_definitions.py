"""The project as Dagster sees it: its checks, schedule and sensors. `test_assets` has the graph."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from graphlib import TopologicalSorter

import dagster as dg
import pytest

from musictool_pipeline.core.tables import (
    COLLECTION_CHANGES,
    DIGITAL_DUPLICATES,
    TABLES,
    WANTED_TRACKS,
)
from musictool_pipeline.definitions import build_definitions
from musictool_pipeline.errors import SettingsError
from musictool_pipeline.orchestration.automation import nightly_time
from musictool_pipeline.settings import Settings
from musictool_pipeline_tests.orchestration.conftest import Project, export_of

CHECKS = {
    "collection_csv": {
        ("collection_items_is_sound", True),
        ("collection_changes_is_sound", True),
        ("collection_was_read", False),
    },
    "releases": {("releases_is_sound", True), ("release_count_did_not_fall", False)},
    "expanded_tracks": {
        ("expanded_tracks_is_sound", True),
        ("releases_without_tracklist", False),
        ("tracks_without_artist_or_title", False),
    },
    "digital_tracks": {
        ("digital_tracks_is_sound", True),
        ("digital_library_is_there", False),
        ("digital_libraries_were_read", False),
    },
    "gap_analysis": {
        ("gap_analysis_is_sound", True),
        ("digital_duplicates_is_sound", True),
        ("gap_analysis_is_whole", True),
        ("share_owned_did_not_fall", False),
        ("overrides_have_effect", False),
    },
    "wantlist_items": {("wantlist_items_is_sound", True), ("wantlist_was_read", False)},
    "wanted_gaps": {
        ("wanted_tracks_is_sound", True),
        ("wanted_gaps_is_sound", True),
        ("wanted_gaps_are_whole", True),
        ("wanted_releases_without_tracklist", False),
    },
    "collection_statistics": {("collection_statistics_is_sound", True)},
}


@pytest.fixture(scope="module")
def definitions() -> dg.Definitions:
    return build_definitions(Settings())


def _specs(definitions: dg.Definitions) -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}


def test_nothing_that_calls_the_api_starts_by_itself(definitions: dg.Definitions) -> None:
    """Prevents a condition that fires for ever from spending the request budget."""
    assert _specs(definitions)["discogs_tracklists"].automation_condition is None


def test_every_asset_is_described_for_a_collector(definitions: dg.Definitions) -> None:
    for key, spec in _specs(definitions).items():
        assert spec.description and spec.description.endswith("."), key
        assert spec.owners, key


def test_every_table_shows_its_columns(definitions: dg.Definitions) -> None:
    asset_of = {"collection_items": "collection_csv"}
    for table in TABLES:
        # These come with collection_csv, gap_analysis and wanted_gaps, which show theirs.
        if table in (COLLECTION_CHANGES, DIGITAL_DUPLICATES, WANTED_TRACKS):
            continue
        spec = _specs(definitions)[asset_of.get(table.name, table.name)]
        schema = spec.metadata["dagster/column_schema"]
        assert [column.name for column in schema.columns] == list(table.column_names)
        assert all(column.description for column in schema.columns)


def test_the_checks_are_as_listed(definitions: dg.Definitions) -> None:
    found: dict[str, set[tuple[str, bool]]] = {}
    for check in definitions.resolve_asset_graph().asset_check_keys:
        spec = definitions.resolve_asset_graph().get_check_spec(check)
        asset = spec.asset_key.to_user_string()
        found.setdefault(asset, set()).add((spec.name, spec.blocking))
    assert found == CHECKS


def test_schedule_and_sensors(definitions: dg.Definitions) -> None:
    nightly = definitions.resolve_schedule_def("nightly_refresh")
    assert nightly.cron_schedule == "0 3 * * *"
    assert nightly.execution_timezone
    assert nightly.default_status == dg.DefaultScheduleStatus.STOPPED
    new_export = definitions.resolve_sensor_def("new_collection_export")
    assert new_export.default_status == dg.DefaultSensorStatus.STOPPED
    assert new_export.job_name == nightly.job_name == "refresh"
    follow = definitions.resolve_sensor_def("tables_follow")
    assert follow.default_status == dg.DefaultSensorStatus.RUNNING


def test_no_asset_is_left_to_the_sensor_that_dagster_adds(definitions: dg.Definitions) -> None:
    """It is switched off, so an asset with a condition that `tables_follow` leaves out would follow
    nothing, without a word."""
    sensors = {sensor.name for sensor in definitions.get_repository_def().sensor_defs}
    assert sensors == {"new_collection_export", "tables_follow"}


def test_the_groups_form_a_drawing_without_circles(definitions: dg.Definitions) -> None:
    """The page Lineage first shows the groups alone, and draws a circle with arrows backwards."""
    groups = {key: spec.group_name for key, spec in _specs(definitions).items()}
    before: dict[str, set[str]] = {group: set() for group in groups.values() if group}
    for key, spec in _specs(definitions).items():
        names = {groups[dep.asset_key.to_user_string()] for dep in spec.deps} - {groups[key]}
        before[groups[key] or ""] |= {name for name in names if name}
    assert list(TopologicalSorter(before).static_order())[-1] == "gaps"


def _tick(project: Project, name: str, cursor: str | None = None) -> dg.SensorResult:
    sensor = project.definitions.resolve_sensor_def(name)
    with dg.build_sensor_context(instance=project.instance, cursor=cursor) as context:
        data = sensor.evaluate_tick(context)
    return dg.SensorResult(run_requests=data.run_requests, cursor=data.cursor)


def test_a_new_export_starts_one_refresh_once_it_stopped_growing(project: Project) -> None:
    tick = _tick(project, "new_collection_export")
    assert not tick.run_requests
    path = project.write_export([1, 2])
    growing = path.read_bytes()
    path.write_bytes(growing[:-20])
    tick = _tick(project, "new_collection_export", tick.cursor)
    assert not tick.run_requests
    path.write_bytes(growing)
    tick = _tick(project, "new_collection_export", tick.cursor)
    assert not tick.run_requests
    tick = _tick(project, "new_collection_export", tick.cursor)
    assert tick.run_requests and len(tick.run_requests) == 1
    tick = _tick(project, "new_collection_export", tick.cursor)
    assert not tick.run_requests
    project.write_export([1, 2, 3])
    tick = _tick(project, "new_collection_export", tick.cursor)
    tick = _tick(project, "new_collection_export", tick.cursor)
    assert tick.run_requests and len(tick.run_requests) == 1


def test_a_collection_on_discogs_is_not_asked_for_every_half_minute(project: Project) -> None:
    """120 requests an hour, to see that nothing changed; and its snapshot is no new export."""
    live = replace(project.settings, username="mo")
    project.definitions = build_definitions(live)
    tick = _tick(project, "new_collection_export")
    tick = _tick(project, "new_collection_export", tick.cursor)
    assert tick.run_requests and len(tick.run_requests) == 1
    live.snapshots_dir.mkdir(parents=True)
    (live.snapshots_dir / "mo-collection-20260101-1200.csv").write_bytes(export_of([1]))
    for _ in range(3):
        tick = _tick(project, "new_collection_export", tick.cursor)
        assert not tick.run_requests
    assert project.discogs.requests == []


def _night(project: Project) -> dg.RunRequest | dg.SkipReason:
    schedule = project.definitions.resolve_schedule_def("nightly_refresh")
    with dg.build_schedule_context(
        instance=project.instance, scheduled_execution_time=datetime(2026, 1, 1, 3)
    ) as context:
        data = schedule.evaluate_tick(context)
    if data.skip_message:
        return dg.SkipReason(data.skip_message)
    requests = list(data.run_requests or ())
    assert len(requests) == 1
    return requests[0]


def test_a_night_starts_one_refresh_without_a_partition(project_on_disk: Project) -> None:
    request = _night(project_on_disk)
    assert isinstance(request, dg.RunRequest)
    assert request.partition_key is None


def test_a_night_waits_for_a_refresh_that_lives_and_not_for_one_that_is_dead(
    project_on_disk: Project,
) -> None:
    """Prevents two refreshes beside each other, and a killed one from stopping all later nights."""
    from musictool_pipeline.disk.processes import Owner
    from musictool_pipeline.orchestration.healing import PROCESS_TAG

    job = project_on_disk.definitions.resolve_job_def("refresh")
    tags = {PROCESS_TAG: str(Owner.this_process())}
    run = project_on_disk.instance.create_run_for_job(
        job, status=dg.DagsterRunStatus.STARTED, tags=tags
    )
    assert isinstance(_night(project_on_disk), dg.SkipReason)
    gone = Owner.this_process()
    project_on_disk.instance.add_run_tags(
        run.run_id, {PROCESS_TAG: str(Owner(gone.host, gone.pid, gone.began - 3600))}
    )
    assert isinstance(_night(project_on_disk), dg.RunRequest)


@pytest.mark.parametrize("cron", ["", "x", "* * * *", "60 3 * * *", "0 3 * * * *", "0 3 30 2 *"])
def test_a_cron_line_that_makes_no_sense_is_one_line_in_dagsters_load_error(cron: str) -> None:
    """What Dagster shows of code that it cannot load ends with the error's text."""
    with pytest.raises(SettingsError) as caught:
        build_definitions(Settings(nightly_cron=cron))
    assert str(caught.value).startswith(f"MUSICTOOL_NIGHTLY_CRON is {cron!r}")
    assert "such as 0 3 * * *" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("cron", ["15 2 * * 1-5", "@daily", "*/30 1,2 * JAN sun"])
def test_a_cron_line_that_dagster_takes(cron: str) -> None:
    assert nightly_time(Settings(nightly_cron=cron, timezone="Europe/Berlin")) == (
        cron,
        "Europe/Berlin",
    )
