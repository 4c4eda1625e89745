"""Which words in brackets may name a take."""

from __future__ import annotations

import pytest

from musictool_pipeline.core.matching.tracks import (
    OWNED,
)
from musictool_pipeline_tests.core.matching.builders import (
    compared,
    digital,
    judged,
    vinyl,
)


def weigh(word: str) -> float:
    return 1.0


@pytest.mark.parametrize(("catalog_number", "is_owned"), [("TON 12", True), ("TON 14", False)])
def test_the_catalogue_number_in_a_file_name_names_no_take(
    catalog_number: str, is_owned: bool
) -> None:
    track = vinyl("Goldie", "Angel", album="Angel", catalog_number=catalog_number)
    file = digital(None, None, path="/m/ton12-a-goldie-angel.mp3")
    assert (judged(track, file).status == OWNED) is is_owned


@pytest.mark.parametrize(
    ("on_record", "in_tag", "is_asked"),
    [
        ("Angel (Carnage)", "Angel", True),
        ("Angel", "Angel (Carnage)", True),
        ("Angel (Woodtick)", "Angel (Carnage)", True),
        ("Angel (Carnage)", "Angel (Carnage)", False),
        ("Angel", "Angel", False),
        ("Angel (Dub)", "Angel", False),
        ("Angel (Carnage Mix)", "Angel (Carnage)", False),
        ("Angel (Carnage)", "Angel (Carnage Mix)", False),
    ],
)
def test_a_take_is_asked_for_where_one_side_alone_has_words_in_brackets(
    on_record: str, in_tag: str, is_asked: bool
) -> None:
    found = compared(vinyl("Goldie", on_record), digital("Goldie", in_tag))
    assert bool(found.take) is is_asked
    assert (found.of_take > 0) is is_asked
