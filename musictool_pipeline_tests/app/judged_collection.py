"""A small collection with a digital library and a gap analysis, published without a pipeline.

What belongs here: putting rows into the database. What is expected of a command that reads them
stands with its tests.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from musictool_pipeline.tables.generations import Warehouse

Row = Mapping[str, Any]

_MADE = tempfile.TemporaryDirectory()
"""The databases that were made, each in a folder with its seal."""

AT = datetime(2026, 1, 2)

LABELS = {1: "Metalheadz", 2: "Café Müller Records", 3: None}
CATALOGUE = {1: "METH 012", 2: "CM 7", 3: None}
FOLDERS = {1: ("Jungle",), 2: ("House", "To Sell"), 3: (None,)}


def release(release_id: int, artist: str | None, title: str | None, **values: Any) -> Row:
    """A release, with its tracklist fetched unless said otherwise."""
    return {
        "release_id": release_id,
        "artist": artist,
        "title": title,
        "copies": 1,
        "tracklist_status": "fetched",
        **values,
    }


def track(
    release_id: int, number: int, position: str | None, artist: str, title: str, **values: Any
) -> Row:
    """A track of one of the releases 1 to 3."""
    return {
        "id": release_id * 100 + number,
        "discogs_release_id": release_id,
        "track_number": number,
        "position": position,
        "artist": artist,
        "title": title,
        "album": f"Album {release_id}",
        "album_artist": "Various" if release_id == 2 else artist,
        "label": LABELS[release_id],
        "catalog_number": CATALOGUE[release_id],
        "collection_folder": FOLDERS[release_id][0],
        "source": "api",
        "expanded_date": AT,
        "created_at": AT,
        "copies": 1,
        **values,
    }


def gap(of: Row, status: str, **values: Any) -> Row:
    """The gap analysis's row on a track."""
    same = ("discogs_release_id", "track_number", "position", "artist", "title", "album", "label")
    return {
        "track_id": of["id"],
        **{name: of[name] for name in same},
        "catalog_number": of["catalog_number"],
        "status": status,
        "confidence": 90,
        "reason": f"because it is {status}",
        "alternatives": "[]",
        "overridden": False,
        "discogs_url": f"https://www.discogs.com/release/{of['discogs_release_id']}",
        **values,
    }


def answer(release_id: int, format_type: str) -> Row:
    """What Discogs said of a release, for `pipeline.answers`."""
    return {
        "release_id": release_id,
        "checksum": "",
        "status": "fetched",
        "fetched_at": AT,
        "asked_at": AT,
        "requests": 1,
        "source": "api",
        "format_type": format_type,
    }


def digital(digital_id: str, artist: str | None, title: str | None, **values: Any) -> Row:
    """A file of the library, with a path made of its id unless said otherwise."""
    return {
        "digital_id": digital_id,
        "source": "traktor",
        "artist": artist,
        "title": title,
        "path": f"C:\\Music\\{digital_id}.mp3",
        "is_music": True,
        **values,
    }


RELEASES = [
    release(1, "Goldie", "Album 1", label=LABELS[1], catalog_number=CATALOGUE[1]),
    release(2, "Various", "Album 2", label=LABELS[2], catalog_number=CATALOGUE[2], copies=2),
    release(3, "Ann", "Album 3"),
    release(4, "Gone", "Record", tracklist_status="unavailable", tracklist_error="HTTP 404"),
    release(5, "Late", "Record", tracklist_status="failed", tracklist_error="HTTP 503"),
    release(6, "Empty", "Record"),
]
COPIES = [
    {
        "item_id": f"{release_id}-{number}",
        "release_id": release_id,
        "collection_folder": folder,
        "csv_line": 1,
    }
    for release_id, folders in FOLDERS.items()
    for number, folder in enumerate(folders, start=1)
]
TRACKS = [
    track(1, 1, "A", "Goldie", "Inner City Life", duration="7:00", duration_seconds=420),
    track(1, 2, "B", "Goldie", "Jah"),
    track(2, 1, "A1", "Ann", "First Waltz"),
    track(2, 2, "a2", "Bob", "Second Waltz"),
    track(2, 3, "A2", "Cid", "Third Waltz"),
    track(2, 4, None, "Dee", "Fourth Waltz"),
    track(3, 1, "1", "Ann", "Alone"),
]
FILES = [
    digital("aa", "Goldie", "Inner City Life (Peshay Remix)", duration_seconds=431.0),
    digital("bb", None, None, path="/Music/Goldie - Jah.mp3"),
    digital("cc", "Ann", "Alone", is_music=False),
]
GAPS = [
    gap(TRACKS[0], "other_version", digital_id="aa", digital_path="C:\\Music\\aa.mp3"),
    gap(TRACKS[1], "owned", digital_id="bb", digital_path="/Music/Goldie - Jah.mp3"),
    gap(TRACKS[2], "missing"),
    gap(TRACKS[3], "missing"),
    gap(TRACKS[4], "review"),
    gap(TRACKS[5], "missing"),
    gap(TRACKS[6], "missing", bandcamp_url="https://bandcamp.com/search?q=Ann"),
]

EVERYTHING: Mapping[str, Sequence[Row]] = {
    "releases": RELEASES,
    "collection_items": COPIES,
    "expanded_tracks": TRACKS,
    "digital_tracks": FILES,
    "gap_analysis": GAPS,
}


def _releases_of(tracks: Sequence[Row]) -> list[Row]:
    of_each = {track["discogs_release_id"]: track for track in tracks}
    same = ("label", "catalog_number")
    return [
        release(release_id, it["album_artist"], it["album"], **{name: it[name] for name in same})
        for release_id, it in of_each.items()
    ]


def publish(database: Path, **tables: Sequence[Row]) -> None:
    """A generation of the database with these rows alone, and with the releases of the tracks if
    none are given. A first one with the same rows is made once, and copied."""
    tables.setdefault("releases", _releases_of(tables.get("expanded_tracks", ())))
    house = Warehouse(database)
    is_first = not list(database.parent.glob(f"*{database.name}*"))
    made = Path(_MADE.name) / hashlib.sha256(f"{house._made_by.text} {tables}".encode()).hexdigest()
    if is_first and made.exists():
        database.parent.mkdir(exist_ok=True)
        for path in (database, house._seal):
            shutil.copy2(made / path.name.replace(database.name, "database"), path)
        return

    def change(connection: duckdb.DuckDBPyConnection) -> None:
        for name, rows in tables.items():
            connection.execute(f"DELETE FROM {name}")
            for row in rows:
                values = ", ".join(f"? AS {column}" for column in row)
                connection.execute(
                    f"INSERT INTO {name} BY NAME SELECT {values}", list(row.values())
                )

    database.parent.mkdir(exist_ok=True)
    house.publish(change)
    if is_first:
        made.mkdir()
        for path in (database, house._seal):
            shutil.copy2(path, made / path.name.replace(database.name, "database"))
