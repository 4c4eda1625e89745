"""What the tables tell of the files' health."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from musictool_pipeline.queries.health import read_health
from musictool_pipeline.settings import Settings
from musictool_pipeline_tests.app.judged_collection import (
    EVERYTHING,
    GAPS,
    TRACKS,
    digital,
    gap,
    publish,
)
from musictool_pipeline_tests.app.poor_health import in_poor_health


def settings_for(tmp_path: Path, least: int = 192) -> Settings:
    return Settings(root=tmp_path, data_dir=tmp_path / "data", min_bitrate=least)


def low_bitrates(tmp_path: Path, *files: dict[str, Any], least: int = 192) -> list[str | None]:
    """The titles that are named, if Jah is owned as the first of these files, and the others are
    found for it too."""
    others = [{"digital_id": it["digital_id"], "status": it.pop("status", "owned")} for it in files]
    owned = gap(
        TRACKS[1],
        "owned",
        digital_id=files[0]["digital_id"],
        alternatives=json.dumps(others[1:]),
    )
    settings = settings_for(tmp_path, least)
    tables = {**EVERYTHING, "digital_tracks": list(files), "gap_analysis": [owned, *GAPS[2:]]}
    publish(settings.database, **tables)
    return [each.title for each in read_health(settings).low_bitrates]


def file(digital_id: str, bitrate: int | None, file_type: str = "mp3", **values: Any) -> Any:
    return dict(
        digital(digital_id, "Goldie", "Jah", bitrate=bitrate, file_type=file_type, **values)
    )


@pytest.mark.parametrize(
    ("bitrate", "file_type", "is_low"),
    [
        (128, "mp3", True),
        (191, "m4a", True),
        (192, "mp3", False),
        (None, "mp3", False),
        (128, "flac", False),
        (128, None, True),
    ],
)
def test_a_lossy_file_below_the_bit_rate_is_named(
    bitrate: int | None, file_type: str, is_low: bool, tmp_path: Path
) -> None:
    assert low_bitrates(tmp_path, file("aa", bitrate, file_type)) == ["Jah"] * is_low


@pytest.mark.parametrize(
    ("other", "is_low"),
    [
        (file("bb", 320), False),
        (file("bb", 900, "flac"), False),
        (file("bb", 160), True),
        (file("bb", 320, status="other_version"), True),
    ],
)
def test_a_better_file_of_the_same_version_is_as_good(
    other: dict[str, Any], is_low: bool, tmp_path: Path
) -> None:
    assert low_bitrates(tmp_path, file("aa", 128), dict(other)) == ["Jah"] * is_low


def test_a_better_copy_among_the_duplicates_is_as_good(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    owned = gap(TRACKS[1], "owned", digital_id="aa")
    copies = [{"group_id": "g", "digital_id": each, "is_best": each == "bb"} for each in "ab"]
    for copy, name in zip(copies, ("aa", "bb"), strict=True):
        copy["digital_id"] = name
    tables = {
        **EVERYTHING,
        "digital_tracks": [file("aa", 128), file("bb", 320)],
        "gap_analysis": [owned],
    }
    publish(settings.database, **tables)
    assert len(read_health(settings).low_bitrates) == 1
    publish(settings.database, **tables, digital_duplicates=copies)
    health = read_health(settings)
    assert (health.low_bitrates, health.copied_tracks) == ((), 1)


def test_without_the_setting_no_track_is_named(tmp_path: Path) -> None:
    assert low_bitrates(tmp_path, file("aa", 8), least=0) == []


def test_a_library_in_poor_health(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    publish(settings.database, **in_poor_health(tmp_path / "files"))
    health = read_health(settings)
    assert health.entries == 4
    assert [each.title for each in health.files.gone] == ["Gone"]
    assert [len(each.paths) for each in health.named_twice] == [2]


@pytest.mark.parametrize(
    ("values", "entries", "twice"),
    [
        ({"source": "folder"}, 0, 0),
        ({"file_type": "stream"}, 0, 0),
        ({"path": None}, 0, 0),
        ({"source": "m3u8"}, 4, 0),
    ],
)
def test_what_names_no_file_and_what_may_name_one_twice(
    values: dict[str, Any], entries: int, twice: int, tmp_path: Path
) -> None:
    settings = settings_for(tmp_path)
    tables = dict(in_poor_health(tmp_path / "files"))
    rows = [{**row, **values} for row in tables["pipeline.library_tracks"]]
    publish(settings.database, **{**tables, "pipeline.library_tracks": rows})
    health = read_health(settings)
    assert (health.entries, len(health.named_twice)) == (entries, twice)


def test_before_there_is_a_database_there_is_nothing_to_say(tmp_path: Path) -> None:
    health = read_health(settings_for(tmp_path))
    assert (health.entries, health.named_twice, health.low_bitrates) == (0, (), ())
