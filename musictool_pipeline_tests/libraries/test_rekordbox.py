"""Rekordbox's XML export: each trap of the format that a real file has sprung."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from musictool_pipeline.libraries.track import LibraryTrack
from musictool_pipeline_tests.libraries.written_libraries import only, read, rekordbox


def track(folder: Path, **values: object) -> LibraryTrack:
    path = folder / "rekordbox.xml"
    path.write_text(rekordbox(values), "utf-8")
    return only(path)


def test_every_field_is_read(tmp_path: Path) -> None:
    found = track(
        tmp_path,
        TrackID="42",
        Name="Löwe",
        Artist="Röyk",
        Album="Tiere",
        Genre="House",
        Kind="MP3-Datei ",
        Size="9123456",
        TotalTime="301",
        AverageBpm="124.00",
        BitRate="320",
        Location="file://localhost/C:/My%20Music/L%C3%B6we%20%231.mp3",
        Remixer="Zebra",
        Tonality="Dbm",
        DateAdded="2021-03-14",
        Label="Tonträger",
        Mix="Zebra Remix",
    )
    assert found == LibraryTrack(
        digital_id=found.digital_id,
        source="rekordbox",
        path=r"C:\My Music\Löwe #1.mp3",
        artist="Röyk",
        title="Löwe",
        remixer="Zebra",
        mix="Zebra Remix",
        album="Tiere",
        label="Tonträger",
        genre="House",
        bpm=124.0,
        musical_key="C#m",
        duration_seconds=301.0,
        file_type="mp3",
        bitrate=320,
        file_size_bytes=9_123_456,
        is_music=True,
        imported_at=datetime(2021, 3, 14),
    )


def test_a_track_with_nothing_but_a_location_is_kept(tmp_path: Path) -> None:
    found = track(tmp_path, Location="file://localhost/Users/me/Artist%20-%20Title.aiff")
    assert (found.path, found.file_type) == ("/Users/me/Artist - Title.aiff", "aiff")
    assert (found.artist, found.title, found.is_music) == (None, None, True)


def test_empty_texts_and_zeros_are_unknown(tmp_path: Path) -> None:
    found = track(tmp_path, Name="T", Artist="", Album=" ", AverageBpm="0.00", TotalTime="0")
    assert (found.artist, found.album, found.bpm, found.duration_seconds) == (None,) * 4
    assert found.is_music


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("file://localhost/C:/100%25%20a+b%3F.mp3", r"C:\100% a+b?.mp3"),
        ("file://localhost/C:/50% off.mp3", r"C:\50% off.mp3"),
        ("file://localhost/Volumes/USB/a.mp3", "/Volumes/USB/a.mp3"),
        ("file:///Users/me/a.mp3", "/Users/me/a.mp3"),
        ("file://nas/music/a.mp3", "//nas/music/a.mp3"),
        ("file://localhost/%ff%fe.mp3", "/\\xff\\xfe.mp3"),
        ("FILE://LOCALHOST/a.mp3", "/a.mp3"),
        ("/Users/me/a.mp3", "/Users/me/a.mp3"),
        ("file://localhost/a%00b.mp3", "/a\\x00b.mp3"),
    ],
)
def test_locations_are_decoded(tmp_path: Path, location: str, path: str) -> None:
    found = track(tmp_path, Location=location)
    assert (found.path, found.is_music) == (path, True)


@pytest.mark.parametrize("address", ["soundcloud:tracks:123", "tidal:tracks:9", "newone:t:1"])
def test_streams_are_no_files_that_one_has(tmp_path: Path, address: str) -> None:
    """A stream that counted as a file would hide a record that is still to be ripped."""
    found = track(tmp_path, Name="T", TotalTime=300, Location=f"file://localhost{address}")
    assert (found.path, found.file_type, found.is_music) == (address, "stream", False)


def test_tracks_of_playlists_are_not_counted_again(tmp_path: Path) -> None:
    playlists = (
        '<PLAYLISTS><NODE Type="0" Name="ROOT"><NODE Type="1" Name="x" KeyType="0">'
        '<TRACK Key="1"/><TRACK Key="1"/></NODE></NODE></PLAYLISTS>'
    )
    path = tmp_path / "a.xml"
    path.write_text(rekordbox({"TrackID": 1, "Name": "T"}, after=playlists))
    assert [found.title for found in read(path)] == ["T"]


def test_tracks_with_beat_grids_inside_are_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    grid = '<TRACK TrackID="1" Name="T"><TEMPO Inizio="0.1" Bpm="124.00"/></TRACK>'
    path.write_text(
        rekordbox({"TrackID": 2, "Name": "U"}).replace("</COLLECTION>", grid + "</COLLECTION>")
    )
    assert [found.title for found in read(path)] == ["U", "T"]
