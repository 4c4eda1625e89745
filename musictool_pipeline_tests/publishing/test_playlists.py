"""Playlists that open again through our own readers, with the same tracks in the same order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.libraries.reading import read_library
from musictool_pipeline.libraries.recognise import libraries_at
from musictool_pipeline.libraries.track import LibraryTrack, as_text
from musictool_pipeline.publishing.file_paths import FilePath, file_path
from musictool_pipeline.publishing.playlists import (
    FORMATS,
    WRITTEN_BY,
    Playlist,
    PlaylistTrack,
    file_stem,
    m3u8_bytes,
    rekordbox_bytes,
    traktor_bytes,
)

KINDS = {".m3u8": "m3u8", ".nml": "traktor", ".xml": "rekordbox"}

PATHS = [
    "C:/Music/Böhm & Söhne - 100% #1.mp3",
    "D:\\Crate\\a;b 'c' [d].flac",
    "\\\\nas\\music\\House & More\\é.aiff",
    "/home/dj/Music/a:b <c> \"d\".mp3",
    "/Users/dj/Music/坂本龍一 - 千のナイフ.wav",
    "/Volumes/USB Stick/one?.stem.mp4",
    "/music/%41 is not A.mp3",
    "/music/#hash first.mp3",
    "/music/trailing blank.mp3 ",
    "/music/two\nlines.mp3",
]  # fmt: skip


def where(path: str, source: str = "folder") -> FilePath:
    found = file_path(path, source)
    assert found is not None
    return found


def track(path: str, artist: str | None = "Ann", title: str | None = "Alone") -> PlaylistTrack:
    return PlaylistTrack(where(path), artist, title, artist, title)


EVERY_PATH = Playlist(
    "folder Häuser & <mehr>",
    [track(path, "Ann & Bob", f'No. {number} "Mix" <x> ü') for number, path in enumerate(PATHS)],
)


def opened(playlist: Playlist, suffix: str, folder: Path) -> list[LibraryTrack]:
    path = folder / f"playlist{suffix}"
    path.write_bytes(FORMATS[suffix](playlist))
    assert [(it.kind, where) for it, where in libraries_at(path)] == [(KINDS[suffix], path)]
    return list(read_library(path))


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_same_tracks_in_the_same_order(suffix: str, tmp_path: Path) -> None:
    read = opened(EVERY_PATH, suffix, tmp_path)
    assert [where(each.path or "", each.source) for each in read] == [
        each.path for each in EVERY_PATH.tracks
    ]
    assert [(each.artist, each.title) for each in read] == [
        (each.artist, each.title) for each in EVERY_PATH.tracks
    ]


def test_every_tag_arrives(tmp_path: Path) -> None:
    tags = {
        "artist": "Ann",
        "title": "Alone",
        "remixer": "Bob",
        "mix": "Dub",
        "album": "First",
        "label": "Label & Co",
        "genre": "Jungle",
        "duration_seconds": 301.25,
        "bitrate": 320,
        "file_size_bytes": 10 * 1024**2,
    }
    full = PlaylistTrack(where("/a.mp3"), "Ann", "Alone", **tags)
    for suffix, seconds in ((".nml", 301.25), (".xml", 301.0)):
        [read] = opened(Playlist("p", [full]), suffix, tmp_path)
        assert {name: getattr(read, name) for name in tags} == tags | {"duration_seconds": seconds}
        assert read.is_music


def test_a_file_without_tags_stays_one(tmp_path: Path) -> None:
    """What the record calls it is shown in a player; to a DJ program, which keeps what it reads,
    nothing is said that its own library does not say."""
    bare = PlaylistTrack(where("/a.mp3"), "Of The Record", "Its Title")
    read = {suffix: opened(Playlist("p", [bare]), suffix, tmp_path)[0] for suffix in FORMATS}
    assert (read[".m3u8"].artist, read[".m3u8"].title) == ("Of The Record", "Its Title")
    for suffix in (".nml", ".xml"):
        assert (read[suffix].artist, read[suffix].title) == (None, None)
        assert read[suffix].bpm is None
        assert read[suffix].duration_seconds is None


@pytest.mark.parametrize("suffix", FORMATS)
def test_an_empty_playlist_can_be_opened(suffix: str, tmp_path: Path) -> None:
    """Nothing owned of a label is a playlist too: the one of last month would be wrong."""
    assert opened(Playlist("p", []), suffix, tmp_path) == []


@pytest.mark.parametrize("suffix", FORMATS)
def test_it_says_whose_it_is(suffix: str) -> None:
    content = FORMATS[suffix](EVERY_PATH)
    assert WRITTEN_BY.encode() in content[:200]
    assert content == FORMATS[suffix](EVERY_PATH)
    assert not content.startswith(b"\xef\xbb\xbf")


def test_m3u8_line_by_line() -> None:
    playlist = Playlist(
        "Two\nlines",
        [
            replace(track("C:\\a.mp3", "Ann", "A - B"), duration_seconds=300.6),
            track("/music/two\nlines.mp3", None, "Alone"),
        ],
    )
    assert m3u8_bytes(playlist).decode().split("\n") == [
        "#EXTM3U",
        f"# {WRITTEN_BY}",
        "#PLAYLIST:Two lines",
        "#EXTINF:301,Ann - A - B",
        "C:\\a.mp3",
        "#EXTINF:-1,Alone",
        "file://localhost/music/two%0Alines.mp3",
        "",
    ]


def test_traktors_playlist_names_each_entry_of_its_collection() -> None:
    """Traktor finds a playlist's track by its key, which is volume, folders and file."""
    root = ElementTree.fromstring(traktor_bytes(EVERY_PATH))
    places = [each.attrib for each in root.findall("COLLECTION/ENTRY/LOCATION")]
    [listed] = root.iter("PLAYLIST")
    assert [key.attrib for key in listed.findall("ENTRY/PRIMARYKEY")] == [
        {"TYPE": "TRACK", "KEY": place["VOLUME"] + place["DIR"] + place["FILE"]} for place in places
    ]
    assert listed.attrib["ENTRIES"] == str(len(PATHS)) == root.find("COLLECTION").get("ENTRIES")  # type: ignore[union-attr]
    assert root.find("PLAYLISTS/NODE/SUBNODES/NODE").get("NAME") == EVERY_PATH.name  # type: ignore[union-attr]
    assert root.get("VERSION") == "19"


