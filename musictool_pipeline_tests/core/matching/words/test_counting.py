"""The numbers in a title, in words and in digits."""

from __future__ import annotations

import pytest

from musictool_pipeline_tests.core.matching.builders import of_file, on_record


@pytest.mark.parametrize(
    ("title", "core", "numbers"),
    [
        ("Journey (Part 1)", "journey", ("1",)),
        ("Journey Pt. II", "journey", ("2",)),
        ("Journey, Part Two", "journey", ("2",)),
        ("Guilty Conscience 2", "guilty conscience", ("2",)),
        ("Summer Of '68", "summer of", ("y68",)),
        ("Plastic Dreams 2003", "plastic dreams", ("y03",)),
        ("1999", "y99", ("y99",)),
        ("Two Tribes", "tribes", ("2",)),
        ("You And Me", "you and me", ()),
    ],
)
def test_numbers_are_counted_apart(title: str, core: str, numbers: tuple[str, ...]) -> None:
    read = on_record(title).title
    assert (read.core, read.numbers) == (core, numbers)


@pytest.mark.parametrize(
    ("one", "other"), [("20012A", "20012B"), ("Grid 14C", "Grid 14D"), ("ABC#002A", "ABC#002B")]
)
def test_a_letter_glued_to_a_number_counts(one: str, other: str) -> None:
    assert on_record(one).title.numbers != of_file(other).title.numbers
    assert on_record(one).title.numbers == of_file(one).title.numbers


@pytest.mark.parametrize(
    ("words", "digits"),
    [
        ("Twenty One Angels", "21 Angels"),
        ("Fifty-Five Angels", "55 Angels"),
        ("Angel Forty-Nine", "Angel 49"),
        ("Nineteen Eighty-Four", "1984"),
        ("Six Hundred Angels", "600 Angels"),
        ("Seventeen", "17"),
    ],
)
def test_numbers_in_words_and_digits_are_one(words: str, digits: str) -> None:
    one, other = on_record(words).title, of_file(digits).title
    assert (one.base, one.numbers) == (other.base, other.numbers)


def test_no_one_is_no_number() -> None:
    assert on_record("Don't Let No One").title.numbers == ()
