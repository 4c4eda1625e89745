"""`musictool rip`: the files for ripping one record, or a plan of what to rip in an evening.

What belongs here: what is asked for, and how it is printed. What does not: times, names and texts
(`core.ripping`), the records (`queries.rips`), and the files (`publishing.rips`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import duckdb

from musictool_pipeline.app.gaps import say_unknown_folder
from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.core.ripping import (
    DEFAULT_PATTERN,
    FIELDS,
    MOST_CUE_TRACKS,
    RecordSide,
    RipRecord,
    check_pattern,
    digital_format,
    place_tracks,
    times_in_words,
)
from musictool_pipeline.core.words import counted, length, name_of
from musictool_pipeline.errors import EXIT_DONE, MusicToolError
from musictool_pipeline.publishing.rips import write_rip
from musictool_pipeline.queries.library_remarks import library_remarks
from musictool_pipeline.queries.overview import require_judged
from musictool_pipeline.queries.rips import (
    PlannedRecord,
    RipPlan,
    is_in_collection,
    read_rip_plan,
    read_rip_record,
)
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.published import open_tables

RECORDS_OF_AN_EVENING = 10

_COUNTED_AS: Final = {"File": "download"}
"""What a format is called in a sentence, if its name alone is not clear."""


@dataclass(frozen=True, slots=True)
class RipRequest:
    """One record: `side` is the only one to write, None for all; `within` is the folder in which
    the record gets one of its own."""

    release_id: int
    side: str | None = None
    pattern: str = DEFAULT_PATTERN
    within: Path | None = None


# --- One record -----------------------------------------------------------------------------------


def rip(settings: Settings, terminal: Terminal, asked: RipRequest) -> int:
    """Writes the files of a record, says which, and gives the exit code.

    Raises MusicToolError if there is no such record or side, or if the pattern cannot be used.
    """
    try:
        check_pattern(asked.pattern)
    except ValueError as error:
        fields = ", ".join(f"{{{field}}}" for field in FIELDS)
        raise MusicToolError(
            f"The pattern {asked.pattern!r} cannot be used: {error}.", f"The fields are {fields}."
        ) from None
    with open_tables(settings.database) as tables:
        record = _record(tables.connection, asked.release_id)
    sides = _chosen(record, place_tracks(record, asked.pattern), asked.side)
    within = asked.within or settings.report_file.parent / "rips"
    folder, kept = write_rip(settings, within, record, sides)
    for line in rip_lines(record, sides, folder):
        terminal.say(line)
    for copy in kept:
        terminal.say(f"{copy} is what was there before: an earlier version did not note it.")
    return EXIT_DONE


def _record(connection: duckdb.DuckDBPyConnection, release_id: int) -> RipRecord:
    require_judged(connection)
    record = read_rip_record(connection, release_id)
    if record:
        return record
    if is_in_collection(connection, release_id):
        raise MusicToolError(
            f"No tracks are known of release {release_id} yet.",
            "Run `musictool refresh`. `musictool status` names the releases that Discogs does not "
            "have.",
        )
    raise MusicToolError(
        f"Release {release_id} is not in your collection.",
        "`musictool rip` alone shows the records with missing tracks, and their numbers.",
    )


def _chosen(
    record: RipRecord, sides: Sequence[RecordSide], name: str | None
) -> Sequence[RecordSide]:
    if name is None:
        return sides
    chosen = [side for side in sides if side.name and side.name.upper() == name.strip().upper()]
    if chosen:
        return chosen
    names = ", ".join(side.name for side in sides if side.name)
    raise MusicToolError(
        f"Release {record.release_id} has no side {name}.",
        f"Its sides are {names}."
        if names
        else "Its positions name no side. Leave --side out to get all tracks.",
    )


def rip_lines(record: RipRecord, sides: Sequence[RecordSide], folder: Path) -> Iterator[str]:
    """What was written, in words: each side with the times at which its tracks begin."""
    yield f"{record.name}, release {record.release_id}"
    for side in sides:
        about = f"about {length(side.length)}" if side.guessed else length(side.length)
        yield ""
        yield f"{side.stem}: {counted(len(side.tracks), 'track')}, {about}"
        for each in side.tracks:
            yield f"  {length(each.start):>7}  {each.file_name}"
        if side.guessed:
            yield f"! {times_in_words(side)}."
        if cut := sum(each.is_cut for each in side.tracks):
            yield f"! {counted(cut, 'title')} too long for a file name: write tags into that file."
        if len(side.tracks) > MOST_CUE_TRACKS:
            yield f"! The cue sheet ends after {MOST_CUE_TRACKS} tracks: it can hold no more."
    if not all(side.name for side in sides):
        yield "! The positions do not say which track is on which side: all are listed as one."
    yield ""
    yield f"{3 * len(sides)} files in {folder}: for each side a cue sheet, labels and tags."
    if name := digital_format(record.formats):
        name = _COUNTED_AS.get(name, name)
        yield f"This {name} is digital already: copy it, and take the file names from the tags."
    else:
        yield f"Record each side as one file, the first as `{sides[0].stem}.wav`."


# --- The plan -------------------------------------------------------------------------------------


def plan(
    settings: Settings, terminal: Terminal, *, limit: int, folder: str | None, as_json: bool
) -> int:
    """Prints the records with the most missing minutes, and gives the exit code.

    Raises MusicToolError if there is no gap analysis yet.
    """
    with open_tables(settings.database) as tables:
        require_judged(tables.connection)
        planned = read_rip_plan(tables.connection, folder)
        remarks = library_remarks(tables.connection, settings)
    records = planned.records
    listed = records[:limit]
    if as_json:
        terminal.say_json(
            {
                "matching": len(records),
                "seconds": sum(record.seconds for record in records),
                "records": [asdict(record) for record in listed],
                "digital": [
                    {"format": name, "releases": count} for name, count in planned.digital.items()
                ],
                "remarks": remarks,
            }
        )
        return EXIT_DONE
    for line in plan_lines(planned, listed, remarks):
        terminal.say(line)
    if not records:
        say_unknown_folder(settings, terminal, folder)
    return EXIT_DONE


def plan_lines(
    planned: RipPlan, listed: Sequence[PlannedRecord], remarks: Sequence[str] = ()
) -> Iterator[str]:
    """The plan in words; `listed` are the first of its records. `~` is before an estimate."""
    records = planned.records
    for remark in remarks:
        yield from remark.split("\n")
    if not records:
        yield "No records match."
        yield from _digital_lines(planned)
        return
    missing = sum(record.missing for record in records)
    yield (
        f"{counted(len(records), 'record')} with {counted(missing, 'missing track')}, "
        f"{_time(records)} to play"
    )
    for record in listed:
        yield ""
        yield from _record_lines(record)
    yield ""
    if left := len(records) - len(listed):
        above = "The one above takes" if len(listed) == 1 else f"The {len(listed):,} above take"
        yield f"and {counted(left, 'more record')}. {above} {_time(listed)}."
    if any(record.guessed for record in listed):
        yield "~ is an estimate: Discogs does not have every length."
    yield from _digital_lines(planned)
    yield "Files for ripping a record: `musictool rip RELEASE_ID`"


def _digital_lines(planned: RipPlan) -> Iterator[str]:
    """What the plan leaves out, or nothing."""
    if not planned.digital:
        return
    counts = (
        counted(count, _COUNTED_AS.get(name, name)) for name, count in planned.digital.items()
    )
    be, they = ("is", "it is") if sum(planned.digital.values()) == 1 else ("are", "they are")
    yield f"{', '.join(counts)} with missing tracks {be} not in this plan: {they} digital already."


def _record_lines(record: PlannedRecord) -> Iterator[str]:
    minutes = _minutes([record])
    yield f"{minutes:>8}  {name_of(record.artist, record.title)}"
    word = "side" if len(record.sides) == 1 else "sides"
    parts = [
        f"release {record.release_id}",
        f"{record.missing} of {record.tracks} missing",
        record.sides and f"{word} {', '.join(record.sides)}",
        record.label,
        record.catalog_number,
        record.folders and f"in {record.folders}",
    ]
    yield " " * 10 + ", ".join(filter(None, parts))


def _time(records: Sequence[PlannedRecord]) -> str:
    """`~10 h 13 min`: from an hour and a half on minutes alone say little."""
    minutes = _count_of_minutes(records)
    if minutes < 90:
        return _minutes(records)
    return f"{_about(records)}{minutes // 60} h {minutes % 60} min"


def _minutes(records: Sequence[PlannedRecord]) -> str:
    return f"{_about(records)}{_count_of_minutes(records):,} min"


def _count_of_minutes(records: Sequence[PlannedRecord]) -> int:
    """At least one, unless there is no record."""
    return max(bool(records), round(sum(record.seconds for record in records) / 60))


def _about(records: Sequence[PlannedRecord]) -> str:
    return "~" if any(record.guessed for record in records) else ""
