"""The report as Dagster keeps it: there after every refresh, and written only where it changed."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest

from musictool_pipeline_tests.orchestration.conftest import Project, plain

RELEASES = [101, 102]


def metadata(result: dg.ExecuteInProcessResult) -> dict[str, Any]:
    [event] = result.asset_materializations_for_node("collection_report")
    return {name: value.value for name, value in event.metadata.items()}


def test_every_refresh_leaves_one(project: Project) -> None:
    project.write_export(RELEASES)
    project.have_refreshed()
    path = project.settings.report_file
    event = project.instance.get_latest_materialization_event(dg.AssetKey("collection_report"))
    assert event and event.asset_materialization
    assert plain(event.asset_materialization.metadata) == {
        "report": str(path),
        "changed": True,
        "bytes": path.stat().st_size,
        "records": 2,
        "tracks": 4,
    }
    assert "Artist 101" in path.read_text("utf-8")


def test_a_refresh_with_nothing_to_do_leaves_it_alone(project: Project) -> None:
    project.write_export(RELEASES)
    project.have_refreshed()
    before = project.settings.report_file.stat()
    assert metadata(project.refresh())["changed"] is False
    after = project.settings.report_file.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.slow  # in small: publishing/test_report
def test_a_decision_of_the_users_is_in_the_next_one(project: Project) -> None:
    """Prevents a report that shows how things were before one looked at them."""
    project.write_export(RELEASES)
    (project.settings.data_dir / "list.csv").write_text("Artist,Title,Path\nX,Y,/Music/x.mp3\n")
    project.refresh()
    before = project.settings.report_file.read_text("utf-8")
    project.settings.overrides_file.write_text(
        "discogs_release_id,track_number,decision,digital,note\n101,1,same,/Music/x.mp3,\n"
    )
    result = project.refresh()
    assert metadata(result)["changed"] is True
    after = project.settings.report_file.read_text("utf-8")
    assert before != after and "x.mp3" in after


def test_one_that_was_thrown_away_is_back(project: Project) -> None:
    project.write_export(RELEASES)
    project.have_refreshed()
    content = project.settings.report_file.read_bytes()
    project.settings.report_file.unlink()
    assert project.materialize("collection_report").success
    assert project.settings.report_file.read_bytes() == content


def test_before_anything_was_judged_there_is_none_and_no_failure(project: Project) -> None:
    result = project.materialize("collection_report")
    assert result.success
    assert metadata(result) == {"changed": False, "tracks": 0}
    assert not project.settings.report_file.exists()
