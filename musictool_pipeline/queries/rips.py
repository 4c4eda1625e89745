"""What to rip: a record with its tracks and sides, and the records with the most missing minutes.

What belongs here: asking the views. Times that Discogs does not know are guessed in `core.ripping`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from musictool_pipeline.core.collection.export_header import HIGHEST_RELEASE_ID
from musictool_pipeline.core.matching.tracks import MISSING
from musictool_pipeline.core.ripping import RipRecord, RipTrack, by_side, digital_format, lengths_of
from musictool_pipeline.queries import sql
from musictool_pipeline.queries.chosen_records import Choice, choose_records
from musictool_pipeline.tables.published import row_count


@dataclass(frozen=True, slots=True)
class PlannedRecord:
    """A record with missing tracks: `seconds` is how long those play, and `guessed` how many of
    their lengths are guesses; `sides` are the sides that they are on."""

    release_id: int
    artist: str | None
    title: str | None
    label: str | None
    catalog_number: str | None
    folders: str | None
    tracks: int
    missing: int
    seconds: int
    guessed: int
    sides: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RipPlan:
    """The records to rip, and of those that lack tracks too, but are digital already, how many
    there are of each format."""

    records: tuple[PlannedRecord, ...]
    digital: Mapping[str, int]


def read_rip_record(connection: duckdb.DuckDBPyConnection, release_id: int) -> RipRecord | None:
    """A record with its judged tracks; None if there is no such record, or if none is judged."""
    if release_id > HIGHEST_RELEASE_ID:
        return None
    if not choose_records(connection, Choice(release_id=release_id)):
        return None
    tracks = sql.rows(connection, "rip_tracks.sql")
    record = sql.row(connection, "rip_record.sql")
    assert record is not None
    *facts, formats = record
    of_record = tuple(RipTrack(*track) for track in tracks)
    return RipRecord(*facts, tracks=of_record, formats=formats)


def is_in_collection(connection: duckdb.DuckDBPyConnection, release_id: int) -> bool:
    """True if the release is in the collection, with or without tracks."""
    if release_id > HIGHEST_RELEASE_ID:
        return False
    return row_count(connection, "records", f"release_id = {release_id:d}") > 0


def read_rip_plan(connection: duckdb.DuckDBPyConnection, folder: str | None = None) -> RipPlan:
    """The records with missing tracks, those with the most missing minutes first; `folder` is a
    text that one of their folders contains."""
    choose_records(connection, Choice(folder=folder))
    records = sql.rows(connection, "records_to_rip.sql")
    tracks: dict[int, dict[RipTrack, bool]] = {record[0]: {} for record in records}
    for release_id, status, number, side, seconds in sql.rows(connection, "tracks_to_rip.sql"):
        tracks[release_id][RipTrack(number, side=side, seconds=seconds)] = status == MISSING
    planned: list[PlannedRecord] = []
    digital: Counter[str] = Counter()
    for *record, formats in records:
        if format_name := digital_format(formats):
            digital[format_name] += 1
            continue
        seconds, guessed, sides = _missing_of(tracks[record[0]])
        planned.append(PlannedRecord(*record, seconds=seconds, guessed=guessed, sides=sides))
    planned.sort(key=lambda record: -record.seconds)
    return RipPlan(tuple(planned), dict(digital.most_common()))


def _missing_of(tracks: Mapping[RipTrack, bool]) -> tuple[int, int, tuple[str, ...]]:
    """Seconds, guesses and sides of the missing tracks of a record."""
    missing = [
        (side, track, length)
        for side, on_side in by_side(list(tracks)).items()
        for track, length in zip(on_side, lengths_of(on_side), strict=True)
        if tracks[track]
    ]
    seconds = sum(length for _, _, length in missing)
    guessed = sum(not track.seconds for _, track, _ in missing)
    return seconds, guessed, tuple(dict.fromkeys(side for side, _, _ in missing if side))
