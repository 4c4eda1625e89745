"""A run's log file holds all that the project says during the run, and nothing after it."""

from __future__ import annotations

import logging
import os
import re
from datetime import datetime
from pathlib import Path

import pytest

from musictool_pipeline.disk.run_log import LOGGER, PROGRESS_LOG, RELEASE_LOG, run_log
from musictool_pipeline.errors import StorageError

NOW = datetime(2026, 1, 2, 3, 4, 5)


def test_the_file_is_named_for_its_beginning(tmp_path: Path) -> None:
    with run_log(tmp_path / "logs", NOW) as path:
        assert path == tmp_path / "logs" / "expansion_20260102_030405.log"
        assert path.exists()
    with run_log(tmp_path / "logs") as path:
        assert re.fullmatch(r"expansion_\d{8}_\d{6}\.log", path.name)


def test_it_holds_what_is_said_meanwhile(tmp_path: Path) -> None:
    LOGGER.info("before")
    with run_log(tmp_path, NOW) as path:
        LOGGER.warning("a warning")
        RELEASE_LOG.info("Größe %s", "銅")
        PROGRESS_LOG.info("progress")
        logging.getLogger("musictool.elsewhere").error("an error")
        LOGGER.debug("too much detail")
        logging.getLogger("urllib3").warning("another's")
        said = path.read_text(encoding="utf-8").splitlines()  # already now, not at the end
    LOGGER.info("after")
    assert path.read_text(encoding="utf-8").splitlines() == said
    stamp = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} "
    expected = ["WARNING a warning", "INFO Größe 銅", "INFO progress", "ERROR an error"]
    assert len(said) == 4
    for line, end in zip(said, expected, strict=True):
        assert re.fullmatch(stamp + end, line)


def test_it_lets_go_of_the_file_whatever_happens(tmp_path: Path) -> None:
    before = list(LOGGER.handlers)
    with pytest.raises(RuntimeError), run_log(tmp_path, NOW):
        LOGGER.info("one")
        raise RuntimeError
    assert LOGGER.handlers == before
    (tmp_path / "expansion_20260102_030405.log").unlink()


def test_a_second_run_of_the_same_second_has_a_file_of_its_own(tmp_path: Path) -> None:
    with run_log(tmp_path, NOW) as first:
        LOGGER.info("first")
    with run_log(tmp_path, NOW) as second:
        LOGGER.info("second")
    assert first.read_text().split()[-1] == "first"
    assert second.read_text().split()[-1] == "second"
    assert second.name == "expansion_20260102_030405-2.log"


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_a_link_of_the_logs_name_is_not_written_through(tmp_path: Path) -> None:
    """In a shared folder the name can be guessed."""
    (tmp_path / "diary").write_text("mine")
    (tmp_path / "expansion_20260102_030405.log").symlink_to(tmp_path / "diary")
    with run_log(tmp_path, NOW) as path:
        LOGGER.info("said")
    assert (tmp_path / "diary").read_text() == "mine"
    assert path.read_text().endswith("said\n")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\x85", "\u2028", "\x0b", "\x1b[1A", "\u202e"])
def test_a_name_cannot_forge_a_line(tmp_path: Path, end: str) -> None:
    forged = f"2026-01-02 03:04:05,678 INFO all{end} is well"
    with run_log(tmp_path, NOW) as path:
        LOGGER.warning("%s cannot be read", f"a.mp3{end}{forged}")
    said = path.read_text(encoding="utf-8")
    assert len(said.splitlines()) == 1
    assert end not in said.removesuffix("\n")


def test_a_traceback_keeps_its_lines(tmp_path: Path) -> None:
    with run_log(tmp_path, NOW) as path:
        try:
            raise ValueError("odd")
        except ValueError:
            LOGGER.exception("failed")
    assert "ValueError: odd" in path.read_text().splitlines()


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "logs").touch()
    with (
        pytest.raises(StorageError, match="expansion_20260102_030405"),
        run_log(tmp_path / "logs", NOW),
    ):
        pytest.fail("it ran without its log")


def test_after_the_run_the_logger_is_as_before(tmp_path: Path) -> None:
    before = LOGGER.propagate, LOGGER.level
    with run_log(tmp_path, NOW):
        pass
    assert (LOGGER.propagate, LOGGER.level) == before
