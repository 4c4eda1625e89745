"""Numbers, lengths and statuses as every face shows them."""

from __future__ import annotations

import pytest

from musictool_pipeline.core.matching.tracks import STATUSES
from musictool_pipeline.core.words import (
    NOTHING,
    counted,
    length,
    share,
    size,
    status_word,
    unjudged,
)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, NOTHING),
        (0.0, "0 %"),
        (0.001, "under 1 %"),
        (0.336, "34 %"),
        (0.9999, "99 %"),
        (1.0, "100 %"),
    ],
)
def test_a_share_is_all_only_where_all_are(value: float | None, said: str) -> None:
    assert share(value) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, NOTHING), (0, "0:00"), (59.6, "1:00"), (244, "4:04"), (3725, "1:02:05")],
)
def test_a_length(seconds: float | None, said: str) -> None:
    assert length(seconds) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [(None, NOTHING), (0, "0 bytes"), (7_000_000, "7.0 MB"), (3_210_000_000_000, "3.2 TB")],
)
def test_a_size(count: int | None, said: str) -> None:
    assert size(count) == said


def test_one_and_many() -> None:
    assert counted(1, "copy", "copies") == "1 copy"
    assert counted(1200, "track") == "1,200 tracks"


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_has_its_word_and_no_other_is_lost(status: str) -> None:
    assert status_word(status) == status.replace("_", " ")
    assert status_word("") == ""


def test_one_track_is_not_judged_yet_and_two_are_not() -> None:
    assert unjudged(1) == "1 more track is not judged yet."
    assert unjudged(2000) == "2,000 more tracks are not judged yet."
