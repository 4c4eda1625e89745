"""Opening a file in the system's player: only audio that is here, and never in this terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from musictool_pipeline.app import own_player
from musictool_pipeline.app.own_player import open_in_player
from musictool_pipeline.errors import MusicToolError


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """The commands that were started, on a desktop that has each."""
    commands: list[Sequence[str]] = []

    def start(command: Sequence[str], **how: Any) -> None:
        assert how["start_new_session"]
        assert {how["stdin"], how["stdout"], how["stderr"]} == {subprocess.DEVNULL}
        commands.append(command)

    monkeypatch.setattr(own_player.subprocess, "Popen", start)
    monkeypatch.setattr(own_player.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setenv("DISPLAY", ":0")
    return commands


@pytest.mark.parametrize(
    ("system", "command"), [("darwin", "/usr/bin/open"), ("linux", "/usr/bin/xdg-open")]
)
def test_a_file_is_opened(
    system: str,
    command: str,
    started: list[Sequence[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "A & B.AIFF"
    file.touch()
    monkeypatch.setattr(sys, "platform", system)
    assert open_in_player(str(file)) == f"Opened in your player: {file}"
    assert started == [[command, os.path.realpath(file)]]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (None, "does not say where"),
        ("gone.mp3", "is not there"),
        ("folder.mp3", "is not there"),
        ("run.sh", "is no audio file"),
        ("link.mp3", "is no audio file"),
    ],
)
def test_nothing_else_is_opened(
    name: str | None, said: str, started: list[Sequence[str]], tmp_path: Path
) -> None:
    """Not even under an audio file's name."""
    (tmp_path / "run.sh").touch()
    (tmp_path / "folder.mp3").mkdir()
    (tmp_path / "link.mp3").symlink_to(tmp_path / "run.sh")
    with pytest.raises(MusicToolError, match=said):
        open_in_player(name and str(tmp_path / name))
    assert started == []


@pytest.mark.parametrize("path", ["C:\\Music\\a.mp3", "Music/a.mp3", "-a.mp3"])
def test_a_path_of_another_system_is_not_there(path: str, started: list[Sequence[str]]) -> None:
    with pytest.raises(MusicToolError, match="is not there"):
        open_in_player(path)
    assert started == []


def test_without_a_desktop_the_path_is_told(
    started: list[Sequence[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.mp3"
    file.touch()
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(MusicToolError) as raised:
        open_in_player(str(file))
    assert str(file) in (raised.value.remedy or "")
    assert started == []
