"""The files for ripping: which there are, where they are, and that a file under the name that they
give is owned after the next refresh."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from musictool_pipeline.core.ripping import (
    DEFAULT_PATTERN,
    RecordSide,
    RipRecord,
    RipTrack,
    place_tracks,
)
from musictool_pipeline.discogs.cache import FETCHED, TracklistCache
from musictool_pipeline.errors import DestinationRefused
from musictool_pipeline.inputs.export_folder import load_export
from musictool_pipeline.publishing.destination import NOTE
from musictool_pipeline.publishing.rips import folder_name, rip_files, write_rip
from musictool_pipeline.queries.rips import read_rip_record
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.collection import load_collection
from musictool_pipeline.tables.gaps import build_gap_analysis
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline.tables.library import load_digital_tracks
from musictool_pipeline.tables.published import open_tables
from musictool_pipeline.tables.tracklists import expand
from musictool_pipeline_tests.libraries.written_libraries import flac, mp3, wav
from musictool_pipeline_tests.publishing.hostile_titles import TEXTS, publish_hostile
from musictool_pipeline_tests.sample_data import EXPORT_HEADER

RECORD = RipRecord(
    7,
    "Ann",
    "Album",
    "Label",
    "CAT 1",
    1999,
    (
        RipTrack(1, "A", "A", "Ann", "=One", 200),
        RipTrack(2, "B1", "B", "Bob", 'Two "II"', 100),
        RipTrack(3, "B2", "B", "Bob", "Three", 100),
    ),
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "data").mkdir()
    return Settings(root=tmp_path, data_dir=tmp_path / "data")


def sides(record: RipRecord, pattern: str = DEFAULT_PATTERN) -> tuple[RecordSide, ...]:
    return place_tracks(record, pattern)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {NOTE}


def test_three_files_for_each_side(settings: Settings, tmp_path: Path) -> None:
    folder, kept = write_rip(settings, tmp_path / "out", RECORD, sides(RECORD))
    assert (folder, kept) == (tmp_path / "out" / "Ann - Album (7)", [])
    assert names(folder) == {
        f"Side {side}{end}" for side in "AB" for end in (".cue", " labels.txt", " tags.csv")
    }
    assert 'FILE "Side B.wav" WAVE' in (folder / "Side B.cue").read_text("utf-8")
    with (folder / "Side B tags.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["file_name"], row["title"], row["year"]) for row in rows] == [
        ("B1 Bob - Two ''II''", 'Two "II"', "1999"),
        ("B2 Bob - Three", "Three", "1999"),
    ]


def test_a_spreadsheet_runs_no_title() -> None:
    assert b'"\'=One"' in rip_files(RECORD, sides(RECORD))["Side A tags.csv"]


def test_the_same_record_is_written_again_under_another_pattern(
    settings: Settings, tmp_path: Path
) -> None:
    write_rip(settings, tmp_path, RECORD, sides(RECORD))
    folder, kept = write_rip(settings, tmp_path, RECORD, sides(RECORD, "{title}"))
    assert kept == []
    assert "\tThree\n" in (folder / "Side B labels.txt").read_text("utf-8")


def test_a_cue_sheet_that_was_changed_stays(settings: Settings, tmp_path: Path) -> None:
    """Who moved the start times by ear does not want them back as they were."""
    folder, _ = write_rip(settings, tmp_path, RECORD, sides(RECORD))
    (folder / "Side A.cue").write_text("by ear")
    with pytest.raises(DestinationRefused, match="was changed since MusicTool wrote it"):
        write_rip(settings, tmp_path, RECORD, sides(RECORD, "{title}"))
    assert (folder / "Side A.cue").read_text() == "by ear"


def test_the_data_folder_takes_none(settings: Settings) -> None:
    with pytest.raises(DestinationRefused, match="is in the data folder"):
        write_rip(settings, settings.data_dir, RECORD, sides(RECORD))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    database = tmp_path_factory.mktemp("hostile") / "musictool.duckdb"
    publish_hostile(database)
    return database


@pytest.mark.parametrize("number", range(1, len(TEXTS) + 1))
def test_no_title_leads_out_of_the_folder(
    number: int, hostile: Path, settings: Settings, tmp_path: Path
) -> None:
    with open_tables(hostile) as tables:
        record = read_rip_record(tables.connection, number)
    assert record is not None
    folder, _ = write_rip(settings, tmp_path / "out", record, sides(record))
    assert folder.parent == tmp_path / "out"
    assert names(tmp_path / "out") == {folder_name(record)}
    assert names(folder) == {"Record.cue", "Record labels.txt", "Record tags.csv"}
    sheet = (folder / "Record.cue").read_text("utf-8")
    assert sheet.count('"') == 2 * sum('"' in line for line in sheet.splitlines())
    assert sheet.count("\n  TRACK") == 2


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("../../..", "Ann - .._.._ (7)"),
        ("x" * 300, f"Ann - {'x' * 74} (7)"),
        (None, "Ann - Untitled (7)"),
    ],
)
def test_a_folder_is_named_after_the_record(title: str | None, name: str) -> None:
    assert folder_name(replace(RECORD, title=title)) == name


# --- From a name to `owned` -----------------------------------------------------------------------


def song(position: str, title: str, duration: str = "", **values: Any) -> Mapping[str, Any]:
    return {
        "position": position, "type_": "track", "title": title, "duration": duration, **values
    }  # fmt: skip


def by(artist: str, position: str, title: str) -> Mapping[str, Any]:
    return song(position, title, artists=[{"name": artist}])


WORDS = (
    *("Amber", "Birch", "Copper", "Dusty", "Early", "Frozen", "Golden", "Hollow", "Ivory"),
    *("Jaded", "Kindled", "Lunar", "Misty", "Narrow", "Orange", "Paper", "Quiet", "Rusty"),
    *("Silver", "Timber", "Upper", "Velvet", "Winter", "Xenon", "Yellow", "Zinc"),
)

RELEASES: dict[int, tuple[str, str, list[Mapping[str, Any]]]] = {
    11: ("Goldie", "Inner City Life", [song("A", "Inner City Life", "7:01"), song("B", "Jah")]),
    12: (
        "AC/DC",
        "Marks: <all> of them",
        [
            song("A1", 'The "Big" One (12" Mix)', "6:12"),
            song("A2", "Who Is It?", "3:05"),
            song("AA1", "Part 1: Intro", "2:00"),
            song("AA2", "Up / Down"),
            song("AA3", "<3"),
            song(
                "AA4",
                "Song About The Seven Seas And All The Ships That Ever Sailed Upon Them "
                "(Some Very Long Remixer's Name Extended Dub Remix)",
            ),
        ],
    ),
    13: (
        "Various",
        "Names That Windows Keeps",
        [by("Con", "1-1", "Nul"), by("Lpt1", "1-2", "Aux."), by("A*Teens", "2-1", "Com1")],
    ),
    14: (
        "Ann",
        "A Suite",
        [
            song("A1", "Overture", "4:00"),
            {
                **song("A2", "The Four Winds"),
                "type_": "index",
                "sub_tracks": [
                    song("A2.a", "Northern Gale", "2:00"),
                    song("A2.b", "Eastern Storm", "2:10"),
                    song("", "Southern Breeze", "2:20"),
                ],
            },
            song("B", "Calm After Rain", "5:00"),
        ],
    ),
    15: (
        "Pia Quint",
        "Twenty-Six",
        [song(f"A{number}", f"{word} Sketch") for number, word in enumerate(WORDS, start=1)],
    ),
    16: ("坂本龍一", "千のナイフ", [song("1", "千のナイフ", "9:34"), song("2", "Ísland")]),
}


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a collection of these releases, of which every track is missing."""
    root = tmp_path_factory.mktemp("judged")
    settings = Settings(root=root, data_dir=root / "data")
    settings.data_dir.mkdir()
    export = settings.data_dir / "me-collection-20260101-1200.csv"
    with export.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list[str](EXPORT_HEADER), restval="")
        writer.writeheader()
        for release_id, (artist, title, _) in RELEASES.items():
            values = {"Artist": artist, "Title": title, "release_id": release_id}
            writer.writerow({**values, "Date Added": "2020-01-01 00:00:00"})
    warehouse = Warehouse(settings.database)
    load_collection(warehouse, load_export(export))
    cache = TracklistCache(settings.cache_dir)
    for release_id, (artist, title, tracklist) in RELEASES.items():
        answer = {
            "id": release_id,
            "title": title,
            "artists": [{"name": artist}],
            "formats": [{"name": "Vinyl", "qty": "1"}],
            "tracklist": tracklist,
        }
        content = json.dumps(answer).encode()
        cache.write(release_id, content, status=FETCHED, fetched_at=datetime.now(UTC))
    expand(warehouse, cache)
    build_gap_analysis(warehouse, settings.overrides_file)
    return settings.data_dir


