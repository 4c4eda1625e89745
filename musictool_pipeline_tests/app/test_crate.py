"""`musictool crate`: which tracks are listed, from where it starts, and what is printed."""

from __future__ import annotations

import json

import pytest
from rich.cells import cell_len

from musictool_pipeline.app.cli import main
from musictool_pipeline.app.crate import WIDTH, Crate, WantedMix, crate_lines, in_cells, read_crate
from musictool_pipeline.core.mixing import ANYTHING, Sound
from musictool_pipeline.errors import MusicToolError
from musictool_pipeline.settings import read_settings
from musictool_pipeline_tests.app.conftest import ESCAPES, MakeProject, Project, listing
from musictool_pipeline_tests.app.judged_collection import answer, digital, gap, publish, track
from musictool_pipeline_tests.app.mixed_collection import mixed, publish_mixed
from musictool_pipeline_tests.publishing.hostile_titles import TEXTS


@pytest.fixture(scope="module")
def project(make_project: MakeProject) -> Project:
    project = make_project("http://127.0.0.1:1")
    publish_mixed(project.database)
    return project


def crate(project: Project, wanted: WantedMix | None = None) -> Crate:
    settings = read_settings({"MUSICTOOL_DATA_DIR": str(project.data)}, project.folder)
    return read_crate(settings, wanted or WantedMix())


def listed(found: Crate) -> list[tuple[str | None, str | None]]:
    return [(track.title, how.reason if how else None) for track, how in found.tracks]


# --- Which tracks, in what order -----------------------------------------------------------------


def test_from_a_record_the_best_fit_comes_first_and_not_the_track_itself(project: Project) -> None:
    found = crate(project, WantedMix(start=(1, "a")))
    assert listed(found) == [
        ("Same", "same key, 1.2 % faster"),
        ("Up", "one key up, same tempo"),
        ("Half", "other letter, same tempo in half time"),
    ]
    assert (found.sound, found.matching) == (Sound(124.0, "8A"), 3)


def test_from_a_tempo_and_a_key_or_one_of_both(project: Project) -> None:
    both = crate(project, WantedMix(sound=Sound(125.0, "9A")))
    assert [title for title, _ in listed(both)] == ["Up", "Same", "Start"]
    key = crate(project, WantedMix(sound=Sound(None, "2B")))
    assert listed(key) == [("Foreign", "same key")]
    tempo = crate(project, WantedMix(sound=Sound(125.5, None)))
    assert listed(tempo)[0] == ("Same", "same tempo")
    assert tempo.matching == 5


def test_without_a_start_all_are_listed_by_key_and_tempo(project: Project) -> None:
    assert listed(crate(project)) == [
        (title, None) for title in ("Foreign", "Start", "Same", "Half", "Up")
    ]


def test_only_what_is_owned_on_vinyl_with_tempo_and_key(project: Project) -> None:
    """Neither the CD, nor what another version's file sounds like."""
    found = crate(project)
    assert (found.known, found.unknown) == (5, 3)


@pytest.mark.parametrize(("folder", "count"), [("sell", 3), ("JUNGLE", 2), ("attic", 0)])
def test_a_folder_of_any_copy(folder: str, count: int, project: Project) -> None:
    assert crate(project, WantedMix(folder=folder)).known == count


def test_the_limit_shortens_and_the_count_stays(project: Project) -> None:
    found = crate(project, WantedMix(limit=2))
    assert (len(found.tracks), found.matching) == (2, 5)
    assert "and 3 more tracks; without --limit all are listed." in list(crate_lines(found))


def test_the_same_file_on_another_record_is_no_news(make_project: MakeProject) -> None:
    project = make_project("http://127.0.0.1:1")
    tracks = [track(rid, 1, "A", "Ann", "One", format_type="Vinyl") for rid in (1, 2)]
    publish(
        project.database,
        expanded_tracks=tracks,
        digital_tracks=[digital("x", "Ann", "One", bpm=120.0, musical_key="Am", camelot="8A")],
        gap_analysis=[gap(row, "owned", digital_id="x") for row in tracks],
        **{"pipeline.answers": [answer(1, "Vinyl"), answer(2, "Vinyl")]},
    )
    assert listed(crate(project, WantedMix(start=(1, "A")))) == []


def test_folders_are_cut_only_if_the_line_is_full(make_project: MakeProject) -> None:
    project = make_project("http://127.0.0.1:1")
    tracks = [
        track(rid, 1, "A", "Ann", "One", format_type="Vinyl", album=album, album_artist="Ann")
        for rid, album in ((1, "Short"), (2, "L" * 60))
    ]
    publish(
        project.database,
        expanded_tracks=tracks,
        collection_items=[
            {"item_id": f"{rid}", "release_id": rid, "csv_line": rid,
             "collection_folder": "A Folder Of Thirty Letters, Yes"}
            for rid in (1, 2)
        ],
        digital_tracks=[digital("x", "Ann", "One", bpm=120.0, musical_key="Am", camelot="8A")],
        gap_analysis=[gap(row, "owned", digital_id="x") for row in tracks],
        **{"pipeline.answers": [answer(1, "Vinyl"), answer(2, "Vinyl")]},
    )  # fmt: skip
    said = [line.strip() for line in crate_lines(crate(project))]
    assert "Short, A Folder Of Thirty Letters, Yes" in said
    assert f"{'L' * 50}…, A Folder Of Thirty…" in said


