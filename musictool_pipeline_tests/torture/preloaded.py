"""Commands run by a process that has loaded everything already, and forks.

Two thirds of a small refresh's time are imports. A torture of hundreds of refreshes would spend
its time on them, so they are done once: each command is then a process of its own, forked, in a
process group of its own, that runs the same `main` as `musictool` does.

Run as a program this reads one JSON object a line (`argv`, `environment`, `folder`, `output`,
`trap`) and answers each with the process's id, and each end of a process with its code.
"""

from __future__ import annotations

import gc
import json
import os
import random
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from musictool_pipeline.settings import PROJECT_ROOT, SETTING_NAMES
from musictool_pipeline_tests.torture.traps import Trap

_LOOK_EVERY = 0.01


@dataclass
class Command:
    """A command under way, or ended: then `code` is its exit code, below 0 for a signal's."""

    pid: int
    output: Path
    began: float = field(default_factory=time.monotonic)
    code: int | None = None
    _ended: threading.Event = field(default_factory=threading.Event)

    def wait(self, seconds: float = 180.0) -> int | None:
        """The exit code, or None where it still runs after that time."""
        self._ended.wait(seconds)
        return self.code

    def kill(self) -> None:
        """kill -9 of the whole process group; nothing happens to one that has ended."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._ended.wait(30)

    def said(self) -> str:
        """Standard output and standard error so far."""
        return self.output.read_text("utf-8", errors="replace") if self.output.exists() else ""

    def note_end(self, code: int) -> None:
        self.code = code
        self._ended.set()


class Preloaded:
    """Starts commands. A context manager; what still runs at its end is killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._commands: dict[int, Command] = {}
        self._started = threading.Semaphore(0)
        self._new: Command | None = None
        self._number = 0

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        environment = {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(PROJECT_ROOT),
            "HOME": str(self._folder),
            **dict.fromkeys(SETTING_NAMES, ""),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            cwd=self._folder,
            text=True,
            bufsize=1,
        )
        threading.Thread(target=self._listen, daemon=True).start()
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
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def start(
        self,
        *argv: str,
        environment: Mapping[str, str],
        folder: Path,
        trap: Trap | None = None,
    ) -> Command:
        """Starts `musictool *argv`, with a trap set in its process if one is given."""
        with self._lock:
            self._number += 1
            output = self._folder / f"output-{self._number}.txt"
            order = {
                "argv": argv,
                "environment": dict(environment),
                "folder": str(folder),
                "output": str(output),
                "trap": trap.as_json() if trap else None,
            }
            assert self._process.stdin
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            if not self._started.acquire(timeout=120) or self._new is None:
                raise RuntimeError("the preloaded process does not answer")
            command, self._new = self._new, None
            command.output = output
            return command

    def _listen(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            told: dict[str, int] = json.loads(line)
            if "started" in told:
                self._new = self._commands[told["started"]] = Command(told["started"], Path())
                self._started.release()
            else:
                self._commands[told["ended"]].note_end(told["code"])


def _serve() -> None:
    import musictool_pipeline.app.cli
    import musictool_pipeline.app.refresh
    import musictool_pipeline.definitions
    import musictool_pipeline.orchestration.healing  # noqa: F401

    gc.freeze()
    unread = b""
    children: set[int] = set()
    while True:
        ready, _, _ = select.select([0], [], [], _LOOK_EVERY if children else None)
        if ready:
            piece = os.read(0, 65536)
            if not piece:  # whoever gave the orders is gone, killed perhaps
                for pid in children:
                    with suppress(ProcessLookupError):
                        os.killpg(pid, signal.SIGKILL)
                os._exit(0)  # DuckDB complains of what is alive at an orderly end
            *lines, unread = (unread + piece).split(b"\n")
            for line in lines:
                children.add(pid := _fork(json.loads(line)))
                _tell(started=pid)
        while children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            children.discard(pid)
            _tell(ended=pid, code=os.waitstatus_to_exitcode(status))


def _tell(**what: int) -> None:
    with suppress(BrokenPipeError):
        os.write(1, json.dumps(what).encode() + b"\n")


def _fork(order: dict[str, Any]) -> int:
    if pid := os.fork():
        return pid
    code = 70
    try:
        os.setsid()
        output = os.open(order["output"], os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        nowhere = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nowhere, 0), (output, 1), (output, 2)):
            os.dup2(source, target)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        # By lines, as Python's own: what is said while nobody listens must not come out later.
        sys.stderr = open(2, "w", 1, encoding="utf-8", closefd=False)  # noqa: SIM115
        os.environ.clear()
        os.environ.update(order["environment"])
        os.chdir(order["folder"])
        random.seed()  # or every child would draw the same pauses
        if order["trap"]:
            Trap.from_json(order["trap"]).set()

        from musictool_pipeline.app.cli import main

        code = main(order["argv"])
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


if __name__ == "__main__":
    _serve()
