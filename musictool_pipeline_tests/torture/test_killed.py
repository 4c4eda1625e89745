"""It can be killed: the tortures of `make torture` in their smallest form."""

from __future__ import annotations

from pathlib import Path

import pytest

from musictool_pipeline_tests.torture.quick import reaches_its_figures


@pytest.mark.parametrize("name", ["killing", "points-of-death"])
def test_killed(name: str, tmp_path: Path) -> None:
    """What is lost here is a user's evening, or the database that he looks at."""
    reaches_its_figures(name, tmp_path)
