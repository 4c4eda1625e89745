"""Dead where something is half done: the torture of `make torture` in its smallest form. In a file
of its own, so that it runs beside the other one."""

from __future__ import annotations

from pathlib import Path

from musictool_pipeline_tests.torture.quick import reaches_its_figures


def test_points_of_death(tmp_path: Path) -> None:
    """What is lost here is the database that a user looks at."""
    reaches_its_figures("points-of-death", tmp_path)
