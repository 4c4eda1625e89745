"""beets' library.db: its fields, and where a path starts."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest

from musictool_pipeline.libraries.reading import find_libraries
from musictool_pipeline.libraries.track import LibraryTrack
from musictool_pipeline.tables.library_state import library_state
from musictool_pipeline_tests.libraries.written_libraries import (
    BEETS,
    BEETS_2_14,
    beets,
    only,
    read,
)

ITEM = {
    "path": "/Music/Löwe.flac".encode(),
    "title": "Löwe (Zebra Remix)",
    "artist": "Röyk",
    "artists": "Röyk\\␀Sop",
    "albumartist": "Various Artists",
    "album": "Tiere",
    "label": "Tonträger",
    "catalognum": "TON 1",
    "media": '12" Vinyl',
    "length": 301.53,
    "bpm": 124,
    "initial_key": "8A",
    "bitrate": 320_000,
    "format": "FLAC",
    "added": 1_615_723_200.25,
    "discogs_albumid": 117_941,
}


@pytest.mark.parametrize(
    ("columns", "own", "genre", "remixer"),
    [
        (BEETS, {"genre": "House", "remixer": "Zebra"}, "House", "Zebra"),
        (BEETS_2_14, {"genres": "House", "remixers": "Zebra"}, "House", "Zebra"),
        (
            BEETS_2_14,
            {"genres": "House\\␀Techno", "remixers": "Zebra\\␀Gnu"},
            "House; Techno",
            "Zebra; Gnu",
        ),
        (
            f"{BEETS}, genres TEXT, remixers TEXT",
            {"genre": "old", "genres": "new", "remixer": "", "remixers": None},
            "new",
            None,
        ),
    ],
)
def test_every_field_is_read(
    tmp_path: Path, columns: str, own: dict[str, str], genre: str, remixer: str | None
) -> None:
    found = only(beets(tmp_path / "library.db", ITEM | own, columns=columns))
    assert found == LibraryTrack(
        digital_id=found.digital_id,
        source="beets",
        path="/Music/Löwe.flac",
        artist="Röyk",
        title="Löwe (Zebra Remix)",
        remixer=remixer,
        mix=None,
        album="Tiere",
        label="Tonträger",
        genre=genre,
        bpm=124.0,
        musical_key="Am",
        duration_seconds=301.53,
        file_type="flac",
        bitrate=320,
        file_size_bytes=None,
        is_music=True,
        imported_at=datetime(2021, 3, 14, 12, 0, 0, 250_000),
        catalog_number="TON 1",
        discogs_release_id=117_941,
    )


@pytest.mark.parametrize("unknown", [None, 0, "", "http://musicbrainz.org/1", 1.5, 10**12])
def test_what_is_no_release_on_discogs_is_none(tmp_path: Path, unknown: object) -> None:
    """beets writes 0 if a track was matched elsewhere."""
    path = beets(tmp_path / "x.db", ITEM | {"discogs_albumid": unknown, "catalognum": ""})
    found = only(path)
    assert (found.discogs_release_id, found.catalog_number) == (None, None)


def test_zeros_and_empty_texts_are_unknown(tmp_path: Path) -> None:
    path = beets(tmp_path / "x.db", {"path": b"/a.mp3", "artist": "", "artists": "A\\␀B", "bpm": 0})
    found = only(path)
    assert (found.artist, found.title, found.bpm, found.musical_key) == ("A; B", None, None, None)


def test_the_order_of_the_columns_tells_nothing(tmp_path: Path) -> None:
    columns = ", ".join(reversed(BEETS.split(", ")))
    found = only(beets(tmp_path / "x.db", ITEM, columns=columns))
    assert (found.artist, found.title, found.bitrate) == ("Röyk", "Löwe (Zebra Remix)", 320)


@pytest.mark.parametrize(
    ("setting", "directory"),
    [
        ("directory: /mnt/music", "/mnt/music"),
        ("directory: /mnt/music/  # the big disk", "/mnt/music"),
        ("directory: '/mnt/Anna''s music'", "/mnt/Anna's music"),
        ('directory: "/mnt/\\"music\\" #1"', '/mnt/"music" #1'),
        ("directory: ~/Sounds", "HOME/Sounds"),
        ("directory: ../music", "PARENT/music"),
        ("plugins: discogs", "HOME/Music"),
        ("import:\n    directory: /not/this", "HOME/Music"),
        ("\ufeffdirectory: /mnt/music\r\nplugins: x", "/mnt/music"),
        ("# directory: /old\ndirectory:   /mnt/ä", "/mnt/ä"),
    ],
)
def test_a_relative_path_starts_at_the_music_directory(
    tmp_path: Path, setting: str, directory: str
) -> None:
    (tmp_path / "config.yaml").write_text(setting, "utf-8")
    found = only(beets(tmp_path / "library.db", ITEM | {"path": b"Royk/Tiere/a.mp3"}))
    expected = directory.replace("HOME", str(Path.home())).replace("PARENT", str(tmp_path.parent))
    assert found.path == f"{expected}/Royk/Tiere/a.mp3"


def test_on_windows_it_is_written_with_its_slashes(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("directory: D:\\Music\\\n")
    path = beets(
        tmp_path / "library.db",
        {"path": b"a/b.mp3"},
        {"path": b"C:\\else\\b.mp3"},
        {"path": rb"\\nas\m\b.mp3"},
    )
    assert [track.path for track in read(path)] == [
        r"D:\Music\a\b.mp3",
        r"C:\else\b.mp3",
        r"\\nas\m\b.mp3",
    ]


def test_an_absolute_path_does_not_start_there(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("directory: /mnt/music\n")
    assert only(beets(tmp_path / "library.db", ITEM)).path == "/Music/Löwe.flac"


def test_without_settings_a_relative_path_stays_as_written(tmp_path: Path) -> None:
    assert only(beets(tmp_path / "library.db", {"path": b"a/b.mp3"})).path == "a/b.mp3"


def test_the_settings_of_this_user_count_if_they_name_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """beets' own guide keeps the database away from its settings."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    folder = tmp_path / ".config/beets"
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text("directory: /mnt/music\nlibrary: ~/musiclibrary.db\n")
    for name, path in {"musiclibrary.db": "/mnt/music/a.mp3", "other.db": "a.mp3"}.items():
        assert only(beets(tmp_path / name, {"path": b"a.mp3"})).path == path


