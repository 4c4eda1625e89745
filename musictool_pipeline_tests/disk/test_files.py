"""A file is there whole or not at all, also if its writer dies."""

from __future__ import annotations

import errno
import os
import random
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from musictool_pipeline.app.init import write_env
from musictool_pipeline.core.decisions import Override
from musictool_pipeline.disk import files
from musictool_pipeline.disk.files import (
    TEMPORARY_SUFFIX,
    create_atomically,
    obstacle_at,
    replace,
    storage_errors,
    sweep_temporaries,
    sync_file,
    sync_folder,
    temporary_beside,
    write_atomically,
)
from musictool_pipeline.errors import StorageError
from musictool_pipeline.inputs.decisions import add_decision
from musictool_pipeline.publishing.destination import write_files
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline_tests.surroundings import StartProcess

OLD, NEW = b"a" * 300_000, b"b" * 200_000


def test_writes_what_it_was_given(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"\x00\xff\r\n")
    assert path.read_bytes() == b"\x00\xff\r\n"
    write_atomically(path, b"")
    assert path.read_bytes() == b""
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("durable", [True, False])
def test_content_is_on_the_disk_before_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, durable: bool
) -> None:
    """Renamed first, a power cut would leave the name on an empty file."""
    done: list[str] = []
    really_sync, really_replace = os.fsync, Path.replace

    def sync(descriptor: int) -> None:
        done.append("sync")
        really_sync(descriptor)

    def rename(self: Path, target: Path) -> Path:
        done.append("rename")
        return really_replace(self, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "replace", rename)
    write_atomically(tmp_path / "file", b"x", durable=durable)
    folders = ["sync"] if os.name == "posix" else []
    assert done == (["sync", "rename", *folders] if durable else ["rename"])


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EIO])
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failing_disk_is_a_storage_error_and_the_old_file_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, step: str
) -> None:
    path = tmp_path / "file"
    path.write_bytes(OLD)

    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(*((os, "fsync") if step == "fsync" else (Path, "replace")), fail)
    with pytest.raises(StorageError, match=os.strerror(code)) as raised:
        write_atomically(path, NEW)
    assert str(path) in str(raised.value)
    assert path.read_bytes() == OLD
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupted_write_leaves_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(OLD)

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, NEW)
    assert path.read_bytes() == OLD
    assert list(tmp_path.iterdir()) == [path]


def killed_while_writing(path: Path, hours_ago: float) -> Path:
    """What is there if the process that wrote to `path` was killed so long ago."""
    left = temporary_beside(path)
    left.write_bytes(NEW[:1])
    then = time.time() - hours_ago * 3600
    os.utime(left, (then, then))
    return left


def test_what_killed_writers_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    """A young one belongs to a writer that is at work; the others are not ours."""
    killed_while_writing(tmp_path / "export.csv", 2)
    stay = {killed_while_writing(tmp_path / "export.csv", 0.5)}
    for name in (".notes.tmp", "export.0123456789abcdef.tmp", ".export.csv.0123456789abcdef.tmpx"):
        stay.add(tmp_path / name)
        (tmp_path / name).write_bytes(OLD)
        os.utime(tmp_path / name, (0, 0))
    sweep_temporaries(tmp_path)
    assert set(tmp_path.iterdir()) == stay
    sweep_temporaries(tmp_path / "nowhere")


def test_each_writer_sweeps_the_folder_of_the_users_that_it_writes_to(tmp_path: Path) -> None:
    """A copy of `.env` holds the token, and one of a report is megabytes in an export's folder."""
    settings = Settings(root=tmp_path, data_dir=tmp_path / "data")
    settings.data_dir.mkdir()
    decision = Override(0, 7, 1, None, "not", None, None)
    writers: dict[Path, Callable[[], object]] = {
        tmp_path / ".env": lambda: write_env(tmp_path / ".env", {"DISCOGS_USERNAME": "a"}),
        settings.overrides_file: lambda: add_decision(settings.overrides_file, decision),
        settings.progress_file: Warehouse(settings.database).sweep,
        tmp_path / "out" / "a.csv": lambda: write_files(
            settings, tmp_path / "out", {"a.csv": b"x"}
        ),
    }
    for path, write in writers.items():
        path.parent.mkdir(exist_ok=True)
        left = killed_while_writing(path, 2)
        write()
        assert not left.exists(), path


def test_a_missing_folder_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be written"):
        write_atomically(tmp_path / "nowhere" / "file", NEW)


def test_a_folder_in_the_files_place_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()
    with pytest.raises(StorageError, match="cannot be written"):
        write_atomically(tmp_path / "file", NEW)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_temporary_is_hidden_beside_the_file_and_one_for_each_thread(tmp_path: Path) -> None:
    path = tmp_path / "7.json"
    names = [temporary_beside(path)]
    thread = threading.Thread(target=lambda: names.append(temporary_beside(path)))
    thread.start()
    thread.join()
    assert len(set(names)) == 2
    for name in names:
        assert name.parent == tmp_path
        assert name.name.startswith(".")
        assert name.name.endswith(TEMPORARY_SUFFIX)


