"""The wantlist beside the collection: fetched after it, judged like it, in none of its counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from musictool_pipeline.discogs import fetching
from musictool_pipeline.disk.progress_file import read_progress
from musictool_pipeline.orchestration.pruning import kept_releases
from musictool_pipeline.orchestration.resources import DataFolder
from musictool_pipeline.tables.published import open_tables
from musictool_pipeline_tests.orchestration.conftest import TO_THE_WANTED, Project, definitions_of
from musictool_pipeline_tests.stand_in.fault_plan import FaultPlan
from musictool_pipeline_tests.stand_in.faults import fault_named

FROM_A_LIBRARY = ("digital_tracks", "wanted_gaps")
"""What follows if only a library may have changed."""

NAMES = "Catalog#,Artist,Title,Label,Format,Rating,Released,release_id,Notes"
OF_THE_COLLECTION = (
    "collection_items", "collection_changes", "releases", "expanded_tracks", "digital_tracks",
    "gap_analysis", "collection_statistics", "digital_duplicates",
)  # fmt: skip


def want(project: Project, *release_ids: int) -> Path:
    """Sets a wantlist of these releases, for the refreshes that follow."""
    path = project.settings.root / "wants.csv"
    rows = [f"C,Artist {rid},Title {rid},L,LP,,1999,{rid},," for rid in release_ids]
    path.write_text("\r\n".join([NAMES, *rows, ""]))
    project.settings = replace(project.settings, wantlist_csv=path)
    project.definitions = definitions_of(project.settings)
    return path


def want_nothing(project: Project) -> None:
    project.settings = replace(project.settings, wantlist_csv=None)
    project.definitions = definitions_of(project.settings)


def own_files(project: Project, *release_ids: int) -> None:
    """A playlist with the first track of each of these releases."""
    lines = [
        f"#EXTINF:300,Artist {rid} - One\n/Music/Artist {rid} - One.mp3" for rid in release_ids
    ]
    path = project.settings.data_dir / "music.m3u8"
    path.write_text("\n".join(["#EXTM3U", *lines, ""]))


def asked(project: Project) -> list[int]:
    """The releases that Discogs was asked for, in order."""
    paths = [request.path for request in project.discogs.requests]
    return [int(path.rpartition("/")[2]) for path in paths if path.startswith("/releases/")]


def rows(project: Project, query: str) -> list[tuple[Any, ...]]:
    with open_tables(project.settings.database) as tables:
        return tables.ask(query)[1]


def tables_of(project: Project, names: Sequence[str]) -> dict[str, list[tuple[Any, ...]]]:
    return {name: rows(project, f"FROM {name} ORDER BY ALL") for name in names}


def test_wanted_releases_are_fetched_and_judged_beside_the_collection(project: Project) -> None:
    project.write_export([1, 2])
    own_files(project, 1, 8)
    want(project, 8, 9)
    assert project.refresh().success
    assert sorted(asked(project)) == [1, 2, 8, 9]
    assert rows(project, "SELECT release_id, on_shelf, tracks, owned, missing FROM wants") == [
        (8, False, 2, 1, 1),
        (9, False, 2, 0, 2),
    ]
    assert rows(project, "SELECT count(*) FROM wanted_tracks") == [(4,)]
    assert rows(project, "SELECT count(*) FROM gap_analysis") == [(4,)]
    assert project.counts().releases == 2
    assert project.statuses() == dict.fromkeys((1, 2, 8, 9), "MATERIALIZED")


def test_the_collections_tables_stay_as_they_are_byte_for_byte(project: Project) -> None:
    """Also the times in them: a table that is made again has everything after it made again."""
    project.write_export([1, 2])
    own_files(project, 1, 8)
    project.have_refreshed()
    before = tables_of(project, OF_THE_COLLECTION)
    report = project.settings.report_file.read_bytes()
    want(project, 2, 8)
    assert project.refresh().success
    assert rows(project, "SELECT count(*) FROM wanted_gaps") == [(2,)]
    assert tables_of(project, OF_THE_COLLECTION) == before
    assert project.settings.report_file.read_bytes() == report


def test_a_release_that_is_owned_too_counts_on_the_shelf(project: Project) -> None:
    project.write_export([1, 2])
    own_files(project, 2)
    want(project, 2, 8)
    project.make(*TO_THE_WANTED, "gap_analysis")
    assert rows(project, "SELECT release_id, on_shelf, tracks, owned FROM wants") == [
        (2, True, 2, 1),
        (8, False, 2, 0),
    ]
    assert rows(project, "SELECT DISTINCT discogs_release_id FROM wanted_gaps") == [(8,)]


def test_a_record_that_is_bought_moves_to_the_shelf(project: Project) -> None:
    project.write_export([1])
    want(project, 8)
    project.make(*TO_THE_WANTED)
    track = rows(project, "SELECT id FROM wanted_tracks ORDER BY id")
    requests = len(project.discogs.requests)
    project.write_export([1, 8])
    project.make(*TO_THE_WANTED)
    assert len(project.discogs.requests) == requests, "its tracklist is there already"
    assert rows(project, "SELECT count(*) FROM wanted_gaps") == [(0,)]
    query = "SELECT id FROM expanded_tracks WHERE discogs_release_id = 8 ORDER BY id"
    assert rows(project, query) == track


def test_a_limit_goes_to_the_collection_first(project: Project) -> None:
    project.write_export([1, 2, 3])
    want(project, 8, 9)
    project.make(*TO_THE_WANTED, limit=2)
    assert set(asked(project)) < {1, 2, 3}
    project.make(*TO_THE_WANTED, limit=2)
    assert len(asked(project)) == 4
    assert {1, 2, 3} < set(asked(project))


def test_without_a_wantlist_nothing_is_asked_for_and_nothing_wanted(project: Project) -> None:
    project.write_export([1])
    project.make(*TO_THE_WANTED)
    assert asked(project) == [1]
    for table in ("wantlist_items", "wanted_tracks", "wanted_gaps", "wants"):
        assert rows(project, f"SELECT count(*) FROM {table}") == [(0,)]


def test_a_wantlist_that_is_set_no_more_is_gone_from_the_tables(project: Project) -> None:
    project.write_export([1])
    want(project, 8)
    project.make(*TO_THE_WANTED)
    want_nothing(project)
    project.make(*TO_THE_WANTED)
    for table in ("wantlist_items", "wanted_tracks", "wanted_gaps"):
        assert rows(project, f"SELECT count(*) FROM {table}") == [(0,)]


@pytest.mark.parametrize("spoil", ["missing", "a collection"])
def test_one_that_cannot_be_read_keeps_the_last_and_costs_the_collection_nothing(
    spoil: str, project: Project
) -> None:
    export = project.write_export([1])
    path = want(project, 8)
    project.make(*TO_THE_WANTED)
    if spoil == "missing":
        path.unlink()
    else:
        path.write_bytes(export.read_bytes())
    project.write_export([1, 2])
    result = project.make(*TO_THE_WANTED)
    assert rows(project, "SELECT release_id FROM wants") == [(8,)]
    assert project.counts().releases == 2
    check = result.checks["wantlist_was_read"]
    assert not check.passed
    assert "MUSICTOOL_WANTLIST" in str(check.description)


def test_pruning_keeps_what_is_wanted(project: Project) -> None:
    project.write_export([1])
    want(project, 8)
    project.make(*TO_THE_WANTED)
    assert kept_releases(DataFolder.made_for(project.settings)) == {1, 8}


def test_only_what_changed_is_judged_again(project: Project) -> None:
    project.write_export([1])
    own_files(project, 1)
    want(project, 8)

    def judged(*assets: str) -> object:
        return project.make(*assets).metadata["wanted_gaps"]["tracks_judged"]

    assert judged(*TO_THE_WANTED) == 2
    assert judged(*FROM_A_LIBRARY) == 0
    want(project, 8, 9)
    assert judged(*TO_THE_WANTED) == 2
    own_files(project, 1, 8)
    assert judged(*FROM_A_LIBRARY) == 4


def test_a_file_that_concerns_no_wanted_release_has_none_judged_again(project: Project) -> None:
    """In a library with many files: in a small one each file tells how rare a word is."""
    project.write_export([1])
    others = range(100, 140)
    path = project.settings.data_dir / "music.m3u8"
    want(project, 8, 9)

    def judged(*assets: str) -> tuple[object, list[tuple[Any, ...]]]:
        made = project.make(*assets)
        query = "SELECT release_id, owned, missing FROM wants ORDER BY release_id"
        return made.metadata["wanted_gaps"]["tracks_judged"], rows(project, query)

    own_files(project, *others, 9)
    assert judged(*TO_THE_WANTED) == (4, [(8, 0, 2), (9, 1, 1)])
    with path.open("a") as file:
        file.write("#EXTINF:300,Zebra Quartet - Xylophone\n/Music/Zebra Quartet - Xylophone.mp3\n")
    assert judged(*FROM_A_LIBRARY) == (0, [(8, 0, 2), (9, 1, 1)])
    own_files(project, *others, 8)
    assert judged(*FROM_A_LIBRARY)[1] == [(8, 1, 1), (9, 0, 2)]


def test_a_decision_holds_for_a_wanted_track_too(project: Project) -> None:
    project.write_export([1])
    own_files(project, 8)
    want(project, 8)
    project.settings.overrides_file.write_text("release_id,position,decision\n8,A,not\n")
    project.make(*TO_THE_WANTED)
    assert rows(project, "SELECT status, overridden FROM wanted_gaps WHERE position = 'A'") == [
        ("missing", True)
    ]


def test_rows_and_columns_that_cannot_be_used_are_named_in_the_runs_log(project: Project) -> None:
    project.write_export([1])
    path = want(project, 8)
    text = path.read_text().replace("Artist", "Artiste", 1)
    path.write_text(text + "C,A,T,L,F,,1999,x,,\r\n")
    said = project.make(*TO_THE_WANTED).said
    assert any(line.startswith(f"{path}: columns not found: Artist. ") for line in said)
    assert f'{path}, line 3: skipped, release_id is "x", not a whole number' in said


def test_a_wanted_release_that_does_not_come_is_no_failure_of_the_collection(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "pause_before_retry", lambda *_: 0.0)
    project.write_export([1])
    want(project, 8, 9)
    faults = {8: [fault_named("410")] * 2, 9: [fault_named("500")] * 20}
    project.discogs.set_faults(FaultPlan(script=faults))
    project.make(*TO_THE_WANTED)
    counts = project.counts()
    assert (counts.unavailable, counts.failed, counts.expanded_releases) == (0, 0, 1)
    progress = read_progress(project.settings.progress_file)
    assert progress
    assert (progress.fetched, progress.unavailable, progress.failed) == (1, 0, 0)
    assert progress.wanted == 2
    assert (progress.done, progress.tracks, progress.new_tracks) == (3, 2, 2)
    query = "SELECT release_id, tracklist_status, tracks FROM wants ORDER BY release_id"
    assert rows(project, query) == [(8, "unavailable", None), (9, "failed", None)]