@pytest.fixture
def warehouse(judged: Path, settings: Settings) -> Warehouse:
    shutil.copytree(judged, settings.data_dir, dirs_exist_ok=True)
    return Warehouse(settings.database)


def untagged(artist: str, title: str, seconds: int) -> bytes:
    return flac(seconds)


def tagged(artist: str, title: str, seconds: int) -> bytes:
    return flac(seconds, ARTIST=artist, TITLE=title)


def untagged_wav(artist: str, title: str, seconds: int) -> bytes:
    return wav(seconds)


def tagged_mp3(artist: str, title: str, seconds: int) -> bytes:
    return mp3(seconds, TPE1=artist, TIT2=title)


Ripped = tuple[str, Callable[[str, str, int], bytes], str]
"""A pattern for names, what makes a file's content, and the file's extension."""
WAYS: list[Ripped] = [
    (DEFAULT_PATTERN, untagged, "flac"),
    (DEFAULT_PATTERN, untagged_wav, "wav"),
    (DEFAULT_PATTERN, tagged, "flac"),
    (DEFAULT_PATTERN, tagged_mp3, "mp3"),
    ("{number} - {artist} - {title}", untagged, "flac"),
    ("{artist} - {title}", untagged, "flac"),
    ("[{position}] {artist} - {title}", untagged, "flac"),
]


