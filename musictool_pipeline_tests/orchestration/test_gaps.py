"""The digital library and the gap analysis as Dagster runs them, from libraries on disk."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from musictool_pipeline.core.progress import DONE
from musictool_pipeline.disk.progress_file import read_progress
from musictool_pipeline.orchestration.collection import MOST_WARNINGS
from musictool_pipeline_tests.libraries.written_libraries import (
    entry,
    flac,
    location,
    nml,
    rekordbox,
)
from musictool_pipeline_tests.orchestration.conftest import TO_THE_TRACKS, Project, plain
from musictool_pipeline_tests.orchestration.test_wantlist import want
from musictool_pipeline_tests.tables.asking import ask

RELEASES = [101, 102, 103]
THE_GAPS = ("digital_tracks", "gap_analysis")


def traktor(project: Project, *owned: int, name: str = "collection.nml") -> Path:
    """A collection with the first track of each of these releases."""
    path = project.settings.data_dir / name
    path.write_text(
        nml(*(entry(location(f"{rid}.mp3"), ARTIST=f"Artist {rid}", TITLE="One") for rid in owned))
    )
    return path


def check(result: dg.ExecuteInProcessResult, name: str) -> Any:
    [found] = [it for it in result.get_asset_check_evaluations() if it.check_name == name]
    return found


def metadata(result: dg.ExecuteInProcessResult, asset: str) -> dict[str, Any]:
    [event] = result.asset_materializations_for_node(asset)
    return {name: value.value for name, value in event.metadata.items()}


def statuses(project: Project) -> dict[str, int]:
    return dict(
        ask(project.warehouse, "SELECT status, count(*) FROM gap_analysis GROUP BY status")[1]
    )


def config(**gap_analysis: object) -> dict[str, Any]:
    return {"ops": {"gap_analysis": {"config": gap_analysis}}}


def judge(project: Project, **gap_analysis: object) -> dg.ExecuteInProcessResult:
    """The last step of the job alone, with this configuration."""
    job = project.definitions.resolve_job_def("refresh")
    return job.execute_in_process(
        config(**gap_analysis),
        project.instance,
        raise_on_error=False,
        asset_selection=[dg.AssetKey("gap_analysis")],
    )


def test_without_a_library_every_track_is_missing_and_a_check_says_how_to_add_one(
    project: Project,
) -> None:
    project.write_export(RELEASES)
    result = project.make(*TO_THE_TRACKS, *THE_GAPS)
    assert statuses(project) == {"missing": 6}
    found = result.checks["digital_library_is_there"]
    assert not found.passed
    assert found.severity == dg.AssetCheckSeverity.WARN
    assert "MUSICTOOL_DIGITAL_LIBRARY" in (found.description or "")


def test_a_refresh_brings_the_gaps_and_the_figures(project: Project) -> None:
    project.write_export(RELEASES)
    library = traktor(project, 101, 102)
    before = hashlib.sha256(library.read_bytes()).hexdigest(), library.stat().st_mtime_ns
    result = project.refresh()
    assert result.success
    assert all(it.passed for it in result.get_asset_check_evaluations())
    assert statuses(project) == {"owned": 2, "missing": 4}
    shown = metadata(result, "gap_analysis")
    assert shown["dagster/row_count"] == 6
    assert (shown["owned"], shown["missing"], shown["review"]) == (2, 4, 0)
    assert shown["share_owned"] == pytest.approx(0.3333)
    assert "█" in shown["chart"] and "Label" in shown["largest_gaps_by_label"]
    assert "Artist 103" in shown["largest_gaps_by_release"]
    figures = ask(
        project.warehouse,
        "SELECT value FROM collection_statistics WHERE metric = 'total' "
        "AND dimension IN ('tracks_owned', 'tracks_missing') ORDER BY dimension",
    )[1]
    assert figures == [(4.0,), (2.0,)]
    assert (hashlib.sha256(library.read_bytes()).hexdigest(), library.stat().st_mtime_ns) == before


def test_a_second_refresh_asks_books_computes_and_publishes_nothing(project: Project) -> None:
    """Prevents 10,000 events a night, and waiting for work that is done."""
    project.write_export(RELEASES)
    traktor(project, 101)
    project.have_refreshed(anew=True)
    before = project.settings.database.stat()
    asked = len(project.discogs.requests)
    result = project.refresh()
    assert result.success
    assert len(project.discogs.requests) == asked == len(RELEASES)
    assert not [it for it in result.all_events if it.is_step_materialization and it.partition]
    assert metadata(result, "gap_analysis")["tracks_judged"] == 0
    assert metadata(result, "digital_tracks")["libraries_new_or_changed"] == 0
    after = project.settings.database.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_the_tracks_that_a_refresh_compares_are_part_of_its_progress(project: Project) -> None:
    """The tables of the tracks are whole before that, and it takes longest."""
    project.write_export(RELEASES)
    traktor(project, 101)
    project.have_refreshed()
    progress = read_progress(project.settings.progress_file)
    assert progress is not None
    assert (progress.stage, progress.finished) == (DONE, True)
    assert progress.judged == progress.to_judge == project.counts().tracks


@pytest.mark.slow  # in small: tables/test_library
def test_a_library_dropped_in_later_counts_too(project: Project) -> None:
    """The row count is the table's: a file that two libraries list is one row."""
    project.write_export(RELEASES)
    traktor(project, 101)
    project.have_refreshed()
    traktor(project, 101, name="again.nml")
    (project.settings.data_dir / "rekordbox.xml").write_text(
        rekordbox(
            {
                "Name": "One",
                "Artist": "Artist 102",
                "TotalTime": 300,
                "Location": "file://localhost/2.mp3",
            }
        )
    )
    result = project.refresh()
    assert result.success
    assert statuses(project) == {"owned": 2, "missing": 4}
    shown = metadata(result, "digital_tracks")
    assert (shown["dagster/row_count"], shown["entries"]) == (2, 3)


