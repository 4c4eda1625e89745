from __future__ import annotations

import pytest

from musictool_pipeline.core.matching.words.lost_letters import restored, unstruck


@pytest.mark.parametrize(
    ("struck", "meant"),
    [
        ("F**k You", "fuck You"),
        ("F*** You", "fuck You"),
        ("Sh*t", "shit"),
        ("Motherf***er", "motherfucker"),
        ("N****z", "niggaz"),
        ("B@stards", "bastards"),
        ("M*A*S*H", "M*A*S*H"),
        ("Moodymann*", "Moodymann*"),
        ("Track #1", "Track #1"),
        ("me@home", "me@home"),
        ("Angel", "Angel"),
    ],
)
def test_swear_words_are_written_out(struck: str, meant: str) -> None:
    assert unstruck(struck) == meant


@pytest.mark.parametrize(
    ("lost", "meant"),
    [
        ("K\ufffdlsch", "Kolsch"),
        ("K\ufffd\ufffdlsch", "Kolsch"),
        ("K?lsch", "Kolsch"),
        ("K_lsch - Grey", "Kolsch - Grey"),
        ("Caf\ufffd Del Mar", "Cafe Del Mar"),
        ("Don_t Go", "Dont Go"),
    ],
)
def test_a_lost_letter_is_one_of_few(lost: str, meant: str) -> None:
    assert meant in restored(lost)


@pytest.mark.parametrize(
    "whole", ["Grey", "What?", "Who? Me?", "AC_DC", "around_the_world", "Artist Name_Title Name"]
)
def test_where_no_letter_was_lost_nothing_is_made_up(whole: str) -> None:
    assert restored(whole) == ()
