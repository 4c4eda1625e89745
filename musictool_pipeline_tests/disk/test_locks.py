"""Locks keep others out, go with the process that held them, and make no folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from musictool_pipeline.disk.locks import lock_on, locked
from musictool_pipeline.errors import StorageError


def test_only_one_holds_it(tmp_path: Path) -> None:
    file = tmp_path / "7.lock"
    with lock_on(file) as is_held, lock_on(file, wait=False) as is_held_too:
        assert (is_held, is_held_too) == (True, False)
    with lock_on(file, wait=False) as is_held:
        assert is_held


def test_it_goes_with_a_block_that_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), locked(tmp_path / "tables"):
        _ = 1 / 0
    with lock_on(tmp_path / ".tables.lock", wait=False) as is_held:
        assert is_held


def test_a_second_one_waits(tmp_path: Path) -> None:
    order: list[str] = []

    def follow() -> None:
        with locked(tmp_path / "tables"):
            order.append("second")

    with locked(tmp_path / "tables"):
        follower = threading.Thread(target=follow)
        follower.start()
        follower.join(0.2)
        order.append("first")
    follower.join(10)
    assert order == ["first", "second"]


def test_it_goes_with_a_process_that_is_killed(tmp_path: Path) -> None:
    holding = (
        "import pathlib, time; from musictool_pipeline.disk.locks import lock_on\n"
        f"with lock_on(pathlib.Path({str(tmp_path / '7.lock')!r})):\n"
        "    print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", holding], stdout=subprocess.PIPE) as holder:
        assert holder.stdout and holder.stdout.readline().strip() == b"held"
        with lock_on(tmp_path / "7.lock", wait=False) as is_held:
            assert not is_held
        holder.kill()
    with lock_on(tmp_path / "7.lock", wait=False) as is_held:
        assert is_held


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")
def test_a_child_that_was_forked_meanwhile_does_not_keep_it(tmp_path: Path) -> None:
    """The matcher forks while the tables are being made."""
    reading, writing = os.pipe()
    with lock_on(tmp_path / "7.lock"):
        child = os.fork()
        if child == 0:
            os.close(writing)
            os.read(reading, 1)  # until the test is over
            os._exit(0)
    try:
        with lock_on(tmp_path / "7.lock", wait=False) as is_held:
            assert is_held
    finally:
        os.close(writing)
        os.close(reading)
        os.waitpid(child, 0)


def test_filelocks_own_lock_on_the_file_is_the_same_one(tmp_path: Path) -> None:
    """An older version of the project, still at work during an upgrade, holds that one."""
    with FileLock(tmp_path / "7.lock"), lock_on(tmp_path / "7.lock", wait=False) as is_held:
        assert not is_held
    with lock_on(tmp_path / "7.lock"), pytest.raises(Timeout):
        FileLock(tmp_path / "7.lock").acquire(blocking=False)


def test_a_folder_that_went_a_moment_ago_does_not_come_back(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    claim, tables = lock_on(folder / "7.lock"), locked(folder / "tables")
    shutil.rmtree(folder)
    with pytest.raises(StorageError, match=r"7\.lock cannot be written: .* is gone") as gone, claim:
        pass
    assert isinstance(gone.value.__cause__, FileNotFoundError)
    with (
        pytest.raises(StorageError, match=r"tables cannot be written: the folder .* is gone"),
        tables,
    ):
        pass
    assert not folder.exists()


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_a_link_in_the_locks_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / ".tables.lock").symlink_to(tmp_path / "elsewhere")
    with (
        pytest.raises(StorageError, match=r"its lock .* is a link; remove it"),
        locked(tmp_path / "tables"),
    ):
        pass
    assert not (tmp_path / "elsewhere").exists()
