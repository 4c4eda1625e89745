"""Killed at random moments: the torture of `make torture` in its smallest form. The suite kills at
the places where something is half done: `test_points_of_death`."""

from __future__ import annotations

from pathlib import Path

import pytest

from musictool_pipeline_tests.torture.quick import reaches_its_figures


@pytest.mark.slow
def test_killing(tmp_path: Path) -> None:
    """What is lost here is a user's evening."""
    reaches_its_figures("killing", tmp_path)
