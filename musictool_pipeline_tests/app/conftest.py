"""A project in a folder of its own, and the commands run on it as a user runs them: as processes.

Most are forked from one that has loaded everything (`preloaded`), which saves each of them seconds.

What belongs here: surroundings that keep the machine's own settings, caches and `.env` out, a
terminal to run a command in, and looking at what a command left behind. What is expected of a
command stands with its tests.
"""

from __future__ import annotations

import csv
import json
import os
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import duckdb
import pytest

from musictool_pipeline.discogs.cache import TracklistCache
from musictool_pipeline.settings import PROJECT_ROOT, SETTING_NAMES
from musictool_pipeline_tests.preloaded import Command, Preloaded
from musictool_pipeline_tests.sample_data import SampleCollection, demo_collection
from musictool_pipeline_tests.stand_in.server import StandIn

if TYPE_CHECKING:
    from dagster import DagsterInstance

LIMIT = 60_000
"""Requests a minute, of the stand-in and of the client: the pace is not what is tested here."""

LONGEST = 300.0
"""Seconds; a command that takes longer hangs. On a machine with other work a refresh takes two
minutes."""

SAMPLE: SampleCollection = demo_collection()
_ROWS = list(csv.DictReader(SAMPLE.export_csv.decode().splitlines()))
IN_ORDER = list(
    dict.fromkeys(
        int(row["release_id"])
        for row in sorted(
            _ROWS, key=lambda row: (row["Date Added"] or "9999", int(row["release_id"]))
        )
    )
)
"""The releases in the order in which a refresh asks for them: by their first copy's date."""
RELEASE_IDS = set(IN_ORDER)
(GONE,) = RELEASE_IDS - set(SAMPLE.answers)
FEW = frozenset({*sorted(SAMPLE.answers)[:10], GONE})
"""For what many releases show no better: to fetch and book all 60 takes a second."""
REQUESTS = {release_id: 1 + (release_id == GONE) for release_id in RELEASE_IDS}
"""How often each is asked for: the one that is gone once more, before that is believed."""

SPOILED = IN_ORDER[0]
"""The first release that a refresh asks for, where `spoiled_answer` answers."""
ESCAPES = "\x1b[2J\x1b]0;owned\x07 :fire: [red]Title[/red]"


def spoiled_answer(release_id: int) -> bytes | None:
    """The sample's answers, one of them with a title that no terminal may obey."""
    body = SAMPLE.answers.get(release_id)
    if body is None or release_id != SPOILED:
        return body
    return json.dumps({**json.loads(body), "title": ESCAPES}).encode()


Completed = subprocess.CompletedProcess[str]
Running = subprocess.Popen[str] | Command


def cli(*arguments: str) -> list[str]:
    """The command line as a process of its own."""
    return [sys.executable, "-m", "musictool_pipeline.app.cli", *arguments]


_RUN_AND_LIST = """
import json, sys
from musictool_pipeline.app.cli import main
for command in json.loads(sys.argv[1]):
    code = 0
    try:
        code = main(command)
    except SystemExit:
        pass
    print("\\nLOADED", code, *sorted({name.partition(".")[0] for name in sys.modules}))
"""


