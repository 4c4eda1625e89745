"""The tracks that wait for a decision, and in which order."""

from __future__ import annotations

from pathlib import Path

import pytest

from musictool_pipeline.core.decisions_file import read_overrides
from musictool_pipeline.queries.review import last_to_honour, read_review_queue
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline_tests.app import judged_collection as sample


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("review") / "musictool.duckdb"
    second = '[{"digital_id": "bb", "status": "review", "confidence": 50, "reason": "cut off"}]'
    gaps = [
        sample.gap(sample.TRACKS[0], "review", digital_id="aa", confidence=60),
        sample.gap(
            sample.TRACKS[2],
            "review",
            digital_id="aa",
            digital_path="C:\\Music\\aa.mp3",
            alternatives=second,
        ),
        sample.gap(sample.TRACKS[3], "owned", digital_id="bb"),
    ]
    sample.publish(path, **{**sample.EVERYTHING, "gap_analysis": gaps})
    return path


HEADER = "discogs_release_id,track_number,position,decision,digital\n"


@pytest.mark.parametrize(
    ("rows", "waiting", "first", "files"),
    [
        ("", 2, 201, ["aa", "bb"]),
        ("2,1,,same,aa\n", 1, 101, ["aa"]),
        ("2,,a1,other_version,\n", 1, 101, ["aa"]),
        ("2,1,,not,aa\n", 2, 201, ["bb"]),
        ("2,1,,not,C:/Music/aa.mp3\n2,1,,not,/Music/Goldie - Jah.mp3\n", 1, 101, ["aa"]),
        ("2,1,,not,\n1,1,,same,bb\n", 0, None, []),
        ("2,1,,same,/no/such/file.mp3\n9,9,,same,aa\n", 2, 201, ["aa", "bb"]),
        ("2,2,,not,bb\n", 2, 201, ["aa", "bb"]),
    ],
)
def test_the_queue(
    rows: str, waiting: int, first: int | None, files: list[str], database: Path
) -> None:
    """What was decided does not come again before the next gap analysis; what has no effect on
    that one does."""
    overrides = read_overrides((HEADER + rows).encode())
    with Warehouse(database).read() as connection:
        queue = read_review_queue(connection, overrides)
    assert (queue.waiting, queue.decided) == (waiting, 2 - waiting)
    assert (queue.first.track_id if queue.first else None) == first
    assert [it.digital_id for it in queue.first.candidates] == files if queue.first else not files


def test_what_was_put_off_comes_last(database: Path) -> None:
    with Warehouse(database).read() as connection:
        for later, first in (((201,), 101), ((201, 101), 201), ((101, 201), 101)):
            queue = read_review_queue(connection, read_overrides(b""), later)
            assert queue.first is not None
            assert queue.first.track_id == first


def test_a_position_counts_as_a_tracks_own_only_where_no_other_has_it(database: Path) -> None:
    """`A2` and `a2` are one to the reader of the file of decisions."""
    with Warehouse(database).read() as connection:
        queue = read_review_queue(connection, read_overrides(b""))
    assert queue.first is not None
    assert queue.first.position_is_unique


@pytest.mark.parametrize("name", ["aa", "bb", "C:/MUSIC/aa.mp3", "/mnt/c/Music/aa.mp3", ""])
def test_the_last_decision_that_waits_for_the_gap_analysis(name: str, database: Path) -> None:
    """It is named by its track, and the file may be spelled in each way that the gap analysis
    takes; one on a file that did not come near, and one on no track under review, are none."""
    rows = f"2,1,,not,{name}\n2,1,,not,/no/such.mp3\n1,2,,same,aa\n"
    decisions = read_overrides((HEADER + rows).encode()).decisions
    with Warehouse(database).read() as connection:
        last = last_to_honour(connection, decisions)
        assert last_to_honour(connection, decisions[1:]) is None
    assert last is not None
    assert (last.decision, last.title) == (decisions[0], "First Waltz")
