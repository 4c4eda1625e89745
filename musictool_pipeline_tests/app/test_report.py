"""`musictool report`: where the file goes, and what is said of it. What it holds: `publishing`."""

from __future__ import annotations

import webbrowser
from pathlib import Path

import pytest

from musictool_pipeline.app.report import report
from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.gaps import build_statistics
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline_tests.app.conftest import MakeProject, Project, listing
from musictool_pipeline_tests.app.judged_collection import EVERYTHING, publish

NAME = "musictool-report.html"


@pytest.fixture(scope="module")
def project(make_project: MakeProject) -> Project:
    project = make_project("http://127.0.0.1:1")
    publish(project.database, **EVERYTHING)
    build_statistics(Warehouse(project.database))
    return project


@pytest.fixture
def settings(project: Project) -> Settings:
    return Settings(root=project.data.parent, data_dir=project.data)


def test_by_default_it_is_where_a_refresh_leaves_it(project: Project) -> None:
    before = listing(project.data)
    ran = project.run("report")
    path = project.data / "exports" / NAME
    assert (ran.returncode, ran.stderr) == (0, "")
    assert f"{path}: 7 tracks on 3 records" in ran.stdout
    assert path.read_text("utf-8").startswith("<!doctype html>")
    assert listing(project.data).keys() - before.keys() == {"exports", f"exports/{NAME}"}


def test_it_goes_where_it_is_asked_to_go(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for output, written in (
        (tmp_path / "new" / "list.html", tmp_path / "new" / "list.html"),
        (folder, folder / NAME),
    ):
        assert report(settings, Terminal(), output=output, show=False) == 0
        assert written.is_file()


@pytest.mark.parametrize(("browser", "code"), [(True, 0), (False, 1)])
def test_it_is_opened_where_there_is_a_browser(
    browser: bool,
    code: int,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    opened: list[str] = []

    def opens(url: str) -> bool:
        opened.append(url)
        return browser

    monkeypatch.setattr(webbrowser, "open", opens)
    path = tmp_path / "my list.html"
    assert report(settings, Terminal(), output=path, show=True) == code
    assert opened == [path.as_uri()]
    assert ("No browser was found" in capsys.readouterr().out) is not browser


def test_nothing_but_a_sentence_where_there_is_nothing_to_report(
    make_project: MakeProject,
) -> None:
    empty = make_project("http://127.0.0.1:1")
    before = listing(empty.data)
    ran = empty.run("report")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "There are no tracks yet." in ran.stderr and "musictool refresh" in ran.stderr
    assert listing(empty.data) == before


def test_the_users_files_are_refused(project: Project) -> None:
    before = project.database.read_bytes()
    ran = project.run("report", "--output", str(project.database))
    assert ran.returncode == 2
    assert "Nothing was written" in ran.stderr
    # One file of HTML is no playlist.
    assert "which is for what a refresh reads" in ran.stderr
    assert "playlist" not in ran.stderr
    assert project.database.read_bytes() == before