def _heed_ctrl_c() -> None:
    """A shell that runs the tests in the background has them ignore it, and their children after
    them; in a terminal nothing does."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass(frozen=True)
class Project:
    """A folder with everything that a command reads or writes, and the API that it asks. Its
    commands are forked from what is preloaded, or else each starts from cold."""

    folder: Path
    api_url: str
    preloaded: Preloaded | None = None

    def from_cold(self) -> Self:
        """The same, with each command a new Python: for what is promised of its start."""
        return replace(self, preloaded=None)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def database(self) -> Path:
        return self.data / "musictool.duckdb"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def home(self) -> Path:
        """The user's home folder, in which no command has any business."""
        return self.folder / "home"

    @property
    def dagster_home(self) -> Path:
        return self.folder / "dagster"

    def environment(self, settings: Mapping[str, str] | None = None) -> dict[str, str]:
        """The whole environment of a command. Every setting is given, if only as empty: what the
        environment names, a developer's own `.env` cannot set."""
        kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
        return {
            **kept,
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "PYTHONPATH": str(PROJECT_ROOT),
            "HOME": str(self.home),
            "TMPDIR": str(self.folder / "tmp"),
            "XDG_CACHE_HOME": str(self.folder / "user-cache"),
            **dict.fromkeys(SETTING_NAMES, ""),
            "DISCOGS_API_URL": self.api_url,
            "DISCOGS_REQUESTS_PER_MINUTE": str(LIMIT),
            "MUSICTOOL_DATA_DIR": str(self.data),
            "MUSICTOOL_LOGS_DIR": str(self.logs),
            "DAGSTER_HOME": str(self.dagster_home),
            **(settings or {}),
        }

    def run(self, *arguments: str, settings: Mapping[str, str] | None = None) -> Completed:
        """Runs a command to its end, with no terminal anywhere."""
        if self.preloaded:
            return self._run_preloaded(self.preloaded, arguments, settings)
        return subprocess.run(
            cli(*arguments),
            env=self.environment(settings),
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=LONGEST,
            check=False,
        )

    def _run_preloaded(
        self, preloaded: Preloaded, argv: tuple[str, ...], settings: Mapping[str, str] | None
    ) -> Completed:
        with (
            Path(os.devnull).open() as nothing,
            tempfile.TemporaryFile("w+", encoding="utf-8") as out,
            tempfile.TemporaryFile("w+", encoding="utf-8") as err,
        ):
            files = nothing.fileno(), out.fileno(), err.fileno()
            command = preloaded.order(argv, self.environment(settings), self.home, files)
            code = command.wait(LONGEST)
            command.kill()
            assert code is not None, f"no end within {LONGEST:.0f} s: {argv}"
            for said in (out, err):
                said.seek(0)
            return Completed(argv, code, out.read(), err.read())

    def loaded_by(self, *arguments: str, settings: Mapping[str, str] | None = None) -> set[str]:
        """The packages that are in memory after a command."""
        ((_, loaded),) = self.loaded_by_each([arguments], settings)
        return loaded

    def loaded_by_each(
        self, commands: Sequence[Sequence[str]], settings: Mapping[str, str] | None = None
    ) -> list[tuple[int, set[str]]]:
        """The exit code of each command, and the packages that are in memory after it; they run one
        after the other in the same Python."""
        ran = subprocess.run(
            [sys.executable, "-c", _RUN_AND_LIST, json.dumps(commands)],
            env=self.environment(settings),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=True,
        )
        lines = [line.split() for line in ran.stdout.splitlines() if line.startswith("LOADED ")]
        return [(int(code), set(loaded)) for _, code, *loaded in lines]

    @contextmanager
    def running(
        self, *arguments: str, settings: Mapping[str, str] | None = None
    ) -> Iterator[Running]:
        """A command under way, in a process group of its own, that ends with the block at the
        latest; its errors go to its standard output."""
        environment = self.environment(settings)
        if self.preloaded:
            process = self._start_preloaded(self.preloaded, arguments, environment)
        else:
            process = subprocess.Popen(
                cli(*arguments),
                env=environment,
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                start_new_session=True,
                preexec_fn=_heed_ctrl_c,
            )
        try:
            yield process
        finally:
            _end(process)
            if process.stdout:
                process.stdout.close()

    def _start_preloaded(
        self, preloaded: Preloaded, argv: tuple[str, ...], environment: Mapping[str, str]
    ) -> Command:
        read, write = os.pipe()
        with Path(os.devnull).open() as nothing, os.fdopen(write, "w") as said:
            files = nothing.fileno(), said.fileno(), said.fileno()
            command = preloaded.order(argv, environment, self.home, files)
        command.stdout = os.fdopen(read, encoding="utf-8")
        return command

    @contextmanager
    def instance(self) -> Iterator[DagsterInstance]:
        """Dagster's records of this project."""
        from dagster import DagsterInstance

        with DagsterInstance.from_config(str(self.dagster_home)) as instance:
            yield instance

    def run_statuses(self) -> list[str]:
        """The state of every run, the latest first."""
        with self.instance() as instance:
            return [run.status.value for run in instance.get_runs()]

    def materialized(self) -> set[str]:
        """The releases whose tracklist Dagster has booked."""
        from dagster import AssetKey

        with self.instance() as instance:
            return instance.get_materialized_partitions(AssetKey("discogs_tracklists"))

    def cached(self) -> set[int]:
        """The releases whose answer is kept, and sound."""
        return {answer.release_id for answer in TracklistCache(self.data / "cache").scan()}

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Rows from the published database."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every published table, row by row."""
        return {
            name: self.ask(f"SELECT * FROM main.{name} ORDER BY ALL")
            for (name,) in self.ask(
                "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main' ORDER BY ALL"
            )
        }

    def log_text(self) -> str:
        """All log files, one after the other."""
        return "".join(path.read_text("utf-8") for path in sorted(self.logs.glob("*.log")))


