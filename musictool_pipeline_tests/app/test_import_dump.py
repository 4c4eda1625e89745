"""`musictool import-dump`, as a user runs it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from musictool_pipeline.app.cli import main
from musictool_pipeline.app.import_dump import progress_line
from musictool_pipeline.discogs.dump import DumpReading
from musictool_pipeline_tests.app.conftest import (
    GONE,
    RELEASE_IDS,
    SAMPLE,
    MakeProject,
    OpenTerminal,
    Project,
    cli,
)
from musictool_pipeline_tests.sample_dump import demo_dump, dump_name, write_dump

IMPORTED = len(RELEASE_IDS) - 2
"""All but one that is gone, and a draft."""


@pytest.fixture
def project(make_project: MakeProject, monkeypatch: pytest.MonkeyPatch) -> Project:
    project = make_project("http://127.0.0.1:1")
    for name, value in project.environment().items():
        monkeypatch.setenv(name, value)
    return project


@pytest.fixture
def dump(project: Project) -> Path:
    path = project.folder / dump_name(datetime.now(UTC).date())
    write_dump(path, demo_dump(SAMPLE))
    return path


def test_it_brings_what_is_missing_and_says_what_is_next(
    project: Project, dump: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["import-dump", str(dump)]) == 0
    out = capfd.readouterr().out
    assert f"{len(RELEASE_IDS)} of {len(RELEASE_IDS)} releases are looked for" in out
    assert f"{IMPORTED} tracklists imported" in out
    assert "`musictool refresh` makes the tables of them, and asks Discogs for the other 2." in out
    assert len(project.cached()) == IMPORTED
    assert GONE not in project.cached()

    assert main(["import-dump", str(dump)]) == 0
    assert "Nothing to look for" in capfd.readouterr().out


def test_a_damaged_dump_ends_with_1_and_keeps_what_came_before(
    project: Project, dump: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    whole = dump.read_bytes()
    dump.write_bytes(whole[: len(whole) * 3 // 4])
    assert main(["import-dump", str(dump)]) == 1
    out = capfd.readouterr().out
    assert "is cut short" in out
    assert "What came before the damage was imported." in out
    assert 0 < len(project.cached()) < IMPORTED
    dump.write_bytes(whole)
    assert main(["import-dump", str(dump)]) == 0
    assert len(project.cached()) == IMPORTED


def test_a_dump_with_another_checksum_ends_with_1_and_keeps_nothing(
    project: Project, dump: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    listed = next(dump.parent.glob("*CHECKSUM.txt"))
    listed.write_text(f"{'0' * 64} *{dump.name}\n")
    assert main(["import-dump", str(dump)]) == 1
    assert "Nothing of it was kept" in capfd.readouterr().out
    assert project.cached() == set()


def test_what_is_no_dump_ends_with_2_in_words(
    project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    path = project.folder / "discogs_20260101_masters.xml.gz"
    path.write_bytes(b"x")
    assert main(["import-dump", str(path)]) == 2
    error = capfd.readouterr().err
    assert "is the dump of masters" in error and "from data.discogs.com" in error
    assert main(["import-dump", str(project.folder / "nowhere")]) == 2


def test_without_an_export_it_says_so(project: Project, dump: Path) -> None:
    (project.data / SAMPLE.export_name).unlink()
    assert main(["import-dump", str(dump)]) == 2


def test_it_needs_neither_dagster_nor_pandas(project: Project, dump: Path) -> None:
    """It would wait for them longer than for a small dump."""
    loaded = project.loaded_by("import-dump", str(dump))
    assert loaded.isdisjoint({"dagster", "pandas", "duckdb"})


def test_in_a_terminal_it_shows_a_bar(
    project: Project, dump: Path, open_terminal: OpenTerminal
) -> None:
    session = open_terminal(cli("import-dump", str(dump)), project.environment(), project.home)
    assert session.finish() == 0
    assert "100.0 % of the file" in session.shown
    assert f"{IMPORTED} tracklists imported" in session.shown


def test_the_line_of_progress() -> None:
    assert progress_line(DumpReading(413, 1_000, 1_207, 3_104, 100.0)) == (
        "41.3 % of the file, 1,207 of 3,104 releases imported, 2 min left"
    )
    assert progress_line(DumpReading(0, 1_000, 0, 3, 0.1)) == (
        "0.0 % of the file, 0 of 3 releases imported"
    )
