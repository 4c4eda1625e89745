"""`musictool decide`: what a person says a track is, from the command line.

What belongs here: finding the one track and the one file that somebody means, and saying what was
written. The file of decisions is the business of `inputs.decisions`; that they count, that of the
next gap analysis.
"""

from __future__ import annotations

import datetime
import difflib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, astuple
from typing import Any, Final

import duckdb

from musictool_pipeline.app.explain import find_tracks, the_only_track
from musictool_pipeline.app.gaps import file_name
from musictool_pipeline.app.terminal import CROSS, NOTE, TICK, Terminal
from musictool_pipeline.core.decisions import NOT, SAME, Decisions, Override, Overrides
from musictool_pipeline.core.decisions_file import FACTS
from musictool_pipeline.core.file_facts import FileFacts
from musictool_pipeline.core.file_places import spelled, spellings
from musictool_pipeline.core.matching.tracks import OTHER_VERSION, VinylTrack
from musictool_pipeline.core.words import DECIDED, counted, name_of, position_of
from musictool_pipeline.errors import EXIT_DONE, EXIT_NEEDS_USER, MusicToolError
from musictool_pipeline.inputs.decisions import add_decision, load_overrides, take_back_decision
from musictool_pipeline.queries import sql
from musictool_pipeline.queries.decided import read_decided, read_facts, read_titles
from musictool_pipeline.queries.review import ToReview
from musictool_pipeline.settings import Places
from musictool_pipeline.tables.published import open_tables

AS_TYPED: Final = {"same": SAME, "other": OTHER_VERSION, "not": NOT}
"""The decisions by the words of the command line."""

NEXT: Final = "The next `musictool refresh` applies it."

NEAREST: Final = 3

# A misspelled name in a library of 100,000 files is compared with each.
MOST_COMPARED: Final = 200_000


def new_decision(
    track: VinylTrack | ToReview,
    decision: str,
    digital_id: str | None,
    facts: FileFacts | None = None,
    *,
    position_is_unique: bool,
) -> Override:
    """The decision as it is written today; `facts` are those of its file."""
    return Override(
        line=0,
        release_id=track.release_id,
        track_number=track.track_number,
        position=track.position if position_is_unique else None,
        decision=decision,
        digital=digital_id,
        note=f"in the terminal, {datetime.date.today().isoformat()}",
        facts=facts,
    )


def decide(
    places: Places,
    terminal: Terminal,
    *,
    release_id: int,
    position: str,
    decision: str,
    file: str | None,
) -> int:
    """Writes one decision, says which, and gives the exit code. `decision` is a key of AS_TYPED;
    without a `file` the one that the gap analysis found is meant, and with `not` all of them.

    Raises MusicToolError if the track or the file is unknown or not the only one of that name.
    """
    said = AS_TYPED[decision]
    with open_tables(places.database) as tables:
        connection = tables.connection
        track, is_unique = _the_track(connection, release_id, position)
        found = _the_file(connection, file) if file else _judged_file(connection, track, said)
        digital_id, path = found or (None, None)
        facts = read_facts(connection, digital_id)
    made = new_decision(track, said, digital_id, facts, position_is_unique=is_unique)
    if _is_decided(load_overrides(places.overrides_file)[0], made, path):
        terminal.mark(TICK, f"It is decided so already: {_sentence(track, said, path)}")
        return EXIT_DONE
    add_decision(places.overrides_file, made, path)
    terminal.mark(TICK, f"Decided: {_sentence(track, said, path)}", NEXT)
    return EXIT_DONE


def _sentence(track: VinylTrack, decision: str, path: str | None) -> str:
    which = f"{_name(track)}: "
    if decision == NOT:
        return which + (f"not {file_name(path)}" if path else "no file is it")
    return which + f"{DECIDED[decision]}, {file_name(path) if path else 'the file that was found'}"


def _name(track: VinylTrack) -> str:
    place = position_of(track.position, track.track_number)
    return f"{place} {name_of(track.artist, track.title)}"


