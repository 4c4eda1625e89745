"""For all tests: where they write, and the order in which they run."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

LONGEST = "test_dagster_dev.py"

# Half of the suite's time is waiting for a disk, with everything forced to it immediately. What a
# test writes need not outlive a power cut; where there is a disk in memory with room, it goes
# there.
MEMORY = Path("/dev/shm")
ROOM = 3 * 1024**3

if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The file that takes two minutes, most of them waiting, begins first: at the end the other
    processes would wait for it."""
    items.sort(key=lambda item: item.path.name != LONGEST)
