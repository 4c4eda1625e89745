"""The health of the files: what is there more than once, what is gone, what sounds poor.

What belongs here: the tables, and what could be saved. Nothing is deleted here or anywhere else.
Files are looked for on the disk at a click: that can take a while.
"""

from __future__ import annotations

from typing import Final

import streamlit as st

from musictool_pipeline.app.dashboard.frame import nothing_here, section
from musictool_pipeline.app.dashboard.listing import Shown, ask_filters, show_listing, show_table
from musictool_pipeline.app.dashboard.reading import View
from musictool_pipeline.app.health import FOLDERS_ALONE, not_looked_for, there_and_gone
from musictool_pipeline.core.text import one_line
from musictool_pipeline.core.words import counted, number, size
from musictool_pipeline.inputs.named_files import look_for_files
from musictool_pipeline.queries import sql
from musictool_pipeline.queries.figures import read_figures
from musictool_pipeline.queries.health import Health, read_entries, read_tables
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
    section("Copies")
    _show_copies(view)
    health = read_tables(view.connection, view.settings)
    section("Files that are gone")
    _show_gone(view, health)
    section("Several entries for one file")
    _show_named_twice(health)
    section("Bit rate")
    _show_low_bitrates(health)


def _show_copies(view: View) -> None:
    totals = read_figures(view.connection).get("total", {})
    (files, tracks) = sql.row(view.connection, "duplicate_counts.sql") or (0, 0)
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
        "The best copy of each track comes first. The others say in what it is better. "
        "Nothing is ever deleted."
    )
    show_listing(view, _SHOWN, ask_filters(view, _SHOWN))


def _show_gone(view: View, health: Health) -> None:
    """At a click, for as long as this page is open: the disk is another one a moment later."""
    if not health.entries:
        st.text(FOLDERS_ALONE if health.libraries else "No library was read yet.")
        return
    named = counted(health.entries, "entry names a file", "entries name a file")
    st.text(f"{named}. A folder of music is read from the disk itself at each refresh.")
    if not st.button("Look for the files", key="look"):
        return
    files = look_for_files(read_entries(view.connection))
    st.text(there_and_gone(files))
    for line in not_looked_for(files):
        st.text(one_line(line))
    if files.gone:
        show_table(
            ("artist", "title", "path", "library"),
            [(it.artist, it.title, it.path, it.library) for it in files.gone],
        )


def _show_named_twice(health: Health) -> None:
    if not health.named_twice:
        st.text("No library names a file twice.")
        return
    show_table(
        ("artist", "title", "entries", "path", "library"),
        [
            (it.artist, it.title, len(it.paths), it.paths[0], it.library)
            for it in health.named_twice
        ],
    )


def _show_low_bitrates(health: Health) -> None:
    if not health.least_bitrate:
        st.text("Not checked. Set MUSICTOOL_MIN_BITRATE in .env to the least kbit/s that you want.")
        return
    tracks = counted(len(health.low_bitrates), "owned track has", "owned tracks have")
    st.text(f"{tracks} no file of at least {health.least_bitrate} kbit/s.")
    if health.low_bitrates:
        columns = ("artist", "title", "album", "file_type", "bitrate", "digital_path")
        show_table(
            columns, [tuple(getattr(it, name) for name in columns) for it in health.low_bitrates]
        )