def _is_decided(overrides: Overrides, made: Override, path: str | None) -> bool:
    """True if the last decision on this track and this file is the same."""
    for before in reversed(overrides.decisions):
        if is_of_track(before, made):
            same_file = spelled(before.digital or "") in {
                spelled(path or ""),
                spelled(made.digital or ""),
            }
            return before.decision == made.decision and same_file
    return False


def is_of_track(decision: Override, other: Override) -> bool:
    """True if both decisions speak of one track."""
    return decision.is_of(other.release_id, other.track_number, other.position)


# --- Finding what is meant ------------------------------------------------------------------------


def _the_track(
    connection: duckdb.DuckDBPyConnection, release_id: int, position: str
) -> tuple[VinylTrack, bool]:
    """The track, and whether its position is its own on the release."""
    tracks, meant = find_tracks(connection, release_id, position)
    track = the_only_track(meant, release_id, position)
    same = [it for it in tracks if (it.position or "").casefold() == position.casefold()]
    return track, bool(track.position) and len(same) == 1


def _judged_file(
    connection: duckdb.DuckDBPyConnection, track: VinylTrack, decision: str
) -> tuple[str, str | None] | None:
    """The file that the gap analysis found for the track; None if no file is meant."""
    if decision == NOT:
        return None
    found: tuple[str, str | None] | None = sql.row(
        connection, "found_file.sql", track_id=track.track_id
    )
    if found is None:
        raise MusicToolError(
            f"No file was found for {_name(track)}.",
            "Name the file: its path, or the end of it, after the decision.",
        )
    return found


def _the_file(connection: duckdb.DuckDBPyConnection, name: str) -> tuple[str, str | None]:
    """The file of this id, or of this path, or whose path ends so."""
    files: Sequence[tuple[str, str | None]] = sql.rows(connection, "files_and_paths.sql")
    sought = spelled(name)
    paths = {digital_id: spelled(path or "") for digital_id, path in files}
    # The library may name it from its root, and somebody from the folder that they are in.
    from_here = spelled(os.path.abspath(os.path.expanduser(name)))  # noqa: PTH100, PTH111 (text)
    meant = {*spellings(name), from_here}
    exact = [it for it in files if meant & {it[0], paths[it[0]]}]
    if exact:
        return exact[0]
    # A whole name counts before the end of one.
    for ending in (f"/{sought.lstrip('/')}", sought):
        ends_so = [it for it in files if f"/{paths[it[0]]}".casefold().endswith(ending.casefold())]
        if ends_so:
            break
    if len({paths[digital_id] for digital_id, _ in ends_so}) == 1:
        return ends_so[0]
    if ends_so:
        named = "; ".join(path or "" for _, path in ends_so[:NEAREST])
        raise MusicToolError(
            f"{len(ends_so)} files of the library end in {name}.",
            f"Give more of the path: {named}",
        )
    raise MusicToolError(
        f"No file {name} is in the digital library.",
        _nearest(sought, [path for _, path in files if path]),
    )


def _nearest(sought: str, paths: Sequence[str]) -> str:
    """What to do about a misspelled name."""
    if not paths:
        return "The library is empty. Run `musictool check`: it says which libraries are read."
    by_name = {file_name(path).casefold(): path for path in paths[:MOST_COMPARED] if path}
    near = difflib.get_close_matches(file_name(sought).casefold(), by_name, NEAREST, 0.5)
    if near:
        return f"Did you mean: {'; '.join(by_name[name] for name in near)}"
    return "Give its path as `musictool gaps` and `musictool explain` show it, or the end of it."


# --- Taking back, and listing ---------------------------------------------------------------------


