"""`musictool wants`: the wantlist, and how much of each release is there as files already.

What belongs here: the command's words. It imports neither Dagster nor pandas, so it answers without
delay.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.core.words import counted, name_of
from musictool_pipeline.errors import EXIT_DONE, MusicToolError
from musictool_pipeline.queries.wants import (
    WantedRelease,
    WantlistFigures,
    read_wantlist_figures,
    read_wants,
)
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.published import open_tables


def wants(settings: Settings, terminal: Terminal, *, limit: int | None, as_json: bool) -> int:
    """Prints it, in words or as one JSON object, and gives the exit code. Raises MusicToolError if
    there is no wantlist, and says what to do."""
    with open_tables(settings.database) as tables:
        found = read_wants(tables.connection)
        figures = read_wantlist_figures(tables.connection)
    if not found:
        raise no_wantlist(settings)
    if as_json:
        terminal.say_json({**asdict(figures), "wants": [*map(_as_json, found[:limit])]})
        return EXIT_DONE
    for line in wants_lines(found[:limit], figures):
        terminal.say(line)
    return EXIT_DONE


def no_wantlist(settings: Settings) -> MusicToolError:
    """Says why nothing is wanted, and what to do."""
    if settings.has_wantlist:
        return MusicToolError(
            "Nothing is wanted: the wantlist is empty, or was not read yet.",
            "Run `musictool refresh`.",
        )
    return MusicToolError(
        "No wantlist is set.",
        "Set MUSICTOOL_WANTLIST in .env to the file of its export, or to the word live. Then run "
        "`musictool refresh`.",
    )


def _as_json(release: WantedRelease) -> dict[str, Any]:
    added = release.date_added.isoformat() if release.date_added else None
    return {**asdict(release), "date_added": added}


def wants_lines(found: Sequence[WantedRelease], figures: WantlistFigures) -> Iterator[str]:
    """The wantlist in words: a line for each release, and its number on Discogs."""
    yield f"Wantlist: {figures.in_words()}."
    for release in found:
        yield f"  {release.release_id}  {_name(release)}: {state_of(release)}"
    if left := figures.releases - len(found):
        yield f"and {counted(left, 'more release')}; without --limit all are listed."
    if figures.pending:
        yield "Next: `musictool refresh` fetches and judges the rest."
    else:
        yield "Next: `musictool dashboard` filters and sorts them, and links each to Discogs."


def _name(release: WantedRelease) -> str:
    filed = ", ".join(filter(None, (release.label, release.catalog_number)))
    name = name_of(release.artist, release.title)
    return f"{name} ({filed})" if filed else name


def state_of(release: WantedRelease) -> str:
    """`wanted, and you have 3 of 4 tracks as files (1 to review)`."""
    where = "on the shelf too" if release.on_shelf else "wanted"
    if release.tracklist_status == "unavailable":
        return f"{where}; not on Discogs any more"
    if release.tracks is None:
        return f"{where}; not judged yet"
    if not release.tracks:
        return f"{where}; Discogs lists no tracks of it"
    others = [
        f"{count:,} {words}"
        for count, words in (
            (release.other_version, "in another version"),
            (release.review, "to review"),
        )
        if count
    ]
    more = f" ({', '.join(others)})" if others else ""
    files = f"you have {release.owned or 0:,} of {counted(release.tracks, 'track')} as files"
    return f"{where}, and {files}{more}"
