"""For all tests: where they write, what they find, their order, and how many examples are tried."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from musictool_pipeline_tests import preloaded
from musictool_pipeline_tests.empty_database import copied_from

# Messages name the command as it can be typed. In the tests the shell always finds it.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

LONGEST = (
    "test_dagster_dev.py",
    "test_points_of_death.py",
    "test_refresh_trouble.py",
    "test_refresh_interrupted.py",
    "test_refresh.py",
    "test_wantlist.py",
    "test_gaps.py",
    "test_demo.py",
    "test_refresh_live.py",
    "test_mcp_server.py",
    "test_launching.py",
    "test_lied_to.py",
    "test_matcher.py",
    "test_library.py",
    "test_generations.py",
    "test_tracklists.py",
    "test_pages.py",
)
"""In this order; of those with one name each is long."""

# Half of the suite's time is waiting for a disk, with everything forced to it immediately. What a
# test writes need not outlive a power cut; where there is a disk in memory with room, it goes
# there.
MEMORY = Path("/dev/shm")
ROOM = 3 * 1024**3

# How long an example takes is the machine's business, so there is no deadline.
settings.register_profile("default", max_examples=25, deadline=None)
settings.register_profile("slow", max_examples=500, deadline=None)
settings.load_profile("default")

if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


# What is loaded and collected stays to the end. Looking through all of it for what could go, again
# and again, would take a tenth of the suite's time.
gc.disable()


def pytest_collection_finish() -> None:
    """From here on only what the tests make is looked through, and less often."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


# DuckDB complains of what is still there at the very end. pytest looks through everything twice
# before that, and is spared what was frozen.
atexit.register(gc.unfreeze)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest begin first: at the end the other processes would wait for
    them."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(LONGEST)))


@pytest.fixture(scope="session", autouse=True)
def empty_tables_are_copied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """See `empty_database`."""
    with copied_from(tmp_path_factory.mktemp("empty")):
        yield


@pytest.fixture(scope="session", autouse=True)
def all_fork_from_one() -> Iterator[None]:
    """To load everything takes three seconds, so the processes of a run share one (`preloaded`)."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid.uuid4().hex)
    with preloaded.shared(Path(tempfile.gettempdir(), f"preloaded-{run[:12]}")):
        yield
