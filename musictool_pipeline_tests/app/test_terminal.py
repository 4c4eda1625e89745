"""What commands print reaches the user whole, and does nothing to the terminal but show."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from musictool_pipeline.app import terminal as terminal_module
from musictool_pipeline.app.terminal import (
    CROSS,
    Terminal,
    complain,
    in_width,
    interruptible,
    typed_command,
)


@pytest.mark.parametrize(
    "end", ["\n", "\r", "\r\n", "\x85", "\u2028", "\u2029", "\x0b", "\x1b[1A\r"]
)
def test_what_is_said_is_one_line(capsys: pytest.CaptureFixture[str], end: str) -> None:
    """A folder may be called so that half of its name looks like a line of ours."""
    terminal = Terminal()
    terminal.say(f"music{end}\u2713 Token: set")
    terminal.mark(CROSS, f"music{end}\u2713 Token: set", "Do this.")
    terminal.name("Failed:", [(1, f"odd{end}\u2713 Token: set")])
    said = capsys.readouterr().out
    assert len(said.splitlines()) == 5
    assert not [line for line in said.splitlines() if line.startswith("\u2713")]


def test_a_long_line_is_broken_between_words_and_goes_on_below_its_text() -> None:
    line = "\u2713 Collection: 1,234 copies of 1,198 releases, the newest of the exports"
    assert in_width(line, 40) == [
        "\u2713 Collection: 1,234 copies of 1,198",
        "  releases, the newest of the exports",
    ]
    assert in_width(f"    {'/long' * 9} twice", 30) == [f"    {'/long' * 9}", "    twice"]
    assert in_width("To look at:  /a/path-of-28-characters.html", 30) == [
        "To look at:",
        "/a/path-of-28-characters.html",
    ]
    assert in_width(line, 0) == in_width(line, 200) == [line]
    assert in_width("  1234: Somebody - Some Record, 3 tracks", 34) == [
        "  1234: Somebody - Some Record, 3",
        "        tracks",
    ]


def test_a_command_and_the_words_of_a_label_are_not_torn_apart() -> None:
    assert in_width("Generate a new token, then run `musictool init`.", 44) == [
        "Generate a new token, then run",
        "`musictool init`.",
    ]
    assert in_width("In a browser:  `musictool dashboard`, then http://127.0.0.1:8501", 46) == [
        "In a browser:  `musictool dashboard`, then",
        "               http://127.0.0.1:8501",
    ]


def test_a_question_is_broken_between_words_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(terminal_module, "_width_of", lambda file: 40)
    monkeypatch.setattr("builtins.input", lambda: "y")
    assert Terminal().agrees(
        "Copy the export /Users/me/Downloads/me-collection.csv into the folder?"
    )
    assert capsys.readouterr().out.splitlines() == [
        "Copy the export",
        "/Users/me/Downloads/me-collection.csv",
        "into the folder? [Y/n] ",
    ]


def test_a_complaint_is_broken_between_words_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(terminal_module, "_width_of", lambda file: 40)
    complain("There are no tracks yet.\n  `musictool refresh` makes them, from the export.")
    assert capsys.readouterr().err.splitlines() == [
        "There are no tracks yet.",
        "  `musictool refresh` makes them, from",
        "  the export.",
    ]


def test_a_command_is_named_as_it_can_be_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command that the shell does not find is no next step."""
    environment = tmp_path / ".venv" / "bin"
    environment.mkdir(parents=True)
    (environment / "musictool").write_text("#!/bin/sh\n")
    (environment / "musictool").chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(environment / "python"))
    monkeypatch.setattr(sys, "argv", ["musictool"])
    monkeypatch.chdir(tmp_path)
    typed: list[str] = []
    for path in ("/usr/bin", str(environment), str(_another(tmp_path))):
        monkeypatch.setenv("PATH", path)
        typed_command.cache_clear()
        typed.append(typed_command())
        Terminal().say("Run `musictool refresh`, in the folder musictool.")
        complain("Run `musictool check`.")
    monkeypatch.chdir(tmp_path / "other")
    typed_command.cache_clear()
    typed.append(typed_command())
    typed_command.cache_clear()
    here = ".venv/bin/musictool"
    # The third is found, but belongs to another environment.
    assert typed == [here, "musictool", here, f"{tmp_path}/{here}"]
    said = capsys.readouterr()
    assert said.out.startswith(f"Run `{here} refresh`, in the folder musictool.\nRun `musictool r")
    assert said.err.startswith(f"Run `{here} check`.\nRun `musictool check`.\n")


