"""Engine DJ's m.db: both layouts, what is not merged into it yet, and other databases."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from musictool_pipeline.libraries.errors import NotALibrary
from musictool_pipeline.libraries.track import LibraryTrack
from musictool_pipeline_tests.libraries.written_libraries import (
    ENGINE_2,
    ENGINE_3,
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


def test_streams_are_no_files_that_one_has(tmp_path: Path) -> None:
    stream = {"title": "T", "streamingSource": "Beatport LINK", "uri": "x://1", "length": 300}
    found = only(engine(tmp_path / "m.db", stream))
    assert (found.path, found.file_type, found.is_music) == ("x://1", "stream", False)


def test_values_of_odd_types_are_no_reason_to_stop(tmp_path: Path) -> None:
    odd = {"title": 1999, "artist": b"\xff", "path": "a.mp3", "key": "x", "length": "x", "bpm": -1}
    found = only(engine(tmp_path / "m.db", odd, columns=ENGINE_2.replace(" TEXT", "")))
    assert (found.title, found.artist, found.musical_key, found.bpm) == ("1999", None, None, None)


def test_engine_prime_1_is_named_so(tmp_path: Path) -> None:
    path = engine(tmp_path / "m.db", columns="id INTEGER PRIMARY KEY, path TEXT, length INTEGER")
    with pytest.raises(NotALibrary, match="Engine DJ 2 and later") as caught:
        read(path)
    assert "Engine Prime 1" in caught.value.remedy
