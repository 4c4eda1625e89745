"""M3U8 playlists: what their two kinds of line can look like."""

from __future__ import annotations

from pathlib import Path

import pytest

from musictool_pipeline.libraries.errors import LibraryError, NotALibrary
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
    with pytest.raises(NotALibrary, match=r"line 2: .*broadcast"):
        read(playlist(tmp_path, "#EXT-X-TARGETDURATION:10", "#EXTINF:10,", "part1.ts"))


def test_a_line_without_end_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="line 2"):
        read(playlist(tmp_path, "a" * 200_000))


def test_what_virtualdj_says_of_a_path_is_read(tmp_path: Path) -> None:
    """Its paths may say nothing. Each `&` stands as it is, or is written as in XML."""
    tracks = read(
        playlist(
            tmp_path,
            "#EXTVDJ:<time>23:10</time><filesize>9000000</filesize><artist>Röyk & Sons</artist>"
            "<title>Löwe &amp; Tiger</title><remix>Dub</remix><songlength>301.5</songlength>",
            "D:/0001.mp3",
            "#EXTVDJ:<artist></artist><title>Only a title</title><songlength>0</songlength>",
            "D:/0002.mp3",
            "#EXTVDJ:<time>23:19</time><lastplaytime>1</lastplaytime>",
            "D:/0003.mp3",
            "D:/0004.mp3",
        )
    )
    assert [(t.artist, t.title, t.mix, t.duration_seconds) for t in tracks] == [
        ("Röyk & Sons", "Löwe & Tiger", "Dub", 301.5),
        (None, "Only a title", None, None),
        (None, None, None, None),
        (None, None, None, None),
    ]
    assert tracks[0].file_size_bytes == 9_000_000


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("#EXTVDJ:<title>T</title><artist>A</artist><songlength>3:21</songlength>", 201),
        ("#EXTVDJ:<title>T</title><artist>A</artist><songlength>1:03:21.5</songlength>", 3801.5),
        ("#EXTVDJ:<title>T</title><artist>A</artist><songlength>0:00</songlength>", None),
        ("#EXTINF:3:21,A - T", 201),
        ("#EXTINF: 201.0 ,A - T", 201),
        ("#EXTINF:0,A - T", None),
    ],
)
def test_a_length_is_seconds_or_a_clock(tmp_path: Path, line: str, seconds: float | None) -> None:
    """`3:21` is no track of 3 seconds, which would be no music."""
    found = only(playlist(tmp_path, line, "/a.mp3"))
    assert (found.artist, found.title, found.duration_seconds) == ("A", "T", seconds)
    assert found.is_music


def test_artist_and_album_may_have_comments_of_their_own(tmp_path: Path) -> None:
    tracks = read(
        playlist(
            tmp_path,
            "#EXTALB:Tiere",
            "#EXTART:Röyk",
            "#EXTINF:300,Löwe",
            "/1.mp3",
            "#EXTINF:300,Sand - Dune",
            "#EXTALB:",
            "/2.mp3",
        )
    )
    assert [(t.artist, t.title, t.album) for t in tracks] == [
        ("Röyk", "Löwe", "Tiere"),
        ("Sand", "Dune", None),
    ]


def test_a_line_of_invisible_signs_is_no_path(tmp_path: Path) -> None:
    assert only(playlist(tmp_path, "\u200b", "\u00a0", "/a.mp3\u200b")).path == "/a.mp3"


def test_other_comments_describe_nothing(tmp_path: Path) -> None:
    lines = ("#EXTINF:300,A - T", "#EXTVLCOPT:x", "# by hand", "#EXTGENRE:x", "#", "/a.mp3")
    found = only(playlist(tmp_path, *lines))
    assert (found.artist, found.title) == ("A", "T")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_blanks_are_no_paths_whatever_ends_a_line(tmp_path: Path, end: str) -> None:
    lines = ("#EXTINF:300,A - T", "   ", " /a.mp3 \t", "\t", "", "/b.mp3")
    found = read(playlist(tmp_path, *lines, end=end))
    assert [(track.path, track.title) for track in found] == [("/a.mp3", "T"), ("/b.mp3", None)]


@pytest.mark.parametrize("absolute", [True, False])
def test_a_path_written_as_in_a_url_is_the_file_that_is_there(
    tmp_path: Path, absolute: bool
) -> None:
    """Some players write so without a word, and names with a percent sign are as real."""
    folder = tmp_path / "a folder"
    folder.mkdir()
    for name in ("Löwe #1.mp3", "100%25.mp3"):
        (folder / name).touch()
    start = f"{tmp_path}/" if absolute else ""
    encoded = ("a%20folder/L%C3%B6we%20%231.mp3", "a folder/100%25.mp3", "a%20folder/gone.mp3")
    found = read(playlist(tmp_path, *(start + line for line in encoded)))
    assert [track.path for track in found] == [
        str(folder / "Löwe #1.mp3"),
        str(folder / "100%25.mp3"),
        f"{tmp_path}/a%20folder/gone.mp3",
    ]
