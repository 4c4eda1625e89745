"""The wantlist in the database: what is wanted, its tracks, and which of them are there as files.

What belongs here: tables of the wantlist's own, made as the collection's are and apart from them:
nothing here changes a table of the collection. A wanted release that is also on the shelf counts
there, and has no track here.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Final

import duckdb

from musictool_pipeline.core.tables import WANTLIST_ITEMS
from musictool_pipeline.inputs.decisions import load_overrides
from musictool_pipeline.inputs.wantlist import LoadedWantlist
from musictool_pipeline.tables.fingerprints import code_of, fingerprint_of, noted
from musictool_pipeline.tables.frames import frame, replace_rows
from musictool_pipeline.tables.generations import Warehouse, sql
from musictool_pipeline.tables.published import row_count, skipped_lines
from musictool_pipeline.tables.steps import publish_from, rebuild, require
from musictool_pipeline.tables.tracklists import answers_of
from musictool_pipeline.tables.verdicts import GapOptions, Judged, ask, judge, store_verdicts

RECIPE: Final = "1"
"""Part of the fingerprints: raise it if the same wantlist has to give other rows than before."""

_WANTED: Final = Judged(
    "wanted_tracks", "wanted_gaps", "pipeline.judged_wanted", "pipeline.judged_wanted_files",
    "pipeline.asked_wanted", "wanted_against", "wanted_drift", "wanted_decided",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class WantedResult:
    """`judged` of `tracks` were looked for; `published` says whether there was anything to do."""

    tracks: int
    judged: int
    published: bool


def load_wantlist(warehouse: Warehouse, loaded: LoadedWantlist | None) -> bool:
    """Replaces wantlist_items with what is wanted now; with nothing, if there is no wantlist any
    more. True if that changed anything. Raises TablesMissing."""
    fingerprint = fingerprint_of(RECIPE, loaded.fingerprint if loaded else None)
    with warehouse.read(to_build_on=True) as connection:
        before = noted(connection, "wantlist_items")
        if before == fingerprint or (before is None and loaded is None):
            return False
        require(connection, warehouse.path, "wantlist_items", "collection_items")
    wants = loaded.wantlist.wants if loaded else ()
    skipped = loaded.wantlist.skipped if loaded else ()
    items = frame(
        list(map(_FIELDS, wants)),
        WANTLIST_ITEMS.column_names,
        date_added="datetime64[us]",
        rating="Int64",
        release_year="Int64",
    )
    lines = frame([(row.line, row.reason) for row in skipped], ("line", "reason"))

    def change(connection: duckdb.DuckDBPyConnection) -> None:
        replace_rows(connection, "wantlist_items", items)
        replace_rows(connection, "pipeline.skipped_wants", lines)

    publish_from(warehouse, "wantlist_items", fingerprint, change)
    return True


_FIELDS = attrgetter(*WANTLIST_ITEMS.column_names)


def skipped_wants(connection: duckdb.DuckDBPyConnection) -> list[tuple[int, str]]:
    """The rows of the wantlist that could not be used, each with its line and the reason."""
    return skipped_lines(connection, "pipeline.skipped_wants")


def build_wanted(warehouse: Warehouse, overrides_file: Path, options: GapOptions) -> WantedResult:
    """wanted_tracks and wanted_gaps from wantlist_items, the answers of Discogs, digital_tracks and
    the user's decisions.

    Nothing is done if none of these changed, nor the code. If only tracks and a few files did, only
    the releases that those could concern are judged. Raises TablesMissing.
    """
    warehouse = warehouse
    if _is_nothing_wanted(warehouse):
        return WantedResult(0, 0, published=False)
    rebuild(warehouse, "wanted_tracks", "expanded_tracks", _tracks_from, _make_tracks)
    return _judge(warehouse, overrides_file, options)


def _is_nothing_wanted(warehouse: Warehouse) -> bool:
    """True if there is no wantlist, and none is left in the tables."""
    with warehouse.read(to_build_on=True) as connection:
        return not any(row_count(connection, it) for it in ("wantlist_items", "wanted_tracks"))


def _tracks_from(connection: duckdb.DuckDBPyConnection) -> str:
    lists = [noted(connection, name) for name in ("wantlist_items", "collection_items")]
    answers = answers_of(connection, "wantlist_items")
    code = code_of("tables/sql/tracks_of.sql", "tables/sql/wanted_tracks.sql")
    return fingerprint_of(RECIPE, lists, answers, code)


def _make_tracks(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(sql("tracks_of.sql"))
    connection.execute(sql("wanted_tracks.sql"))


def _judge(warehouse: Warehouse, overrides_file: Path, options: GapOptions) -> WantedResult:
    overrides, decided = load_overrides(overrides_file)
    with warehouse.read(to_build_on=True) as connection:
        asked = ask(connection, _WANTED, overrides, decided, options)
        if asked is None:
            return WantedResult(row_count(connection, "wanted_gaps"), 0, published=False)
    judgements = judge(asked, options)

    def change(connection: duckdb.DuckDBPyConnection) -> None:
        store_verdicts(connection, asked, judgements)

    publish_from(warehouse, "wanted_gaps", asked.fingerprint, change)
    return WantedResult(asked.count, len(judgements.verdicts["track_id"]), published=True)