def _another(folder: Path) -> Path:
    other = folder / "other"
    other.mkdir()
    (other / "musictool").write_text("#!/bin/sh\n")
    (other / "musictool").chmod(0o755)
    return other


def test_json_for_scripts_loses_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"title": "a\u202eb\x9b\u2028c\n"}
    Terminal().say_json(value)
    said = capsys.readouterr().out
    assert json.loads(said) == value
    assert not re.search("[\x80-\x9f\u202e\u2028]", said)


def test_lines_still_reach_the_user_when_standard_output_is_pointed_elsewhere(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Dagster points file descriptor 1 at a compute log while a step runs: without a descriptor of
    its own the terminal would show nothing of the very part that lasts."""
    terminal = Terminal()
    saved = os.dup(1)
    elsewhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(elsewhere, 1)
        terminal.say("still here")
    finally:
        os.dup2(saved, 1)
        os.close(saved)
        os.close(elsewhere)
    assert capfd.readouterr().out == "still here\n"


def test_a_remedy_stands_below_its_finding_line_by_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Terminal().mark(CROSS, "Something is wrong", "First do this.\nThen that.\x1b[2J")
    assert capsys.readouterr().out == (
        "✗ Something is wrong\n    First do this.\n    Then that. [2J\n"
    )


def test_complaints_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """So that `musictool status --json | jq` fails with words and not with half a JSON."""
    complain("No.\x1b]0;owned\x07")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "No. ]0;owned \n"


def test_a_file_is_no_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    assert Terminal().is_interactive is False


def test_a_locale_that_knows_only_ascii_does_not_end_a_command() -> None:
    """cron and many containers run with LANG=C."""
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "from musictool_pipeline.app.terminal import *;"
            r"Terminal().mark(TICK, 'Gr\xfcn \u9285'); complain('Gr\xfcn \u9285')",
        ],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "LC_ALL": "C",
            "PYTHONCOERCECLOCALE": "0",
            "PYTHONUTF8": "0",
        },
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    assert said.stdout.decode("utf-8") == "✓ Grün 銅\n"


def test_a_closed_standard_output_is_no_riddle() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "from musictool_pipeline.app.terminal import *; Terminal().say('')"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        preexec_fn=lambda: os.close(1),
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_that_python_has_to_drop_comes_once_more(number: signal.Signals) -> None:
    """It cannot raise it out of what clears an object away, where imports and SQLAlchemy are
    often enough: of a hundred Ctrl-C one or two did nothing."""

    class Dying:
        def __del__(self) -> None:
            signal.raise_signal(number)

    before = sys.unraisablehook, signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), interruptible():
        Dying()
        time.sleep(30)
        pytest.fail("it was lost")
    assert (sys.unraisablehook, signal.getsignal(signal.SIGTERM)) == before


def test_so_it_does_where_no_signal_goes_to_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows."""
    monkeypatch.delattr(signal, "pthread_kill")

    class Dying:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt), interruptible():
        Dying()
        for _ in range(300):
            time.sleep(0.1)
        pytest.fail("it was lost")


def test_on_windows_the_command_is_an_exe_and_quoted_for_its_shells(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "My Music" / "Scripts"
    folder.mkdir(parents=True)
    (folder / "musictool.exe").touch()
    monkeypatch.setattr(terminal_module, "ON_WINDOWS", True)
    monkeypatch.setattr(sys, "executable", str(folder / "python.exe"))
    monkeypatch.setenv("PATH", str(tmp_path))
    typed_command.cache_clear()
    assert typed_command(anywhere=True) == f'"{folder / "musictool.exe"}"'
    typed_command.cache_clear()


def test_what_else_python_drops_is_told_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing:
        def __del__(self) -> None:
            raise ValueError

    told: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda dropped: told.append(dropped.exc_type))
    with interruptible():
        Failing()
    assert told == [ValueError]
