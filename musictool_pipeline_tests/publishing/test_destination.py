"""Where exports are never written, and that nothing is ever half written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from musictool_pipeline.errors import DestinationRefused, StorageError
from musictool_pipeline.publishing import destination
from musictool_pipeline.publishing.destination import write_files
from musictool_pipeline.publishing.playlists import FORMATS, Playlist
from musictool_pipeline.settings import Settings
from musictool_pipeline_tests.libraries.written_libraries import entry, nml

FILES = {
    "gap_analysis.csv": b"discogs_release_id,album\r\n",
    "wants_list.txt": b"Ann - Alone\n",
    **{f"owned_tracks{suffix}": write(Playlist("p", [])) for suffix, write in FORMATS.items()},
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    data = tmp_path / "data"
    data.mkdir()
    return Settings(root=tmp_path, data_dir=data, logs_dir=tmp_path / "logs")


def state(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def refused(settings: Settings, folder: Path, files: dict[str, bytes] = FILES) -> str:
    """What the refusal says; and nothing was written."""
    before = state(settings.root)
    with pytest.raises(DestinationRefused) as error:
        write_files(settings, folder, files)
    assert state(settings.root) == before
    assert "Nothing was written." in error.value.remedy
    assert error.value.exit_code == 2
    return str(error.value)


def test_a_new_folder_is_made_and_an_old_export_replaced(
    settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "out" / "of" / "here"
    for end in (b"", b"1\r\n"):
        files = {name: content + end for name, content in FILES.items()}
        write_files(settings, folder, files)
        assert state(folder) == files


def test_a_table_with_a_mark_replaces_one_without(settings: Settings, tmp_path: Path) -> None:
    for mark in (b"", b"\xef\xbb\xbf", b""):
        write_files(settings, tmp_path / "out", {"a.csv": mark + b"release_id,x\r\n"})


@pytest.mark.parametrize("inside", ["", "crate", "cache", "cache/deeper"])
def test_not_into_the_data_folder(inside: str, settings: Settings) -> None:
    """The loss: the next refresh reads the playlists as a library, and all of it is owned."""
    (settings.data_dir / "cache").mkdir()
    assert "is in the data folder" in refused(settings, settings.data_dir / inside)


def test_not_into_the_data_folder_by_another_name(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(settings.data_dir)
    assert "is in the data folder" in refused(settings, tmp_path / "link")
    assert "is in the data folder" in refused(settings, settings.data_dir / "exports" / "..")


@pytest.mark.parametrize("inside", ["exports", "exports/crate"])
def test_the_folder_for_exports_is_for_exports(inside: str, settings: Settings) -> None:
    write_files(settings, settings.data_dir / inside, FILES)
    assert state(settings.data_dir / inside) == FILES


def test_a_folder_that_is_a_file(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    assert "is a file, not a folder" in refused(settings, tmp_path / "out")


def library(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nml(entry(TITLE="Mine")), encoding="utf-8")
    return path


def with_library(settings: Settings, path: Path) -> Settings:
    return Settings(root=settings.root, data_dir=settings.data_dir, digital_libraries=(path,))


def test_never_over_a_digital_library(settings: Settings, tmp_path: Path) -> None:
    path = library(tmp_path / "out" / "owned_tracks.nml")
    assert "is your digital library" in refused(with_library(settings, path), path.parent)


@pytest.mark.parametrize("link", [os.link, os.symlink])
def test_never_over_a_digital_library_by_another_name(
    link: object, settings: Settings, tmp_path: Path
) -> None:
    """A link in the way leads to the library itself."""
    path = library(tmp_path / "traktor" / "collection.nml")
    (tmp_path / "out").mkdir()
    assert callable(link)
    link(path, tmp_path / "out" / "owned_tracks.nml")
    assert "is your digital library" in refused(with_library(settings, path), tmp_path / "out")


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_a_library_that_is_a_link_to_itself_is_in_nobodys_way(
    settings: Settings, tmp_path: Path
) -> None:
    """A library that is not there any more must keep no report from being written."""
    path = tmp_path / "collection.nml"
    path.symlink_to(path.name)
    write_files(with_library(settings, path), tmp_path / "out", FILES)
    assert state(tmp_path / "out") == FILES


def test_never_over_a_library_that_nobody_told_us_of(settings: Settings, tmp_path: Path) -> None:
    for name in ("owned_tracks.nml", "owned_tracks.xml", "owned_tracks.m3u8"):
        path = library(tmp_path / name.partition(".")[2] / name)
        assert "MusicTool did not write it" in refused(settings, path.parent)


def test_never_over_a_table_of_somebody_else(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "gap_analysis.csv").write_text("Bread,Milk\r\n")
    assert "MusicTool did not write it" in refused(settings, tmp_path / "out")


def test_never_over_the_collection_export(settings: Settings, tmp_path: Path) -> None:
    export = tmp_path / "out" / "gap_analysis.csv"
    export.parent.mkdir()
    # It begins as ours does, so that its header alone does not save it.
    export.write_bytes(FILES["gap_analysis.csv"])
    chosen = Settings(root=tmp_path, data_dir=settings.data_dir, collection_csv=export)
    assert "is your collection export" in refused(chosen, export.parent)


def test_never_over_the_users_decisions(settings: Settings, tmp_path: Path) -> None:
    settings.overrides_file.write_bytes(b"discogs_release_id,track_number\r\n")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "gap_analysis.csv").symlink_to(settings.overrides_file)
    assert "your own decisions" in refused(settings, tmp_path / "out")


def test_a_folder_of_that_name_stays(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "out" / "wants_list.txt").mkdir(parents=True)
    assert "is a folder" in refused(settings, tmp_path / "out")


def test_an_empty_file_is_in_nobodys_way(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "owned_tracks.nml").touch()
    write_files(settings, tmp_path / "out", FILES)
    assert state(tmp_path / "out") == FILES


def test_what_breaks_off_leaves_the_old_file_whole(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    write_files(settings, out, {"a.csv": b"a,b\r\n", "b.csv": b"b,c\r\n"})

    def full(path: Path, content: bytes) -> None:
        raise StorageError(f"{path} cannot be written: No space left on device")

    monkeypatch.setattr(destination, "write_atomically", full)
    with pytest.raises(StorageError):
        write_files(settings, out, {"a.csv": b"a,new\r\n", "b.csv": b"b,new\r\n"})
    assert state(out) == {"a.csv": b"a,b\r\n", "b.csv": b"b,c\r\n"}
