"""M3U8 playlists: what their two kinds of line can look like."""

from __future__ import annotations

from pathlib import Path

import pytest

from musictool_pipeline.libraries import LibraryError, NotALibrary
from musictool_pipeline_tests.libraries.written_libraries import only, read


def playlist(folder: Path, *lines: str, encoding: str = "utf-8", end: str = "\n") -> Path:
    path = folder / "set.m3u8"
    path.write_bytes("".join(line + end for line in ("#EXTM3U", *lines)).encode(encoding))
    return path


def test_a_playlist_is_read(tmp_path: Path) -> None:
    tracks = read(
        playlist(
            tmp_path,
            "#EXTINF:301,Röyk - Löwe - Dub",
            "/music/a.flac",
            "",
            "#EXTALB:something",
            "bare.mp3",
            "#EXTINF:-1,Only a title",
            r"C:\Music\b.mp3",
        )
    )
    assert [(t.artist, t.title, t.duration_seconds, t.path) for t in tracks] == [
        ("Röyk", "Löwe - Dub", 301, "/music/a.flac"),
        (None, None, None, str(tmp_path / "bare.mp3")),
        (None, "Only a title", None, r"C:\Music\b.mp3"),
    ]
    assert {(t.source, t.is_music) for t in tracks} == {("m3u8", True)}
    assert [t.file_type for t in tracks] == ["flac", "mp3", "mp3"]


@pytest.mark.parametrize(
    ("encoding", "end"), [("utf-8-sig", "\r\n"), ("utf-16", "\n"), ("cp1252", "\r\n")]
)
def test_every_encoding_is_read(tmp_path: Path, encoding: str, end: str) -> None:
    found = only(
        playlist(tmp_path, "#EXTINF:300,Röyk - Löwe", "/a.mp3", encoding=encoding, end=end)
    )
    assert (found.artist, found.title, found.path) == ("Röyk", "Löwe", "/a.mp3")


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("file:///music/a%20b.mp3", "/music/a b.mp3"),
        ("../a.mp3", "{parent}/a.mp3"),
        (r"sub\a.mp3", "{folder}/sub/a.mp3"),
        ("100%25 #1.mp3", "{folder}/100%25 #1.mp3"),
        (r"\\nas\music\a.mp3", r"\\nas\music\a.mp3"),
    ],
)
def test_paths_are_resolved(tmp_path: Path, line: str, path: str) -> None:
    expected = path.format(folder=tmp_path, parent=tmp_path.parent)
    assert only(playlist(tmp_path, line)).path == expected


def test_addresses_are_streams(tmp_path: Path) -> None:
    found = only(playlist(tmp_path, '#EXTINF:300 tvg-id="a,b",A - T', "https://x.example/a.mp3"))
    assert (found.artist, found.title) == ("A", "T")
    assert (found.file_type, found.is_music) == ("stream", False)


def test_a_broadcast_is_no_library(tmp_path: Path) -> None:
    with pytest.raises(NotALibrary, match="broadcast") as caught:
        read(playlist(tmp_path, "#EXT-X-TARGETDURATION:10", "#EXTINF:10,", "part1.ts"))
    assert caught.value.line == 2


def test_a_line_without_end_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="line 2"):
        read(playlist(tmp_path, "a" * 200_000))
