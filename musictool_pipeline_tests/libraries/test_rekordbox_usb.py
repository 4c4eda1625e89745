"""What Rekordbox writes on a USB stick: rows in pages, names beside them, and half a stick."""

from __future__ import annotations

import struct
from datetime import datetime
from pathlib import Path

import pytest

from musictool_pipeline.libraries.errors import LibraryError, NotALibrary
from musictool_pipeline.libraries.reading import find_libraries
from musictool_pipeline.libraries.recognise import libraries_at
from musictool_pipeline.libraries.track import LibraryTrack
from musictool_pipeline_tests.libraries.written_libraries import (
    PAGE,
    StickTrack,
    export_pdb,
    flac,
    only,
    read,
)

WHOLE = StickTrack(
    path="/Contents/Röyk/Tiere/Löwe.mp3",
    title="Löwe",
    artist="Röyk",
    remixer="Zebra",
    album="Tiere",
    label="Tonträger",
    genre="House",
    key="Dbm",
    mix="Zebra Remix",
    date_added="2021-03-14",
    tempo=12_450,
    seconds=301,
    bitrate=320,
    size=9_123_456,
)


def written(folder: Path, *tracks: StickTrack, far: bool = False) -> Path:
    path = folder / "export.pdb"
    path.write_bytes(export_pdb(*tracks, far=far))
    return path


@pytest.mark.parametrize("far", [False, True])
def test_every_field_is_read(tmp_path: Path, far: bool) -> None:
    other = StickTrack(path="/Contents/b.mp3", artist="Zebra", album="Pflanzen")
    found, _ = read(written(tmp_path, WHOLE, other, far=far))
    assert found == LibraryTrack(
        digital_id=found.digital_id,
        source="rekordbox_usb",
        path="/Contents/Röyk/Tiere/Löwe.mp3",
        artist="Röyk",
        title="Löwe",
        remixer="Zebra",
        mix="Zebra Remix",
        album="Tiere",
        label="Tonträger",
        genre="House",
        bpm=124.5,
        musical_key="C#m",
        duration_seconds=301.0,
        file_type="mp3",
        bitrate=320,
        file_size_bytes=9_123_456,
        is_music=True,
        imported_at=datetime(2021, 3, 14),
    )


def test_zeros_and_empty_texts_are_unknown(tmp_path: Path) -> None:
    found = only(written(tmp_path, StickTrack(path="/Contents/a.mp3")))
    assert (found.bpm, found.musical_key, found.duration_seconds) == (None, None, None)
    assert (found.artist, found.title, found.mix, found.imported_at) == (None,) * 4
    assert found.is_music


def test_videos_and_short_sounds_are_no_music(tmp_path: Path) -> None:
    video = StickTrack(path="/Contents/a.mp4", kind=16, seconds=300)
    sound = StickTrack(path="/Contents/b.wav", kind=11, seconds=5)
    assert [found.is_music for found in read(written(tmp_path, video, sound))] == [False, False]


@pytest.mark.parametrize("title", ["a" * 126, "a" * 127, "Lö" * 150, "a", "😀"])
def test_a_text_is_read_in_each_form(tmp_path: Path, title: str) -> None:
    assert only(written(tmp_path, WHOLE._replace(title=title))).title == title


def test_deleted_rows_are_rubbish(tmp_path: Path) -> None:
    """A sold record would be owned for ever."""
    tracks = [WHOLE._replace(title=str(at)) for at in range(40)]
    gone = tuple(range(0, 40, 3))
    path = tmp_path / "export.pdb"
    path.write_bytes(export_pdb(*tracks, deleted=gone))
    assert [found.title for found in read(path)] == [
        track.title for at, track in enumerate(tracks) if at not in gone
    ]


def test_a_page_of_over_255_rows_is_read_whole(tmp_path: Path) -> None:
    """Its count no longer fits into one byte: hundreds of short names stand on one page."""
    tracks = [WHOLE._replace(path=f"/{at}.mp3", genre=str(at)) for at in range(300)]
    assert [found.genre for found in read(written(tmp_path, *tracks))] == [
        str(at) for at in range(300)
    ]


