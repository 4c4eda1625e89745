"""The data folder comes into being where a run begins, and comes back empty in no run's midst."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from musictool_pipeline.core.decisions import Override
from musictool_pipeline.discogs.cache import FETCHED, TracklistCache
from musictool_pipeline.discogs.live_collection import keep_snapshot
from musictool_pipeline.errors import StorageError
from musictool_pipeline.inputs.data_folder import make_data_folder, require_data_folder
from musictool_pipeline.inputs.decisions import add_decision
from musictool_pipeline.inputs.export_folder import LoadedExport
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline.tables.history import CollectionHistory

AT = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(root=tmp_path, data_dir=tmp_path / "disk" / "data")


def test_it_is_made_with_all_folders_above_it(settings: Settings) -> None:
    make_data_folder(settings)
    make_data_folder(settings)
    require_data_folder(settings)
    assert list(settings.data_dir.iterdir()) == [settings.cache_dir]


def test_one_that_cannot_be_made_is_said(settings: Settings) -> None:
    settings.data_dir.parent.touch()
    with pytest.raises(StorageError, match="cannot be written"):
        make_data_folder(settings)


@pytest.mark.parametrize("stays", [False, True], ids=["gone", "the mount point stays"])
def test_one_that_is_gone_is_told_from_one_that_is_there(settings: Settings, stays: bool) -> None:
    make_data_folder(settings)
    shutil.rmtree(settings.data_dir)
    if stays:
        settings.data_dir.mkdir()
    with pytest.raises(StorageError, match=r"data folder .* is gone") as gone:
        require_data_folder(settings)
    assert "Put it back" in gone.value.remedy


@pytest.mark.parametrize(
    "write",
    [
        lambda it: TracklistCache(it.cache_dir).write(7, b"{}", status=FETCHED, fetched_at=AT),
        lambda it: TracklistCache(it.cache_dir).claim(7).__enter__(),
        lambda it: Warehouse(it.database).publish(lambda _: None),
        lambda it: add_decision(it.overrides_file, Override(0, 7, 1, None, "same", "aa", "here")),
        lambda it: keep_snapshot(it.snapshots_dir, "me", b"", AT),
        lambda it: (
            CollectionHistory(it.data_dir / "changes")
            .recording(LoadedExport(it.data_dir / "x.csv", b""))
            .__enter__()
        ),
    ],
    ids=["tracklist", "claim", "database", "decision", "snapshot", "history"],
)
def test_nothing_that_is_written_brings_it_back(
    settings: Settings, write: Callable[[Settings], object]
) -> None:
    """An empty folder where a disk was mounted hides all that is on it, and takes what comes."""
    settings.data_dir.parent.mkdir()
    with pytest.raises(StorageError, match="data is gone") as gone:
        write(settings)
    assert "Put it back" in gone.value.remedy
    assert list(settings.data_dir.parent.iterdir()) == []


def test_a_cache_that_was_written_to_does_not_come_back_either(settings: Settings) -> None:
    """Where it is the disk's mount point that stays, the folder around it is there."""
    make_data_folder(settings)
    cache = TracklistCache(settings.cache_dir)
    cache.write(7, b"{}", status=FETCHED, fetched_at=AT)
    shutil.rmtree(settings.cache_dir)
    with pytest.raises(StorageError, match="cache is gone"):
        cache.write(8, b"{}", status=FETCHED, fetched_at=AT)
    with pytest.raises(StorageError, match="cache is gone"):
        cache.claim(8).__enter__()
    assert list(settings.data_dir.iterdir()) == []
