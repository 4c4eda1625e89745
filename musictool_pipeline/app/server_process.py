"""A command that is another program's server: Dagster's pages, Streamlit's dashboard."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from musictool_pipeline.errors import EXIT_DONE

PATIENCE = 10.0
"""Seconds that a server may take to end by itself."""


def serve(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> int:
    """Runs the server in `folder` until it ends, Ctrl-C is pressed or this process gets SIGTERM;
    none stays behind. Gives its exit code, or 0 if a signal ended it."""
    # Told to end by anything but the keyboard, it takes the server along.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(EXIT_DONE))
    server = _start(command, folder, environment)
    try:
        return server.wait()
    except KeyboardInterrupt:
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


def _kill_with_all_that_it_started(server: subprocess.Popen[bytes]) -> None:
    """Dagster's web server and daemon would go on by themselves, the one of them on its port."""
    process = psutil.Process(server.pid)
    for each in [*process.children(recursive=True), process]:
        with contextlib.suppress(psutil.NoSuchProcess):
            each.kill()
    server.wait()


def _start(
    command: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """The server. In the background of a script Ctrl-C is ignored, and each process that is started
    there inherits that; Dagster, which treats every signal to end alike, would heed none. Hence it
    ignores nothing, and is out of the keyboard's reach instead."""
    is_in_background = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    if not is_in_background:
        return subprocess.Popen(command, cwd=folder, env=environment)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(command, cwd=folder, env=environment, process_group=0)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
