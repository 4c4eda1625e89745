"""The wantlist: each wanted release, and how many of its tracks you have as files.

What belongs here: which columns and filters this table has. What is said of a release is in
`app.wants`, as `musictool wants` says it.
"""

from __future__ import annotations

from typing import Final

import streamlit as st

from musictool_pipeline.app.dashboard.frame import say_trouble
from musictool_pipeline.app.dashboard.listing import (
    Shown,
    ask_filters,
    ask_page,
    page_asked_for,
    range_words,
    show_table,
)
from musictool_pipeline.app.dashboard.reading import View
from musictool_pipeline.app.wants import no_wantlist, state_of
from musictool_pipeline.queries.browsing import PageAsked, browse
from musictool_pipeline.queries.listings import WANTED
from musictool_pipeline.queries.wants import WantedRelease, read_wantlist_figures

# A telephone shows the first columns only.
_BEFORE: Final = ("owned", "tracks", "artist", "title")
_AFTER: Final = (
    "discogs_url", "label", "catalog_number", "date_added", "release_year", "notes",
)  # fmt: skip
_COLUMNS: Final = (*_BEFORE, "state", *_AFTER)
_SHOWN: Final = Shown(WANTED, _COLUMNS, ("format", "decade", "label", "artist"), "release")
_ASKED: Final = tuple(WantedRelease.__dataclass_fields__)


def show(view: View) -> None:
    """The page."""
    figures = read_wantlist_figures(view.connection)
    if not figures.releases:
        say_trouble(no_wantlist(view.settings))
        return
    st.text(figures.in_words())
    filters = ask_filters(view, _SHOWN)
    found = browse(view.connection, PageAsked(WANTED, _ASKED, filters, page=page_asked_for()))
    st.text(f"{range_words(found.page, found.total, _SHOWN.thing)}, those you have most of first.")
    if not found.total:
        st.text("Nothing fits. Take a filter away, or search for less.")
        return
    releases = [WantedRelease(*row) for row in found.rows]
    show_table(
        _COLUMNS,
        [(*_of(it, _BEFORE), state_of(it), *_of(it, _AFTER)) for it in releases],
        WANTED.columns,
        headings={"owned": "Have", "tracks": "Of", "state": "As files"},
    )
    ask_page(found.pages)


def _of(release: WantedRelease, names: tuple[str, ...]) -> tuple[object, ...]:
    return tuple(getattr(release, name) for name in names)
