"""Which file a path means, however a program spells it."""

from __future__ import annotations

import pytest

from musictool_pipeline.core.file_places import file_of


@pytest.mark.parametrize(
    "paths",
    [
        (r"C:\Music\Löwe.mp3", "c:/music/lo\u0308we.MP3", "/mnt/c/Music/Löwe.mp3"),
        (r"\\nas\music\a.mp3", "//NAS/Music/A.mp3"),
        ("/Users/me/Löwe.mp3", "/users/Me/Löwe.mp3".replace("users", "Users")),
        ("/Users/me/a.mp3", "/Volumes/Macintosh HD/Users/me/a.mp3"),
        ("/Volumes/Stick/a.mp3", "/Volumes/STICK/A.mp3"),
        ("/home/me/lo\u0308we.mp3", "/home/me//löwe.mp3"),
    ],
)
def test_spellings_of_one_file_are_one(paths: tuple[str, ...]) -> None:
    assert len({file_of(path) for path in paths}) == 1
    assert file_of(paths[0]) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/home/me/a.mp3", "/home/me/A.mp3"),
        (r"C:\a.mp3", r"D:\a.mp3"),
        ("/Volumes/One/a.mp3", "/Volumes/Two/a.mp3"),
        ("/Volumes/One/a.mp3", "/One/a.mp3"),
        ("/media/me/ONE/Contents/a.mp3", "/media/me/TWO/Contents/a.mp3"),
        (r"\\nas\music\a.mp3", "/nas/music/a.mp3"),
    ],
)
def test_different_files_are_told_apart(one: str, other: str) -> None:
    assert file_of(one) != file_of(other)


@pytest.mark.parametrize(
    "path", ["Music/a.mp3", "../a.mp3", "", "/", "soundcloud:tracks:1", "https://x.example/a.mp3"]
)
def test_a_path_that_does_not_say_where_it_begins_tells_no_file(path: str) -> None:
    assert file_of(path) is None
