"""How two titles stand to each other: numbers, words in brackets."""

from __future__ import annotations

import pytest

from musictool_pipeline.core.matching.observing.two_titles import Subtitles, numbers, subtitles
from musictool_pipeline.core.matching.parsing.reading import read_digital
from musictool_pipeline_tests.core.matching.builders import digital, of_file


@pytest.mark.parametrize(
    ("one", "other", "how"),
    [
        ("Journey", "Journey", "agree"),
        ("Journey (Part 1)", "Journey Pt. I", "agree"),
        ("Journey Vol. 3", "Journey Volume Three", "agree"),
        ("Summer Of '68", "Summer Of 1968", "agree"),
        ("When We Used To Play", "When We Used 2 Play", "agree"),
        ("Nothing Compares 2 U", "Nothing Compares To You", "agree"),
        ("Metamorphosis One", "Metamorphosis I", "agree"),
        ("Journey (Part 1)", "Journey", "on one side"),
        ("Plastic Dreams", "Plastic Dreams 2003", "on one side"),
        ("Journey (Part 1)", "Journey (Part 2)", "differ"),
        ("Journey", "Journey 2", "added"),
        ("Journey", "Journey Two", "added"),
        ("Can You Feel It Too", "Can You Feel It 2", "added"),
        ("Can You Hear", "Can You Hear Too", "added"),
        ("Hear Me Too", "Hear Me Too", "agree"),
        ("Summer Of '68", "Summer Of '08", "differ"),
        ("Sonata Op. 27", "Sonata Op. 31", "differ"),
        ("QRS014-A", "QRS014-B", "differ"),
        ("C7-D5", "C7-D6", "differ"),
        ("Beat Study (Turn One)", "Beat Study (Turn 2)", "differ"),
    ],
)
def test_numbers(one: str, other: str, how: str) -> None:
    assert numbers(of_file(one).title, of_file(other).title) == how
    assert numbers(of_file(other).title, of_file(one).title) == how


@pytest.mark.parametrize(
    ("one", "other", "how"),
    [
        ("Pride", "Pride", Subtitles.NONE),
        ("Pride (In The Name Of Love)", "Pride (In The Name Of Love)", Subtitles.AGREE),
        ("Pride (In The Name Of Love)", "Pride (In The Name)", Subtitles.AGREE),
        ("Pride (In The Name Of Love)", "Pride In The Name Of Love", Subtitles.AGREE),
        ("Pride (In The Name Of Love)", "Pride", Subtitles.ON_RECORD),
        ("Pride", "Pride (In The Name Of Love)", Subtitles.IN_FILE),
        ("Go (Woodtick)", "Go (Rainforest)", Subtitles.DIFFER),
        ("Go (Take That 2)", "Go (Take That 3)", Subtitles.DIFFER),
    ],
)
def test_words_in_brackets(one: str, other: str, how: str) -> None:
    assert subtitles(of_file(one).title, of_file(other).title) == how


def test_a_title_without_a_word_has_no_number() -> None:
    """A tag of a sign and a fraction is read so, where the sign stands in front of a dash."""
    nothing = next(it.title for it in read_digital(digital(None, "\x8d|\u00bc")).readings[1:])
    assert nothing.full == ""
    assert numbers(nothing, of_file("Journey 1 4").title) == "added"
