"""The documentation says what is there: commands, flags, make targets, errors, settings, files.

What belongs here: what can be seen by reading. That the commands of the pages do what the pages
say, is tried in `test_documented_commands`.
"""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import pytest

from musictool_pipeline import errors
from musictool_pipeline.app.cli import build_parser
from musictool_pipeline.core.tables import TABLES
from musictool_pipeline.libraries import errors as library_errors
from musictool_pipeline.settings import PROJECT_ROOT, SETTING_NAMES, read_settings
from musictool_pipeline_tests.torture.table import TORTURES


def _text(page: str) -> str:
    return (PROJECT_ROOT / page).read_text(encoding="utf-8")


README = _text("README.md")
COMMANDS = _text("docs/commands.md")
TABLES_PAGE = _text("docs/tables.md")
TROUBLESHOOTING = _text("docs/troubleshooting.md")
PAGES = [
    *sorted(PROJECT_ROOT.glob("*.md")),
    *(path for room in ("docs", "deploy") for path in sorted((PROJECT_ROOT / room).rglob("*.md"))),
]
DECISIONS = sorted((PROJECT_ROOT / "docs/adr").glob("*.md"))
GROUPS = {"MusicToolError", "ExportError", "DiscogsError"}


def _commands() -> dict[str, argparse.ArgumentParser]:
    (commands,) = (
        action
        for action in build_parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    return commands.choices


@pytest.mark.parametrize("command", sorted(_commands()))
def test_every_command_and_flag_has_its_row(command: str) -> None:
    assert f"| `musictool {command}" in COMMANDS
    for action in _commands()[command]._actions:
        for flag in action.option_strings:
            if flag.startswith("--"):
                assert re.search(rf"{flag}\b", COMMANDS), f"{command} {flag}"


def test_every_command_with_a_row_exists() -> None:
    named = set(re.findall(r"`musictool ([a-z][a-z-]+)", COMMANDS))
    assert named == set(_commands()), "the page of commands and the parser differ"


def test_the_readme_is_short_and_shows_five_commands_with_what_they_print() -> None:
    assert len(README.split()) <= 900
    assert len(re.findall(r"(?m)^\$ \.venv/bin/musictool ", README)) == 5
    assert README.index("](docs/pictures/") < README.index("## Install")


def test_every_goal_of_the_readme_is_reached_by_a_command_or_on_a_page() -> None:
    table = README.partition("| I want to ... |")[2].partition("\n\n")[0]
    for row in table.splitlines()[2:]:
        typed = row.split(" | ")[1]
        assert re.match(r"`(musictool|make) |\[", typed), row


# `musictool ...` and `.venv/bin/musictool ...` within a sentence, up to the end of the code.
_WITHIN_A_SENTENCE = re.compile(r"`(?:\.venv/bin/)?musictool ([^`|\n]+)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_within_a_sentence_is_one_that_the_parser_takes(page: Path) -> None:
    """If a flag is renamed, a sentence that still has the old one fails for its readers."""
    for command in _WITHIN_A_SENTENCE.findall(page.read_text(encoding="utf-8")):
        if command == "--version":
            continue
        given = [re.sub("^(?:N|RELEASE_ID)$", "1", word) for word in shlex.split(command)]
        try:
            build_parser().parse_args(given)
        except SystemExit:
            # `explain` alone names the command, and does not show how it is called.
            assert command in _commands(), f"musictool {command}"


def _make_targets() -> set[str]:
    makefile = (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"(?m)^([a-z]+):.*## ", makefile)) - {"help"}


def test_every_make_target_is_in_contributing() -> None:
    assert _make_targets() <= _named_targets(_text("CONTRIBUTING.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_that_a_page_names_is_there(page: Path) -> None:
    assert _named_targets(page.read_text(encoding="utf-8")) <= _make_targets()


def _named_targets(text: str) -> set[str]:
    return set(re.findall(r"(?:`|(?m:^))make ([a-z]+)", text))


SETTINGS = [
    pytest.param(block, id=page.name)
    for page in PAGES
    for block in re.findall(r"```dotenv\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
]


@pytest.mark.parametrize("block", SETTINGS)
def test_settings_are_shown_as_they_can_be_written(block: str, tmp_path: Path) -> None:
    """A path with blanks, or several paths, is where `.env` goes wrong."""
    (tmp_path / ".env").write_text(block, encoding="utf-8")
    names = re.findall(r"(?m)^(\w+)=", block)
    assert len(names) == len(block.splitlines())
    assert set(names) <= set(SETTING_NAMES)
    settings = read_settings({}, tmp_path)
    if "MUSICTOOL_DIGITAL_LIBRARY" in names:
        assert len(settings.digital_libraries) == block.count("/Volumes/") + 1
        assert settings.digital_libraries[0].name == "collection.nml"


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


def test_every_table_has_its_row() -> None:
    for table in TABLES:
        assert TABLES_PAGE.count(f"| `{table.name}` |") == 1


def test_every_promise_has_its_stress_test_and_the_other_way_round() -> None:
    named = re.findall(r"(?m)^\| .+ \| `([\w-]+)` \|$", _text("docs/promises.md"))
    assert sorted(named) == sorted(TORTURES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    """To a file that is there, and to a heading in it: a heading is renamed sooner than a file."""
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        name, _, heading = target.partition("#")
        file = page.parent / name if name else page
        assert file.exists(), target
        assert not heading or heading in _anchors(file), target


def test_every_picture_is_shown_on_a_page() -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    shown = re.findall(r"!\[[^\]]+\]\(\S*pictures/(\S+)\)", pages)
    assert {path.name for path in (PROJECT_ROOT / "docs/pictures").iterdir()} == set(shown)


def _anchors(page: Path) -> set[str]:
    """The headings of a page, as links name them."""
    headings = re.findall(r"(?m)^#+ (.+)$", page.read_text(encoding="utf-8"))
    return {
        re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }


# --- Decisions ------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_is_dated_short_and_says_why(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    title, date, *parts = [line for line in text.splitlines() if line]
    assert title.startswith(f"# {int(page.name[:4])}. ")
    assert re.match(r"20\d\d-\d\d, (in force|replaced by \[\d+\]\(\d{4}-[\w-]+\.md\))\.$", date)
    assert [part.partition("**")[2].partition(".**")[0] for part in parts] == [
        "Context",
        "Decision",
        "Consequences",
    ]
    assert len(text.split()) < 260


def test_every_decision_has_its_number_and_is_listed() -> None:
    assert [int(page.name[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    architecture = _text("docs/architecture.md")
    for page in DECISIONS:
        assert f"](adr/{page.name})" in architecture
