"""Libraries are told by what is in them; and what is none is told what it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from musictool_pipeline.libraries import Kind, LibraryError, NotALibrary, library_at
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


def kind(path: Path, content: str | bytes) -> Kind:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    found, library = library_at(path)
    assert library == path
    return found


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("collection.nml", nml(entry()), Kind.TRAKTOR),
        ("traktor.xml", nml(entry()), Kind.TRAKTOR),
        ("collection", "\ufeff \r\n" + nml(entry()).split("\n", 1)[1], Kind.TRAKTOR),
        ("Library.xml", rekordbox(), Kind.REKORDBOX),
        ("rekordbox.xml", plist(), Kind.APPLE_MUSIC),
        ("database V2", serato(), Kind.SERATO),
        ("backup.bin", serato(), Kind.SERATO),
        ("set.m3u8", "a.mp3\n", Kind.M3U8),
        ("set.txt", "#EXTM3U\na.mp3\n", Kind.M3U8),
        ("tracks.txt", "artist;title\nA;T\n", Kind.CSV),
        ("[list].csv", "title,artist\nT,A\n", Kind.CSV),
    ],
)
def test_the_content_decides(
    tmp_path: Path, name: str, content: str | bytes, expected: Kind
) -> None:
    assert kind(tmp_path / name, content) is expected


def test_databases_and_folders_are_recognised(tmp_path: Path) -> None:
    path = engine(tmp_path / "Engine Library/Database2/m.db")
    assert library_at(path) == (Kind.ENGINE, path)
    assert library_at(tmp_path / "Engine Library") == (Kind.ENGINE, path)
    assert library_at(tmp_path) == (Kind.ENGINE, path)
    (tmp_path / "music").mkdir()
    assert library_at(tmp_path / "music") == (Kind.FOLDER, tmp_path / "music")


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
    assert caught.value.path == tmp_path / "library.xml"
    assert caught.value.remedy


def test_nothing_there_and_nothing_in_it_are_errors(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="not found"):
        library_at(tmp_path / "gone.nml")
    with pytest.raises(LibraryError, match="is empty"):
        kind(tmp_path / "a.nml", "")
    with pytest.raises(LibraryError, match="cut short"):
        kind(tmp_path / "a.nml", '<?xml version="1.0"?>\n<NML')


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.nml")
    with pytest.raises(NotALibrary, match="no regular file"):
        library_at(tmp_path / "a.nml")
