"""`musictool ui`: what is started, and whose data it shows. Dagster's own web server is not."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from musictool_pipeline.app import ui as launching
from musictool_pipeline.app import web_address
from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.app.ui import ui
from musictool_pipeline.errors import MusicToolError, SettingsError, StorageError
from musictool_pipeline.settings import PROJECT_ROOT, Settings, read_settings

Ui = Callable[..., "Started"]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


PORT = _free_port()


@dataclass(frozen=True)
class Started:
    code: int
    command: list[str]
    folder: Path
    environment: dict[str, str]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "data").mkdir()
    return Settings(root=tmp_path, data_dir=tmp_path / "data", logs_dir=tmp_path / "logs")


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Ui:
    """`start(demo=False, host="127.0.0.1")` with a Dagster that ends at once with exit code 7."""
    monkeypatch.setenv("DAGSTER_HOME", "/my/own")
    calls: list[tuple[list[str], Path, dict[str, str]]] = []

    def serve(*what: Any) -> int:
        calls.append(what)
        return 7

    monkeypatch.setattr(launching, "serve", serve)

    def start(demo: bool = False, host: str = "127.0.0.1", **changes: Any) -> Started:
        given = Settings(**{**settings.__dict__, **changes})
        code = ui(given, Terminal(), host=host, port=PORT, demo=demo)
        ((command, folder, environment),) = calls
        return Started(code, command, folder, environment)

    return start


def with_demo(settings: Settings) -> Path:
    folder = settings.data_dir / "demo"
    (folder / "dagster").mkdir(parents=True)
    (folder / "musictool.duckdb").write_bytes(b"")
    return folder


def test_it_is_dagster_behind_the_guard_on_loopback_in_the_root(
    settings: Settings, start: Ui
) -> None:
    """The UI has no login: whoever reaches its port may run whatever it runs."""
    started = start()
    assert started.command[:3] == [sys.executable, "-m", "musictool_pipeline.app.dagster_dev"]
    assert started.command[3:] == ["-h", "127.0.0.1", "-p", str(PORT)]
    assert started.folder == settings.root
    assert started.code == 7


def test_dagster_reports_nothing_about_its_use(
    settings: Settings, start: Ui, tmp_path: Path
) -> None:
    """Without a `dagster.yaml` it would, and so it would if that said nothing about it."""
    started = start(dagster_home=tmp_path)
    assert started.environment["DAGSTER_DISABLE_TELEMETRY"]
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert not instance.telemetry_enabled


def test_a_dagster_yaml_of_ones_own_stays_as_it_is(start: Ui, tmp_path: Path) -> None:
    own = tmp_path / "dagster.yaml"
    own.write_text("telemetry:\n  enabled: true\n")
    start(dagster_home=tmp_path)
    assert own.read_text() == "telemetry:\n  enabled: true\n"


def test_a_dagster_home_that_is_not_there_is_said_to_be_missing(start: Ui, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"DAGSTER_HOME is .*nowhere, which is no folder"):
        start(dagster_home=tmp_path / "nowhere")


def test_the_address_is_said(start: Ui, capsys: pytest.CaptureFixture[str]) -> None:
    start()
    said = capsys.readouterr().out
    assert f"http://127.0.0.1:{PORT}" in said
    assert "password" not in said


def test_open_to_others_it_says_what_they_can_do(
    start: Ui, capsys: pytest.CaptureFixture[str]
) -> None:
    """It has no login, and more than the dashboard to lose."""
    start(host="0.0.0.0")
    said = capsys.readouterr().out
    assert "It has no password: everybody who can reach this address" in said
    for harm in ("sees your collection", "start and stop runs", "schedules", "wipe the history"):
        assert harm in said


def test_open_at_every_address_it_says_which_one_a_phone_opens(
    start: Ui, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No browser on another machine finds anything at 0.0.0.0."""
    monkeypatch.setattr(web_address, "address_in_network", lambda kind: "192.168.1.20")
    start(host="0.0.0.0")
    said = capsys.readouterr().out
    assert f"Dagster's UI: http://127.0.0.1:{PORT} (Ctrl-C ends it)" in said
    assert f"in your network: http://192.168.1.20:{PORT}\n" in said
    assert "http://0.0.0.0" not in said
    assert "refuses other sites' pages" in said


def test_a_machine_without_a_network_names_no_address(
    start: Ui, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_address, "address_in_network", lambda kind: None)
    start(host="0.0.0.0")
    assert "This machine is in no network" in capsys.readouterr().out


