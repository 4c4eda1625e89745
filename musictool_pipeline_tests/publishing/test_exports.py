"""What is in each export, and that the same database gives the same bytes."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from musictool_pipeline.core.collection.export_name import is_candidate
from musictool_pipeline.libraries.reading import find_libraries, read_library
from musictool_pipeline.publishing.exports import CSV, EXPORTS, WANTLIST, Export, export_bytes
from musictool_pipeline.publishing.playlists import FORMATS, Playlist
from musictool_pipeline_tests.app.judged_collection import (
    COPIES,
    EVERYTHING,
    GAPS,
    TRACKS,
    digital,
    gap,
    publish,
    release,
    track,
)

ALL = (*EXPORTS, WANTLIST)
BY_NAME = {export.file_name: export for export in ALL}
TABLES = [export for export in ALL if export.media_type == CSV]
WANTED = {
    "wantlist_items": [
        {"release_id": 9, "csv_line": 2, "artist": "Bob", "title": "=1+1", "notes": "mint"},
        {"release_id": 8, "csv_line": 3, "artist": "ann", "title": "Later"},
        {"release_id": 1, "csv_line": 4, "artist": "Goldie", "title": "Album 1"},
    ],
    "wanted_gaps": [
        {**GAPS[0], "track_id": 81, "discogs_release_id": 8, "status": "owned"},
        {**GAPS[0], "track_id": 82, "discogs_release_id": 8, "status": "missing"},
    ],
}

each_export = pytest.mark.parametrize("export", ALL, ids=lambda export: export.file_name)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    database = tmp_path_factory.mktemp("data") / "musictool.duckdb"
    publish(database, **EVERYTHING, **WANTED)
    return database


def table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def exported(database: Path, name: str) -> list[dict[str, str]]:
    return table(export_bytes(BY_NAME[name], database))


def text(database: Path, name: str) -> str:
    return export_bytes(BY_NAME[name], database).decode()


def test_the_files() -> None:
    """The dashboard offers them, and `musictool export` writes them, under these names."""
    assert list(BY_NAME) == [
        "physical_collection.csv",
        "gap_analysis.csv",
        "missing_tracks.csv",
        "collection_statistics.csv",
        "owned_tracks.m3u8",
        "wants_list.txt",
        "wantlist.csv",
    ]
    assert all(export.title and export.description.endswith(".") for export in ALL)


@each_export
def test_the_same_database_gives_the_same_bytes(export: Export, database: Path) -> None:
    assert export_bytes(export, database) == export_bytes(export, database)


@each_export
def test_the_order_of_the_rows_is_not_that_of_the_tables(
    export: Export, database: Path, tmp_path: Path
) -> None:
    """DuckDB promises no order: a database made in another one has to give the same file."""
    turned = {name: rows[::-1] for name, rows in {**EVERYTHING, **WANTED}.items()}
    publish(tmp_path / "musictool.duckdb", **turned)
    assert export_bytes(export, tmp_path / "musictool.duckdb") == export_bytes(export, database)


@each_export
def test_where_nothing_is_there_it_is_empty(export: Export, tmp_path: Path) -> None:
    """The dashboard's button must not break the page of a new installation."""
    content = export_bytes(export, tmp_path / "none.duckdb")
    assert (
        content.count(b"\n") == {CSV: 1, "audio/x-mpegurl": 3, "text/plain": 0}[export.media_type]
    )
    assert list(tmp_path.iterdir()) == []


@each_export
def test_a_byte_order_mark_is_for_tables(export: Export, database: Path) -> None:
    """In front of a playlist's first line it would be no playlist any more."""
    plain, marked = (export_bytes(export, database, with_bom=each) for each in (False, True))
    assert marked == (b"\xef\xbb\xbf" + plain if export in TABLES else plain)


