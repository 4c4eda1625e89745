"""A new export launches one refresh: when it is there whole, and not again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from musictool_pipeline.core.collection.is_new import (
    RefreshDue,
    SeenExport,
    SeenFiles,
    is_new_export,
)

OLD = SeenExport("data/mo-collection-20240102-0304.csv", 9000, 1_700_000_000_000_000_000)
NEW = SeenExport("data/mo-collection-20240302-0304.csv", 9500, 1_705_000_000_000_000_000)


def looks(*files: SeenExport, cursor: str | None = None) -> tuple[list[bool], str | None]:
    """Whether each look in turn launches, and what is remembered in the end."""
    launches: list[bool] = []
    for now, seen in enumerate(files):
        decision = is_new_export(cursor, seen, now)
        assert decision.reason.endswith(".")
        launches.append(decision.launch)
        cursor = decision.cursor
    return launches, cursor


def test_the_second_look_at_the_same_file_launches_and_no_later_one():
    assert looks(OLD, OLD, OLD, OLD)[0] == [False, True, False, False]


def test_a_download_under_way_is_waited_for():
    """A refresh from half an export would take the other half for sold."""
    growing = [replace(NEW, size=size, changed=size) for size in (100, 200, 300)]
    assert looks(*growing, NEW, NEW)[0] == [False, False, False, False, True]


def test_a_file_that_changes_at_every_look_never_launches():
    assert not any(looks(*(replace(NEW, changed=number) for number in range(20)))[0])


def test_a_newer_export_launches_once_more():
    assert looks(OLD, OLD, NEW, NEW, NEW)[0] == [False, True, False, True, False]


@pytest.mark.parametrize(
    "change", [{"path": "data/other.csv"}, {"size": 9001}, {"changed": OLD.changed + 1}]
)
def test_another_path_size_or_time_is_another_export(change: dict[str, object]):
    again = replace(OLD, **change)  # type: ignore[arg-type]
    assert looks(OLD, OLD, again, again)[0] == [False, True, False, True]


def test_an_export_that_comes_and_goes_launches_nothing():
    assert looks(OLD, OLD, NEW, OLD, NEW, OLD)[0] == [False, True, *[False] * 4]


def test_going_back_to_an_older_export_is_a_change_too():
    assert looks(OLD, OLD, NEW, NEW, OLD, OLD)[0] == [False, True, False, True, False, True]


def test_each_change_bears_a_name_of_its_own_also_one_back_to_an_earlier_state():
    """Dagster starts no second run of a name, so going back would start none."""
    changes: list[str] = []
    cursor: str | None = None
    for now, seen in enumerate((OLD, OLD, NEW, NEW, OLD, OLD, NEW, NEW)):
        decision = is_new_export(cursor, seen, now)
        again = is_new_export(cursor, seen, now + 0.5)
        assert again.change == decision.change, "a tick that is repeated starts no second run"
        if decision.launch:
            changes.append(decision.change)
        cursor = decision.cursor
    assert len(changes) == len(set(changes)) == 4


def test_what_is_remembered_lasts_from_process_to_process():
    _, cursor = looks(OLD, OLD)
    assert looks(OLD, cursor=cursor)[0] == [False]
    assert looks(NEW, NEW, cursor=cursor)[0] == [False, True]


def test_a_decision_says_which_file():
    first = is_new_export(None, NEW, 1.0)
    assert NEW.path in first.reason
    assert NEW.path in is_new_export(first.cursor, NEW, 2.0).reason


def test_the_same_look_gives_the_same_decision():
    """A tick whose cursor was not kept, because it failed, is simply repeated."""
    first = is_new_export(None, OLD, 1.0)
    assert is_new_export(None, OLD, 1.0) == first
    assert is_new_export(first.cursor, OLD, 2.0) == is_new_export(first.cursor, OLD, 3.0)
    assert isinstance(first, RefreshDue)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "no JSON",
        "null",
        "[]",
        "5",
        '"x"',
        "{}",
        '{"refreshed": 5, "seen": [1]}',
        '{"seen": null}',
        "{",
        "9" * 5000,
    ],
)
def test_a_cursor_of_another_kind_is_no_cursor(cursor: str):
    assert looks(OLD, OLD, OLD, cursor=cursor)[0] == [False, True, False]


def test_paths_with_odd_characters():
    odd = replace(OLD, path='data/Ünï "collection":1.csv')
    assert looks(odd, odd, odd)[0] == [False, True, False]


def test_a_library_that_changes_is_as_good_as_an_export():
    before, after = (SeenExport("data/collection.nml", 100, changed) for changed in (1, 2))
    one, other = SeenFiles(OLD, (before,)), SeenFiles(OLD, (after,))
    cursor: str | None = None
    launches: list[bool] = []
    for seen in (one, one, one, other, other, other):
        decision = is_new_export(cursor, seen, 1.0)
        launches.append(decision.launch)
        cursor = decision.cursor
    assert launches == [False, True, False, False, True, False]


def test_the_order_of_libraries_is_no_change():
    one, two = (SeenExport(name, 1, 1) for name in ("a.nml", "b.xml"))
    assert SeenFiles(OLD, (one, two)).key == SeenFiles(OLD, (two, one)).key
    assert SeenFiles(OLD, (one,)).key != SeenFiles(OLD, (one, two)).key


def test_without_libraries_what_was_remembered_still_holds():
    """Prevents a refresh for nothing after an update of the project."""
    assert SeenFiles(OLD).key == OLD.key
