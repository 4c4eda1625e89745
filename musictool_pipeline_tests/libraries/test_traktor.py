"""Traktor's collection.nml: each trap of the format that a real file has sprung."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from musictool_pipeline.libraries.track import LibraryTrack
from musictool_pipeline_tests.libraries.written_libraries import (
    entry,
    location,
    nml,
    only,
    read,
)


def track(folder: Path, *entries: str) -> LibraryTrack:
    path = folder / "collection.nml"
    path.write_text(nml(*entries), "utf-8")
    return only(path)


def test_every_field_is_read(tmp_path: Path) -> None:
    inner = (
        location("Röyk & Co - Löwe.FLAC", "/:Users/:me/:My Music/:", "C:")
        + '<ALBUM TITLE="Tiere" TRACK="2"/><TEMPO BPM="124.500000"/><MUSICAL_KEY VALUE="21"/>'
    )
    info = {
        "GENRE": "House",
        "REMIXER": "Zebra",
        "MIX": "Zebra Remix",
        "LABEL": "Tonträger",
        "CATALOG_NO": "TON 1",
        "KEY": "8A",
        "PLAYTIME": 361,
        "IMPORT_DATE": "2021/3/14",
        "PLAYTIME_FLOAT": "360.75",
        "FILESIZE": 7000,
        "BITRATE": 320000,
    }
    found = track(tmp_path, entry(inner, info, TITLE=" Löwe ", ARTIST="Röyk & Co"))
    assert found == LibraryTrack(
        digital_id=found.digital_id,
        source="traktor",
        path=r"C:\Users\me\My Music\Röyk & Co - Löwe.FLAC",
        artist="Röyk & Co",
        title="Löwe",
        remixer="Zebra",
        mix="Zebra Remix",
        album="Tiere",
        label="Tonträger",
        genre="House",
        bpm=124.5,
        musical_key="Am",
        duration_seconds=360.75,
        file_type="flac",
        bitrate=320,
        file_size_bytes=7000 * 1024,
        is_music=True,
        imported_at=datetime(2021, 3, 14),
        catalog_number="TON 1",
    )


def test_an_entry_without_tags_is_kept(tmp_path: Path) -> None:
    """Every fifth entry has no artist, and its file name often says it all."""
    found = track(tmp_path, entry(location("Artist - Title.wav")))
    assert (found.artist, found.title, found.is_music) == (None, None, True)
    assert found.path == r"C:\Music\Artist - Title.wav"


def test_entries_of_playlists_are_no_tracks(tmp_path: Path) -> None:
    playlists = (
        '<PLAYLISTS><NODE TYPE="FOLDER"><SUBNODES><NODE TYPE="PLAYLIST"><PLAYLIST ENTRIES="1">'
        '<ENTRY><PRIMARYKEY TYPE="TRACK" KEY="C:/:Music/:a.mp3"/></ENTRY><COLLECTION>'
        '<ENTRY TITLE="deeper"/></COLLECTION></PLAYLIST></NODE></SUBNODES></NODE></PLAYLISTS>'
    )
    path = tmp_path / "a.nml"
    path.write_text(nml(entry(TITLE="T"), after=playlists))
    assert only(path).title == "T"


def test_the_declared_number_of_entries_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "a.nml"
    path.write_text(nml(entry(TITLE="1"), entry(TITLE="2"), declared=3676))
    assert [found.title for found in read(path)] == ["1", "2"]


def test_a_mark_and_line_ends_of_windows_are_no_matter(tmp_path: Path) -> None:
    path = tmp_path / "a.nml"
    path.write_bytes(nml(entry(TITLE="Löwe")).replace("\n", "\r\n").encode("utf-8-sig"))
    assert only(path).title == "Löwe"


@pytest.mark.parametrize(
    ("written", "path"),
    [
        (location("a.mp3", "/:Users/:me/:", "Macintosh HD"), "/Users/me/a.mp3"),
        (location("Vol. 1// Best.mp3", "/:A//B/:", "C:"), r"C:\A:B\Vol. 1: Best.mp3"),
        (location("a.mp3", "/:x///:y/:", "C:"), r"C:\x:\y\a.mp3"),
        (location("a.mp3", "/:", "D:"), r"D:\a.mp3"),
        (location("a.mp3", "/:Music", "D:"), r"D:\Music\a.mp3"),
        ('<LOCATION FILE="a.mp3"/>', "a.mp3"),
        ('<LOCATION DIR="/:Music/:" FILE="a.mp3"/>', "/Music/a.mp3"),
        ('<LOCATION VOLUME="C:"/>', None),
        ("<LOCATION/>", None),
        (location(" a  b .mp3"), r"C:\Music\ a  b .mp3"),
    ],
)
def test_the_path_is_put_together(tmp_path: Path, written: str, path: str | None) -> None:
    assert track(tmp_path, entry(written)).path == path


@pytest.mark.parametrize(
    ("inner", "info"),
    [
        ('<LOOPINFO SAMPLE_TYPE_INFO="1"/>', {}),
        ('<SLOT><CELL INDEX="0"/></SLOT>', {}),
        (location(folder="/:Traktor/:Factory Sounds/:"), {}),
        ("", {"PLAYTIME": 29}),
        ("", {"PLAYTIME": 30, "PLAYTIME_FLOAT": 29.9}),
    ],
)
def test_what_is_no_music_is_kept_and_marked(
    tmp_path: Path, inner: str, info: dict[str, object]
) -> None:
    assert not track(tmp_path, entry(inner, info, TITLE="Kick")).is_music


@pytest.mark.parametrize(
    ("info", "seconds"),
    [
        ({"PLAYTIME": 30}, 30),
        ({"PLAYTIME": 0, "PLAYTIME_FLOAT": 31}, 31),
        ({"PLAYTIME": 0}, None),
        ({"PLAYTIME": 0, "PLAYTIME_FLOAT": "0.000000"}, None),
    ],
)
def test_what_lasts_30_seconds_or_a_time_that_is_unknown_is_music(
    tmp_path: Path, info: dict[str, object], seconds: float | None
) -> None:
    """Traktor writes 0 until it has opened the file; its owner may have it all the same."""
    found = track(tmp_path, entry("", info))
    assert (found.duration_seconds, found.is_music) == (seconds, True)


def test_a_playing_time_that_is_absent_is_only_unknown(tmp_path: Path) -> None:
    path = tmp_path / "a.nml"
    path.write_text(nml(f'<ENTRY TITLE="T">{location()}<INFO GENRE="G"/></ENTRY>'))
    found = only(path)
    assert (found.duration_seconds, found.is_music) == (None, True)


@pytest.mark.parametrize(
    ("volume", "digital_id"),
    [
        ("Macintosh HD", "e6201afa32cf38af"),
        ("Stick", "f500a437d8c456ba"),
        ("C:", "76f1a36b3c5c5aa4"),
    ],
)
def test_an_entry_keeps_the_id_of_traktors_spelling(
    tmp_path: Path, volume: str, digital_id: str
) -> None:
    """Decisions and tables hold ids that were made of it."""
    assert track(tmp_path, entry(location(volume=volume))).digital_id == digital_id


def test_stems_are_music(tmp_path: Path) -> None:
    found = track(tmp_path, entry(location("Artist - Title.stem.mp4"), {"PLAYTIME": 200}))
    assert (found.file_type, found.is_music) == ("stem.mp4", True)


def test_junk_of_templates_is_no_text(tmp_path: Path) -> None:
    found = track(tmp_path, entry("", {"MIX": "___MIX", "LABEL": "___LABEL1"}, TITLE="___"))
    assert (found.mix, found.label, found.title) == (None, None, "___")


@pytest.mark.parametrize(
    ("value", "key"),
    [("0", "C"), ("11", "B"), ("12", "Cm"), ("21", "Am"), ("23", "Bm"), ("24", None), ("-1", None)],
)
def test_keys_are_counted_from_c(tmp_path: Path, value: str, key: str | None) -> None:
    assert track(tmp_path, entry(f'<MUSICAL_KEY VALUE="{value}"/>')).musical_key == key


def test_the_key_as_text_is_used_where_it_was_not_analysed(tmp_path: Path) -> None:
    assert track(tmp_path, entry("", {"KEY": "4m"})).musical_key == "F#m"


def test_numbers_that_mean_unknown_are_none(tmp_path: Path) -> None:
    info = {"BITRATE": -1, "FILESIZE": 0, "PLAYTIME": "x"}
    found = track(tmp_path, entry('<TEMPO BPM="0.000000"/>', info))
    assert (found.bpm, found.bitrate, found.file_size_bytes) == (None, None, None)
    assert found.duration_seconds is None


def test_garbled_hebrew_is_mended(tmp_path: Path) -> None:
    garbled = "שלום עולם".encode("cp1255").decode("latin-1")
    assert track(tmp_path, entry(TITLE=f"{garbled} (Remix)")).title == "שלום עולם (Remix)"
