"""Which file is an export by its name, and which of several counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from musictool_pipeline.core.collection.export_name import ExportFile, is_candidate, newest_export


@pytest.mark.parametrize(
    "name",
    [
        "mo-collection-20240102-0304.csv",
        "mo-collection-20240102-0304 (1).csv",
        "MO-COLLECTION-20240102-0304.CSV",
        "mo-collection-20240102-0304.txt",
        "inventory-collection-20240102-0304.csv",
        "my records.csv",
        "records.tsv",
    ],
)
def test_may_be_an_export(name: str):
    assert is_candidate(Path("data") / name)


@pytest.mark.parametrize(
    "name",
    [
        "mo-wantlist-20240102-0304.csv",
        "mo-inventory-20240102-0304.csv",
        "match_overrides.csv",
        "Match_Overrides.CSV",
        ".mo-collection-20240102-0304.csv",
        ".~lock.mo-collection-20240102-0304.csv#",
        "~$mo-collection-20240102-0304.csv",
        "mo-collection-20240102-0304.csv.crdownload",
        "mo-collection-20240102-0304.csv.part",
        "mo-collection-20240102-0304.xlsx",
        "notes.txt",
        "musictool.duckdb",
    ],
)
def test_is_visibly_no_export(name: str):
    assert not is_candidate(Path("data") / name)


def newest(*files: tuple[str, float]) -> str | None:
    """The name of the newest, asked in both orders: it must not hang on how a folder lists."""
    given_files = [ExportFile(Path("data") / name, modified) for name, modified in files]
    found = newest_export(given_files)
    assert newest_export(reversed(given_files)) == found
    return found.path.name if found else None


def test_the_newest_export_goes_by_the_date_in_its_name():
    """Copying a folder gives an old export the newer time of modification."""
    old, new = "mo-collection-20230102-0304.csv", "mo-collection-20240102-0304.csv"
    assert newest((old, 900.0), (new, 100.0)) == new
    assert newest((new, 1.0), ("mo-collection-20240102-0305.csv", 1.0)) == (
        "mo-collection-20240102-0305.csv"
    )
    assert newest((old, 1.0), ("records.csv", 900.0)) == old
    assert newest((old, 1.0), ("mo-collection-20249999-0304.csv", 900.0)) == old


def test_on_equal_dates_the_later_download_counts_then_time_then_name():
    base = "mo-collection-20240102-0304"
    assert newest((f"{base}.csv", 9.0), (f"{base} (1).csv", 1.0)) == f"{base} (1).csv"
    assert newest((f"{base} (2).csv", 9.0), (f"{base} (10).csv", 1.0)) == f"{base} (10).csv"
    assert newest((f"{base}.csv", 9.0), (f"{base}(1).csv", 1.0)) == f"{base}(1).csv"
    assert newest(("a.csv", 2.0), ("b.csv", 1.0)) == "a.csv"
    assert newest(("a.csv", 1.0), ("b.csv", 1.0)) == "b.csv"


def test_there_may_be_no_export_at_all():
    assert newest() is None
    assert newest(("mo-wantlist-20240102-0304.csv", 1.0), ("match_overrides.csv", 2.0)) is None
