"""What a person may type for a release, a tempo and a sheet of labels."""

from __future__ import annotations

import argparse

import pytest

from musictool_pipeline.app.commands.arguments import release_number, sheet_of, tempo
from musictool_pipeline.publishing.label_layout import AVERY, SHEETS


@pytest.mark.parametrize(
    "text",
    [
        "117941",
        " 117941 ",
        "r117941",
        "[r117941]",
        "https://www.discogs.com/release/117941-Goldie-Inner-City-Life",
        "https://www.discogs.com/de/release/117941?ev=rb",
        "http://discogs.com/Goldie-Inner-City-Life/release/117941",
        "www.discogs.com/release/117941/",
    ],
)
def test_a_release_is_named_as_discogs_names_it(text: str) -> None:
    assert release_number(text) == 117941


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1",
        "A1",
        "١٢",
        "m117941",
        "https://www.discogs.com/master/117941",
        "https://www.discogs.com/release/",
        "https://example.org/release/117941",
        "https://example.org/?discogs.com/release/117941",
    ],
)
def test_what_names_no_release(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        release_number(text)


def test_a_tempo_has_a_point_or_a_comma() -> None:
    assert tempo("87.5") == tempo("87,5") == 87.5
    with pytest.raises(argparse.ArgumentTypeError):
        tempo("1,200.5")
    with pytest.raises(argparse.ArgumentTypeError):
        tempo("fast")


@pytest.mark.parametrize(
    ("text", "name"), [("A4", "a4"), ("Letter-2x5", "letter-2x5"), *AVERY.items()]
)
def test_a_sheet_is_named_in_any_case_or_by_the_number_on_its_box(text: str, name: str) -> None:
    assert sheet_of(text) is sheet_of(text.upper()) is SHEETS[name]
