"""`musictool ui`: what is started, and whose data it shows. Dagster's own web server is not."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from musictool_pipeline.app import ui as launching
from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.app.ui import ui
from musictool_pipeline.errors import MusicToolError, SettingsError, StorageError
from musictool_pipeline.settings import Settings, read_settings

Ui = Callable[..., "Started"]


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
    """`start(settings, demo=False)` with a Dagster that ends at once with exit code 7."""
    monkeypatch.setenv("DAGSTER_HOME", "/my/own")
    calls: list[tuple[list[str], Path, dict[str, str]]] = []

    def serve(*what: Any) -> int:
        calls.append(what)
        return 7

    monkeypatch.setattr(launching, "serve", serve)

    def start(demo: bool = False, **changes: Any) -> Started:
        given = Settings(**{**settings.__dict__, **changes})
        code = ui(given, Terminal(), port=3456, demo=demo)
        ((command, folder, environment),) = calls
        return Started(code, command, folder, environment)

    return start


def with_demo(settings: Settings) -> Path:
    folder = settings.data_dir / "demo"
    (folder / "dagster").mkdir(parents=True)
    (folder / "musictool.duckdb").write_bytes(b"")
    return folder


def test_it_is_dagster_on_loopback_in_the_root(settings: Settings, start: Ui) -> None:
    """The UI has no login: whoever reaches its port may run whatever it runs."""
    started = start()
    assert started.command[:4] == [sys.executable, "-m", "dagster", "dev"]
    assert started.command[4:] == ["-h", "127.0.0.1", "-p", "3456"]
    assert started.folder == settings.root
    assert started.code == 7


def test_the_address_is_said(start: Ui, capsys: pytest.CaptureFixture[str]) -> None:
    start()
    assert "http://127.0.0.1:3456" in capsys.readouterr().out


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