def test_every_copy_is_in_the_physical_collection(tmp_path: Path) -> None:
    copies = [
        {**copy, "csv_line": line, "date_added": datetime(2025, 1, line), "rating": line}
        for line, copy in enumerate(COPIES, start=2)
    ]
    copies[1] |= {"notes": "=1+1", "custom_fields": '{"Crate": "A4"}', "artist": "As exported"}
    copies.append({"item_id": "9-1", "release_id": 9, "artist": "Zed", "csv_line": 9})
    releases = [
        release(1, "Goldie", "Album 1", genres=["Electronic", "Jazz"], country="UK"),
        release(2, "Various", "Album 2", label="Label, once fetched"),
    ]
    publish(
        tmp_path / "d.duckdb",
        **{**EVERYTHING, "collection_items": copies, "releases": releases},
    )
    rows = exported(tmp_path / "d.duckdb", "physical_collection.csv")
    by_item = {row["item_id"]: row for row in rows}
    # By artist; release 3, of which nothing is known, comes last.
    assert list(by_item) == ["1-1", "2-1", "2-2", "9-1", "3-1"]
    assert by_item["1-1"]["genres"] == "Electronic, Jazz"
    assert by_item["1-1"]["date_added"] == "2025-01-02 00:00:00"
    assert (by_item["1-1"]["tracks"], by_item["1-1"]["tracks_owned"]) == ("2", "1")
    assert (by_item["2-1"]["artist"], by_item["2-1"]["label"]) == ("Various", "Label, once fetched")
    assert by_item["2-1"]["notes"] == "'=1+1"
    assert by_item["2-1"]["custom_fields"] == '{"Crate": "A4"}'
    assert [by_item[item]["collection_folder"] for item in ("2-1", "2-2")] == ["House", "To Sell"]
    assert by_item["9-1"]["artist"] == "Zed"
    assert by_item["9-1"]["tracks"] == by_item["9-1"]["genres"] == by_item["9-1"]["rating"] == ""


def test_every_judged_track_is_in_the_gap_analysis(database: Path) -> None:
    rows = exported(database, "gap_analysis.csv")
    assert [(int(row["discogs_release_id"]), int(row["track_number"])) for row in rows] == [
        (3, 1),
        (1, 1),
        (1, 2),
        (2, 1),
        (2, 2),
        (2, 3),
        (2, 4),
    ]
    other = rows[1]
    assert other["status"] == "other_version"
    assert (other["duration"], other["digital_path"]) == ("7:00", "C:\\Music\\aa.mp3")
    assert (other["collection_folders"], rows[3]["collection_folders"]) == (
        "Jungle",
        "House, To Sell",
    )
    assert (other["confidence"], other["other_files"], other["overridden"]) == ("90", "0", "false")


def test_every_wanted_release_is_in_the_wantlist(database: Path) -> None:
    rows = exported(database, "wantlist.csv")
    assert [(row["release_id"], row["on_shelf"]) for row in rows] == [
        ("8", "false"),
        ("9", "false"),
        ("1", "true"),
    ]
    later, other, shelved = rows
    assert (later["tracks"], later["tracks_owned"], later["tracks_missing"]) == ("2", "1", "1")
    assert (other["title"], other["tracks"], other["notes"]) == ("'=1+1", "", "mint")
    assert (shelved["tracks"], shelved["tracks_owned"]) == ("2", "1")


def test_the_rip_list(database: Path) -> None:
    rows = exported(database, "missing_tracks.csv")
    assert [(row["album"], row["side"], row["position"], row["title"]) for row in rows] == [
        ("Album 3", "", "1", "Alone"),
        ("Album 2", "A", "A1", "First Waltz"),
        ("Album 2", "A", "a2", "Second Waltz"),
        ("Album 2", "", "", "Fourth Waltz"),
    ]


SIDES = {
    "A": "A",
    "B12": "B",
    "AA": "AA",
    "AA1": "AA",
    "9A": "9A",
    "9A2": "9A",
    "A3.1": "A",
    "A3i": "A",
    "B4(i)": "B",
    "b1a": "B",
    "A-1": "A",
    "\u03911": "\u0391",  # an alpha, as it was printed
    "1-01": "1",
    "CD2-3": "CD2",
    "5": "",
    "5a": "",
    "Video 1": "",
    "Live": "",
    None: "",
}