def test_threads_writing_one_file_leave_one_whole_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    contents = [letter.encode() * 100_000 for letter in "abcd"]
    threads = [
        threading.Thread(
            target=lambda content=content: [
                write_atomically(path, content, durable=False) for _ in range(20)
            ]
        )
        for content in contents
    ]
    for thread in threads:
        thread.start()
    seen = set()
    while any(thread.is_alive() for thread in threads):
        if path.exists():
            seen.add(path.read_bytes())
    for thread in threads:
        thread.join()
    assert seen <= set(contents)
    assert path.read_bytes() in contents
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix", reason="links")
@pytest.mark.parametrize("write", [write_atomically, create_atomically])
def test_a_link_at_the_temporary_name_is_not_written_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path, bytes], object]
) -> None:
    """Even if somebody guessed it."""
    diary, guessed = tmp_path / "diary", tmp_path / ".file.guessed.tmp"
    diary.write_bytes(OLD)
    guessed.symlink_to(diary)
    monkeypatch.setattr(files, "temporary_beside", lambda path: guessed)
    with pytest.raises(StorageError, match="cannot be written"):
        write(tmp_path / "file", NEW)
    assert diary.read_bytes() == OLD
    assert guessed.is_symlink()
    assert not (tmp_path / "file").exists()


def test_nobody_can_guess_the_temporary_name(tmp_path: Path) -> None:
    """Process and thread are known to everybody on the machine."""
    names = {temporary_beside(tmp_path / "file").name for _ in range(100)}
    assert len(names) == 100
    assert not [name for name in names if str(threading.get_ident()) in name]


def test_the_longest_name_can_be_written(tmp_path: Path) -> None:
    for name in ("n" * 255, "\u9285" * 85):
        write_atomically(tmp_path / name, NEW)
        assert (tmp_path / name).read_bytes() == NEW


@pytest.mark.skipif(os.name != "posix", reason="devices, pipes and links")
def test_what_is_in_a_files_place(tmp_path: Path) -> None:
    assert obstacle_at(tmp_path / "nothing") == ""
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("file")
    assert obstacle_at(tmp_path / "file") == obstacle_at(tmp_path / "link") == ""
    assert obstacle_at(tmp_path / "link", links_count=True) == "a link"
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "nowhere").symlink_to("gone")
    (tmp_path / "itself").symlink_to("itself")
    (tmp_path / "null").symlink_to("/dev/null")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(os.path.relpath(tmp_path / "socket"))
        assert obstacle_at(tmp_path / "socket") == "a socket"
    assert obstacle_at(tmp_path) == "a folder"
    assert obstacle_at(tmp_path / "pipe") == "a pipe"
    assert obstacle_at(tmp_path / "null") == obstacle_at(Path("/dev/null")) == "a device"
    assert obstacle_at(tmp_path / "nowhere") == "a link that leads nowhere"
    assert obstacle_at(tmp_path / "itself") == "a link that leads to itself"


def _write_in_turn(path: Path, running: Path) -> None:
    running.touch()
    while True:
        write_atomically(path, NEW, durable=False)
        write_atomically(path, OLD, durable=False)


@pytest.mark.slow  # the suite kills at each of the places: torture/test_points_of_death.py
@pytest.mark.skipif(os.name != "posix", reason="there is no SIGKILL")
def test_killed_at_any_moment_it_leaves_old_or_new(
    tmp_path: Path, start_process: StartProcess
) -> None:
    dice = random.Random(1)
    for round_ in range(12):
        path, running = tmp_path / f"{round_}", tmp_path / f"{round_}.running"
        path.write_bytes(OLD)
        writer = start_process(_write_in_turn, path, running)
        while not running.exists():
            assert writer.is_alive()
            time.sleep(0.001)
        time.sleep(dice.uniform(0, 0.01))
        writer.kill()
        writer.join(10)
        assert path.read_bytes() in (OLD, NEW)


def test_syncing_does_not_change_anything(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(OLD)
    sync_file(path)
    sync_folder(tmp_path)
    sync_folder(tmp_path / "nowhere")  # the entry is in the system's hands all the same
    assert path.read_bytes() == OLD
    with pytest.raises(FileNotFoundError):
        sync_file(tmp_path / "nowhere")


@pytest.mark.parametrize("on_windows", [True, False])
def test_on_windows_a_file_that_is_open_for_a_moment_is_replaced_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, on_windows: bool
) -> None:
    new, old = tmp_path / "new", tmp_path / "old"
    new.write_text("new")
    tries: list[Path] = []

    def refused_twice(source: Path, target: Path) -> None:
        tries.append(source)
        if len(tries) < 3:
            raise PermissionError(errno.EACCES, "Access is denied", str(target))
        os.replace(source, target)  # noqa: PTH105

    monkeypatch.setattr(Path, "replace", refused_twice)
    monkeypatch.setattr(files, "ON_WINDOWS", on_windows)
    if on_windows:
        files.replace(new, old)
        assert old.read_text() == "new"
    else:
        with pytest.raises(PermissionError):
            files.replace(new, old)
        assert len(tries) == 1


def test_replace_takes_the_place_of_the_old(tmp_path: Path) -> None:
    (tmp_path / "new").write_bytes(NEW)
    (tmp_path / "old").write_bytes(OLD)
    replace(tmp_path / "new", tmp_path / "old")
    assert (tmp_path / "old").read_bytes() == NEW
    assert not (tmp_path / "new").exists()


def test_what_stands_in_the_place_is_to_be_moved_away(tmp_path: Path) -> None:
    """The remedy was to make room, while a file had the folder's name."""
    (tmp_path / "data").write_text("a file")
    with pytest.raises(StorageError) as caught, storage_errors(tmp_path / "data"):
        (tmp_path / "data").mkdir()
    assert "Move away what is in its place" in caught.value.remedy


def test_storage_errors_lets_others_pass() -> None:
    with pytest.raises(ValueError, match="mine"), storage_errors(Path("file")):
        raise ValueError("mine")
    with (
        pytest.raises(StorageError, match="file cannot be written: odd"),
        storage_errors(Path("file")),
    ):
        raise OSError("odd")
