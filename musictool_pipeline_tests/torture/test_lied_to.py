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


SLOW = {"odd-names", "payloads"}
"""Whole refreshes, and thousands of answers. The suite has each of their kinds beside the module
that reads it: `core/discogs/test_answers`, `core/discogs/test_tracklist`, `libraries/test_formats`.
"""


@pytest.mark.parametrize(
    "name", [pytest.param(it, marks=[pytest.mark.slow] * (it in SLOW)) for it in NAMES]
)
def test_lied_to(name: str, tmp_path: Path) -> None:
    """What is lost here is the truth of the tables, or the token."""
    reaches_its_figures(name, tmp_path)
