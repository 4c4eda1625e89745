"""Learning the table of points: what a regression finds in pairs whose answer is known."""

from __future__ import annotations

import math
import random
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from musictool_pipeline.core.matching.tracks import REVIEW
from musictool_pipeline.core.matching.weighing.points import (
    Points,
    points,
    probability,
    read_points,
)
from musictool_pipeline_tests.core.matching import weights
from musictool_pipeline_tests.core.matching.weights import (
    ORDERED,
    examples,
    regression,
    seen_brackets,
    written,
)

NOTHING = Points(0.0, {})

TOY = Points(-1.0, {("colour", "red"): 3.0, ("colour", "blue"): -2.0, ("size", "small"): 1.0})


def drawn(table: Points, count: int) -> tuple[list[dict[str, str]], list[bool]]:
    """Pairs whose answers are drawn by a table's own probabilities."""
    chance = random.Random(7)
    rows, right = [], []
    for _ in range(count):
        row = {
            "colour": chance.choice(["red", "blue", "green"]),
            "size": chance.choice(["small", "large"]),
        }
        rows.append(row)
        right.append(chance.random() < probability(table.sum(row)))
    return rows, right


def test_a_known_table_is_learned_from_what_it_says() -> None:
    """Points of one observation may be shifted into the start: the sums are what counts."""
    rows, right = drawn(TOY, 20_000)
    found = regression(rows, right, NOTHING)
    for row in rows[:50]:
        assert found.sum(row) == pytest.approx(TOY.sum(row), abs=0.2)


def test_what_no_pair_says_stays_where_it_starts() -> None:
    rows, right = drawn(TOY, 200)
    starting = Points(0.5, {("never", "seen"): 1.25})
    assert regression(rows, right, starting).of["never", "seen"] == 1.25
    assert regression([], [], starting) == starting


def test_few_pairs_move_a_point_less_than_many() -> None:
    starting = Points(0.0, {("colour", "red"): -1.0})
    few, many = (
        regression([{"colour": "red"}] * count, [True] * count, starting) for count in (1, 100)
    )
    assert -1.0 < few.of["colour", "red"] + few.start < many.of["colour", "red"] + many.start


def test_points_of_an_ordered_observation_never_fall() -> None:
    """By chance the worse level looks better: it must not be believed."""
    levels = ORDERED["length"]
    rows = [{"length": level} for level in levels for _ in range(20)]
    upside_down = [
        number < 20 - 4 * place for place, _ in enumerate(levels) for number in range(20)
    ]
    found = regression(rows, upside_down, NOTHING)
    learned = [found.of["length", level] for level in levels]
    assert learned == sorted(learned)
    assert all(map(math.isfinite, learned))


def test_an_observation_without_an_order_may_go_either_way() -> None:
    rows, right = drawn(TOY, 5_000)
    found = regression(rows, right, NOTHING)
    assert found.of["colour", "blue"] < found.of["colour", "green"] < found.of["colour", "red"]


def test_the_order_of_the_project_holds_in_its_table() -> None:
    for name, levels in ORDERED.items():
        tables = [table.of for table in points().values() if (name, levels[0]) in table.of]
        assert tables
        for table in tables:
            learned = [table[name, level] for level in levels if (name, level) in table]
            assert len(learned) > 1
            assert learned == sorted(learned), name


def test_the_same_length_speaks_for_a_recording_and_against_another_take() -> None:
    """One order for both questions would leave the second without an answer."""
    recording, take = (points()[question].of for question in ("recording", "take"))
    assert recording["length", "equal"] > recording["length", "another"]
    assert take["lengths", "equal"] < -1 < 1 < take["lengths", "another"]


def test_a_table_is_written_as_it_is_read() -> None:
    tables = {
        "recording": Points(
            -1.5, {("title", "0"): -2.0, ("title", "99"): 2.25, ("title", "88"): 1}
        ),
        "take": Points(0.0, {}),
        "version": Points(1.0, {("album", "same"): 0.5, ("album", "other"): 0.0}),
        "definition": Points(2.0, {}),
    }
    text = written(tables)
    again = read_points(text.splitlines())
    assert again["recording"] == tables["recording"]
    assert again["version"].of == {("album", "same"): 0.5}
    order = [line.split("\t")[2] for line in text.splitlines() if "\ttitle\t" in line]
    assert order == ["0", "88", "99"]


def test_what_is_learned_from_leaves_out_what_is_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a few pairs of each set; on all of them below."""
    few = {name: weights.written_pairs.pairs(name)[:40] for name in weights.written_pairs.SETS}
    asked: list[str] = []

    def half(name: str) -> SimpleNamespace:
        asked.append(name)
        return SimpleNamespace(library=[], rows=[])

    monkeypatch.setattr(weights.labelled, "half", half)
    monkeypatch.setattr(weights.written_pairs, "pairs", few.__getitem__)
    monkeypatch.setattr(weights, "read_digital", lambda file: file)
    every = [pair for pairs in few.values() for pair in pairs if pair.truth != REVIEW]
    seen = [pair for pair in every if not pair.is_held_back]
    assert 0 < len(seen) < len(every)
    assert [example.file for example in examples()] == [pair.file for pair in seen]
    assert asked == [weights.labelled.DEV]

    brackets = weights.written_pairs.brackets()
    for is_held_back in (True, False):
        some = tuple(it for it in brackets if it.is_held_back == is_held_back)[:100]
        monkeypatch.setattr(weights.written_pairs, "brackets", lambda some=some: some)
        assert bool(seen_brackets()) != is_held_back


@pytest.mark.slow
def test_nothing_is_learned_from_what_is_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were it, the figures on it would be as good as those on the rest, and mean nothing."""
    learned = len(examples())
    kept = weights.written_pairs.pairs
    monkeypatch.setattr(
        weights.written_pairs, "pairs",
        lambda name: tuple(pair for pair in kept(name) if not pair.is_held_back),
    )  # fmt: skip
    assert len(examples()) == learned
    assert 100 < len(seen_brackets()) < len(weights.written_pairs.brackets())


@pytest.mark.slow
def test_the_table_is_what_the_pairs_give() -> None:
    """A table that was changed by hand, or forgotten when the pairs changed, is found out."""
    program = [sys.executable, "-m", weights.__name__, "--check"]
    assert subprocess.run(program, check=False, timeout=600).returncode == 0


@pytest.mark.slow
def test_a_table_that_is_not_what_the_pairs_give_is_found_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    changed = tmp_path / "points.txt"
    text = weights.POINTS_FILE.read_text(encoding="utf-8")
    changed.write_text(text.replace("\t0.5", "\t0.6", 1), encoding="utf-8")
    monkeypatch.setattr(weights, "POINTS_FILE", changed)
    monkeypatch.setattr(sys, "argv", ["weights", "--check"])
    assert weights.main() == 1
    monkeypatch.setattr(sys, "argv", ["weights"])
    assert weights.main() == 0
    assert changed.read_text(encoding="utf-8") == text
