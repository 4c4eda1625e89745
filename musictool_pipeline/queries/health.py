"""The health of the digital libraries: what is there twice, what is gone, what sounds poor.

What belongs here: asking the tables, and putting together what every face shows.
`inputs.named_files` looks for a file on the disk; the table `digital_duplicates` has the copies of
one track. Nothing here deletes or writes.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

import duckdb

from musictool_pipeline.core.health import Entry, NamedTwice, named_twice
from musictool_pipeline.inputs.named_files import FilesLookedFor, look_for_files
from musictool_pipeline.libraries.playlist import SOURCE as PLAYLIST
from musictool_pipeline.queries import sql
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.published import open_tables


@dataclass(frozen=True, slots=True)
class LowBitrate:
    """An owned track of which no file has the bit rate that the user wants; `digital_path` is the
    file that was found, `bitrate` in kbit/s."""

    release_id: int
    track_number: int
    position: str | None
    artist: str | None
    title: str | None
    album: str | None
    digital_path: str | None
    file_type: str | None
    bitrate: int


@dataclass(frozen=True, slots=True)
class Health:
    """What to know of the libraries. Folders of music are `libraries` too; the `entries` of the
    others name a file, and `files` says what became of those, if they were looked for.
    `low_bitrates` are below `least_bitrate`, which is 0 if the user set none; `copied_tracks` have
    several files."""

    libraries: int
    entries: int
    named_twice: tuple[NamedTwice, ...]
    least_bitrate: int
    low_bitrates: tuple[LowBitrate, ...]
    copied_tracks: int
    files: FilesLookedFor = field(default_factory=FilesLookedFor)

    def as_json(self) -> dict[str, Any]:
        """For scripts, as docs/json.md describes it."""
        files = self.files
        return {
            "entries": self.entries,
            "there": files.there,
            "gone": [asdict(entry) for entry in files.gone],
            "not_connected": [
                {"folder": folder, "entries": count} for folder, count in files.away.items()
            ],
            "elsewhere": files.elsewhere,
            "unreadable": files.unreadable,
            "named_twice": [asdict(file) for file in self.named_twice],
            "min_bitrate": self.least_bitrate,
            "low_bitrate": [asdict(track) for track in self.low_bitrates],
            "copied_tracks": self.copied_tracks,
        }


def read_health(settings: Settings, seconds: float | None = None) -> Health:
    """The health of the libraries in the published tables. The files are looked for on the disk,
    for that many seconds at most (None: to the end), after the database is closed."""
    with open_tables(settings.database) as tables:
        health = read_tables(tables.connection, settings)
        entries = read_entries(tables.connection)
    return replace(health, files=look_for_files(entries, seconds))


def read_tables(connection: duckdb.DuckDBPyConnection, settings: Settings) -> Health:
    """What the tables tell of it, without a look at the disk."""
    libraries, entries, copied = connection.execute(
        "SELECT (SELECT count(*) FROM pipeline.libraries), "
        f"(SELECT count(*) FROM ({sql('library_entries.sql')})), "
        "(SELECT count(DISTINCT group_id) FROM digital_duplicates)"
    ).fetchone() or (0, 0, 0)
    return Health(
        libraries=libraries,
        entries=entries,
        named_twice=read_named_twice(connection),
        least_bitrate=settings.min_bitrate,
        low_bitrates=tuple(read_low_bitrates(connection, settings.min_bitrate)),
        copied_tracks=copied,
    )


def read_entries(connection: duckdb.DuckDBPyConnection) -> list[Entry]:
    """The entries that name a file, library after library, each in its own order."""
    return sql.read(Entry, connection, "library_entries.sql")


def read_named_twice(connection: duckdb.DuckDBPyConnection) -> tuple[NamedTwice, ...]:
    """The files that one library names more than once. A playlist may: it plays them twice."""
    return named_twice(sql.read(Entry, connection, "entries_alike.sql", playlist=PLAYLIST))


def read_low_bitrates(connection: duckdb.DuckDBPyConnection, least: int) -> list[LowBitrate]:
    """The owned tracks with no file of at least that bit rate, the lowest first; none if `least`
    is 0. A lossless file is good at any bit rate, and so is one whose bit rate is not known."""
    if not least:
        return []
    from musictool_pipeline.core.duplicates import LOSSLESS  # brings the matcher

    limits = {"least": least, "lossless": sorted(LOSSLESS)}
    return sql.read(LowBitrate, connection, "low_bitrate.sql", **limits)
