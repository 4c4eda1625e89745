"""Apple Music's and iTunes' Library.xml: each trap of the format."""

from __future__ import annotations

import plistlib
from datetime import datetime
from pathlib import Path

import pytest

from musictool_pipeline.libraries.errors import NotALibrary
from musictool_pipeline.libraries.track import LibraryTrack
from musictool_pipeline_tests.libraries.written_libraries import only, plist, read

FILE = "file:///Users/me/Music/{}"


def tracks(folder: Path, *entries: dict[str, object]) -> list[LibraryTrack]:
    path = folder / "Library.xml"
    path.write_text(plist(*entries), "utf-8")
    return read(path)


def test_every_field_is_read(tmp_path: Path) -> None:
    entry = {
        "Track ID": 1,
        "Persistent ID": "A1",
        "Name": "Löwe & Tiger",
        "Artist": "Röyk",
        "Album": "Tiere",
        "Genre": "House",
        "Kind": "MPEG-Audiodatei",
        "Size": 9123456,
        "Total Time": 301500,
        "BPM": 124,
        "Date Added": "2021-03-14T12:00:00Z",
        "Bit Rate": 256,
        "Track Type": "File",
        "Location": "file://localhost/C:/My%20Music/L%C3%B6we.m4a",
    }
    [found] = tracks(tmp_path, entry)
    assert found == LibraryTrack(
        digital_id=found.digital_id,
        source="apple_music",
        path=r"C:\My Music\Löwe.m4a",
        artist="Röyk",
        title="Löwe & Tiger",
        remixer=None,
        mix=None,
        album="Tiere",
        label=None,
        genre="House",
        bpm=124.0,
        musical_key=None,
        duration_seconds=301.5,
        file_type="m4a",
        bitrate=256,
        file_size_bytes=9_123_456,
        is_music=True,
        imported_at=datetime(2021, 3, 14, 12),
    )


def test_a_property_list_as_the_standard_library_writes_it_is_read(tmp_path: Path) -> None:
    """Written by somebody else's code, with every type of value, and nested ones."""
    path = tmp_path / "Library.xml"
    entry = {"Name": "T", "Rating": 4.5, "Compilation": True, "Artwork": b"x" * 99, "L": [{"a": 1}]}
    path.write_bytes(plistlib.dumps({"Tracks": {"1": entry, "2": {"Name": "U"}}, "Playlists": []}))
    assert [found.title for found in read(path)] == ["T", "U"]


def test_dictionaries_elsewhere_are_no_tracks(tmp_path: Path) -> None:
    path = tmp_path / "Library.xml"
    after = (
        "<key>Other</key><dict><key>1</key><dict><key>Name</key><string>no</string></dict></dict>"
        "<key>Playlists</key><array><dict><key>Name</key><string>p</string><key>Playlist Items"
        "</key><array><dict><key>Track ID</key><integer>1</integer></dict></array></dict></array>"
    )
    path.write_text(plist({"Name": "T"}, after=after))
    assert only(path).title == "T"


def test_tracks_in_the_cloud_have_no_path_and_stay_apart(tmp_path: Path) -> None:
    cloud: dict[str, object] = {"Name": "T", "Artist": "A", "Track Type": "Remote"}
    found = tracks(
        tmp_path,
        {"Persistent ID": "1", **cloud},
        {"Persistent ID": "2", **cloud},
        {"Persistent ID": "3", "Apple Music": True, **cloud},
    )
    assert [track.path for track in found] == [None] * 3
    assert len({track.digital_id for track in found}) == 3
    assert [track.is_music for track in found] == [True, True, False]


