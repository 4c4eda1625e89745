"""What can be browsed: the listings, their columns, their filters, and what they are sorted by.

What belongs here: the descriptions. Asking for a page is in `queries.browsing`; how it looks
belongs to `app`. Names of columns come from `core.tables`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from musictool_pipeline.core.schema import Column
from musictool_pipeline.core.tables import (
    COLLECTION_ITEMS,
    DIGITAL_DUPLICATES,
    DIGITAL_TRACKS,
    EXPANDED_TRACKS,
    JUDGED_TRACKS,
    RECORDS,
    RELEASES,
    WANTS,
)

UNKNOWN: Final = "(unknown)"
"""What is shown for a value that is not known, among the values to choose from."""

_DISCOGS_URL: Final = Column("discogs_url", "VARCHAR", "The release on discogs.com.")


@dataclass(frozen=True, slots=True)
class Listing:
    """A table to browse. `source`: the file of `sql/` with its query; `columns`: what can be shown
    and sorted by; `choices`: by a filter's name the SQL list of the values that a row has of it;
    `contained`: by a filter's name the column that is to contain its text; `searched`: the columns
    in which all words are looked for; `order`: what it is sorted by at last. With
    `has_sound` the columns `bpm` and `camelot` can be filtered by a range and by keys that mix."""

    source: str
    columns: tuple[Column, ...]
    choices: Mapping[str, str]
    contained: Mapping[str, str]
    searched: tuple[str, ...]
    order: tuple[str, ...]
    has_sound: bool = False

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns, in their order."""
        return tuple(column.name for column in self.columns)


def _one(expression: str) -> str:
    return f"[coalesce({expression}, '{UNKNOWN}')]"


def _several(column: str) -> str:
    return f"coalesce(nullif({column}, []), ['{UNKNOWN}'])"


_ON_A_RECORD: Final = {
    "folder": _several("folders"),
    "format": _one("format_type"),
    "decade": _one("decade"),
}

GAPS: Final = Listing(
    "browse_gaps.sql",
    tuple(column for column in JUDGED_TRACKS.columns if column.name != "alternatives"),
    {"status": "[status]", **_ON_A_RECORD},
    {"label": "label", "artist": "concat_ws(' ', artist, album_artist)"},
    (
        "artist", "title", "album", "album_artist", "label", "catalog_number", "digital_path",
        "digital_artist", "digital_title",
    ),
    ("lower(album_artist) NULLS LAST", "lower(album) NULLS LAST", "release_id", "track_number"),
    has_sound=True,
)  # fmt: skip

RELEASES_WITH_COUNTS: Final = Listing(
    "browse_records.sql",
    RECORDS.columns,
    _ON_A_RECORD,
    {"label": "label", "artist": "artist"},
    ("artist", "title", "label", "catalog_number"),
    ("lower(artist) NULLS LAST", "lower(title) NULLS LAST", "release_id"),
)

WANTED: Final = Listing(
    "browse_wants.sql",
    WANTS.columns,
    {"format": _one("format_type"), "decade": _one("decade")},
    {"label": "label", "artist": "artist"},
    ("artist", "title", "label", "catalog_number", "notes"),
    (
        "on_shelf", "owned / tracks DESC NULLS LAST", "owned DESC NULLS LAST",
        "lower(artist) NULLS LAST", "release_id",
    ),
)  # fmt: skip
"""Those that are on no shelf first, and of them those with the largest share there as files."""

TRACKS: Final = Listing(
    "browse_tracks.sql",
    (*EXPANDED_TRACKS.columns, _DISCOGS_URL),
    _ON_A_RECORD,
    {"label": "label", "artist": "concat_ws(' ', artist, album_artist)"},
    ("artist", "title", "album", "album_artist", "label", "catalog_number", "notes"),
    (
        "lower(album_artist) NULLS LAST",
        "lower(album) NULLS LAST",
        "discogs_release_id",
        "track_number",
    ),
)

COPIES: Final = Listing(
    "browse_copies.sql",
    (
        *COLLECTION_ITEMS.columns,
        *RELEASES.columns_named("country", "genres", "styles", "tracklist_status"),
        _DISCOGS_URL,
    ),
    {
        "folder": _one("collection_folder"),
        "format": _one("format_type"),
        "decade": _one("decade"),
        "genre": _several("genre_list"),
    },
    {"label": "label", "artist": "artist"},
    (
        "artist", "title", "label", "catalog_number", "format", "notes", "country", "genres",
        "styles", "CAST(custom_fields AS VARCHAR)",
    ),
    ("release_id", "csv_line"),
)  # fmt: skip

FILES: Final = Listing(
    "browse_files.sql",
    DIGITAL_TRACKS.columns,
    {
        "source": "[source]",
        "file_type": _one("file_type"),
        "music": "[CASE WHEN is_music THEN 'music' ELSE 'samples, loops, streams' END]",
    },
    {"label": "label", "artist": "artist"},
    ("artist", "title", "remixer", "mix", "album", "label", "genre", "path"),
    ("digital_id",),
    has_sound=True,
)

DUPLICATES: Final = Listing(
    "browse_duplicates.sql",
    DIGITAL_DUPLICATES.columns,
    {"file_type": _one("file_type")},
    {"artist": "artist"},
    ("artist", "title", "version", "path"),
    ("group_id", "is_best DESC", "digital_id"),
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What rows have to be like: of each tuple one of its values (none: any), of each text all of
    it, in any case, with any accents. `text`: every word of it, in any column searched. `bpm`: a
    tempo from the first to the second, counted in half or double time too. `key`: a Camelot code;
    those beside it on the wheel fit as well."""

    status: tuple[str, ...] = ()
    folder: tuple[str, ...] = ()
    format: tuple[str, ...] = ()
    decade: tuple[str, ...] = ()
    genre: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    file_type: tuple[str, ...] = ()
    music: tuple[str, ...] = ()
    label: str = ""
    artist: str = ""
    bpm: tuple[float, float] | None = None
    key: str = ""
    text: str = ""
