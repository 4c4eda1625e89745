"""`musictool export`: which files are written, and what is said of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from musictool_pipeline.app.export import export, make_exports
from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.errors import DestinationRefused, MusicToolError
from musictool_pipeline.libraries.reading import read_library
from musictool_pipeline.publishing.destination import NOTE
from musictool_pipeline.publishing.exports import EXPORTS, export_bytes
from musictool_pipeline.queries.chosen_records import EVERY_RECORD, Choice
from musictool_pipeline.settings import Settings
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
from musictool_pipeline_tests.app.mixed_collection import publish_mixed

ALL = {each.file_name for each in EXPORTS} | {"owned_tracks.nml", "owned_tracks.xml"}


@pytest.fixture(scope="module")
def project(make_project: MakeProject) -> Project:
    project = make_project("http://127.0.0.1:1")
    publish(project.database, **EVERYTHING)
    return project


@pytest.fixture
def settings(project: Project) -> Settings:
    return of(project.data)


def of(data: Path, *libraries: Path) -> Settings:
    return Settings(root=data.parent, data_dir=data, digital_libraries=libraries)


def exported(
    settings: Settings, folder: Path, choice: Choice = EVERY_RECORD, *, with_bom: bool = False
) -> None:
    assert export(settings, Terminal(), folder, choice, with_bom=with_bom) == 0


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {NOTE}


def test_the_files_are_those_of_the_download_buttons(project: Project, tmp_path: Path) -> None:
    before = listing(project.data)
    ran = project.run("export", str(tmp_path / "out"))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert names(tmp_path / "out") == ALL
    for each in EXPORTS:
        content = (tmp_path / "out" / each.file_name).read_bytes()
        assert content == export_bytes(each, project.database)
    assert ran.stdout.splitlines() == [
        f"8 files in {tmp_path / 'out'}:",
        "  physical_collection.csv          4 copies",
        "  gap_analysis.csv                 7 tracks",
        "  missing_tracks.csv               4 tracks",
        "  collection_statistics.csv        0 figures",
        "  owned_tracks.m3u8                1 files",
        "  wants_list.txt                   4 lines",
        "  owned_tracks.nml                 1 files",
        "  owned_tracks.xml                 1 files",
    ]
    assert listing(project.data) == before


def test_the_wantlist_is_among_them_only_if_one_is_set(settings: Settings, tmp_path: Path) -> None:
    out = tmp_path / "out"
    exported(settings, out)
    assert "wantlist.csv" not in names(out)
    exported(replace(settings, wantlist_csv=tmp_path / "mine.csv"), out)
    assert names(out) == ALL | {"wantlist.csv"}


def test_the_wantlist_that_is_read_is_never_written(settings: Settings, tmp_path: Path) -> None:
    """Discogs' own export may have this name too."""
    mine = tmp_path / "wantlist.csv"
    mine.write_text("Artist,Title,release_id,Notes\r\n")
    with pytest.raises(DestinationRefused, match="is your wantlist, which is never written"):
        exported(replace(settings, wantlist_csv=mine), tmp_path)
    assert list(tmp_path.iterdir()) == [mine]


def test_two_exports_are_alike(settings: Settings, tmp_path: Path) -> None:
    """So that a backup or a repository of them shows what changed, and nothing else."""
    written: list[dict[str, bytes]] = []
    for out in (tmp_path / "one", tmp_path / "two", tmp_path / "one"):
        exported(settings, out, Choice(folder="Jungle"))
        written.append({path.name: path.read_bytes() for path in out.iterdir()})
    assert written[0] == written[1] == written[2]


def test_a_byte_order_mark_for_excel(settings: Settings, tmp_path: Path) -> None:
    exported(settings, tmp_path, with_bom=True)
    for path in tmp_path.iterdir():
        marked = path.read_bytes().startswith(b"\xef\xbb\xbf")
        assert marked is (path.suffix == ".csv"), path


JAH = ["/Music/Goldie - Jah.mp3"]


@pytest.mark.parametrize(
    ("choice", "stem", "playlist", "files"),
    [
        (Choice(folder="jungle"), "folder-jungle", "folder jungle", JAH),
        (Choice(label="CAFE müller"), "label-cafe-muller", "label CAFE müller", []),
        (Choice(release_id=1), "release-1", "Goldie - Album 1", JAH),
        (
            Choice(label="metal", folder="jungle"),
            "folder-jungle-label-metal",
            "folder jungle, label metal",
            JAH,
        ),
    ],
)
def test_playlists_of_a_choice(
    choice: Choice,
    stem: str,
    playlist: str,
    files: list[str],
    settings: Settings,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    exported(settings, tmp_path, choice)
    said = capsys.readouterr().out
    chosen = {f"{stem}{suffix}" for suffix in (".m3u8", ".nml", ".xml")}
    assert names(tmp_path) == ALL | chosen
    for name in chosen:
        assert [each.path for each in read_library(tmp_path / name)] == files
        assert playlist in (tmp_path / name).read_text("utf-8")
        assert name in said


def test_the_choice_as_it_is_given_on_the_command_line(project: Project, tmp_path: Path) -> None:
    flags = ("--folder", "jung", "--label", "metal", "--release", "1", "--bom")
    ran = project.run("export", str(tmp_path), *flags)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "folder-jung-label-metal-release-1.nml" in names(tmp_path)
    assert (tmp_path / "gap_analysis.csv").read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (Choice(folder="attic"), "folder attic"),
        (Choice(release_id=4), "release 4"),
        (Choice(release_id=10**40), "release 1000"),
        (Choice(label="metal", release_id=2), "label metal, release 2"),
    ],
)
def test_a_choice_that_nothing_fits(
    choice: Choice, said: str, settings: Settings, tmp_path: Path
) -> None:
    """An empty playlist under a mistyped name would look like a crate of which nothing is owned."""
    with pytest.raises(MusicToolError, match=f"There is no such record: {said}") as refused:
        exported(settings, tmp_path / "out", choice)
    assert refused.value.exit_code == 2
    helps = "Your folders: " if choice.folder else "`musictool gaps`"
    assert helps in refused.value.remedy
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("record", "f31 f11 f12 f21 f22 f23 f24 f25 f26"),
        ("bpm", "f22 f23 f31 f11 f21 f25 f12 f24 f26"),
        ("key", "f23 f31 f11 f12 f24 f22 f21 f25 f26"),
    ],
)
def test_playlists_in_the_order_of_the_decks(order: str, expected: str, tmp_path: Path) -> None:
    publish_mixed(tmp_path / "musictool.duckdb")
    made = make_exports(of(tmp_path), order=order)
    lines = made.files["owned_tracks.m3u8"][0].bytes.decode().splitlines()
    listed = [line.split("\\")[-1].removesuffix(".mp3") for line in lines if line[0] != "#"]
    assert " ".join(listed) == expected


