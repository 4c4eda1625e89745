"""One track on vinyl, one file, one answer: what has gone wrong in matchers before.

Each line of `traps.tsv` is a loss that it prevents: a remix bought twice, or a record never ripped
because its dub passed for it. An empty cell is an unknown. `traps_missed.tsv` holds those that the
matcher still gets wrong, with what is right: a line that comes right belongs into the other file.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from musictool_pipeline.core.matching.matcher import Matcher
from musictool_pipeline_tests.core.matching.builders import digital, vinyl

COLUMNS = 12


def _cases(name: str) -> list[list[str | None]]:
    lines = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
    cells = [line.split("\t") for line in lines if not line.startswith("#")]
    return [[it or None for it in line] + [None] * (COLUMNS - len(line)) for line in cells]


STILL_WRONG = pytest.mark.xfail(strict=True, raises=AssertionError)


@pytest.mark.parametrize(
    "case",
    [
        *[pytest.param(case, id=f"{case[1]} - {case[2]}") for case in _cases("traps.tsv")],
        *[
            pytest.param(case, id=f"{case[1]} - {case[2]}", marks=STILL_WRONG)
            for case in _cases("traps_missed.tsv")
        ],
    ],
)
def test_the_file_is_judged_as_a_dj_would(case: list[str | None]) -> None:
    status, artist, title, album, seconds, *file = case
    its_artist, its_title, path, its_seconds, remixer, mix, its_album = file
    track = vinyl(artist, title, album=album, seconds=int(seconds) if seconds else None)
    found = digital(
        its_artist,
        its_title,
        path=path,
        seconds=float(its_seconds) if its_seconds else None,
        remixer=remixer,
        mix=mix,
        album=its_album,
    )
    verdict = Matcher([found]).judge(track)
    assert verdict.status == status, verdict.reason


def test_few_traps_are_still_fallen_into() -> None:
    caught, missed = _cases("traps.tsv"), _cases("traps_missed.tsv")
    assert len(caught) + len(missed) >= 770
    assert len(missed) <= 33
    assert not [case for case in missed if case in caught]
