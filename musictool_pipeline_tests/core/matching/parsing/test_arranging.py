"""Which part of a text is the artist and which the title."""

from __future__ import annotations

import pytest

from musictool_pipeline.core.matching.parsing.reading import read_digital
from musictool_pipeline_tests.core.matching.builders import digital


@pytest.mark.parametrize(
    ("artist", "title"),
    [
        ("Goldie", "7A - 4 - Angel"),
        ("Goldie", "F#m - Angel"),
        ("7A - Goldie", "Angel"),
        ("Goldie", "07 Angel"),
        ("Goldie", "B2 - Angel"),
        ("Goldie", "Angel_PN"),
        ("Goldie", "Angel - breaks4all.ru"),
        ("Goldie [breaks4all.ru]", "Angel"),
        (None, "Goldie -- Angel"),
        (None, "Goldie   Angel"),
        (None, "Goldie\tAngel"),
        ("Angel", "Goldie"),
    ],
)
def test_tags_are_read_whatever_habit_wrote_them(artist: str | None, title: str) -> None:
    read = read_digital(digital(artist, title, path="/x.mp3"))
    readings = (*read.readings, *read.exchanged())
    assert ("goldie", "angel") in [(it.credit.whole, it.title.full) for it in readings]


def test_what_is_behind_a_dash_may_be_the_whole_version() -> None:
    """`Title - Some Name Remix` looks like `Artist - Some Title Remix`: both are read."""
    readings = read_digital(digital("Goldie", "Angel - Doc Scott Remix")).readings
    read = {(it.credit.names, it.title.base, it.title.version.name) for it in readings}
    assert (("goldie",), "angel", "doc scott") in read
    assert (("angel",), "doc scott", "") in read
