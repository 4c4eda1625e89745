"""The answers at the end of a refresh: counts, changes and one next step."""

from __future__ import annotations

from pathlib import Path

import pytest

from musictool_pipeline.app.outcome import (
    Came,
    Standing,
    changes,
    next_step,
    read_standing,
    say_outcome,
)
from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.errors import EXIT_DONE, EXIT_NEEDS_USER
from musictool_pipeline.settings import Places
from musictool_pipeline_tests.app import judged_collection as sample

BEFORE = Standing({"owned": 10, "missing": 5}, files=20)
AFTER = Standing({"owned": 12, "missing": 2, "review": 1}, files=20)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (Standing(), AFTER, "all of it is new"),
        (BEFORE, BEFORE, "no change"),
        (BEFORE, AFTER, "2 more owned, 1 more to review, 3 fewer missing"),
    ],
)
def test_what_changed(before: Standing, after: Standing, words: str) -> None:
    assert changes(before, after) == words


@pytest.mark.parametrize(
    ("after", "is_whole", "command"),
    [
        (Standing({"missing": 9}, files=0), True, "init"),
        (AFTER, False, "refresh"),
        (AFTER, True, "review"),
        (BEFORE, True, "gaps"),
        (Standing({"owned": 9}, files=9), True, "dashboard"),
    ],
)
def test_the_next_step(after: Standing, is_whole: bool, command: str) -> None:
    assert next_step(after, Came(is_whole=is_whole)).startswith(f"`musictool {command}`")


def test_a_library_that_could_not_be_read_leaves_nothing_to_fetch() -> None:
    """It said that a refresh fetches the rest, and there was none."""
    came = Came(is_sound=False)
    assert next_step(AFTER, came).startswith("`musictool check`")
    assert came.exit_code == Came(is_whole=False).exit_code == EXIT_NEEDS_USER
    assert Came().exit_code == EXIT_DONE


def test_one_track_is_one() -> None:
    assert "the 1 track that" in next_step(AFTER, Came())


def test_what_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    places = Places(root=tmp_path, data_dir=tmp_path)
    assert read_standing(places) == Standing()
    sample.publish(places.database, **sample.EVERYTHING)
    after = read_standing(places)
    assert after == Standing({"owned": 1, "other_version": 1, "review": 1, "missing": 4}, 2)
    places.report_file.parent.mkdir()
    places.report_file.touch()
    say_outcome(Standing(), after, places, Terminal(), Came())
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(maxsplit=1) for line in lines[2:6]] == [
        ["1", "owned"],
        ["1", "other version"],
        ["1", "to review"],
        ["4", "missing"],
    ]
    assert f"Report: {places.report_file}" in lines
    assert lines[-1].startswith("Next: `musictool review`")
