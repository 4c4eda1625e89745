"""`musictool health`, and what `check` and the report say of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from musictool_pipeline.app.check import _health
from musictool_pipeline.app.health import health_lines
from musictool_pipeline.core.health import Entry
from musictool_pipeline.inputs.named_files import FilesLookedFor
from musictool_pipeline.publishing.report import keep_report
from musictool_pipeline.queries.health import read_health
from musictool_pipeline.settings import Settings
from musictool_pipeline_tests.app.conftest import MakeProject, Project, listing
from musictool_pipeline_tests.app.judged_collection import EVERYTHING, publish
from musictool_pipeline_tests.app.poor_health import AWAY, LIBRARY, in_poor_health


@pytest.fixture
def files(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def settings(tmp_path: Path, files: Path) -> Settings:
    settings = Settings(root=tmp_path, data_dir=tmp_path / "data", min_bitrate=192)
    publish(settings.database, **in_poor_health(files))
    return settings


@pytest.fixture(scope="module")
def project(make_project: MakeProject) -> Project:
    return make_project("http://127.0.0.1:1")


def test_it_says_what_is_wrong_and_writes_nothing(project: Project) -> None:
    files = project.folder / "files"
    publish(project.database, **in_poor_health(files))
    before = listing(project.folder)
    ran = project.run("health", settings={"MUSICTOOL_MIN_BITRATE": "192"})
    assert (ran.returncode, ran.stderr) == (0, "")
    assert listing(project.folder) == before
    assert ran.stdout.splitlines() == [
        "Files: 4 entries name a file; 2 of these files are there, 1 is gone.",
        f"  {files / 'Gone.mp3'}: Goldie - Gone, in {LIBRARY}",
        "Find them in your DJ program, or remove them there. Then run `musictool refresh`.",
        f"{AWAY} is not there or is empty, so 1 entry could not be checked. Connect the disk, and "
        "run `musictool health` again.",
        "Entries: 1 file has several entries in one library.",
        f"  {files / 'Jah.mp3'}: 2 entries, Goldie - Jah, in {LIBRARY}",
        "Bit rate: 1 owned track has no file of at least 192 kbit/s.",
        "  1 B: Goldie - Jah, mp3, 128 kbit/s",
        "Copies: no track has several files.",
    ]


def test_before_a_refresh_it_says_what_to_do(tmp_path: Path) -> None:
    lines = list(health_lines(read_health(Settings(root=tmp_path, data_dir=tmp_path / "data"))))
    assert lines == [
        "No library was read yet. Run `musictool refresh`.",
        "Bit rate: not checked. Set MUSICTOOL_MIN_BITRATE in .env to the least that you want.",
        "Copies: no track has several files.",
    ]


def test_a_folder_of_music_names_no_file_that_can_be_gone(settings: Settings) -> None:
    """It was answered with a refresh, which changes nothing."""
    first, second, *_ = health_lines(replace(read_health(settings), entries=0))
    assert first == (
        "Files: none can be gone. A folder of music is read from the disk itself at each refresh."
    )
    assert second.startswith("Bit rate: ")


def test_what_could_not_be_looked_for_is_said(settings: Settings) -> None:
    seen = FilesLookedFor(away={"/Volumes/Stick": 1}, elsewhere=2, unreadable=1)
    lines = list(health_lines(replace(read_health(settings), files=seen)))
    assert (
        "/Volumes/Stick is not there or is empty, so 1 entry could not be checked. Connect the "
        "disk, and run `musictool health` again." in lines
    )
    assert "2 entries have a path of another system, which cannot be checked here." in lines
    assert "1 entry is in folders that you may not list. Correct their permissions." in lines


def test_a_long_list_is_cut_and_a_title_forges_no_line(settings: Settings) -> None:
    gone = (Entry("lib", "traktor", "/a\nb.mp3", "x\n✓ y", None),) * 23
    lines = list(health_lines(replace(read_health(settings), files=FilesLookedFor(gone=gone))))
    assert "  and 3 more; `musictool health --json` has all" in lines
    assert not any("\n" in line for line in lines)


def test_check_says_it_in_a_line(settings: Settings) -> None:
    (finding,) = _health(settings)
    assert finding.ok and finding.remark and not finding.needs_user
    assert finding.text == (
        "Health: 1 file that a library names is gone; 1 file has several entries in one library; "
        "1 owned track has no file of at least 192 kbit/s"
    )
    assert finding.remedy == "Run `musictool health` to see which."


def test_check_is_silent_if_all_is_well(settings: Settings) -> None:
    publish(settings.database, **EVERYTHING, **{"pipeline.library_tracks": []})
    assert list(_health(settings)) == []


def test_the_report_says_it_and_follows_the_setting(settings: Settings) -> None:
    assert keep_report(settings)
    page = settings.report_file.read_text("utf-8")
    assert "1 file has several entries in one digital library." in page
    assert "1 owned track has no file of at least 192 kbit/s." in page
    written = keep_report(settings)
    assert written and not written.written
    written = keep_report(replace(settings, min_bitrate=0))
    assert written and written.written
    assert "kbit/s" not in settings.report_file.read_text("utf-8").partition("<script")[0]
