"""A torture in its smallest form, as a test of the suite."""

from __future__ import annotations

from pathlib import Path

from musictool_pipeline_tests.torture.__main__ import tortured
from musictool_pipeline_tests.torture.figures import Stage
from musictool_pipeline_tests.torture.table import TORTURES

SEED = 1


def reaches_its_figures(name: str, folder: Path) -> None:
    """Runs it, and fails with every figure that was missed, and with how to repeat it."""
    torture = TORTURES[name]
    assert not torture.only_in_full, f"{name} has no quick form"
    figures = tortured(torture, Stage(folder, SEED, quick=True))
    missed = [f"{each.what}: {each.measured}" for each in figures if not each.reached]
    assert figures
    assert not missed, "\n".join([*missed, f"python -m {__package__} --quick --seed {SEED} {name}"])
