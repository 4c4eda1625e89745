"""The answers at the end of a refresh: what is owned, what is missing, what changed, and what next.

What belongs here: reading the counts and putting them into words. `refresh` itself
says what it fetched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.core.matching.tracks import MISSING, OTHER_VERSION, OWNED, REVIEW
from musictool_pipeline.core.words import counted
from musictool_pipeline.errors import EXIT_DONE, EXIT_NEEDS_USER, StorageError
from musictool_pipeline.queries import sql
from musictool_pipeline.queries.overview import count_judged
from musictool_pipeline.settings import Places
from musictool_pipeline.tables.published import open_tables

IN_ORDER = {
    OWNED: "owned",
    OTHER_VERSION: "other version",
    REVIEW: "to review",
    MISSING: "missing",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How many tracks have which status, and how many files of music the library has."""

    tracks: Mapping[str, int] = field(default_factory=dict[str, int])
    files: int = 0


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a refresh. `is_whole`: nothing was left for another one; `is_sound`: collection,
    libraries and decisions could all be read."""

    is_whole: bool = True
    is_sound: bool = True

    @property
    def exit_code(self) -> int:
        return EXIT_DONE if self.is_whole and self.is_sound else EXIT_NEEDS_USER


def read_standing(places: Places) -> Standing:
    """As the published tables have it; nothing if there is no database or it cannot be read: the
    step that needs it says so."""
    if not places.database.exists():
        return Standing()
    try:
        with open_tables(places.database) as tables:
            connection = tables.connection
            rows = sql.rows(connection, "tracks_by_status.sql")
            return Standing(dict(rows), count_judged(connection).files)
    except StorageError:
        return Standing()


def say_outcome(
    before: Standing, after: Standing, places: Places, terminal: Terminal, came: Came
) -> None:
    """Prints it."""
    terminal.say()
    if after.tracks:
        terminal.say("Your collection as files")
        for status, words in IN_ORDER.items():
            terminal.say(f"{after.tracks.get(status, 0):>9,}  {words}")
        terminal.say(f"Since the last refresh: {changes(before, after)}.")
    if places.report_file.exists():
        terminal.say(f"Report: {places.report_file}")
    terminal.say(f"Next: {next_step(after, came)}")


def changes(before: Standing, after: Standing) -> str:
    """`12 more owned, 3 fewer missing`."""
    if not before.tracks:
        return "all of it is new"
    differences = {
        words: after.tracks.get(status, 0) - before.tracks.get(status, 0)
        for status, words in IN_ORDER.items()
    }
    told = [
        f"{abs(count):,} {'more' if count > 0 else 'fewer'} {words}"
        for words, count in differences.items()
        if count
    ]
    return ", ".join(told) or "no change"


def next_step(after: Standing, came: Came) -> str:
    """The one thing that is most worth doing now."""
    review = after.tracks.get(REVIEW, 0)
    if after.tracks and not after.files:
        return "`musictool init` adds your digital library; without one every track is missing."
    if not came.is_whole:
        return "`musictool refresh` fetches the rest, now or later."
    if not came.is_sound:
        return "`musictool check` names what could not be read, and what to do."
    if review:
        return f"`musictool review` shows the {counted(review, 'track')} that you should look at."
    if after.tracks.get(MISSING, 0):
        return "`musictool gaps` lists what is missing, record by record."
    return "`musictool dashboard` opens your collection in the browser."