@pytest.mark.parametrize(
    ("entry", "is_music"),
    [
        ({"Kind": "Apple Music AAC audio file", "Track Type": "Remote"}, False),
        ({"Kind": "Apple Music-AAC-Audiodatei", "Location": FILE.format("a.m4p")}, False),
        ({"Kind": "Fichier audio AAC Apple\u00a0Music", "Track Type": "Remote"}, False),
        ({"Kind": "Apple Music AACオーディオファイル", "Track Type": "Remote"}, False),
        ({"Kind": "Apple Musicin AAC-äänitiedosto", "Track Type": "Remote"}, False),
        ({"Kind": "来自Apple Music的AAC音频文件", "Track Type": "Remote"}, False),
        ({"Kind": "?", "Apple Music": True, "Location": FILE.format("a.m4p")}, False),
        ({"Kind": "Apple-Music-AAC-lydfil", "Track Type": "Remote"}, False),
        ({"Kind": "AppleMusic AAC 오디오 파일", "Track Type": "Remote"}, False),
        ({"Kind": "ملف صوتي AAC من Apple\u202fMusic", "Track Type": "Remote"}, False),
        ({"Kind": "?", "Location": FILE.format("Media/Apple%20Music/A/B/a.m4p")}, False),
        ({"Kind": "?", "Location": FILE.format("Media/Music/A/B/a.m4p")}, True),
        ({"Kind": "Matched AAC audio file", "Matched": True, "Track Type": "Remote"}, True),
        ({"Kind": "Matched AAC audio file", "Matched": True, "Apple Music": True}, True),
        ({"Kind": "Protected AAC audio file", "Location": FILE.format("a.m4p")}, True),
        ({"Kind": "AAC-Audiodatei (gekauft)", "Apple Music": False}, True),
        ({"Kind": "MPEG audio file", "Location": FILE.format("Apple%20Music/a.mp3")}, True),
    ],
)
def test_what_is_rented_is_not_owned(
    tmp_path: Path, entry: dict[str, object], is_music: bool
) -> None:
    """It ends with the subscription, downloaded or not. What was bought or uploaded stays."""
    [found] = tracks(tmp_path, {"Name": "Apple Music", "Album": "Apple Music"} | entry)
    assert found.is_music is is_music


@pytest.mark.parametrize(
    "entry",
    [
        {"Location": FILE.format("booklet.pdf"), "Kind": "PDF-Dokument"},
        {"Kind": "PDF document"},
        {"Location": FILE.format("novel.epub")},
        {"Kind": "Purchased book"},
        {"Location": FILE.format("game.ipa"), "Kind": "iPhone/iPod touch app"},
    ],
)
def test_what_is_no_audio_at_all_is_left_out(tmp_path: Path, entry: dict[str, object]) -> None:
    assert tracks(tmp_path, {"Name": "T"} | entry) == []


@pytest.mark.parametrize(
    "entry",
    [
        {"Track Type": "URL", "Location": "http://radio.example/live", "Kind": "Internet-Stream"},
        {"Kind": "MPEG audio stream"},
        {"Location": FILE.format("clip.m4v"), "Has Video": True},
        {"Location": FILE.format("clip.mp4"), "Music Video": True},
        {"Location": FILE.format("clip.mp4"), "Kind": "MPEG-4 video file"},
        {"Kind": "Purchased MPEG-4 video file", "Track Type": "Remote"},
        {"Location": FILE.format("clip.mp4"), "Kind": "MPEG-4-Videodatei"},
        {"Location": FILE.format("clip.mp4"), "Kind": "Fichier vide\u0301o MPEG-4"},
        {"Location": FILE.format("clip.mp4"), "Kind": "MPEG-4 ビデオファイル"},
        {"Location": FILE.format("clip.mp4"), "Kind": "QuickTime movie file"},
        {"Location": FILE.format("clip.mp4"), "Kind": "?", "Video Width": 640},
        {"Location": FILE.format("tale.m4b"), "Kind": "Hörbuch"},
        {"Location": FILE.format("ding.mp3"), "Total Time": 2500},
    ],
)
def test_what_is_no_music_is_kept_and_marked(tmp_path: Path, entry: dict[str, object]) -> None:
    [found] = tracks(tmp_path, {"Name": "T"} | entry)
    assert not found.is_music


@pytest.mark.parametrize("title", ["Book of Love", "Mainstream", "PDF", "Video Killed", "Movie"])
def test_words_in_titles_decide_nothing(tmp_path: Path, title: str) -> None:
    [found] = tracks(tmp_path, {"Name": title, "Kind": "MPEG audio file", "Has Video": False})
    assert found.is_music


def test_an_mp4_of_sound_alone_is_music(tmp_path: Path) -> None:
    """Stems, and what was bought long ago, end so as well."""
    entry: dict[str, object] = {"Name": "T", "Kind": "MPEG-4-Audiodatei", "Video Width": 0}
    [found] = tracks(tmp_path, entry | {"Location": FILE.format("a.mp4")})
    assert found.is_music


def test_the_album_artist_stands_in(tmp_path: Path) -> None:
    assert tracks(tmp_path, {"Name": "T", "Album Artist": "A"})[0].artist == "A"


def test_another_property_list_is_no_library(tmp_path: Path) -> None:
    path = tmp_path / "Info.xml"
    path.write_bytes(plistlib.dumps({"CFBundleName": "x"}))
    with pytest.raises(NotALibrary, match="no Tracks"):
        read(path)