def listing(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Mode, size and time of change of everything below `folder`."""
    return {
        str(path.relative_to(folder)): (status.st_mode, status.st_size, status.st_mtime_ns)
        for path in folder.rglob("*")
        for status in [path.lstat()]
    }


def everything_written(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Each file's bytes, and each value of each database, unpacked where it is packed."""
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        content = path.read_bytes()
        yield str(path), content
        if content.startswith(b"SQLite format 3"):
            yield from ((f"{path}: {table}", each) for table, each in _sqlite_values(path))
        elif path.suffix == ".duckdb":
            yield from ((f"{path}: {table}", each) for table, each in _duckdb_rows(path))


def _sqlite_values(path: Path) -> Iterator[tuple[str, bytes]]:
    connection = sqlite3.connect(path)
    try:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in tables.fetchall():
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                for value in row:
                    yield table, _unpacked(value)
    finally:
        connection.close()


def _unpacked(value: Any) -> bytes:
    if not isinstance(value, bytes):
        return str(value).encode()
    try:
        return zlib.decompress(value)
    except zlib.error:
        return value


def _duckdb_rows(path: Path) -> Iterator[tuple[str, bytes]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        for schema, table in connection.execute(
            "SELECT schema_name, table_name FROM duckdb_tables()"
        ).fetchall():
            for row in connection.execute(f"SELECT * FROM {schema}.{table}").fetchall():
                yield table, str(row).encode()


def wait_until(is_so: Callable[[], object], what: str, seconds: float = 60.0) -> None:
    """Waits for something to come about; fails with its name where it does not."""
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, f"waited {seconds:.0f} s in vain: {what}"
        time.sleep(0.02)


def _end(process: subprocess.Popen[Any] | Command) -> None:
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)


# A new session has no terminal: without this Ctrl-C would reach nobody, and `getpass` would find no
# /dev/tty to ask at.
_TAKE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execv(sys.argv[1], sys.argv[1:])"
)


def _start_in_terminal(
    command: Sequence[str],
    environment: Mapping[str, str],
    cwd: Path,
    screen: int,
    preloaded: Preloaded | None,
) -> subprocess.Popen[bytes] | Command:
    """What `cli` or `python -c` gives is forked, if there is something to fork from."""
    _, flag, what, *arguments = command
    if preloaded and (flag == "-c" or command[:3] == cli()):
        program = what if flag == "-c" else ""
        files = (screen, screen, screen)
        return preloaded.order(arguments, environment, cwd, files, program=program)
    return subprocess.Popen(
        [sys.executable, "-c", _TAKE_TERMINAL, *command],
        stdin=screen,
        stdout=screen,
        stderr=screen,
        env=dict(environment),
        cwd=cwd,
        start_new_session=True,
        preexec_fn=_heed_ctrl_c,
    )


