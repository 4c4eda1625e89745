"""Reasons in words: what agreed, what differed, what was set aside."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.core.matching.comparing import compare
from musictool_pipeline.core.matching.deciding import MatchSettings, decide
from musictool_pipeline.core.matching.explaining import point_lines, reason
from musictool_pipeline.core.matching.matcher import Matcher
from musictool_pipeline.core.matching.parsing.reading import read_digital, read_vinyl
from musictool_pipeline.core.matching.tracks import DigitalTrack, VinylTrack
from musictool_pipeline.core.matching.weighing.points import QUESTIONS, Points
from musictool_pipeline_tests.core.matching.builders import digital, vinyl

LONGEST = 600
"""No reason is longer, whatever the texts are: it stands in a cell of a table."""


def said(track: VinylTrack, file: DigitalTrack) -> str:
    return Matcher([file]).judge(track).reason


@pytest.mark.parametrize(
    ("track", "file", "why"),
    [
        # owned
        (vinyl("Goldie", "Angel"), digital("Goldie", "Angel"), "same title, same artist"),
        (
            vinyl("Goldie", "Angel", seconds=300, album="Timeless"),
            digital("Goldie", "Angel (2015 Remaster)", seconds=302, album="Timeless"),
            "same title, same artist, a remaster, same length, same album",
        ),
        (
            vinyl("Goldie", "Angel", album="Timeless"),
            digital("Goldie", "Angel", album="Drum & Bass", release_id=1),
            "same title, same artist, same release",
        ),
        (
            vinyl("Source Direct", "Call & Response", label="Metalheadz"),
            digital("Source Direct", "Call and Repsonse", label="Metalheadz"),
            "nearly the same title (Call & Response / Call and Repsonse), same artist, same label",
        ),
        (
            vinyl("The Jimi Hendrix Experience", "Crosstown Traffic", seconds=145),
            digital("Jimi Hendrix", "Crosstown Traffic", seconds=149),
            "same title, much the same artist (The Jimi Hendrix Experience / Jimi Hendrix),"
            " 4 s longer",
        ),
        (
            vinyl("Goldie", "Angel (Peshay Mix)"),
            digital(None, None, path="/m/Goldie - Angel (Peshay Mix).mp3"),
            "same title, same artist, version: Peshay Mix, from the file name",
        ),
        (
            vinyl("Green Velvet", "La La Land"),
            digital("Green Velvet", "12 La La Land"),
            "same title, same artist, leading number set aside",
        ),
        # other_version
        (
            vinyl("Goldie", "Angel"),
            digital("Goldie", "Angel (Dub)"),
            "another version: same title, same artist, Dub in the file alone",
        ),
        (
            vinyl("The Who", "My Generation", seconds=198),
            digital("The Who", "My Generation", seconds=930),
            "the lengths disagree: same title, same artist, 12:12 min longer",
        ),
        # review
        (
            vinyl("Goldie", "Untitled"),
            digital("Goldie", "Untitled"),
            "a title that many tracks have: same title, same artist",
        ),
        (
            vinyl("Various", "Acid Tracks"),
            digital("Phuture", "Acid Tracks"),
            "artist unknown: same title, artist unknown on the record",
        ),
        (
            vinyl("Prince Buster", "Madness"),
            digital("Prince", "Madness"),
            "the artists' names differ: same title,"
            " perhaps another artist (Prince Buster / Prince)",
        ),
        (
            vinyl("Andy C, Fiora", "Angel (EDX Remix)"),
            digital("Andy C feat. Fiora", "Angel (Edx Remix)"),
            "same title, same artists, version: EDX Remix",
        ),
        (
            vinyl("Goldie", "Angel (Grey)"),
            digital("Goldie", "Angel (Woodtick)"),
            "further words: same title but for words in brackets"
            " (Angel (Grey) / Angel (Woodtick)), same artist",
        ),
        # missing
        (
            vinyl("Nat King Cole", "Angel Falls"),
            digital("Cole Porter", "Angel Falls"),
            "nearest: same title, another artist (Nat King Cole / Cole Porter)",
        ),
        (
            vinyl("Goldie", "Journey"),
            digital("Goldie", "Journey 2"),
            "nearest: another number in the title:"
            " nearly the same title (Journey / Journey 2), same artist",
        ),
        (
            vinyl("Goldie", "Angel"),
            digital("Photek", "Ni-Ten-Ichi-Ryu"),
            "no such title by this artist in the library",
        ),
    ],
)
def test_a_sentence_for_each_outcome(track: VinylTrack, file: DigitalTrack, why: str) -> None:
    assert said(track, file) == why


@pytest.mark.parametrize(
    ("apart", "words"),
    [
        (0, "same length"),
        (2, "same length"),
        (-2, "same length"),
        (3, "3 s longer"),
        (-59, "59 s shorter"),
        (60, "1:00 min longer"),
        (-125, "2:05 min shorter"),
    ],
)
def test_lengths_in_words(apart: int, words: str) -> None:
    why = said(
        vinyl("Goldie", "Angel", seconds=400), digital("Goldie", "Angel", seconds=400.0 + apart)
    )
    assert why.endswith(words)


def test_an_unknown_length_is_not_mentioned() -> None:
    for on_record, in_file in ((None, 300.0), (300, None), (300, 0.0)):
        track = vinyl("Goldie", "Angel", seconds=on_record)
        assert said(track, digital("Goldie", "Angel", seconds=in_file)) == "same title, same artist"


def test_what_is_printed_is_shown_as_printed() -> None:
    """Folded texts are the matcher's own: a person knows the tag."""
    why = said(
        vinyl("Jürgen Paape", "So Weit Wie Noch Nie"),
        digital("Jurgen Pape", "So weit wie noch nie"),
    )
    assert "(Jürgen Paape / Jurgen Pape)" in why


