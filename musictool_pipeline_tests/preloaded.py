"""Commands run by a process that has loaded everything already, and forks.

Two thirds of a small refresh's time are imports. Hundreds of commands would spend their time on
them, so they are done once: each command is then a process of its own, forked, in a session of its
own, that runs the same `main` as `musictool` does. What is promised of the imports themselves is
tested with processes from cold.

Run as a program this takes orders from the socket whose number it is given, or from all who connect
to it: one JSON object a line (`argv`, `environment`, `folder`, `trap`, `program`), with the three
standard files. It answers each with the process's id, and each end of a process with its code. It
ends when nobody is left to give orders.
"""

from __future__ import annotations

import gc
import importlib
import io
import json
import os
import pkgutil
import random
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from musictool_pipeline.settings import PROJECT_ROOT, SETTING_NAMES
from musictool_pipeline_tests.empty_database import copied_from
from musictool_pipeline_tests.torture.traps import Trap

_ADDRESS = "orders"
_LOOK_EVERY = 0.01
_MOST = 65536
_NOT_LOADED = {"dagster_webserver", "guard"}
"""What the extra `dashboard` brings; no command needs it in its own process."""
_LOADED_LATE = (
    "dagster._core.definitions.repository_definition.repository_data_builder",
    "dagster._core.execution.execute_in_process",
    "dagster._core.storage.sqlite_storage",
    "pyarrow.pandas_compat",
    "upath.implementations.local",
)
"""What a refresh loads on its way, a second's worth; if one is not there, it only takes longer."""


@dataclass
class Command:
    """A command under way, or ended: then `code` is its exit code, below 0 for a signal's."""

    pid: int
    args: tuple[str, ...] = ()
    output: Path = Path()
    """Where it says everything, if it was started so."""
    stdout: TextIO | None = None
    """What it says, if it was started so."""
    began: float = field(default_factory=time.monotonic)
    code: int | None = None
    _ended: threading.Event = field(default_factory=threading.Event)

    @property
    def returncode(self) -> int:
        """The exit code of one that has ended."""
        assert self.code is not None, "it still runs"
        return self.code

    def poll(self) -> int | None:
        """The exit code, or None if it still runs."""
        return self.code

    def wait(self, seconds: float = 180.0) -> int | None:
        """The exit code, or None if it still runs after that time."""
        self._ended.wait(seconds)
        return self.code

    def communicate(self, timeout: float = 180.0) -> tuple[str, str]:
        """What it says from now to its end, which comes with the time-out at the latest."""
        assert self.stdout
        clock = threading.Timer(timeout, self.kill)
        clock.start()
        try:
            said = self.stdout.read()
            self.wait(30)
        finally:
            clock.cancel()
        return said, ""

    def send_signal(self, number: signal.Signals) -> None:
        """Sends it to the command alone; nothing happens to one that has ended."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Asks it to end, as a shutdown does."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9 of the whole process group; nothing happens to one that has ended."""
        if self.code is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self._ended.wait(30)

    def said(self) -> str:
        """Standard output and standard error so far."""
        return self.output.read_text("utf-8", errors="replace") if self.output.is_file() else ""

    def note_end(self, code: int) -> None:
        self.code = code
        self._ended.set()


class _Shared:
    """One process that has loaded everything, for all who name the same folder, in this process or
    in others. The first of them to need it starts it, and sees it end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._held: socket.socket

    def connected(self) -> socket.socket:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        with _alone_in(self._folder):
            try:
                return self._connection()
            except OSError:
                self._start()
                return self._connection()

    def _connection(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(str(self._folder / _ADDRESS))
        except OSError:
            connection.close()
            raise
        return connection

    def _start(self) -> None:
        with socket.socket(socket.AF_UNIX) as listening:
            (self._folder / _ADDRESS).unlink(missing_ok=True)
            listening.bind(str(self._folder / _ADDRESS))
            listening.listen()
            self._process = _started(listening, self._folder, PROJECT_ROOT)
        self._held = self._connection()

    def close(self) -> None:
        if self._process:
            self._held.close()
            self._process.wait()
            shutil.rmtree(self._folder, ignore_errors=True)


_shared: _Shared | None = None


@contextmanager
def shared(folder: Path) -> Iterator[None]:
    """In this block everything in `Preloaded` is loaded once, for all processes that name the same
    folder. Its name is to be short: the system allows a socket's hundred letters."""
    global _shared
    _shared = _Shared(folder)
    try:
        yield
    finally:
        _shared.close()
        _shared = None


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    import fcntl

    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _started(orders: socket.socket, folder: Path, root: Path) -> subprocess.Popen[bytes]:
    environment = {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(root),
        "HOME": str(folder),
        **dict.fromkeys(SETTING_NAMES, ""),
    }
    return subprocess.Popen(
        [sys.executable, "-m", __name__, str(orders.fileno())],
        stdin=subprocess.DEVNULL,
        env=environment,
        cwd=folder,
        pass_fds=[orders.fileno()],
        start_new_session=True,
    )


