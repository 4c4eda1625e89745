"""`musictool explain`: which track is meant, and what is said of the files that came near it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from musictool_pipeline.app.explain import (
    ExplainedTracks,
    Published,
    explanation_lines,
    read_explained,
)
from musictool_pipeline.errors import MusicToolError
from musictool_pipeline.settings import read_settings
from musictool_pipeline_tests.app.conftest import ESCAPES, MakeProject, Project, listing
from musictool_pipeline_tests.app.judged_collection import (
    EVERYTHING,
    FILES,
    GAPS,
    TRACKS,
    digital,
    gap,
    publish,
    track,
)


@pytest.fixture(scope="module")
def project(make_project: MakeProject) -> Project:
    project = make_project("http://127.0.0.1:1")
    publish(project.database, **EVERYTHING)
    return project


def explained(folder: Path, release_id: int, position: str) -> ExplainedTracks:
    settings = read_settings({"MUSICTOOL_DATA_DIR": str(folder)}, folder)
    return read_explained(settings, release_id, position)


def numbers(found: ExplainedTracks) -> list[int]:
    return [each.track.track_number for each in found.explanations]


# --- Which track is meant ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("release_id", "position", "meant"),
    [
        (1, "A", [1]),
        (1, "b", [2]),
        (1, " A ", [1]),
        (1, "2", [2]),
        (2, "#1", [1]),
        (2, "A2", [2, 3]),  # two tracks of one position: both
        (2, "4", [4]),  # it has no position
        (3, "1", [1]),
    ],
)
def test_the_track_is_found_by_position_or_else_by_number(
    release_id: int, position: str, meant: list[int], project: Project
) -> None:
    assert numbers(explained(project.data, release_id, position)) == meant


def test_a_position_goes_before_a_number(tmp_path: Path) -> None:
    """On a CD whose first track is hidden before `1`, `1` is what is printed beside it."""
    hidden, first = track(3, 1, "0", "Ann", "Hidden"), track(3, 2, "1", "Ann", "First")
    publish(tmp_path / "musictool.duckdb", expanded_tracks=[hidden, first])
    assert numbers(explained(tmp_path, 3, "1")) == [2]
    assert numbers(explained(tmp_path, 3, "#1")) == [1]


@pytest.mark.parametrize(
    ("release_id", "position", "said", "helps"),
    [
        (2, "C9", "Release 2, Various - Album 2, has no position 'C9'.", "A1, a2, A2, #4;"),
        (2, "", "has no position ''.", "a track's number, 1 to 4"),
        (2, "5", "has no position '5'.", "1 to 4"),
        (2, "٣", "has no position '٣'.", "1 to 4"),
        (7, "A", "Release 7 is not in the collection.", "`musictool gaps`"),
        (10**40, "A", "is not in the collection.", "`musictool gaps`"),
        (4, "A", "Release 4 is not on Discogs any more (HTTP 404).", ""),
        (5, "A", "of release 5 was not fetched yet (HTTP 503).", "`musictool refresh`"),
        (6, "A", "Release 6 lists no tracks on Discogs.", ""),
    ],
)
def test_where_there_is_no_such_track_it_says_which_there_are(
    release_id: int, position: str, said: str, helps: str, project: Project
) -> None:
    with pytest.raises(MusicToolError) as refused:
        explained(project.data, release_id, position)
    assert said in str(refused.value)
    assert helps in refused.value.remedy
    assert refused.value.exit_code == 2


# --- What is said of it --------------------------------------------------------------------------


def test_the_track_its_verdict_and_each_file(project: Project) -> None:
    ran = project.run("explain", "1", "A")
    assert (ran.returncode, ran.stderr) == (0, "")
    lines = ran.stdout.splitlines()
    assert lines[:6] == [
        "A  Goldie - Inner City Life",
        "    Album 1, Metalheadz, METH 012, 7:00",
        "",
        "other version, 90: because it is other_version",
        "    C:\\Music\\aa.mp3",
        "",
    ]
    assert lines[6] == "1 of 2 files came near; the best first:"
    assert lines[7].startswith("  other version, ")
    assert "Peshay Remix" in lines[7]
    assert lines[8:] == ["    C:\\Music\\aa.mp3"]


def test_the_only_file_is_not_named_twice(tmp_path: Path) -> None:
    """Unless the matcher says something else of it than the published row."""
    files = [digital("bb", "Goldie", "Jah", path="/m/jah.mp3")]
    publish(tmp_path / "musictool.duckdb", expanded_tracks=TRACKS, digital_tracks=files)
    found = explained(tmp_path, 1, "B")
    (explanation,) = found.explanations
    judgement = explanation.candidates[0].judgement
    published = Published(
        judgement.status, judgement.confidence, judgement.reason, "/m/jah.mp3", False
    )
    lines = [*explanation_lines(replace(explanation, published=published), found.files)]
    assert lines[-1] == "1 of 1 file came near."
    assert sum("/m/jah.mp3" in line for line in lines) == 1
    for other in (None, replace(published, confidence=1), replace(published, reason="you said so")):
        lines = [*explanation_lines(replace(explanation, published=other), found.files)]
        assert lines[-1] == "    /m/jah.mp3"


def test_the_best_file_comes_first_and_what_is_no_music_not_at_all(tmp_path: Path) -> None:
    files = [
        digital("aa", "Goldie", "Jah (VIP)"),
        digital("bb", "Goldie", "Jah"),
        digital("cc", "Goldie", "Jah", is_music=False),
    ]
    publish(tmp_path / "musictool.duckdb", expanded_tracks=TRACKS, digital_tracks=files)
    (found,) = explained(tmp_path, 1, "B").explanations
    judged = [(each.judgement.digital_id, each.judgement.status) for each in found.candidates]
    assert judged == [("bb", "owned"), ("aa", "other_version")]


def test_a_decision_of_ones_own_is_told_from_the_matchers(project: Project, tmp_path: Path) -> None:
    decided = gap(TRACKS[0], "owned", overridden=True, reason="you said so")
    publish(tmp_path / "musictool.duckdb", **{**EVERYTHING, "gap_analysis": [decided, *GAPS[1:]]})
    ran = project.run("explain", "1", "A", settings={"MUSICTOOL_DATA_DIR": str(tmp_path)})
    said, _, opinion = ran.stdout.partition("You decided this (match_overrides.csv)")
    assert "owned, 90: you said so" in said
    assert "  other version, " in opinion


def test_several_tracks_of_one_position_are_all_explained(project: Project) -> None:
    said = project.run("explain", "2", "A2").stdout
    assert "a2  Bob - Second Waltz" in said
    assert "A2  Cid - Third Waltz" in said


def test_a_track_that_nothing_comes_near(project: Project) -> None:
    """The file of that name in the library is a sample, and is not even compared."""
    said = project.run("explain", "3", "1").stdout
    assert "None of the 2 files in the library has a title that comes near." in said


def test_a_track_that_was_not_judged_yet(project: Project, tmp_path: Path) -> None:
    publish(tmp_path / "musictool.duckdb", expanded_tracks=TRACKS, digital_tracks=FILES)
    said = project.run("explain", "1", "B", settings={"MUSICTOOL_DATA_DIR": str(tmp_path)}).stdout
    assert "It was not judged yet. Run `musictool refresh`." in said
    assert "  owned, " in said


def test_without_a_library_it_says_how_to_add_one(project: Project, tmp_path: Path) -> None:
    publish(tmp_path / "musictool.duckdb", expanded_tracks=TRACKS)
    ran = project.run("explain", "1", "B", settings={"MUSICTOOL_DATA_DIR": str(tmp_path)})
    assert ran.returncode == 0
    assert "MUSICTOOL_DIGITAL_LIBRARY" in ran.stdout


def test_without_a_database_it_says_what_is_not_there(project: Project, tmp_path: Path) -> None:
    ran = project.run("explain", "1", "B", settings={"MUSICTOOL_DATA_DIR": str(tmp_path)})
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "There are no tracks yet." in ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_title_cannot_reach_the_terminal(project: Project, tmp_path: Path) -> None:
    spoiled = track(1, 1, "A", "Goldie", ESCAPES)
    publish(
        tmp_path / "musictool.duckdb",
        expanded_tracks=[spoiled],
        digital_tracks=[digital("aa", "Goldie", ESCAPES, path="/Music/\x1b[2J.mp3")],
        gap_analysis=[gap(spoiled, "owned", digital_path="/Music/\x1b[2J.mp3")],
    )
    for position in ("A", "\x1b[2J"):
        ran = project.run("explain", "1", position, settings={"MUSICTOOL_DATA_DIR": str(tmp_path)})
        assert "Goldie" in ran.stdout + ran.stderr
        assert "\x1b" not in ran.stdout + ran.stderr


def test_it_disturbs_nothing(project: Project) -> None:
    before = listing(project.data)
    assert project.run("explain", "1", "A").returncode == 0
    assert listing(project.data) == before


@pytest.mark.parametrize("arguments", [[], ["1"], ["one", "A"], ["-1", "A"], ["1", "A", "B"]])
def test_wrong_usage_ends_with_2(arguments: list[str], project: Project) -> None:
    ran = project.run("explain", *arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "usage: musictool" in ran.stderr


def test_it_says_which_file_a_decision_is_about_now(project: Project, tmp_path: Path) -> None:
    overrides = tmp_path / "match_overrides.csv"
    overrides.write_text(
        "release_id,position,decision,digital,file_size,file_length,file_tags\n"
        "1,A,same,/old/aa.mp3,9000,431,\n"
        "1,B,same,/old/bb.mp3,,,\n"
    )
    moved = {**FILES[0], "file_size_bytes": 9_000, "path": "/new/aa.mp3"}
    publish(tmp_path / "musictool.duckdb", **{**EVERYTHING, "digital_tracks": [moved]})
    ((first,), (second,)) = (explained(tmp_path, 1, place).explanations for place in "AB")
    assert first.decided == (
        "Your decision in line 2: release 1, position A: /old/aa.mp3 is not in the digital library "
        "any more; the decision holds for /new/aa.mp3, which has its size and length.",
    )
    assert second.decided == (
        "Your decision in line 3 has no effect: release 1, position B: no file /old/bb.mp3 in the "
        "digital library.",
    )
    assert first.decided[0] in "\n".join(explanation_lines(first, {}))
    overrides.unlink()
    overrides.mkdir()
    assert "match_overrides.csv cannot be read" in explained(tmp_path, 1, "A").remarks[-1]
