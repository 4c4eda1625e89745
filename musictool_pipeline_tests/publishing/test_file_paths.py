"""Paths as each program writes them, and as our own readers read them again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.libraries.file_url import path_from_url
from musictool_pipeline.libraries.traktor import path_of
from musictool_pipeline.publishing.file_paths import FilePath, file_path


def found(path: str, source: str = "folder") -> FilePath:
    where = file_path(path, source)
    assert where is not None
    return where


@pytest.mark.parametrize(
    ("path", "source", "local", "url", "traktor"),
    [
        (
            "C:/Music/100% & #1.mp3",
            "traktor",
            "C:/Music/100% & #1.mp3",
            "file://localhost/C:/Music/100%25%20%26%20%231.mp3",
            ("C:", "/:Music/:", "100% & #1.mp3"),
        ),
        (
            "D:\\a.mp3",
            "rekordbox",
            "D:\\a.mp3",
            "file://localhost/D:/a.mp3",
            ("D:", "/:", "a.mp3"),
        ),
        (
            "\\\\nas\\music\\Ö\\a.mp3",
            "folder",
            "\\\\nas\\music\\Ö\\a.mp3",
            "file://localhost//nas/music/%C3%96/a.mp3",
            ("\\\\nas\\music", "/:Ö/:", "a.mp3"),
        ),
        (
            "/home/dj/a:b.mp3",
            "folder",
            "/home/dj/a:b.mp3",
            "file://localhost/home/dj/a%3Ab.mp3",
            ("", "/:home/:dj/:", "a//b.mp3"),
        ),
        # A Mac's own disk, by its name in Traktor and by no name elsewhere.
        (
            "Macintosh HD/Users/dj/ä.mp3",
            "traktor",
            "/Users/dj/ä.mp3",
            "file://localhost/Users/dj/%C3%A4.mp3",
            ("Macintosh HD", "/:Users/:dj/:", "ä.mp3"),
        ),
        (
            "/Library/dj/a.mp3",
            "traktor",
            "/Library/dj/a.mp3",
            "file://localhost/Library/dj/a.mp3",
            ("Macintosh HD", "/:Library/:dj/:", "a.mp3"),
        ),
        (
            "/Users/dj/a.mp3",
            "rekordbox",
            "/Users/dj/a.mp3",
            "file://localhost/Users/dj/a.mp3",
            ("Macintosh HD", "/:Users/:dj/:", "a.mp3"),
        ),
        (
            "Stick/House/a.mp3",
            "traktor",
            "/Volumes/Stick/House/a.mp3",
            "file://localhost/Volumes/Stick/House/a.mp3",
            ("Stick", "/:House/:", "a.mp3"),
        ),
        (
            "/Volumes/Stick/House/a.mp3",
            "rekordbox",
            "/Volumes/Stick/House/a.mp3",
            "file://localhost/Volumes/Stick/House/a.mp3",
            ("Stick", "/:House/:", "a.mp3"),
        ),
        (
            "Users/dj/a.mp3",
            "serato",
            "/Users/dj/a.mp3",
            "file://localhost/Users/dj/a.mp3",
            ("Macintosh HD", "/:Users/:dj/:", "a.mp3"),
        ),
    ],
)
def test_a_path_is_written_as_each_program_writes_it(
    path: str, source: str, local: str, url: str, traktor: tuple[str, str, str]
) -> None:
    where = found(path, source)
    assert (where.local, where.url, where.traktor) == (local, url, traktor)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (None, "engine"),
        ("", "csv"),
        ("/", "folder"),
        ("C:\\", "folder"),
        ("soundcloud:tracks:1", "rekordbox"),
        ("https://example.com/a.mp3", "m3u8"),
        ("../Music/a.mp3", "engine"),
        ("a.mp3", "csv"),
        ("Volume", "traktor"),
    ],
)
def test_what_leads_to_no_file(path: str | None, source: str) -> None:
    assert file_path(path, source) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Macintosh HD/Users/dj/a.mp3", "traktor"), ("/Users/dj/a.mp3", "rekordbox")),
        (("C:/Music/a.mp3", "traktor"), ("C:\\Music\\a.mp3", "folder")),
        (("Stick/a.mp3", "traktor"), ("/Volumes/Stick/a.mp3", "folder")),
    ],
)
def test_one_file_in_two_libraries_is_one(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Else it would be on a playlist twice."""
    assert found(*one) == found(*other)
    assert found(*one) != found("/elsewhere/a.mp3")


# Names as files can have them. A backslash separates on Windows only.
names = st.text(
    st.sampled_from("a.%&#?:/+ üé'\"~;=日") | st.characters(codec="utf-8"), min_size=1, max_size=8
).filter(lambda name: not set(name) & set("/\\\0") and name.strip())


@given(st.sampled_from(["/", "C:/", "\\\\nas\\music\\"]), st.lists(names, min_size=1, max_size=4))
def test_our_readers_find_the_same_file(root: str, parts: list[str]) -> None:
    path = root + "/".join(parts)
    where = found(path)
    volume, folders, name = where.traktor
    read = path_of({"VOLUME": volume, "DIR": folders, "FILE": name})
    assert found(read or "") == where
    assert found(path_from_url(where.url) or "") == where
    assert found(where.local) == where
