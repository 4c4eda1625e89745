"""A CSV of tracks: a table with the columns artist and title, and those that it has of album,
label, remixer, mix, genre, duration, path, bpm and key. For libraries of any other program, and for
the text that iTunes and Music export of a playlist."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from musictool_pipeline.core.file_places import path_from_mac_classic
from musictool_pipeline.libraries.errors import LibraryError, NotALibrary
from musictool_pipeline.libraries.file_url import path_from_url
from musictool_pipeline.libraries.format import Format, Parts
from musictool_pipeline.libraries.head import Head
from musictool_pipeline.libraries.musical_key import key_from_text
from musictool_pipeline.libraries.opening import opened
from musictool_pipeline.libraries.renting import is_rented
from musictool_pipeline.libraries.text_files import encoding_of
from musictool_pipeline.libraries.track import LibraryTrack, as_seconds, is_stream, library_track

SOURCE = "csv"

_DELIMITERS = ",;\t|"
_LONGEST_HEADER = 64 * 1024
_MOST_LINES_ABOVE = 100
# What Excel writes, and obeys, before the header.
_NOTE_ON_THE_DELIMITER = re.compile(r'"?sep=([,;\t|])"?\s*', re.IGNORECASE)
_NEEDED = {"artist", "title"}
# Every export of Discogs, and every table that this project writes, names the release. In an export
# that a spreadsheet saved without that column the shelf still tells.
_OF_RECORDS = {"release_id", "discogs_release_id", "listing_id"}
_OF_RECORDS |= {"collectionfolder", "collection_folder", "collection_media_condition"}
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
    "size": "file_size",
    "file_size_bytes": "file_size",
    "bit_rate": "bitrate",
    "imported_at": "date_added",
}
# iTunes and Music write the headings of a playlist in the language of the program.
_IN_OTHER_LANGUAGES = {
    "title": "titel titre título titulo titolo nom nombre nome naam namn",
    "artist": "interpret künstler artiste artista artiest",
    "album": "álbum",
    "genre": "género gênero genere",
    "duration": "dauer länge durée duración duração durata tijd tid speelduur",
    "path": "speicherort pfad emplacement ubicación localização posizione locatie",
    "kind": "art tipo",
}
_SYNONYMS |= {word: name for name, words in _IN_OTHER_LANGUAGES.items() for word in words.split()}
# `Length (mm:ss)`
_UNIT = re.compile(r"\s*[(\[][^)\]]*[)\]]\s*$")


def _entries(path: Path) -> Iterator[dict[str, str]]:
    encoding = encoding_of(path)
    with opened(path) as file:
        # The ends of lines stay as they are: csv knows each of them, and so does readline.
        text = io.TextIOWrapper(file, encoding, "replace", newline="")
        header = read_header(text, path)
        at_end, begins = False, header.line + 1

        def lines() -> Iterator[str]:
            nonlocal at_end
            yield from text
            at_end = True

        rows = csv.reader(lines(), delimiter=header.delimiter, skipinitialspace=True)
        try:
            for row in rows:
                if at_end:  # only within quotation marks is a further line asked for
                    raise csv.Error("a quotation mark is not closed; all below it would be lost")
                cells = {
                    column: cell
                    for column, cell in zip(header.columns, row, strict=False)
                    if column and cell.strip()
                }
                if cells.keys() & {"artist", "title", "path"}:
                    yield cells
                begins = header.line + rows.line_num + 1
        except csv.Error as error:
            raise LibraryError(f"{path}, line {begins}: {error}") from None


class TrackListHeader(NamedTuple):
    """`columns`: their names as this project calls them, the first of each name only; `line`: the
    physical line that it stands on."""

    delimiter: str
    columns: list[str]
    line: int


def read_header(text: io.TextIOBase, path: Path) -> TrackListHeader:
    """The header; `text` then stands at the first row. Blank lines above it count for nothing.
    Raises NotALibrary if it is none of a list of tracks."""
    delimiter: str | None = None
    for line in range(1, _MOST_LINES_ABOVE + 1):
        header = text.readline(_LONGEST_HEADER)
        if found := _NOTE_ON_THE_DELIMITER.fullmatch(header.lstrip("\ufeff")):
            delimiter = found[1]
        elif header.strip("\ufeff \t\r\n,;|") or not header:
            return _header(header, delimiter, line, path)
    return _header("", delimiter, 1, path)


def _header(header: str, delimiter: str | None, line: int, path: Path) -> TrackListHeader:
    header = header.lstrip("\ufeff").rstrip("\r\n")
    delimiter = delimiter or max(_DELIMITERS, key=header.count)
    try:
        printed = next(csv.reader([header], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        printed = []
    plain = [_UNIT.sub("", unicodedata.normalize("NFC", name)) for name in printed]
    names = [re.sub(r"\W+", "_", name.strip().lower()).strip("_") for name in plain]
    if _OF_RECORDS & set(names):
        raise NotALibrary(f"{path} lists records, not audio files")
    columns: list[str] = []
    for name in names:
        column = _SYNONYMS.get(name, name)
        columns.append("" if column in columns or (column != name and column in names) else column)
    if missing := sorted(_NEEDED - set(columns)):
        raise NotALibrary(
            f"{path} is no list of tracks: it has no column {' and none '.join(missing)}"
        )
    return TrackListHeader(delimiter, columns, line)


def _track(cells: dict[str, str]) -> LibraryTrack:
    return library_track(
        SOURCE,
        path=_path(cells.get("path", "").strip()),
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
        bitrate=cells.get("bitrate"),
        file_size_bytes=cells.get("file_size"),
        imported_at=cells.get("date_added"),
        catalog_number=cells.get("catalog_number"),
        is_music=not is_rented(cells.get("kind", "")),
    )


def _path(written: str) -> str | None:
    path = path_from_url(written)
    if path is None or path != written or is_stream(path):
        return path
    return path_from_mac_classic(path) or path


def require_header(head: Head) -> None:
    """Raises NotALibrary, saying what is missing, if a text does not begin as a list of tracks."""
    read_header(io.StringIO(head.text or "", newline=""), head.path)


def _is_track_list(head: Head) -> bool:
    try:
        require_header(head)
    except NotALibrary:
        return False
    return True


FORMAT = Format(
    kind=SOURCE,
    words="a CSV list",
    example="a CSV with the columns artist and title",
    read=Parts(lambda path, _: _entries(path), _track),
    recognise=_is_track_list,
    doubtful_suffixes=(".csv", ".tsv"),
)
