"""The collection from the API is the one of the export, copy by copy, or it is refused."""

from __future__ import annotations

import copy as copying
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from musictool_pipeline.core.collection.export_file import (
    CollectionExport,
    Copy,
    read_collection_export,
)
from musictool_pipeline.core.collection.from_api import (
    CollectionPage,
    Shelf,
    Unfit,
    as_export,
    read_page,
    read_shelf,
    read_username,
    requests_for,
    whole_collection,
)
from musictool_pipeline.demo import sample_shelf
from musictool_pipeline_tests.sample_data import SAMPLE_USER, demo_collection, large_collection

HERE = Path("mo-collection-20260101-1200.csv")


def pages(served: sample_shelf.SampleShelf, *, owner: bool = True) -> Iterator[dict[str, Any]]:
    """What the API answers, page by page."""
    number = 1
    while page := served.page(number, 100, owner=owner):
        yield copying.deepcopy(page)
        number += 1


def read_all(served: sample_shelf.SampleShelf, *, owner: bool = True) -> CollectionExport:
    """As a sync does it."""
    shelf = read_shelf(
        {"folders": served.folders_for(owner=owner)}, {"fields": served.fields_for(owner=owner)}
    )
    found: list[CollectionPage] = []
    for number, payload in enumerate(pages(served, owner=owner), start=1):
        found.append(read_page(number, payload, found[0] if found else None))
    return read_collection_export(as_export(whole_collection(found, shelf), shelf), HERE)


def alike(copies: tuple[Copy, ...]) -> dict[str, Copy]:
    """By item id, without what cannot agree: the order of the file, and Discogs' own number."""
    return {each.item_id: replace(each, csv_line=0, instance_id=None) for each in copies}


@pytest.mark.parametrize(
    ("releases", "second_copies", "requests"), [(316, 0, 6), (302, 14, 6), (2_966, 138, 34)]
)
def test_the_api_and_the_export_agree_copy_by_copy(
    releases: int, second_copies: int, requests: int
) -> None:
    """Else going over to DISCOGS_USERNAME would look like selling and buying half the shelf."""
    collection = large_collection(releases, seed=7, second_copies=second_copies)
    exported = read_collection_export(collection.export_csv(), HERE)
    live = read_all(collection.shelf())
    assert len(exported.copies) == releases + second_copies
    assert len({each.release_id for each in exported.copies}) == releases
    assert alike(live.copies) == alike(exported.copies)
    assert live.skipped == ()
    assert len({each.instance_id for each in live.copies}) == len(live.copies)
    assert requests_for(len(live.copies)) == requests


def test_every_odd_case_agrees_too() -> None:
    sample = demo_collection()
    exported = read_collection_export(sample.export_csv, HERE)
    assert alike(read_all(sample.shelf).copies) == alike(exported.copies)


def test_a_snapshot_has_the_exports_columns_and_the_copys_number() -> None:
    sample = demo_collection()
    exported = read_collection_export(sample.export_csv, HERE)
    assert read_all(sample.shelf).columns == (*exported.columns, "instance_id")


def test_what_a_stranger_is_shown_says_nothing_of_folders_and_private_fields() -> None:
    """An empty folder would read as a copy taken out of it."""
    live = read_all(demo_collection().shelf, owner=False)
    assert "CollectionFolder" not in live.columns
    assert "Collection Crate" not in live.columns
    assert {each.collection_folder for each in live.copies} == {None}
    assert any(each.media_condition for each in live.copies)
    assert not any(each.custom_fields for each in live.copies)


def test_folder_1_alone_is_an_owners() -> None:
    shelf = read_shelf(
        {"folders": [{"id": 0, "name": "All"}, {"id": 1, "name": "Uncategorized"}]}, {"fields": []}
    )
    assert shelf.is_owners
    assert not read_shelf({"folders": [{"id": 0, "name": "All"}]}, {"fields": []}).is_owners


def test_fields_stand_in_the_order_that_the_user_gave_them() -> None:
    fields = [{"id": 1, "name": "B", "position": 2}, {"id": 5, "name": "A", "position": 1}]
    shelf = read_shelf({"folders": []}, {"fields": fields})
    assert [field.name for field in shelf.fields] == ["A", "B"]


def test_copies_stand_in_the_order_added_whatever_the_pages_say() -> None:
    """Two readings of the same collection have to be the same bytes, or each would be a change."""
    served = demo_collection().shelf
    backwards = replace(served, copies=tuple(reversed(served.copies)))
    assert read_all(served) == read_all(backwards)


EVERYTHING = Shelf({1: "A"}, ())


def page(number: int, total: int, *numbers: int, folder: int = 1) -> CollectionPage:
    copies = tuple(
        {"id": 7, "instance_id": each, "folder_id": folder, "date_added": None} for each in numbers
    )
    return CollectionPage(number, 1, total, copies)


