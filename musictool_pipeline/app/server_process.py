"""A command that is another program's server: Dagster's pages, Streamlit's dashboard."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from musictool_pipeline.errors import EXIT_DONE

PATIENCE = 10.0
"""Seconds that a server may take to end by itself."""

_AFTERTHOUGHT = 0.25
"""Seconds for which a server's words are held back: Ctrl-C reaches it and this process at the same
time, and its answer may come first."""


def serve(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> int:
    """Runs the server in `folder` until it ends, Ctrl-C is pressed or this process gets SIGTERM;
    none stays behind. Gives its exit code, or 0 if a signal ended it."""
    server: subprocess.Popen[bytes] | None = None
    is_told = False

    def end(*_: object) -> None:
        nonlocal is_told
        is_told = True
        if server is not None:  # else it would be left behind as it starts
            sys.exit(EXIT_DONE)

    # Told to end by anything but the keyboard, it takes the server along.
    signal.signal(signal.SIGTERM, end)
    relay = _Relay() if sys.platform != "win32" and sys.stderr.isatty() else None
    server = _start(command, folder, environment, relay)
    try:
        return EXIT_DONE if is_told else server.wait()
    except KeyboardInterrupt:
        if relay:
            relay.is_heard = False
        # The terminal told the server, too.
        with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
            server.wait(PATIENCE)
        return EXIT_DONE
    finally:
        if server.poll() is None:
            server.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(PATIENCE)
        if server.poll() is None:
            _kill_with_all_that_it_started(server)
        if relay:
            relay.end()


class _Relay:
    """What a server writes to standard error, passed on to the terminal until Ctrl-C: if Dagster
    still loads then, each of its processes answers with a traceback."""

    def __init__(self) -> None:
        import pty
        import tty

        self.is_heard = True
        # One terminal behind another: this one leaves line ends to the other.
        self._read, self.terminal = pty.openpty()
        tty.setraw(self.terminal)
        self._thread = threading.Thread(target=self._pass_on, daemon=True)

    def begin(self) -> None:
        """The server has the other end now."""
        os.close(self.terminal)
        self._thread.start()

    def end(self) -> None:
        """Passes on the last words. A process that was left behind may hold the other end."""
        self._thread.join(1.0)

    def _pass_on(self) -> None:
        with contextlib.suppress(OSError):  # nothing writes there any more
            while said := os.read(self._read, 65_536):
                time.sleep(_AFTERTHOUGHT)
                if self.is_heard:
                    self._say(said)

    def _say(self, said: bytes) -> None:
        try:
            os.write(2, said)
        except OSError:
            self.is_heard = False  # the terminal is gone, and the server must not wait for it


def _kill_with_all_that_it_started(server: subprocess.Popen[bytes]) -> None:
    """Dagster's web server and daemon would go on by themselves, the one of them on its port."""
    process = psutil.Process(server.pid)
    for each in [*process.children(recursive=True), process]:
        with contextlib.suppress(psutil.NoSuchProcess):
            each.kill()
    server.wait()


def _start(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    relay: _Relay | None,
) -> subprocess.Popen[bytes]:
    """The server. In the background of a script Ctrl-C is ignored, and each process that is started
    there inherits that; Dagster, which treats every signal to end alike, would heed none. Hence it
    ignores nothing, and is out of the keyboard's reach instead."""
    is_in_background = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    errors = relay.terminal if relay else None
    try:
        if not is_in_background:
            return subprocess.Popen(command, cwd=folder, env=environment, stderr=errors)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        return subprocess.Popen(
            command, cwd=folder, env=environment, stderr=errors, process_group=0
        )
    finally:
        if relay:
            relay.begin()
        if is_in_background:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
