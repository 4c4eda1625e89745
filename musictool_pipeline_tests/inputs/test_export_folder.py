"""The export in force is found, read whole, and never touched."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from musictool_pipeline.errors import DamagedExport, ExportNotFound, NotACollectionExport
from musictool_pipeline.inputs import export_folder
from musictool_pipeline.inputs.export_folder import find_export, list_exports, load_export
from musictool_pipeline.settings import Settings
from musictool_pipeline_tests.sample_data import SampleCollection, demo_collection


@pytest.fixture(scope="module")
def sample() -> SampleCollection:
    return demo_collection()


def settings(folder: Path, chosen: Path | None = None) -> Settings:
    return Settings(data_dir=folder, collection_csv=chosen)


def test_the_newest_of_the_folder_counts(tmp_path: Path) -> None:
    names = ("me-collection-20250101-1200.csv", "me-collection-20260101-1200.CSV", "a.csv")
    for age, name in enumerate(names):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (1e9 + age, 1e9 + age))
    for name in ("notes.txt", ".hidden.csv", "me-wantlist-20270101-1200.csv"):
        (tmp_path / name).touch()
    (tmp_path / "me-collection-20280101-1200.csv").mkdir()
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "me-collection-20290101-1200.csv").touch()
    assert find_export(settings(tmp_path)).name == names[1]
    assert {file.path.name for file in list_exports(tmp_path)} == set(names)


def test_the_one_that_is_set_counts_wherever_it_is(tmp_path: Path) -> None:
    (tmp_path / "me-collection-20260101-1200.csv").touch()
    chosen = tmp_path / "elsewhere" / "records.txt"
    chosen.parent.mkdir()
    chosen.touch()
    assert find_export(settings(tmp_path, chosen)) == chosen


def test_none_is_said_with_the_place_that_was_looked_at(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(ExportNotFound) as raised:
            find_export(settings(folder))
        assert str(raised.value) == f"Discogs CSV not found: {folder / '*.csv'}"
        assert list_exports(folder) == []
    missing = tmp_path / "missing.csv"
    with pytest.raises(ExportNotFound) as raised:
        find_export(settings(tmp_path, missing))
    assert str(raised.value) == f"Discogs CSV not found: {missing}"


def test_a_link_to_nowhere_is_no_export(tmp_path: Path) -> None:
    (tmp_path / "me-collection-20260101-1200.csv").symlink_to(tmp_path / "nowhere.csv")
    assert list_exports(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="names are case-insensitive or must be UTF-8")
def test_glob_characters_in_the_folders_name_are_no_pattern(tmp_path: Path) -> None:
    folder = tmp_path / "music [2026] *"
    folder.mkdir()
    (folder / "me-collection-20260101-1200.csv").touch()
    assert len(list_exports(folder)) == 1


def test_an_export_is_read_and_left_as_it_is(tmp_path: Path, sample: SampleCollection) -> None:
    path = tmp_path / sample.export_name
    path.write_bytes(sample.export_csv)
    path.chmod(0o444)
    before = path.stat()
    loaded = load_export(path)
    assert loaded.path == path
    assert loaded.fingerprint == hashlib.sha256(sample.export_csv).hexdigest()
    assert len(loaded.export.copies) == 63
    assert path.read_bytes() == sample.export_csv
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def test_another_content_has_another_fingerprint(tmp_path: Path, sample: SampleCollection) -> None:
    path = tmp_path / sample.export_name
    path.write_bytes(sample.export_csv)
    first = load_export(path)
    path.write_bytes(sample.export_csv.replace(b"To Sell", b"To Keep"))
    assert load_export(path).fingerprint != first.fingerprint


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    """It can go between being found and being read."""
    with pytest.raises(ExportNotFound):
        load_export(tmp_path / "missing.csv")


def test_a_folder_and_a_pipe_are_no_exports(tmp_path: Path) -> None:
    """Reading a pipe would wait for ever."""
    with pytest.raises(NotACollectionExport, match="is no file"):
        load_export(tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.csv")
        with pytest.raises(NotACollectionExport, match="is no file"):
            load_export(tmp_path / "pipe.csv")
        assert list_exports(tmp_path) == []


def test_a_giant_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_folder, "LARGEST_EXPORT", 1024**2)
    path = tmp_path / "dump.csv"
    with path.open("wb") as file:
        file.truncate(1024**2 + 1)
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("it was read"))
    with pytest.raises(NotACollectionExport, match="larger than 1 MB"):
        load_export(path)


def test_an_unreadable_file_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.csv"
    path.touch()

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(DamagedExport, match="cannot be read: Permission denied"):
        load_export(path)


def test_a_name_that_is_accepted_is_also_found(tmp_path: Path) -> None:
    (tmp_path / "collection.tsv").touch()
    assert len(list_exports(tmp_path)) == 1


def test_what_cannot_be_read_of_a_copy_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "me-collection-20260101-1200.csv"
    rows = [f"A,T,Pier,{number},Uncategorized,some day\n" for number in range(1, 9)]
    header = "Artist,Title,Label,release_id,CollectionFolder,Date Added\n"
    path.write_text(header + "".join(rows))
    loaded = load_export(path)
    assert len(loaded.export.copies) == 8
    assert loaded.export is loaded.export
    said = [record.getMessage() for record in caplog.records]
    assert said[0] == f'{path}, line 2: Date Added is "some day", which is no date that can be read'
    assert said[5:] == [f"{path}: 3 more dates or years cannot be read"]


def test_a_wantlist_in_the_collections_place_is_told_where_it_belongs(tmp_path: Path) -> None:
    wantlist = tmp_path / "me-wantlist-20260101-1200.csv"
    wantlist.write_text("Catalog#,Artist\n")
    with pytest.raises(ExportNotFound) as raised:
        find_export(Settings(root=tmp_path, data_dir=tmp_path, logs_dir=tmp_path / "logs"))
    assert raised.value.remedy.startswith(ExportNotFound.remedy)
    assert f"set MUSICTOOL_WANTLIST to {wantlist}" in raised.value.remedy