class Preloaded:
    """Starts commands; loads what they need when the first one is to start. A context manager; what
    still runs at its end is killed."""

    def __init__(self, folder: Path, root: Path = PROJECT_ROOT) -> None:
        """`root`: the checkout whose code the commands run."""
        self._folder = folder
        self._root = root
        self._lock = threading.Lock()
        self._commands: dict[int, Command] = {}
        self._started = threading.Semaphore(0)
        self._new: Command | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._orders: socket.socket | None = None
        self._listener: threading.Thread
        self._number = 0

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for command in list(self._commands.values()):
            if command.code is None:
                with suppress(ProcessLookupError):
                    os.killpg(command.pid, signal.SIGKILL)
        if self._orders:
            self._orders.shutdown(socket.SHUT_WR)
            self._listener.join(30)
            if self._process:
                self._process.wait(30)
            self._orders.close()

    def _load(self) -> socket.socket:
        if _shared and self._root == PROJECT_ROOT:
            orders = _shared.connected()
        else:
            orders, its_end = socket.socketpair()
            with its_end:
                self._process = _started(its_end, self._folder, self._root)
        self._listener = threading.Thread(target=self._listen, args=[orders], daemon=True)
        self._listener.start()
        return orders

    def start(
        self,
        *argv: str,
        environment: Mapping[str, str],
        folder: Path,
        trap: Trap | None = None,
    ) -> Command:
        """Starts `musictool *argv`, with a trap set in its process if one is given. What it says
        goes to a file of its own."""
        with self._lock:
            self._number += 1
            output = self._folder / f"output-{self._number}.txt"
        with Path(os.devnull).open() as nothing, output.open("ab") as said:
            files = (nothing.fileno(), said.fileno(), said.fileno())
            command = self.order(argv, environment, folder, files, trap)
        command.output = output
        return command

    def order(
        self,
        argv: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        files: tuple[int, int, int],
        trap: Trap | None = None,
        program: str = "",
    ) -> Command:
        """Starts `musictool *argv`, or that program as `python -c program *argv` would, with these
        as its standard files. If the first of them is a terminal, it is the process's own."""
        order = {
            "argv": list(argv),
            "program": program,
            "environment": dict(environment),
            "folder": str(folder),
            "trap": trap.as_json() if trap else None,
        }
        content = json.dumps(order).encode() + b"\n"
        with self._lock:
            self._orders = self._orders or self._load()
            sent = socket.send_fds(self._orders, [content], list(files))
            self._orders.sendall(content[sent:])
            if not self._started.acquire(timeout=120) or self._new is None:
                raise RuntimeError("the preloaded process does not answer")
            command, self._new = self._new, None
            command.args = tuple(argv)
            return command

    def _listen(self, orders: socket.socket) -> None:
        for line in orders.makefile("rb"):
            told: dict[str, int] = json.loads(line)
            if "started" in told:
                self._new = self._commands[told["started"]] = Command(told["started"])
                self._started.release()
            else:
                self._commands[told["ended"]].note_end(told["code"])


def _load() -> None:
    import musictool_pipeline.app as app
    import musictool_pipeline.definitions
    import musictool_pipeline.orchestration.healing  # noqa: F401

    for module in pkgutil.iter_modules(app.__path__):
        if not module.ispkg and module.name not in _NOT_LOADED:
            importlib.import_module(f"{app.__name__}.{module.name}")
    for name in _LOADED_LATE:
        with suppress(ImportError):
            importlib.import_module(name)
    _read_migrations()


