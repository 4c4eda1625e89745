"""`musictool export`: the exports and the playlists, into a folder.

What belongs here: putting together what is asked for, and saying what was written. `publishing`
knows what the files hold, and where they must not go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.core.collection.export_header import HIGHEST_RELEASE_ID
from musictool_pipeline.core.words import counted, unjudged
from musictool_pipeline.errors import EXIT_DONE, MusicToolError
from musictool_pipeline.publishing.destination import write_files
from musictool_pipeline.publishing.exports import EVERYTHING_OWNED, Content, exports_for
from musictool_pipeline.publishing.owned_tracks import BY_RECORD, OwnedTracks, read_owned_tracks
from musictool_pipeline.publishing.playlists import FORMATS, Playlist, file_stem
from musictool_pipeline.queries import sql
from musictool_pipeline.queries.chosen_records import (
    EVERY_RECORD,
    Choice,
    choose_records,
    unknown_folder,
)
from musictool_pipeline.queries.library_remarks import library_remarks
from musictool_pipeline.queries.overview import JudgedCounts, require_judged
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.published import open_tables


@dataclass(frozen=True, slots=True)
class Exported:
    """The files by name, each with what its rows are; the owned tracks of what was chosen; how far
    the gap analysis behind it all goes; and what to know of the libraries before a track is
    believed to be missing."""

    files: Mapping[str, tuple[Content, str]]
    owned: OwnedTracks
    judged: JudgedCounts
    remarks: tuple[str, ...] = ()

    def as_json(self, folder: Path, kept: Sequence[Path]) -> dict[str, Any]:
        """For scripts, as docs/json.md describes it; `kept` are copies of what was there before."""
        return {
            "folder": str(folder),
            "files": [
                {"name": name, "rows": content.rows, "of": rows}
                for name, (content, rows) in self.files.items()
            ],
            "kept": [str(copy) for copy in kept],
            "without_file": self.owned.without_file,
            "repeated": self.owned.repeated,
            "unjudged": self.judged.unjudged,
            "remarks": list(self.remarks),
        }


def make_exports(
    settings: Settings,
    choice: Choice = EVERY_RECORD,
    *,
    order: str = BY_RECORD,
    with_bom: bool = False,
) -> Exported:
    """All exports and the playlists of everything, and of the choice if there is one; all from
    one generation of the database. `order` is that of the playlists, one of ORDERS.

    Raises MusicToolError where there is no gap analysis yet, or where no record fits the choice.
    """
    with open_tables(settings.database) as tables:
        connection = tables.connection
        judged = require_judged(connection)
        remarks = library_remarks(connection, settings)
        choose_records(connection)
        files = {
            export.file_name: (export.content(connection, with_bom=with_bom), export.rows)
            for export in exports_for(settings)
        }
        owned = read_owned_tracks(connection, order)
        files |= _playlists(EVERYTHING_OWNED, Playlist("Owned tracks", owned.tracks))
        if choice != EVERY_RECORD:
            name = _choose(connection, choice)
            owned = read_owned_tracks(connection, order)
            files |= _playlists(file_stem(_in_words(choice)), Playlist(name, owned.tracks))
    return Exported(files, owned, judged, remarks)


def _playlists(stem: str, playlist: Playlist) -> dict[str, tuple[Content, str]]:
    return {
        f"{stem}{suffix}": (Content(write(playlist), len(playlist.tracks)), "files")
        for suffix, write in FORMATS.items()
    }


def _choose(connection: duckdb.DuckDBPyConnection, choice: Choice) -> str:
    """Chooses the records, and gives the playlist's name: of one release its artist and title."""
    in_reach = choice.release_id is None or choice.release_id <= HIGHEST_RELEASE_ID
    if not (in_reach and choose_records(connection, choice)):
        raise MusicToolError(
            f"There is no such record: {_in_words(choice)}",
            "Nothing was written. "
            + (
                unknown_folder(connection, choice.folder)
                or "`musictool gaps` shows the labels, folders and release numbers of the records "
                "whose tracks are known."
            ),
        )
    if choice.release_id is None:
        return _in_words(choice)
    artist, title = sql.row(connection, "chosen_title.sql") or (
        None,
        None,
    )
    return " - ".join(filter(None, (artist, title))) or _in_words(choice)


def _in_words(choice: Choice) -> str:
    """`folder House, label Metalheadz`."""
    said = {"folder": choice.folder, "label": choice.label, "release": choice.release_id}
    return ", ".join(f"{what} {value}" for what, value in said.items() if value is not None)


def export(
    settings: Settings,
    terminal: Terminal,
    folder: Path,
    choice: Choice,
    *,
    with_bom: bool,
    order: str = BY_RECORD,
    as_json: bool = False,
) -> int:
    """Writes the files into the folder, says which, in words or as one JSON object, and gives the
    exit code."""
    made = make_exports(settings, choice, order=order, with_bom=with_bom)
    files = {name: content.bytes for name, (content, _) in made.files.items()}
    kept = write_files(settings, folder, files)
    if as_json:
        terminal.say_json(made.as_json(folder, kept))
        return EXIT_DONE
    for line in export_lines(folder, made):
        terminal.say(line)
    for copy in kept:
        terminal.say(f"{copy} is what was there before: an earlier version did not note it.")
    return EXIT_DONE


def export_lines(folder: Path, made: Exported) -> Iterator[str]:
    """What was written, in words."""
    yield f"{counted(len(made.files), 'file')} in {folder}:"
    widest = max(map(len, made.files))
    for name, (content, rows) in made.files.items():
        yield f"  {name:<{widest}}  {content.rows:>7,} {rows}"
    for remark in made.remarks:
        yield from remark.split("\n")
    if count := made.owned.without_file:
        yield (
            f"{_owned_tracks(count)} in no playlist: the library does not say where the file is."
        )
    if count := made.owned.repeated:
        yield f"{_owned_tracks(count)} there with the file of a track before; it is listed once."
    if count := made.judged.unjudged:
        yield f"{unjudged(count)} Run `musictool refresh`."


def _owned_tracks(count: int) -> str:
    return f"{count:,} owned tracks are" if count > 1 else "1 owned track is"