def _first_page_with_rows(content: bytes | bytearray, table: int) -> int:
    for at in range(PAGE, len(content), PAGE):
        kind, counts = struct.unpack_from("<8xI12xI", content, at)
        if kind == table and not counts >> 24 & 0x40:
            return at
    raise AssertionError


def test_a_half_written_stick_is_told(tmp_path: Path) -> None:
    """Prevents what stands on the pages of the last export from being taken for this one's."""
    path = written(tmp_path, WHOLE)
    content = bytearray(path.read_bytes())
    at = _first_page_with_rows(content, 0)
    [counts] = struct.unpack_from("<I", content, at + 24)
    struct.pack_into("<I", content, at + 24, counts + (1 << 13))
    path.write_bytes(content)
    with pytest.raises(
        LibraryError, match="half written: page 2 counts 2 rows and has 1"
    ) as caught:
        read(path)
    assert "eject" in caught.value.explained()


def test_a_file_that_is_cut_short_is_an_error_and_no_small_stick(tmp_path: Path) -> None:
    tracks = [WHOLE._replace(title=str(at)) for at in range(100)]
    path = written(tmp_path, *tracks)
    content = path.read_bytes()
    path.write_bytes(content[: _first_page_with_rows(content, 0) + PAGE + 100])
    with pytest.raises(LibraryError, match="cut short"):
        read(path)


@pytest.mark.parametrize(
    ("place", "value", "what"),
    [
        (8, 7, "is of table 7, not of table 0"),
        (12, 1, "comes a second time"),
        (24, 4000, "more rows than room"),
    ],
)
def test_damage_is_told_with_its_page(tmp_path: Path, place: int, value: int, what: str) -> None:
    path = written(tmp_path, *[WHOLE] * 100)
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, _first_page_with_rows(content, 0) + place, value)
    path.write_bytes(content)
    with pytest.raises(LibraryError, match=rf"damaged on page [12]: .*{what}"):
        read(path)


@pytest.mark.parametrize("folder", ["PIONEER", ".PIONEER"])
def test_the_file_its_folder_and_the_stick_are_one_library(tmp_path: Path, folder: str) -> None:
    """A Mac's sticks hide the folder. Paths start at the stick, wherever it is connected."""
    stick = tmp_path / "STICK"
    (stick / folder / "rekordbox").mkdir(parents=True)
    database = written(stick / folder / "rekordbox", WHOLE._replace(path="/Contents/a.flac"))
    for given in (database, stick / folder, stick):
        assert [(it.kind, path) for it, path in libraries_at(given)] == [
            ("rekordbox_usb", database)
        ]
    [found] = read(stick)
    assert found.path == str(stick / "Contents/a.flac")
    (stick / "Contents").mkdir()
    (stick / "Contents/a.flac").write_bytes(flac())
    assert [(it.source, it.path) for it in read(stick)] == [
        ("rekordbox_usb", found.path),
        ("folder", found.path),
    ]


@pytest.mark.parametrize("name", ["exportExt.pdb", "exportLibrary.db"])
def test_what_lies_beside_the_library_is_none_and_the_message_names_it(
    tmp_path: Path, name: str
) -> None:
    """The tags' file is laid out in the same way: it would be a stick without tracks."""
    path = tmp_path / name
    path.write_bytes(export_pdb(WHOLE))
    with pytest.raises(NotALibrary) as caught:
        libraries_at(path)
    assert "`export.pdb`" in caught.value.explained()
    assert find_libraries(tmp_path) == []


def test_a_stick_keeps_its_ids_wherever_it_is_connected(tmp_path: Path) -> None:
    ids = set()
    for name in ("one", "two"):
        folder = tmp_path / name / "PIONEER/rekordbox"
        folder.mkdir(parents=True)
        ids.add(only(written(folder, WHOLE)).digital_id)
    assert len(ids) == 1
