"""Loading the definitions says nothing: what Dagster prints at each start is for its users to act
on, and there is nothing to do."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

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


def test_definitions_load_where_warnings_are_errors(tmp_path: Path) -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(PROJECT_ROOT)!r})\n"
        "from musictool_pipeline.definitions import defs\n"
        "repository = defs.get_repository_def()\n"
        "assert repository.get_all_jobs()\n"
    )
    result = run("-W", "error", "-c", program, cwd=tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_listing_the_assets_says_nothing_else() -> None:
    command = ["-m", "dagster", "asset", "list", "-m", "musictool_pipeline.definitions"]
    result = run(*command, cwd=PROJECT_ROOT)
    assert result.returncode == 0
    assert "gap_analysis" in result.stdout.split()
    assert "Warning" not in result.stderr


def test_with_an_instance_validating_them_says_only_that_they_are_valid(tmp_path: Path) -> None:
    """Without `DAGSTER_HOME` Dagster says, before it loads anything, that it makes a folder."""
    command = ["-m", "dagster", "definitions", "validate"]
    result = run(*command, cwd=PROJECT_ROOT, DAGSTER_HOME=str(tmp_path))
    assert result.returncode == 0, result.stderr
    assert "All code locations passed validation" in result.stdout + result.stderr
    assert not re.findall("temporary directory|BetaWarning", result.stdout + result.stderr)


def test_only_what_is_known_is_kept_quiet(tmp_path: Path) -> None:
    """A filter for all betas would hide the next one."""
    subjects = ("BetaWarning", "PreviewWarning", "DeprecationWarning")
    program = (
        f"import sys, warnings; sys.path.insert(0, {str(PROJECT_ROOT)!r})\n"
        "import musictool_pipeline.definitions\n"
        "from dagster._utils import warnings as dagsters\n"
        f"for subject in {subjects}:\n"
        "    category = getattr(dagsters, subject, DeprecationWarning)\n"
        "    warnings.warn('Parameter `other` of function `asset` is in beta', category)\n"
    )
    said = run("-W", "always", "-c", program, cwd=tmp_path).stderr
    assert [subject for subject in subjects if subject not in said] == []
