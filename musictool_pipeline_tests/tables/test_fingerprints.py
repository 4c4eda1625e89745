"""Which code a verdict depends on."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

import pytest

from musictool_pipeline.settings import PROJECT_ROOT
from musictool_pipeline.tables import verdicts
from musictool_pipeline.tables.fingerprints import code_files, code_of
from musictool_pipeline.tables.library import READERS

PACKAGE = PROJECT_ROOT / "musictool_pipeline"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The package, in a place where it may be changed."""
    return shutil.copytree(PACKAGE, tmp_path / PACKAGE.name)


def judged_by(package: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The fingerprint of all that makes verdicts, of the package at that place."""
    monkeypatch.setattr(verdicts, "code_of", partial(code_of.__wrapped__, package=package))
    return verdicts.code()


@pytest.mark.parametrize(
    "name",
    [
        "core/matching/matcher.py",
        "core/matching/own_tables/lexicon.tsv",
        "core/matching/own_tables/points.txt",
        "core/decisions.py",
        "core/duplicates.py",
        "core/shop_links.py",
        "core/text.py",
        "tables/judging.py",
        "tables/sql/audio_files.sql",
        "tables/sql/digital_duplicates.sql",
        "tables/sql/gap_analysis.sql",
        "tables/sql/judged_files.sql",
        "tables/sql/vinyl_tracks.sql",
    ],
)
def test_other_code_that_judges_is_another_fingerprint(
    name: str, copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = judged_by(copied, monkeypatch)
    with (copied / name).open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert judged_by(copied, monkeypatch) != before


@pytest.mark.parametrize(
    "name",
    [
        "core/spreadsheet.py",
        "core/tables.py",
        "core/wants.py",
        "disk/files.py",
        "tables/sql/folders.sql",
    ],
)
def test_code_that_does_not_judge_changes_no_verdict(
    name: str, copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = judged_by(copied, monkeypatch)
    with (copied / name).open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert judged_by(copied, monkeypatch) == before


def test_all_that_matches_is_part_of_it() -> None:
    """Nothing of the matcher is imported by a name that is only known when it runs."""
    matching = {
        file
        for file in (PACKAGE / "core/matching").rglob("*.*")
        if file.suffix in (".py", ".tsv", ".txt") and file.name != "__init__.py"
    }
    assert len(matching) > 30
    assert matching <= set(code_files("tables.judging"))


def test_all_that_reads_a_library_is_part_of_its_fingerprint() -> None:
    files = set(code_files(*READERS, rooms=("core", "libraries")))
    assert set((PACKAGE / "libraries").glob("*.py")) <= files


def test_a_module_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="no module"):
        code_files("tables.judgement")


def test_a_folder_is_all_of_its_files_and_a_file_that_is_not_there_is_refused() -> None:
    """A statement that is misspelt would be left out for ever."""
    folder = PACKAGE / "tables/sql"
    assert set(code_files("tables/sql")) == set(folder.glob("*.sql"))
    with pytest.raises(FileNotFoundError):
        code_of("tables/sql/gaps_analysis.sql")
