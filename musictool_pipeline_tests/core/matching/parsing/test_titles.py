"""Titles taken apart: what stands in front and behind, years, and titles of many."""

from __future__ import annotations

import pytest

from musictool_pipeline.core.matching.parsing.reading import read_vinyl
from musictool_pipeline_tests.core.matching.builders import of_file, on_record, vinyl


def test_what_stands_in_front_and_behind_are_subtitles() -> None:
    read = on_record("(Hear My) Angel (Of The Night) - By The Sea").title
    assert set(read.subtitles) == {"hear my", "of the night", "by the sea"}


def test_a_year_of_the_record_may_stand_in_the_title_of_the_file() -> None:
    readings = read_vinyl(vinyl("Goldie", "Angel (1994)")).readings
    assert [it.title.numbers for it in readings] == [(), ("y94",)]
    assert of_file("Angel '94").title.base in [it.title.base for it in readings]


@pytest.mark.parametrize(
    "title",
    ["Untitled", "Intro", "A1", "Track 3", "Untitled B1", "Side B", "Allegro", ""],
)
def test_generic_titles(title: str) -> None:
    readings = read_vinyl(vinyl("Goldie", title)).readings
    assert all(it.title.is_generic for it in readings)
