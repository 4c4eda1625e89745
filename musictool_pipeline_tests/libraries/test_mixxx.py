"""Mixxx's mixxxdb.sqlite: its fields, its keys, and what is not part of the library."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from musictool_pipeline.libraries.track import LibraryTrack
from musictool_pipeline_tests.libraries.written_libraries import MIXXX, mixxx, only, read

TRACK = {
    "file.location": "C:/Music/Löwe.flac",
    "file.filename": "Löwe.flac",
    "file.directory": "C:/Music",
    "file.filesize": 9_123_456,
    "file.fs_deleted": 1,
    "artist": "Röyk",
    "title": "Löwe",
    "album": "Tiere",
    "genre": "House",
    "duration": 301.5,
    "bitrate": 900,
    "bpm": 124.02,
    "key": "D♯m/E♭m",
    "key_id": 22,
    "filetype": "flac",
    "datetime_added": "2021-03-14T12:00:00.000Z",
    "mixxx_deleted": 0,
}


@pytest.mark.parametrize("length", ["FLOAT", "INTEGER"])
def test_every_field_is_read(tmp_path: Path, length: str) -> None:
    schema = MIXXX.replace("duration FLOAT", f"duration {length}")
    found = only(mixxx(tmp_path / "mixxxdb.sqlite", TRACK, schema=schema))
    assert found == LibraryTrack(
        digital_id=found.digital_id,
        source="mixxx",
        path=r"C:\Music\Löwe.flac",
        artist="Röyk",
        title="Löwe",
        remixer=None,
        mix=None,
        album="Tiere",
        label=None,
        genre="House",
        bpm=124.02,
        musical_key="Am",
        duration_seconds=301.5,
        file_type="flac",
        bitrate=900,
        file_size_bytes=9_123_456,
        is_music=True,
        imported_at=datetime(2021, 3, 14, 12),
    )


@pytest.mark.parametrize(
    ("key_id", "key", "expected"),
    [
        (22, "8m", "Am"),
        (1, "", "C"),
        (24, None, "Bm"),
        (0, "D m", "Dm"),
        (None, "10B D", "D"),
        (25, "F♯/G♭", "F#"),
        (0, "?", None),
        ("x", b"Am", None),
    ],
)
def test_the_number_of_the_key_comes_before_its_text(
    tmp_path: Path, key_id: object, key: object, expected: str | None
) -> None:
    found = only(mixxx(tmp_path / "m.sqlite", {"title": "T", "key_id": key_id, "key": key}))
    assert found.musical_key == expected


def test_unknown_is_nothing_and_nothing_is_unknown(tmp_path: Path) -> None:
    """It is NULL in some databases, '' in others, and 0 of numbers."""
    path = mixxx(
        tmp_path / "m.sqlite",
        {"file.location": "/a.mp3", "artist": "", "album": None, "bpm": 0.0, "duration": 0},
    )
    found = only(path)
    assert (found.artist, found.album, found.bpm, found.duration_seconds) == (None,) * 4
    assert found.is_music


def test_hidden_tracks_are_not_part_of_the_library(tmp_path: Path) -> None:
    path = mixxx(
        tmp_path / "m.sqlite",
        {"title": "hidden", "mixxx_deleted": 1},
        {"title": "shown", "mixxx_deleted": 0},
        {"title": "old", "mixxx_deleted": None},
    )
    assert [track.title for track in read(path)] == ["shown", "old"]


def test_other_programs_libraries_are_not_read(tmp_path: Path) -> None:
    path = mixxx(tmp_path / "m.sqlite", {"title": "mine"})
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO itunes_library (title, location) VALUES ('its', '/i.mp3')")
    assert [track.title for track in read(path)] == ["mine"]


def test_a_track_without_a_file_keeps_its_id(tmp_path: Path) -> None:
    path = mixxx(tmp_path / "m.sqlite", {"id": 7, "title": "T"})
    [before] = read(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE library SET title = 'U'")
    [after] = read(path)
    assert (before.path, before.digital_id, after.title) == (None, after.digital_id, "U")


def test_samples_are_kept_and_are_no_music(tmp_path: Path) -> None:
    path = mixxx(tmp_path / "m.sqlite", {"title": "kick", "duration": 1.2}, {"duration": 30})
    assert [track.is_music for track in read(path)] == [False, True]


def test_when_a_track_came_has_two_forms(tmp_path: Path) -> None:
    path = mixxx(
        tmp_path / "m.sqlite",
        {"datetime_added": "2021-03-14 12:00:00"},
        {"datetime_added": "2021-03-14T13:00:00+01:00"},
        {"datetime_added": "yesterday"},
    )
    at_noon = datetime(2021, 3, 14, 12)
    assert [track.imported_at for track in read(path)] == [at_noon, at_noon, None]


def test_paths_of_other_drives_stay_whole(tmp_path: Path) -> None:
    places = ["/Volumes/Stick/a.mp3", "D:/a.mp3", "//nas/music/a.mp3", "/media/me/x/a.mp3"]
    path = mixxx(tmp_path / "m.sqlite", *({"file.location": place} for place in places))
    assert [track.path for track in read(path)] == [places[0], "D:\\a.mp3", *places[2:]]


def test_values_of_odd_types_are_no_reason_to_stop(tmp_path: Path) -> None:
    odd = {"title": 1999, "artist": b"\xff", "bpm": "x", "duration": b"", "bitrate": -1}
    found = only(mixxx(tmp_path / "m.sqlite", odd | {"file.location": b"/a"}))
    assert (found.title, found.artist, found.bpm, found.path) == ("1999", None, None, None)
