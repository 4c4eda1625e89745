"""What changed between two readings: nothing invented, nothing overlooked."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

import pytest

from musictool_pipeline.core.collection.changes import Change, collection_changes
from musictool_pipeline.core.collection.export_file import CollectionExport, read_collection_export
from musictool_pipeline.core.collection.export_header import DISCOGS_COLUMNS
from musictool_pipeline_tests.sample_data import large_collection

HEADER = (*DISCOGS_COLUMNS, "Collection Crate")
Row = dict[str, str]


def row(release_id: int, added: str = "2020-01-01 10:00:00", **cells: str) -> Row:
    names = {"folder": "CollectionFolder", "media": "Collection Media Condition"}
    names |= {"notes": "Collection Notes", "crate": "Collection Crate", "rating": "Rating"}
    given = {names.get(name, name): text for name, text in cells.items()}
    return {
        "release_id": str(release_id),
        "Artist": f"Artist {release_id}",
        "Title": f"Title {release_id}",
        "Date Added": added,
        "CollectionFolder": "Crate",
        **given,
    }


def reading(*rows: Row, without: tuple[str, ...] = ()) -> CollectionExport:
    header = [name for name in (*HEADER, "instance_id") if name not in without]
    if not any("instance_id" in each for each in rows):
        header.remove("instance_id")
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, header, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return read_collection_export(text.getvalue().encode(), Path("x.csv"))


def told(before: CollectionExport, after: CollectionExport) -> list[tuple[str | None, ...]]:
    return [
        (each.change, each.item_id, each.field, each.before, each.after)
        for each in collection_changes(before, after)
    ]


def test_nothing_changed() -> None:
    assert collection_changes(reading(row(1), row(2)), reading(row(2), row(1))) == ()


def test_each_kind_of_change() -> None:
    before = reading(row(1), row(2), row(3, media="Mint (M)", rating="3"), row(4, notes="?"))
    after = reading(
        row(2, folder="To Sell"),
        row(3, media="Good (G)", rating="5", crate="B 7"),
        row(4),
        row(5),
    )
    assert told(before, after) == [
        ("removed", "1-1", None, None, None),
        ("moved", "2-1", "collection_folder", "Crate", "To Sell"),
        ("changed", "3-1", "rating", "3", "5"),
        ("changed", "3-1", "media_condition", "Mint (M)", "Good (G)"),
        ("changed", "3-1", "Crate", None, "B 7"),
        ("changed", "4-1", "notes", "?", None),
        ("added", "5-1", None, None, None),
    ]
    assert collection_changes(before, after)[0] == Change(
        "removed", 1, "1-1", "Artist 1", "Title 1"
    )


def test_what_editors_correct_is_no_change_of_the_owners() -> None:
    corrected = {**row(1), "Artist": "Artist 1 (2)", "Title": "Title One", "Format": "LP"}
    assert told(reading(row(1)), reading(corrected)) == []


def test_the_second_copy_is_the_one_that_came() -> None:
    before = reading(row(1, notes="first"))
    after = reading(row(1, added="2024-05-05 12:00:00"), row(1, notes="first"))
    assert told(before, after) == [("added", "1-2", None, None, None)]


def test_the_first_of_two_copies_is_sold() -> None:
    """The item id of the one that stays changes; it must not look like a copy bought."""
    second = row(1, added="2024-05-05 12:00:00", notes="keeper")
    assert told(reading(row(1), second), reading(second)) == [("removed", "1-1", None, None, None)]


def test_of_copies_without_a_date_the_unchanged_ones_belong_together() -> None:
    """2,137 of one user's 2,188 rows have no date."""
    copies = [row(1, added="", notes=notes) for notes in ("a", "b", "c")]
    moved = row(1, added="", notes="b", folder="To Sell")
    after = reading(copies[2], moved, copies[0])
    assert told(reading(*copies), after) == [
        ("moved", "1-2", "collection_folder", "Crate", "To Sell")
    ]


@pytest.mark.parametrize("spoiled", ["2020-01-01 10:07", "2020-01-01", "01/01/2020 10:07", ""])
def test_a_date_that_a_spreadsheet_cut_off_is_the_same_date(spoiled: str) -> None:
    """Else an export saved by Excel would sell the whole collection and buy it again."""
    before = reading(row(1, added="2020-01-01 10:07:33"), row(2))
    assert told(before, reading(row(1, added=spoiled), row(2))) == []


def test_a_copy_sold_and_bought_again_is_two_changes() -> None:
    before, after = reading(row(1)), reading(row(1, added="2021-01-01 10:00:01"))
    assert [kind for kind, *_ in told(before, after)] == ["removed", "added"]


def test_discogs_number_tells_where_both_readings_have_it() -> None:
    """Two copies of one moment: which of them was moved, and that one was replaced."""
    twins = [row(1, instance_id=number) for number in ("11", "12")]
    moved = [twins[0], row(1, instance_id="12", folder="To Sell")]
    assert told(reading(*twins), reading(*moved)) == [
        ("moved", "1-2", "collection_folder", "Crate", "To Sell")
    ]
    replaced = [twins[0], row(1, instance_id="13")]
    assert [kind for kind, *_ in told(reading(*twins), reading(*replaced))] == ["removed", "added"]


def test_an_export_after_a_snapshot_compares_without_the_number() -> None:
    before = reading(row(1, instance_id="11"), row(1, instance_id="12"))
    assert told(before, reading(row(1), row(1))) == []


def test_a_column_that_one_reading_lacks_says_nothing() -> None:
    """Read without the owner's token, 3,000 copies would have left their folders."""
    before = reading(row(1, crate="B 7", notes="mine"))
    after = reading(row(1), without=("CollectionFolder", "Collection Crate", "Collection Notes"))
    assert told(before, after) == []
    assert told(after, before) == []


def test_notes_and_a_field_of_ones_own_are_told_apart() -> None:
    before, after = reading(row(1, notes="a", crate="x")), reading(row(1, notes="b", crate="y"))
    assert [field for _, _, field, _, _ in told(before, after)] == ["notes", "Crate"]


def test_a_shuffled_collection_with_second_copies_is_unchanged() -> None:
    content = large_collection(300, second_copies=40).export_csv()
    before = read_collection_export(content, Path("x.csv"))
    header, *rows = content.decode().splitlines(keepends=True)
    random.Random(5).shuffle(rows)
    after = read_collection_export("".join([header, *rows]).encode(), Path("y.csv"))
    assert collection_changes(before, after) == ()
