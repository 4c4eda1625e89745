"""Which of the files that libraries name are gone, and which only cannot be seen from here."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from musictool_pipeline.core.health import Entry
from musictool_pipeline.inputs import named_files
from musictool_pipeline.inputs.named_files import FilesLookedFor, look_for_files

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the paths are those of a POSIX system")


def entry(path: Path | str, source: str = "rekordbox") -> Entry:
    return Entry("library.xml", source, str(path), None, None)


def look(*paths: Path | str, source: str = "rekordbox") -> FilesLookedFor:
    return look_for_files([entry(path, source) for path in paths])


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "Music" / "Caf\u00e9"
    folder.mkdir(parents=True)
    (folder / "There.mp3").write_bytes(b"")
    return folder


def test_a_file_that_is_there_and_one_that_is_gone(music: Path) -> None:
    found = look(music / "There.mp3", music / "Gone.mp3", music / "no folder" / "Gone.mp3")
    assert found.there == 1
    assert [each.path for each in found.gone] == [
        str(music / "Gone.mp3"),
        str(music / "no folder" / "Gone.mp3"),
    ]


@pytest.mark.parametrize(
    "spelled", [str.upper, str.lower, lambda text: unicodedata.normalize("NFD", text)]
)
def test_a_file_in_another_spelling_is_there(music: Path, spelled: Callable[[str], str]) -> None:
    """Programs keep paths as their disk had them once; called gone, each would be a false alarm."""
    path = music / "There.mp3"
    asked = music.parents[1] / spelled(str(path.relative_to(music.parents[1])))
    assert look(asked) == FilesLookedFor(there=1)


def test_a_link_that_leads_nowhere_is_a_file_that_is_gone(music: Path) -> None:
    (music / "link.mp3").symlink_to(music / "nowhere.mp3")
    (music / "good.mp3").symlink_to(music / "There.mp3")
    assert len(look(music / "link.mp3", music / "good.mp3").gone) == 1


@pytest.mark.parametrize("is_made", [False, True])
def test_the_files_of_an_unplugged_disk_are_not_gone(
    is_made: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a disk there often stays an empty folder. The loss: 20,000 files called gone, and a
    library that its owner then cleans of them."""
    disk = tmp_path / "Stick"
    if is_made:
        disk.mkdir()
    monkeypatch.setattr(named_files, "_top_of", lambda path: str(disk))
    found = look(disk / "a.mp3", disk / "folder" / "b.mp3")
    assert found == FilesLookedFor(away={str(disk): 2})


@pytest.mark.parametrize(
    ("path", "top"),
    [
        ("/Volumes/Stick/a/b.mp3", "/Volumes/Stick"),
        ("/mnt/usb/a/b.mp3", "/mnt/usb"),
        ("/media/me/Stick/a/b.mp3", "/media/me/Stick"),
        ("/run/media/me/Stick/a/b.mp3", "/run/media/me/Stick"),
        ("/home/me/Music/b.mp3", "/home/me"),
        ("/Users/me/Music/b.mp3", "/Users/me"),
        ("/srv/music/b.mp3", "/srv"),
        ("/Volumes/b.mp3", "/Volumes"),
    ],
)
def test_which_folder_tells_whether_a_disk_is_there(path: str, top: str) -> None:
    assert named_files._top_of(path) == top


def test_a_mount_right_below_media_is_a_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os.path, "ismount", lambda path: path == "/media/usb")
    assert named_files._top_of("/media/usb/a/b.mp3") == "/media/usb"


def test_paths_of_another_system_are_counted_apart(music: Path) -> None:
    found = look("D:\\Music\\a.mp3", "\\\\nas\\music\\a.mp3", "Music/a.mp3", music / "There.mp3")
    assert found == FilesLookedFor(there=1, elsewhere=3)


def test_serato_leaves_out_the_first_slash(music: Path) -> None:
    assert look(str(music / "There.mp3")[1:], source="serato").there == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list every folder")
def test_a_folder_that_cannot_be_listed_says_nothing_of_its_files(music: Path) -> None:
    music.chmod(0o111)
    try:
        assert look(music / "There.mp3", music / "Gone.mp3") == FilesLookedFor(unreadable=2)
    finally:
        music.chmod(0o755)


def test_a_refusal_of_the_system_says_nothing_of_the_files(
    music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: str) -> None:
        raise PermissionError(13, "Permission denied", folder)

    monkeypatch.setattr(os, "scandir", refuse)
    assert look(music / "There.mp3", music / "Gone.mp3") == FilesLookedFor(unreadable=2)


def test_it_ends_when_its_time_is_over(music: Path) -> None:
    entries = [entry(music / "Gone.mp3")] * 3
    assert look_for_files(entries, seconds=-1) == FilesLookedFor(skipped=3)
    assert len(look_for_files(entries, seconds=60).gone) == 3


def test_each_folder_is_listed_once(music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is what keeps a hundred thousand files quick."""
    listed: list[str] = []
    scandir = os.scandir

    def counting(folder: str):
        listed.append(folder)
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", counting)
    look(*[music / f"{number}.mp3" for number in range(1_000)], music / "There.mp3")
    assert len(listed) == len(set(listed)) <= 2
