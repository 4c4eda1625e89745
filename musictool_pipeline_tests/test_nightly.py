"""What runs at night without anybody looking: the units in `deploy/systemd/` and `docs/nightly.md`
name commands, files and settings that are there."""

from __future__ import annotations

import configparser
import plistlib
import re
import shlex
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest
from click import Command, Group

from musictool_pipeline.app.cli import build_parser
from musictool_pipeline.discogs.budget import budget_path
from musictool_pipeline.errors import EXIT_INTERRUPTED, EXIT_NEEDS_USER, EXIT_USAGE
from musictool_pipeline.orchestration.automation import automation
from musictool_pipeline.settings import PROJECT_ROOT, SETTING_NAMES, Settings

UNITS = PROJECT_ROOT / "deploy" / "systemd"
NIGHTLY = (PROJECT_ROOT / "docs" / "nightly.md").read_text(encoding="utf-8")
CHECKOUT = "%h/musictool"


def unit(name: str) -> dict[str, dict[str, str]]:
    """A unit's sections."""
    parser = configparser.RawConfigParser(delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(UNITS / name, encoding="utf-8")
    return {section: dict(parser[section]) for section in parser.sections()}


UNIT_NAMES = sorted(path.name for path in UNITS.iterdir())
SERVICES = [name for name in UNIT_NAMES if name.endswith(".service")]


def command_lines() -> list[list[str]]:
    """Every command of the project that the document gives, without its `VARIABLE=value`s."""
    blocks = re.findall(r"(?ms)^```(?:crontab)?\n(.*?)^```", NIGHTLY)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"(?ms)^```.*?^```", "", NIGHTLY))
    found = []
    for line in [line for block in blocks for line in block.splitlines()] + inline:
        if match := re.search(r"\.venv/bin/.*", line):
            found.append(shlex.split(match[0].partition(" > ")[0]))
    return found


def dagster_command(words: list[str]) -> Command:
    """The command of Dagster's that these words name."""
    from dagster._cli import create_dagster_cli

    command: Command = create_dagster_cli()
    for word in words:
        if not isinstance(command, Group):
            break
        assert word in command.commands, f"dagster has no {' '.join(words)}"
        command = command.commands[word]
    return command


def check(words: list[str]) -> None:
    """That a command of `.venv/bin` parses."""
    program = Path(words[0]).name
    if program == "musictool":
        build_parser().parse_args(words[1:])
    else:
        assert program == "dagster"
        command = dagster_command(words[1:])
        flags = {flag for parameter in command.params for flag in parameter.opts}
        assert {word for word in words if word.startswith("-")} <= flags


# ------------------------------------------------------------------ the units


def test_the_units_are_there() -> None:
    assert UNIT_NAMES == [
        "musictool-dagster.service",
        "musictool-refresh.service",
        "musictool-refresh.timer",
    ]


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_unit_starts_is_in_the_environment_and_parses(name: str) -> None:
    words = shlex.split(unit(name)["Service"]["ExecStart"])
    assert words[0].startswith(f"{CHECKOUT}/.venv/bin/")
    check(words)


@pytest.mark.parametrize("name", SERVICES)
def test_a_unit_may_write_where_the_project_writes_and_nowhere_else(name: str) -> None:
    """Too few paths, and the first night ends with a read-only file system."""
    service = unit(name)["Service"]
    assert service["WorkingDirectory"] == service["ReadWritePaths"] == CHECKOUT
    assert (service["ProtectSystem"], service["ProtectHome"]) == ("strict", "read-only")
    for at_once in ("NoNewPrivileges", "PrivateTmp"):
        assert service[at_once] == "true"
    budget = budget_path("https://api.discogs.com")
    assert service["CacheDirectory"] == budget.parent.name


def test_a_refresh_is_not_started_again_in_a_loop() -> None:
    """Releases that are left, or a token that was refused, would be asked for all night."""
    service = unit("musictool-refresh.service")["Service"]
    assert service["Type"] == "oneshot"
    assert service["Restart"] == "no"
    success = {int(code) for code in service["SuccessExitStatus"].split()}
    assert success == {EXIT_NEEDS_USER, EXIT_INTERRUPTED}
    assert EXIT_USAGE not in success, "the user would not learn that the token is no longer good"


def test_the_server_is_not_started_again_in_a_loop() -> None:
    sections = unit("musictool-dagster.service")
    assert int(sections["Unit"]["StartLimitBurst"]) <= 3
    assert sections["Unit"]["StartLimitIntervalSec"] == "1h"
    assert int(sections["Service"]["RestartPreventExitStatus"]) == EXIT_USAGE