def test_traktor_knows_the_playlist_again() -> None:
    """One with another mark would lie beside the first one after each import."""

    def mark(playlist: Playlist) -> str | None:
        [listed] = ElementTree.fromstring(traktor_bytes(playlist)).iter("PLAYLIST")
        return listed.get("UUID")

    assert mark(EVERY_PATH) == mark(Playlist(EVERY_PATH.name, []))
    assert mark(EVERY_PATH) != mark(Playlist("another", EVERY_PATH.tracks))


def test_rekordboxs_playlist_names_each_track_of_its_collection() -> None:
    root = ElementTree.fromstring(rekordbox_bytes(EVERY_PATH))
    ids = [each.get("TrackID") for each in root.findall("COLLECTION/TRACK")]
    [folder] = root.findall("PLAYLISTS/NODE")
    [listed] = folder.findall("NODE")
    assert (folder.get("Type"), folder.get("Name"), folder.get("Count")) == ("0", "ROOT", "1")
    assert (listed.get("Type"), listed.get("Name")) == ("1", EVERY_PATH.name)
    assert (listed.get("KeyType"), listed.get("Entries")) == ("0", str(len(PATHS)))
    assert [each.get("Key") for each in listed] == ids
    assert len(set(ids)) == len(PATHS)
    assert all(
        (each.get("Location") or "").startswith("file://localhost/")
        for each in root.findall("COLLECTION/TRACK")
    )


texts = st.text(
    st.sampled_from("ab -&<>'\"%#:;,=\n\t\x00\x0b\ufffeü") | st.characters(codec="utf-8"),
    max_size=10,
)


@given(texts, texts, st.sampled_from([".nml", ".xml"]))
def test_no_tag_breaks_a_file(artist: str, title: str, suffix: str) -> None:
    """A control character in a tag makes XML that no program opens."""
    content = FORMATS[suffix](Playlist(title, [track("/a.mp3", artist, title)] * 2))
    root = ElementTree.fromstring(content)
    [element, _] = root.findall("COLLECTION/*")
    named = {name.lower(): value for name, value in element.attrib.items()}
    for name, text in (("artist", artist), ("title" if suffix == ".nml" else "name", title)):
        readable = "".join(each for each in text if each.isprintable() or each in "\n\t")
        written = "".join(each for each in named[name] if each.isprintable() or each in "\n\t")
        assert as_text(written) == as_text(readable)


@pytest.mark.parametrize(
    ("words", "stem"),
    [
        ("folder House", "folder-house"),
        ('label Café Müller / 12"', "label-cafe-muller-12"),
        ("label ../../etc/passwd", "label-etc-passwd"),
        ("label C:\\Windows", "label-c-windows"),
        ("folder 日本", "folder-riben"),
        ("CON", "playlist-con"),
        ("nul", "playlist-nul"),
        ("Lpt1", "playlist-lpt1"),
        ("...", "playlist"),
        ("", "playlist"),
    ],
)
def test_a_name_that_every_system_takes(words: str, stem: str) -> None:
    assert file_stem(words) == stem


@given(st.text(max_size=200))
def test_no_text_makes_a_name_of_another_kind(words: str) -> None:
    stem = file_stem(words)
    assert 0 < len(stem) <= 90
    assert set(stem) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert stem == stem.strip("-")
