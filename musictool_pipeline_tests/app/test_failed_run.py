"""A run that failed says what happened and what to do, never only in which op, and never in SQL."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import dagster as dg
import pytest
from sqlalchemy.exc import DatabaseError, OperationalError

from musictool_pipeline.app.failed_run import explain_failure, records_lost
from musictool_pipeline.errors import AccessRefused, StorageError
from musictool_pipeline.orchestration.failures import explained
from musictool_pipeline.settings import Settings

SETTINGS = Settings(dagster_home=Path("/home/dagster"))


@pytest.fixture(autouse=True)
def _silent() -> object:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


class Broken(dg.ConfigurableResource):
    """A resource that cannot be had."""

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        raise StorageError("the data folder is gone")


def told(fail: Callable[[], NoReturn]) -> tuple[str, int]:
    """What the user is told where that is all that the run does."""

    @dg.asset
    def doomed() -> None:
        fail()

    job = dg.Definitions(assets=[doomed], jobs=[dg.define_asset_job("all")])
    result = job.resolve_job_def("all").execute_in_process(raise_on_error=False)
    assert not result.success
    return explain_failure(result, SETTINGS)


def test_an_error_of_ours_says_its_sentence_its_remedy_and_its_exit_code() -> None:
    def fail() -> NoReturn:
        with explained():
            raise AccessRefused("Discogs refused access", "Make a new token.")
        raise AssertionError

    assert told(fail) == ("Discogs refused access\n  Make a new token.", 2)


def test_one_that_nobody_turned_into_a_failure_says_them_too() -> None:
    """A disk that fails where no step expects it: the user read in which op, and no more."""

    def fail() -> NoReturn:
        try:
            raise OSError("underneath")
        except OSError as error:
            raise StorageError("data/cache/7.json cannot be written: No space left") from error

    sentence, exit_code = told(fail)
    assert sentence == (
        f"data/cache/7.json cannot be written: No space left\n  {StorageError.remedy}"
    )
    assert exit_code == 2


def test_a_full_disk_of_dagsters_records_is_said_without_their_sql() -> None:
    """Within a step it comes as a page of SQL with an address to read about it."""

    def fail() -> NoReturn:
        full = sqlite3.OperationalError("database or disk is full")
        raise OperationalError("INSERT INTO event_logs VALUES (?)", {}, full) from full

    sentence, exit_code = told(fail)
    assert sentence == (
        "Dagster's records in /home/dagster cannot be kept: database or disk is full\n"
        f"  {StorageError.remedy}"
    )
    assert exit_code == 2


def test_a_damaged_record_of_dagsters_is_to_be_moved_away() -> None:
    """Room on the disk, which the user was told to make, mends no file."""

    def fail() -> NoReturn:
        damage = sqlite3.DatabaseError("file is not a database")
        raise DatabaseError("SELECT 1", {}, damage) from damage

    sentence, _ = told(fail)
    assert sentence.startswith(
        "Dagster's records in /home/dagster cannot be kept: file is not a database\n  Move "
    )
    assert "Make room" not in sentence
    disk = records_lost(Settings(root=Path("/p"), data_dir=Path("/p")), "disk I/O error")
    assert str(disk).startswith("Dagster's records in /p/.dagster cannot be kept")
    assert "Make room" in disk.remedy


def test_what_nobody_expected_says_what_it_is_and_how_to_see_more() -> None:
    def fail() -> NoReturn:
        raise KeyError("surprise")

    sentence, exit_code = told(fail)
    assert sentence.startswith("The step doomed failed: KeyError: 'surprise'\n  ")
    assert "--debug" in sentence
    assert exit_code == 2


def test_a_run_that_fails_before_its_first_step_says_so() -> None:
    """It has no step that failed: the refresh ended without a word."""

    @dg.asset
    def idle(broken: Broken) -> None: ...

    definitions = dg.Definitions(
        assets=[idle], resources={"broken": Broken()}, jobs=[dg.define_asset_job("all")]
    )
    result = definitions.resolve_job_def("all").execute_in_process(raise_on_error=False)
    assert explain_failure(result, SETTINGS) == (
        f"the data folder is gone\n  {StorageError.remedy}",
        2,
    )
