"""Killed at random moments: the torture of `make torture` in its smallest form."""

from __future__ import annotations

from pathlib import Path

from musictool_pipeline_tests.torture.quick import reaches_its_figures


def test_killing(tmp_path: Path) -> None:
    """What is lost here is a user's evening."""
    reaches_its_figures("killing", tmp_path)