def test_gap_analysis_alone_can_be_materialized(project: Project) -> None:
    project.write_export(RELEASES)
    traktor(project, 101)
    project.have_refreshed()
    traktor(project, 101, 103)
    assert project.materialize("digital_tracks").success
    assert project.materialize("gap_analysis").success
    assert statuses(project) == {"owned": 2, "missing": 4}


def test_gap_analysis_first_of_all_is_empty_and_no_failure(project: Project) -> None:
    """Prevents a selection that only works for who knows the order."""
    assert project.materialize("gap_analysis", "collection_statistics").success
    assert statuses(project) == {}


def test_a_damaged_library_keeps_its_rows_and_is_reported(project: Project) -> None:
    """Prevents a Traktor that is just writing its collection from turning all tracks missing."""
    project.write_export(RELEASES)
    library = traktor(project, 101, 102)
    project.make(*TO_THE_TRACKS, *THE_GAPS)
    library.write_text(library.read_text()[:-60])
    result = project.make(*THE_GAPS)
    assert statuses(project) == {"owned": 2, "missing": 4}
    found = result.checks["digital_libraries_were_read"]
    assert not found.passed
    assert str(library.name) in str(found.metadata["first"].value).replace("\\", "")


def test_a_share_that_falls_is_warned_of(project: Project) -> None:
    project.write_export(RELEASES)
    library = traktor(project, 101, 102, 103)
    first = project.refresh_only(*TO_THE_TRACKS, *THE_GAPS)
    assert check(first, "share_owned_did_not_fall").passed
    library.unlink()
    result = project.refresh_only(*THE_GAPS)
    assert result.success
    found = check(result, "share_owned_did_not_fall")
    assert not found.passed
    assert found.metadata["share_owned_before"].value == 0.5