class TerminalSession:
    """A command in a pseudo-terminal of its own: what it shows, and keys for it."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        cwd: Path,
        preloaded: Preloaded | None = None,
    ) -> None:
        import pty

        self._keyboard, screen = pty.openpty()
        self.resize(40, 110)
        self._shown = bytearray()
        self._answered = 0
        self.process = _start_in_terminal(command, environment, cwd, screen, preloaded)
        os.close(screen)

    @property
    def shown(self) -> str:
        """Everything that was shown, escape sequences included."""
        return self._shown.decode("utf-8", errors="replace")

    def wait_for(self, text: str, seconds: float = 60.0, *, after: int = 0) -> None:
        """Waits until `text` was shown, behind the first `after` characters."""
        self._wait_for(text, after, seconds)

    def _wait_for(self, text: str, start: int, seconds: float = 60.0) -> None:
        until = time.monotonic() + seconds
        while text not in self.shown[start:]:
            assert time.monotonic() < until, f"never showed {text!r}: {self.shown}"
            if not self._read():
                assert text in self.shown[start:], f"ended without {text!r}: {self.shown}"

    def answer(self, question: str, text: str = "") -> None:
        """Waits until the question stands there (again, since the last answer), then types the
        text and Enter."""
        self._wait_for(question, self._answered)
        self._answered = len(self.shown)
        self.type(f"{text}\r")

    def type(self, keys: str) -> None:
        """Keys, as pressed: `\\r` is Enter, `\\x03` Ctrl-C, `\\x04` Ctrl-D."""
        os.write(self._keyboard, keys.encode())

    def interrupt(self) -> None:
        """Ctrl-C at a question, and again if nothing happens, as anybody would: Python overlooks
        one that comes in the instant between a question and the wait for its answer."""
        until = time.monotonic() + 60
        pressed = 0.0
        while self.process.poll() is None and time.monotonic() < until:
            if time.monotonic() > pressed + 5:
                self.type("\x03")
                pressed = time.monotonic()
            if not self._read():
                return

    def resize(self, rows: int, columns: int) -> None:
        """As when somebody drags the window's corner."""
        import fcntl
        import struct
        import termios

        fcntl.ioctl(self._keyboard, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    @property
    def modes(self) -> list[Any]:
        """How the terminal treats keys (echo, lines, Ctrl-C)."""
        import termios

        return termios.tcgetattr(self._keyboard)

    @modes.setter
    def modes(self, modes: list[Any]) -> None:
        import termios

        termios.tcsetattr(self._keyboard, termios.TCSANOW, modes)

    def finish(self, seconds: float = 60.0) -> int:
        """Waits for the command's end and gives its exit code."""
        until = time.monotonic() + seconds
        while self._read():
            assert time.monotonic() < until, f"did not end: {self.shown}"
        code = self.process.wait(30)
        assert code is not None, f"did not end: {self.shown}"
        return code

    def close(self) -> None:
        _end(self.process)
        os.close(self._keyboard)

    def _read(self) -> bool:
        """Takes what is there now; False once nobody can show anything any more."""
        ready, _, _ = select.select([self._keyboard], [], [], 0.05)
        if not ready:
            return True
        try:
            piece = os.read(self._keyboard, 65536)
        except OSError:  # Linux's word for the end of a terminal
            return False
        self._shown += piece
        return bool(piece)


OpenTerminal = Callable[[Sequence[str], Mapping[str, str], Path], TerminalSession]


@pytest.fixture(scope="module")
def open_terminal(preloaded: Preloaded | None) -> Iterator[OpenTerminal]:
    """`open_terminal(command, environment, cwd)`; what still runs when the module is done ends."""
    pytest.importorskip("pty")
    sessions: list[TerminalSession] = []

    def open_one(
        command: Sequence[str], environment: Mapping[str, str], cwd: Path
    ) -> TerminalSession:
        sessions.append(TerminalSession(command, environment, cwd, preloaded))
        return sessions[-1]

    yield open_one
    for session in sessions:
        session.close()


MakeProject = Callable[[str], Project]


def keep_few(project: Project) -> None:
    """Leaves only the copies of the releases in FEW in the project's export."""
    with (project.data / SAMPLE.export_name).open("w", encoding="utf-8", newline="") as file:
        written = csv.DictWriter(file, list(_ROWS[0]))
        written.writeheader()
        written.writerows(row for row in _ROWS if int(row["release_id"]) in FEW)


@pytest.fixture(scope="session")
def preloaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preloaded | None]:
    """What commands are forked from, if the system can fork."""
    if not hasattr(os, "fork"):
        yield None
        return
    with Preloaded(tmp_path_factory.mktemp("preloaded")) as preloaded:
        yield preloaded


@pytest.fixture(scope="session")
def dagster_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Dagster's home with its empty databases, to be copied: to make them takes a quarter of a
    second, and the first command of each project would."""
    from dagster import DagsterInstance

    home = tmp_path_factory.mktemp("dagster")
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    with DagsterInstance.from_config(str(home)) as instance:
        instance.get_runs()
        instance.get_dynamic_partitions("none")
    return home


@pytest.fixture(scope="module")
def make_project(
    tmp_path_factory: pytest.TempPathFactory, preloaded: Preloaded | None, dagster_home: Path
) -> MakeProject:
    """`make_project(api_url)`: a project with the demo's export that was never refreshed."""

    def make(api_url: str) -> Project:
        project = Project(tmp_path_factory.mktemp("project"), api_url, preloaded)
        for folder in (project.data, project.home, project.folder / "tmp"):
            folder.mkdir()
        (project.data / SAMPLE.export_name).write_bytes(SAMPLE.export_csv)
        shutil.copytree(dagster_home, project.dagster_home)
        return project

    return make


def discogs(**options: Any) -> StandIn:
    """A Discogs that knows the demo's releases."""
    return StandIn(SAMPLE.answers.get, **{"limit": LIMIT, **options})
