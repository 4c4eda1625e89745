"""Rekordbox 6 and 7's master.db: its fields, its encryption, and that its key stays a secret.

The databases are made by pyrekordbox itself, with the key that it holds.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import random
import sqlite3
import subprocess
import sys
import textwrap
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from musictool_pipeline.inputs.library_folder import with_its_log
from musictool_pipeline.libraries.errors import LibraryError, NotALibrary
from musictool_pipeline.libraries.format import Options
from musictool_pipeline.libraries.reading import read_library
from musictool_pipeline.libraries.recognise import recognise
from musictool_pipeline.libraries.track import LibraryTrack
from musictool_pipeline.tables.library_state import library_state
from musictool_pipeline_tests.libraries.written_libraries import (
    REKORDBOX_DB,
    add_to_rekordbox_db,
    only,
    opened_rekordbox_db,
    read,
    rekordbox_db,
)

TRACK = {
    "FolderPath": "C:/Music/Löwe.flac",
    "FileNameL": "Löwe.flac",
    "Title": "Löwe",
    "Subtitle": "Zebra Remix",
    "ArtistID": "Röyk",
    "RemixerID": "Zebra",
    "AlbumID": "Tiere",
    "GenreID": "House",
    "LabelID": "Tonträger",
    "KeyID": "1m (Am)",
    "BPM": 12_402,
    "Length": 301,
    "BitRate": 900,
    "FileSize": 9_123_456,
    "FileType": 5,
    "StockDate": "2021-03-14",
    "ServiceID": 0,
    "ExtInfo": "null",
}


def test_every_field_is_read(tmp_path: Path) -> None:
    found = only(rekordbox_db(tmp_path / "master.db", TRACK))
    assert found == LibraryTrack(
        digital_id=found.digital_id,
        source="rekordbox_db",
        path=r"C:\Music\Löwe.flac",
        artist="Röyk",
        title="Löwe",
        remixer="Zebra",
        mix="Zebra Remix",
        album="Tiere",
        label="Tonträger",
        genre="House",
        bpm=124.02,
        musical_key="Am",
        duration_seconds=301.0,
        file_type="flac",
        bitrate=900,
        file_size_bytes=9_123_456,
        is_music=True,
        imported_at=datetime(2021, 3, 14),
    )


def test_one_reading_of_every_case_among_the_rows(tmp_path: Path) -> None:
    """One database for all of them: each costs a third of a second to open."""
    path = rekordbox_db(
        tmp_path / "master.db",
        {"Title": "none", "ArtistID": None, "AlbumID": "", "KeyID": "0", "BPM": 0, "Length": 0},
        {"Title": "deleted", "rb_local_deleted": 1},
        {"Title": "unmarked", "rb_local_deleted": None, "FolderPath": "/Volumes/Stick/a.mp3"},
        {"Title": "spotify", "ServiceID": 5, "FolderPath": "spotify:track:1", "Length": 300},
        {"Title": "tidal", "ServiceID": 0, "FolderPath": "tidal:tracks:1", "Length": 300},
        {"Title": "other", "ServiceID": 9, "FolderPath": "12345", "Length": 300},
        {"Title": "synced", "ServiceID": 9, "FolderPath": "/m/a.mp3", "Length": 300},
        {"Title": "video", "FileType": 16, "FolderPath": "/m/a.mp4", "Length": 300},
        {"Title": "horn", "FolderPath": "/m/PRESET ONESHOT/HORN.wav", "Length": 7},
        {"Title": "odd", "FolderPath": b"\xff", "BPM": "x", "ArtistID": b"\xff", "Length": "x"},
        {"FolderPath": "/m/Artist - Title.mp3"},
        {},
        {"Title": "bare", "FolderPath": "/m/Artist - Title", "FileType": 5},
    )
    found = read(path)
    by_title = {track.title: track for track in found}
    assert "deleted" not in by_title
    assert len(found) == 12
    assert by_title["bare"].file_type == "flac"
    none = by_title["none"]
    assert (none.artist, none.album, none.musical_key, none.bpm, none.duration_seconds) == (
        None,
    ) * 5
    assert none.is_music
    assert by_title["unmarked"].path == "/Volumes/Stick/a.mp3"
    for service in ("spotify", "tidal", "other"):
        assert (by_title[service].file_type, by_title[service].is_music) == ("stream", False)
    assert by_title["synced"].is_music
    assert not by_title["video"].is_music
    assert not by_title["horn"].is_music
    assert (by_title["odd"].path, by_title["odd"].bpm, by_title["odd"].artist) == (None, None, None)
    assert [track.path for track in found if track.title is None] == ["/m/Artist - Title.mp3", None]


# --- While Rekordbox runs -------------------------------------------------------------------------

WRITER = """
    import sys
    from pathlib import Path
    from musictool_pipeline_tests.libraries.written_libraries import (
        add_to_rekordbox_db, opened_rekordbox_db, REKORDBOX_DB,
    )
    with opened_rekordbox_db(Path(sys.argv[1])) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.executescript(REKORDBOX_DB)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for title in map(str.strip, sys.stdin):
            add_to_rekordbox_db(connection, {"Title": title})
            connection.execute("INSERT INTO djmdArtist VALUES ('0', 'not committed')")
            print(title, flush=True)
            sys.stdin.readline()
            connection.rollback()
