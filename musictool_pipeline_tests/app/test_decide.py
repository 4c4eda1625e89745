"""`musictool decide`: which track and which file are meant, and that nothing else is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from musictool_pipeline.app.cli import main
from musictool_pipeline.core.decisions import Override
from musictool_pipeline.errors import EXIT_DONE, EXIT_NEEDS_USER, EXIT_USAGE
from musictool_pipeline.inputs.decisions import load_overrides
from musictool_pipeline.queries.decided import read_titles
from musictool_pipeline_tests.app import judged_collection as sample

FILES = [
    sample.digital("aa", "Goldie", "Jah", path="C:/Music/aa.mp3"),
    sample.digital("bb", "Goldie", "Jah", path="/Music/House/Goldie - Jah.mp3"),
    sample.digital("cc", "Goldie", "Jah", path="/Music/Jungle/Goldie - Jah.mp3"),
]


@pytest.fixture
def overrides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the decisions of a small judged collection go."""
    gaps = [
        sample.gap(sample.TRACKS[0], "review", digital_id="aa", digital_path="C:/Music/aa.mp3"),
        *(sample.gap(track, "missing") for track in sample.TRACKS[1:]),
    ]
    monkeypatch.setenv("MUSICTOOL_DATA_DIR", str(tmp_path))
    everything = {**sample.EVERYTHING, "gap_analysis": gaps, "digital_tracks": FILES}
    sample.publish(tmp_path / "musictool.duckdb", **everything)
    return tmp_path / "match_overrides.csv"


def written(path: Path) -> list[tuple[int, int | None, str, str | None]]:
    return [
        (it.release_id, it.track_number, it.decision, it.digital)
        for it in load_overrides(path)[0].decisions
    ]


FIRST = sample.TRACKS[0]
RELEASE, PLACE = str(FIRST["discogs_release_id"]), f"#{FIRST['track_number']}"


@pytest.mark.parametrize(
    ("given", "decision", "digital"),
    [
        (["same"], "same", "C:/Music/aa.mp3"),
        (["other"], "other_version", "C:/Music/aa.mp3"),
        (["not"], "not", None),
        (["not", "aa.mp3"], "not", "C:/Music/aa.mp3"),
        (["same", "aa"], "same", "C:/Music/aa.mp3"),
        (["same", "C:\\Music\\aa.mp3"], "same", "C:/Music/aa.mp3"),
        (["same", "house/goldie - jah.mp3"], "same", "/Music/House/Goldie - Jah.mp3"),
    ],
)
def test_what_is_written(
    given: list[str], decision: str, digital: str | None, overrides: Path
) -> None:
    """Without a file it is the one that was found; refused without one, every file is."""
    assert main(["decide", RELEASE, PLACE, *given]) == EXIT_DONE
    row = (FIRST["discogs_release_id"], FIRST["track_number"], decision, digital)
    assert written(overrides) == [row]


