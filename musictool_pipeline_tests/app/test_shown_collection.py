"""Whose collection the commands show: after the demo, what it prints can be typed as it stands."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from musictool_pipeline.app.cli import main
from musictool_pipeline_tests.app.judged_collection import EVERYTHING, publish

SHOWING = "Showing the demo's collection in "


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home where the demo was run, and nothing else."""
    for name in ("MUSICTOOL_DATA_DIR", "MUSICTOOL_COLLECTION_CSV", "DISCOGS_USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MUSICTOOL_HOME", str(tmp_path))
    (tmp_path / "data").mkdir()
    publish(tmp_path / "data" / "demo" / "musictool.duckdb", **EVERYTHING)
    return tmp_path


@pytest.mark.parametrize(
    "typed",
    [
        "gaps",
        "explain 2 A1",
        "report",
        "rip",
        "export",
        "labels",
        "crate",
        "health",
        "status",
        "decide --list",
        "review",
    ],
)
def test_without_a_collection_the_commands_show_the_demo(
    home: Path, capsys: pytest.CaptureFixture[str], typed: str
) -> None:
    main(typed.split())
    printed = capsys.readouterr()
    assert f"{SHOWING}{home / 'data' / 'demo'}\n" in printed.err
    assert SHOWING not in printed.out
    assert "There are no tracks yet" not in printed.err
    assert "No collection yet" not in printed.out


def test_what_is_written_stays_with_the_demo(home: Path) -> None:
    assert main(["report"]) == 0
    assert (home / "data" / "demo" / "exports" / "musictool-report.html").exists()
    assert [path.name for path in (home / "data").iterdir()] == ["demo"]


def test_of_several_demos_the_one_that_ran_last_is_shown(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    live = home / "data" / "demo-live"
    publish(live / "musictool.duckdb", **EVERYTHING)
    for folder, ran in ((home / "data" / "demo", 2_000), (live, 3_000)):
        os.utime(folder / "musictool.duckdb", (ran, ran))
    assert main(["gaps"]) == 0
    assert f"{SHOWING}{live}\n" in capsys.readouterr().err
    (home / "data" / "demo" / "progress.json").touch()
    assert main(["gaps"]) == 0
    assert f"{SHOWING}{home / 'data' / 'demo'}\n" in capsys.readouterr().err


def test_ones_own_export_comes_before_the_demo(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "data" / "me-collection-20260101-1200.csv").touch()
    assert main(["gaps"]) == 2
    printed = capsys.readouterr()
    assert SHOWING not in printed.err
    assert "There are no tracks yet" in printed.err


@pytest.mark.parametrize("own", [True, False])
def test_the_demo_says_how_to_see_it_if_the_commands_show_another(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], own: bool
) -> None:
    monkeypatch.setattr("musictool_pipeline.demo.__main__.run", lambda *_, **__: 0)
    if own:
        (home / "data" / "me-collection-20260101-1200.csv").touch()
    assert main(["demo"]) == 0
    assert ("dashboard --demo` and" in capsys.readouterr().out) == own
