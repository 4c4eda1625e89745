"""Where exports are never written, and that nothing is ever half written."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from musictool_pipeline.errors import DestinationRefused, StorageError
from musictool_pipeline.publishing import destination
from musictool_pipeline.publishing.destination import NOTE, write_files
from musictool_pipeline.publishing.playlists import FORMATS, Playlist
from musictool_pipeline.settings import PROJECT_ROOT, Settings
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
        if path.is_file() and path.name != NOTE
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


def test_a_checkout_is_no_folder_for_exports_and_one_below_it_is(
    settings: Settings, tmp_path: Path
) -> None:
    """Nine files lay among the project's own, and `git status` listed them."""
    project = tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    assert "is the folder of a project" in refused(settings, project)
    assert "is the folder of a project" in refused(settings, PROJECT_ROOT)
    write_files(settings, project / "for the shop", FILES)
    write_files(settings, project, {"wants_list.txt": b"Ann - Alone\n"})


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


# --- What the user changed ------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["wants_list.txt", "gap_analysis.csv"])
def test_a_file_that_the_user_changed_is_his_own(
    name: str, settings: Settings, tmp_path: Path
) -> None:
    """The user ticks off what was bought, or adds a column: the next export took it all away."""
    out = tmp_path / "out"
    write_files(settings, out, FILES)
    changed = FILES[name] + b"mine"
    (out / name).write_bytes(changed)
    newer = {each: content + b"newer" for each, content in FILES.items()}
    assert "was changed since MusicTool wrote it" in refused(settings, out, newer)
    (out / name).rename(out / "mine")
    write_files(settings, out, newer)
    assert state(out) == {**newer, "mine": changed}