def test_a_copy_on_two_pages_means_that_they_moved() -> None:
    with pytest.raises(Unfit, match="1 copies are on two pages"):
        whole_collection([page(1, 4, 1, 2), page(2, 4, 2, 3)], EVERYTHING)


def test_a_folder_made_meanwhile_means_that_the_collection_changed() -> None:
    with pytest.raises(Unfit, match="unknown folder 9"):
        whole_collection([page(1, 1, 1, folder=9)], EVERYTHING)
    assert whole_collection([page(1, 1, 1, folder=9)], Shelf({}, ()))


def change(payload: dict[str, Any], **said: object) -> dict[str, Any]:
    return {**payload, "pagination": {**payload["pagination"], **said}}


def test_pages_that_do_not_fit() -> None:
    """Each of them would lose copies without a word."""
    first, second, *_ = pages(large_collection(205, second_copies=0).shelf())
    page_1 = read_page(1, first)
    assert read_page(2, second, page_1).total == 205
    for payload, reason in (
        (first, "page 1 came for page 2"),
        (change(second, items=206), "there were 205 copies at first, then 206"),
        (change(second, items=204), "there were 205 copies at first, then 204"),
        ({**second, "releases": second["releases"][1:]}, "holds 99 copies, not 100"),
        ({**second, "releases": "?"}, "no list of releases"),
        ({**second, "releases": [1]}, "holds something else"),
        ({"releases": []}, "no pagination"),
        (change(second, page="2"), "page is no number"),
        (change(second, items=True), "items is no number"),
        (change(second, items=-5), "items is no number"),
        (change(second, pages=10**9), "counts 1,000,000,000 pages of 205 copies"),
        (change(second, pages=1), "counts 1 pages of 205 copies"),
        (change(second, items=10**11, pages=10**9), "counts 100,000,000,000 copies, more than"),
        (change(second, per_page=50), "pages are of 50 copies, not 100"),
        (change(second, per_page=None), "per_page is no number"),
    ):
        with pytest.raises(Unfit, match=reason):
            read_page(2, payload, page_1)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"pages": 10**9}, "counts 1,000,000,000 pages of 205 copies"),
        ({"items": 10**11, "pages": 10**9}, "counts 100,000,000,000 copies, more than 1,000,000"),
        ({"per_page": 50}, "pages are of 50 copies"),
    ],
)
def test_a_first_page_that_has_no_end(said: dict[str, int], reason: str) -> None:
    first = next(pages(large_collection(205, second_copies=0).shelf()))
    with pytest.raises(Unfit, match=reason):
        read_page(1, change(first, **said))


def test_no_page_is_asked_for_after_one_that_does_not_fit() -> None:
    """The same hundred copies on each page would be read for days."""

    def without_end() -> Iterator[CollectionPage]:
        for number in range(1, 100):
            taken.append(number)
            yield page(number, 10**6, 1, 2)

    taken: list[int] = []
    with pytest.raises(Unfit, match="2 copies are on two pages"):
        whole_collection(without_end(), EVERYTHING)
    assert taken == [1, 2]


@pytest.mark.parametrize(
    "payload", [{}, {"id": 1}, {"username": "mo"}, {"id": True, "username": "mo"},
                {"id": 1, "username": ""}, {"id": 1, "username": 5}],
)  # fmt: skip
def test_what_names_no_user_is_no_identity(payload: dict[str, object]) -> None:
    with pytest.raises(Unfit):
        read_username(payload)
    assert read_username({"id": 1, "username": "mo"}) == "mo"


def test_an_empty_collection_is_one_page() -> None:
    empty = replace(demo_collection().shelf, copies=())
    assert [read_page(1, payload).total for payload in pages(empty)] == [0]
    assert requests_for(0) == 3


@pytest.mark.parametrize(
    ("printed", "date"),
    [
        ("2019-03-02T18:30:00-08:00", "2019-03-02 18:30:00"),
        ("2019-03-02T18:30:00", "2019-03-02 18:30:00"),
        ("", ""),
        (None, ""),
        ("yesterday", ""),
    ],
)
def test_dates_keep_their_clock_and_lose_their_zone(printed: object, date: str) -> None:
    item = {"id": 7, "instance_id": 1, "folder_id": 1, "date_added": printed}
    row = as_export([item], EVERYTHING).decode().splitlines()[1]
    assert row == f",,,,,,0,7,A,{date},1"


def test_whatever_is_missing_from_a_copy_is_empty() -> None:
    """Every key of an answer can be absent, and any value of another type than documented."""
    for odd in ({}, {"basic_information": None, "notes": 5, "rating": None}):
        item = {"id": 7, "instance_id": 1, "folder_id": 1, **odd}
        [found] = read_collection_export(as_export([item], EVERYTHING), HERE).copies
        assert (found.release_id, found.instance_id, found.collection_folder) == (7, 1, "A")
        assert (found.artist, found.rating, found.notes, found.release_year) == (None,) * 4


def test_a_snapshot_belongs_to_its_user() -> None:
    assert demo_collection().shelf.username == SAMPLE_USER
