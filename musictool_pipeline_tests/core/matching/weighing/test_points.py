"""The table of points: reading it, and sums."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.core.matching import own_tables
from musictool_pipeline.core.matching.observing.takes import observe_take, observe_version
from musictool_pipeline.core.matching.observing.two_titles import Subtitles
from musictool_pipeline.core.matching.parsing.reading import read_digital, read_vinyl
from musictool_pipeline.core.matching.weighing import points as weighing
from musictool_pipeline.core.matching.weighing.points import (
    FILE,
    QUESTIONS,
    Points,
    points,
    probability,
    read_points,
)
from musictool_pipeline.errors import TableDamaged
from musictool_pipeline_tests.core.matching.builders import digital, vinyl
from musictool_pipeline_tests.core.matching.weights import STARTING_FILE, observe_recording

TABLE = """# a remark

recording\tstart\t\t-1.5
recording\ttitle\t99\t2.25
recording\tlabel\tnever seen\t1
take\tstart\t\t0
definition\tstart\t\t2
version\tstart\t\t1
"""


def decoded(data: bytes) -> dict[str, Points]:
    return read_points(own_tables.decoded(data, FILE))


def test_a_table_is_read_question_by_question() -> None:
    tables = read_points(TABLE.splitlines())
    assert tuple(tables) == QUESTIONS
    assert tables["recording"] == Points(
        -1.5, {("title", "99"): 2.25, ("label", "never seen"): 1.0}
    )
    assert tables["version"] == Points(1.0, {})


def test_windows_ends_of_lines_change_nothing() -> None:
    assert decoded(TABLE.replace("\n", "\r\n").encode()) == decoded(TABLE.encode())


@pytest.mark.parametrize(
    ("line", "damage"),
    [
        (4, "recording\ttitle\t99"),
        (4, "recording\ttitle\t99\t2.25\t"),
        (4, "recording title 99 2.25"),
        (4, "recording\ttitle\t99\t"),
        (4, "recording\ttitle\t99\tmuch"),
        (4, "recording\ttitle\t99\t2,25"),
        (4, "recording\ttitle\t99\tnan"),
        (4, "recording\ttitle\t99\tinf"),
        (4, "recording\ttitle\t99\t1e999"),
        (4, "price\ttitle\t99\t2.25"),
        (4, "recording\tlabel\tnever seen\t1\nrecording\tlabel\tnever seen\t2"),
        (4, "\x00\x00\x00"),
        (0, "take\tstart\t\t0"),
    ],
)
def test_a_damaged_line_is_named(line: int, damage: str) -> None:
    """With one line lost, every answer would be a little wrong, and nobody would see why."""
    lines: list[str] = list(TABLE.splitlines())
    if line:
        lines[line - 1] = damage
        line += damage.count("\n")
    else:
        lines.remove(damage)
    with pytest.raises(TableDamaged) as refused:
        read_points("\n".join(lines).splitlines(), "other.txt")
    assert refused.value.line == line
    assert "other.txt" in str(refused.value)
    assert (f"line {line}" in str(refused.value)) == bool(line)
    assert refused.value.remedy


def test_an_empty_table_is_damaged() -> None:
    with pytest.raises(TableDamaged, match=r"points\.txt"):
        decoded(b"")


def test_a_byte_that_is_no_text_is_named_with_its_line() -> None:
    with pytest.raises(TableDamaged) as refused:
        decoded(TABLE.encode().replace(b"never", b"ne\xffver"))
    assert refused.value.line == 5


def test_a_table_that_ends_in_the_middle_is_damaged() -> None:
    whole = TABLE.encode()
    for size in range(len(whole) - len("\tstart\t\t1\n")):
        with pytest.raises(TableDamaged):
            decoded(whole[:size])


def test_a_table_that_is_not_there_is_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weighing, "FILE", "another.txt")
    with pytest.raises(TableDamaged):
        points.__wrapped__()


@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_damaged(data: bytes) -> None:
    try:
        decoded(data)
    except TableDamaged:
        return
    pytest.fail("no such bytes make a whole table")


def test_a_sum_is_the_start_and_the_points_of_each_level() -> None:
    table = Points(-1.0, {("title", "99"): 2.0, ("artist", "0"): -3.0})
    assert table.sum({}) == -1.0
    assert table.sum({"title": "99"}) == 1.0
    assert table.sum({"title": "99", "artist": "0"}) == -2.0
    assert table.sum({"title": "of another make", "year": "same"}) == -1.0


def test_each_is_ordered_by_weight_then_by_name() -> None:
    table = Points(0.0, {("b", "1"): 1.0, ("a", "1"): -1.0, ("c", "1"): 2.0})
    seen = {"b": "1", "a": "1", "c": "1", "d": "1"}
    assert table.each(seen) == [
        ("c", "1", 2.0),
        ("a", "1", -1.0),
        ("b", "1", 1.0),
        ("d", "1", 0.0),
    ]


def test_a_sum_is_the_logarithm_of_odds() -> None:
    assert probability(0.0) == 0.5
    assert probability(math.log(9)) == pytest.approx(0.9)
    assert probability(-math.log(9)) == pytest.approx(0.1)


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_a_probability_lies_between_0_and_1_and_grows_with_the_sum(
    one: float, other: float
) -> None:
    low, high = sorted((one, other))
    assert 0 <= probability(low) <= probability(high) <= 1


def test_the_table_of_the_project_knows_every_observation() -> None:
    """Were an observation renamed in one place, it would count for nothing. One of no points
    stands in the table that learning starts from alone."""
    starting = read_points(STARTING_FILE.read_text(encoding="utf-8").splitlines())
    mine = read_vinyl(vinyl("Goldie", "Inner City Life (Part)", album="Timeless", label="FFRR"))
    theirs = read_digital(digital("Goldie", "Inner City Life"))
    sides = mine.readings[0], theirs.readings[0], mine.surroundings, theirs.surroundings
    observed = {
        "recording": observe_recording(*sides, lambda word: 1.0),
        "version": observe_version("plain", *sides),
        "take": observe_take("part", sides[0], sides[2], Subtitles.ON_RECORD, "unknown"),
    }
    for question, seen in observed.items():
        known = points()[question].of.keys() | starting[question].of.keys()
        assert set(seen) == {name for name, _ in known}, question


def test_the_points_of_the_project_are_few_and_small() -> None:
    """The table can be read by a person, and no observation alone decides."""
    everything = [each for table in points().values() for each in table.of.values()]
    assert len(everything) <= 300
    assert max(map(abs, everything)) < 10
