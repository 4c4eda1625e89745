"""The tortures' own workings: figures, the table, and traps that do spring."""

from __future__ import annotations

import errno
import importlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from musictool_pipeline.errors import EXIT_INTERRUPTED
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline.tables.tracklists import note_failures
from musictool_pipeline_tests.stand_in.request_log import LoggedRequest
from musictool_pipeline_tests.torture import __main__ as runner
from musictool_pipeline_tests.torture import killing, sharing, traps
from musictool_pipeline_tests.torture.figures import (
    Figure,
    Stage,
    Torture,
    as_markdown,
    at_least,
    at_most,
    exactly,
    holds,
    none_of,
    not_tried,
    told,
)
from musictool_pipeline_tests.torture.projects import reading, wait_for
from musictool_pipeline_tests.torture.table import TORTURES


@pytest.mark.slow
def test_ctrl_c_ends_the_torture_too(tmp_path: Path) -> None:
    """It went on by itself, for as long as half an hour."""
    command = [sys.executable, "-m", runner.__package__ or "", "growth"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as process:
        wait_for(lambda: list(tmp_path.glob("musictool-torture-*/growth/stage")), 60)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == EXIT_INTERRUPTED
    left = [it for it in psutil.process_iter(["cmdline"]) if str(tmp_path) in str(it.info)]
    _, alive = psutil.wait_procs(left, 10)
    assert not alive


@pytest.mark.parametrize(
    ("figure", "reached"),
    [
        (exactly("x", 0), True),
        (exactly("x", 1), False),
        (at_most("x", 4, 4), True),
        (at_most("x", 5, 4), False),
        (at_least("x", 0.95, 0.95), True),
        (at_least("x", 0.94, 0.95), False),
        (none_of("x", []), True),
        (none_of("x", iter(["lost"])), False),
        (holds("x", True), True),
        (holds("x", False), False),
        (told("x", 12345), True),
    ],
)
def test_a_figure_is_reached_or_missed(figure: Figure, reached: bool) -> None:
    assert figure.reached is reached
    assert figure.verdict == {True: "reached", False: "MISSED"}[reached] * bool(figure.target)


def test_what_cannot_be_tried_is_neither_reached_nor_missed() -> None:
    assert not_tried("x", "no such disk").verdict == "not tried"


def test_a_table_for_a_note() -> None:
    torture = Torture(3, "name", "does", "module:run")
    rows = as_markdown([(torture, [exactly("a|b", 1), told("told", 1.5, "s")], 61.2)])
    assert rows.splitlines()[2:] == [
        "| 3 | name (61 s) | a\\|b | 0 | 1 | MISSED |",
        "|  |  | told |  | 1.50 s |  |",
    ]


def test_eighteen_tortures_each_with_its_function() -> None:
    assert sorted(torture.number for torture in TORTURES.values()) == list(range(1, 20))
    for torture in TORTURES.values():
        module, _, function = torture.run.partition(":")
        assert callable(
            getattr(importlib.import_module(f"{runner.__package__}.{module}"), function)
        )


def test_chance_is_the_seeds_alone(tmp_path: Path) -> None:
    first, again = Stage(tmp_path, 5), Stage(tmp_path / "other", 5, quick=True)
    assert first.dice("kill", 1).random() == again.dice("kill", 1).random()
    assert first.dice("kill", 1).random() != first.dice("kill", 2).random()
    assert first.dice("kill", 1).random() != Stage(tmp_path, 6).dice("kill", 1).random()


def test_what_a_torture_raises_is_a_figure_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A torture that breaks off must not pass for one that found nothing."""

    def run(stage: Stage) -> list[Figure]:
        raise RuntimeError("broken")

    monkeypatch.setattr(killing, "run", run)
    [figure] = runner.tortured(TORTURES["killing"], Stage(tmp_path, 1, say=lambda line: None))
    assert not figure.reached
    assert "broken" in figure.measured


@pytest.mark.parametrize("point", [*traps.POINTS, traps.BEFORE_REPORT])
def test_every_trap_springs_at_its_pass(
    point: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trap at a place that a refresh no longer comes by would torture nothing."""
    from datetime import UTC, datetime

    from musictool_pipeline.discogs import cache as tracklist_cache
    from musictool_pipeline.disk import files
    from musictool_pipeline.orchestration.fetch_run import FetchRun
    from musictool_pipeline.publishing import report
    from musictool_pipeline.tables import generations as warehouse

    class Sprung(Exception):
        pass

    def spring() -> None:
        raise Sprung

    for holder, name in (
        (tracklist_cache, "write_atomically"),
        (traps.os, "fsync"),
        (files, "sync_folder"),
        (FetchRun, "book"),
        (warehouse, "replace"),
        (warehouse.Warehouse, "_change"),
    ):
        monkeypatch.setattr(holder, name, getattr(holder, name))
    monkeypatch.setattr(report, "write_files", lambda settings, folder, files: None)
    traps._Passes(point, 2, spring).watch()
    cache = tracklist_cache.TracklistCache(tmp_path / "cache")
    house = warehouse.Warehouse(tmp_path / "musictool.duckdb")
    run = SimpleNamespace(
        _context=SimpleNamespace(log_event=lambda event: None), booked=0, progress=None
    )
    acts: list[Callable[[], object]] = [
        lambda: cache.write(7, b"{}", status="fetched", fetched_at=datetime.now(UTC)),
        lambda: FetchRun.book(run, None),  # type: ignore[arg-type]
        lambda: house.publish(lambda connection: None),
        lambda: report.write_files(None, tmp_path, {}),  # type: ignore[arg-type]
    ]
    sprung = 0
    for act in acts:
        act()
        try:
            act()
        except Sprung:
            sprung += 1
    assert sprung == 1


def test_without_ballast_a_trap_kills_the_group(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(traps.os, "killpg", lambda group, number: sent.append((group, number)))
    traps._die()
    assert sent == [(0, signal.SIGKILL)]


def test_a_full_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ballast that fails as a whole leaves all the room there was."""
    left = 3 * 1024**2 + 5000

    class Ballast:
        def __enter__(self):
            return self

        def __exit__(self, *exc: object) -> None: ...

        def write(self, content: bytes) -> int:
            nonlocal left
            if len(content) > left:
                raise OSError(errno.ENOSPC, "No space left on device")
            left -= len(content)
            return len(content)

        def truncate(self, size: int) -> None:
            nonlocal left
            left = 3 * 1024**2 + 5000 - size

    monkeypatch.setattr(Path, "open", lambda path, *args, **options: Ballast())
    monkeypatch.setattr(traps, "free_space", lambda folder: left)
    traps.fill_disk(tmp_path / "ballast", 2000)
    assert left == 2000
    monkeypatch.setattr(traps, "free_space", lambda folder: 10**6)
    with pytest.raises(RuntimeError, match="are free"):
        traps.fill_disk(tmp_path / "ballast", 2000)


def test_a_reader_complains_of_a_database_that_vanishes(tmp_path: Path) -> None:
    database = tmp_path / "musictool.duckdb"
    warehouse = Warehouse(database)
    note_failures(warehouse, {1: "none"}, set(), datetime.now(UTC))
    with reading(database) as reader:
        assert wait_for(lambda: reader.reads, 20)
        database.unlink()
        assert wait_for(lambda: reader.failures, 20)
    assert "vanished" in reader.failures[0]


def test_a_repeated_request_needs_a_kill_that_cost_its_first() -> None:
    def request(number: int, arrived: float, release_id: int) -> LoggedRequest:
        return LoggedRequest(
            number, arrived, arrived + 0.5, "", release_id, 200, None, True, "", number
        )

    log = [request(1, 0.0, 7), request(2, 5.0, 7), request(3, 6.0, 8)]
    assert sharing._repeated(log, [0.4]) == []
    assert len(sharing._repeated(log, [])) == 1
    assert len(sharing._repeated(log, [3.0])) == 1
