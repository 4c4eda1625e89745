"""The records: every track on them, or every copy on the shelf.

What belongs here: which columns and filters these two tables have.
"""

from __future__ import annotations

from typing import Final

import streamlit as st

from musictool_pipeline.app.dashboard.listing import Shown, ask_filters, show_listing
from musictool_pipeline.app.dashboard.reading import View
from musictool_pipeline.queries.listings import COPIES, TRACKS

_VIEWS: Final = {
    "tracks": Shown(
        TRACKS,
        (
            "position", "artist", "title", "duration", "album", "label", "catalog_number",
            "release_year", "format_type", "collection_folder", "discogs_url",
        ),
        ("folder", "format", "decade", "label", "artist"),
        "track",
    ),
    "copies": Shown(
        COPIES,
        (
            "artist", "title", "label", "catalog_number", "format", "release_year",
            "collection_folder", "date_added", "media_condition", "sleeve_condition", "genres",
            "discogs_url",
        ),
        ("folder", "format", "decade", "genre", "label", "artist"),
        "copy",
        "copies",
        sort="date_added",
        descending=True,
    ),
}  # fmt: skip
_IN_WORDS: Final = {"tracks": "Tracks", "copies": "Copies on the shelf"}


def show(view: View) -> None:
    """The page."""
    chosen = st.segmented_control(
        "Show",
        list(_VIEWS),
        default="tracks",
        required=True,
        key="view",
        format_func=_IN_WORDS.__getitem__,
        label_visibility="collapsed",
        on_change=_forget_order,
        bind="query-params",
    )
    shown = _VIEWS[chosen or "tracks"]
    show_listing(view, shown, ask_filters(view, shown))


def _forget_order() -> None:
    """The two tables have different columns, filters and lengths."""
    for key in ("sort", "down", "page", "genre"):
        st.session_state.pop(key, None)
