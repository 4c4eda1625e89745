"""Which entries of a library lead to one file."""

from __future__ import annotations

import pytest

from musictool_pipeline.core.health import Entry, named_twice


def entry(path: str, library: str = "collection.nml", source: str = "traktor") -> Entry:
    return Entry(library, source, path, "Goldie", "Jah")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("/Music/Jah.mp3", "/music/JAH.mp3"),
        ("/Music/Caf\u00e9.mp3", "/Music/Cafe\u0301.mp3"),
        ("C:\\Music\\a.mp3", "c:/Music/a.mp3"),
    ],
)
def test_spellings_of_one_path_are_one_file(first: str, second: str) -> None:
    (found,) = named_twice([entry(first), entry("/Music/other.mp3"), entry(second)])
    assert found.paths == (first, second)
    assert (found.library, found.artist, found.title) == ("collection.nml", "Goldie", "Jah")


def test_two_libraries_may_name_one_file() -> None:
    """Each program needs an entry of its own; to say so would be noise."""
    same = "/Music/Jah.mp3"
    assert named_twice([entry(same), entry(same, "rekordbox.xml", "rekordbox")]) == ()
    assert named_twice([entry(same), entry(same, source="serato")]) == ()


def test_files_of_one_name_in_two_folders_are_two() -> None:
    assert named_twice([entry("/Music/a/1.mp3"), entry("/Music/b/1.mp3")]) == ()