# --- What cannot be the start --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "said", "remedy"),
    [
        ((99, "A"), "Release 99 is not in the collection.", "musictool gaps"),
        ((1, "C"), "has no position 'C'", "It has: A, B"),
        ((2, "A2"), "2 tracks of release 2 have the position A2.", "#2: Bob - Half"),
        (
            (2, "#4"),
            "The file of Dee - Untimed has no tempo.",
            "Analyse it in your DJ program, export the library, and run `musictool refresh`.",
        ),
        ((2, "B1"), "The file of Eve - Unkeyed has no key.", "Analyse it"),
        ((2, "B2"), "The file of Fay - Neither has no tempo and no key.", "Analyse it"),
        ((2, "B3"), "Gus - Other is not owned as a file", "musictool explain 2 B3"),
        ((2, "B4"), "Hal - Missing is not owned as a file", "--bpm"),
    ],
)
def test_what_cannot_be_the_start(
    start: tuple[int, str], said: str, remedy: str, project: Project
) -> None:
    with pytest.raises(MusicToolError) as refused:
        crate(project, WantedMix(start=start))
    assert said in str(refused.value)
    assert remedy in refused.value.remedy


def test_the_start_can_be_on_a_cd(project: Project) -> None:
    """It is played all the same; what goes with it is on vinyl."""
    assert crate(project, WantedMix(start=(3, "1"))).matching == 4


def test_nothing_but_a_sentence_if_nothing_was_judged(make_project: MakeProject) -> None:
    empty = make_project("http://127.0.0.1:1")
    before = listing(empty.data)
    ran = empty.run("crate")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "There are no tracks yet." in ran.stderr
    assert listing(empty.data) == before


def test_if_no_file_has_a_tempo_and_a_key_the_next_step_is_said() -> None:
    lines = list(crate_lines(Crate(ANYTHING, None, (), matching=0, known=0, unknown=3)))
    assert lines[1:] == [
        "3 more owned tracks without a tempo or a key.",
        "Analyse them in your DJ program, export, and run `musictool refresh`.",
    ]


# --- The command ---------------------------------------------------------------------------------


def test_the_list_in_words(project: Project) -> None:
    ran = project.run("crate", "--from", "1", "A", "--limit", "1")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines() == [
        "With A  Goldie - Start",
        "124.0 BPM, 8A: 3 of 5 tracks go with it.",
        "3 more owned tracks without a tempo or a key.",
        "",
        "   BPM  code key  pos.  artist - title",
        "        record, folder: why",
        "",
        " 125.5  8A   Am   B     Goldie - Same",
        "        Album 1, Jungle: same key, 1.2 % faster",
        "",
        "and 2 more tracks; without --limit all are listed.",
    ]


@pytest.mark.parametrize("key", ["8A", "08a", "1m", "Am", "A minor", "a moll"])
def test_a_key_in_any_spelling(key: str, project: Project) -> None:
    ran = project.run("crate", "--key", key, "--bpm", "124", "--json")
    found = json.loads(ran.stdout)
    assert (found["bpm"], found["camelot"], found["start"]) == (124.0, "8A", None)
    first = found["tracks"][0]
    assert (first["title"], first["relation"], first["reason"]) == (
        "Start",
        "same key",
        "same key, same tempo",
    )
    assert (first["folders"], first["difference_percent"]) == (["Jungle"], 0.0)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--key", "H"],
        ["--key", ""],
        ["--bpm", "0"],
        ["--bpm", "nan"],
        ["--bpm", "-1"],
        ["--bpm", "fast"],
        ["--from", "1"],
    ],
)
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["crate", *arguments])
    assert ended.value.code == 2
    assert "usage: musictool crate" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from", "1", "A", "--key", "8A"), "It is not clear what to go with."),
        (("--from", "A", "1"), "'A' is no release's number."),
    ],
)
def test_a_start_that_is_not_clear(arguments: tuple[str, ...], said: str, project: Project) -> None:
    ran = project.run("crate", *arguments)
    assert ran.returncode == 2
    assert said in ran.stderr


def test_titles_stay_text_and_no_line_is_wider_than_the_paper(make_project: MakeProject) -> None:
    project = make_project("http://127.0.0.1:1")
    rows = mixed()
    texts = [*TEXTS, "Lang " * 60, "銅色の雨" * 30, ESCAPES]
    tracks = [
        {
            **track(1, number, text, text, text, format_type="Vinyl"),
            "album": text,
            "album_artist": text[::-1],
        }
        for number, text in enumerate(texts, start=1)
    ]
    names = [f"f{number}" for number in range(len(texts))]
    publish(
        project.database,
        releases=rows["releases"],
        expanded_tracks=tracks,
        collection_items=[
            {"item_id": "1-1", "release_id": 1, "collection_folder": text, "csv_line": 1}
            for text in texts[-3:-2]
        ],
        digital_tracks=[
            digital(name, "A", "B", bpm=124.0, musical_key="Am", camelot="8A") for name in names
        ],
        gap_analysis=[
            gap(row, "owned", digital_id=name) for row, name in zip(tracks, names, strict=True)
        ],
        **{"pipeline.answers": rows["pipeline.answers"]},
    )
    ran = project.run("crate", "--bpm", "124", "--key", "8A")
    lines = ran.stdout.split("\n")
    assert len([line for line in lines if "same key, same tempo" in line]) == len(texts)
    assert max(map(cell_len, lines)) <= WIDTH
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize(
    ("text", "cells", "shown"),
    [("short", 5, "short"), ("longer", 5, "long…"), ("銅色の雨", 5, "銅色…"), ("a\nb", 5, "a b")],
)
def test_cut_to_columns(text: str, cells: int, shown: str) -> None:
    assert in_cells(text, cells) == shown
