"""For all tests: the order in which they run."""

from __future__ import annotations

import pytest

LONGEST = "test_dagster_dev.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The file that takes two minutes, most of them waiting, begins first: at the end the other
    processes would wait for it."""
    items.sort(key=lambda item: item.path.name != LONGEST)
