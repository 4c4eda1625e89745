"""Serato's database V2: its fields, and lengths that lie."""

from __future__ import annotations

import struct
from datetime import datetime
from pathlib import Path

import pytest

from musictool_pipeline.libraries.errors import LibraryError, NotALibrary
from musictool_pipeline.libraries.reading import read_library
from musictool_pipeline.libraries.serato import root_of
from musictool_pipeline.libraries.track import LibraryTrack, library_track
from musictool_pipeline_tests.libraries.written_libraries import only, read, record, serato

TRACK = {
    "ttyp": "mp3",
    "pfil": "Users/me/Music/Löwe.mp3",
    "tsng": "Löwe",
    "tart": "Röyk",
    "talb": "Tiere",
    "tgen": "House",
    "trmx": "Zebra",
    "tlbl": "Tonträger",
    "tlen": "04:58.45",
    "tbit": "320.0kbps",
    "tbpm": "124.00",
    "tkey": "Am",
    "ttyr": "1999",
    "uadd": struct.pack(">I", 1_615_723_200),
    "bmis": b"\x01",
    "zzzz": b"\xff",
}


def test_every_field_is_read(tmp_path: Path) -> None:
    path = tmp_path / "database V2"
    path.write_bytes(serato(TRACK))
    found = only(path)
    assert found == LibraryTrack(
        digital_id=found.digital_id,
        source="serato",
        path="/Users/me/Music/Löwe.mp3",
        artist="Röyk",
        title="Löwe",
        remixer="Zebra",
        mix=None,
        album="Tiere",
        label="Tonträger",
        genre="House",
        bpm=124.0,
        musical_key="Am",
        duration_seconds=298.45,
        file_type="mp3",
        bitrate=320,
        file_size_bytes=None,
        is_music=True,
        imported_at=datetime(2021, 3, 14, 12),
    )


def test_when_a_track_came_is_a_number_or_its_digits(tmp_path: Path) -> None:
    path = tmp_path / "database V2"
    path.write_bytes(serato({"pfil": "a", "tadd": "1615723200"}, {"pfil": "b", "uadd": b"\0" * 4}))
    assert [track.imported_at for track in read(path)] == [datetime(2021, 3, 14, 12), None]


def test_paths_start_at_the_disk_that_the_database_lies_on(tmp_path: Path) -> None:
    for place, path in {
        "/Volumes/Stick/_Serato_/database V2": "/Volumes/Stick/",
        "/Users/me/Music/_Serato_/database V2": "/",
        "/Volumes/Stick/Backup/_Serato_/database V2": "/",
        "/Volumes/Stick/database V2": "/",
    }.items():
        assert root_of(Path(place)) == path


def test_an_entry_keeps_the_id_of_seratos_spelling(tmp_path: Path) -> None:
    path = tmp_path / "database V2"
    path.write_bytes(serato({"pfil": "Music/a.mp3"}))
    found = only(path)
    assert found.path == "/Music/a.mp3"
    assert found.digital_id == library_track("serato", path="Music/a.mp3").digital_id


def test_records_between_the_tracks_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "database V2"
    path.write_bytes(
        serato({"tsng": "1"}) + record("osrt", b"x" * 100_000) + serato({"tsng": "2"})[72:]
    )
    assert [track.title for track in read(path)] == ["1", "2"]


def test_a_track_without_tags_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "database V2"
    path.write_bytes(serato({"pfil": "a.wav"}, {}))
    assert [track.path for track in read(path)] == ["/a.wav", None]


@pytest.mark.parametrize(
    "damaged",
    [
        serato(TRACK)[:-1],
        serato(TRACK) + b"otrk",
        serato(TRACK) + b"otrk\xff\xff\xff\xff",
        serato(TRACK) + record("otrk", b"tsng\xff\xff\xff\xffab"),
        serato(TRACK) + record("otrk", b"tsn"),
        serato(TRACK) + record("otrk", bytes(5 * 1024**2)),
    ],
)
def test_a_length_that_lies_is_never_followed(tmp_path: Path, damaged: bytes) -> None:
    path = tmp_path / "database V2"
    path.write_bytes(damaged)
    tracks = read_library(path)
    with pytest.raises(LibraryError, match="damaged at byte"):
        list(tracks)


def test_a_file_cut_short_anywhere_is_never_taken_for_a_whole_one(tmp_path: Path) -> None:
    path = tmp_path / "database V2"
    whole = serato({"tsng": "1"})
    for length in range(73, len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(LibraryError):
            list(read_library(path))


def test_half_a_character_is_no_reason_to_stop(tmp_path: Path) -> None:
    path = tmp_path / "database V2"
    path.write_bytes(serato({"tsng": b"\0T\xd8\x00\0U\0"}))
    assert (only(path).title or "").startswith("T")


def test_a_crate_is_told_from_the_database(tmp_path: Path) -> None:
    path = tmp_path / "x.crate"
    path.write_bytes(serato(version="1.0/Serato ScratchLive Crate"))
    with pytest.raises(NotALibrary, match="crate") as caught:
        read(path)
    assert "database V2" in caught.value.remedy
