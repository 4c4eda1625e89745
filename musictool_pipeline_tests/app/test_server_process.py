"""A command that is a server: it ends as the server does, and takes it along when it is told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from musictool_pipeline_tests.app.conftest import OpenTerminal, wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")

# What ends it is noted by a server as Dagster's is: every signal to end is to it what Ctrl-C is.
SERVER = """
import os, pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
pathlib.Path("process").write_text(str(os.getpid()))
try:
    pathlib.Path("is up").touch()
    time.sleep(60)
except KeyboardInterrupt:
    time.sleep(1)
    pathlib.Path("ended well").touch()
"""
DEAF = """
import os, pathlib, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path("process").write_text(str(os.getpid()))
pathlib.Path("is up").touch()
time.sleep(60)
"""
WITH_A_CHILD = """
import pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
started = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
pathlib.Path("process").write_text(str(started.pid))
pathlib.Path("is up").touch()
time.sleep(60)
"""
COMMAND = """
import os, sys
from pathlib import Path
from musictool_pipeline.app import server_process
server_process.PATIENCE = float(sys.argv[2])
sys.exit(server_process.serve([sys.executable, "-c", sys.argv[1]], Path(sys.argv[3]), os.environ))
"""


def start(
    folder: Path, server: str, *, patience: float = 20.0, keyboard: signal.Handlers = signal.SIG_DFL
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", COMMAND, server, str(patience), str(folder)]
    return subprocess.Popen(
        command,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, keyboard),
    )


def is_there(process: int) -> bool:
    try:
        # One that is dead and that nobody asked for yet is not there any more.
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def told(process: subprocess.Popen[bytes], folder: Path, tell: Callable[[], None]) -> int:
    """The exit code, once no server is left behind."""
    try:
        wait_until((folder / "is up").exists, "the server is up")
        tell()
        code = process.wait(30)
        assert not is_there(int((folder / "process").read_text()))
        return code
    finally:
        process.kill()


def test_it_ends_as_the_server_does(tmp_path: Path) -> None:
    assert start(tmp_path, "raise SystemExit(7)").wait(30) == 7


def test_ctrl_c_leaves_the_server_the_time_to_end_well(tmp_path: Path) -> None:
    """Dagster's was killed a quarter of a second after it."""
    process = start(tmp_path, SERVER)
    assert told(process, tmp_path, lambda: os.killpg(process.pid, signal.SIGINT)) == 0
    assert (tmp_path / "ended well").exists()


@pytest.mark.parametrize("keyboard", [signal.SIG_DFL, signal.SIG_IGN], ids=["", "background"])
def test_told_to_end_it_takes_the_server_along(tmp_path: Path, keyboard: signal.Handlers) -> None:
    """Dagster's pages went on on their port, for nobody; started by a script, even when they were
    told to end."""
    process = start(tmp_path, SERVER, keyboard=keyboard)
    assert told(process, tmp_path, process.terminate) == 0
    assert (tmp_path / "ended well").exists()


def test_ctrl_c_does_not_reach_what_a_script_started_in_the_background(tmp_path: Path) -> None:
    process = start(tmp_path, SERVER, keyboard=signal.SIG_IGN)

    def tell() -> None:
        os.killpg(process.pid, signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)
        assert is_there(int((tmp_path / "process").read_text()))
        process.terminate()

    assert told(process, tmp_path, tell) == 0


def test_a_server_that_does_not_end_is_killed(tmp_path: Path) -> None:
    process = start(tmp_path, DEAF, patience=0.5)
    assert told(process, tmp_path, process.terminate) == 0


TOLD_AT_ITS_START = """
import os, pathlib, signal, subprocess, sys, time
from musictool_pipeline.app import server_process
start = subprocess.Popen
def told_at_its_start(*args, **options):
    server = start(*args, **options)
    while not pathlib.Path(sys.argv[2], "is up").exists():
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGTERM)
    return server
server_process.subprocess.Popen = told_at_its_start
command, folder = [sys.executable, "-c", sys.argv[1]], pathlib.Path(sys.argv[2])
sys.exit(server_process.serve(command, folder, os.environ))
"""


def test_a_server_that_has_only_just_started_is_not_left_behind(tmp_path: Path) -> None:
    command = [sys.executable, "-c", TOLD_AT_ITS_START, SERVER, str(tmp_path)]
    assert subprocess.run(command, start_new_session=True, timeout=30).returncode == 0
    assert not is_there(int((tmp_path / "process").read_text()))


def test_what_a_killed_server_started_is_killed_too(tmp_path: Path) -> None:
    """Dagster with runs under way took longer to end than it may, and its web server went on, on
    its port, for good."""
    process = start(tmp_path, WITH_A_CHILD, patience=0.5)
    assert told(process, tmp_path, process.terminate) == 0


LOADING = """
import pathlib, sys, time
print("Launching", file=sys.stderr)
pathlib.Path("is up").touch()
time.sleep(60)
"""
FAILING = """
import sys
print("no such\\nport", file=sys.stderr)
sys.exit(3)
"""


def test_ctrl_c_while_it_loads_shows_no_traceback(
    tmp_path: Path, open_terminal: OpenTerminal
) -> None:
    """Each of Dagster's processes answered with one."""
    command = [sys.executable, "-c", COMMAND, LOADING, "20", str(tmp_path)]
    session = open_terminal(command, dict(os.environ), tmp_path)
    session.wait_for("Launching")
    session.type("\x03")
    assert session.finish() == 0
    assert "Traceback" not in session.shown


def test_what_a_server_says_that_cannot_start_is_shown_whole(
    tmp_path: Path, open_terminal: OpenTerminal
) -> None:
    command = [sys.executable, "-c", COMMAND, FAILING, "20", str(tmp_path)]
    session = open_terminal(command, dict(os.environ), tmp_path)
    session.wait_for("port")
    assert session.finish() == 3
    assert session.shown.splitlines() == ["no such", "port"]
