"""What tests of the disk, of Discogs and of the tables stand on: surroundings of their own, a log
that is heard, and processes that are gone when the test is over.

What belongs here: fixtures that several folders share, each by its `conftest.py`. What a single
module needs stands in that module.
"""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from typing import Any

import pytest

# Forked from a server that has no threads: quick enough for dozens of kills, and none of DuckDB's
# or pytest's threads is torn in two.
if "forkserver" in multiprocessing.get_all_start_methods():
    _processes = multiprocessing.get_context("forkserver")
    _processes.set_forkserver_preload(
        ["musictool_pipeline.tables.warehouse", "musictool_pipeline.discogs.fetching"]
    )
else:
    _processes = multiprocessing.get_context("spawn")

StartProcess = Callable[..., BaseProcess]


@pytest.fixture(autouse=True)
def own_surroundings(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No proxy, no `.netrc` and no cache folder of the machine's owner."""
    home = tmp_path_factory.mktemp("home")
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("NETRC", raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))


@pytest.fixture(autouse=True)
def heard_log() -> Iterator[None]:
    """A run's log keeps the logger to itself: hand it back, so that `caplog` hears it."""
    logger = logging.getLogger("musictool")
    before = logger.propagate, logger.level, list(logger.handlers)
    logger.propagate = True
    yield
    logger.propagate, level, logger.handlers[:] = before
    logger.setLevel(level)


@pytest.fixture
def start_process() -> Iterator[StartProcess]:
    """`start_process(function, *arguments)`: a process of its own, dead when the test is over."""
    started: list[BaseProcess] = []

    def start(function: Callable[..., object], *arguments: Any) -> BaseProcess:
        process = _processes.Process(target=function, args=arguments, daemon=True)
        process.start()
        started.append(process)
        return process

    yield start
    for process in started:
        if process.is_alive():
            process.kill()
        process.join(10)
