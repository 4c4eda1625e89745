"""What mixes with what: Camelot neighbours, half and double time, and the order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.core.mixing import (
    ANYTHING,
    DOWN,
    LARGEST_DIFFERENCE,
    OTHER_LETTER,
    SAME,
    UP,
    Fit,
    Sound,
    best_first,
    fit,
    neighbours,
    relation_of,
    tempo_range,
    wheel_place,
)
from musictool_pipeline.libraries.musical_key import KEYS

WHEEL = [f"{number}{letter}" for number in range(1, 13) for letter in "AB"]
CODES = st.sampled_from(WHEEL)


@pytest.mark.parametrize(
    ("start", "other", "relation"),
    [
        ("8A", "8A", SAME),
        ("8A", "9A", UP),
        ("8A", "7A", DOWN),
        ("8A", "8B", OTHER_LETTER),
        ("12A", "1A", UP),
        ("1B", "12B", DOWN),
        ("8A", "9B", None),
        ("8A", "10A", None),
        ("8A", "2A", None),
    ],
)
def test_the_neighbours_on_the_wheel(start: str, other: str, relation: str | None) -> None:
    assert relation_of(start, other) == relation


@given(CODES)
def test_each_key_has_itself_and_three_neighbours(code: str) -> None:
    related = [relation_of(code, other) for other in WHEEL]
    assert sorted(filter(None, related)) == sorted([SAME, UP, DOWN, OTHER_LETTER])


@pytest.mark.parametrize("code", ["", "0A", "13A", "8C", "8a", "Am", "08A", "8A "])
def test_a_code_that_is_not_on_the_wheel_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="Camelot"):
        wheel_place(code)


@pytest.mark.parametrize(
    ("bpm", "words"),
    [
        (124.0, "same key, same tempo"),
        (124.05, "same key, same tempo"),
        (125.5, "same key, 1.2 % faster"),
        (122.0, "same key, 1.6 % slower"),
        (62.0, "same key, same tempo in half time"),
        (62.5, "same key, 0.8 % faster in half time"),
        (250.0, "same key, 0.8 % faster in double time"),
    ],
)
def test_half_and_double_time_count_and_the_reason_says_so(bpm: float, words: str) -> None:
    found = fit(Sound(124.0, "8A"), bpm, "8A")
    assert found and found.reason == words


def test_further_than_a_pitch_fader_reaches_does_not_fit() -> None:
    start = Sound(100.0, None)
    assert fit(start, 100 + LARGEST_DIFFERENCE, "1A")
    assert fit(start, 100 - LARGEST_DIFFERENCE, "1A")
    assert fit(start, 100 + LARGEST_DIFFERENCE + 0.1, "1A") is None
    assert fit(start, 75.0, "1A") is None


def test_what_is_not_asked_for_restricts_nothing() -> None:
    assert fit(Sound(None, "8A"), 300.0, "9A") == Fit(UP, None)
    assert fit(Sound(124.0, None), 124.0, "1B") == Fit(None, 0.0)
    assert fit(ANYTHING, 1.0, "1B") == Fit(None, None)


@pytest.mark.parametrize("bpm", [0.0, -120.0, float("nan"), float("inf")])
def test_what_is_no_tempo_is_refused(bpm: float) -> None:
    with pytest.raises(ValueError, match="tempo"):
        fit(Sound(124.0, None), bpm, "1A")


def test_of_tempos_that_are_near_the_key_comes_first_then_the_tempo_then_the_order_given() -> None:
    tracks = [
        ("relative", 124.0, "8B"),
        ("same, far", 130.0, "8A"),
        ("down", 124.0, "7A"),
        ("up, slower", 122.0, "9A"),
        ("same, slower", 123.0, "8A"),
        ("same, faster", 125.0, "8A"),
        ("foreign", 124.0, "2B"),
    ]
    found = best_first(Sound(124.0, "8A"), tracks, lambda track: (track[1], track[2]))
    assert [name for (name, *_), _ in found] == [
        "same, slower",
        "same, faster",
        "down",
        "up, slower",
        "relative",
        "same, far",
    ]


def test_a_key_that_the_pitch_would_move_comes_after_all_that_keep_theirs() -> None:
    """At 3 % a turntable moves the key by half a semitone: then the same key clashes."""
    tracks = [("same, 3.1 %", 103.1, "8A"), ("relative, 3 %", 97.0, "8B")]
    found = best_first(Sound(100.0, "8A"), tracks, lambda track: (track[1], track[2]))
    assert [name for (name, *_), _ in found] == ["relative, 3 %", "same, 3.1 %"]
    # If no key was asked for, none can be lost.
    found = best_first(Sound(100.0, None), tracks[::-1], lambda track: (track[1], track[2]))
    assert [name for (name, *_), _ in found] == ["relative, 3 %", "same, 3.1 %"]
    tracks = [("far", 107.0, "8A"), ("near", 104.0, "1B")]
    found = best_first(Sound(100.0, None), tracks, lambda track: (track[1], track[2]))
    assert [name for (name, *_), _ in found] == ["near", "far"]


def test_of_equal_tempos_those_that_count_alike_come_first() -> None:
    tracks = [("half", 62.0, "8A"), ("double", 248.2, "8A"), ("alike", 124.3, "8A")]
    found = best_first(Sound(124.0, "8A"), tracks, lambda track: (track[1], track[2]))
    assert [name for (name, *_), _ in found] == ["alike", "half", "double"]


@given(st.floats(40, 220), st.floats(40, 220), CODES, CODES)
def test_what_fits_fits_within_the_limits(start: float, bpm: float, code: str, other: str) -> None:
    found = fit(Sound(start, code), bpm, other)
    if found is not None:
        assert found.difference is not None and abs(found.difference) <= LARGEST_DIFFERENCE + 1e-6
        assert found.relation == relation_of(code, other)


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


@pytest.mark.parametrize(
    ("text", "found"),
    [("124-128", (124, 128)), (" 128 - 124.5 ", (124.5, 128)), ("126", (125.5, 126.5))],
)
def test_a_range_of_tempos_is_read(text: str, found: tuple[float, float]) -> None:
    assert tempo_range(text) == found


@pytest.mark.parametrize("text", ["", "fast", "124-", "-124", "1240", "1-2-3", "١٢٤"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no range of tempos"):
        tempo_range(text)
