"""`musictool review`: each key does what it says, and nothing that was decided is lost."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from musictool_pipeline.app import review as reviewing
from musictool_pipeline.app.cli import main
from musictool_pipeline.app.review import review
from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.errors import EXIT_DONE, EXIT_INTERRUPTED, EXIT_USAGE, MusicToolError
from musictool_pipeline.inputs.decisions import load_overrides
from musictool_pipeline.settings import PROJECT_ROOT, SETTING_NAMES, Places
from musictool_pipeline_tests.app import judged_collection as sample
from musictool_pipeline_tests.app.conftest import OpenTerminal, wait_until

SECOND = '[{"digital_id": "bb", "status": "review", "confidence": 50, "reason": "cut off"}]'
GAPS = [
    sample.gap(sample.TRACKS[0], "review", digital_id="aa", confidence=60),
    sample.gap(sample.TRACKS[2], "review", digital_id="aa", alternatives=SECOND),
    sample.gap(sample.TRACKS[3], "owned", digital_id="bb"),
]


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """A collection with two tracks to look at: the first, 201, has two files near it."""
    sample.publish(tmp_path / "musictool.duckdb", **{**sample.EVERYTHING, "gap_analysis": GAPS})
    return Places(root=tmp_path, data_dir=tmp_path, logs_dir=tmp_path / "logs")


def press(places: Places, keys: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """The review in a terminal, with these keys; `^` is Ctrl-C."""
    pressed: Iterator[str] = iter(keys)

    def key() -> str:
        it = next(pressed)
        if it == "^":
            raise KeyboardInterrupt
        return it

    terminal = Terminal()
    terminal.is_interactive = True
    monkeypatch.setattr(sys, "stdin", _Keyboard())
    monkeypatch.setattr(reviewing, "_key", key)
    monkeypatch.setattr(reviewing, "_forget_keys", lambda: None)
    monkeypatch.setattr(reviewing, "_single_keys", nullcontext)
    code = review(places, terminal)
    assert next(pressed, None) is None, "it ended before the last key"
    return code


class _Keyboard:
    def isatty(self) -> bool:
        return True


def decided(places: Places) -> list[tuple[int, int | None, str, str | None]]:
    return [
        (it.release_id, it.track_number, it.decision, it.digital)
        for it in load_overrides(places.overrides_file)[0].decisions
    ]


AA, BB = "C:\\Music\\aa.mp3", "/Music/Goldie - Jah.mp3"


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("q", []),
        ("sq", [(2, 1, "same", AA)]),
        ("oq", [(2, 1, "other_version", AA)]),
        ("2sq", [(2, 1, "same", BB)]),
        ("21sq", [(2, 1, "same", AA)]),
        ("xq", [(2, 1, "not", None)]),
        ("nsq", [(2, 1, "not", AA), (2, 1, "same", BB)]),
        ("lsq", [(1, 1, "same", AA)]),
        ("lss", [(1, 1, "same", AA), (2, 1, "same", AA)]),
        ("luuq", []),
        ("lusq", [(2, 1, "same", AA)]),
        ("suoq", [(2, 1, "other_version", AA)]),
        ("9zs\x1bq", [(2, 1, "same", AA)]),
        ("s\x04", [(2, 1, "same", AA)]),
    ],
)
def test_the_keys(
    keys: str,
    expected: list[tuple[int, int | None, str, str | None]],
    places: Places,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert press(places, keys, monkeypatch) == EXIT_DONE
    assert decided(places) == expected


def test_ctrl_c_keeps_what_was_decided(
    places: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert press(places, "s^", monkeypatch) == EXIT_INTERRUPTED
    assert decided(places) == [(2, 1, "same", AA)]
    said = capsys.readouterr().out
    assert "You decided 1 track; 1 track to look at." in said
    assert "Run `musictool refresh` to honour your decisions." in said


def test_it_shows_the_speed_of_the_record_and_the_sound_of_the_file(
    places: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sound = {"bpm": 126.0, "musical_key": "Am", "camelot": "8A"}
    pressing = {"format_type": "Vinyl", "format_description": '12", 45 RPM'}
    tables = {
        **sample.EVERYTHING,
        "gap_analysis": GAPS,
        "digital_tracks": [{**file, **sound} for file in sample.FILES],
        "expanded_tracks": [{**track, **pressing} for track in sample.TRACKS],
    }
    sample.publish(places.database, **tables)
    press(places, "q", monkeypatch)
    said = capsys.readouterr().out
    assert re.search(r'Format +Vinyl, 12", 45 RPM', said)
    assert re.search(r"Sound +126\.0 BPM, Am \(8A\)", said)


def test_play_opens_the_file_that_is_shown_and_decides_nothing(
    places: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str | None] = []

    def open_in_player(path: str | None) -> str:
        opened.append(path)
        if path == BB:
            raise MusicToolError("It is not there.", "Connect its disk.")
        return "Opened."

    monkeypatch.setattr(reviewing, "open_in_player", open_in_player)
    assert press(places, "p2psq", monkeypatch) == EXIT_DONE
    assert opened == [AA, BB]
    assert decided(places) == [(2, 1, "same", BB)]
    said = capsys.readouterr()
    assert ("Opened." in said.out, "Connect its disk." in said.err) == (True, True)


def test_it_ends_by_itself_when_all_are_decided(
    places: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert press(places, "ss", monkeypatch) == EXIT_DONE
    assert "You decided 2 tracks; nothing is left." in capsys.readouterr().out


def test_a_file_of_decisions_that_takes_none_is_said_and_the_review_goes_on(
    places: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    places.overrides_file.write_text("mine\n")
    assert press(places, "sq", monkeypatch) == EXIT_DONE
    assert "cannot take the decision" in capsys.readouterr().err
    assert places.overrides_file.read_text() == "mine\n"


def test_without_a_terminal_it_prints_the_queue(
    places: Places, capsys: pytest.CaptureFixture[str]
) -> None:
    places.overrides_file.write_text("discogs_release_id,track_number,decision\n1,1,same\n")
    assert review(places, Terminal()) == EXIT_DONE
    said = capsys.readouterr().out
    assert said.startswith("1 track to look at\n2 A1  ")
    assert "because it is review" in said


def test_without_a_gap_analysis_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MUSICTOOL_DATA_DIR", str(tmp_path))
    assert main(["review"]) == EXIT_USAGE
    assert "`musictool refresh`" in capsys.readouterr().err


def test_in_a_real_terminal_of_80_columns(places: Places, open_terminal: OpenTerminal) -> None:
    """Keys count at once, are not shown, and a function key's letters (ESC O S) are none."""
    environment = {
        **{name: os.environ[name] for name in ("PATH",)},
        **dict.fromkeys(SETTING_NAMES, ""),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "PYTHONPATH": str(PROJECT_ROOT),
        "HOME": str(places.root),
        "MUSICTOOL_HOME": str(places.root),
        "MUSICTOOL_DATA_DIR": str(places.data_dir),
    }
    command = [sys.executable, "-m", "musictool_pipeline.app.cli", "review"]
    session = open_terminal(command, environment, places.root)
    before = session.modes
    session.resize(24, 80)
    session.wait_for("2 tracks to look at")
    session.wait_for("q quit")
    session.type("\x1bOS")
    time.sleep(0.5)  # nobody presses a function key and another within a twentieth of a second
    session.type("2")
    session.wait_for("File 2 of 2")
    shown = len(session.shown)
    session.type("s")
    session.wait_for("Decided: ")
    session.wait_for("1 track to look at, 1 decided")
    session.wait_for("q quit", after=shown)  # keys count from there on
    session.modes = before  # as a shell does that takes it up again after Ctrl-Z
    session.process.send_signal(signal.SIGCONT)
    wait_until(lambda: session.modes != before, "single keys")
    session.interrupt()
    assert session.finish() == EXIT_INTERRUPTED
    assert session.modes == before
    assert decided(places) == [(2, 1, "same", BB)]
    plain = re.sub(r"\x1b\[[0-9;]*m", "", session.shown)
    assert max(map(len, plain.splitlines())) <= 80
    assert "Traceback" not in plain
