"""Words that two texts share, weighed by how rare they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.core.matching.words.shared_words import (
    compare_words,
    plain_words,
    rarity,
    same_word,
    words_of,
)

WEIGHTS = {"the": 0.1, "of": 0.1}


def weigh(word: str) -> float:
    return WEIGHTS.get(word, 1.0)


# --- Rarity ---------------------------------------------------------------------------------------


def test_a_word_that_no_file_has_weighs_1_in_an_empty_library() -> None:
    assert rarity("quixote", 0, 0) == pytest.approx(1.0)


def test_a_word_weighs_less_the_more_files_have_it() -> None:
    weights = [rarity("quixote", held, 10_000) for held in (0, 1, 10, 100, 1_000, 10_000)]
    assert weights == sorted(weights, reverse=True)
    assert len(set(weights)) == len(weights)
    assert weights[-1] < 0.1 * weights[0]


def test_common_words_weigh_little_before_a_library_is_large() -> None:
    """In a library of three files `the` is as rare as any word."""
    assert rarity("the", 1, 3) < 0.5 * rarity("quixote", 1, 3)


# --- Sharing --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "missing", "extra", "weight"),
    [
        ("inner city life", "inner city life", 0, 0, 3),
        ("inner city life", "life inner city", 0, 0, 3),
        ("inner city life", "inner city", 1 / 3, 0, 2),
        ("inner city", "inner city life", 0, 1 / 3, 2),
        ("inner city", "outer space", 1, 1, 0),
        ("the city", "city", 0.1 / 1.1, 0, 1),
        ("the city", "the", 1 / 1.1, 0, 0.1),
        ("matthew", "mathew", 0, 0, 0.9),
        ("love parade", "loveparade", 0, 0, 2),
        ("big love parade", "loveparade big", 0, 0, 2),
        ("big loveparade", "love parade big", 0, 0, 2),
        ("go go", "go", 1 / 2, 0, 1),
        ("", "", 0, 0, 0),
        ("angel", "", 1, 0, 0),
        ("", "angel", 0, 1, 0),
    ],
)
def test_what_is_missing_what_is_added_and_what_is_shared(
    one: str, other: str, missing: float, extra: float, weight: float
) -> None:
    found = compare_words(tuple(one.split()), tuple(other.split()), weigh)
    assert (found.missing, found.extra, found.weight) == pytest.approx((missing, extra, weight))


def test_a_word_that_stands_elsewhere_on_the_other_side_is_not_missed() -> None:
    one, other = ("angel", "goldie"), ("angel",)
    assert compare_words(one, other, weigh).missing == 0.5
    assert compare_words(one, other, weigh, beside_other=("goldie",)).missing == 0
    assert compare_words(other, one, weigh, beside_one=("goldie",)).extra == 0
    assert compare_words(one, other, weigh, beside_one=("goldie",)).missing == 0.5


WORDS = st.lists(st.text("abcdeio ", max_size=9), max_size=6).map(
    lambda it: tuple(" ".join(it).split())
)


@given(WORDS, WORDS)
def test_shares_are_shares(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    found = compare_words(one, other, weigh)
    assert 0 <= found.missing <= 1 + 1e-9
    assert 0 <= found.extra <= 1 + 1e-9
    assert 0 <= found.weight <= sum(map(weigh, one)) + sum(map(weigh, other)) + 1e-9


@given(WORDS)
def test_a_text_beside_itself_lacks_nothing(words: tuple[str, ...]) -> None:
    found = compare_words(words, words, weigh)
    assert (found.missing, found.extra) == (0, 0)


# --- One word -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("mathew", "matthew", True),
        ("repsonse", "response", True),
        ("rollin", "rolling", True),
        ("philosophie", "philosophy", True),
        ("angel", "angle", True),
        ("sun", "son", False),
        ("angel", "devil", False),
        ("1988", "1998", False),
        ("mk2", "mk3", False),
        ("system7", "system8", False),
        ("", "", True),
    ],
)
def test_a_slip_of_the_fingers_is_forgiven_but_never_in_a_number(
    one: str, other: str, same: bool
) -> None:
    assert same_word(one, other) is same
    assert same_word(other, one) is same


@pytest.mark.parametrize(
    ("folded", "words"),
    [
        ("nothing compares 2 u", "nothing compares to you"),
        ("too late", "to late"),
        ("part two", "part to"),
        ("three ii", "3 to"),
        ("chapter seven", "chapter 7"),
        ("rock n roll", "rock and roll"),
        ("", ""),
    ],
)
def test_numbers_in_digits_and_words_as_they_sound(folded: str, words: str) -> None:
    assert plain_words(folded) == tuple(words.split())


def test_the_words_of_texts() -> None:
    assert words_of(("inner city", "", "city life")) == {"inner", "city", "life"}
