"""`--json`: what docs/json.md promises is what a script gets, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from musictool_pipeline.app.cli import build_parser
from musictool_pipeline.core.progress import FAILED, ExpandedRelease, Progress
from musictool_pipeline.settings import PROJECT_ROOT, read_settings
from musictool_pipeline_tests.app.conftest import MakeProject, Project
from musictool_pipeline_tests.app.judged_collection import digital, gap, publish, track
from musictool_pipeline_tests.app.poor_health import in_poor_health

PAGE = (PROJECT_ROOT / "docs/json.md").read_text(encoding="utf-8")
FORMS = {
    command: set(re.findall(r"(?m)^\| `([^`]+)` \|", section))
    for command, section in re.findall(r"## `musictool ([^`]+)`\n(.*?)(?=\n## |\Z)", PAGE, re.S)
}
SOUND = {"bpm": 125.0, "musical_key": "Am", "camelot": "8A"}
EXIT_CODES = {"decide": 1, "status": 1}


@pytest.fixture(scope="module")
def project(make_project: MakeProject) -> Project:
    project = make_project("http://127.0.0.1:1")
    wants = [{"release_id": 1, "csv_line": 2}]
    everything = in_poor_health(project.folder / "files")
    another = track(2, 9, "Z", "Goldie", "Another", format_type="Vinyl")
    near = digital("near", "Goldie", "Another")
    files = [*everything["digital_tracks"], near]
    formats = {3: {"format": "CD, Album"}}
    more = {
        "releases": [
            {**release, **formats.get(release["release_id"], {})}
            for release in everything["releases"]
        ],
        "wantlist_items": wants,
        "expanded_tracks": [*everything["expanded_tracks"], another],
        "gap_analysis": [*everything["gap_analysis"], gap(another, "owned", digital_id="near")],
        "digital_tracks": [{**file, **SOUND} for file in files],
    }
    publish(project.database, **{**everything, **more})
    settings = read_settings(project.environment())
    settings.progress_file.parent.mkdir(parents=True, exist_ok=True)
    ended = Progress(
        run_id="1", stage=FAILED, finished=True, failures={"HTTP 503": 1},
        recent=(ExpandedRelease(1, "Goldie", "Album 1", 3),),
    )  # fmt: skip
    settings.progress_file.write_text(json.dumps(ended.as_json()), "utf-8")
    (project.data / "match_overrides.csv").write_text(
        "release_id,position,decision,digital,file_length\n"
        "1,A,not\n1,B,nonsense\n1,A,other_version,aa,77\n"
    )
    return project


def names(value: Any, name: str = "") -> Iterator[str]:
    """The names of all that holds no further names, and of each object that may be null."""
    if isinstance(value, dict):
        if name.endswith("published"):
            yield name
        for key, each in value.items():
            yield from names(each, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        yield from (it for each in value or [None] for it in names(each, f"{name}[]"))
    else:
        yield name


@pytest.mark.parametrize("command", FORMS)
def test_the_form_is_as_described(command: str, project: Project) -> None:
    typed = command.replace("--from 117941 A1", "--from 1 B").replace("117941 A1", "1 A").split()
    ran = project.run(*typed, settings={"MUSICTOOL_MIN_BITRATE": "192"})
    assert (ran.returncode, ran.stderr) == (EXIT_CODES.get(typed[0], 0), "")
    assert ran.stdout.count("\n") == 1
    assert set(names(json.loads(ran.stdout))) == FORMS[command]


def test_every_command_with_json_is_on_the_page() -> None:
    (commands,) = (
        action.choices for action in build_parser()._actions if isinstance(action.choices, dict)
    )
    with_json = {name for name, it in commands.items() if "--json" in it.format_help()}
    assert {command.split()[0] for command in FORMS} == with_json


def test_an_error_is_in_words_and_nothing_else_is_printed(project: Project) -> None:
    ran = project.run("explain", "99", "A", "--json")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "Release 99 is not in the collection." in ran.stderr


def test_json_is_for_the_list_of_decisions_alone(project: Project) -> None:
    for arguments in (["1", "A", "same"], ["--undo"], []):
        ran = project.run("decide", *arguments, "--json")
        assert (ran.returncode, ran.stdout) == (2, "")


def test_json_says_what_a_dry_run_would_do_and_nothing_of_what_is_done(project: Project) -> None:
    for command in ("refresh", "prune"):
        ran = project.run(command, "--json")
        assert (ran.returncode, ran.stdout) == (2, "")
        assert "Add --dry-run" in ran.stderr
