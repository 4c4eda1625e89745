"""What is said of the digital libraries: the truth about each that is there, was, or never was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from musictool_pipeline.queries.library_remarks import library_remarks
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline.tables.library import load_digital_tracks

LIST = "artist,title\nGoldie,Inner City Life\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "data").mkdir()
    return Settings(root=tmp_path, data_dir=tmp_path / "data")


def remarks(settings: Settings, *, read: bool = True) -> tuple[str, ...]:
    warehouse = Warehouse(settings.database)
    if read:
        load_digital_tracks(warehouse, settings)
    with warehouse.read() as connection:
        return library_remarks(connection, settings)


def test_nothing_is_said_where_all_is_well(settings: Settings) -> None:
    (settings.data_dir / "mine.csv").write_text(LIST)
    assert remarks(settings) == ()


def test_without_a_library_it_says_how_to_add_one(settings: Settings) -> None:
    (remark,) = remarks(settings)
    assert remark.startswith("No digital library was read yet, so nothing can be owned. Run `music")
    assert "MUSICTOOL_DIGITAL_LIBRARY" in remark


def test_one_that_lies_there_unread_is_not_asked_for_again(settings: Settings) -> None:
    """A user who has just put it there would read that it is missing, and look for another
    mistake."""
    library = settings.data_dir / "mine.csv"
    library.write_text(LIST)
    (remark,) = remarks(settings, read=False)
    assert f"{library} was not read yet. Run `musictool refresh`." in remark
    assert "Put a " not in remark


def test_of_one_that_is_cut_short_it_says_that_and_what_to_do(settings: Settings) -> None:
    """ "Put one into the data folder", while one lies there, sends its owner the wrong way."""
    library = settings.data_dir / "collection.nml"
    library.write_text('<?xml version="1.0"?>\n<NML VERSION="19"><COLLECTION ENTRIES="1"><ENTRY')
    (remark,) = remarks(settings)
    what, remedy = remark.split("\n")
    assert str(library) in what
    assert what.endswith("; nothing in it counts as owned until it can be read")
    assert "Export or save the library again" in remedy


def test_of_one_that_is_gone_it_says_that_its_last_entries_count(settings: Settings) -> None:
    """They grow old unnoticed: a disk may be off for months."""
    library = settings.data_dir / "mine.csv"
    library.write_text(LIST)
    named = replace(settings, digital_libraries=(library,))
    assert remarks(named) == ()
    library.unlink()
    (remark,) = remarks(named)
    assert remark.startswith(
        f"Digital library not found: {library}; using its last good reading (1 entry)\n"
    )
    assert "connect the disk" in remark


def test_one_without_music_is_named(settings: Settings) -> None:
    library = settings.data_dir / "mine.csv"
    library.write_text("artist,title\n")
    (remark,) = remarks(settings)
    assert remark == f"Nothing can be owned: there is no music in {library}."
