"""From paths to tracks, and from the data folder to the libraries in it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from musictool_pipeline.core.collection.export_header import DISCOGS_COLUMNS
from musictool_pipeline.libraries.errors import LibraryError
from musictool_pipeline.libraries.reading import each_once, find_libraries, read_library
from musictool_pipeline.libraries.track import DistinctIds
from musictool_pipeline_tests.libraries.written_libraries import (
    WRITERS,
    Entry,
    engine,
    entry,
    location,
    nml,
    read,
    serato,
    wav,
)


def libraries(folder: Path) -> dict[str, Path]:
    """One of each kind, with one track twice and one once."""
    entries = [Entry("/m/a.mp3"), Entry("/m/a.mp3"), Entry("/m/b.mp3")]
    return {kind: write(folder, *entries) for kind, write in WRITERS.items()}


def test_an_entry_keeps_its_id_when_others_come_and_go(tmp_path: Path) -> None:
    path = tmp_path / "a.nml"
    path.write_text(nml(entry(TITLE="T")))
    [before] = read(path)
    path.write_text(nml(entry(location("new.mp3")), entry(TITLE="another title")))
    assert read(path)[1].digital_id == before.digital_id


def test_two_libraries_of_one_kind_share_no_id(tmp_path: Path) -> None:
    """digital_id is the key of the table: the same file in two collections would break it."""
    for name in ("a.nml", "b.nml"):
        (tmp_path / name).write_text(nml(entry(TITLE="T")))
    ids = DistinctIds()
    tracks = [ids(track) for name in ("a.nml", "b.nml") for track in read(tmp_path / name)]
    assert len({track.digital_id for track in tracks}) == 2


def test_the_libraries_of_the_data_folder_are_found(tmp_path: Path) -> None:
    # Of Serato's two forms, one beside the other, the newer one counts.
    wanted = set(libraries(tmp_path).values()) - {tmp_path / "database V2"}
    (tmp_path / "broken.nml").write_text("<NML>")
    (tmp_path / "broken.xml").write_text("<?xml")
    engine(tmp_path / "usb/Engine Library/Database2/m.db")
    (tmp_path / "Traktor/Backup").mkdir(parents=True)
    (tmp_path / "Traktor/collection.nml").write_text(nml())
    wanted |= {
        tmp_path / "broken.nml",
        tmp_path / "broken.xml",
        tmp_path / "usb/Engine Library/Database2/m.db",
        tmp_path / "Traktor/collection.nml",
    }
    found = find_libraries(tmp_path)
    assert set(found) == wanted
    assert found == sorted(found)


def test_a_folder_gives_its_audio_and_what_its_database_lists_elsewhere(tmp_path: Path) -> None:
    """No file is lost: neither the one that the database does not know, nor the one on
    another disk. What it lists in this folder, and is not there, is long gone: as the best copy
    of a duplicate it would cost the only one."""
    music = tmp_path / "Music"
    inside = str(music).removeprefix("/")
    (music / "_Serato_").mkdir(parents=True)
    (music / "_Serato_/database V2").write_bytes(
        serato(
            {"pfil": f"{inside}/there.wav", "tsng": "There"},
            {"pfil": f"{inside}/sold.wav", "tsng": "Sold"},
            {"pfil": "elsewhere/far.wav", "tsng": "Far"},
        )
    )
    for name in ("there", "new"):
        (music / f"{name}.wav").write_bytes(wav())
    found = [(track.source, (track.path or "").split("/")[-1]) for track in read(music)]
    assert found == [
        ("serato", "there.wav"),
        ("serato", "far.wav"),
        ("folder", "new.wav"),
        ("folder", "there.wav"),
    ]
    for name in ("there", "new"):
        (music / f"{name}.wav").unlink()
    assert len(read(music)) == 3, "without audio it is the database's folder"


def test_each_library_of_the_data_folder_is_found_once(tmp_path: Path) -> None:
    """Every count of files, and of duplicates, would be doubled."""
    stick = tmp_path / "stick"
    deep = engine(stick / "Backup/Engine Library/Database2/m.db")
    engine(stick / "Engine Library/Database2/m.db", {"path": "../Music/a.mp3"})
    (stick / "b.wav").write_bytes(wav())
    (tmp_path / "link.nml").symlink_to(tmp_path / "collection.nml")
    (tmp_path / "collection.nml").write_text(nml())
    assert find_libraries(tmp_path) == [tmp_path / "collection.nml", deep, stick]
    assert [track.source for track in read(stick)] == ["engine", "folder"]


def test_a_database_with_relative_paths_may_be_a_copy(tmp_path: Path) -> None:
    """Engine's lists its files from its own folder on, so all would be gone from where it was
    copied to."""
    engine(tmp_path / "Engine Library/Database2/m.db", {"path": "../House/a.mp3", "title": "T"})
    (tmp_path / "b.wav").write_bytes(wav())
    assert [track.source for track in read(tmp_path)] == ["engine", "folder"]


def test_one_library_by_several_paths_is_one(tmp_path: Path) -> None:
    database = engine(tmp_path / "Engine Library/Database2/m.db")
    folder, detour = tmp_path / "Engine Library", tmp_path / "x/../Engine Library"
    (tmp_path / "x").mkdir()
    assert each_once([database, folder, detour]) == [database]
    assert each_once([detour, database, folder]) == [detour]
    (folder / "a.wav").write_bytes(wav())
    assert each_once([database, detour, folder]) == [detour], "it leads to more"
    gone = tmp_path / "gone.nml"
    assert each_once([gone, folder, tmp_path / "x/../gone.nml"]) == [gone, folder]


def test_the_projects_own_files_and_the_exports_are_no_libraries(tmp_path: Path) -> None:
    """To take the collection for files would make every record owned."""
    export = ",".join(DISCOGS_COLUMNS) + "\r\n"
    for name, content in {
        "me-collection-20240102-0304.csv": export,
        "match_overrides.csv": "artist,title\n",
        "wantlist.csv": "artist,title,release_id\n",
        "discogs_20240101_releases.xml": "<releases/>",
        "page.xml": "<!DOCTYPE html><html/>",
        "notes.txt": "artist,title\n",
        ".hidden.nml": nml(),
        "musictool.duckdb": "x",
        "progress.json": "{}",
        "cache/1.json": "{}",
        "cache/a.nml": nml(),
        "exports/missing_tracks.csv": "artist,title\n",
        "demo/collection.nml": nml(),
        "logs/collection.nml": nml(),
        "NAS/#recycle/collection.nml": nml(),
        "NAS/@Recycle/a.wav": "",
        "empty/readme.txt": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    assert find_libraries(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_a_link_that_leads_nowhere_is_a_library_by_its_name_alone(tmp_path: Path) -> None:
    """The disk is not connected; the project's own folders are no libraries even then."""
    for name in ("collection.nml", "Music", "exports", "a.csv", "notes.md", ".#a.nml"):
        (tmp_path / name).symlink_to(tmp_path / "gone" / name)
    (tmp_path / "loop.nml").symlink_to("loop.nml")
    assert {path.name for path in find_libraries(tmp_path)} == {
        "collection.nml",
        "Music",
        "loop.nml",
    }


def test_no_data_folder_means_no_libraries(tmp_path: Path) -> None:
    assert find_libraries(tmp_path / "gone") == []


def test_nothing_is_read_before_it_is_asked_for(tmp_path: Path) -> None:
    tracks = read_library(tmp_path / "gone.nml")
    with pytest.raises(LibraryError, match="Digital library not found") as caught:
        next(tracks)
    assert "MUSICTOOL_DIGITAL_LIBRARY" in caught.value.explained()
