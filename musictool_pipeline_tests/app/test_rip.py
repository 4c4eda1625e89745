"""`musictool rip`: the files for one record, the plan for an evening, and what is said of both."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from musictool_pipeline.app.rip import plan_lines
from musictool_pipeline.core.ripping import DEFAULT_PATTERN, FIELDS
from musictool_pipeline.errors import MusicToolError
from musictool_pipeline.publishing.destination import NOTE
from musictool_pipeline.queries.rips import PlannedRecord, RipPlan
from musictool_pipeline_tests.app.conftest import (
    ESCAPES,
    MakeProject,
    OpenTerminal,
    Project,
    cli,
    listing,
)
from musictool_pipeline_tests.app.judged_collection import (
    EVERYTHING,
    FILES,
    TRACKS,
    gap,
    publish,
    release,
    track,
)


@pytest.fixture(scope="module")
def project(make_project: MakeProject) -> Project:
    project = make_project("http://127.0.0.1:1")
    publish(project.database, **EVERYTHING)
    return project


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {NOTE}


# --- One record -----------------------------------------------------------------------------------


def test_a_record_is_written_below_the_exports(project: Project) -> None:
    ran = project.run("rip", "1")
    folder = project.data / "exports" / "rips" / "Goldie - Album 1 (1)"
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines() == [
        "Goldie - Album 1, release 1",
        "",
        "Side A: 1 track, 7:00",
        "     0:00  A Goldie - Inner City Life",
        "",
        "Side B: 1 track, about 6:00",
        "     0:00  B Goldie - Jah",
        "! The times are a guess: the length is not on Discogs.",
        "",
        f"6 files in {folder}: for each side a cue sheet, labels and tags.",
        "Record each side as one file, the first as `Side A.wav`.",
    ]
    assert names(folder) == {
        f"Side {side}{end}" for side in "AB" for end in (".cue", " labels.txt", " tags.csv")
    }


def test_one_side_in_a_folder_of_the_users_choice(project: Project, tmp_path: Path) -> None:
    before = listing(project.data)
    flags = ("--side", "b", "--output", str(tmp_path), "--pattern", "{title} ({year})")
    ran = project.run("rip", "1", *flags)
    assert (ran.returncode, ran.stderr) == (0, "")
    folder = tmp_path / "Goldie - Album 1 (1)"
    assert names(folder) == {"Side B.cue", "Side B labels.txt", "Side B tags.csv"}
    assert "Jah ()\n" in (folder / "Side B labels.txt").read_text("utf-8")
    assert "Side A" not in ran.stdout
    assert listing(project.data) == before


def test_positions_that_name_no_side_are_said_to(project: Project, tmp_path: Path) -> None:
    ran = project.run("rip", "3", "--output", str(tmp_path))
    assert "Record: 1 track, about 6:00\n" in ran.stdout
    assert "! The positions do not say which track is on which side" in ran.stdout


def test_of_a_cd_nothing_is_to_be_recorded(project: Project, tmp_path: Path) -> None:
    of_cd = track(1, 1, "1", "Ann", "Alone")
    publish(
        tmp_path / "data" / "musictool.duckdb",
        releases=[release(1, "Ann", "Album 1", format="CD, Album")],
        expanded_tracks=[of_cd],
        gap_analysis=[gap(of_cd, "missing")],
    )
    ran = project.run("rip", "1", settings={"MUSICTOOL_DATA_DIR": str(tmp_path / "data")})
    assert ran.returncode == 0
    assert "This CD is digital already: copy it" in ran.stdout
    assert "Record each side" not in ran.stdout


def test_more_tracks_than_a_cue_sheet_holds(project: Project, tmp_path: Path) -> None:
    tracks = [track(1, number, f"A{number}", "Ann", f"Groove {number}") for number in range(1, 101)]
    gaps = [gap(each, "missing") for each in tracks]
    publish(tmp_path / "data" / "musictool.duckdb", expanded_tracks=tracks, gap_analysis=gaps)
    ran = project.run("rip", "1", settings={"MUSICTOOL_DATA_DIR": str(tmp_path / "data")})
    assert "! The cue sheet ends after 99 tracks" in ran.stdout


def test_a_name_that_was_cut_is_said_to(project: Project, tmp_path: Path) -> None:
    """By half a title its track may not be found again."""
    tracks = [track(1, 1, "A1", "Ann", "x" * 300), track(1, 2, "A2", "Ann", "y")]
    gaps = [gap(each, "missing") for each in tracks]
    publish(tmp_path / "data" / "musictool.duckdb", expanded_tracks=tracks, gap_analysis=gaps)
    ran = project.run("rip", "1", settings={"MUSICTOOL_DATA_DIR": str(tmp_path / "data")})
    assert "! 1 title too long for a file name: write tags" in ran.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["9"], ["Release 9 is not in your collection.", "rip` alone shows the records"]),
        (["9" * 40], ["is not in your collection."]),
        (["4"], ["No tracks are known of release 4 yet.", "refresh`"]),
        (["1", "--side", "C"], ["Release 1 has no side C.", "Its sides are A, B."]),
        (["3", "--side", "A"], ["Release 3 has no side A.", "Leave --side out"]),
        (["1", "--pattern", "{x}"], ["The pattern '{x}' cannot be used", "{catalog_number}"]),
        (["1", "--pattern", "../{title}"], ["/ would begin a folder"]),
        (["1", "--pattern", ""], ["names no field"]),
        (["1", "--output", ""], ["usage: musictool rip"]),
        (["1", "--json"], ["It is not clear what to rip.", "--limit"]),
        (["1", "--limit", "0"], ["It is not clear what to rip."]),
        (["--side", "A"], ["It is not clear what to rip.", "Give a release"]),
        (["--pattern", "{title}"], ["It is not clear what to rip."]),
        (["x"], ["usage: musictool rip"]),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_written(
    arguments: list[str], said: list[str], project: Project
) -> None:
    before = listing(project.data)
    ran = project.run("rip", *arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    for words in said:
        assert words in ran.stderr
    assert listing(project.data) == before


def test_the_data_folder_takes_no_rip(project: Project) -> None:
    ran = project.run("rip", "1", "--output", str(project.data))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "is in the data folder" in ran.stderr


def test_without_a_gap_analysis_it_says_what_makes_one(project: Project, tmp_path: Path) -> None:
    publish(tmp_path / "data" / "musictool.duckdb", expanded_tracks=TRACKS)
    for arguments in ([], ["1"]):
        ran = project.run(
            "rip", *arguments, settings={"MUSICTOOL_DATA_DIR": str(tmp_path / "data")}
        )
        assert ran.returncode == MusicToolError.exit_code
        assert ran.stderr.startswith("There is no gap analysis yet.\n")


# --- The plan -------------------------------------------------------------------------------------


def test_the_plan_begins_with_the_most_missing_minutes(project: Project) -> None:
    before = listing(project.data)
    ran = project.run("rip")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines() == [
        "2 records with 4 missing tracks, ~21 min to play",
        "",
        " ~15 min  Various - Album 2",
        "          release 2, 3 of 4 missing, side A, Café Müller Records, CM 7, in House, To Sell",
        "",
        "  ~6 min  Ann - Album 3",
        "          release 3, 1 of 1 missing",
        "",
        "~ is an estimate: Discogs does not have every length.",
        "Files for ripping a record: `musictool rip RELEASE_ID`",
    ]
    assert listing(project.data) == before


def test_the_plan_for_scripts(project: Project) -> None:
    ran = project.run("rip", "--json", "--limit", "1")
    found = json.loads(ran.stdout)
    assert (found["matching"], found["seconds"], found["remarks"]) == (2, 1260, [])
    assert found["records"] == [
        {
            "release_id": 2,
            "artist": "Various",
            "title": "Album 2",
            "label": "Café Müller Records",
            "catalog_number": "CM 7",
            "folders": "House, To Sell",
            "tracks": 4,
            "missing": 3,
            "seconds": 900,
            "guessed": 3,
            "sides": ["A"],
        }
    ]
    assert found["digital"] == []


@pytest.mark.parametrize(
    ("digital", "said"),
    [
        (
            {"CD": 3, "File": 1},
            "3 CDs, 1 download with missing tracks are not in this plan: they are digital already.",
        ),
        ({"DVD": 1}, "1 DVD with missing tracks is not in this plan: it is digital already."),
    ],
)
def test_what_is_digital_already_is_left_out_and_said(digital: dict[str, int], said: str) -> None:
    record = PlannedRecord(1, "Ann", "Album", None, None, None, 9, 9, 60, 0, ())
    assert said in list(plan_lines(RipPlan((record,), digital), [record]))
    assert list(plan_lines(RipPlan((), digital), [])) == ["No records match.", said]


def test_the_plan_of_a_folder_up_to_a_limit(project: Project) -> None:
    assert "1 record with 3 missing tracks" in project.run("rip", "--folder", "sell").stdout
    assert project.run("rip", "--folder", "attic").stdout.splitlines() == [
        "No records match.",
        "No folder contains 'attic'. Your folders: House, Jungle, To Sell.",
    ]
    shortened = project.run("rip", "--limit", "1").stdout
    assert "Ann" not in shortened
    assert "and 1 more record. The one above takes ~15 min." in shortened
    assert "and 2 more records." in project.run("rip", "--limit", "0").stdout


def test_a_long_evening_is_told_in_hours() -> None:
    record = PlannedRecord(1, "Ann", "Album", None, None, None, 9, 9, 93 * 60, 1, ())
    first, *_, last, estimate, _ = plan_lines(RipPlan((record, record), {}), [record])
    assert first == "2 records with 18 missing tracks, ~3 h 6 min to play"
    assert last == "and 1 more record. The one above takes ~1 h 33 min."
    assert estimate.startswith("~ is an estimate")


def test_a_plan_of_nothing(project: Project, tmp_path: Path) -> None:
    every = [gap(each, "owned") for each in TRACKS]
    tables = {"expanded_tracks": TRACKS, "gap_analysis": every, "digital_tracks": FILES}
    publish(tmp_path / "data" / "musictool.duckdb", **tables)
    ran = project.run("rip", settings={"MUSICTOOL_DATA_DIR": str(tmp_path / "data")})
    assert (ran.returncode, ran.stdout) == (0, "No records match.\n")


def test_80_columns_are_enough(project: Project, open_terminal: OpenTerminal) -> None:
    session = open_terminal(cli("rip"), project.environment(), project.home)
    session.resize(24, 80)
    assert session.finish() == 0
    lines = session.shown.replace("\r", "").splitlines()
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("          ") and "To Sell" in line for line in lines)


def test_a_title_cannot_reach_the_terminal(project: Project, tmp_path: Path) -> None:
    spoiled = track(1, 1, "A1", f"Ann{ESCAPES}", f"../{ESCAPES}\n")
    publish(
        tmp_path / "data" / "musictool.duckdb",
        expanded_tracks=[spoiled],
        gap_analysis=[gap(spoiled, "missing")],
    )
    for arguments in (["1"], [], ["--json"], ["1", "--side", ESCAPES]):
        ran = project.run(
            "rip", *arguments, settings={"MUSICTOOL_DATA_DIR": str(tmp_path / "data")}
        )
        assert not set(ran.stdout + ran.stderr) & {"\x1b", "\x07"}


def test_the_help_names_the_pattern_and_its_fields(project: Project) -> None:
    said = " ".join(project.run("rip", "--help").stdout.split())
    assert f"default: {DEFAULT_PATTERN})" in said
    assert all(f"{{{field}}}" in said for field in FIELDS)
