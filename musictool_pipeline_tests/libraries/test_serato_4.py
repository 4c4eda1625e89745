"""Serato 4's master.sqlite: its fields, its disks, and the database V2 that it left behind."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from musictool_pipeline.libraries.reading import each_once, find_libraries
from musictool_pipeline.libraries.recognise import libraries_at
from musictool_pipeline.libraries.serato_4 import root_of
from musictool_pipeline.libraries.track import LibraryTrack
from musictool_pipeline_tests.libraries.written_libraries import (
    SERATO_4_MASTER,
    SERATO_4_OF_A_DISK,
    only,
    read,
    serato,
    serato_4,
    wav,
)

TRACK = {
    "portable_id": "Users/me/Music/Löwe.flac",
    "file_name": "Löwe.flac",
    "file_size": 9_123_456,
    "file_bit_rate": 900.4,
    "type": "flac",
    "artist": "Röyk",
    "name": "Löwe",
    "album": "Tiere",
    "label": "Tonträger",
    "remixer": "Zebra",
    "genre": "House",
    "key": "1m",
    "bpm": 124.02,
    "length_ms": 301_530,
    "length_sec": 301,
    "time_added": 1_615_723_200,
    "is_missing": 1,
}


def test_every_field_is_read(tmp_path: Path) -> None:
    found = only(serato_4(tmp_path / "master.sqlite", TRACK | {"key_value": 7}))
    assert found == LibraryTrack(
        digital_id=found.digital_id,
        source="serato_4",
        path="/Users/me/Music/Löwe.flac",
        artist="Röyk",
        title="Löwe",
        remixer="Zebra",
        mix=None,
        album="Tiere",
        label="Tonträger",
        genre="House",
        bpm=124.02,
        musical_key="Am",
        duration_seconds=301.53,
        file_type="flac",
        bitrate=900,
        file_size_bytes=9_123_456,
        is_music=True,
        imported_at=datetime(2021, 3, 14, 12),
    )


@pytest.mark.parametrize(
    ("key_value", "key", "expected"),
    [
        (0, "C", "G#m"),
        (19, "", "C"),
        (23, "Am", "E"),
        (-1, "Gm", "Gm"),
        (-1, "1m", "Am"),
        (24, "", None),
        ("x", "8A", "Am"),
    ],
)
def test_the_number_of_the_key_comes_before_its_text(
    tmp_path: Path, key_value: object, key: str, expected: str | None
) -> None:
    found = only(serato_4(tmp_path / "m.sqlite", TRACK | {"key_value": key_value, "key": key}))
    assert found.musical_key == expected


@pytest.mark.parametrize(
    ("lengths", "seconds"),
    [((None, 301), 301.0), ((301_530, None), 301.53), ((0, 301), 301.0), ((None, None), None)],
)
def test_either_length_may_be_missing(
    tmp_path: Path, lengths: tuple[object, object], seconds: float | None
) -> None:
    given = dict(zip(("length_ms", "length_sec"), lengths, strict=True))
    assert only(serato_4(tmp_path / "m.sqlite", TRACK | given)).duration_seconds == seconds


def test_each_disk_has_its_own_root(tmp_path: Path) -> None:
    path = serato_4(
        tmp_path / "master.sqlite",
        {"portable_id": "Users/me/a.mp3", "location_id": 1},
        {"portable_id": "Music/a.mp3", "location_id": 2},
        {"portable_id": "Music/b.mp3", "location_id": 3},
        {"portable_id": "Music/c.mp3", "location_id": None},
    )
    assert [track.path for track in read(path)] == [
        "/Users/me/a.mp3",
        "/Volumes/Stick/Music/a.mp3",
        "Music/b.mp3",
        "Music/c.mp3",
    ]


@pytest.mark.parametrize(
    ("database", "root"),
    [
        ("/Users/me/Library/Application Support/Serato/Library/root.sqlite", "/"),
        (r"C:\Users\me\AppData\Local\Serato\Library\root.sqlite", "C:/"),
        ("C:/Users/me/AppData/Local/Serato/Library/root.sqlite", "C:/"),
        ("/Volumes/Stick/_Serato_/Library/location.sqlite", "/Volumes/Stick/"),
        ("/media/me/Stick/_Serato_/Library/location.sqlite", "/media/me/Stick/"),
        (r"E:\_Serato_\Library\location.sqlite", "E:\\"),
        ("E:/_serato_/library/location.sqlite", "E:/"),
        ("/Users/me/MusicTool/data/location.sqlite", None),
        ("", None),
    ],
)
def test_the_place_of_a_disks_database_tells_the_disk(database: str, root: str | None) -> None:
    assert root_of(database) == root


def test_the_place_of_a_disk_may_be_written_as_a_url(tmp_path: Path) -> None:
    path = serato_4(tmp_path / "master.sqlite", TRACK | {"portable_id": "Music/a.mp3"})
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "UPDATE connection SET database_uri = ? WHERE location_id = 1",
            ["file:///E:/_Serato_/Library/location.sqlite"],
        )
    assert only(path).path == r"E:\Music\a.mp3"


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (
            "ALTER TABLE connection RENAME TO link; CREATE VIEW location_connections AS "
            "SELECT database_uri, location_id FROM link;",
            "/Volumes/Stick/Music/a.mp3",
        ),
        ("ALTER TABLE connection RENAME COLUMN location_id TO at;", "Music/a.mp3"),
        ("DROP TABLE connection;", "Music/a.mp3"),
    ],
)
def test_the_disks_may_stand_in_a_view_or_nowhere(
    tmp_path: Path, schema: str, expected: str
) -> None:
    """A track is worth more than the place of its file."""
    track = {"portable_id": "Music/a.mp3", "location_id": 2}
    path = serato_4(tmp_path / "master.sqlite", track, schema=SERATO_4_MASTER + schema)
    assert only(path).path == expected


def test_the_database_of_a_disk_is_read_too(tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    path = stick / "_Serato_/Library/location.sqlite"
    serato_4(path, {"portable_id": "Music/a.mp3"}, schema=SERATO_4_OF_A_DISK)
    assert only(path).path == f"{stick}/Music/a.mp3"
    for folder in (stick, stick / "_Serato_"):
        assert [(str(format), where) for format, where in libraries_at(folder)] == [
            ("serato_4", path)
        ]


def test_a_copy_of_a_disks_database_does_not_tell_its_disk(tmp_path: Path) -> None:
    path = tmp_path / "location.sqlite"
    serato_4(path, {"portable_id": "Music/a.mp3"}, schema=SERATO_4_OF_A_DISK)
    assert only(path).path == "Music/a.mp3"


def test_streams_are_no_files_that_one_has(tmp_path: Path) -> None:
    found = only(serato_4(tmp_path / "m.sqlite", TRACK | {"portable_id": "streaming://tidal/1"}))
    assert (found.path, found.file_type, found.is_music) == ("streaming://tidal/1", "stream", False)


def test_a_track_without_tags_and_file_is_kept(tmp_path: Path) -> None:
    path = serato_4(tmp_path / "m.sqlite", {"portable_id": "a.mp3"}, {})
    assert [(track.path, track.title) for track in read(path)] == [("/a.mp3", None), (None, None)]


def test_values_of_odd_types_are_no_reason_to_stop(tmp_path: Path) -> None:
    schema = SERATO_4_MASTER.replace(" TEXT NOT NULL", "")
    odd = {"portable_id": b"\xff", "name": 1999, "artist": b"\xff", "bpm": "x", "location_id": "x"}
    found = only(serato_4(tmp_path / "m.sqlite", odd, schema=schema))
    assert (found.path, found.title, found.artist, found.bpm) == (None, "1999", None, None)


# --- The database V2 that it left behind ----------------------------------------------------------


def old(folder: Path) -> Path:
    path = folder / "database V2"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(serato({"pfil": "old.mp3"}))
    return path


@pytest.mark.parametrize(
    ("old_place", "new_place"),
    [
        ("Music/_Serato_", "Library/Application Support/Serato/Library/master.sqlite"),
        ("Music/_Serato_", "AppData/Local/Serato/Library/master.sqlite"),
        ("stick/_Serato_", "stick/_Serato_/Library/location.sqlite"),
        ("copies", "copies/master.sqlite"),
    ],
)
def test_the_newer_library_counts_and_the_old_one_does_not(
    tmp_path: Path, old_place: str, new_place: str
) -> None:
    """What was deleted since the update would count as owned for ever."""
    before = old(tmp_path / old_place)
    assert [str(format) for format, _ in libraries_at(before.parent)] == ["serato"]
    after = serato_4(tmp_path / new_place, TRACK)
    assert libraries_at(before.parent)[0][1] == after
    assert each_once([before, after]) == [after]
    assert each_once([after, before]) == [after]
    assert each_once([before]) == [before], "given alone, it is wanted"


def test_anothers_newer_library_hides_nothing(tmp_path: Path) -> None:
    before = old(tmp_path / "stick/_Serato_")
    after = serato_4(tmp_path / "home/Library/Application Support/Serato/Library/master.sqlite")
    assert each_once([before, after]) == [before, after]
    assert [str(format) for format, _ in libraries_at(tmp_path / "stick")] == ["serato"]


def test_what_only_bears_the_newer_ones_name_hides_nothing(tmp_path: Path) -> None:
    before = old(tmp_path / "_Serato_")
    (tmp_path / "_Serato_/master.sqlite").write_text("<html>")
    assert libraries_at(tmp_path / "_Serato_")[0][1] == before


def test_a_folder_of_music_has_the_newer_library_beside_its_files(tmp_path: Path) -> None:
    old(tmp_path / "Music/_Serato_")
    after = serato_4(tmp_path / "Library/Application Support/Serato/Library/master.sqlite", TRACK)
    (tmp_path / "Music/a.wav").write_bytes(wav())
    music = tmp_path / "Music"
    assert [where for _, where in libraries_at(music)] == [after, music]
    assert each_once([after, music]) == [music]


def test_of_both_in_the_data_folder_the_newer_one_is_found(tmp_path: Path) -> None:
    old(tmp_path)
    assert find_libraries(tmp_path) == [tmp_path / "database V2"]
    after = serato_4(tmp_path / "master.sqlite", TRACK)
    assert find_libraries(tmp_path) == [after]
