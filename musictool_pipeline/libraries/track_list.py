"""A CSV of tracks: a table with the columns artist and title, and whatever else it has of album,
label, remixer, mix, genre, duration, path, bpm and key. For libraries of any other program."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from musictool_pipeline.libraries.errors import LibraryError, NotALibrary
from musictool_pipeline.libraries.musical_key import key_from_text
from musictool_pipeline.libraries.opening import opened
from musictool_pipeline.libraries.text_files import encoding_of
from musictool_pipeline.libraries.track import LibraryTrack, as_seconds, library_track

SOURCE = "csv"

_DELIMITERS = ",;\t|"
_LONGEST_HEADER = 64 * 1024
_NEEDED = {"artist", "title"}
# Every export of Discogs, and every table that this project writes, names the release.
_OF_RECORDS = {"release_id", "discogs_release_id", "listing_id"}
_SYNONYMS = {
    "name": "title",
    "track": "title",
    "track_title": "title",
    "track_name": "title",
    "track_artist": "artist",
    "time": "duration",
    "length": "duration",
    "duration_seconds": "duration",
    "location": "path",
    "file": "path",
    "file_path": "path",
    "tempo": "bpm",
    "musical_key": "key",
    "initial_key": "key",
    "remix": "mix",
    "version": "mix",
}


def read_track_list(path: Path) -> Iterator[LibraryTrack]:
    """The tracks, row by row; rows without artist, title and path are left out. Raises
    LibraryError with the line where it is damaged, and NotALibrary where columns are missing or
    where it lists records, not files."""
    encoding = encoding_of(path)
    with opened(path) as file:
        text = io.TextIOWrapper(file, encoding, "replace", newline="")
        header = text.readline(_LONGEST_HEADER)
        delimiter, columns = columns_of(header, path)
        rows = csv.reader(text, delimiter=delimiter)
        try:
            for row in rows:
                cells = {
                    column: cell
                    for column, cell in zip(columns, row, strict=False)
                    if column and cell.strip()
                }
                if cells.keys() & {"artist", "title", "path"}:
                    yield _track(cells)
        except csv.Error as error:
            line = rows.line_num + 1
            raise LibraryError(f"{path}, line {line}: {error}", path=path, line=line) from None


def columns_of(header: str, path: Path) -> tuple[str, list[str]]:
    """The delimiter, and the columns' names as this project calls them, the first of each name
    only. Raises NotALibrary where the header is none of a list of tracks."""
    header = header.lstrip("\ufeff").rstrip("\r\n")
    delimiter = max(_DELIMITERS, key=header.count)
    try:
        printed = next(csv.reader([header], delimiter=delimiter), [])
    except csv.Error:
        printed = []
    names = [re.sub(r"\W+", "_", name.strip().lower()).strip("_") for name in printed]
    if _OF_RECORDS & set(names):
        raise NotALibrary(f"{path} lists records, not audio files", path=path, line=1)
    columns: list[str] = []
    for name in names:
        column = _SYNONYMS.get(name, name)
        columns.append("" if column in columns or (column != name and column in names) else column)
    if missing := sorted(_NEEDED - set(columns)):
        raise NotALibrary(
            f"{path} is no list of tracks: it has no column {' and none '.join(missing)}",
            path=path,
            line=1,
        )
    return delimiter, columns


def _track(cells: dict[str, str]) -> LibraryTrack:
    path = cells.get("path")
    return library_track(
        SOURCE,
        path=path.strip() if path else None,
        artist=cells.get("artist"),
        title=cells.get("title"),
        remixer=cells.get("remixer"),
        mix=cells.get("mix"),
        album=cells.get("album"),
        label=cells.get("label"),
        genre=cells.get("genre"),
        bpm=cells.get("bpm"),
        musical_key=key_from_text(cells.get("key")),
        duration_seconds=as_seconds(cells.get("duration")),
    )