"""


@contextmanager
def another_process(path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", textwrap.dedent(WRITER), str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        yield process


def write(process: subprocess.Popen[str], title: str) -> None:
    assert process.stdin and process.stdout
    print(title, file=process.stdin, flush=True)
    assert process.stdout.readline().strip() == title


def test_it_is_read_while_another_process_writes_to_it(tmp_path: Path) -> None:
    """The newest tracks are in the log alone, and one more is only half written."""
    path = tmp_path / "master.db"
    with another_process(path) as process:
        write(process, "first")
        main, before = path.read_bytes(), library_state(path)
        logs = [file.stat().st_size for file in with_its_log(recognise(path), path)]
        assert [track.title for track in read_library(path)] == ["first"]
        print(file=process.stdin, flush=True)
        write(process, "second")
        assert [track.title for track in read_library(path)] == ["first", "second"]
        assert path.read_bytes() == main
        assert library_state(path) != before
        assert [file.stat().st_size for file in with_its_log(recognise(path), path)] != logs
        assert process.stdin
        process.stdin.close()


# --- Its encryption -------------------------------------------------------------------------------


def test_without_the_package_it_says_what_to_install_or_to_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "master.db"
    path.write_bytes(random.Random(7).randbytes(8192))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(LibraryError, match="is not installed") as caught:
        read(path)
    assert "musictool-pipeline[rekordbox]" in caught.value.remedy
    assert "`.venv/bin/python -m pip install pyrekordbox`" in caught.value.remedy
    assert "File > Export Collection in xml format" in caught.value.remedy


def test_one_that_was_decrypted_already_needs_no_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rekordbox.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(REKORDBOX_DB)
        add_to_rekordbox_db(connection, TRACK)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    found = only(path)
    assert (found.source, found.artist, found.musical_key) == ("rekordbox_db", "Röyk", "Am")


@pytest.mark.parametrize("damaged_page", [0, 1])
def test_one_that_cannot_be_decrypted_is_an_error(tmp_path: Path, damaged_page: int) -> None:
    path = rekordbox_db(tmp_path / "master.db", *[TRACK | {"ArtistID": None}] * 30)
    content = bytearray(path.read_bytes())
    for at in range(damaged_page * 4096 + 20, len(content), 4096):
        content[at] ^= 1
    path.write_bytes(content)
    with pytest.raises(LibraryError) as caught:
        read(path)
    what = "cannot be decrypted" if damaged_page == 0 else "is damaged"
    assert what in str(caught.value)


def test_nothing_is_printed_of_one_that_cannot_be_decrypted(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "master.db"
    path.write_bytes(random.Random(7).randbytes(8192))
    with pytest.raises(LibraryError):
        read(path)
    assert capfd.readouterr() == ("", "")


def test_the_key_is_in_no_log_and_no_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """pyrekordbox logs it at the level DEBUG."""
    good = rekordbox_db(tmp_path / "master.db", TRACK)
    bad = tmp_path / "master.backup.db"
    bad.write_bytes(random.Random(7).randbytes(8192))
    for name in list(logging.root.manager.loggerDict):
        if name.startswith("pyrekordbox"):
            logging.getLogger(name).disabled = False
            logging.getLogger(name).setLevel(logging.DEBUG)
    with caplog.at_level(logging.DEBUG):
        read(good)
        with pytest.raises(LibraryError) as caught:
            read(bad)
    assert not [record for record in caplog.records if record.name.startswith("pyrekordbox")]
    from pyrekordbox.masterdb.database import BLOB
    from pyrekordbox.utils import deobfuscate

    told = caplog.text + caught.value.explained() + repr(caught.value.__dict__)
    is_shown = deobfuscate(BLOB) in told
    assert not is_shown, "the key is shown"


def test_an_installed_rekordbox_is_not_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pyrekordbox fails if its database was moved."""
    from pyrekordbox import config

    path = rekordbox_db(tmp_path / "master.db", TRACK)
    monkeypatch.setitem(config.__config__, "rekordbox7", {})
    monkeypatch.setattr(config, "update_config", lambda: pytest.fail("it is looked for"))
    assert only(path).title == "Löwe"


