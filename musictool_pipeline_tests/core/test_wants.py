"""The wants list: lines that a shop finds, and no others."""

from __future__ import annotations

import pytest

from musictool_pipeline.core.wants import wants_line, wants_list


@pytest.mark.parametrize(
    ("artist", "title", "line"),
    [
        ("Goldie", "Inner City Life (Peshay Remix)", "Goldie - Inner City Life (Peshay Remix)"),
        ("Ann Feat. Bob", "Alone [Dub]", "Ann Feat. Bob - Alone [Dub]"),
        ("坂本龍一", "千のナイフ", "坂本龍一 - 千のナイフ"),
        ("Ann", "Two\n Lines\u2028More", "Ann - Two Lines More"),
        ("808 State", "Cubik", "808 State - Cubik"),
        ("Prince", "1999", "Prince - 1999"),
    ],
)
def test_a_line(artist: str, title: str, line: str) -> None:
    assert wants_line(artist, title) == line


@pytest.mark.parametrize(
    ("artist", "title"),
    [
        ("Ann", None),
        (None, "Alone"),
        ("Various", "Alone"),
        ("Unknown Artist", "Alone"),
        ("Ann", "Untitled"),
        ("Ann", "Untitled (Dub Mix)"),
        ("Ann", "Track 4"),
        ("Ann", "B2"),
        ("Ann", "???"),
    ],
)
def test_what_no_shop_finds_is_no_line(artist: str | None, title: str | None) -> None:
    assert wants_line(artist, title) is None


def test_by_record_and_each_once() -> None:
    tracks = [
        (1, "Ann", "Alone"),
        (1, "Ann", "Together"),
        (2, "Various", "No One's"),
        (3, "ANN", "alone"),
        (3, "Bob", "Last"),
    ]
    assert wants_list(tracks) == "Ann - Alone\nAnn - Together\n\nBob - Last\n"


def test_nothing_wanted_is_an_empty_file() -> None:
    assert wants_list([]) == ""
    assert wants_list([(1, "Ann", None)]) == ""