def test_a_file_is_found_by_the_path_as_traktor_writes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`Macintosh HD` is what Traktor calls the disk that a Mac starts from."""
    monkeypatch.setenv("MUSICTOOL_DATA_DIR", str(tmp_path))
    files = [sample.digital("mac", "Goldie", "Saint Angel", path="/Users/dj/Music/Saint Angel.mp3")]
    everything = {**sample.EVERYTHING, "digital_tracks": files}
    sample.publish(tmp_path / "musictool.duckdb", **everything)
    named = "Macintosh HD/Users/dj/Music/Saint Angel.mp3"
    assert main(["decide", RELEASE, PLACE, "same", named]) == EXIT_DONE
    assert main(["decide", RELEASE, PLACE, "same", "saint angle.mp3"]) == EXIT_USAGE
    assert "Did you mean: /Users/dj/Music/Saint Angel.mp3" in capsys.readouterr().err


def test_what_is_decided_so_already_is_not_written_twice(
    overrides: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for decision in ("same", "same", "not", "same"):
        assert main(["decide", RELEASE, PLACE, decision]) == EXIT_DONE
    assert [it[2] for it in written(overrides)] == ["same", "not", "same"]
    assert capsys.readouterr().out.count("It is decided so already") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["12", "A1", "same"], "Release 12 is not in the collection"),
        ([RELEASE, "Z9", "same"], "has no position 'Z9'"),
        ([RELEASE, PLACE, "same", "Goldie - Jah.mp3"], "2 files of the library end in"),
        ([RELEASE, PLACE, "same", "goldi - jah.mp3"], "Did you mean: /Music/"),
        ([RELEASE, PLACE, "same", "zzzz"], "No file zzzz is in the digital library"),
        (["2", "#1", "same"], "No file was found for"),
        ([RELEASE], "It is not clear what to decide"),
        ([RELEASE, "--undo"], "It is not clear what to decide"),
        ([RELEASE, PLACE, "same", "--list"], "It is not clear what to decide"),
        (["--undo"], "There is no decision to take back"),
        ([RELEASE, PLACE, "--undo"], "You decided nothing on"),
    ],
)
def test_what_is_not_clear_writes_nothing(
    arguments: list[str], message: str, overrides: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["decide", *arguments]) == EXIT_USAGE
    assert message in capsys.readouterr().err
    assert not overrides.exists()


def test_a_position_of_several_tracks_is_asked_for_by_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tracks = [sample.track(1, number, "A", "Goldie", f"Part {number}") for number in (1, 2)]
    gaps = [sample.gap(it, "missing") for it in tracks]
    monkeypatch.setenv("MUSICTOOL_DATA_DIR", str(tmp_path))
    everything = {**sample.EVERYTHING, "expanded_tracks": tracks, "gap_analysis": gaps}
    sample.publish(tmp_path / "musictool.duckdb", **everything)
    assert main(["decide", "1", "A", "not"]) == EXIT_USAGE
    said = capsys.readouterr().err
    assert "2 tracks of release 1 have the position A." in said
    assert "#1: Goldie - Part 1; #2: Goldie - Part 2" in said
    assert main(["decide", "1", "#2", "not"]) == EXIT_DONE
    assert written(tmp_path / "match_overrides.csv") == [(1, 2, "not", None)]


def test_undo_takes_back_the_last_or_the_last_on_a_track(overrides: Path) -> None:
    for arguments in ([RELEASE, PLACE, "same"], ["2", "#1", "not"], ["2", "#2", "not"]):
        assert main(["decide", *arguments]) == EXIT_DONE
    assert main(["decide", "--undo", RELEASE, PLACE]) == EXIT_DONE
    assert [it[:2] for it in written(overrides)] == [(2, 1), (2, 2)]
    assert main(["decide", "--undo"]) == EXIT_DONE
    assert [it[:2] for it in written(overrides)] == [(2, 1)]


def test_the_list_names_tracks_and_lines_that_make_no_sense(
    overrides: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["decide", "--list"]) == EXIT_DONE
    assert "You have decided nothing yet" in capsys.readouterr().out
    assert main(["decide", RELEASE, PLACE, "other"]) == EXIT_DONE
    assert main(["decide", "--list"]) == EXIT_DONE
    said = capsys.readouterr().out
    assert f"({FIRST['artist']} - {FIRST['title']}): another version, aa.mp3" in said
    with overrides.open("a") as file:
        file.write("one,1,same,,\n")
    assert main(["decide", "--list"]) == EXIT_NEEDS_USER
    assert "line 3: 'one' is no release id" in capsys.readouterr().out


def test_the_titles_of_all_decisions_are_asked_for_once(
    overrides: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a query for each record, two thousand decisions take five seconds to list."""
    overrides.write_text("release_id,track_number,decision\n1,1,not\n2,1,not\n2,2,not\n")
    asked: list[set[int]] = []

    def counted(connection: Any, releases: set[int]) -> Any:
        asked.append(releases)
        return read_titles(connection, releases)

    monkeypatch.setattr("musictool_pipeline.app.decide.read_titles", counted)
    assert main(["decide", "--list"]) == EXIT_DONE
    assert capsys.readouterr().out.count(" - ") == 3
    assert asked == [{1, 2}]


def test_the_note_says_where_it_was_decided(overrides: Path) -> None:
    main(["decide", RELEASE, PLACE, "same"])
    (decision,) = load_overrides(overrides)[0].decisions
    assert isinstance(decision, Override)
    assert (decision.note or "").startswith("in the terminal, 20")


MOVED = {"duration_seconds": 300.0, "file_size_bytes": 9_000}


def reorganised(overrides: Path, *files: sample.Row) -> None:
    """The library, read again after its files were moved."""
    sample.publish(overrides.with_name("musictool.duckdb"), digital_tracks=files)


def test_a_decision_survives_that_its_file_is_moved_and_comes_back(
    overrides: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def listed() -> str:
        capsys.readouterr()
        assert main(["decide", "--list"]) == EXIT_DONE
        return capsys.readouterr().out

    here = sample.digital("aa", "Goldie", "Jah", path="C:/Music/aa.mp3", **MOVED)
    there = sample.digital("zz", "Goldie", "Jah", path="C:/Jungle/aa (1).mp3", **MOVED)
    reorganised(overrides, here)
    assert main(["decide", RELEASE, PLACE, "same"]) == EXIT_DONE
    assert "!" not in listed()
    reorganised(overrides, there)
    assert (
        "! line 2: release 1, track 1: C:/Music/aa.mp3 is not in the digital library any more; the "
        "decision holds for C:/Jungle/aa (1).mp3, which has its size and length."
    ) in listed()
    reorganised(overrides, there, sample.digital("yy", "Goldie", "Jah", path="/copy.mp3", **MOVED))
    assert "! line 2 has no effect: release 1, track 1: no file C:/Music/aa.mp3" in listed()
    reorganised(overrides, there, here)
    assert "!" not in listed()
    reorganised(overrides, there)
    assert main(["decide", "--undo", RELEASE, PLACE]) == EXIT_DONE
    assert written(overrides) == []
