"""`musictool crate`: what goes with what, by tempo and key, for the record shelf.

What belongs here: where to start, and what is printed, 80 columns wide for paper. What goes
together is decided in `core.mixing`. It imports neither Dagster nor, unless it starts at a record,
pandas, so it answers without delay.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

import duckdb
from rich.cells import cell_len, set_cell_size

from musictool_pipeline.app.gaps import say_unknown_folder
from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.core.matching.tracks import OWNED, VinylTrack
from musictool_pipeline.core.mixing import ANYTHING, Fit, Sound, best_first, wheel_place
from musictool_pipeline.core.text import one_line
from musictool_pipeline.core.words import counted, name_of, position_of
from musictool_pipeline.errors import EXIT_DONE, MusicToolError
from musictool_pipeline.queries.crate import FileSound, OwnedTrack, file_sound, owned_on_vinyl
from musictool_pipeline.queries.overview import require_judged
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.published import open_tables

WIDTH: Final = 80
_TITLE_AT, _RECORD_AT = 24, 8
_LONGEST_FOLDERS: Final = 20


@dataclass(frozen=True, slots=True)
class WantedMix:
    """What to list. `start` is a release and a position on it; else `sound` says what to go with,
    and if it says nothing, everything is listed by key and tempo. `folder` is a text that a folder
    contains; `limit` the most tracks, None for all."""

    start: tuple[int, str] | None = None
    sound: Sound = ANYTHING
    folder: str | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class StartTrack:
    """The track that the others are to go with."""

    release_id: int
    track_number: int
    position: str | None
    artist: str | None
    title: str | None
    musical_key: str
    digital_id: str | None


@dataclass(frozen=True, slots=True)
class Crate:
    """What goes together. `tracks` are up to the limit, each with how it fits (None if nothing was
    asked to go with), `matching` is how many there are, `known` how many have a tempo and a key,
    `unknown` how many owned tracks have not."""

    sound: Sound
    start: StartTrack | None
    tracks: tuple[tuple[OwnedTrack, Fit | None], ...]
    matching: int
    known: int
    unknown: int

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            **asdict(self.sound),
            "start": asdict(self.start) if self.start else None,
            "matching": self.matching,
            "known": self.known,
            "unknown": self.unknown,
            "tracks": [_track_as_json(track, how) for track, how in self.tracks],
        }


def _track_as_json(track: OwnedTrack, how: Fit | None) -> dict[str, Any]:
    fitting = {"relation": how.relation, "difference_percent": how.difference} if how else {}
    return {**asdict(track), **fitting, "reason": how.reason if how else None}


def read_crate(settings: Settings, wanted: WantedMix) -> Crate:
    """What goes with the start, as the published tables have it.

    Raises MusicToolError if nothing was judged yet, or if the start is no track of the collection
    or its tempo or key is not known, and says what to do.
    """
    with open_tables(settings.database) as tables:
        require_judged(tables.connection)
        start, sound = None, wanted.sound
        if wanted.start:
            start, sound = _start(tables.connection, *wanted.start)
        owned = owned_on_vinyl(tables.connection, wanted.folder)
    known = [track for track in owned if track.bpm and track.camelot]
    # The same recording is on other records too; it goes with itself, which is no news.
    others = [track for track in known if not start or not _is_same(track, start)]
    fitting = _fitting(sound, others)
    return Crate(
        sound,
        start,
        tuple(fitting[: wanted.limit]),
        matching=len(fitting),
        known=len(known),
        unknown=len(owned) - len(known),
    )


def _fitting(sound: Sound, tracks: list[OwnedTrack]) -> list[tuple[OwnedTrack, Fit | None]]:
    if sound == ANYTHING:
        ordered = sorted(tracks, key=lambda track: (wheel_place(track.camelot or ""), track.bpm))
        return [(track, None) for track in ordered]
    return [*best_first(sound, tracks, lambda track: (track.bpm or 0.0, track.camelot or ""))]


def _is_same(track: OwnedTrack, start: StartTrack) -> bool:
    place = (track.release_id, track.track_number)
    return track.digital_id == start.digital_id or place == (start.release_id, start.track_number)


def _start(
    connection: duckdb.DuckDBPyConnection, release_id: int, position: str
) -> tuple[StartTrack, Sound]:
    from musictool_pipeline.app.explain import find_tracks, the_only_track  # brings the matcher

    _, meant = find_tracks(connection, release_id, position)
    track = the_only_track(meant, release_id, position)
    found = file_sound(connection, release_id, track.track_number)
    if found is None or found.status != OWNED:
        raise MusicToolError(
            f"{_name(track)} is not owned as a file, so its tempo and key are not known.",
            f"Run `musictool explain {release_id} {_place(track)}` to see why, or give --bpm and "
            "--key yourself.",
        )
    if not (found.bpm and found.camelot and found.musical_key):
        raise _not_analysed(track, found)
    start = StartTrack(
        release_id,
        track.track_number,
        track.position,
        track.artist,
        track.title,
        found.musical_key,
        found.digital_id,
    )
    return start, Sound(found.bpm, found.camelot)


def _not_analysed(track: VinylTrack, found: FileSound) -> MusicToolError:
    lacking = [name for name, value in (("tempo", found.bpm), ("key", found.camelot)) if not value]
    return MusicToolError(
        f"The file of {_name(track)} has no {' and no '.join(lacking)}.",
        "Analyse it in your DJ program, export the library, and run `musictool refresh`.",
    )


def _name(track: VinylTrack | StartTrack | OwnedTrack) -> str:
    return name_of(track.artist, track.title)


def _place(track: VinylTrack | StartTrack | OwnedTrack) -> str:
    return position_of(track.position, track.track_number)


def crate(settings: Settings, terminal: Terminal, wanted: WantedMix, *, as_json: bool) -> int:
    """Prints what goes together, in words or as one JSON object, and gives the exit code."""
    found = read_crate(settings, wanted)
    if as_json:
        terminal.say_json(found.as_json())
    else:
        for line in crate_lines(found):
            terminal.say(line)
        if not found.known + found.unknown:
            say_unknown_folder(settings, terminal, wanted.folder)
    return EXIT_DONE


def crate_lines(found: Crate) -> Iterator[str]:
    """What goes together in words: two lines for each track, none wider than WIDTH."""
    for line in _heading(found):
        yield in_cells(line, WIDTH)
    if found.tracks:
        yield ""
        yield f"{'BPM':>6}  {'code':<4} {'key':<4} pos.  artist - title"
        yield " " * _RECORD_AT + "record, folder" + (": why" if found.sound != ANYTHING else "")
    for track, how in found.tracks:
        yield ""
        yield from _track_lines(track, how)
    if left := found.matching - len(found.tracks):
        yield ""
        yield f"and {counted(left, 'more track')}; without --limit all are listed."


def _heading(found: Crate) -> Iterator[str]:
    if found.start:
        yield f"With {_place(found.start)}  {_name(found.start)}"
    asked = [f"{found.sound.bpm:.1f} BPM" if found.sound.bpm else "", found.sound.camelot or ""]
    with_what = ", ".join(filter(None, asked))
    of_all = f"{found.matching:,} of {counted(found.known, 'track')}"
    if with_what:
        yield f"{with_what}: {of_all} go{'es' if found.matching == 1 else ''} with it."
    else:
        yield f"{counted(found.known, 'track')} with tempo and key, by key and tempo."
    if found.unknown:
        yield f"{counted(found.unknown, 'more owned track')} without a tempo or a key."
        if not found.known:
            yield "Analyse them in your DJ program, export, and run `musictool refresh`."


def _track_lines(track: OwnedTrack, how: Fit | None) -> Iterator[str]:
    place = in_cells(_place(track), 5)
    begin = f"{track.bpm or 0:>6.1f}  {track.camelot:<4} {track.musical_key:<4} {place}"
    yield in_cells(set_cell_size(begin, _TITLE_AT) + one_line(_name(track)), WIDTH)
    # The title of the record is cut before what helps to find it and says why.
    why = f": {how.reason}" if how else ""
    record, folders = one_line(_record(track)), one_line(", ".join(track.folders))
    if _RECORD_AT + cell_len(f"{record}, {folders}{why}") > WIDTH:
        folders = in_cells(folders, _LONGEST_FOLDERS)
    after = f"{', ' if folders else ''}{folders}{why}"
    room = WIDTH - _RECORD_AT - cell_len(after)
    yield " " * _RECORD_AT + in_cells(record, room) + after


def _record(track: OwnedTrack) -> str:
    title = track.album or "(no title)"
    if track.album_artist and track.album_artist != track.artist:
        return f"{track.album_artist} - {title}"
    return title


def in_cells(text: str, cells: int) -> str:
    """The text on one line, cut to this many columns of a terminal, wide letters counted as two."""
    text = one_line(text)
    if cell_len(text) <= cells:
        return text
    return set_cell_size(text, cells - 1).rstrip() + "…"
