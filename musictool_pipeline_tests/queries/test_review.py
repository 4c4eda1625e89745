"""The tracks that wait for a decision, and in which order."""

from __future__ import annotations

from pathlib import Path

import pytest

from musictool_pipeline.core.decisions_file import read_overrides
from musictool_pipeline.queries.review import read_review_queue
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline_tests.app import judged_collection as sample


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("review") / "musictool.duckdb"
    second = '[{"digital_id": "bb", "status": "review", "confidence": 50, "reason": "cut off"}]'
    gaps = [
        sample.gap(sample.TRACKS[0], "review", digital_id="aa", confidence=60),
        sample.gap(sample.TRACKS[2], "review", digital_id="aa", alternatives=second),
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