@pytest.mark.parametrize(
    "ways",
    [
        pytest.param(WAYS[1:], id="another for each record"),
        *(pytest.param([way], marks=pytest.mark.slow) for way in WAYS[1:]),
        pytest.param(WAYS[:1], id="the usual one"),
    ],
)
def test_a_file_under_its_name_is_owned_after_the_next_refresh(
    ways: list[Ripped], settings: Settings, warehouse: Warehouse, tmp_path: Path
) -> None:
    """The loss: a record that was ripped, and is on the rip list again the next evening."""
    music = tmp_path / "Music"
    with open_tables(settings.database) as tables:
        records = [read_rip_record(tables.connection, release_id) for release_id in RELEASES]
    for record, (pattern, content, extension) in zip(filter(None, records), cycle(ways)):
        folder = music / folder_name(record)
        folder.mkdir(parents=True)
        for side in sides(record, pattern):
            for each in side.tracks:
                artist, title = each.track.artist or "", each.track.title or ""
                path = folder / f"{each.file_name}.{extension}"
                path.write_bytes(content(artist, title, each.length))
    assert statuses(settings) == {"missing": 44}

    load_digital_tracks(warehouse, replace(settings, digital_libraries=(music,)))
    build_gap_analysis(warehouse, settings.overrides_file)
    assert not_owned(settings) == []
    assert statuses(settings) == {"owned": 44}


def statuses(settings: Settings) -> dict[str, int]:
    with open_tables(settings.database) as tables:
        return dict(tables.ask("SELECT status, count(*) FROM gap_analysis GROUP BY status")[1])


def not_owned(settings: Settings) -> list[tuple[Any, ...]]:
    with open_tables(settings.database) as tables:
        return tables.ask(
            "SELECT position, title, status, reason, digital_path FROM gap_analysis "
            "WHERE status != 'owned' ORDER BY track_id"
        )[1]