def test_a_title_of_10_000_letters_is_shortened() -> None:
    for long in ("a" * 10_000, "love and " * 1_100, "(" * 10_000, "Angel (" + "x " * 5_000 + ")"):
        for track, file in (
            (vinyl("Goldie", long), digital("Goldie", long + " b")),
            (vinyl(long, "Angel"), digital(long + " b", "Angel")),
            (vinyl("Goldie", f"Angel ({long} Remix)"), digital("Goldie", f"Angel ({long} Dub)")),
        ):
            assert len(said(track, file)) <= LONGEST


CONTROLS = st.text(st.characters(codec=None), max_size=40)


@given(CONTROLS, CONTROLS, CONTROLS, CONTROLS)
def test_a_reason_is_one_short_line(artist: str, title: str, its_artist: str, version: str) -> None:
    """A tag may hold a bell, an end of line or a terminal's command."""
    track = vinyl(artist, f"Angel {title} ({version} Remix)")
    file = digital(its_artist, f"Angel {title} ({title} Remix)", path=f"/m/{version}.mp3")
    found = compare(read_vinyl(track), read_digital(file), lambda word: 1.0, _points())
    answer = decide(found, MatchSettings(), _points()["definition"]) if found else None
    why = reason(answer, track, file) if answer else ""
    assert len(why) <= LONGEST
    assert not [letter for letter in why if ord(letter) < 32 or 127 <= ord(letter) < 160]


def _points() -> dict[str, Points]:
    """Everything is the same recording: then most is said."""
    return {name: Points(5.0, {}) for name in QUESTIONS}


def test_the_points_are_listed_question_by_question() -> None:
    tables = {
        "recording": Points(1.0, {("title", "99"): 2.5, ("length", "unknown"): -0.5}),
        "version": Points(0.0, {}),
        "definition": Points(0.0, {}),
        "take": Points(-1.0, {("words", "1"): -3.0}),
    }
    track, file = vinyl("Goldie", "Angel"), digital("Goldie", "Angel (Carnage)")
    found = compare(read_vinyl(track), read_digital(file), lambda word: 1.0, tables)
    assert found is not None
    lines = list(point_lines(found, tables))
    assert lines[:4] == [
        "the same recording: 95 %",
        "   +1.00  to begin with",
        "   +2.50  title: 99",
        "   -0.50  length: unknown",
    ]
    heads = [line for line in lines if not line.startswith(" ")]
    assert heads == [
        "the same recording: 95 %",
        "the same version: 49 %",
        "words in brackets name a take: 2 %",
    ]


def test_a_question_that_was_not_asked_has_no_points() -> None:
    tables = _points()
    track, file = vinyl("Goldie", "Angel"), digital("Goldie", "Angel")
    found = compare(read_vinyl(track), read_digital(file), lambda word: 1.0, tables)
    assert found is not None
    assert not [line for line in point_lines(found, tables) if "brackets name" in line]
