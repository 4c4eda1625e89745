"""Folders of audio files: real files of a few bytes, odd names, links, and what is remembered."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest

from musictool_pipeline.libraries import folder as folder_module
from musictool_pipeline.libraries.errors import LibraryError
from musictool_pipeline.libraries.format import Options, Remembered
from musictool_pipeline.libraries.reading import read_library
from musictool_pipeline.libraries.track import LibraryTrack
from musictool_pipeline_tests.libraries.written_libraries import aiff, flac, mp3, only, read, wav

as_root = hasattr(os, "geteuid") and os.geteuid() == 0


def names(tracks: list[LibraryTrack]) -> list[str]:
    return [Path(track.path or "").name for track in tracks]


def test_tags_of_an_mp3_are_read(tmp_path: Path) -> None:
    content = mp3(
        60,
        TPE1="Röyk",
        TIT2=" Löwe ",
        TALB="Tiere",
        TCON="House",
        TBPM="124",
        TKEY="Abm",
        TPUB="Tonträger",
        TPE4="Zebra",
        TIT3="Zebra Remix",
    )
    path = tmp_path / "a.MP3"
    path.write_bytes(content)
    found = only(tmp_path)
    assert found.duration_seconds == pytest.approx(60, abs=1)
    assert found == LibraryTrack(
        digital_id=found.digital_id,
        source="folder",
        path=str(path),
        artist="Röyk",
        title="Löwe",
        remixer="Zebra",
        mix="Zebra Remix",
        album="Tiere",
        label="Tonträger",
        genre="House",
        bpm=124.0,
        musical_key="G#m",
        duration_seconds=found.duration_seconds,
        file_type="mp3",
        bitrate=128,
        file_size_bytes=len(content),
        is_music=True,
        imported_at=found.imported_at,
    )


def test_tags_of_a_flac_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.flac").write_bytes(
        flac(61, ARTIST="Röyk", TITLE="Löwe", LABEL="Tonträger", REMIXER="Zebra", VERSION="Dub")
    )
    found = only(tmp_path)
    assert (found.artist, found.title, found.label) == ("Röyk", "Löwe", "Tonträger")
    assert (found.remixer, found.mix, found.duration_seconds) == ("Zebra", "Dub", 61)


@pytest.mark.parametrize("name", ["DISCOGS_RELEASE_ID", "discogs_albumid"])
def test_the_release_that_a_tagger_names_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.flac").write_bytes(flac(61, **{name: "117941", "CATALOGNUMBER": "TON 1"}))
    (tmp_path / "b.mp3").write_bytes(mp3(61, TXXX=f"{name}\0\ufeff117941"))
    found = read(tmp_path)
    assert [track.discogs_release_id for track in found] == [117_941, 117_941]
    assert found[0].catalog_number == "TON 1"


def test_a_wav_without_tags_is_kept(tmp_path: Path) -> None:
    (tmp_path / "Artist - Title.wav").write_bytes(wav(60))
    found = only(tmp_path)
    assert (found.artist, found.title, found.duration_seconds) == (None, None, 60)
    assert found.is_music


def test_a_file_came_when_the_file_system_says_so(tmp_path: Path) -> None:
    for name, content in (("tagged.wav", wav(40)), ("untagged.ape", b"MAC ")):
        (tmp_path / name).write_bytes(content)
        os.utime(tmp_path / name, (1_615_723_200, 1_615_723_200))
    made = {track.imported_at for track in read(tmp_path)}
    if not hasattr(os.stat_result, "st_birthtime"):
        assert made == {datetime(2021, 3, 14, 12)}


def test_short_files_are_no_music(tmp_path: Path) -> None:
    (tmp_path / "kick.wav").write_bytes(wav(2))
    assert not only(tmp_path).is_music


def test_a_file_is_read_by_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(mp3(40, TIT2="T"))
    assert only(tmp_path).title == "T"


def test_files_are_found_below_and_others_left_alone(tmp_path: Path) -> None:
    for name in ("b.wav", "a/z.wav", "a/b/c/d/e.wav", "cover.jpg", "notes.txt", "._b.wav"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(wav(40))
    for name in (".hidden/x.wav", "$RECYCLE.BIN/y.wav"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(wav(40))
    assert names(read(tmp_path)) == ["b.wav", "z.wav", "e.wav"]


@pytest.mark.parametrize(
    "name",
    [
        *("$RECYCLE.BIN", "#recycle", "@Recycle", "RECYCLER", "Network Trash Folder", ".Trash-1"),
        *("Network Recycle Bin 1", "Recycle Bin", ".recycle", "lost+found", "~snapshot"),
        *("@__thumb", "TheVolumeSettingsFolder", "Backups.backupdb"),
        *("files_trashbin", "files_versions", "_gsdata_"),
        *("@eaDir", ".@__thumb", "#snapshot", "Temporary Items", ".AppleDouble"),
    ],
)
def test_what_was_deleted_and_what_a_disk_keeps_for_itself_is_left_alone(
    tmp_path: Path, name: str
) -> None:
    """A file in a bin is gone: its record is to be ripped again."""
    for place in (tmp_path / "House", tmp_path / name / "House", tmp_path / "House" / name):
        place.mkdir(parents=True)
        (place / "a.wav").write_bytes(wav(40))
    assert [track.path for track in read(tmp_path)] == [str(tmp_path / "House/a.wav")]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "mac_roman"])
def test_texts_in_the_code_page_of_a_machine_are_read(tmp_path: Path, encoding: str) -> None:
    """A letter that is lost makes another name, which no record has."""
    artist, title = "Röyk".encode(encoding), "Löwen\N{EN DASH}Dub".encode(encoding)
    if encoding == "mac_roman":
        content = aiff(40, AUTH=artist, NAME=title)
    else:
        content = wav(40, IART=artist, INAM=title + b"\0")
    (tmp_path / "a.wav").write_bytes(content)
    found = only(tmp_path)
    assert (found.artist, found.title) == ("Röyk", "Löwen\N{EN DASH}Dub")
    assert (found.duration_seconds, found.is_music) == (40, True)


@pytest.mark.parametrize("cut", [20, 43, -1, -5, -9])
def test_chunks_that_are_cut_short_end_the_reading(tmp_path: Path, cut: int) -> None:
    content = wav(40, INAM=b"\xff" * 9, IART=b"\xfe" * 8)
    (tmp_path / "a.wav").write_bytes(content[:cut])
    assert len(list(read_library(tmp_path))) == 1


def test_formats_without_readable_tags_are_kept(tmp_path: Path) -> None:
    (tmp_path / "Artist - Title.ape").write_bytes(b"MAC " + bytes(100))
    found = only(tmp_path)
    assert (found.file_type, found.file_size_bytes, found.is_music) == ("ape", 104, True)


def test_loops_of_links_end_and_linked_folders_are_read_once(tmp_path: Path) -> None:
    music, elsewhere = tmp_path / "music", tmp_path / "elsewhere"
    for folder in (music / "real", elsewhere):
        folder.mkdir(parents=True)
        (folder / f"{folder.name}.wav").write_bytes(wav(40))
    (music / "real" / "up").symlink_to(music)
    (music / "a link").symlink_to(music / "real")
    (music / "disk").symlink_to(elsewhere)
    (music / "self").symlink_to(music / "self")
    (music / "gone.wav").symlink_to(music / "nowhere.wav")
    tracks = list(read_library(music))
    assert [track.path for track in tracks] == [
        str(music / "real/real.wav"),
        str(music / "disk/elsewhere.wav"),
    ]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_pipes_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.mp3")
    (tmp_path / "b.wav").write_bytes(wav(40))
    assert names(list(read_library(tmp_path))) == ["b.wav"]


@pytest.mark.skipif(os.name == "nt", reason="such names cannot exist there")
def test_names_that_are_no_text_survive(tmp_path: Path) -> None:
    """Such a path can neither be printed nor stored as it is, and must not stop the others."""
    raw = os.fsencode(tmp_path)
    for name in (b"\xff.wav", b"\xfe.wav", b"new\nline.wav", b" lead.wav"):
        Path(os.fsdecode(raw + b"/" + name)).write_bytes(wav(40))
    tracks = list(read_library(tmp_path))
    assert set(names(tracks)) == {"\\xff.wav", "\\xfe.wav", "new\nline.wav", " lead.wav"}
    assert len({track.digital_id for track in tracks}) == 4
    for track in tracks:
        (track.path or "").encode("utf-8")


def test_files_that_cannot_be_read_are_reported_and_kept(tmp_path: Path) -> None:
    (tmp_path / "Artist - Title.flac").write_bytes(b"fLaC" + b"\xff" * 50)
    (tmp_path / "cut.wav").write_bytes(wav(40)[:22])
    (tmp_path / "empty.mp3").touch()
    problems: dict[str, str] = {}
    tracks = list(read_library(tmp_path, Options(on_problem=problems.__setitem__)))
    assert names(tracks) == ["Artist - Title.flac", "cut.wav", "empty.mp3"]
    assert [track.is_music for track in tracks] == [True, True, False]
    assert {Path(path).name for path in problems} == set(names(tracks))


@pytest.mark.skipif(as_root, reason="nothing is closed to root")
def test_what_may_not_be_read_is_reported(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    (tmp_path / "a.wav").write_bytes(wav(40))
    (tmp_path / "a.wav").chmod(0)
    problems: list[str] = []
    tracks = list(read_library(tmp_path, Options(on_problem=lambda path, _: problems.append(path))))
    (tmp_path / "closed").chmod(0o700)
    assert names(tracks) == ["a.wav"]
    assert sorted(problems) == [str(tmp_path / "a.wav"), str(tmp_path / "closed")]


def test_a_folder_that_is_gone_is_an_error_and_not_an_empty_library(tmp_path: Path) -> None:
    """An unplugged disk must not make every track missing, nor empty what is remembered."""
    track = LibraryTrack(*["x"] * 10, None, None, None, None, None, None, True)  # type: ignore[arg-type]
    memo = {str(tmp_path / "gone/a.mp3"): Remembered(1, 1, track)}
    with pytest.raises(LibraryError, match="not found"):
        list(read_library(tmp_path / "gone", Options(memo=memo)))
    assert memo


def test_progress_is_told(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.wav").write_bytes(wav(40))
    told: list[tuple[int, int]] = []
    list(
        read_library(tmp_path, Options(on_progress=lambda done, total: told.append((done, total))))
    )
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_only_what_changed_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tens of thousands of files on a network disk take minutes; a night's reading, seconds."""
    opened: list[str] = []
    really_open = folder_module.open_regular

    def noting(path: str | Path) -> object:
        opened.append(Path(path).name)
        return really_open(path)

    monkeypatch.setattr(folder_module, "open_regular", noting)
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.mp3").write_bytes(mp3(40, TIT2=name))
    (tmp_path / "bad.flac").write_bytes(b"fLaC" + b"\xff" * 50)
    memo = {str(tmp_path.with_name("other") / "x.mp3"): Remembered(1, 1, None)}  # type: ignore[arg-type]

    first = list(read_library(tmp_path, Options(memo=memo)))
    assert sorted(opened) == ["a.mp3", "b.mp3", "bad.flac", "c.mp3"]
    opened.clear()
    assert list(read_library(tmp_path, Options(memo=memo))) == first
    assert opened == ["bad.flac"], "what could not be read is tried again"

    opened.clear()
    (tmp_path / "a.mp3").write_bytes(mp3(40, TIT2="changed"))
    (tmp_path / "b.mp3").unlink()
    titles = [track.title for track in read_library(tmp_path, Options(memo=memo))]
    assert titles == ["changed", None, "c"]
    assert sorted(opened) == ["a.mp3", "bad.flac"]
    assert {Path(path).name for path in memo} == {"a.mp3", "c.mp3", "x.mp3"}


def test_a_reading_that_was_broken_off_forgets_nothing(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.mp3").write_bytes(mp3(40, TIT2=name))
    memo: dict[str, Remembered] = {}
    list(read_library(tmp_path, Options(memo=memo)))
    tracks = read_library(tmp_path, Options(memo=memo))
    next(tracks)
    tracks.close()  # type: ignore[attr-defined]
    assert len(memo) == 2


def test_a_folder_without_any_audio_is_an_error_and_not_an_empty_library(tmp_path: Path) -> None:
    """Where a disk is not connected, the folder that it stands for is there, and empty."""
    (tmp_path / "notes.txt").touch()
    known = Remembered(1, 1, None)  # type: ignore[arg-type]
    memo = {str(tmp_path / "x.mp3"): known}
    with pytest.raises(LibraryError, match="holds no audio files") as caught:
        list(read_library(tmp_path, Options(memo=memo)))
    assert "Connect the disk" in caught.value.remedy
    assert memo, "what is known of the files on that disk stays"
