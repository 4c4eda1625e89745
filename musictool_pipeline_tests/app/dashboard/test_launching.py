"""`musictool dashboard`: what is started, at which address, and what is said where it cannot be."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests
from streamlit.testing.v1 import AppTest

from musictool_pipeline.app import dashboard as launching
from musictool_pipeline.app.dashboard import dashboard
from musictool_pipeline.app.dashboard.server import ENTRY
from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.errors import MusicToolError
from musictool_pipeline.settings import Settings
from musictool_pipeline_tests.app.conftest import MakeProject, Project, wait_until
from musictool_pipeline_tests.strangers import (
    Attempt,
    decide_as,
    is_a_link,
    open_streamlit,
    send,
    socket_at,
    strangers,
)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def open_at(settings: Settings, host: str = "127.0.0.1", port: int | None = None) -> int:
    return dashboard(settings, Terminal(), host=host, port=port or free_port(), demo=False)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], dict[str, str]]]:
    """The commands that were started, by a dashboard whose server ends at once."""
    calls: list[tuple[list[str], dict[str, str]]] = []

    def serve(command: list[str], folder: Path, environment: dict[str, str]) -> int:
        calls.append((command, environment))
        return 0

    monkeypatch.setattr(launching, "serve", serve)
    return calls


def test_it_is_reached_from_this_machine_alone(
    settings: Settings,
    started: list[tuple[list[str], dict[str, str]]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """There is no password: whoever reaches it sees the collection and decides on matches."""
    assert open_at(settings) == 0
    ((command, _),) = started
    assert command[command.index("--host") + 1] == "127.0.0.1"
    assert "password" not in capsys.readouterr().out
    open_at(settings, host="0.0.0.0")
    assert "0.0.0.0" in started[1][0]
    said = capsys.readouterr().out
    assert "It has no password" in said
    assert "http://0.0.0.0" not in said


def test_before_a_collection_of_ones_own_it_shows_the_demos(
    settings: Settings, started: list[tuple[list[str], dict[str, str]]]
) -> None:
    (settings.data_dir / "demo").mkdir()
    (settings.data_dir / "demo" / "musictool.duckdb").write_bytes(b"")
    open_at(settings)
    assert started[0][1]["MUSICTOOL_DATA_DIR"] == str(settings.data_dir / "demo")
    settings.database.write_bytes(b"")
    open_at(settings)
    assert started[1][1]["MUSICTOOL_DATA_DIR"] == str(settings.data_dir)


def test_without_streamlit_it_says_how_to_get_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MusicToolError) as refused:
        open_at(settings)
    assert refused.value.exit_code == 2
    assert "`make dashboard`" in refused.value.remedy


@pytest.mark.parametrize("host", ["127.0.0.1", "no.such.host.invalid", "a" * 300, "203.0.113.7"])
def test_an_address_that_is_not_to_be_had(host: str, settings: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(MusicToolError) as refused:
            open_at(settings, host=host, port=taken.getsockname()[1])
    assert refused.value.exit_code == 2
    assert "cannot be opened at" in str(refused.value)
    assert re.search(r"--port \d+", refused.value.remedy)


@pytest.mark.parametrize("port", ["0", "65536", "-1", "x"])
def test_a_port_that_is_none_is_wrong_usage(port: str, make_project: MakeProject) -> None:
    ran = make_project("http://127.0.0.1:1").run("dashboard", "--port", port)
    assert ran.returncode == 2
    assert "usage: musictool dashboard" in ran.stderr


def test_the_command_line_does_without_streamlit(make_project: MakeProject) -> None:
    """Help and wrong usage answer at once, and where it is not installed."""
    loaded = make_project("http://127.0.0.1:1").loaded_by("dashboard", "--help")
    assert not loaded & {"streamlit", "pandas", "duckdb"}


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize(
    "how",
    # That a server ends by this too is in the tests of `app/test_server_process`.
    [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)],
)
def test_it_serves_and_ends_when_told_to(how: signal.Signals, make_project: MakeProject) -> None:
    """No server stays behind; nobody is asked for an e-mail address; nothing is written at home."""
    project = make_project("http://127.0.0.1:1")
    port = free_port()
    command = [sys.executable, "-m", "musictool_pipeline.app.cli", "dashboard", "--port", str(port)]
    process = subprocess.Popen(
        command,
        env=project.environment(),
        cwd=project.home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )

    def answers() -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{port}/_stcore/health", timeout=5).ok
        except requests.RequestException:
            assert process.poll() is None, process.communicate()
            return False

    try:
        wait_until(answers, "the dashboard answers")
        if how is signal.SIGINT:
            os.killpg(process.pid, how)  # as a terminal does: to the server, too
        else:
            process.terminate()
        shown, _ = process.communicate(timeout=30)
        assert process.returncode == 0, shown
        assert b"Traceback" not in shown
        with pytest.raises(requests.RequestException):
            requests.get(f"http://127.0.0.1:{port}/_stcore/health", timeout=2)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)
    assert list(project.home.iterdir()) == []


_LISTENED_TO = """
import sys
from pathlib import Path

