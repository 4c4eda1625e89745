"""VirtualDJ's database: each trap of the format that a real file has sprung."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from musictool_pipeline.libraries.reading import find_libraries
from musictool_pipeline.libraries.track import LibraryTrack
from musictool_pipeline_tests.libraries.written_libraries import (
    attributes,
    only,
    read,
    song,
    virtualdj,
)


def element(name: str, /, **values: object) -> str:
    return f"  <{name}{attributes(values)} />\n"


def track(
    folder: Path, inner: str = "", /, path: str | None = "/a.mp3", **values: object
) -> LibraryTrack:
    file = folder / "database.xml"
    file.write_text(virtualdj(song(path, inner, **values)), "utf-8")
    return only(file)


def test_every_field_is_read(tmp_path: Path) -> None:
    found = track(
        tmp_path,
        element(
            "Tags",
            Author="Röyk",
            Title="Löwe",
            Remix="Zebra Remix",
            Remixer="Zebra",
            Label="Tonträger",
            Genre="House",
            Album="Tiere",
            Bpm="0.5",
            Key="C",
            Flag=1,
        )
        + element("Infos", SongLength="301.5", Bitrate=320, FirstSeen=1615680000, PlayCount=2)
        + "  <Comment>bought</Comment>\n"
        + element("Scan", Version=801, Bpm="0.46875", AltBpm="0.7", Key="Dbm", Flag=32768)
        + element("Poi", Pos="3.39", Type="beatgrid", Bpm="112.7"),
        r"E:/Musik & mehr/Löwe.mp3",
        FileSize=9_123_456,
        Flag=16,
    )
    assert found == LibraryTrack(
        digital_id=found.digital_id,
        source="virtualdj",
        path=r"E:\Musik & mehr\Löwe.mp3",
        artist="Röyk",
        title="Löwe",
        remixer="Zebra",
        mix="Zebra Remix",
        album="Tiere",
        label="Tonträger",
        genre="House",
        bpm=128.0,
        musical_key="C#m",
        duration_seconds=301.5,
        file_type="mp3",
        bitrate=320,
        file_size_bytes=9_123_456,
        is_music=True,
        imported_at=datetime(2021, 3, 14),
    )


@pytest.mark.parametrize(
    ("tags", "scan", "bpm"),
    [
        ("0.46875", None, 128.0),
        ("0.413223", "0.421941", 142.2),
        ("128", None, 128.0),
        ("86.5", "0", 86.5),
        ("5", None, 12.0),
        ("0.01", None, None),
        ("0", "-1", None),
        ("x", None, None),
    ],
)
def test_a_tempo_is_seconds_for_a_beat_and_the_analysis_comes_first(
    tmp_path: Path, tags: str, scan: str | None, bpm: float | None
) -> None:
    """Other programs write beats a minute into the same attribute."""
    inner = element("Tags", Bpm=tags) + (element("Scan", Bpm=scan) if scan else "")
    found = track(tmp_path, inner).bpm
    assert found == bpm if bpm is None else found == pytest.approx(bpm, abs=0.01)


def test_the_key_of_the_tags_counts_if_nothing_was_analysed(tmp_path: Path) -> None:
    assert (
        track(tmp_path, element("Tags", Key="8A") + element("Scan", Bpm="0.5")).musical_key == "Am"
    )


@pytest.mark.parametrize("address", ["netsearch://td1234", "clouddrive://dropbox/a.mp3"])
def test_streams_are_no_files_that_one_has(tmp_path: Path, address: str) -> None:
    """A stream that counted as a file would hide a record that is still to be ripped."""
    found = track(tmp_path, element("Tags", Title="T") + element("Infos", SongLength=300), address)
    assert (found.path, found.file_type, found.is_music) == (address, "stream", False)


def test_a_file_with_a_link_to_a_stream_is_a_file(tmp_path: Path) -> None:
    found = track(tmp_path, element("Link", NetSearch="td1234"))
    assert (found.file_type, found.is_music) == ("mp3", True)


@pytest.mark.parametrize(
    ("path", "inner", "flag"),
    [
        (r"C:\VirtualDJ\Sampler\Siren.vdjsample", "", 16),
        (r"C:\Loops 03.zip\Loops\BT-01.vdjsample", "", 16),
        (r"C:\a.vdjstems", "", 16),
        (r"C:\a.wav", "", 131072 + 16),
        ("/a.mkv", "", 64),
        ("/a.mp4", "", 64),
        ("/A Song/vocals.wav", "", 16),
        ("/a.mp3", "<Comment>Recorded using VirtualDJ on 2023-02-03</Comment>", 16),
        ("/a.mp3", element("Infos", SongLength=12), 16),
    ],
)
def test_what_is_no_music_is_kept_and_never_matched(
    tmp_path: Path, path: str, inner: str, flag: int
) -> None:
    assert not track(tmp_path, inner, path, Flag=flag).is_music


@pytest.mark.parametrize(
    ("path", "inner"),
    [
        ("/Bass.mp3", element("Tags", Author="A", Title="Bass")),
        ("/a.stem.mp4", ""),
        ("/a.mp3", "<Comment>Not recorded using VirtualDJ</Comment>"),
        ("/Best of Vocals.wav", ""),
    ],
)
def test_what_only_looks_alike_is_music(tmp_path: Path, path: str, inner: str) -> None:
    assert track(tmp_path, inner, path).is_music


def test_a_path_with_a_doubled_slash_is_the_same_file(tmp_path: Path) -> None:
    assert track(tmp_path, "", "//Users/me/a.mp3").path == "/Users/me/a.mp3"


def test_songs_of_playlists_are_not_counted_again(tmp_path: Path) -> None:
    path = tmp_path / "database.xml"
    nested = "<Playlists><Playlist><Song FilePath='/a.mp3'/></Playlist></Playlists>"
    path.write_text(virtualdj(song("/a.mp3", "<Song FilePath='/b.mp3'/>"), nested))
    assert [found.path for found in read(path)] == ["/a.mp3"]


def test_a_comment_of_one_song_says_nothing_of_the_next(tmp_path: Path) -> None:
    path = tmp_path / "database.xml"
    path.write_text(
        virtualdj(song("/a.mp3", "<Comment>Recorded using VirtualDJ</Comment>"), song("/b.mp3"))
    )
    assert [found.is_music for found in read(path)] == [False, True]


def test_another_programs_database_xml_is_no_library(tmp_path: Path) -> None:
    """Its name says nothing: a refresh would complain about it each night."""
    for name, content in {"VirtualDJ": virtualdj(song()), "website": "<database/>"}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "database.xml").write_text(content)
    assert find_libraries(tmp_path) == [tmp_path / "VirtualDJ/database.xml"]
