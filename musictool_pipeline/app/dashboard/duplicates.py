"""Files that are there more than once, the best copy of each first.

What belongs here: the table, and what could be saved. Nothing is deleted here or anywhere else.
"""

from __future__ import annotations

from typing import Final

import streamlit as st

from musictool_pipeline.app.dashboard.frame import nothing_here
from musictool_pipeline.app.dashboard.listing import Shown, ask_filters, show_listing
from musictool_pipeline.app.dashboard.reading import View
from musictool_pipeline.core.words import number, size
from musictool_pipeline.queries.figures import read_figures
from musictool_pipeline.queries.listings import DUPLICATES

_SHOWN: Final = Shown(
    DUPLICATES,
    (
        "is_best", "artist", "title", "version", "file_type", "bitrate", "duration_seconds",
        "file_size_bytes", "reason", "path",
    ),
    ("file_type", "artist"),
    "file",
)  # fmt: skip


def show(view: View) -> None:
    """The page."""
    totals = read_figures(view.connection).get("total", {})
    (files, tracks) = view.connection.execute(
        "SELECT count(*), count(DISTINCT group_id) FROM digital_duplicates"
    ).fetchone() or (0, 0)
    if not files:
        nothing_here(
            "No file is there more than once."
            if totals.get("digital_music")
            else "No digital library was read yet.",
            "Files count as duplicates where artist, title, version and length agree.",
        )
        return
    with st.container(horizontal=True, gap="medium"):
        st.metric("Tracks with copies", number(tracks), width="content")
        st.metric("Files too many", number(files - tracks), width="content")
        st.metric("They take", size(totals.get("digital_duplicates_bytes", 0)), width="content")
    st.text(
        "Of each track the best copy comes first, then the others, with what is better of the "
        "best. Nothing is ever deleted."
    )
    show_listing(view, _SHOWN, ask_filters(view, _SHOWN))
