"""Whatever a refresh reads or leaves, once it has moved, is noticed."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from musictool_pipeline.discogs.cache import FETCHED, TracklistCache
from musictool_pipeline.inputs.export_folder import find_export, load_export
from musictool_pipeline.settings import Secret, Settings
from musictool_pipeline.tables import standstill
from musictool_pipeline.tables.collection import load_collection
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline.tables.library import load_digital_tracks

EXPORT = b"Catalog#,Artist,Title,Label,Format,Rating,Released,release_id\n,A,B,C,LP,,1999,12\n"
LIBRARY = b"#EXTM3U\n#EXTINF:300,A - B\nmusic/A - B.mp3\n"


def keep_answer(settings: Settings, release_id: int) -> None:
    answer = b'{"id": %d, "title": "B", "tracklist": []}' % release_id
    TracklistCache(settings.cache_dir).write(
        release_id, answer, status=FETCHED, fetched_at=datetime.now(UTC)
    )


def settings_in(root: Path) -> Settings:
    return Settings(
        root=root,
        token=Secret("token"),
        data_dir=root / "data",
        logs_dir=root / "logs",
        dagster_home=root / "dagster",
    )


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a project after a refresh."""
    root = tmp_path_factory.mktemp("refreshed")
    made = settings_in(root)
    for name, content in {
        "data/me-collection-20260101-1200.csv": EXPORT,
        "data/set.m3u8": LIBRARY,
        "dagster/history/runs.db": b"runs",
        "dagster/history/runs/index.db": b"events",
        "data/exports/musictool-report.html": b"<!doctype html>",
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    warehouse = Warehouse(made.database)
    load_collection(warehouse, load_export(find_export(made)))
    keep_answer(made, 12)
    load_digital_tracks(warehouse, made)
    return root


@pytest.fixture
def settings(refreshed: Path, tmp_path: Path) -> Settings:
    """A project in which a refresh has just found nothing to do."""
    shutil.copytree(refreshed, tmp_path, dirs_exist_ok=True)
    made = settings_in(tmp_path)
    state = standstill.look(made)
    assert state is not None
    standstill.note(made, state)
    return made


def stands_still(settings: Settings) -> bool:
    now = standstill.look(settings)
    return now is not None and now == standstill.read_noted(settings)


def test_where_nothing_moved_it_stands_still(settings: Settings) -> None:
    assert stands_still(settings)
    assert stands_still(settings)


def touched(name: str) -> Callable[[Settings], None]:
    """A file rewritten with the bytes that it had."""

    def move(settings: Settings) -> None:
        path = settings.root / name
        path.write_bytes(path.read_bytes())
        os.utime(path, (2_000_000_000, 2_000_000_000))

    return move


def written(name: str, content: bytes) -> Callable[[Settings], None]:
    def move(settings: Settings) -> None:
        path = settings.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    return move


def removed(name: str) -> Callable[[Settings], None]:
    return lambda settings: (settings.root / name).unlink()


MOVES = {
    "the export is saved again": touched("data/me-collection-20260101-1200.csv"),
    "a newer export comes": written("data/me-collection-20260201-1200.csv", EXPORT),
    "the export is gone": removed("data/me-collection-20260101-1200.csv"),
    "the library is another": written("data/set.m3u8", LIBRARY + b"music/C - D.mp3\n"),
    "a library comes": written("data/other.m3u8", LIBRARY),
    "the library is gone": removed("data/set.m3u8"),
    "a decision is made": written("data/match_overrides.csv", b"discogs_release_id,decision\n"),
    "a tracklist comes": lambda settings: keep_answer(settings, 13),
    "a tracklist is gone": removed("data/cache/12.json"),
    "a tracklist is touched": touched("data/cache/12.json"),
    "the tables are gone": removed("data/musictool.duckdb"),
    "the tables are touched": touched("data/musictool.duckdb"),
    "the report is gone": removed("data/exports/musictool-report.html"),
    "Dagster had a run": touched("dagster/history/runs.db"),
    "Dagster had an event": touched("dagster/history/runs/index.db"),
    "Dagster is at it": written("dagster/history/runs.db-wal", b"frame"),
    "Dagster's records are gone": removed("dagster/history/runs.db"),
}


@pytest.mark.parametrize("move", MOVES.values(), ids=[re.sub(r"\W+", "-", it) for it in MOVES])
def test_whatever_moves_is_noticed(settings: Settings, move: Callable[[Settings], None]) -> None:
    move(settings)
    assert not stands_still(settings)


@pytest.mark.parametrize(
    "change",
    [
        {"match_confidence": 90},
        {"refetch_days": 30},
        {"token": None},
        {"username": "me"},
        {"discogs_dump": Path("dump.xml.gz")},
    ],
    ids=lambda change: next(iter(change)),
)
def test_another_setting_is_noticed(settings: Settings, change: dict[str, object]) -> None:
    assert not stands_still(replace(settings, **change))  # pyright: ignore[reportArgumentType]


def test_other_code_is_noticed(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "another_version"
    other.mkdir()
    (other / "matcher.py").write_text("")
    monkeypatch.setattr(standstill, "_PACKAGE", other)
    assert not stands_still(settings)


def test_a_library_that_cannot_be_read_is_tried_again_each_time(settings: Settings) -> None:
    library = settings.data_dir / "broken.nml"
    library.write_bytes(b"<NML><COLLECTION>")
    assert load_digital_tracks(Warehouse(settings.database), settings).libraries[0].error
    assert standstill.look(settings) is None


def test_records_kept_elsewhere_are_never_taken_for_unmoved(settings: Settings) -> None:
    """PostgreSQL, say: what happened there cannot be told from here."""
    elsewhere = settings.root / "elsewhere"
    elsewhere.mkdir()
    assert standstill.look(replace(settings, dagster_home=elsewhere)) is None


def test_in_the_root_the_records_are_where_its_configuration_says(settings: Settings) -> None:
    at_the_root = replace(settings, dagster_home=None)
    assert standstill.look(at_the_root) is None
    (settings.root / ".dagster").mkdir()
    (settings.root / "dagster").rename(settings.root / ".dagster" / "storage")
    assert standstill.look(at_the_root) is not None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"data": "x"}', b"\xff"])
def test_a_damaged_note_is_none(settings: Settings, content: bytes) -> None:
    settings.standstill_file.write_bytes(content)
    assert standstill.read_noted(settings) is None
    assert not stands_still(settings)


def test_the_note_does_not_hold_the_token(settings: Settings) -> None:
    settings_with = replace(settings, token=Secret("a-canary"))
    state = standstill.look(settings_with)
    assert state is not None
    standstill.note(settings_with, state)
    assert b"canary" not in settings.standstill_file.read_bytes()
