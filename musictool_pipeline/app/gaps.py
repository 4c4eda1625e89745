"""`musictool gaps`: the rip list, record by record, from the published database.

What belongs here: what is listed of the chosen records, and how it is printed. What does not:
which records are chosen (`queries.chosen_records`), and how a track was judged (`explain`, and the
matcher itself). It imports neither Dagster nor pandas, so it answers without delay.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import duckdb

from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.core.matching.tracks import MISSING, OTHER_VERSION, OWNED, REVIEW
from musictool_pipeline.core.ripping import digital_format
from musictool_pipeline.core.text import one_line
from musictool_pipeline.core.words import STATUSES, counted, name_of, position_of, sound, unjudged
from musictool_pipeline.errors import EXIT_DONE
from musictool_pipeline.queries import sql
from musictool_pipeline.queries.chosen_records import Choice, choose_records, unknown_folder
from musictool_pipeline.queries.library_remarks import library_remarks
from musictool_pipeline.queries.overview import require_judged
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.published import open_tables

NOT_OWNED: Final = (MISSING, OTHER_VERSION, REVIEW)

# Each --sort, as SQL; what is alike in it is sorted by artist and title.
ORDERS: Final = {
    "missing": "missing DESC, listed DESC, record_number",
    "release": "record_number",
    "label": "lower(label) NULLS LAST, lower(catalog_number) NULLS LAST, record_number",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to list. `statuses`: a record is listed with its tracks of these. `label` and `folder`
    are texts that those contain, without regard to case and accents; `sort` is one of ORDERS;
    `limit` the most records, None for all."""

    statuses: tuple[str, ...] = NOT_OWNED
    label: str | None = None
    folder: str | None = None
    sort: str = "missing"
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class GapTrack:
    """A track of a record; `duration` as printed, `digital_path` the file that came nearest, with
    its tempo and key. `sound_disagreement` says which other files of an owned track have others."""

    track_number: int
    position: str | None
    artist: str | None
    title: str | None
    duration: str | None
    status: str
    confidence: int
    reason: str | None
    digital_path: str | None
    bandcamp_url: str | None
    beatport_url: str | None
    juno_url: str | None
    bpm: float | None = None
    musical_key: str | None = None
    camelot: str | None = None
    sound_disagreement: str | None = None


@dataclass(frozen=True, slots=True)
class GapRecord:
    """A record of the list. `folders` are those of all its copies; `track_count` and `missing`
    count all its tracks, `tracks` are those that were asked for, in the record's order."""

    release_id: int
    artist: str | None
    title: str | None
    label: str | None
    catalog_number: str | None
    format: str | None
    folders: str | None
    discogs_url: str
    track_count: int
    missing: int
    tracks: tuple[GapTrack, ...]


@dataclass(frozen=True, slots=True)
class Gaps:
    """The records that were asked for. `statuses` counts the tracks of all records that fit the
    label and the folder; `matching` is how many of them there are to list, `records` up to the
    limit. `unjudged` tracks came after the last analysis; `remarks` say what to know of the
    libraries before a track is believed to be missing."""

    statuses: Mapping[str, int]
    matching: int
    records: tuple[GapRecord, ...]
    unjudged: int
    files: int
    remarks: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """For scripts: the names of these classes, as JSON's plain values."""
        return asdict(self)


def read_gaps(settings: Settings, wanted: Wanted) -> Gaps:
    """The rip list as the published database has it.

    Raises MusicToolError where there is no gap analysis yet, with what to do.
    """
    with open_tables(settings.database) as tables:
        connection = tables.connection
        counts = require_judged(connection)
        choose_records(connection, Choice(label=wanted.label, folder=wanted.folder))
        return Gaps(
            statuses=_count_statuses(connection),
            matching=_count_matching(connection, wanted),
            records=tuple(_records(connection, wanted)),
            unjudged=counts.unjudged,
            files=counts.files,
            remarks=library_remarks(connection, settings),
        )