def undo(
    places: Places, terminal: Terminal, *, release_id: int | None, position: str | None
) -> int:
    """Takes back the last decision, or the last one on a track, says which, and gives the exit
    code. Raises MusicToolError if there is none."""
    overrides, _ = load_overrides(places.overrides_file)
    decisions = list(overrides.decisions)
    none = "There is no decision to take back."
    if release_id is not None and position is not None:
        with open_tables(places.database) as tables:
            connection = tables.connection
            track, is_unique = _the_track(connection, release_id, position)
        named = new_decision(track, NOT, None, position_is_unique=is_unique)
        decisions = [it for it in decisions if is_of_track(it, named)]
        none = f"You decided nothing on {_name(track)}."
    if not decisions:
        raise MusicToolError(none, "`musictool decide --list` shows all decisions.")
    take_back_decision(places.overrides_file, decisions[-1])
    names = _names(places, decisions[-1:])
    terminal.mark(TICK, f"Taken back: {_told(decisions[-1], names)}", NEXT)
    return EXIT_DONE


def list_decisions(places: Places, terminal: Terminal, *, as_json: bool = False) -> int:
    """Prints all decisions, the oldest first, and the lines that make no sense or have no effect;
    gives the exit code, 1 if there is a line that makes no sense."""
    overrides, _ = load_overrides(places.overrides_file)
    now = _as_they_stand(places, overrides)
    exit_code = EXIT_NEEDS_USER if overrides.problems else EXIT_DONE
    if as_json:
        terminal.say_json(
            {
                "file": str(places.overrides_file),
                "decisions": [_as_json(decision) for decision in overrides.decisions],
                "problems": [asdict(problem) for problem in now.problems],
                "remarks": [asdict(remark) for remark in now.remarks],
            }
        )
        return exit_code
    names = _names(places, overrides.decisions)
    if not overrides.decisions:
        terminal.say("You have decided nothing yet. `musictool review` shows what is to decide.")
    else:
        count = counted(len(overrides.decisions), "decision")
        terminal.say(f"{count} in {places.overrides_file}:")
    for decision in overrides.decisions:
        note = f" ({decision.note})" if decision.note else ""
        terminal.say(f"  {_told(decision, names)}{note}")
    for remark in now.remarks:
        terminal.mark(NOTE, f"line {remark.line}: {remark.text}.")
    for problem in now.problems:
        if problem in overrides.problems:
            remedy = "Correct it in the file."
            terminal.mark(CROSS, f"line {problem.line}: {problem.reason}", remedy)
        else:
            terminal.mark(NOTE, f"line {problem.line} has no effect: {problem.reason}.")
    return exit_code


def _as_json(decision: Override) -> dict[str, Any]:
    fields = asdict(decision)
    del fields["facts"]
    return {**fields, **dict(zip(FACTS, astuple(decision.facts or FileFacts()), strict=True))}


def _as_they_stand(places: Places, overrides: Overrides) -> Decisions:
    """The decisions against the published tables; without tables only the file's own problems."""
    with open_tables(places.database) as tables:
        if tables.are_found():
            return read_decided(tables.connection, overrides)
    return Decisions(problems=overrides.problems)


Names = Mapping[tuple[int, str], str]
"""What a track is called, by its release and its number (`#3`) or its position."""


def _names(places: Places, decisions: Sequence[Override]) -> Names:
    if not (decisions and places.database.exists()):
        return {}
    with open_tables(places.database) as tables:
        titles = read_titles(tables.connection, {it.release_id for it in decisions})
    return {
        key: name_of(artist, title)
        for release_id, number, position, artist, title in titles
        for key in _keys(release_id, number, position)
    }


def _keys(
    release_id: int, track_number: int | None, position: str | None
) -> Iterator[tuple[int, str]]:
    if track_number:
        yield release_id, f"#{track_number}"
    if position:
        yield release_id, position.casefold()


def _told(decision: Override, names: Names) -> str:
    keys = _keys(decision.release_id, decision.track_number, decision.position)
    name = next((names[key] for key in keys if key in names), "")
    file = f", {file_name(decision.digital)}" if decision.digital else ""
    what = "no file is it" if decision.decision == NOT and not file else DECIDED[decision.decision]
    return f"{decision.track}{f' ({name})' if name else ''}: {what}{file}"