def test_other_settings_are_a_change_of_the_library(tmp_path: Path) -> None:
    """Its paths are others, though nothing in the database is."""
    path = beets(tmp_path / "library.db", {"path": b"a.mp3"})
    states = [library_state(path)]
    for directory in ("/a", "/b"):
        (tmp_path / "config.yaml").write_text(f"directory: {directory}")
        states.append(library_state(path))
    assert len(set(states)) == 3


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"directory: [", b"directory:", b"\0" * 99])
def test_settings_that_make_no_sense_are_no_reason_to_stop(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "config.yaml").write_bytes(content)
    assert (only(beets(tmp_path / "library.db", {"path": b"a.mp3"})).path or "").endswith("a.mp3")


def test_two_spellings_of_an_accent_are_one_path(tmp_path: Path) -> None:
    first, second = (
        only(beets(tmp_path / name, {"path": path.encode()}))
        for name, path in (("a.db", "/m/\u00e9.mp3"), ("b.db", "/m/e\u0301.mp3"))
    )
    assert first.digital_id == second.digital_id


def test_bytes_that_are_no_text_are_shown(tmp_path: Path) -> None:
    path = beets(tmp_path / "library.db", {"path": b"/m/\xff.mp3"}, {"path": "/m/text.mp3"})
    assert [track.path for track in read(path)] == ["/m/\\xff.mp3", "/m/text.mp3"]


def test_values_of_odd_types_are_no_reason_to_stop(tmp_path: Path) -> None:
    odd = {"path": 7, "title": 1999, "artist": b"\xff", "bitrate": "x", "added": "x", "genre": b"x"}
    found = only(beets(tmp_path / "library.db", odd, columns=BEETS.replace(" TEXT", "")))
    assert (found.path, found.title, found.artist, found.bitrate) == (None, "1999", None, None)


def test_it_is_found_under_any_name_and_others_databases_are_not(tmp_path: Path) -> None:
    wanted = [beets(tmp_path / name, ITEM) for name in ("library.db", "mine.db")]
    (tmp_path / "music").mkdir()
    wanted.append(beets(tmp_path / "music/library.db", ITEM))
    for name in ("thumbs.db", "music/musiclibrary.db", "m.db"):
        (tmp_path / name).write_bytes(os.urandom(5_000))
    assert sorted(find_libraries(tmp_path)) == sorted(wanted)