def test_what_is_on_no_playlist_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library = [*FILES, digital("dd", "Ann", "x", path="../x.mp3", source="engine")]
    gaps = [
        *GAPS[:2],
        gap(TRACKS[2], "owned", digital_id="dd", digital_path="../x.mp3"),
        gap(TRACKS[3], "owned", digital_id="bb", digital_path="/Music/Goldie - Jah.mp3"),
    ]
    tables = {**EVERYTHING, "digital_tracks": library, "gap_analysis": gaps}
    publish(tmp_path / "data" / "musictool.duckdb", **tables)
    exported(of(tmp_path / "data"), tmp_path / "out")
    assert capsys.readouterr().out.splitlines()[-3:] == [
        "1 owned track is in no playlist: the library does not say where the file is.",
        "1 owned track is there with the file of a track before; it is listed once.",
        "3 more tracks are not judged yet. Run `musictool refresh`.",
    ]


def test_without_a_library_it_says_how_to_add_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    every = [gap(each, "missing") for each in TRACKS]
    tables = {"expanded_tracks": TRACKS, "gap_analysis": every}
    publish(tmp_path / "data" / "musictool.duckdb", **tables)
    exported(of(tmp_path / "data"), tmp_path / "out")
    assert "MUSICTOOL_DIGITAL_LIBRARY" in capsys.readouterr().out


def test_the_folder_for_exports_can_be_exported_to(settings: Settings) -> None:
    for _ in range(2):
        exported(settings, settings.data_dir / "exports")
    assert names(settings.data_dir / "exports") == ALL


def test_the_data_folder_cannot(project: Project) -> None:
    before = listing(project.data)
    ran = project.run("export", str(project.data))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "is in the data folder" in ran.stderr
    assert str(project.data / "exports") in ran.stderr
    assert listing(project.data) == before


def test_a_library_in_the_way_is_left_alone(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "owned_tracks.xml"
    path.write_text("<DJ_PLAYLISTS><COLLECTION/></DJ_PLAYLISTS>")
    with pytest.raises(DestinationRefused) as refused:
        exported(of(settings.data_dir, path), tmp_path)
    assert str(refused.value) == f"{path} is your digital library, which is never written"
    assert names(tmp_path) == {"owned_tracks.xml"}


def test_without_a_gap_analysis_it_says_what_makes_one(tmp_path: Path) -> None:
    publish(tmp_path / "musictool.duckdb", expanded_tracks=TRACKS)
    with pytest.raises(MusicToolError) as refused:
        exported(of(tmp_path), tmp_path / "exports")
    assert refused.value.explained() == (
        "There is no gap analysis yet.\n  `musictool refresh` makes it."
    )
    assert refused.value.exit_code == 2
    assert not (tmp_path / "exports").exists()


def test_a_title_cannot_reach_the_terminal_or_a_spreadsheet(
    project: Project, tmp_path: Path
) -> None:
    spoiled = track(1, 1, "=A1", f"={ESCAPES}", "+1")
    publish(
        tmp_path / "data" / "musictool.duckdb",
        expanded_tracks=[spoiled],
        gap_analysis=[gap(spoiled, "missing")],
    )
    ran = project.run(
        "export",
        str(tmp_path / "out"),
        "--release",
        "1",
        settings={"MUSICTOOL_DATA_DIR": str(tmp_path / "data")},
    )
    assert ran.returncode == 0
    assert not set(ran.stdout) & {"\x1b", "\x07"}
    listed = (tmp_path / "out" / "missing_tracks.csv").read_text("utf-8")
    for text in ('"\'=A1"', f'"\'={ESCAPES}"', '"\'+1"'):
        assert text in listed


@pytest.mark.parametrize("arguments", [[""], ["out", "--release", "x"], ["out", "--folder"]])
def test_wrong_usage_ends_with_2(arguments: list[str], project: Project) -> None:
    ran = project.run("export", *arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "usage: musictool export" in ran.stderr
    assert list(project.home.iterdir()) == []
