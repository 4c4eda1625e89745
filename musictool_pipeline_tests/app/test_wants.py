"""`musictool wants`, and the wantlist's lines in `status` and `check`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from musictool_pipeline.app.prerequisites import _wantlist
from musictool_pipeline.app.refresh import _wanted
from musictool_pipeline.app.status import read_status, status_lines
from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.app.wants import wants
from musictool_pipeline.core.tables import GAP_ANALYSIS
from musictool_pipeline.errors import MusicToolError
from musictool_pipeline.settings import Settings
from musictool_pipeline_tests.app.judged_collection import EVERYTHING, GAPS, answer, publish

WANTED = [
    {"release_id": 1, "csv_line": 2, "artist": "Goldie", "title": "Album 1"},
    {"release_id": 8, "csv_line": 3, "artist": "Ann", "title": "Later", "label": "Blue"},
    {"release_id": 9, "csv_line": 4, "artist": "Bob", "title": "Sooner"},
]
JUDGED = [
    {**GAPS[0], "track_id": 80 + number, "discogs_release_id": 8, "track_number": number,
     "status": status}
    for number, status in enumerate(("owned", "owned", "owned", "review"), start=1)
]  # fmt: skip
assert set(JUDGED[0]) <= set(GAP_ANALYSIS.column_names)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(root=tmp_path, data_dir=tmp_path / "data")
    publish(settings.database, **EVERYTHING, wantlist_items=WANTED, wanted_gaps=JUDGED)
    return settings


def lines(
    settings: Settings, capsys: pytest.CaptureFixture[str], limit: int | None = None
) -> list[str]:
    assert wants(settings, Terminal(), limit=limit, as_json=False) == 0
    return capsys.readouterr().out.splitlines()


def test_each_release_says_what_is_there_as_files(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lines(settings, capsys) == [
        "Wantlist: 3 releases, 1 of them on the shelf too; 2 not fetched yet; you have 3 of 4 "
        "tracks as files.",
        "  8  Ann - Later (Blue): wanted, and you have 3 of 4 tracks as files (1 to review)",
        "  9  Bob - Sooner: wanted; not judged yet",
        "  1  Goldie - Album 1: on the shelf too, and you have 1 of 2 tracks as files (1 in "
        "another version)",
        "Next: `musictool refresh` fetches and judges the rest.",
    ]
    assert lines(settings, capsys, limit=1)[-2:] == [
        "and 2 more releases; without --limit all are listed.",
        "Next: `musictool refresh` fetches and judges the rest.",
    ]


def test_an_empty_tracklist_is_nothing_that_waits(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    fetched = {"pipeline.answers": [answer(9, "Vinyl")]}
    publish(settings.database, releases=EVERYTHING["releases"], **fetched)
    said = lines(settings, capsys)
    assert "  9  Bob - Sooner: wanted; Discogs lists no tracks of it" in said
    assert "1 not fetched yet" in said[0]


def test_without_a_wantlist_it_says_what_to_do(tmp_path: Path) -> None:
    settings = Settings(root=tmp_path, data_dir=tmp_path / "data")
    for found, remedy in (
        (settings, "Set MUSICTOOL_WANTLIST"),
        (replace(settings, wantlist_csv=tmp_path / "w.csv"), "Run `musictool refresh`."),
    ):
        with pytest.raises(MusicToolError) as caught:
            wants(found, Terminal(), limit=None, as_json=False)
        assert caught.value.remedy.startswith(remedy)


def test_status_has_one_line_and_counts_it_nowhere_else(settings: Settings) -> None:
    with_wants = read_status(settings)
    said = status_lines(with_wants, 0.0)
    (line,) = [line for line in said if "Wantlist" in line]
    assert line.startswith("Wantlist: 3 releases, 1 of them on the shelf too")
    publish(settings.database, wantlist_items=[], releases=EVERYTHING["releases"])
    without = read_status(settings)
    assert without.wantlist is None
    assert replace(with_wants, wantlist=None) == without
    assert [line for line in said if "Wantlist" not in line] == status_lines(without, 0.0)


def test_a_plan_tells_a_wantlist_that_was_not_read_from_one_that_is_empty(tmp_path: Path) -> None:
    settings = Settings(root=tmp_path, data_dir=tmp_path / "data", username="mo")
    assert _wanted(settings) == []
    assert _wanted(replace(settings, wantlist_is_live=True)) is None
    path = tmp_path / "wants.csv"
    of_a_file = replace(settings, wantlist_csv=path)
    assert _wanted(of_a_file) is None
    path.write_text("Artist,Title,release_id,Notes\r\n")
    assert _wanted(of_a_file) == []


def test_check_says_which_wantlist_is_in_use(tmp_path: Path) -> None:
    settings = Settings(root=tmp_path, data_dir=tmp_path / "data", username="mo")
    assert list(_wantlist(settings)) == []
    path = tmp_path / "wants.csv"
    of_a_file = replace(settings, wantlist_csv=path)
    (finding,) = _wantlist(of_a_file)
    assert finding.ok and finding.needs_user and "Wantlist not found" in finding.text
    assert "last good" not in finding.remedy, "there was none yet"
    path.write_text("Artist,Title,release_id,Notes\r\nA,T,7,\r\nA,T,x,\r\n")
    (finding,) = _wantlist(of_a_file)
    assert finding.text == f"Wantlist: {path}, 1 release; 1 row is skipped"
    (finding,) = _wantlist(replace(settings, wantlist_is_live=True))
    assert finding.text == "Wantlist: mo's on Discogs, read again at each refresh; not read yet"
