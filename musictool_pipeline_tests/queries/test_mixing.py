"""The neighbours of a key on the Camelot wheel."""

from __future__ import annotations

import pytest

from musictool_pipeline.libraries.musical_key import KEYS
from musictool_pipeline.queries.mixing import neighbours


@pytest.mark.parametrize(
    ("key", "expected"),
    [("8A", "8A 7A 9A 8B"), ("12A", "12A 11A 1A 12B"), ("1B", "1B 12B 2B 1A")],
)
def test_an_hour_to_each_side_and_the_relative(key: str, expected: str) -> None:
    assert neighbours(key) == tuple(expected.split())


def test_the_neighbours_of_a_key_have_it_as_theirs() -> None:
    keys = {key.camelot for key in KEYS}
    for key in keys:
        assert set(neighbours(key)) <= keys
        assert all(key in neighbours(other) for other in neighbours(key))


@pytest.mark.parametrize("text", ["", "0A", "13A", "8C", "8a", "Am"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no key"):
        neighbours(text)
