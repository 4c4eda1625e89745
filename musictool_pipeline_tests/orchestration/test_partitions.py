"""Release ids as Dagster's partitions, also if several refreshes register them together."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import dagster as dg
import pytest

from musictool_pipeline.orchestration.partitions import RELEASE_PARTITIONS, register_releases


@pytest.fixture
def instance(tmp_path: Path) -> dg.DagsterInstance:
    return dg.DagsterInstance.local_temp(str(tmp_path))


def registered(instance: dg.DagsterInstance) -> list[str]:
    assert RELEASE_PARTITIONS.name is not None
    return list(instance.get_dynamic_partitions(RELEASE_PARTITIONS.name))


def test_only_the_new_ones_are_added_and_in_their_order(instance: dg.DagsterInstance) -> None:
    assert register_releases(instance, [30, 10, 20]) == 3
    assert register_releases(instance, [20, 5, 10, 40]) == 2
    assert registered(instance) == ["30", "10", "20", "5", "40"]
    assert register_releases(instance, [40]) == 0


def test_refreshes_that_register_the_same_releases_at_once_all_go_on(
    instance: dg.DagsterInstance,
) -> None:
    """Four refreshes of a new collection: one of them died of this before it had fetched any."""
    together = threading.Barrier(4)

    def refresh(release_ids: list[int]) -> None:
        together.wait()
        register_releases(instance, release_ids)

    for first in range(1, 1_501, 300):
        with ThreadPoolExecutor(4) as refreshes:
            list(refreshes.map(refresh, [list(range(first, first + 300))] * 4))
    assert registered(instance) == [str(each) for each in range(1, 1_501)]


def test_what_another_refresh_inserts_between_the_look_and_the_insert_is_left_out(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same, as it happens inside Dagster's storage, at the one moment that matters."""
    add = instance.add_dynamic_partitions
    asked: list[list[str]] = []

    def interrupted(name: str, keys: list[str]) -> None:
        asked.append(keys)
        if len(asked) == 1:
            add(name, ["2", "3"])
            raise RuntimeError("UNIQUE constraint failed")
        add(name, keys)

    monkeypatch.setattr(instance, "add_dynamic_partitions", interrupted)
    register_releases(instance, [1, 2, 3, 4])
    assert asked == [["1", "2", "3", "4"], ["1", "4"]]
    assert registered(instance) == ["2", "3", "1", "4"]


def test_a_storage_that_fails_is_not_asked_for_ever(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(name: str, keys: list[str]) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(instance, "add_dynamic_partitions", broken)
    with pytest.raises(OSError, match="disk full"):
        register_releases(instance, [1, 2])
