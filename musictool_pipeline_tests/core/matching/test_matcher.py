from __future__ import annotations

import os
import random
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musictool_pipeline.core.matching.matcher import Matcher, match_all
from musictool_pipeline.core.matching.tracks import MISSING, OTHER_VERSION, OWNED, REVIEW
from musictool_pipeline_tests.core.matching.builders import digital, vinyl
from musictool_pipeline_tests.core.matching.labelled import DEV, half
from musictool_pipeline_tests.core.matching.large import collection

PLAIN = digital("Goldie", "Inner City Life", digital_id="plain")
DUB = digital("Goldie", "Inner City Life (Dub)", digital_id="dub")
PESHAY = digital("Goldie", "Inner City Life (Peshay Remix)", digital_id="peshay")
OTHER = digital("Photek", "Ni-Ten-Ichi-Ryu", digital_id="other")


def test_the_exact_version_comes_first_and_the_others_are_alternatives() -> None:
    verdict = Matcher([DUB, PLAIN, OTHER, PESHAY]).judge(vinyl("Goldie", "Inner City Life"))
    assert (verdict.status, verdict.digital_id) == (OWNED, "plain")
    assert {it.digital_id: it.status for it in verdict.alternatives} == {
        "dub": OTHER_VERSION,
        "peshay": OTHER_VERSION,
    }


def test_every_other_version_is_listed() -> None:
    verdict = Matcher([DUB, PESHAY, OTHER]).judge(vinyl("Goldie", "Inner City Life"))
    assert verdict.status == OTHER_VERSION
    assert {it.digital_id for it in verdict.alternatives} == {"dub", "peshay"}


def test_nothing_plausible() -> None:
    verdict = Matcher([OTHER]).judge(vinyl("Goldie", "Inner City Life"))
    assert (verdict.status, verdict.digital_id, verdict.alternatives) == (MISSING, None, ())


def test_a_track_without_a_title_is_missing() -> None:
    assert Matcher([PLAIN]).judge(vinyl("Goldie", None)).status == MISSING
    assert Matcher([]).judge(vinyl("Goldie", "Angel")).status == MISSING


def test_of_two_equal_files_the_first_id_wins() -> None:
    twice = [digital("Goldie", "Angel", digital_id=name) for name in ("b", "a")]
    verdict = Matcher(twice).judge(vinyl("Goldie", "Angel"))
    assert verdict.digital_id == "a"
    assert [it.digital_id for it in verdict.alternatives] == ["b"]


def test_of_two_files_the_one_of_the_right_length_wins() -> None:
    library = [
        digital("Goldie", "Angel", digital_id="a", seconds=310),
        digital("Goldie", "Angel", digital_id="b", seconds=300),
    ]
    assert Matcher(library).judge(vinyl("Goldie", "Angel", seconds=300)).digital_id == "b"


def test_one_file_serves_several_pressings() -> None:
    matcher = Matcher([PLAIN])
    first = matcher.judge(vinyl("Goldie", "Inner City Life", number=1))
    second = matcher.judge(vinyl("Goldie", "Inner City Life", number=2))
    assert first.digital_id == second.digital_id == "plain"


def test_a_file_that_is_no_music_is_never_matched() -> None:
    """A sample pack called like a record is not the record."""
    loop = digital("Goldie", "Inner City Life", is_music=False)
    assert Matcher([loop]).judge(vinyl("Goldie", "Inner City Life")).status == MISSING


def test_every_compared_file_is_explained() -> None:
    explained = Matcher([PLAIN, DUB]).explain(vinyl("Goldie", "Inner City Life"))
    assert [(it.digital_id, it.status) for it in explained] == [
        ("plain", OWNED),
        ("dub", OTHER_VERSION),
    ]


@pytest.mark.parametrize("title", ["Untitled", "Intro"])
def test_a_generic_title_needs_the_record(title: str) -> None:
    file = digital("Goldie", title, album="Timeless")
    assert Matcher([file]).judge(vinyl("Goldie", title, album="Timeless")).status == OWNED
    assert Matcher([file]).judge(vinyl("Goldie", title, album="Saturnz")).status == REVIEW


CHOSEN = half(DEV)
IN_ORDER = [Matcher(CHOSEN.library).judge(row.track) for row in CHOSEN.rows[:60]]


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 1000))
def test_the_order_of_the_library_and_of_the_tracks_does_not_matter(seed: int) -> None:
    chance = random.Random(seed)
    library = chance.sample(CHOSEN.library, len(CHOSEN.library))
    matcher = Matcher(library)
    rows = chance.sample(range(60), 60)
    verdicts = {number: matcher.judge(CHOSEN.rows[number].track) for number in rows}
    assert [verdicts[number] for number in range(60)] == IN_ORDER


TEXTS = st.one_of(
    st.none(),
    st.text(max_size=30),
    st.lists(
        st.sampled_from(
            ["Goldie", "Angel", "(", ")", "[", "]", " - ", "-", "_", "Remix", "feat.", "'89", "Pt.",
             "II", "01", "...", "/", "\x00", "\x01", "12\"", "\u00e0\u00fa\u00e9", "ילדה", "A1."]
        ),
        max_size=9,
    ).map(" ".join),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS, TEXTS)
def test_no_text_is_too_strange(
    artist: str | None,
    title: str | None,
    its_artist: str | None,
    its_title: str | None,
    path: str | None,
    remixer: str | None,
    mix: str | None,
) -> None:
    """One broken tag must not end the analysis of a library."""
    files = [
        digital(its_artist, its_title, path=path, remixer=remixer, mix=mix, digital_id="any"),
        digital(artist, title, path=path, digital_id="like the vinyl"),
    ]
    verdict = Matcher(files).judge(vinyl(artist, title, album=path))
    assert verdict.status in (OWNED, OTHER_VERSION, REVIEW, MISSING)
    assert 0 <= verdict.confidence <= 100


def test_every_process_comes_to_the_same_verdicts() -> None:
    """Python shuffles its sets anew in each process; the answers must not follow."""
    program = (
        "from musictool_pipeline.core.matching.matcher import match_all;"
        "from musictool_pipeline_tests.core.matching.large import collection;"
        "print(list(match_all(*collection(150, 3000))))"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert b"owned" in runs[0]


def test_two_processes_give_the_same_verdicts_in_the_same_order() -> None:
    tracks, library = collection(1_100, 1_500)
    alone = list(match_all(tracks, library))
    assert list(match_all(tracks, library, processes=2)) == alone
    assert [verdict.track_id for verdict in alone] == [track.track_id for track in tracks]
