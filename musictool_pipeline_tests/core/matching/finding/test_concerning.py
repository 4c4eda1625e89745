"""A change of the library: which tracks it concerns, and that no other has another verdict."""

from __future__ import annotations

import random

import pytest

from musictool_pipeline.core.matching.finding.concerning import (
    RARE,
    asked_by,
    concerned,
    perhaps_concerned,
    rare_among,
    words_of,
)
from musictool_pipeline.core.matching.matcher import Matcher
from musictool_pipeline.core.matching.tracks import DigitalTrack, VinylTrack
from musictool_pipeline_tests.core.matching.builders import digital, vinyl
from musictool_pipeline_tests.core.matching.labelled import DEV, HELD_BACK, half

TRACKS = [
    vinyl("Goldie", "Inner City Life", number=1),
    vinyl("Goldie", "Angel", number=2),
    vinyl("Photek", "Ni-Ten-Ichi-Ryu", number=3),
    vinyl("Photek", None, number=4),
    vinyl(None, "!!!", number=5),
    vinyl("Lowland Choir", "Arrival", number=6, parent_title="The Harbour Suite"),
]


def numbers(file: DigitalTrack, files_like_it: int = RARE + 1) -> list[int]:
    rare = rare_among(words_of([file]), [file] * files_like_it)
    asked = [(track.track_id, asked_by(track)) for track in TRACKS]
    found = [track.track_id for track in concerned(TRACKS, [file], rare)]
    assert perhaps_concerned(asked, [file], rare) >= set(found)
    return found


@pytest.mark.parametrize(
    ("file", "concerns"),
    [
        (digital("Goldie", "Inner City Life (Dub)"), [1]),
        (digital(None, None, path="/x/goldie_-_iner_city_live.mp3"), [1]),
        (digital("Somebody", "Goldie - Angel"), [2]),
        (digital("Somebody", "Angel"), []),
        (digital("Lowland Choir", "The Harbour Suite"), [6]),
        (digital("Somebody", "!!!"), [5]),
        (digital("Somebody", "Nothing Of The Kind"), []),
        (digital(None, None), []),
        (digital("Goldie", "Angel", is_music=False), []),
    ],
)
def test_a_file_concerns_the_tracks_that_it_may_be(file: DigitalTrack, concerns: list[int]) -> None:
    assert numbers(file) == concerns


def test_a_rare_word_weighs_otherwise_when_a_file_with_it_comes() -> None:
    file = digital("Photek", "Rings Around Saturn")
    assert numbers(file) == []
    assert numbers(file, files_like_it=RARE) == [3, 4]


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 8))]
)
@pytest.mark.parametrize("name", [DEV, HELD_BACK])
def test_whoever_is_not_concerned_has_the_same_verdict(name: str, seed: int) -> None:
    """Prevents a row that says what judging everything would not."""
    chance = random.Random(seed)
    chosen = half(name)
    changed = chance.sample(chosen.library, chance.randint(1, 8))
    gone, come = changed[::2], changed[1::2]
    before = Matcher([file for file in chosen.library if file not in come])
    library = [file for file in chosen.library if file not in gone]
    after = Matcher(library)
    tracks: list[VinylTrack] = [row.track for row in chosen.rows]
    rare = rare_among(words_of(changed), library)
    asked = {track.track_id for track in concerned(tracks, changed, rare)}
    asking = [(track.track_id, asked_by(track)) for track in tracks]
    assert perhaps_concerned(asking, changed, rare) >= asked
    assert asked
    left = [track for track in tracks if track.track_id not in asked]
    assert len(left) > len(tracks) // 3
    for track in left:
        was, now = before.judge(track), after.judge(track)
        assert (was.status, was.digital_id) == (now.status, now.digital_id), track
