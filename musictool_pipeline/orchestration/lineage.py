"""Which columns a column is made from, as Dagster's events keep it; Dagster+ draws it.

What belongs here: for the tables that join others, each column's sources. The statements that make
them are `tracks_of.sql`, `expanded_tracks.sql` and `gap_analysis.sql` of the tables' room; a column
that is not named here is made by the code itself, and a test lists those.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import dagster as dg

from musictool_pipeline.core.tables import EXPANDED_TRACKS, GAP_ANALYSIS

_Sources = Mapping[str, tuple[str, ...]]

_TRACKS: Final[_Sources] = {
    "album": ("releases.title",),
    "album_artist": ("releases.artist",),
    "label": ("releases.label",),
    "catalog_number": ("releases.catalog_number",),
    "release_year": ("releases.release_year",),
    "collection_folder": ("collection_csv.collection_folder",),
    "date_added": ("releases.first_added",),
    "media_condition": ("collection_csv.media_condition",),
    "sleeve_condition": ("collection_csv.sleeve_condition",),
    "notes": ("collection_csv.notes",),
    "discogs_release_id": ("releases.release_id",),
    "expanded_date": ("releases.fetched_at",),
    "copies": ("releases.copies",),
}

_SAME: Final = [name for name in GAP_ANALYSIS.column_names if name in EXPANDED_TRACKS.column_names]
"""What the gaps say of a track as its tracklist says it."""

_COMPARED: Final = (
    "expanded_tracks.artist",
    "expanded_tracks.title",
    "expanded_tracks.duration_seconds",
    "digital_tracks.artist",
    "digital_tracks.title",
    "digital_tracks.duration_seconds",
)

_GAPS: Final[_Sources] = {
    **{column: (f"expanded_tracks.{column}",) for column in _SAME},
    "track_id": ("expanded_tracks.id",),
    **dict.fromkeys(("status", "confidence", "reason", "alternatives"), _COMPARED),
    "digital_id": ("digital_tracks.digital_id",),
    "digital_path": ("digital_tracks.path",),
    "digital_artist": ("digital_tracks.artist",),
    "digital_title": ("digital_tracks.title",),
    "discogs_url": ("expanded_tracks.discogs_release_id",),
    **dict.fromkeys(
        ("bandcamp_url", "beatport_url", "juno_url"),
        ("expanded_tracks.artist", "expanded_tracks.title"),
    ),
}

LINEAGE: Final[Mapping[str, _Sources]] = {"expanded_tracks": _TRACKS, "gap_analysis": _GAPS}
"""By asset and column the columns that it is made from, each with its asset."""


def column_lineage(asset: str) -> dict[str, dg.TableColumnLineage]:
    """What a materialization of this asset says of its columns; nothing if it joins no tables."""
    sources = LINEAGE.get(asset)
    if sources is None:
        return {}
    deps = {column: [_source(name) for name in names] for column, names in sources.items()}
    return {"dagster/column_lineage": dg.TableColumnLineage(deps)}


def _source(name: str) -> dg.TableColumnDep:
    asset, _, column = name.partition(".")
    return dg.TableColumnDep(asset_key=dg.AssetKey(asset), column_name=column)
