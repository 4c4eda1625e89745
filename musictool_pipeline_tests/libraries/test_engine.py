"""Engine DJ's m.db: both layouts, what is not merged into it yet, and other databases."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from musictool_pipeline.libraries import LibraryError, LibraryTrack, NotALibrary, read_library
from musictool_pipeline_tests.libraries.written_libraries import (
    ENGINE_2,
    ENGINE_3,
    add_to_engine,
    engine,
    only,
    read,
)

TRACK = {
    "length": 301,
    "bpm": 124,
    "bpmAnalyzed": 124.02,
    "path": "../Music/Löwe.flac",
    "filename": "Löwe.flac",
    "bitrate": 900,
    "fileBytes": 9_123_456,
    "title": "Löwe",
    "artist": "Röyk",
    "album": "Tiere",
    "genre": "House",
    "label": "Tonträger",
    "remixer": "Zebra",
    "key": 1,
    "fileType": "flac",
    "isAvailable": 0,
    "dateAdded": 1_615_723_200,
}


@pytest.mark.parametrize("columns", [ENGINE_2, ENGINE_3])
def test_every_field_is_read(tmp_path: Path, columns: str) -> None:
    path = engine(tmp_path / "Engine Library/Database2/m.db", TRACK, columns=columns)
    found = only(path)
    assert found == LibraryTrack(
        digital_id=found.digital_id,
        source="engine",
        path=str(tmp_path / "Music/Löwe.flac"),
        artist="Röyk",
        title="Löwe",
        remixer="Zebra",
        mix=None,
        album="Tiere",
        label="Tonträger",
        genre="House",
        bpm=124.02,
        musical_key="Am",
        duration_seconds=301.0,
        file_type="flac",
        bitrate=900,
        file_size_bytes=9_123_456,
        is_music=True,
        imported_at=datetime(2021, 3, 14, 12),
    )


def test_the_path_of_a_database_that_was_moved_stays_as_written(tmp_path: Path) -> None:
    assert only(engine(tmp_path / "m.db", TRACK)).path == "../Music/Löwe.flac"


def test_the_folder_of_the_program_will_do(tmp_path: Path) -> None:
    engine(tmp_path / "Engine Library/Database2/m.db", TRACK)
    assert only(tmp_path / "Engine Library").title == "Löwe"


def test_what_is_not_merged_yet_is_read_and_left_where_it_is(tmp_path: Path) -> None:
    """While Engine runs, the newest tracks are in the file beside the database."""
    path = engine(tmp_path / "m.db", TRACK)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        with connection:
            add_to_engine(connection, {"title": "new", "path": "n.mp3"})
        before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
        assert before["m.db-wal"]
        assert [track.title for track in read_library(path)] == ["Löwe", "new"]
        assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_the_copy_is_made_where_it_may_be_and_is_gone_afterwards(tmp_path: Path) -> None:
    path = engine(tmp_path / "library/m.db", TRACK)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    tracks = read_library(path, scratch=scratch)
    next(tracks)
    assert [file.name for file in scratch.rglob("*.db")] == ["m.db"]
    assert list(tracks) == []
    assert list(scratch.iterdir()) == []


def test_a_scratch_folder_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="cannot be copied"):
        list(read_library(engine(tmp_path / "m.db"), scratch=tmp_path / "gone"))


def test_streams_are_no_files_that_one_has(tmp_path: Path) -> None:
    stream = {"title": "T", "streamingSource": "Beatport LINK", "uri": "x://1", "length": 300}
    found = only(engine(tmp_path / "m.db", stream))
    assert (found.path, found.file_type, found.is_music) == ("x://1", "stream", False)


def test_values_of_odd_types_are_no_reason_to_stop(tmp_path: Path) -> None:
    odd = {"title": 1999, "artist": b"\xff", "path": "a.mp3", "key": "x", "length": "x", "bpm": -1}
    found = only(engine(tmp_path / "m.db", odd, columns=ENGINE_2.replace(" TEXT", "")))
    assert (found.title, found.artist, found.musical_key, found.bpm) == ("1999", None, None, None)


def test_a_database_of_another_program_is_named_so(tmp_path: Path) -> None:
    path = tmp_path / "mixxxdb.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE library (id)")
    with pytest.raises(NotALibrary, match="no table Track"):
        read(path)


def test_engine_prime_1_is_named_so(tmp_path: Path) -> None:
    path = engine(tmp_path / "m.db", columns="id INTEGER PRIMARY KEY, path TEXT, length INTEGER")
    with pytest.raises(NotALibrary, match="Engine Prime 1"):
        read(path)


def test_a_view_in_place_of_the_table_is_not_run(tmp_path: Path) -> None:
    """A view can be a question that never ends."""
    path = tmp_path / "m.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "CREATE VIEW Track AS WITH RECURSIVE n(title) AS (SELECT 1 UNION ALL SELECT title + 1 "
            "FROM n) SELECT title, '' AS artist, '' AS path FROM n"
        )
    with pytest.raises(NotALibrary):
        read(path)


@pytest.mark.parametrize("keep", [16, 100, 5000])
def test_a_damaged_database_is_an_error_and_not_an_empty_library(tmp_path: Path, keep: int) -> None:
    path = engine(tmp_path / "m.db", *([TRACK] * 100))
    content = path.read_bytes()
    path.write_bytes(content[:keep] + b"\xff" * (len(content) - keep))
    with pytest.raises(LibraryError):
        read(path)
