from __future__ import annotations

from musictool_pipeline.core.matching.blocking import (
    CandidateIndex,
    has_the_artist,
    has_the_title,
    probe,
)
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


def test_the_cheap_filters() -> None:
    wanted = probe(vinyl("Goldie", "Angel (Peshay Remix)"), ("goldie",))
    assert has_the_title(wanted, digital(None, "Goldie - Angel"))
    assert not has_the_title(wanted, digital("Goldie", "Timeless"))
    assert has_the_artist(wanted, digital("Goldie & Diane", "Angel"))
    assert has_the_artist(wanted, digital(None, "Angel"))
    assert has_the_artist(wanted, digital("Peshay", "Angel (Peshay Remix)"))
    assert not has_the_artist(wanted, digital("Massive Attack", "Angel"))
