from __future__ import annotations

import pytest

from musictool_pipeline.core.matching.finding import postings
from musictool_pipeline.core.matching.finding.blocking import CandidateIndex
from musictool_pipeline.core.matching.finding.keys import file_keys
from musictool_pipeline.core.matching.finding.probing import by_the_artist, has_the_title, probe
from musictool_pipeline.core.matching.tracks import DigitalTrack
from musictool_pipeline_tests.core.matching.builders import digital, vinyl
from musictool_pipeline_tests.core.matching.labelled import DEV, half

LIBRARY = [
    digital("Goldie", "Inner City Life", digital_id="a"),
    digital(None, None, digital_id="b", path="/x/Goldie - Inner City Life (Dub).wav"),
    digital("Photek", "Ni-Ten-Ichi-Ryu", digital_id="c"),
    digital("Goldie", "Inner City Life", digital_id="d", is_music=False),
]


def test_files_with_the_title_are_found_by_tag_and_by_name() -> None:
    found = CandidateIndex(LIBRARY).candidates(vinyl("Goldie", "Inner City Life"), 10)
    assert set(found) == {0, 1}


def test_a_slip_of_the_fingers_does_not_hide_a_file() -> None:
    found = CandidateIndex(LIBRARY).candidates(vinyl("Goldy", "Iner City Liffe"), 10)
    assert 0 in found


def test_an_empty_library_and_an_empty_title() -> None:
    assert not CandidateIndex([]).candidates(vinyl("Goldie", "Angel"), 10)
    assert not CandidateIndex(LIBRARY).candidates(vinyl("Goldie", None), 10)


def test_the_likeliest_come_first_where_there_are_too_many() -> None:
    crowd = [digital("Somebody Else", f"Angel Number{at}", digital_id=f"z{at}") for at in range(50)]
    index = CandidateIndex([*crowd, digital("Goldie", "Angel")])
    assert list(index.candidates(vinyl("Goldie", "Angel"), 1)) == [50]


def test_no_true_pair_is_lost_before_it_is_compared() -> None:
    """What blocking misses, nothing later can find."""
    chosen = half(DEV)
    index = CandidateIndex(chosen.library)
    place = {track.digital_id: number for number, track in enumerate(chosen.library)}
    for row in chosen.rows:
        found = set(index.candidates(row.track, 80))
        missed = [it for it in row.exact if place[it] not in found]
        assert not [it for it in missed if chosen.library[place[it]].is_music], row


@pytest.mark.parametrize(
    ("artist", "title", "file"),
    [
        ("Ann Tarn", "Silver Orchard", digital("Silver Orchard", "Ann Tarn", digital_id="z")),
        (
            "Ann Tarn",
            "Silver Orchard",
            digital("Ann Tarn", "Track 4", digital_id="z", path="/Silver Orchard.mp3"),
        ),
        (
            "Ann Tarn",
            "Cash Rules Around Me (C.R.A.M.)",
            digital("Ann Tarn", "C.R.A.M.", digital_id="z"),
        ),
        ("Ann Tarn", "Fuck Rain", digital("Ann Tarn", "F*** Rain", digital_id="z")),
        ("Ann Tarn", "Bitches", digital("Ann Tarn", "B*****s", digital_id="z")),
        ("Ann Tarn", "M\u00f6we", digital("Ann Tarn", "M\ufffdwe", digital_id="z")),
        ("Ann Tarn", "+", digital("Ann Tarn", "+", digital_id="z")),
        ("Ann Tarn", "\u2021", digital("Ann Tarn", "\u2021", digital_id="z")),
        ("Ann Tarn", "!!!", digital("Ann Tarn", "!!!", digital_id="z")),
    ],
)
def test_no_habit_of_writing_hides_a_file(artist: str, title: str, file: DigitalTrack) -> None:
    crowd = [
        digital("Some Body", text, digital_id=f"a{number}")
        for number, text in enumerate(("Silver Fountain", "Old Orchard", "They Remember", "Mowing"))
    ]
    track = vinyl(artist, title)
    assert len(crowd) in CandidateIndex([*crowd, file]).candidates(track, 10)
    wanted = probe(track, (artist.lower(),))
    assert has_the_title(wanted, file)
    assert by_the_artist(wanted, [file_keys(file).names])


def test_a_title_that_all_files_have_brings_no_more_than_asked_for() -> None:
    library = [digital("Goldie", "Angel", digital_id=f"f{at:05d}") for at in range(5_000)]
    found = CandidateIndex(library).candidates(vinyl("Goldie", "Angel"), 80)
    assert list(found) == list(range(80))


def test_of_what_most_files_have_only_the_first_are_met(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key of a million files would make each track as slow as a million."""
    monkeypatch.setattr(postings, "MOST_FILES", 10)
    library = [digital("Goldie", "Angel", digital_id=f"f{at:05d}") for at in range(50)]
    found = CandidateIndex(library).candidates(vinyl("Goldie", "Angel"), 80)
    assert list(found) == list(range(10))


def test_files_without_a_text_are_no_candidates() -> None:
    library = [digital(None, None, digital_id=f"f{at}") for at in range(100)]
    for track in (vinyl(None, None), vinyl("", ""), vinyl("Goldie", "Angel")):
        assert not CandidateIndex(library).candidates(track, 80)


def test_only_what_has_title_and_artist_is_worth_reading() -> None:
    library = [
        digital("Photek", "Angel", digital_id="a"),
        digital("Goldie", "Angel", digital_id="b"),
        digital("Goldie", "Angels Fell", digital_id="c"),
        digital("Goldie", "Timeless", digital_id="d"),
        digital("Goldie", "\u00f9\u00ec\u00e5\u00ed Angel", digital_id="e"),
    ]
    tracks = [vinyl("Goldie", "Angel"), vinyl(None, None), vinyl("Goldie", "Timeless")]
    asked = [(track, probe(track, ("goldie",))) for track in tracks]
    assert CandidateIndex(library).worth_reading(asked, 80) == [[1, 2, 4], [], [3]]
