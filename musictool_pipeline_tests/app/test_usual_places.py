"""Where programs keep their libraries, on invented computers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from musictool_pipeline.app.usual_places import (
    Computer,
    drives_below,
    found_in_usual_places,
)
from musictool_pipeline_tests.libraries.written_libraries import (
    WRITERS,
    Entry,
)

SQLITE = "engine"
"""Any other database of SQLite's: only reading it shows what it holds."""


def put(path: Path, kind: str) -> Path:
    """A library of that kind, at that very path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.parent / "scratch"
    scratch.mkdir()
    WRITERS[kind](scratch, Entry("/a.mp3")).rename(path)
    scratch.rmdir()
    return path


APPLICATIONS = "Library/Application Support"


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("Documents/Native Instruments/Traktor 3.11.1/collection.nml", "traktor"),
        ("OneDrive/Documents/Native Instruments/Traktor 3.11.1/collection.nml", "traktor"),
        ("Documents/rekordbox/mine.xml", "rekordbox"),
        ("Library/Pioneer/rekordbox/master.db", SQLITE),
        (f"{APPLICATIONS}/Pioneer/rekordbox/master.db", SQLITE),
        ("AppData/Roaming/Pioneer/rekordbox/master.db", SQLITE),
        ("Music/Music/Library.xml", "apple_music"),
        ("Music/_Serato_/database V2", "serato"),
        (f"{APPLICATIONS}/Serato/Library/master.sqlite", SQLITE),
        ("AppData/Local/Serato/Library/master.sqlite", SQLITE),
        ("Music/Engine Library/Database2/m.db", "engine"),
        (f"{APPLICATIONS}/VirtualDJ/database.xml", "virtualdj"),
        ("Documents/VirtualDJ/database.xml", "virtualdj"),
        ("OneDrive - Me/Documents/VirtualDJ/database.xml", "virtualdj"),
        ("AppData/Local/VirtualDJ/database.xml", "virtualdj"),
        (".mixxx/mixxxdb.sqlite", SQLITE),
        ("AppData/Local/Mixxx/mixxxdb.sqlite", SQLITE),
        (f"{APPLICATIONS}/Mixxx/mixxxdb.sqlite", SQLITE),
        (f"Library/Containers/org.mixxx.mixxx/Data/{APPLICATIONS}/Mixxx/mixxxdb.sqlite", SQLITE),
        (".config/beets/library.db", SQLITE),
        ("AppData/Roaming/beets/musiclibrary.db", SQLITE),
    ],
)
def test_a_library_in_the_home_is_found(tmp_path: Path, place: str, kind: str) -> None:
    path = put(tmp_path / place, kind)
    assert found_in_usual_places(Computer(tmp_path)) == [path]


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("PIONEER/rekordbox/export.pdb", "rekordbox_usb"),
        (".PIONEER/rekordbox/export.pdb", "rekordbox_usb"),
        ("VirtualDJ/database.xml", "virtualdj"),
        ("_Serato_/database V2", "serato"),
        ("Engine Library/Database2/m.db", "engine"),
    ],
)
@pytest.mark.parametrize(
    "drive", ["Volumes/STICK", "media/me/STICK", "run/media/me/STICK", "media/STICK", "mnt/e"]
)
def test_a_library_on_a_stick_is_found(tmp_path: Path, drive: str, place: str, kind: str) -> None:
    path = put(tmp_path / drive / place, kind)
    computer = Computer(tmp_path / "home/me", {}, drives_below(tmp_path, "me"))
    assert found_in_usual_places(computer) == [path]


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("XDG_CONFIG_HOME", "beets/library.db"),
        ("LOCALAPPDATA", "VirtualDJ/database.xml"),
        ("APPDATA", "Pioneer/rekordbox/master.db"),
    ],
)
def test_folders_that_the_environment_names_are_looked_at(
    tmp_path: Path, name: str, place: str
) -> None:
    path = put(tmp_path / "elsewhere" / place, SQLITE)
    computer = Computer(tmp_path / "home", {name: str(tmp_path / "elsewhere")})
    assert found_in_usual_places(computer) == [path]


def test_homes_of_windows_are_looked_at_from_wsl(tmp_path: Path) -> None:
    path = put(tmp_path / "mnt/c/Users/Me/Documents/VirtualDJ/database.xml", "virtualdj")
    put(tmp_path / "mnt/c/Users/Public/Documents/VirtualDJ/database.xml", "virtualdj")
    computer = Computer(tmp_path / "home/me", {}, drives_below(tmp_path, "me"))
    assert found_in_usual_places(computer) == [path]


@pytest.mark.parametrize("pairs", [True, False])
def test_rekordbox_says_where_its_moved_database_is(tmp_path: Path, pairs: bool) -> None:
    path = put(tmp_path / "Big disk/rekordbox/master.db", SQLITE)
    settings = tmp_path / APPLICATIONS / "Pioneer/rekordboxAgent/storage/options.json"
    settings.parent.mkdir(parents=True)
    options = [["other", "x"], ["db-path", str(path)]]
    settings.write_text(json.dumps({"options": options if pairs else dict(options)}))
    assert found_in_usual_places(Computer(tmp_path)) == [path]


def test_a_path_of_windows_in_its_settings_is_found_from_wsl(tmp_path: Path) -> None:
    path = put(tmp_path / "mnt/d/rekordbox/master.db", SQLITE)
    home = tmp_path / "mnt/c/Users/Me"
    settings = home / "AppData/Roaming/Pioneer/rekordboxAgent/storage/options.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"options": [["db-path", "D:\\rekordbox\\master.db"]]}))
    computer = Computer(tmp_path / "home/me", {}, drives_below(tmp_path, "me"))
    assert found_in_usual_places(computer) == [path]


@pytest.mark.parametrize(
    "line", ["library: ~/Music/mine.db", "library: '{home}/Music/mine.db'  # x"]
)
def test_beets_says_where_its_library_is(tmp_path: Path, line: str) -> None:
    path = put(tmp_path / "Music/mine.db", SQLITE)
    settings = tmp_path / ".config/beets/config.yaml"
    settings.parent.mkdir(parents=True)
    settings.write_text("directory: ~/Music\n" + line.format(home=tmp_path) + "\nplugins: x\n")
    assert found_in_usual_places(Computer(tmp_path)) == [path]


@pytest.mark.parametrize(
    "content", ["", '{"options": [["db-path"', '"db-path": "\\ud800\\q"', "\0"]
)
def test_settings_that_cannot_be_read_name_nothing(tmp_path: Path, content: str) -> None:
    settings = tmp_path / APPLICATIONS / "Pioneer/rekordboxAgent/storage/options.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(content)
    assert found_in_usual_places(Computer(tmp_path)) == []


def test_what_only_bears_the_name_is_passed_over(tmp_path: Path) -> None:
    for place, content in {
        "Documents/VirtualDJ/database.xml": "<database/>",
        ".mixxx/mixxxdb.sqlite": "hello",
        "Documents/rekordbox/page.xml": "<!DOCTYPE html><html/>",
    }.items():
        (tmp_path / place).parent.mkdir(parents=True)
        (tmp_path / place).write_text(content)
    assert found_in_usual_places(Computer(tmp_path)) == []


def test_one_that_is_damaged_is_offered(tmp_path: Path) -> None:
    """`check` then says what is wrong; passed over, it would be missed without a word."""
    path = tmp_path / "Documents/VirtualDJ/database.xml"
    path.parent.mkdir(parents=True)
    path.write_text('<?xml version="1.0"?>\n<VirtualDJ_Data')
    assert found_in_usual_places(Computer(tmp_path)) == [path]


def test_all_are_found_and_each_once(tmp_path: Path) -> None:
    """OneDrive leaves a link behind where the documents were."""
    documents = tmp_path / "OneDrive/Documents"
    found = put(documents / "VirtualDJ/database.xml", "virtualdj")
    other = put(tmp_path / "mnt/e/VirtualDJ/database.xml", "virtualdj")
    (tmp_path / "Documents").symlink_to(documents, target_is_directory=True)
    computer = Computer(tmp_path, {}, drives_below(tmp_path, "me"))
    assert [path.resolve() for path in found_in_usual_places(computer)] == [found, other]
