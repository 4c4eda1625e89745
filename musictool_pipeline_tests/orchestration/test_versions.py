"""What Dagster calls up to date is, and what it calls out of date is not."""

from __future__ import annotations

import dagster as dg
import pytest
from dagster._core.definitions.data_version import CachingStaleStatusResolver, StaleStatus
from dagster._core.loader import LoadingContextForTest

from musictool_pipeline.orchestration import versions
from musictool_pipeline_tests.orchestration.conftest import Project

TABLES = (
    "collection_csv", "releases", "expanded_tracks", "digital_tracks", "gap_analysis",
    "collection_statistics", "collection_report",
)  # fmt: skip
RELEASES = [101, 102]


def data_versions(project: Project) -> dict[str, str]:
    events = {
        name: project.instance.get_latest_materialization_event(dg.AssetKey(name))
        for name in TABLES
    }
    found = {name: it.asset_materialization for name, it in events.items() if it}
    return {name: (it.tags or {})["dagster/data_version"] for name, it in found.items() if it}


def out_of_date(project: Project) -> set[str]:
    """The assets that the pages mark."""
    graph = project.definitions.resolve_asset_graph()
    resolver = CachingStaleStatusResolver(
        project.instance, graph, LoadingContextForTest(project.instance)
    )
    every = {name: resolver.get_status(dg.AssetKey(name)) for name in TABLES}
    return {name for name, status in every.items() if status != StaleStatus.FRESH}


def test_the_same_inputs_and_code_give_the_same_versions(project: Project) -> None:
    project.write_export(RELEASES)
    project.have_refreshed()
    assert out_of_date(project) == set()
    # `releases` also says whether a tracklist is there, so the first fetching gives it another.
    project.refresh()
    first = data_versions(project)
    assert first.keys() == set(TABLES)
    project.refresh()
    assert data_versions(project) == first
    project.write_export([*RELEASES, 103], "me-collection-20270101-1200.csv")
    project.refresh()
    changed = {name for name, version in data_versions(project).items() if version != first[name]}
    assert changed == set(TABLES) - {"digital_tracks"}
    assert out_of_date(project) == set()


def test_a_library_that_was_read_alone_leaves_the_gaps_out_of_date(project: Project) -> None:
    project.write_export(RELEASES)
    project.have_refreshed()
    (project.settings.data_dir / "list.csv").write_text("Artist,Title,Path\nX,Y,/Music/x.mp3\n")
    project.materialize("digital_tracks")
    assert out_of_date(project) == {"gap_analysis"}
    project.materialize("gap_analysis")
    assert out_of_date(project) == {"collection_statistics", "collection_report"}
    project.materialize("collection_statistics", "collection_report")
    assert out_of_date(project) == set()


def test_a_tracklist_has_the_version_of_its_answer(project: Project) -> None:
    project.write_export(RELEASES)
    result = project.refresh_tracks()
    events = result.asset_materializations_for_node("discogs_tracklists")
    found = {it.partition: (it.tags or {})["dagster/data_version"] for it in events if it.partition}
    cached = {str(it.release_id): it.checksum for it in project.cache.scan()}
    assert found == cached


def test_other_code_is_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    before = versions.code_version("gap_analysis")
    assert versions.code_version("gap_analysis") == before
    monkeypatch.setattr(versions, "code_of", lambda *names, rooms: "other")
    assert versions.code_version("gap_analysis") != before
    assert versions.code_version("discogs_tracklists") == "1"
