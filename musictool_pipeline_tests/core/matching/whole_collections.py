"""Three invented collections, each with the library of the DJ who owns it, labelled by hand.

What belongs here: reading `collections/*/records.csv` and `files.csv`, and the figures that the
matcher reaches. What does not: assertions (`test_whole_collections`). People wrote them who had not
seen the matcher: a DJ of soul and disco, a collector of new wave, a DJ of reggae and jungle. Most
artists and titles are real; lengths and paths are made up, and so are some mixes. Unlike the pairs,
a track stands here among the others of its record, and a file in a whole library, of which most
belongs to no track.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Final

from musictool_pipeline.core.matching.matcher import match_all
from musictool_pipeline.core.matching.tracks import DigitalTrack
from musictool_pipeline_tests.core.matching.builders import digital, vinyl
from musictool_pipeline_tests.core.matching.labelled import Half, Metrics, Row, measure

FOLDER: Final = Path(__file__).parent / "collections"
NAMES: Final = tuple(sorted(path.name for path in FOLDER.iterdir()))
OF_SEVERAL: Final = 4
"""From so many artists on, a record is by various ones."""


@lru_cache
def collection(name: str) -> Half:
    """The tracks of that collection, a record's together, with their own files; and the library."""
    records = groupby(_lines(name, "records.csv"), key=lambda line: line["record"])
    rows = [
        row
        for number, (_, lines) in enumerate(records, start=1)
        for row in _record(name, number, list(lines))
    ]
    numbered = [replace(row, track=replace(row.track, track_id=at)) for at, row in enumerate(rows)]
    return Half(tuple(numbered), tuple(map(_file, _lines(name, "files.csv"))))


def evaluate(name: str) -> Metrics:
    """The matcher's metrics on that collection."""
    chosen = collection(name)
    tracks = [row.track for row in chosen.rows]
    return measure(chosen, list(match_all(tracks, chosen.library)))


def report() -> str:
    """The figures of every collection, a line each."""
    return "\n".join(f"{name}, {evaluate(name)}" for name in NAMES)


def _lines(name: str, file: str) -> Iterator[dict[str, str | None]]:
    with (FOLDER / name / file).open(encoding="utf-8", newline="") as text:
        for line in csv.DictReader(text):
            yield {column: cell or None for column, cell in line.items()}


def _record(name: str, number: int, lines: list[dict[str, str | None]]) -> Iterator[Row]:
    artists = {line["artist"] for line in lines}
    for place, line in enumerate(lines, start=1):
        track = vinyl(
            line["artist"],
            line["title"],
            album=line["album"],
            album_artist="Various" if len(artists) >= OF_SEVERAL else None,
            label=line["label"],
            seconds=int(line["seconds"]) if line["seconds"] else None,
            number=place,
            year=int(line["year"]) if line["year"] else None,
        )
        yield Row(
            replace(track, release_id=number, position=line["position"]),
            name,
            frozenset((line["exact"] or "").split(";")) - {""},
            frozenset((line["others"] or "").split(";")) - {""},
            open=line["truth"] == "uncertain",
        )


def _file(line: dict[str, str | None]) -> DigitalTrack:
    return digital(
        line["artist"],
        line["title"],
        digital_id=line["id"] or "",
        path=f"/Music/{line['path']}",
        seconds=float(line["seconds"]) if line["seconds"] else None,
        remixer=line["remixer"],
        mix=line["mix"],
        album=line["album"],
        label=line["label"],
    )


if __name__ == "__main__":
    print(report())
