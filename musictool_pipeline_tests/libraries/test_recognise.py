"""Libraries are recognised by their content; a file that is none gets a message that names it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from musictool_pipeline.libraries.errors import LibraryError, NotALibrary
from musictool_pipeline.libraries.recognise import libraries_at
from musictool_pipeline_tests.libraries.written_libraries import (
    engine,
    entry,
    flac,
    mp3,
    nml,
    plist,
    rekordbox,
    serato,
    wav,
)


def kinds(path: Path) -> list[tuple[str, Path]]:
    return [(format.kind, where) for format, where in libraries_at(path)]


def kind(path: Path, content: str | bytes) -> str:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    [(found, library)] = kinds(path)
    assert library == path
    return found


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("collection.nml", nml(entry()), "traktor"),
        ("traktor.xml", nml(entry()), "traktor"),
        ("collection", "\ufeff \r\n" + nml(entry()).split("\n", 1)[1], "traktor"),
        ("Library.xml", rekordbox(), "rekordbox"),
        ("rekordbox.xml", plist(), "apple_music"),
        ("database V2", serato(), "serato"),
        ("backup.bin", serato(), "serato"),
        ("set.m3u8", "a.mp3\n", "m3u8"),
        ("set.txt", "#EXTM3U\na.mp3\n", "m3u8"),
        ("tracks.txt", "artist;title\nA;T\n", "csv"),
        ("[list].csv", "title,artist\nT,A\n", "csv"),
    ],
)
def test_the_content_decides(
    tmp_path: Path, name: str, content: str | bytes, expected: str
) -> None:
    assert kind(tmp_path / name, content) == expected


def test_databases_and_folders_are_recognised(tmp_path: Path) -> None:
    path = engine(tmp_path / "Engine Library/Database2/m.db")
    for given in (path, tmp_path / "Engine Library", tmp_path):
        assert kinds(given) == [("engine", path)]
    (tmp_path / "music").mkdir()
    assert kinds(tmp_path / "music") == [("folder", tmp_path / "music")]


@pytest.mark.parametrize("audio", ["a.wav", "House/1994/a.wav"])
@pytest.mark.parametrize("database", ["_Serato_/database V2", "database V2", "collection.nml"])
def test_a_database_does_not_hide_the_audio_beside_it(
    tmp_path: Path, database: str, audio: str
) -> None:
    """Prevents a folder of music, named as such, from being read as the old list in it alone."""
    for name, content in (database, serato()), (audio, wav()):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    assert kinds(tmp_path) == [
        ("serato", tmp_path / database),
        ("folder", tmp_path),
    ]


def test_what_only_bears_a_databases_name_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "collection.nml").write_text("<html>")
    assert kinds(tmp_path) == [("folder", tmp_path)]


def test_a_database_that_is_damaged_is_said_of_the_folder(tmp_path: Path) -> None:
    """Prevents its entries from being taken for sold: they stay until it can be read."""
    (tmp_path / "collection.nml").write_text("")
    (tmp_path / "a.wav").write_bytes(wav())
    with pytest.raises(LibraryError, match=r"collection\.nml is empty"):
        libraries_at(tmp_path)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("<!DOCTYPE html><html><body>", "a web page"),
        ("<html><body>", "a web page"),
        ('<?xml version="1.0"?><releases/>', "<releases>"),
        ('{"a": 1}', "JSON"),
        ('[{"a": 1}, {', "JSON"),
        (b"bplist00abc", "binary property list"),
        (b"hdfm" + bytes(100), "iTunes"),
        (b"PK\x03\x04" + bytes(100), "zip archive"),
        (b"\x1f\x8b" + bytes(100), "gzip"),
        (b"%PDF-1.4", "PDF"),
        (b"\x89PNG\r\n", "PNG"),
        (mp3(1), "a single audio file"),
        (flac(), "a single audio file"),
        (wav(1), "a single audio file"),
        (b"\0\0\0 ftypM4A " + bytes(100), "a single audio"),
        (b"\x01\x02\0\0\0", "a binary file"),
        ("artist,title,release_id\n", "lists records"),
        ("hello", "no list of tracks"),
    ],
)
def test_what_is_no_library_is_named(tmp_path: Path, content: str | bytes, what: str) -> None:
    with pytest.raises(NotALibrary, match=what) as caught:
        kind(tmp_path / "library.xml", content)
    assert str(tmp_path / "library.xml") in str(caught.value)
    assert caught.value.remedy


def test_nothing_there_and_nothing_in_it_are_errors(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="not found"):
        libraries_at(tmp_path / "gone.nml")
    with pytest.raises(LibraryError, match="is empty"):
        kind(tmp_path / "a.nml", "")
    with pytest.raises(LibraryError, match="cut short"):
        kind(tmp_path / "a.nml", '<?xml version="1.0"?>\n<NML')


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.nml")
    with pytest.raises(NotALibrary, match="no regular file"):
        libraries_at(tmp_path / "a.nml")
