"""The cheap questions before a file is read: has it the title, and may it be by the artist?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.core.matching.finding.keys import APART, file_keys
from musictool_pipeline.core.matching.finding.probing import (
    by_the_artist,
    has_the_title,
    probe,
    titled,
)
from musictool_pipeline_tests.core.matching.builders import digital, vinyl


def test_the_cheap_filters() -> None:
    wanted = probe(vinyl("Goldie", "Angel (Peshay Remix)"), ("goldie",))
    assert has_the_title(wanted, digital(None, "Goldie - Angel"))
    assert not has_the_title(wanted, digital("Goldie", "Timeless"))
    files = [
        digital("Goldie & Diane", "Angel"),
        digital("Massive Attack", "Angel"),
        digital(None, "Angel"),
        digital("Peshay", "Angel (Peshay Remix)"),
    ]
    names = [file_keys(file).names for file in files]
    assert by_the_artist(wanted, names) == {0, 2, 3}


@pytest.mark.parametrize(
    ("name", "artist", "path", "passes"),
    [
        ("u2", "U2", "/x.mp3", True),
        ("u2", "Ann Tarn", "/u2/x.mp3", True),
        ("u2", "Ann Tarn", "/su2.mp3", False),
        ("ac", "ACDC", "/x.mp3", True),
        ("i", "I", "/x.mp3", True),
        ("i", "In Flames", "/x.mp3", False),
        ("e z", "E-Z", "/x.mp3", True),
        ("e z", "Breeze Ann", "/x.mp3", False),
        ("abc", "Always Be Clear", "/x.mp3", True),
        ("abc", "Crab Cakes", "/x.mp3", False),
    ],
)
def test_a_name_of_few_letters_begins_a_word(
    name: str, artist: str, path: str, passes: bool
) -> None:
    file = digital(artist, "Angel", path=path)
    wanted = probe(vinyl(name, "Angel"), (name,))
    assert bool(by_the_artist(wanted, [file_keys(file).names])) is passes


@given(st.text(max_size=12), st.text(max_size=12), st.text(max_size=12), st.text(max_size=12))
def test_asked_together_the_filters_say_the_same(
    title: str, its_title: str, its_artist: str, stem: str
) -> None:
    wanted = probe(vinyl("Goldie", title), ("goldie",))
    files = [
        digital(its_artist, its_title, path=f"/x/{stem}.mp3"),
        digital(None, title, path=f"/x/{stem}.mp3"),
        digital("Goldie", None, path=f"/x/{title}.mp3"),
    ]
    letters = APART.join(file_keys(file).letters for file in files).split(APART)
    one_by_one = {place for place, file in enumerate(files) if has_the_title(wanted, file)}
    assert titled(wanted, letters, files.__getitem__) == one_by_one


@pytest.mark.parametrize(
    ("name", "artist", "passes"),
    [
        ("ludwig van beethoven", "Beethoven", True),
        ("love unlimited", "Love In Vain", False),
        ("three dog night", "3 Dog Night", True),
        ("harry j all stars", "The Trojan All Stars", True),
    ],
)
def test_one_word_will_do_for_a_name_unless_many_names_have_it(
    name: str, artist: str, passes: bool
) -> None:
    file = digital(artist, "Angel", path="/x.mp3")
    wanted = probe(vinyl(name, "Angel"), (name,))
    assert bool(by_the_artist(wanted, [file_keys(file).names])) is passes
