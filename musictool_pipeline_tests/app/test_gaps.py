"""`musictool gaps`: which records are listed, in what order, and what is printed of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from musictool_pipeline.app.gaps import GapRecord, Gaps, Wanted, file_name, gap_lines, read_gaps
from musictool_pipeline.errors import MusicToolError
from musictool_pipeline.settings import read_settings
from musictool_pipeline_tests.app.conftest import ESCAPES, MakeProject, Project, listing
from musictool_pipeline_tests.app.judged_collection import (
    EVERYTHING,
    GAPS,
    TRACKS,
    gap,
    publish,
    track,
)


@pytest.fixture(scope="module")
def project(make_project: MakeProject) -> Project:
    project = make_project("http://127.0.0.1:1")
    publish(project.database, **EVERYTHING)
    return project


def gaps(project: Project, wanted: Wanted | None = None) -> Gaps:
    settings = read_settings({"MUSICTOOL_DATA_DIR": str(project.data)}, project.folder)
    return read_gaps(settings, wanted or Wanted())


def release_ids(found: Gaps) -> list[int]:
    return [record.release_id for record in found.records]


# --- Which records, which tracks, in what order --------------------------------------------------


def test_the_record_with_most_missing_tracks_comes_first(project: Project) -> None:
    found = gaps(project)
    assert [(record.release_id, record.missing) for record in found.records] == [
        (2, 3),
        (3, 1),
        (1, 0),
    ]


def test_all_that_is_not_owned_is_listed_in_the_records_order(project: Project) -> None:
    listed = {
        record.release_id: [(each.position, each.status) for each in record.tracks]
        for record in gaps(project).records
    }
    assert listed == {
        1: [("A", "other_version")],
        2: [("A1", "missing"), ("a2", "missing"), ("A2", "review"), (None, "missing")],
        3: [("1", "missing")],
    }


@pytest.mark.parametrize(
    ("status", "tracks"),
    [("missing", 4), ("other_version", 1), ("review", 1), ("owned", 1)],
)
def test_one_status_alone(status: str, tracks: int, project: Project) -> None:
    found = gaps(project, Wanted(statuses=(status,)))
    listed = [each.status for record in found.records for each in record.tracks]
    assert listed == [status] * tracks
    # The counts are of the record, whatever is listed of it.
    assert {(each.release_id, each.track_count) for each in found.records} <= {
        (1, 2),
        (2, 4),
        (3, 1),
    }


@pytest.mark.parametrize(
    ("sort", "order"),
    [("missing", [2, 3, 1]), ("release", [3, 1, 2]), ("label", [2, 1, 3])],
)
def test_the_orders(sort: str, order: list[int], project: Project) -> None:
    """By release: Ann, Goldie, Various; by label: Café Müller, Metalheadz, none."""
    assert release_ids(gaps(project, Wanted(sort=sort))) == order


@pytest.mark.parametrize(
    ("label", "found"),
    [("metal", [1]), ("cafe muller", [2]), ("MÜLLER", [2]), ("%", []), ("nowhere", [])],
)
def test_by_label_whatever_the_case_and_the_accents(
    label: str, found: list[int], project: Project
) -> None:
    assert release_ids(gaps(project, Wanted(label=label))) == found


@pytest.mark.parametrize(("folder", "found"), [("sell", [2]), ("jungle", [1]), ("attic", [])])
def test_by_folder_of_any_copy(folder: str, found: list[int], project: Project) -> None:
    """A second copy in `To Sell` is in `To Sell`, though the first one is elsewhere."""
    assert release_ids(gaps(project, Wanted(folder=folder))) == found


def test_the_counts_are_of_what_fits_and_the_limit_changes_none(project: Project) -> None:
    every = {"missing": 4, "other_version": 1, "review": 1, "owned": 1}
    assert gaps(project).statuses == every
    limited = gaps(project, Wanted(limit=1))
    assert (release_ids(limited), limited.statuses, limited.matching) == ([2], every, 3)
    one_label = gaps(project, Wanted(label="metal"))
    assert one_label.statuses == {"missing": 0, "other_version": 1, "review": 0, "owned": 1}


def test_a_limit_of_none_at_all_lists_none(project: Project) -> None:
    assert gaps(project, Wanted(limit=0)).records == ()


# --- What is printed -----------------------------------------------------------------------------


def test_in_words(project: Project) -> None:
    ran = project.run("gaps", "--limit", "2")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines() == [
        "7 tracks: 4 missing, 1 other version, 1 review, 1 owned",
        "",
        "Various - Album 2: 3 of 4 missing",
        "  Café Müller Records, CM 7, in House, To Sell, release 2",
        "    A1  missing        Ann - First Waltz",
        "    a2  missing        Bob - Second Waltz",
        "    A2  review         Cid - Third Waltz",
        "    #4  missing        Dee - Fourth Waltz",
        "",
        "Ann - Album 3: 1 of 1 missing",
        "  release 3",
        "    1  missing        Alone",
        "",
        "and 1 more record; without --limit all are listed.",
        "Why a track was judged so: `musictool explain RELEASE_ID POSITION`",
        "Next: `musictool rip 2` prepares Various - Album 2 for ripping.",
    ]


def test_nothing_is_ripped_of_what_is_digital_already() -> None:
    cd = GapRecord(1, "Ann", "Waltzes", None, None, "CD, Album", None, "", 2, 2, ())
    both = replace(cd, release_id=2, format="2 x LP, Album; CD")
    found = Gaps({"missing": 4}, 2, (cd, both), 0, 1)
    assert list(gap_lines(found))[-1].startswith("Next: `musictool rip 2` ")
    assert "Next" not in "".join(gap_lines(replace(found, records=(cd,))))


def test_nothing_is_ripped_of_what_is_there(project: Project) -> None:
    assert "Next:" not in project.run("gaps", "--status", "owned", "--label", "metal").stdout


def test_of_another_version_the_file_is_named(project: Project) -> None:
    ran = project.run("gaps", "--status", "other_version", "--label", "metal")
    assert "    A  other version  Inner City Life  7:00\n" in ran.stdout
    assert "there is: aa.mp3\n" in ran.stdout


def test_an_owned_track_has_the_tempo_and_key_of_its_file(project: Project) -> None:
    other = '[{"digital_id": "cc", "status": "owned"}]'
    owned = {"digital_id": "bb", "digital_path": "/Music/Goldie - Jah.mp3", "alternatives": other}
    sounds = {"bb": (126.0, "Am", "8A"), "cc": (140.0, "Em", "9A")}
    files = [
        {**file, **dict(zip(("bpm", "musical_key", "camelot"), sounds[name], strict=True))}
        for file in EVERYTHING["digital_tracks"]
        if (name := file["digital_id"]) in sounds
    ]
    judged = [GAPS[0], gap(TRACKS[1], "owned", **owned)]
    publish(project.database, **{**EVERYTHING, "digital_tracks": files, "gap_analysis": judged})
    try:
        said = project.run("gaps", "--status", "owned").stdout
        why = project.run("explain", "1", "B").stdout
    finally:
        publish(project.database, **EVERYTHING)
    assert "    B  owned          Jah  126.0 BPM, Am (8A)\n" in said
    assert "the files disagree: 140.0 BPM, 9A in cc.mp3\n" in said
    assert "    126.0 BPM, Am (8A)\n    The files disagree: 140.0 BPM, 9A in cc.mp3\n" in why


def test_as_json_it_is_one_object_on_one_line(project: Project) -> None:
    ran = project.run("gaps", "--json", "--sort", "release", "--status", "missing")
    assert ran.returncode == 0, ran.stderr
    (line,) = ran.stdout.splitlines()
    said = json.loads(line)
    assert said["statuses"] == {"missing": 4, "other_version": 1, "review": 1, "owned": 1}
    first = said["records"][0]
    assert (first["release_id"], first["artist"], first["missing"]) == (3, "Ann", 1)
    assert first["discogs_url"] == "https://www.discogs.com/release/3"
    assert first["tracks"] == [
        {
            "track_number": 1,
            "position": "1",
            "artist": "Ann",
            "title": "Alone",
            "duration": None,
            "status": "missing",
            "confidence": 90,
            "reason": "because it is missing",
            "digital_path": None,
            "bandcamp_url": "https://bandcamp.com/search?q=Ann",
            "beatport_url": None,
            "juno_url": None,
            "bpm": None,
            "musical_key": None,
            "camelot": None,
            "sound_disagreement": None,
        }
    ]


def test_nothing_that_fits_is_said_and_is_no_failure(project: Project) -> None:
    ran = project.run("gaps", "--label", "nowhere")
    assert ran.returncode == 0
    assert ran.stdout.startswith("0 tracks: ")
    assert "No records match" in ran.stdout


def test_a_folder_that_is_none_of_the_collections_is_answered_with_those_that_are(
    project: Project,
) -> None:
    ran = project.run("gaps", "--folder", "attic")
    last = ran.stdout.splitlines()[-1]
    assert (ran.returncode, last.split(":")[0]) == (0, "No folder contains 'attic'. Your folders")
    folder = last.split(": ")[1].rstrip(".").split(", ")[0]
    assert "No records match" not in project.run("gaps", "--folder", folder).stdout


def test_a_title_cannot_reach_the_terminal(project: Project, tmp_path: Path) -> None:
    spoiled = track(1, 1, "A\x1b[2J", "Goldie", ESCAPES)
    publish(
        tmp_path / "musictool.duckdb",
        expanded_tracks=[spoiled],
        gap_analysis=[gap(spoiled, "missing")],
    )
    for flags in ((), ("--json",)):
        ran = project.run("gaps", *flags, settings={"MUSICTOOL_DATA_DIR": str(tmp_path)})
        assert ran.returncode == 0
        assert "Title" in ran.stdout
        assert not set(ran.stdout) & {"\x1b", "\x07"}


def test_it_disturbs_nothing(project: Project) -> None:
    before = listing(project.data)
    assert project.run("gaps").returncode == 0
    assert listing(project.data) == before


@pytest.mark.parametrize(
    ("path", "name"),
    [("/Music/a.mp3", "a.mp3"), ("C:\\Music\\b.mp3", "b.mp3"), ("c.mp3", "c.mp3"), ("/", "/")],
)
def test_the_name_of_a_file(path: str, name: str) -> None:
    assert file_name(path) == name


# --- What is not there yet -----------------------------------------------------------------------


def test_without_a_collection_it_says_what_to_do(project: Project, tmp_path: Path) -> None:
    ran = project.run("gaps", settings={"MUSICTOOL_DATA_DIR": str(tmp_path)})
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("There are no tracks yet.\n")
    assert "`musictool refresh`" in ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_without_a_gap_analysis_it_says_what_makes_one(tmp_path: Path) -> None:
    publish(tmp_path / "musictool.duckdb", expanded_tracks=TRACKS)
    with pytest.raises(MusicToolError) as refused:
        read_gaps(read_settings({"MUSICTOOL_DATA_DIR": str(tmp_path)}, tmp_path), Wanted())
    assert refused.value.explained() == (
        "There is no gap analysis yet.\n  `musictool refresh` makes it."
    )
    assert refused.value.exit_code == 2


def test_without_a_library_everything_is_missing_and_it_says_why(
    project: Project, tmp_path: Path
) -> None:
    every = [gap(each, "missing") for each in TRACKS]
    publish(tmp_path / "musictool.duckdb", expanded_tracks=TRACKS, gap_analysis=every)
    ran = project.run("gaps", settings={"MUSICTOOL_DATA_DIR": str(tmp_path)})
    assert ran.returncode == 0
    assert ran.stdout.startswith("7 tracks: 7 missing, ")
    assert "MUSICTOOL_DIGITAL_LIBRARY" in ran.stdout


def test_tracks_that_came_after_the_analysis_are_not_kept_quiet(
    project: Project, tmp_path: Path
) -> None:
    publish(tmp_path / "musictool.duckdb", **{**EVERYTHING, "gap_analysis": GAPS[:5]})
    ran = project.run("gaps", settings={"MUSICTOOL_DATA_DIR": str(tmp_path)})
    assert "2 more tracks are not judged yet. Run `musictool refresh`." in ran.stdout


@pytest.mark.parametrize(
    "arguments", [["--status", "gone"], ["--sort", "colour"], ["--limit", "-1"], ["--label"]]
)
def test_wrong_usage_ends_with_2(arguments: list[str], project: Project) -> None:
    ran = project.run("gaps", *arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "usage: musictool gaps" in ran.stderr
