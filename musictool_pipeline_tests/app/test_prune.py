"""`musictool prune`: partitions of records that left go if the user says so, and no others."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

from musictool_pipeline_tests.app.conftest import (
    RELEASE_IDS,
    MakeProject,
    OpenTerminal,
    Project,
    cli,
)

GONE = [101, 102]


@pytest.fixture(scope="module")
def made(make_project: MakeProject) -> Project:
    project = make_project("http://127.0.0.1:1")
    assert project.run("prune").returncode == 0, "makes the instance"
    with project.instance() as instance:
        keys = [str(release_id) for release_id in [*GONE, *RELEASE_IDS]]
        instance.add_dynamic_partitions("discogs_release_id", keys)
    return project


@pytest.fixture
def project(make_project: MakeProject, made: Project) -> Project:
    """A project with an export, in whose Dagster two releases are that the export has not."""
    project = make_project("http://127.0.0.1:1")
    shutil.copytree(made.dagster_home, project.dagster_home, dirs_exist_ok=True)
    return project


@pytest.fixture
def partitions(project: Project) -> Callable[[], set[int]]:
    def read() -> set[int]:
        with project.instance() as instance:
            return set(map(int, instance.get_dynamic_partitions("discogs_release_id")))

    return read


def test_those_that_left_go_and_a_second_time_there_are_none(
    project: Project, partitions: Callable[[], set[int]]
) -> None:
    ran = project.run("prune", "--yes")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == "✓ 2 partitions deleted. The tracklists are kept.\n"
    assert partitions() == RELEASE_IDS
    again = project.run("prune", "--yes")
    assert again.returncode == 0
    assert again.stdout == "Every partition belongs to a release of the collection.\n"


def test_a_dry_run_lists_them_and_deletes_none(
    project: Project, partitions: Callable[[], set[int]]
) -> None:
    ran = project.run("prune", "--dry-run", "--yes")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == "2 partitions of releases that left the collection: 101, 102\n"
    assert partitions() == {*GONE, *RELEASE_IDS}


def test_without_a_terminal_and_without_yes_nothing_is_deleted(
    project: Project, partitions: Callable[[], set[int]]
) -> None:
    ran = project.run("prune")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "musictool prune --yes" in ran.stderr
    assert partitions() == {*GONE, *RELEASE_IDS}


@pytest.mark.parametrize(
    ("typed", "left"),
    [("y", RELEASE_IDS), ("", {*GONE, *RELEASE_IDS})],
)
def test_the_question_names_the_count(
    typed: str,
    left: set[int],
    project: Project,
    partitions: Callable[[], set[int]],
    open_terminal: OpenTerminal,
) -> None:
    session = open_terminal(cli("prune"), project.environment(), project.folder)
    session.wait_for("2 partitions of releases that left: 101, 102")
    session.wait_for("[y/N]")
    session.type(f"{typed}\r")
    assert session.finish() == 0
    assert partitions() == left


def test_an_export_that_cannot_be_read_costs_nothing(
    project: Project, partitions: Callable[[], set[int]]
) -> None:
    (project.data / "me-collection-20990101-1200.csv").write_text("no,collection\n")
    assert project.run("prune", "--yes").returncode == 2
    assert partitions() == {*GONE, *RELEASE_IDS}
