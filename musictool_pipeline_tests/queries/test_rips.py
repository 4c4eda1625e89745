"""What to rip: a record with the sides that its positions name, and the records by what is missing
of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from musictool_pipeline.core.ripping import by_side
from musictool_pipeline.queries.rips import is_in_collection, read_rip_plan, read_rip_record
from musictool_pipeline.tables.published import open_tables
from musictool_pipeline_tests.app.judged_collection import (
    EVERYTHING,
    TRACKS,
    gap,
    publish,
    release,
    track,
)


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    path = tmp_path_factory.mktemp("rips") / "musictool.duckdb"
    publish(path, **EVERYTHING)
    with open_tables(path) as tables:
        yield tables.connection


def sides_of(folder: Path, *positions: str | None) -> dict[str | None, list[str | None]]:
    tracks = [
        track(1, number, position, "Ann", f"No {number}")
        for number, position in enumerate(positions, start=1)
    ]
    path = folder / "data" / "musictool.duckdb"
    publish(path, expanded_tracks=tracks, gap_analysis=[gap(each, "missing") for each in tracks])
    with open_tables(path) as tables:
        record = read_rip_record(tables.connection, 1)
    assert record is not None
    sides = by_side(record.tracks).items()
    return {side: [each.position for each in on_it] for side, on_it in sides}


@pytest.mark.parametrize(
    ("positions", "sides"),
    [
        (["A1", "a2", "B"], {"A": ["A1", "a2"], "B": ["B"]}),
        (["A", "AA"], {"A": ["A"], "AA": ["AA"]}),
        (["1-1", "1-2", "2-1"], {"1": ["1-1", "1-2"], "2": ["2-1"]}),
        (["9A1", "10B1"], {"9A": ["9A1"], "10B": ["10B1"]}),
        (["A1", "A2.a", "A2.b", None, "B1"], {"A": ["A1", "A2.a", "A2.b", None], "B": ["B1"]}),
        (["A1", "A2a", "A2b"], {"A": ["A1", "A2a", "A2b"]}),
        (["1", "2", "3"], {None: ["1", "2", "3"]}),
        (["../A", "CON"], {None: ["../A", "CON"]}),
    ],
)
def test_sides_are_those_that_the_positions_name(
    positions: list[str | None], sides: dict[str | None, list[str | None]], tmp_path: Path
) -> None:
    assert sides_of(tmp_path, *positions) == sides


def test_a_record_with_its_tracks(connection: duckdb.DuckDBPyConnection) -> None:
    record = read_rip_record(connection, 1)
    assert record is not None
    assert (record.release_id, record.artist, record.title) == (1, "Goldie", "Album 1")
    assert (record.label, record.catalog_number) == ("Metalheadz", "METH 012")
    assert [(each.number, each.title, each.seconds) for each in record.tracks] == [
        (1, "Inner City Life", 420),
        (2, "Jah", None),
    ]


@pytest.mark.parametrize(("release_id", "is_there"), [(4, True), (99, False), (10**40, False)])
def test_a_record_without_judged_tracks(
    release_id: int, is_there: bool, connection: duckdb.DuckDBPyConnection
) -> None:
    assert read_rip_record(connection, release_id) is None
    assert is_in_collection(connection, release_id) is is_there


def test_the_records_with_the_most_missing_minutes_come_first(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """Of record 2 three tracks without length are missing, of four on one side; of record 3 the
    only one. Nothing of record 1 is missing."""
    planned = read_rip_plan(connection).records
    assert [
        (it.release_id, it.missing, it.tracks, it.seconds, it.guessed, it.sides) for it in planned
    ] == [(2, 3, 4, 900, 3, ("A",)), (3, 1, 1, 360, 1, ())]
    assert planned[0].folders == "House, To Sell"


@pytest.mark.parametrize(("folder", "found"), [("to sell", [2]), ("jungle", []), ("attic", [])])
def test_the_plan_of_a_folder(
    folder: str, found: list[int], connection: duckdb.DuckDBPyConnection
) -> None:
    assert [each.release_id for each in read_rip_plan(connection, folder).records] == found


def test_known_lengths_count_as_they_are(tmp_path: Path) -> None:
    tracks = [*TRACKS[:1], track(1, 2, "A2", "Ann", "x"), track(1, 3, "B", "Ann", "y")]
    gaps = [gap(tracks[0], "missing"), gap(tracks[1], "owned"), gap(tracks[2], "missing")]
    path = tmp_path / "data" / "musictool.duckdb"
    publish(path, expanded_tracks=tracks, gap_analysis=gaps)
    with open_tables(path) as tables:
        (planned,) = read_rip_plan(tables.connection).records
    assert (planned.seconds, planned.guessed, planned.sides) == (420 + 360, 1, ("A", "B"))


@pytest.mark.parametrize(
    ("formats", "is_planned"),
    [
        ('Vinyl, 12"', True),
        ("CD, Album", False),
        ("CD", False),
        ("CD, Album; 2 x Vinyl, LP", True),
        ("CD, Album; DVD, PAL", False),
        ("Cassette, Album", True),
        ("Minidisc", True),
        ('12", CD Edition', True),
        (None, True),
    ],
)
def test_only_what_is_not_digital_already_is_to_be_ripped(
    formats: str | None, is_planned: bool, tmp_path: Path
) -> None:
    of_1, of_2 = track(1, 1, "1", "Ann", "x"), track(2, 1, "A", "Ann", "y")
    path = tmp_path / "data" / "musictool.duckdb"
    publish(
        path,
        releases=[release(1, "Ann", "Album 1", format=formats), release(2, "Ann", "Album 2")],
        expanded_tracks=[of_1, of_2],
        gap_analysis=[gap(of_1, "missing"), gap(of_2, "missing")],
    )
    with open_tables(path) as tables:
        plan = read_rip_plan(tables.connection)
    assert {record.release_id for record in plan.records} == ({1, 2} if is_planned else {2})
    assert plan.digital == ({} if is_planned else {"CD": 1})
