"""Which records fit a choice, and the order in which they and their tracks come."""

from __future__ import annotations

import pytest

from musictool_pipeline.queries.chosen_records import Choice, choose_records
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline_tests.app.judged_collection import EVERYTHING, publish


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    database = tmp_path_factory.mktemp("data") / "musictool.duckdb"
    publish(database, **EVERYTHING)
    return Warehouse(database)


@pytest.mark.parametrize(
    ("choice", "chosen"),
    [
        (Choice(), [3, 1, 2]),
        (Choice(release_id=2), [2]),
        (Choice(release_id=4), []),
        (Choice(folder="TO SELL"), [2]),
        (Choice(label="cafe"), [2]),
        (Choice(label="metal", folder="jungle"), [1]),
        (Choice(label="metal", folder="house"), []),
        (Choice(label="metal", release_id=2), []),
        (Choice(folder="'; DROP TABLE releases; --"), []),
    ],
)
def test_all_that_is_given_has_to_fit(
    choice: Choice, chosen: list[int], warehouse: Warehouse
) -> None:
    """By artist and title: Ann, Goldie, Various; release 4 has no tracks."""
    with warehouse.read() as connection:
        assert choose_records(connection, choice) == len(chosen)
        rows = connection.execute(
            "SELECT release_id, record_number FROM chosen_records ORDER BY record_number"
        ).fetchall()
        assert rows == [(release_id, number) for number, release_id in enumerate(chosen, 1)]


def test_a_later_choice_takes_the_place_of_an_earlier_one(warehouse: Warehouse) -> None:
    with warehouse.read() as connection:
        choose_records(connection)
        choose_records(connection, Choice(release_id=1))
        rows = connection.execute(
            "SELECT release_id, track_number FROM chosen_tracks ORDER BY record_number, "
            "track_number"
        ).fetchall()
    assert rows == [(1, 1), (1, 2)]