HEARD = Path(sys.argv.pop(1))
CALLS = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}

def hear(event, arguments):
    if event in CALLS:
        with HEARD.open("a") as heard:
            print(event, arguments, file=heard)

sys.addaudithook(hear)
"""


@pytest.mark.parametrize("own", ["open to all", pytest.param("damaged", marks=pytest.mark.slow)])
def test_the_users_own_configuration_opens_nothing_and_nobody_is_asked(
    own: str, make_project: MakeProject
) -> None:
    """One line in ~/.streamlit gave every page of the world access; and to tell whether a page was
    one of those, Streamlit asked a server on the internet for this machine's address."""
    project = make_project("http://127.0.0.1:1")
    open_streamlit(project.home)
    if own == "damaged":
        (project.home / ".streamlit" / "config.toml").write_text("[server\n")
    port, heard = free_port(), project.folder / "heard"
    host = (("Host", f"127.0.0.1:{port}"),)
    with _server(project, port, heard):
        for who, headers in strangers(port, port + 1):
            for asked in (
                Attempt("configuration", "GET", "/_stcore/host-config"),
                socket_at("/_stcore/stream", "streamlit"),
            ):
                attempt = asked.by(who, headers)
                assert is_a_link(attempt) or not send(port, attempt).is_let_in, attempt.what
        config = send(port, Attempt("configuration", "GET", "/_stcore/host-config", host))
        assert json.loads(config.body)["allowedOrigins"] == []
        assert "access-control-allow-origin" not in config.headers
        order = Attempt("an order", "POST", "/_stcore/agent/interact", host, b"{}")
        assert not send(port, order).is_let_in
        assert decide_as(port, f"127.0.0.1:{port}", f"http://127.0.0.1:{port}") is False
    said = heard.read_text() if heard.exists() else ""
    assert [line for line in said.splitlines() if "127.0.0.1" not in line] == []


@contextmanager
def _server(project: Project, port: int, heard: Path) -> Iterator[None]:
    """The dashboard's server alone, while it runs; whom it calls is written into `heard`."""
    start = "from musictool_pipeline.app.dashboard.server import main; main()"
    where = ["--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(
        [sys.executable, "-c", _LISTENED_TO + start, str(heard), *where],
        env=project.environment(),
        cwd=project.home,
        stdin=subprocess.DEVNULL,
    )

    def is_up() -> bool:
        assert process.poll() is None, "it ended"
        with suppress(requests.RequestException):
            return requests.get(f"http://127.0.0.1:{port}/_stcore/health", timeout=5).ok
        return False

    try:
        wait_until(is_up, "the dashboard answers")
        yield
    finally:
        process.terminate()
        process.wait(30)


def test_the_entry_shows_the_overview(settings: Settings) -> None:
    app = AppTest.from_file(str(ENTRY), default_timeout=30).run()
    assert not app.exception
    assert app.title[0].value == "Overview"
