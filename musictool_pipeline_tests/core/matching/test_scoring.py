from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.core.matching.credits import read_credit
from musictool_pipeline.core.matching.reading import read_vinyl
from musictool_pipeline.core.matching.scoring import (
    Length,
    Numbers,
    compare_credits,
    compare_lengths,
    compare_titles,
)
from musictool_pipeline.core.matching.titles import Title
from musictool_pipeline_tests.core.matching.builders import vinyl


def title(printed: str) -> Title:
    return read_vinyl(vinyl("Goldie", printed)).readings[0].title


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Pride (In The Name Of Love)", "Pride"),
        ("Pride (In The Name Of Love)", "Pride In The Name Of Love"),
        ("Nothing Compares 2 U", "Nothing Compares To You"),
        ("The 900 Number", "900 Number"),
        ("Get Up (Part One)", "Get Up, Pt. 1"),
        ("Dust To Dust / Return", "Dust To Dust - Return"),
    ],
)
def test_titles_that_are_one(one: str, other: str) -> None:
    match = compare_titles(title(one), title(other))
    assert match.score >= 95
    assert match.numbers is Numbers.AGREE


@pytest.mark.parametrize(
    ("one", "other", "numbers"),
    [
        ("Journey (Part 1)", "Journey (Part 2)", Numbers.DIFFER),
        ("Guilty Conscience", "Guilty Conscience 2", Numbers.DIFFER),
        ("Summer Of '68", "Summer Of '08", Numbers.DIFFER),
        ("Sex Machine (Part 1)", "Sex Machine", Numbers.ONE_SIDED),
        ("Plastic Dreams 2003", "Plastic Dreams", Numbers.ONE_SIDED),
        ("Summer Of '69", "Summer Of 69", Numbers.AGREE),
    ],
)
def test_numbers(one: str, other: str, numbers: Numbers) -> None:
    assert compare_titles(title(one), title(other)).numbers is numbers


PIECES = st.lists(
    st.sampled_from(["Angel", "Eyes", "(Dub)", "2", "Part 1", "(Of Love)", "/ Sun", "(Gol"]),
    min_size=1,
    max_size=4,
).map(" ".join)  # fmt: skip


@given(PIECES, PIECES)
def test_titles_compare_alike_both_ways(one: str, other: str) -> None:
    assert compare_titles(title(one), title(other)) == compare_titles(title(other), title(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bob Marley & The Wailers", "Bob Marley"),
        ("Hall & Oates", "Daryl Hall & John Oates"),
        ("Fatboy Slim", "Fat Boy Slim"),
        ("The Jackson Five", "Jackson 5"),
        ("Soul II Soul", "Soul 2 Soul"),
        ("Emerson, Lake & Palmer", "Emerson Lake and Palmer"),
        ("DJ Hell", "Hell"),
        ("M.A.R.R.S.", "M/A/R/R/S"),
        ("Stardust Feat. Benjamin Diamond", "Stardust"),
        ("J. Brown", "James Brown"),
        ("The KLF", "KLF"),
        ("A Tribe Called Quest", "ATCQ"),
        ("The Future Sound Of London", "FSOL"),
        ("Earth, Wind & Fire", "EWF"),
        ('Missy "Misdemeanor" Elliott', "Missy Elliott"),
        ("Larry Heard (Mr. Fingers)", "Mr. Fingers"),
        ("DJ Rolando AKA The Aztec Mystic", "The Aztec Mystic"),
        ("Doc Scott as Nasty Habits", "Nasty Habits"),
        ("The Dave Brubeck Quartet", "Dave Brubeck"),
        ("Prince Buster's All Stars", "Prince Buster"),
        ("Michael Viner's Incredible Bongo Band", "Incredible Bongo Band"),
        ("The Isley Brothers", "Isley Bros."),
        ("St Germain", "Saint Germain"),
        ("Bad Company UK", "Bad Company"),
        ("Break (UK)", "Break"),
        ("Rank 1", "Rank One"),
        ("Energy 52", "Energy Fifty Two"),
        ("Galaxy 2 Galaxy", "Galaxy To Galaxy"),
        ("Mariya Takeuchi = \u7af9\u5185\u307e\u308a\u3084", "Mariya Takeuchi"),
    ],
)
def test_artists_who_are_one(one: str, other: str) -> None:
    score, _ = compare_credits(read_credit(one), read_credit(other))
    assert score is not None and score >= 80
    assert compare_credits(read_credit(other), read_credit(one))[0] == score


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nat King Cole", "Ken Boothe"),
        ("Prince", "Prince Buster"),
        ("The Who", "The Guess Who"),
        ("The Band", "Steve Miller Band"),
        ("The Quartet", "The Dave Brubeck Quartet"),
        ("UK", "Bad Company UK"),
        ("DMX", "Death Mask Choir"),
    ],
)
def test_artists_who_are_not(one: str, other: str) -> None:
    score, _ = compare_credits(read_credit(one), read_credit(other))
    assert score is not None and score < 80


def test_signs_whose_sound_is_not_in_them_say_nothing_of_a_latin_name() -> None:
    """Transliterated by themselves they are read in Chinese, and look like another artist."""
    yamashita = read_credit("\u5c71\u4e0b\u9054\u90ce")
    assert compare_credits(read_credit("Tatsuro Yamashita"), yamashita)[0] is None


def test_nobody_is_unknown_and_not_different() -> None:
    assert compare_credits(read_credit("Various"), read_credit("Goldie"))[0] is None


@pytest.mark.parametrize(
    ("vinyl_seconds", "file_seconds", "length"),
    [
        (200, None, Length.UNKNOWN),
        (None, 200, Length.UNKNOWN),
        (200, 201.5, Length.EQUAL),
        (200, 206, Length.SUPPORTS),
        (400, 413, Length.SUPPORTS),
        (200, 215, Length.NEUTRAL),
        (200, 226, Length.DOUBTFUL),
        (200, 300, Length.CONTRADICTS),
        (400, 200, Length.CONTRADICTS),
    ],
)
def test_lengths(vinyl_seconds: float | None, file_seconds: float | None, length: Length) -> None:
    assert compare_lengths(vinyl_seconds, file_seconds)[0] is length
