"""A refresh that reads the collection from the API, and one that cannot."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import dagster as dg
import pytest

from musictool_pipeline.definitions import build_definitions
from musictool_pipeline.demo.sample_shelf import SampleShelf
from musictool_pipeline.discogs import fetching
from musictool_pipeline.settings import Secret
from musictool_pipeline_tests.orchestration.conftest import Project, definitions_of
from musictool_pipeline_tests.sample_data import SAMPLE_USER, large_collection
from musictool_pipeline_tests.stand_in.fault_plan import FaultPlan
from musictool_pipeline_tests.stand_in.faults import fault_named
from musictool_pipeline_tests.tables.asking import ask

COLLECTION = large_collection(30, second_copies=2)
SHELF = COLLECTION.shelf()


@pytest.fixture
def live(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The project, its collection on Discogs and its token the owner's."""
    monkeypatch.setattr(fetching, "pause_before_retry", lambda *_: 0.0)
    project.settings = replace(project.settings, username=SAMPLE_USER, token=Secret("owners"))
    project.definitions = definitions_of(project.settings)
    project.discogs.set_shelf(SHELF)
    return project


def metadata(result: dg.ExecuteInProcessResult) -> dict[str, Any]:
    """What collection_csv shows."""
    [event] = [
        event
        for event in result.all_events
        if event.is_step_materialization and event.asset_key == dg.AssetKey("collection_csv")
    ]
    found = event.step_materialization_data.materialization.metadata
    return {name: value.value for name, value in found.items()}


def was_read(result: dg.ExecuteInProcessResult) -> bool:
    [check] = [
        it for it in result.get_asset_check_evaluations() if it.check_name == "collection_was_read"
    ]
    return check.passed


def unreachable() -> FaultPlan:
    return FaultPlan(collection={"folders": [fault_named("503")] * fetching.MOST_ATTEMPTS})


def items(project: Project) -> list[tuple[Any, ...]]:
    return ask(
        project.warehouse,
        "SELECT * EXCLUDE (csv_line, instance_id) FROM collection_items ORDER BY item_id",
    )[1]


def test_a_refresh_reads_the_collection_and_then_its_tracklists(live: Project) -> None:
    result = live.refresh()
    assert result.success
    assert live.counts().copies == 32
    assert live.counts().tracks == 60
    told = metadata(result)
    assert (told["user"], told["requests"], told["dagster/row_count"]) == (SAMPLE_USER, 3, 32)
    assert was_read(result)
    assert "copies_added" not in told


def test_the_tables_are_those_of_the_export(live: Project) -> None:
    """And going over from the one to the other is no change of the collection."""
    live.make_tracks()
    from_api = items(live)
    export = live.settings.data_dir / "me-collection-20990101-1200.csv"
    export.write_bytes(COLLECTION.export_csv())
    live.settings = replace(live.settings, username=None)
    told = live.make("collection_csv").metadata["collection_csv"]
    assert told["export"] == str(export)
    assert items(live) == from_api
    assert "latest_changes" not in told


def sold_bought_and_moved(shelf: SampleShelf) -> SampleShelf:
    first, second, *others = shelf.copies
    moved = {**second, "folder_id": 1 + second["folder_id"] % len(shelf.folders)}
    bought = {**first, "instance_id": 1, "date_added": "2026-02-02T10:00:00-08:00"}
    return replace(shelf, copies=(moved, *others, bought))


@pytest.mark.slow  # in small: core/collection/test_changes, tables/test_history
def test_what_changed_since_is_shown(live: Project) -> None:
    live.refresh_tracks()
    live.discogs.set_shelf(sold_bought_and_moved(SHELF))
    told = metadata(live.refresh_tracks())
    counts = [told[f"copies_{kind}"] for kind in ("removed", "added", "moved", "changed")]
    assert counts == [1, 1, 1, 0]
    assert "| moved |" in told["latest_changes"]
    _, kinds = ask(live.warehouse, "SELECT change FROM collection_changes ORDER BY change_number")
    assert kinds == [("removed",), ("moved",), ("added",)]
    # A night later nothing new was seen, and that is still the latest.
    assert metadata(live.refresh_tracks())["latest_changes"] == told["latest_changes"]


@pytest.mark.slow  # in small: tables/test_history
def test_one_can_go_back_to_a_snapshot(live: Project) -> None:
    live.refresh_tracks()
    before = items(live)
    [snapshot] = live.settings.snapshots_dir.iterdir()
    live.discogs.set_shelf(sold_bought_and_moved(SHELF))
    live.refresh_tracks()
    assert items(live) != before
    live.definitions = build_definitions(replace(live.settings, collection_csv=snapshot))
    asked = len(live.discogs.requests)
    assert live.refresh_tracks().success
    assert items(live) == before
    assert len(live.discogs.requests) == asked


def test_a_reading_that_breaks_off_keeps_no_tracklist_from_being_fetched(live: Project) -> None:
    """One hiccup at three in the morning would cost the night."""
    live.make_tracks(limit=10)
    before = items(live)
    live.discogs.set_shelf(sold_bought_and_moved(SHELF))
    live.discogs.set_faults(unreachable())
    result = live.refresh_tracks()
    assert result.success
    assert not was_read(result)
    assert metadata(result)["not_read"] == (
        "Discogs gives no usable answer (HTTP 503 Service Unavailable)"
    )
    assert items(live) == before
    assert live.counts().expanded_releases == 30


def test_the_first_reading_of_all_has_nothing_to_fall_back_on(live: Project) -> None:
    live.discogs.set_faults(unreachable())
    with pytest.raises(dg.Failure):
        live.make_tracks()
    assert live.counts().copies == 0


def test_the_collection_of_an_earlier_export_stays_where_discogs_does_not_answer(
    live: Project,
) -> None:
    """Just gone over to DISCOGS_USERNAME, and misspelt it."""
    export = live.settings.data_dir / "me-collection-20260101-1200.csv"
    export.parent.mkdir(exist_ok=True)
    export.write_bytes(COLLECTION.export_csv())
    named = live.settings
    live.settings = replace(named, username=None)
    live.make_tracks(limit=5)
    live.settings = replace(named, username="nobody")
    told = live.make_tracks().metadata["collection_csv"]
    assert "knows no user nobody" in told["not_read"]
    assert live.counts().copies == 32
    assert live.counts().expanded_releases == 30


def test_a_token_that_is_refused_ends_the_run(live: Project) -> None:
    live.make_tracks(limit=1)
    live.discogs.set_faults(FaultPlan(collection={"folders": [fault_named("401")]}))
    asked = len(live.discogs.requests)
    result = live.refresh_tracks()
    assert not result.success
    assert len(live.discogs.requests) == asked + 1


def test_the_token_is_nowhere_in_what_a_run_leaves(live: Project) -> None:
    live.refresh(limit=1)
    written = [path for path in live.settings.data_dir.rglob("*") if path.is_file()]
    assert not [path for path in written if b"owners" in path.read_bytes()]
