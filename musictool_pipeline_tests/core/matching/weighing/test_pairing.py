"""Which of the readings of a track and a file belong together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from musictool_pipeline.core.matching.comparing import compare
from musictool_pipeline.core.matching.parsing.arranging import Reading
from musictool_pipeline.core.matching.parsing.reading import read_digital, read_vinyl
from musictool_pipeline.core.matching.tracks import (
    OWNED,
)
from musictool_pipeline.core.matching.weighing.pairing import named_in_one_text
from musictool_pipeline.core.matching.weighing.points import Points, points
from musictool_pipeline_tests.core.matching.builders import (
    compared,
    digital,
    judged,
    vinyl,
)


def weigh(word: str) -> float:
    return 1.0


def test_a_side_that_says_nothing_is_compared_with_nothing() -> None:
    said = vinyl("Goldie", "Angel"), digital("Goldie", "Angel")
    silent = vinyl("Goldie", None), digital(None, None)
    for track, file in ((silent[0], said[1]), (said[0], silent[1]), silent):
        assert compare(read_vinyl(track), read_digital(file), weigh, points()) is None


def test_the_likeliest_of_a_files_readings_is_taken() -> None:
    """A tag may hold artist and title, in either order."""
    for printed in ("Goldie - Angel", "Angel - Goldie"):
        found = compared(vinyl("Goldie", "Angel"), digital(None, printed))
        assert (found.file.credit.whole, found.file.title.full) == ("goldie", "angel")


def test_a_reading_that_agrees_word_for_word_goes_before_any_guess() -> None:
    """`1. Harbour` on the record is `1. Harbour` in the file, and not `Harbour` behind a number."""
    nothing = {name: Points(0.0, {}) for name in ("version", "take")}
    guessing = Points(0.0, {("read from", "leading position set aside"): 9.0})
    track, file = vinyl("Goldie", "1. Harbour"), digital("Goldie", "1. Harbour")
    found = compare(
        read_vinyl(track), read_digital(file), weigh, {"recording": guessing, **nothing}
    )
    assert found is not None
    assert found.file.title.full == found.vinyl.title.full
    assert judged(track, file).status == OWNED


@pytest.mark.parametrize(
    ("artist", "title", "is_asked"),
    [("Goldie", "Angel", False), ("Moby", "Honey", False), ("Angel", "Goldie", True)],
)
def test_artist_and_title_are_exchanged_only_where_that_may_help(
    artist: str, title: str, is_asked: bool
) -> None:
    file = read_digital(digital(artist, title))
    asked: list[str] = []

    def exchanged() -> tuple[Reading, ...]:
        asked.append(title)
        return file.exchanged()

    watched = replace(file, exchanged=exchanged)
    found = compare(read_vinyl(vinyl("Goldie", "Angel")), watched, weigh, points())
    assert found is not None
    assert bool(asked) == is_asked
    assert (found.recording["title"] == "99") == (title != "Honey")


@pytest.mark.parametrize(
    ("in_tag", "base"),
    [
        ("Goldie Angel", "angel"),
        ("Angel Goldie", "angel"),
        ("Angel by Goldie", "angel"),
        ("Goldie Angell", None),
        ("Goldiesque Angel", None),
        ("Angel", None),
        ("Goldie", None),
    ],
)
def test_the_artist_is_taken_off_the_title(in_tag: str, base: str | None) -> None:
    mine, theirs = read_vinyl(vinyl("Goldie", "Angel")), read_digital(digital(None, in_tag))
    found = named_in_one_text(mine.readings[0], theirs.readings[0])
    assert (found and found.title.base) == base
    if found:
        assert found.credit == mine.readings[0].credit
        assert found.source == "artist and title in one text"


@pytest.mark.parametrize(
    ("artist", "title", "in_tag"),
    [
        ("The Lanterns", "Harbour Lights", "Lanterns Harbour Lights"),
        ("Four Lanterns", "Harbour Lights", "Harbour Lights, Four Lanterns"),
        ("Lowland Choir", "Harbour Lights", "Lowland Choir Harbor Lights"),
    ],
)
def test_names_and_titles_in_one_text_may_be_spelled_otherwise(
    artist: str, title: str, in_tag: str
) -> None:
    mine, theirs = read_vinyl(vinyl(artist, title)), read_digital(digital(None, in_tag))
    found = named_in_one_text(mine.readings[0], theirs.readings[0])
    assert found is not None
    assert found.title.subtitles == ()


def test_a_title_that_is_read_already_is_looked_for_no_more() -> None:
    mine = read_vinyl(vinyl("Lowland Choir", "Close (To The Harbour)"))
    theirs = read_digital(digital("Lowland Choir", "Close To The Harbour"))
    assert named_in_one_text(mine.readings[0], theirs.readings[0]) is None