def test_decisions_come_first_survive_and_are_reported_when_they_point_at_nothing(
    project: Project,
) -> None:
    project.write_export(RELEASES)
    traktor(project, 101)
    project.make_tracks()
    project.settings.overrides_file.write_text(
        "discogs_release_id,track_number,decision,digital,note\n"
        "102,1,same,C:/Music/101.mp3,played it myself\n"
        "103,9,same,C:/Music/101.mp3,\n"
    )
    for _ in range(2):
        result = project.make(*THE_GAPS)
        rows = ask(
            project.warehouse,
            "SELECT status, overridden, digital_path, reason FROM gap_analysis "
            "WHERE discogs_release_id = 102 AND track_number = 1",
        )[1]
        assert rows == [
            ("owned", True, r"C:\Music\101.mp3",
             "you decided: the same version (played it myself)"),
        ]  # fmt: skip
        found = result.checks["overrides_have_effect"]
        assert not found.passed
        assert plain(found.metadata)["lines"] == 1
        traktor(project, 101, 103)


def test_of_10_000_lines_without_effect_a_few_are_warned_of(project: Project) -> None:
    """Dagster stores each warning by itself: a file of decisions that a spreadsheet had spoiled
    took minutes, each night."""
    project.write_export(RELEASES)
    project.have_refreshed()
    header = "discogs_release_id,track_number,decision,digital,note\n"
    project.settings.overrides_file.write_text(header + "x,y,z,,\n" * 10_000)
    run = project.refresh_only("gap_analysis").dagster_run
    said = [it.user_message for it in project.instance.all_logs(run.run_id)]
    named = [line for line in said if str(project.settings.overrides_file) in line]
    assert len(named) == MOST_WARNINGS + 1
    assert named[-1].endswith("9,980 more lines have no effect")


@pytest.mark.slow  # in small: tables/test_gaps
def test_a_one_off_confidence_holds_for_that_run(project: Project) -> None:
    project.write_export(RELEASES)
    # 8 s longer than on the record: owned, but not for certain.
    longer = entry(info={"PLAYTIME": 308}, ARTIST="Artist 101", TITLE="One")
    (project.settings.data_dir / "collection.nml").write_text(nml(longer))
    project.have_refreshed()
    job = project.definitions.resolve_job_def("refresh")
    assert job.execute_in_process(config(confidence=100), project.instance).success
    assert statuses(project) == {"review": 1, "missing": 5}
    assert project.refresh().success
    assert statuses(project) == {"owned": 1, "missing": 5}


def test_a_confidence_beyond_100_is_refused(project: Project) -> None:
    project.write_export(RELEASES)
    project.have_refreshed()
    result = judge(project, confidence=101)
    assert not result.success
    failure = next(event for event in result.all_events if event.is_step_failure)
    assert "from 0 to 100" in str(failure.step_failure_data.user_failure_data)


def test_the_check_finds_a_gap_analysis_that_lacks_a_track(project: Project) -> None:
    """Prevents figures of half a table, which look like any other."""
    project.write_export(RELEASES)
    project.have_refreshed()
    project.warehouse.publish(
        lambda connection: connection.execute(
            "DELETE FROM gap_analysis WHERE track_id = 101000001;"
            "UPDATE gap_analysis SET status = 'perhaps', digital_id = 'gone' "
            "WHERE track_id = 102000001"
        )
    )
    result = project.refresh_only("gap_analysis")
    assert not result.success
    evaluation = check(result, "gap_analysis_is_whole")
    assert not evaluation.passed
    assert {name: it.value for name, it in evaluation.metadata.items()} == {
        "tracks_without_row": 1,
        "rows_without_track": 0,
        "rows_of_no_known_status": 1,
        "rows_of_no_known_file": 1,
    }


