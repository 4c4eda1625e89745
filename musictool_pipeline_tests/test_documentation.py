"""The documentation says what is there: commands, flags, make targets, errors, settings, files."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

from musictool_pipeline import errors
from musictool_pipeline.app.cli import build_parser
from musictool_pipeline.core.tables import TABLES
from musictool_pipeline.libraries import errors as library_errors
from musictool_pipeline.settings import PROJECT_ROOT

README = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
TROUBLESHOOTING = (PROJECT_ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
PAGES = [PROJECT_ROOT / "README.md", *sorted((PROJECT_ROOT / "docs").glob("*.md"))]
GROUPS = {"MusicToolError", "ExportError", "DiscogsError"}


def _commands() -> dict[str, argparse.ArgumentParser]:
    (commands,) = (
        action
        for action in build_parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    return commands.choices


@pytest.mark.parametrize("command", sorted(_commands()))
def test_every_command_and_flag_is_in_the_readme(command: str) -> None:
    assert f"musictool {command}" in README
    for action in _commands()[command]._actions:
        for flag in action.option_strings:
            if flag.startswith("--"):
                assert re.search(rf"{flag}\b", README), f"{command} {flag}"


def test_every_command_in_the_readme_exists() -> None:
    named = set(re.findall(r"`musictool ([a-z][a-z-]+)", README))
    assert named == set(_commands()), "the README and the parser differ"


def test_every_make_target_is_there_and_in_the_readme() -> None:
    makefile = (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?m)^([a-z]+):.*## ", makefile)) - {"help"}
    named = set(re.findall(r"`make ([a-z]+)`", README)) | set(
        re.findall(r"(?m)^make (\w+)", README)
    )
    assert named == targets


def _error_classes() -> list[str]:
    found = {
        name
        for module in (errors, library_errors)
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, errors.MusicToolError)
    }
    return sorted(found - GROUPS)


@pytest.mark.parametrize("name", _error_classes())
def test_every_error_has_its_row(name: str) -> None:
    assert TROUBLESHOOTING.count(f"| `{name}` |") == 1


def test_every_table_is_in_the_readme() -> None:
    for table in TABLES:
        assert f"| `{table.name}` |" in README


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        if "://" not in target and not target.startswith("#"):
            assert (page.parent / target).exists(), target
