"""A small shelf whose files have tempos and keys, for the tests of what is taken to the decks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from musictool_pipeline_tests.app.judged_collection import (
    COPIES,
    RELEASES,
    Row,
    answer,
    digital,
    gap,
    publish,
    track,
)

# Of each track: release, number, position, artist, title, status, tempo, key, Camelot code.
_TRACKS: Sequence[tuple[int, int, str | None, str, str, str, Any, Any, Any]] = (
    (1, 1, "A", "Goldie", "Start", "owned", 124.0, "Am", "8A"),
    (1, 2, "B", "Goldie", "Same", "owned", 125.5, "Am", "8A"),
    (2, 1, "A1", "Ann", "Up", "owned", 124.0, "Em", "9A"),
    (2, 2, "A2", "Bob", "Half", "owned", 62.0, "C", "8B"),
    (2, 3, "A2", "Cid", "Foreign", "owned", 124.0, "F#", "2B"),
    (2, 4, None, "Dee", "Untimed", "owned", None, "Am", "8A"),
    (2, 5, "B1", "Eve", "Unkeyed", "owned", 124.0, None, None),
    (2, 6, "B2", "Fay", "Neither", "owned", None, None, None),
    (2, 7, "B3", "Gus", "Other", "other_version", 124.0, "Am", "8A"),
    (2, 8, "B4", "Hal", "Missing", "missing", None, None, None),
    (3, 1, "1", "Ann", "On CD", "owned", 124.0, "Am", "8A"),
)


def mixed() -> dict[str, list[Row]]:
    """The rows of its tables; releases 1 and 2 are on vinyl, 3 is a CD."""
    tracks, files, gaps = [], [], []
    for release_id, number, position, artist, title, status, bpm, key, camelot in _TRACKS:
        row = track(release_id, number, position, artist, title, duration_seconds=245)
        tracks.append(row)
        name = f"f{release_id}{number}"
        found: Mapping[str, Any] = {} if status == "missing" else {"digital_id": name}
        gaps.append(gap(row, status, **found))
        if found:
            sound = {"bpm": bpm, "musical_key": key, "camelot": camelot}
            files.append(digital(name, artist, title, **sound))
    return {
        "releases": [*RELEASES],
        "collection_items": [*COPIES],
        "expanded_tracks": tracks,
        "digital_tracks": files,
        "gap_analysis": gaps,
        "pipeline.answers": [answer(1, "Vinyl"), answer(2, "Vinyl"), answer(3, "CD")],
    }


def publish_mixed(database: Path) -> None:
    """Publishes it."""
    rows = mixed()
    formats = {1: "Vinyl", 2: "Vinyl", 3: "CD"}
    rows["expanded_tracks"] = [
        {**row, "format_type": formats[row["discogs_release_id"]]}
        for row in rows["expanded_tracks"]
    ]
    publish(database, **rows)