def test_a_file_that_was_put_back_as_it_was_is_ours_again(
    settings: Settings, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    write_files(settings, out, FILES)
    (out / "wants_list.txt").write_bytes(b"mine")
    (out / "wants_list.txt").write_bytes(FILES["wants_list.txt"])
    write_files(settings, out, {"wants_list.txt": b"newer\n"})
    assert (out / "wants_list.txt").read_bytes() == b"newer\n"


def test_files_of_an_earlier_version_are_kept_beside_the_new_ones(
    settings: Settings, tmp_path: Path
) -> None:
    """It noted nothing, so it is unknown whether they were changed."""
    out = tmp_path / "out"
    write_files(settings, out, FILES)
    (out / NOTE).unlink()
    (out / "wants_list.kept.txt").write_bytes(b"mine")
    newer = {name: content + b"newer" for name, content in FILES.items()}
    kept = write_files(settings, out, newer)
    assert [path.name for path in kept] == ["gap_analysis.kept.csv", "wants_list.kept-2.txt"]
    assert state(out) == {
        **newer,
        "gap_analysis.kept.csv": FILES["gap_analysis.csv"],
        "wants_list.kept.txt": b"mine",
        "wants_list.kept-2.txt": FILES["wants_list.txt"],
    }
    assert write_files(settings, out, FILES) == []


def test_what_an_earlier_version_left_is_kept_only_if_it_differs(
    settings: Settings, tmp_path: Path
) -> None:
    write_files(settings, tmp_path / "out", FILES)
    (tmp_path / "out" / NOTE).unlink()
    assert write_files(settings, tmp_path / "out", FILES) == []


def test_a_list_of_that_name_where_nothing_was_ever_exported(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "wants_list.txt").write_text("milk\n")
    assert "MusicTool did not write it" in refused(settings, tmp_path / "out")


def test_a_death_between_the_note_and_the_file_makes_nothing_foreign(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    write_files(settings, out, FILES)
    really_write = destination.write_atomically

    def die(path: Path, content: bytes) -> None:
        if path.name != NOTE:
            raise KeyboardInterrupt
        really_write(path, content)

    newer = {name: content + b"newer" for name, content in FILES.items()}
    monkeypatch.setattr(destination, "write_atomically", die)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            write_files(settings, out, newer)
    monkeypatch.setattr(destination, "write_atomically", really_write)
    assert write_files(settings, out, newer) == []
    assert state(out) == newer


@pytest.mark.parametrize("note", [b"", b"[1]", b'{"wants_list.txt": 7}', b"\xff", None])
def test_a_note_that_makes_no_sense_loses_nothing(
    note: bytes | None, settings: Settings, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    write_files(settings, out, FILES)
    (out / NOTE).unlink()
    if note is None:
        os.mkfifo(out / NOTE)
    else:
        (out / NOTE).write_bytes(note)
    (out / "wants_list.txt").write_bytes(b"mine")
    kept = write_files(settings, out, FILES)
    assert [path.read_bytes() for path in kept] == [b"mine"]


# --- What is no file ------------------------------------------------------------------------------


def put_pipe(path: Path) -> None:
    os.mkfifo(path)


def put_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(path))


IN_THE_WAY: dict[str, Callable[[Path], None]] = {
    "a pipe": put_pipe,
    "a socket": put_socket,
    "a folder": Path.mkdir,
    "a device": lambda path: path.symlink_to("/dev/null"),
    "a link that leads nowhere": lambda path: path.symlink_to("nowhere"),
    "a link that leads to itself": lambda path: path.symlink_to(path.name),
}


@pytest.mark.skipif(os.name != "posix", reason="pipes, devices and links")
@pytest.mark.parametrize("what", IN_THE_WAY)
def test_what_is_no_file_stays(what: str, settings: Settings, tmp_path: Path) -> None:
    """As root, a device would become a file, for every program of the machine."""
    (tmp_path / "out").mkdir()
    path = tmp_path / "out" / "wants_list.txt"
    IN_THE_WAY[what](path)
    before = path.lstat()
    assert f"{path} is {what}" in refused(settings, tmp_path / "out")
    assert path.lstat() == before


@pytest.mark.skipif(not hasattr(os, "mknod") or os.geteuid() != 0, reason="only root makes devices")
def test_a_device_itself_stays(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    path = tmp_path / "out" / "wants_list.txt"
    try:
        os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    except OSError:
        pytest.skip("no device can be made on this disk")
    assert "is a device" in refused(settings, tmp_path / "out")
    assert stat.S_ISCHR(path.lstat().st_mode)


@pytest.mark.skipif(os.name != "posix", reason="pipes, devices and links")
@pytest.mark.parametrize("what", [what for what in IN_THE_WAY if what != "a folder"])
def test_what_is_no_folder_stays(what: str, settings: Settings, tmp_path: Path) -> None:
    IN_THE_WAY[what](tmp_path / "out")
    assert f"is {what}, not a folder" in refused(settings, tmp_path / "out")


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_a_link_to_an_earlier_export_stays_a_link(settings: Settings, tmp_path: Path) -> None:
    """Into a folder that is synchronised, say."""
    out, shared = tmp_path / "out", tmp_path / "shared"
    write_files(settings, out, FILES)
    shared.mkdir()
    (out / "wants_list.txt").rename(shared / "wants.txt")
    (out / "wants_list.txt").symlink_to(shared / "wants.txt")
    write_files(settings, out, {"wants_list.txt": b"newer\n"})
    assert (out / "wants_list.txt").is_symlink()
    assert (shared / "wants.txt").read_bytes() == b"newer\n"


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_a_link_does_not_lead_into_the_data_folder(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (settings.data_dir / "owned_tracks.nml").touch()
    (tmp_path / "out" / "owned_tracks.nml").symlink_to(settings.data_dir / "owned_tracks.nml")
    assert "is in the data folder" in refused(settings, tmp_path / "out")


def test_a_name_that_is_too_long_is_explained(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be written: File name too long"):
        write_files(settings, tmp_path / ("n" * 300), FILES)
    with pytest.raises(StorageError, match="cannot be written: File name too long"):
        write_files(settings, tmp_path, {f"{'n' * 300}.csv": b"a,b"})
