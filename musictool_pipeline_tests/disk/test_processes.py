"""An owner is known again, and called gone only where that is certain."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import psutil
import pytest

from musictool_pipeline.disk import processes
from musictool_pipeline.disk.processes import Owner, is_running


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def owner_of(pid: int) -> Owner:
    return Owner(socket.gethostname(), pid, round(processes._began(psutil.Process(pid)), 1))


def test_reads_back_what_it_prints() -> None:
    owner = Owner.this_process()
    assert owner.pid == os.getpid()
    assert Owner.parse(str(owner)) == owner
    colons = Owner("fe80::1", 7, 1.5)
    assert Owner.parse(str(colons)) == colons


@pytest.mark.parametrize("text", ["", "host", "host:1", "host:x:1.0", "host:1:x", "host:1.5:1.0"])
def test_reads_nothing_into_other_texts(text: str) -> None:
    assert Owner.parse(text) is None


def test_this_process_is_not_gone() -> None:
    assert not Owner.this_process().is_gone()
    assert is_running(os.getpid())


def test_a_living_process_is_not_gone_and_a_dead_one_is(
    sleeper: subprocess.Popen[bytes],
) -> None:
    owner = owner_of(sleeper.pid)
    assert not owner.is_gone()
    sleeper.kill()
    sleeper.wait(10)
    assert owner.is_gone()
    assert not is_running(sleeper.pid)


@pytest.mark.skipif(os.name != "posix", reason="there are no zombies")
def test_a_zombie_is_gone(sleeper: subprocess.Popen[bytes]) -> None:
    """A killed run whose parent never waits for it would count as alive for ever."""
    owner = owner_of(sleeper.pid)
    sleeper.kill()
    deadline = time.monotonic() + 10
    while psutil.Process(sleeper.pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert owner.is_gone()


@pytest.mark.parametrize("seconds", [-5, 5, 86_400])
def test_a_later_process_of_the_same_id_is_another(seconds: float) -> None:
    """The system uses process ids again: without the time, a dead run would seem alive."""
    owner = Owner.this_process()
    assert replace(owner, began=owner.began + seconds).is_gone()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems note the date of the start")
def test_a_change_of_the_date_makes_nobody_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """A laptop that wakes up sets its clock: a refresh under way would be taken for dead, its run
    closed in Dagster's books, and its partitions fetched beside it."""
    from psutil import _pslinux

    owner, true_boot_time = Owner.this_process(), _pslinux.boot_time
    began = psutil.Process().create_time()
    monkeypatch.setattr(_pslinux, "boot_time", lambda: true_boot_time() + 3600.0)
    assert psutil.Process().create_time() > began + 3000, "the date did not change"
    assert not owner.is_gone()
    assert Owner.this_process() == owner


def test_of_another_host_nothing_is_certain() -> None:
    assert not Owner("another." + socket.gethostname(), 2**22 + 1, 1.0).is_gone()


def test_a_process_that_may_not_be_looked_at_is_not_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    owner = Owner.this_process()

    def refuse(self: psutil.Process) -> float:
        raise psutil.AccessDenied(self.pid)

    monkeypatch.setattr(psutil.Process, "create_time", refuse)
    assert not owner.is_gone()


def test_an_id_above_all_processes_is_gone() -> None:
    assert Owner(socket.gethostname(), 10**12, 1.0).is_gone()


def test_an_id_that_no_process_can_have_is_gone() -> None:
    """`musictool status` reads the owner from a file that anybody can have touched."""
    owner = Owner.parse(f"{socket.gethostname()}:-1:1.0")
    assert owner is None or owner.is_gone()


def test_a_number_above_all_process_ids_does_not_run() -> None:
    """The number comes from the budget's file."""
    assert not is_running(10**12)
