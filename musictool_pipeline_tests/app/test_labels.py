"""`musictool labels`: where the file goes and what is said of it. What is on it: `publishing`."""

from __future__ import annotations

from pathlib import Path

import pytest

from musictool_pipeline.app.cli import build_parser, main
from musictool_pipeline.publishing.label_layout import SHEETS
from musictool_pipeline_tests.app.conftest import MakeProject, Project, listing
from musictool_pipeline_tests.app.mixed_collection import publish_mixed


@pytest.fixture(scope="module")
def project(make_project: MakeProject) -> Project:
    project = make_project("http://127.0.0.1:1")
    publish_mixed(project.database)
    return project


def test_by_default_they_are_beside_the_report(project: Project) -> None:
    before = listing(project.data)
    ran = project.run("labels", "--release", "1", "--release", "2")
    path = project.data / "exports" / "labels.html"
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines() == [
        f"{path}: 2 labels of 2 records on 1 sheet",
        "Open it in any browser, and print it at 100 %, without margins.",
    ]
    assert listing(project.data).keys() - before.keys() == {"exports", "exports/labels.html"}


def test_it_goes_where_it_is_asked_to_go(project: Project, tmp_path: Path) -> None:
    for output, written in (
        (tmp_path / "new" / "mine.html", tmp_path / "new" / "mine.html"),
        (tmp_path, tmp_path / "labels.html"),
    ):
        ran = project.run("labels", "--folder", "sell", "--output", str(output))
        assert ran.returncode == 0
        assert written.read_text("utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize("sheet", SHEETS)
def test_every_sheet_can_be_chosen_and_is_in_the_help(
    sheet: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build_parser().parse_args(["labels", "--sheet", sheet]).sheet is SHEETS[sheet]
    with pytest.raises(SystemExit):
        main(["labels", "--help"])
    assert sheet in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    "arguments",
    [
        ["--since", "yesterday"],
        ["--since", "31.01.2026"],
        ["--sheet", "a9"],
        ["--release", "x"],
        ["--output", ""],
    ],
)
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["labels", *arguments])
    assert ended.value.code == 2
    assert "usage: musictool labels" in capsys.readouterr().err


def test_the_users_files_are_refused(project: Project) -> None:
    before = project.database.read_bytes()
    ran = project.run("labels", "--output", str(project.database))
    assert ran.returncode == 2
    assert "Nothing was written" in ran.stderr
    assert project.database.read_bytes() == before


def test_a_sentence_if_there_is_nothing_to_label(make_project: MakeProject) -> None:
    empty = make_project("http://127.0.0.1:1")
    before = listing(empty.data)
    ran = empty.run("labels")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "There are no tracks yet." in ran.stderr
    assert listing(empty.data) == before