def _count_statuses(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    by_status = Counter(dict(sql.rows(connection, "chosen_by_status.sql")))
    return {status: by_status[status] for status in STATUSES}


def _count_matching(connection: duckdb.DuckDBPyConnection, wanted: Wanted) -> int:
    (matching,) = sql.row(connection, "count_to_list.sql", statuses=list(wanted.statuses)) or (0,)
    return matching


def _records(connection: duckdb.DuckDBPyConnection, wanted: Wanted) -> Iterator[GapRecord]:
    records = connection.execute(
        f"{sql('records_to_list.sql')} ORDER BY {ORDERS[wanted.sort]}",
        {"statuses": list(wanted.statuses)},
    ).fetchall()[: wanted.limit]
    tracks: dict[int, list[GapTrack]] = {record[0]: [] for record in records}
    for release_id, *values in sql.rows(
        connection, "tracks_to_list.sql", releases=list(tracks), statuses=list(wanted.statuses)
    ):
        tracks[release_id].append(GapTrack(*values))
    for record in records:
        yield GapRecord(*record, tracks=tuple(tracks[record[0]]))


def gaps(settings: Settings, terminal: Terminal, wanted: Wanted, *, as_json: bool) -> int:
    """Prints the rip list, in words or as one JSON object, and gives the exit code."""
    found = read_gaps(settings, wanted)
    if as_json:
        terminal.say_json(found.as_json())
    else:
        for line in gap_lines(found):
            terminal.say(line)
        if not found.matching:
            say_unknown_folder(settings, terminal, wanted.folder)
    return EXIT_DONE


def say_unknown_folder(settings: Settings, terminal: Terminal, folder: str | None) -> None:
    """Says which folders there are, if none contains this text."""
    with open_tables(settings.database) as tables:
        remark = unknown_folder(tables.connection, folder)
    if remark:
        terminal.say(remark)


def gap_lines(found: Gaps) -> Iterator[str]:
    """The rip list in words."""
    total = sum(found.statuses.values())
    counts = ", ".join(f"{count:,} {STATUSES[status]}" for status, count in found.statuses.items())
    yield f"{counted(total, 'track')}: {counts}"
    for remark in found.remarks:
        yield from remark.split("\n")
    if found.unjudged:
        yield f"{unjudged(found.unjudged)} Run `musictool refresh`."
    for record in found.records:
        yield ""
        yield from _record_lines(record)
    yield ""
    if not found.matching:
        yield "No records match."
        return
    if left := found.matching - len(found.records):
        yield f"and {counted(left, 'more record')}; without --limit all are listed."
    yield "Why a track was judged so: `musictool explain RELEASE_ID POSITION`"
    to_rip = (it for it in found.records if it.missing and not digital_format(it.format))
    if first := next(to_rip, None):
        name = one_line(name_of(first.artist, first.title))
        yield f"Next: `musictool rip {first.release_id}` prepares {name} for ripping."


def _record_lines(record: GapRecord) -> Iterator[str]:
    name = name_of(record.artist, record.title)
    yield f"{name}: {record.missing} of {record.track_count} missing"
    filed = [record.label, record.catalog_number, record.folders and f"in {record.folders}"]
    yield "  " + ", ".join([*filter(None, filed), f"release {record.release_id}"])
    yield from _track_lines(record.artist, record.tracks)


def _track_lines(album_artist: str | None, tracks: Sequence[GapTrack]) -> Iterator[str]:
    # The title comes last, since nothing can be lined up behind one in wide letters.
    places = [position_of(track.position, track.track_number) for track in tracks]
    widest = max(map(len, places), default=0)
    for track, place in zip(tracks, places, strict=True):
        title = track.title or "(no title)"
        if track.artist and track.artist != album_artist:
            title = f"{track.artist} - {title}"
        line = f"    {place:<{widest}}  {STATUSES[track.status]:<13}  {title}"
        if track.duration:
            line += f"  {track.duration}"
        heard = sound(track.bpm, track.musical_key, track.camelot)
        if heard and track.status == OWNED:
            line += f"  {heard}"
        yield line
        below = f"    {'':<{widest}}  {'':<13}    "
        if track.digital_path and track.status in (OTHER_VERSION, REVIEW):
            there = f"{below}there is: {file_name(track.digital_path)}"
            yield f"{there}, {heard}" if heard else there
        if track.sound_disagreement:
            yield f"{below}the files disagree: {track.sound_disagreement}"


def file_name(path: str) -> str:
    """The last part of a path, with either kind of slash."""
    return re.split(r"[/\\]", path)[-1] or path