def test_the_address_in_the_network_is_one_that_a_server_can_listen_at() -> None:
    address = web_address.address_in_network(4)
    if address is None:
        pytest.skip("no network")
    with socket.create_server((address, 0)):
        assert not address.startswith("127.")


@pytest.mark.parametrize(
    ("host", "named"),
    [
        ("127.0.0.1", {f"http://127.0.0.1:{PORT}"}),
        ("localhost", {f"http://localhost:{PORT}"}),
        ("0.0.0.0", {f"http://0.0.0.0:{PORT}", f"http://the-machine:{PORT}"}),
        ("::1", {f"http://[::1]:{PORT}"}),
    ],
)
def test_the_server_is_told_the_names_that_it_is_started_for(
    host: str, named: set[str], start: Ui, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "The-Machine")
    started = start(host=host, public_origins=("https://music.example.org",))
    told = read_settings(started.environment, started.folder).public_origins
    assert set(told) == {*named, "https://music.example.org"}


def test_a_port_that_is_taken_is_said_before_anything_starts(
    settings: Settings,
) -> None:
    """Dagster starts its code server first, and then says so in a traceback."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(MusicToolError, match=f"cannot be opened at 127.0.0.1, port {port}"):
            ui(settings, Terminal(), host="127.0.0.1", port=port, demo=False)


def test_with_nothing_there_it_shows_ones_own_empty_project(start: Ui) -> None:
    assert start().environment["DAGSTER_HOME"] == "/my/own"


def test_after_the_demo_it_shows_the_demo(settings: Settings, start: Ui) -> None:
    """`make demo`, then `make ui`: an empty page would be a poor answer."""
    folder = with_demo(settings)
    started = start()
    assert read_settings(started.environment, settings.root).data_dir == folder
    assert started.environment["DAGSTER_HOME"] == str(folder / "dagster")


@pytest.mark.parametrize("own", ["database", "export", "setting"])
def test_ones_own_collection_comes_before_the_demo(settings: Settings, start: Ui, own: str) -> None:
    with_demo(settings)
    if own == "database":
        settings.database.write_bytes(b"")
    elif own == "export":
        (settings.data_dir / "me-collection-20260101-1200.CSV").write_text("")
    changes = {"collection_csv": settings.root / "mine.csv"} if own == "setting" else {}
    assert start(**changes).environment["DAGSTER_HOME"] == "/my/own"


def test_the_demo_can_be_asked_for(settings: Settings, start: Ui) -> None:
    folder = with_demo(settings)
    settings.database.write_bytes(b"")
    environment = start(demo=True).environment
    assert environment["MUSICTOOL_DATA_DIR"] == str(folder)
    # A token of one's own has no business in the demo.
    assert environment["DISCOGS_API_KEY"] == ""


def test_the_demo_runs_where_dagster_finds_no_env_file(settings: Settings, start: Ui) -> None:
    """Dagster would load it over the environment, and open the instance that it names."""
    folder = with_demo(settings)
    (settings.root / ".env").write_text("DAGSTER_HOME=/my/own\n")
    started = start(demo=True)
    assert started.folder == folder / "dagster"
    assert not (started.folder / ".env").exists()
    assert started.command[-2:] == ["-w", str(PROJECT_ROOT / "workspace.yaml")]


def test_a_demo_that_was_never_run_is_said_to_be_missing(settings: Settings, start: Ui) -> None:
    with pytest.raises(MusicToolError, match="The demo was not run yet"):
        start(demo=True)


def test_the_demo_never_asks_the_real_discogs(settings: Settings, start: Ui) -> None:
    with_demo(settings)
    environment = start(demo=True).environment
    assert read_settings(environment, settings.root).api_url.startswith("http://127.0.0.1")


def test_a_cron_line_that_makes_no_sense_is_said_before_dagster_starts(start: Ui) -> None:
    with pytest.raises(SettingsError, match="MUSICTOOL_NIGHTLY_CRON is 'never'"):
        start(nightly_cron="never")


def test_a_checkout_that_cannot_be_written_is_said_before_dagster_starts(
    start: Ui, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dagster makes a folder where it starts, and fails with a traceback."""
    monkeypatch.setattr(os, "access", lambda path, mode: path != settings.root)
    assert start().code == 7
    monkeypatch.setenv("DAGSTER_HOME", "")
    with pytest.raises(StorageError, match="cannot be written to") as caught:
        start()
    assert "DAGSTER_HOME" in caught.value.remedy
