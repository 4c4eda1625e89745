"""The labels' records: which are chosen, what the tables say of them, and where the file goes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from musictool_pipeline.errors import DestinationRefused, MusicToolError
from musictool_pipeline.publishing.label_layout import SHEETS, LabelRecord, LabelTrack
from musictool_pipeline.publishing.labels import LabelChoice, read_labels, write_labels
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.published import open_tables
from musictool_pipeline_tests.app.judged_collection import publish
from musictool_pipeline_tests.app.mixed_collection import mixed
from musictool_pipeline_tests.publishing.hostile_titles import TEXTS, publish_hostile

ADDED: Mapping[str, Any] = {
    "1-1": datetime(2026, 1, 31, 0, 0),
    "2-1": datetime(2024, 1, 1),
    "2-2": datetime(2026, 3, 1, 12, 0),
}
SHEET = SHEETS["a4-2x4"]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    root = tmp_path_factory.mktemp("labels")
    settings = Settings(root=root, data_dir=root / "data")
    rows = mixed()
    rows["collection_items"] = [
        {**copy, "date_added": ADDED.get(copy["item_id"])} for copy in rows["collection_items"]
    ]
    publish(settings.database, **rows)
    return settings


def chosen(settings: Settings, choice: LabelChoice) -> tuple[LabelRecord, ...]:
    with open_tables(settings.database) as tables:
        return read_labels(tables.connection, choice)


@pytest.mark.parametrize(
    ("choice", "found"),
    [
        (LabelChoice(), {1, 2, 3, 4, 5, 6}),
        (LabelChoice(releases=(2, 1)), {1, 2}),
        (LabelChoice(folder="SELL"), {2}),
        (LabelChoice(since=date(2026, 1, 31)), {1, 2}),
        (LabelChoice(since=date(2026, 2, 1)), {2}),
        (LabelChoice(releases=(1, 2), since=date(2026, 2, 1)), {2}),
    ],
)
def test_all_that_is_given_has_to_fit(
    choice: LabelChoice, found: set[int], settings: Settings
) -> None:
    """A second copy that came later was added later, though the first one is old."""
    assert {record.release_id for record in chosen(settings, choice)} == found


def test_what_the_tables_say_of_a_record(settings: Settings) -> None:
    """Tempo and key of another version's file are not this track's."""
    (record,) = chosen(settings, LabelChoice(releases=(2,)))
    assert (record.artist, record.title, record.label) == (
        "Various",
        "Album 2",
        "Café Müller Records",
    )
    assert record.catalog_number == "CM 7"
    tracks = {track.title: track for track in record.tracks}
    assert tracks["Up"] == LabelTrack("A1", "Ann", "Up", 245, 124.0, "9A", True)
    assert tracks["Untimed"].position == "#4"
    assert tracks["Other"] == LabelTrack("B3", "Gus", "Other", 245, None, None, False)
    assert [track.title for track in record.tracks][:2] == ["Up", "Half"]


def test_a_record_without_a_tracklist_has_a_label_too(settings: Settings) -> None:
    (record,) = chosen(settings, LabelChoice(releases=(5,)))
    assert (record.artist, record.tracks) == ("Late", ())


@pytest.mark.parametrize(
    "choice", [LabelChoice(), LabelChoice(releases=(1,)), LabelChoice(folder="attic")]
)
def test_before_the_first_refresh_there_is_nothing_to_choose_from(
    choice: LabelChoice, tmp_path: Path
) -> None:
    settings = Settings(root=tmp_path, data_dir=tmp_path / "data")
    with pytest.raises(MusicToolError, match="There are no tracks yet"):
        write_labels(settings, tmp_path / "labels.html", choice, SHEET)


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (LabelChoice(releases=(1, 99)), "Release 99 is not in the collection."),
        (LabelChoice(folder="attic"), "No record fits"),
        (LabelChoice(since=date(2027, 1, 1)), "No record fits"),
    ],
)
def test_nothing_to_label(choice: LabelChoice, said: str, settings: Settings) -> None:
    path = settings.report_file.with_name("labels.html")
    with pytest.raises(MusicToolError, match=said) as refused:
        write_labels(settings, path, choice, SHEET)
    assert refused.value.remedy
    assert not path.exists()


def test_it_replaces_its_own_file_and_no_other(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "labels.html"
    written = write_labels(settings, path, LabelChoice(), SHEET)
    assert (written.records, written.labels, written.sheets) == (6, 6, 1)
    write_labels(settings, path, LabelChoice(releases=(1,)), SHEET)
    assert path.read_text("utf-8").count("<article>") == 1
    path.write_text("mine")
    with pytest.raises(DestinationRefused):
        write_labels(settings, path, LabelChoice(), SHEET)
    assert path.read_text() == "mine"
    with pytest.raises(DestinationRefused):
        write_labels(settings, settings.database, LabelChoice(), SHEET)


def test_hostile_titles_from_the_tables_stay_text(tmp_path: Path) -> None:
    settings = Settings(root=tmp_path, data_dir=tmp_path / "data")
    publish_hostile(settings.database)
    path = tmp_path / "out" / "labels.html"
    written = write_labels(settings, path, LabelChoice(), SHEET)
    assert written.records == len(TEXTS)
    page = path.read_text("utf-8")
    assert not {"<script", "<img", "<b>"} & {page[at : at + 7] for at in range(len(page))}
    assert "<script" not in page and "<img" not in page
