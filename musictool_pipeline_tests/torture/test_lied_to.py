"""It can be lied to and damaged: the tortures of `make torture` in their smallest form."""

from __future__ import annotations

from pathlib import Path

import pytest

from musictool_pipeline_tests.torture.quick import reaches_its_figures
from musictool_pipeline_tests.torture.table import TORTURES

ELSEWHERE = {"killing", "points-of-death"}
NAMES = sorted(
    name for name, torture in TORTURES.items() if not torture.only_in_full and name not in ELSEWHERE
)


@pytest.mark.parametrize("name", NAMES)
def test_lied_to(name: str, tmp_path: Path) -> None:
    """What is lost here is the truth of the tables, or the token."""
    reaches_its_figures(name, tmp_path)
