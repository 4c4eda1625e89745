"""Which words name a version, and what they say of it."""

from __future__ import annotations

import pytest

from musictool_pipeline.core.matching.parsing.versions import (
    PLAIN,
    Version,
    names_a_version,
    read_version,
)
from musictool_pipeline.core.matching.words.text import fold
from musictool_pipeline_tests.core.matching.builders import on_record


def version(words: str) -> Version:
    return read_version(words) if words else PLAIN


@pytest.mark.parametrize(
    "words",
    [
        "Goldie Remix", '12" Mix', "Radio Edit", "Original Mix", "2011 Remaster", "Live At Leeds",
        "Take 2", "Version 3", "Dub", "Version", "VIP", "A Cappella", "Remix By Goldie", "Live",
        "Bob Sinclar's Vocal Dub", "Bonus Beats", "Mega Mix", "Riddim", "Inst.", "Club", "'89 Mix",
    ],
)  # fmt: skip
def test_words_that_name_a_version(words: str) -> None:
    assert names_a_version(fold(words))


@pytest.mark.parametrize(
    "words",
    [
        "To The Other Side", "In The Club", "Dub Be Good To Me", "Live And Let Die", "Draft",
        "Video Killed The Radio Star", "In The Name Of Love", "Mixed Emotions", "Part 2", "",
    ],
)  # fmt: skip
def test_words_that_are_part_of_a_title(words: str) -> None:
    assert not names_a_version(fold(words))


def test_a_remaster_is_remarked() -> None:
    assert version("Remastered 2009").remaster
    assert version("Live - Remastered 2009").kinds == {"live"}


def test_versions_add_up() -> None:
    both = version("Goldie Remix").together_with(version("Radio Edit"))
    assert both.kinds == {"radio"}
    assert both.name == "goldie"
    assert PLAIN.together_with(both) == both
    assert both.together_with(PLAIN) == both


def test_a_title_is_heard_before_its_album() -> None:
    assert on_record("Angel (Original Mix)", "The Remixes").title.version.is_plain
    assert on_record("Angel", "Angel (Remixes)").title.version.is_plain
    assert on_record("Angel (Dub)", "Timeless Instrumentals").title.version.kinds == {"dub"}
