"""What Dagster calls code and data versions, so that its pages say truly what is out of date.

What belongs here: the one place that knows how this project tells them. A code version is a
fingerprint of the code that an asset is made by; a data version is the fingerprint that the tables
keep of what they were made from, so that the same inputs and the same code give the same one,
whenever and however often it is made.
"""

from __future__ import annotations

from typing import Final

import dagster as dg

from musictool_pipeline.tables.fingerprints import code_of, fingerprint_of, noted
from musictool_pipeline.tables.published import PublishedTables

_LENGTH: Final = 16

# An answer of Discogs is what it is, whichever code asked for it. Raised, it would call every
# tracklist out of date, and only fetching all of them again would clear that.
_ANSWERS: Final = "1"

_MADE_BY: Final = {
    "collection_csv": ("inputs.export_folder", ("core", "inputs")),
    "releases": ("tables.collection", ("core", "tables")),
    "monthly_dump": ("discogs.dump", ("core", "discogs")),
    "expanded_tracks": ("tables.tracklists", ("core", "tables")),
    "digital_tracks": ("tables.library", ("core", "inputs", "libraries", "tables")),
    "wantlist_items": ("inputs.wantlist", ("core", "inputs")),
    "wanted_gaps": ("tables.wantlist", ("core", "tables")),
    "gap_analysis": ("tables.gaps", ("core", "tables")),
    "collection_statistics": ("tables.gaps", ("core", "tables")),
    "collection_report": ("publishing.report", ("core", "publishing", "queries")),
}
"""By asset the module that makes it, and the rooms in which its imports are followed."""

_STATEMENTS: Final = {room: (f"{room}/sql",) for room in ("publishing", "tables")}
"""By room the folder of the statements that its modules may run."""

NOTED: Final = {"collection_csv": "collection_items"}
"""The name of a table's fingerprint, if it is not that of its asset."""

_REPORTED: Final = (
    "collection_items",
    "releases",
    "expanded_tracks",
    "digital_tracks",
    "gap_analysis",
    "collection_statistics",
)


def code_version(asset: str) -> str:
    """The version of the code that makes this asset."""
    if asset == "discogs_tracklists":
        return _ANSWERS
    module, rooms = _MADE_BY[asset]
    room = module.partition(".")[0]
    return code_of(module, *_STATEMENTS.get(room, ()), rooms=rooms)[:_LENGTH]


def data_version(tables: PublishedTables, asset: str) -> dg.DataVersion | None:
    """The version of what is in an asset's table; None if it was never made."""
    made_from = noted(tables.connection, NOTED.get(asset, asset))
    return dg.DataVersion(made_from[:_LENGTH]) if made_from else None


def report_version(tables: PublishedTables) -> dg.DataVersion:
    """The version of a report on these tables."""
    made_from = [noted(tables.connection, name) for name in _REPORTED]
    code = code_version("collection_report")
    return dg.DataVersion(fingerprint_of(made_from, code)[:_LENGTH])