def _read_migrations() -> None:
    """Dagster looks for the latest of them in each database that it opens."""
    from dagster._core.storage.runs.sqlite import sqlite_run_storage
    from dagster._core.storage.sql import check_alembic_revision, create_engine, get_alembic_config

    with create_engine("sqlite://").connect() as connection:
        check_alembic_revision(get_alembic_config(sqlite_run_storage.__file__), connection)


def _serve(first: socket.socket) -> None:
    _load()
    gc.freeze()
    with copied_from(Path.cwd()):
        _obey(first)


def _obey(first: socket.socket) -> None:
    listening = {first} if first.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) else set()
    givers = {first} - listening
    children: dict[int, socket.socket] = {}
    while True:
        wait = _LOOK_EVERY if children else None
        ready, _, _ = select.select([*givers, *listening], [], [], wait)
        for orders in ready:
            if orders in listening:
                givers.add(orders.accept()[0])
                continue
            content, files, _, _ = socket.recv_fds(orders, _MOST, 3)
            if not content:  # the giver of orders is gone, killed perhaps
                for pid in (pid for pid, giver in children.items() if giver is orders):
                    with suppress(ProcessLookupError):
                        os.killpg(pid, signal.SIGKILL)
                givers.remove(orders)
                orders.close()
                continue
            while not content.endswith(b"\n"):
                content += orders.recv(_MOST)
            pid = _fork(json.loads(content), files, {*givers, *listening})
            children[pid] = orders
            for number in files:
                os.close(number)
            _tell(orders, started=pid)
        while children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            _tell(children.pop(pid), ended=pid, code=os.waitstatus_to_exitcode(status))
        if ready and not givers:
            _end(first, listening)


def _end(first: socket.socket, listening: set[socket.socket]) -> None:
    """Ends, unless somebody has just connected."""
    if not listening:
        os._exit(0)  # DuckDB complains of what is alive at an orderly end
    address = Path(first.getsockname())
    with suppress(FileNotFoundError), _alone_in(address.parent):
        if select.select([first], [], [], 0)[0]:
            return
        address.unlink(missing_ok=True)
    os._exit(0)


def _tell(orders: socket.socket, **what: int) -> None:
    with suppress(OSError):  # it is gone
        orders.sendall(json.dumps(what).encode() + b"\n")


def _fork(order: dict[str, Any], files: list[int], sockets: set[socket.socket]) -> int:
    if pid := os.fork():
        return pid
    code = 70
    try:
        for each in sockets:
            each.close()
        _settle(order, files)
        if order["trap"]:
            Trap.from_json(order["trap"]).set()

        code = _run(order)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        # Not by way of `exit`: what the parent registered is the parent's to do.
        os._exit(code)


def _run(order: dict[str, Any]) -> int:
    if order["program"]:
        exec(compile(order["program"], "<string>", "exec"), {"__name__": "__main__"})
        return 0

    from musictool_pipeline.app.cli import main

    return main(order["argv"])


def _settle(order: dict[str, Any], files: list[int]) -> None:
    """Makes this process what one from cold would be: its session, files, variables and folder."""
    os.setsid()
    for target, source in enumerate(files):
        os.dup2(source, target)
    for number in set(files) - {0, 1, 2}:
        os.close(number)
    if os.isatty(0):
        import fcntl
        import termios

        # A new session has no terminal: without this Ctrl-C would reach nobody, and `getpass` would
        # find no /dev/tty to ask at.
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = _as_python_opens(1)
    # By lines, as Python's own: what is said while nobody listens must not come out later.
    sys.stderr = _as_python_opens(2, by_lines=True)
    sys.argv = ["-c" if order["program"] else "musictool", *order["argv"]]
    os.environ.clear()
    os.environ.update(order["environment"])
    time.tzset()
    tempfile.tempdir = None
    os.chdir(order["folder"])
    random.seed()  # or every child would draw the same pauses


def _as_python_opens(number: int, *, by_lines: bool = False) -> io.TextIOWrapper:
    binary = io.BufferedWriter(io.FileIO(number, "w", closefd=False))
    return io.TextIOWrapper(
        binary,
        encoding="utf-8",
        errors="backslashreplace" if by_lines else "strict",
        line_buffering=by_lines or os.isatty(number),
    )


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