def test_the_web_pages_are_for_this_machine_only_and_behind_the_guard() -> None:
    words = shlex.split(unit("musictool-dagster.service")["Service"]["ExecStart"])
    assert Path(words[0]).name == "musictool", "`dagster dev` takes orders from every web page"
    options = build_parser().parse_args(words[1:])
    assert options.host == "127.0.0.1"


def test_the_timer_starts_the_service_when_the_schedule_would() -> None:
    timer = unit("musictool-refresh.timer")["Timer"]
    minute, hour, *rest = Settings().nightly_cron.split()
    assert rest == ["*", "*", "*"]
    assert timer["OnCalendar"] == f"*-*-* {int(hour):02}:{int(minute):02}:00"
    assert timer["Persistent"] == "true"
    assert "Unit" not in timer, "without it the service of the same name is meant"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_finds_nothing_wrong_with_them(tmp_path: Path) -> None:
    home, runtime = tmp_path / "home", tmp_path / "run"
    runtime.mkdir(mode=0o700)
    for name in UNIT_NAMES:
        content = (UNITS / name).read_text(encoding="utf-8")
        folder = home / ".config" / "systemd" / "user"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
        for program in re.findall(r"^ExecStart=%h/(\S+)", content, re.M):
            started = home / program
            started.parent.mkdir(parents=True, exist_ok=True)
            started.write_text("#!/bin/sh\n")
            started.chmod(0o755)
    (home / "musictool" / "docs").mkdir()
    (home / "musictool" / "docs" / "nightly.md").touch()
    verified = subprocess.run(
        ["systemd-analyze", "--user", "--man=no", "verify", *sorted(folder.iterdir())],
        env={"HOME": str(home), "XDG_RUNTIME_DIR": str(runtime), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if "Failed to initialize manager" in verified.stderr:
        pytest.skip("there is no systemd to ask here")
    assert (verified.returncode, verified.stderr) == (0, "")


# ------------------------------------------------------------------ the document


@pytest.mark.parametrize("words", command_lines(), ids=" ".join)
def test_every_command_of_the_document_is_there(words: list[str]) -> None:
    check(words)


def test_the_document_has_commands() -> None:
    """The test above would be glad to find none."""
    assert [".venv/bin/musictool", "status", "--watch"] in command_lines()
    assert [".venv/bin/dagster", "schedule", "start", "nightly_refresh"] in command_lines()
    assert len(command_lines()) >= 7


def test_the_schedule_that_it_switches_on_is_there() -> None:
    definitions = automation(Settings())
    assert "nightly_refresh" in {schedule.name for schedule in definitions.schedules or ()}
    assert "new_collection_export" in {sensor.name for sensor in definitions.sensors or ()}


def test_it_installs_the_units_that_there_are() -> None:
    named = set(re.findall(r"deploy/systemd/([\w.-]+)", NIGHTLY))
    assert named == set(UNIT_NAMES)
    started = set(re.findall(r"\bmusictool-\w+\.(?:service|timer)\b", NIGHTLY))
    assert started == set(UNIT_NAMES)


def test_the_settings_that_it_names_are_there() -> None:
    assert set(re.findall(r"\b(?:MUSICTOOL|DISCOGS)_[A-Z_]+\b", NIGHTLY)) <= set(SETTING_NAMES)


def test_the_line_for_cron_is_one() -> None:
    (line,) = re.findall(r"(?m)^(\d+ \d+ \* \* \*  .*)$", NIGHTLY)
    minute, hour, *_ = line.split()
    assert [minute, hour] == Settings().nightly_cron.split()[:2]
    assert "%" not in line, "cron ends the command there"


def test_the_plist_is_one() -> None:
    (text,) = re.findall(r"(?ms)^```xml\n(.*?)^```", NIGHTLY)
    plist = plistlib.loads(text.encode())
    check(plist["ProgramArguments"])
    assert plist["ProgramArguments"][0].startswith(plist["WorkingDirectory"] + "/.venv/bin/")
    assert f"~/Library/LaunchAgents/{plist['Label']}.plist" in NIGHTLY


def test_the_sections_that_it_points_at_are_there() -> None:
    def anchor(heading: str) -> str:
        return re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")

    sections: dict[str, int] = defaultdict(int)
    for heading in re.findall(r"(?m)^#+ (.*)$", NIGHTLY):
        sections[anchor(heading)] += 1
    for target in re.findall(r"\]\(#([\w-]+)\)", NIGHTLY):
        assert sections[target] == 1, target