def test_a_folder_that_is_mistyped_fails_and_says_which_there_are(project: Project) -> None:
    """Prevents a run that judged nothing from looking like one that found nothing."""
    project.write_export(RELEASES)
    project.have_refreshed()
    result = judge(project, folder="Nope")
    assert not result.success
    failure = next(event for event in result.all_events if event.is_step_failure)
    said = str(failure.step_failure_data.user_failure_data)
    assert "'Nope'" in said and "Crate" in said


def _tick(project: Project, cursor: str | None) -> tuple[list[dg.RunRequest], str | None]:
    sensor = project.definitions.resolve_sensor_def("new_collection_export")
    with dg.build_sensor_context(instance=project.instance, cursor=cursor) as context:
        data = sensor.evaluate_tick(context)
    return list(data.run_requests or ()), data.cursor


def test_a_library_that_changed_starts_one_refresh(project: Project) -> None:
    project.write_export(RELEASES)
    traktor(project, 101)
    cursor: str | None = None
    launches: list[int] = []
    for change in (None, None, None, 102, None, None):
        if change:
            traktor(project, 101, change)
        requests, cursor = _tick(project, cursor)
        launches.append(len(requests))
    assert launches == [0, 1, 0, 0, 1, 0]


def test_a_library_put_back_as_it_was_starts_a_refresh_too(project: Project) -> None:
    """Dagster starts no second run of a key, so the tables would stay as of the other library."""
    project.write_export(RELEASES)
    library = traktor(project, 101)
    before = library.stat()
    cursor: str | None = None
    keys: list[str | None] = []
    for content in (None, None, "other", None, "before", None, None):
        if content == "other":
            traktor(project, 101, 102)
        elif content:
            traktor(project, 101)
            os.utime(library, ns=(before.st_atime_ns, before.st_mtime_ns))
        requests, cursor = _tick(project, cursor)
        keys += [request.run_key for request in requests]
    assert len(keys) == len(set(keys)) == 3


def test_an_album_in_a_folder_below_starts_a_refresh(project: Project) -> None:
    project.write_export(RELEASES)
    album = project.settings.data_dir / "rips" / "House" / "1994"
    album.mkdir(parents=True)
    (album / "a.flac").write_bytes(flac())
    cursor: str | None = None
    launches: list[int] = []
    for change in (False, False, True, False, False):
        if change:
            (album / "b.flac").write_bytes(flac())
        requests, cursor = _tick(project, cursor)
        launches.append(len(requests))
    assert launches == [0, 1, 0, 1, 0]


OF_ANOTHER_VERSION = b"tables of another version"


@pytest.mark.parametrize(
    "asset",
    [
        "discogs_tracklists",
        "expanded_tracks",
        "wantlist_items",
        "gap_analysis",
        "wanted_gaps",
        "collection_statistics",
        "collection_report",
    ],
)
def test_what_is_made_of_tables_of_another_version_is_refused(project: Project, asset: str) -> None:
    """After an upgrade each of these, made by hand, put the last good tables aside and published
    empty ones."""
    want(project, 9)
    project.settings.database.parent.mkdir()
    project.settings.database.write_bytes(OF_ANOTHER_VERSION)
    result = project.materialize(asset)
    assert not result.success
    [failure] = [event for event in result.all_events if event.is_step_failure]
    said = str(failure.step_failure_data.user_failure_data)
    assert f"{asset} needs " in said and "Run `musictool refresh`" in said
    assert project.settings.database.read_bytes() == OF_ANOTHER_VERSION


def test_libraries_that_this_version_has_not_read_make_no_track_missing(project: Project) -> None:
    """The tables follow a collection that was read after an upgrade, and digital_tracks does not:
    every track was called missing."""
    project.write_export(RELEASES)
    project.make(*TO_THE_TRACKS)
    assert project.materialize("gap_analysis").success, "there is no library"
    traktor(project, 101)
    assert not project.materialize("gap_analysis").success
    project.make(*THE_GAPS)
    assert statuses(project) == {"owned": 1, "missing": 5}
