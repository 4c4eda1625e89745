"""Labels for sleeves: one HTML file to print, with a label for each record.

What belongs here: which records, what the published tables say of them, with the SQL in `sql/`,
and writing the file. How a label is laid out is in `label_layout`, the page in `labels_page`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from musictool_pipeline.errors import MusicToolError
from musictool_pipeline.publishing import sql
from musictool_pipeline.publishing.destination import write_files
from musictool_pipeline.publishing.label_layout import LabelRecord, LabelTrack, Sheet
from musictool_pipeline.publishing.labels_page import labels_page
from musictool_pipeline.queries.chosen_records import unknown_folder
from musictool_pipeline.queries.overview import require_tracks
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.published import open_tables


@dataclass(frozen=True, slots=True)
class LabelChoice:
    """Which records get a label: all that is given has to fit, None restricts nothing. `folder` is
    a text that a folder of any copy contains; since `since` a copy was added."""

    releases: tuple[int, ...] | None = None
    folder: str | None = None
    since: date | None = None


@dataclass(frozen=True, slots=True)
class WrittenLabels:
    """The file of the labels, and how many records, labels and sheets it has."""

    path: Path
    records: int
    labels: int
    sheets: int


def write_labels(
    settings: Settings, path: Path, choice: LabelChoice, sheet: Sheet
) -> WrittenLabels:
    """The labels of the chosen records, at `path`; its folder is made if there is none.

    Raises MusicToolError if there is no such record; DestinationRefused if `path` would replace
    something of the user's; StorageError if it cannot be written. Then nothing is written.
    """
    with open_tables(settings.database) as tables:
        records = read_labels(tables.connection, choice)
    page = labels_page(records, sheet)
    write_files(settings, path.parent, {path.name: page.html.encode()})
    return WrittenLabels(path, len(records), page.labels, page.sheets)


def read_labels(
    connection: duckdb.DuckDBPyConnection, choice: LabelChoice
) -> tuple[LabelRecord, ...]:
    """The chosen records with their tracks, by artist and title; one without a tracklist has none.

    Raises MusicToolError if there is none, or not one of those that were named.
    """
    _refuse_unknown(connection, choice.releases or ())
    facts = sql.rows(
        connection,
        "label_records.sql",
        releases=list(choice.releases) if choice.releases else None,
        folder=choice.folder,
        since=choice.since,
    )
    if not facts:
        require_tracks(connection)
        raise MusicToolError(
            "No record fits, so there is nothing to label.",
            unknown_folder(connection, choice.folder)
            or "Name a release, a folder or an earlier date; `musictool gaps` lists your records.",
        )
    tracks: dict[int, list[LabelTrack]] = defaultdict(list)
    for release_id, *values in sql.rows(
        connection, "label_tracks.sql", releases=[release_id for release_id, *_ in facts]
    ):
        tracks[release_id].append(LabelTrack(*values))
    return tuple(LabelRecord(*each, tracks=tuple(tracks[each[0]])) for each in facts)


def _refuse_unknown(connection: duckdb.DuckDBPyConnection, named: tuple[int, ...]) -> None:
    rows = sql.rows(connection, "known_releases.sql")
    known = {release_id for (release_id,) in rows}
    if unknown := [release_id for release_id in named if release_id not in known]:
        require_tracks(connection)
        raise MusicToolError(
            f"Release {unknown[0]} is not in the collection.",
            "The number is the one that `musictool gaps` shows, and the address on discogs.com.",
        )
