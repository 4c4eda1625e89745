"""Loading the definitions says nothing: what Dagster prints at each start is for its users to act
on, and there is nothing to do."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from musictool_pipeline.settings import PROJECT_ROOT


def run(*command: str, cwd: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=120,
    )


LOADED = """
import socket, sys, warnings

def refuse(*args):
    raise AssertionError("network")

socket.socket.connect = refuse
from musictool_pipeline.definitions import defs

assert defs.get_repository_def().get_all_jobs()
assert defs.resolve_job_def("refresh")
from dagster._utils import warnings as dagsters

for subject in sys.argv[1:]:
    category = getattr(dagsters, subject, DeprecationWarning)
    try:
        warnings.warn("Parameter `other` of function `asset` is in beta", category)
        raise AssertionError(f"{subject} is kept quiet")
    except category:
        pass
"""


def test_definitions_load_without_settings_network_warnings_or_writes(tmp_path: Path) -> None:
    """Prevents `dagster dev` from failing, or from making files, where nothing is set up yet. Only
    the warnings that are known are kept quiet: a filter for all betas would hide the next one."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "MUSICTOOL_DATA_DIR": str(tmp_path / "data"),
        "MUSICTOOL_LOGS_DIR": str(tmp_path / "logs"),
        "PYTHONPATH": str(PROJECT_ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    result = subprocess.run(
        [
            *(sys.executable, "-W", "error", "-c", LOADED),
            *("BetaWarning", "PreviewWarning", "DeprecationWarning"),
        ],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_listing_the_assets_says_nothing_else() -> None:
    command = ["-m", "dagster", "asset", "list", "-m", "musictool_pipeline.definitions"]
    result = run(*command, cwd=PROJECT_ROOT)
    assert result.returncode == 0
    assert "gap_analysis" in result.stdout.split()
    assert "Warning" not in result.stderr


@pytest.mark.slow
def test_with_an_instance_validating_them_says_only_that_they_are_valid(tmp_path: Path) -> None:
    """Without `DAGSTER_HOME` Dagster says, before it loads anything, that it makes a folder."""
    command = ["-m", "dagster", "definitions", "validate"]
    result = run(*command, cwd=PROJECT_ROOT, DAGSTER_HOME=str(tmp_path))
    assert result.returncode == 0, result.stderr
    assert "All code locations passed validation" in result.stdout + result.stderr
    assert not re.findall("temporary directory|BetaWarning|nanobind", result.stdout + result.stderr)