def test_the_sides(tmp_path: Path) -> None:
    tracks = [track(1, number, position, "Ann", "x") for number, position in enumerate(SIDES, 1)]
    gaps = [gap(each, "missing") for each in tracks]
    publish(tmp_path / "d.duckdb", expanded_tracks=tracks, gap_analysis=gaps)
    rows = exported(tmp_path / "d.duckdb", "missing_tracks.csv")
    assert {row["position"] or None: row["side"] for row in rows} == SIDES


def test_the_figures(tmp_path: Path) -> None:
    figures = [
        {"metric": "total", "dimension": "tracks", "value": 7.0},
        {"metric": "coverage_by_label", "dimension": "=Label", "value": 0.25},
        {"metric": "total", "dimension": "copies", "value": 70.0},
    ]
    publish(tmp_path / "d.duckdb", collection_statistics=figures)
    assert text(tmp_path / "d.duckdb", "collection_statistics.csv").split("\r\n") == [
        "metric,dimension,value",
        '"coverage_by_label","\'=Label",0.25',
        '"total","copies",70',
        '"total","tracks",7',
        "",
    ]


def test_the_wants_list(database: Path) -> None:
    assert text(database, "wants_list.txt") == (
        "Ann - Alone\n\nAnn - First Waltz\nBob - Second Waltz\nDee - Fourth Waltz\n"
    )


def owned(database: Path, **files: Any) -> None:
    """Three records; every track is owned, each by the file of its number unless given."""
    tracks = [
        track(1, 2, "B", "Goldie", "Jah"),
        track(1, 1, "A", "Goldie", "Inner City Life"),
        track(2, 1, "A1", "Ann", "Waltz"),
        track(3, 1, "1", "Ann", "Alone"),
    ]
    library = [
        digital(f"{each['id']}", each["artist"], each["title"], path=f"/m/{each['id']}.mp3")
        | files.get(f"f{each['id']}", {})
        for each in tracks
    ]
    gaps = [
        gap(each, "owned", digital_id=file["digital_id"], digital_path=file["path"])
        for each, file in zip(tracks, library, strict=True)
    ]
    publish(database, expanded_tracks=tracks, digital_tracks=library, gap_analysis=gaps)


def paths(database: Path) -> list[str]:
    return [
        line
        for line in text(database, "owned_tracks.m3u8").splitlines()
        if not line.startswith("#")
    ]


def test_the_playlist_is_in_the_order_of_the_records(tmp_path: Path) -> None:
    owned(tmp_path / "d.duckdb")
    assert paths(tmp_path / "d.duckdb") == ["/m/301.mp3", "/m/101.mp3", "/m/102.mp3", "/m/201.mp3"]


def test_a_file_is_on_a_playlist_once_and_a_stream_never(tmp_path: Path) -> None:
    owned(
        tmp_path / "d.duckdb",
        f301={"path": "/m/102.mp3"},
        f101={"path": None},
        f201={"path": "soundcloud:tracks:1"},
    )
    assert paths(tmp_path / "d.duckdb") == ["/m/102.mp3"]


# --- What is written is not read again ----------------------------------------------------------


def test_no_export_is_taken_for_a_collection_or_a_library(database: Path, tmp_path: Path) -> None:
    """A download saved into the data folder would become the collection, or make everything
    owned."""
    for export in EXPORTS:
        (tmp_path / export.file_name).write_bytes(export_bytes(export, database))
    for suffix, write in FORMATS.items():
        (tmp_path / f"owned_tracks{suffix}").write_bytes(write(Playlist("p", [])))
    assert find_libraries(tmp_path) == []
    assert [path.name for path in tmp_path.iterdir() if is_candidate(path)] == []


def test_the_playlist_opens_through_our_own_reader(database: Path, tmp_path: Path) -> None:
    path = tmp_path / "p.m3u8"
    path.write_bytes(export_bytes(BY_NAME["owned_tracks.m3u8"], database))
    # The file has no tags, so it is shown as the record has it.
    assert [(each.path, each.artist, each.title) for each in read_library(path)] == [
        (each["digital_path"], "Goldie", "Jah") for each in GAPS if each["status"] == "owned"
    ]
    assert TRACKS[1]["title"] == "Jah"