def test_whatever_else_fails_in_the_package_is_shown_without_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They may hold the address, in which the key stands."""
    path = tmp_path / "master.db"
    path.write_bytes(random.Random(7).randbytes(8192))

    def fail(*_: object) -> None:
        raise ValueError("sqlite+pysqlcipher://:secret@/copy.db")

    monkeypatch.setattr("pyrekordbox.MasterDatabase", fail)
    with pytest.raises(LibraryError, match=r"pyrekordbox failed \(ValueError\)") as caught:
        read(path)
    assert "secret" not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__context__ is None


@pytest.mark.parametrize("name", ["100% ä", "what? #1", "a@b:c"])
def test_the_scratch_folder_may_be_called_anything(tmp_path: Path, name: str) -> None:
    scratch = tmp_path / name
    scratch.mkdir()
    path = rekordbox_db(tmp_path / "master.db", TRACK)
    assert [track.title for track in read_library(path, Options(scratch=scratch))] == ["Löwe"]
    assert list(scratch.iterdir()) == []


def test_a_database_of_another_layout_is_none_of_rekordboxs(tmp_path: Path) -> None:
    path = rekordbox_db(
        tmp_path / "master.db", schema=REKORDBOX_DB.replace("djmdLabel", "djmdOther")
    )
    with pytest.raises(NotALibrary, match="its table djmdLabel is missing"):
        read(path)


@pytest.mark.parametrize(
    ("name", "content", "is_one"),
    [
        ("master.db", random.Random(7).randbytes(8192), True),
        ("MASTER.DB", random.Random(7).randbytes(4096), True),
        ("master (1).db", random.Random(7).randbytes(8192), True),
        ("master.db", b"<" + random.Random(7).randbytes(8191), True),
        ("master.db", b"\n <" + random.Random(7).randbytes(8189), True),
        ("other.db", random.Random(7).randbytes(8192), False),
        ("master.db", random.Random(7).randbytes(8191), False),
        ("master.db", bytes(8192), False),
        ("master.db", b"\0 text " * 1024, False),
        ("master.db", b"<x>    \n" * 1024, False),
        ("master.db", b"SQLite format 3\0" + random.Random(7).randbytes(8176), False),
    ],
)
def test_it_is_shown_by_its_name_its_size_and_its_random_beginning(
    tmp_path: Path, name: str, content: bytes, is_one: bool
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    if is_one:
        assert recognise(path).kind == "rekordbox_db"
    else:
        with pytest.raises(LibraryError):
            recognise(path)


def test_it_is_read_again_when_more_was_written(tmp_path: Path) -> None:
    path = rekordbox_db(tmp_path / "master.db", TRACK)
    before = [track.digital_id for track in read(path)]
    with opened_rekordbox_db(path) as connection:
        add_to_rekordbox_db(connection, {"Title": "new", "FolderPath": "/n.mp3"})
    os.utime(path)
    after = read(path)
    assert [track.digital_id for track in after][:1] == before
    assert after[-1].title == "new"
