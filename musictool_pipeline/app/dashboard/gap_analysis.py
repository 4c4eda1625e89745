"""Which tracks on the records are there as files, and which are missing.

What belongs here: the tabs, and the two ways to look at what is missing. Deciding on a match is the
review page's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import streamlit as st

from musictool_pipeline.app.dashboard.frame import link_to, nothing_here
from musictool_pipeline.app.dashboard.listing import (
    Shown,
    ask_filters,
    ask_page,
    page_asked_for,
    range_words,
    show_listing,
    show_table,
    to_first_page,
)
from musictool_pipeline.app.dashboard.reading import View
from musictool_pipeline.core.matching.tracks import MISSING, OTHER_VERSION, OWNED, REVIEW
from musictool_pipeline.core.text import one_line
from musictool_pipeline.core.words import counted, name_of, status_word
from musictool_pipeline.queries.browsing import PAGE_SIZE, count_by
from musictool_pipeline.queries.listings import GAPS, Filters
from musictool_pipeline.queries.records import ListedRecord, gap_records, tracks_of_record
from musictool_pipeline.tables.published import row_count

ALL: Final = "all"
_TABS: Final = (MISSING, OTHER_VERSION, REVIEW, OWNED, ALL)

_OF_THE_TRACK: Final = ("position", "artist", "title", "duration", "album", "label")
_OF_THE_FILE: Final = ("digital_artist", "digital_title", "digital_path")
_SOUND: Final = ("bpm", "musical_key", "camelot", "sound_disagreement")
_JUDGED: Final = ("status", "confidence", "reason")
_SHOPS: Final = ("discogs_url", "bandcamp_url", "beatport_url", "juno_url")
_FILTERS: Final = ("folder", "format", "decade", "label", "artist", "bpm", "key")


def _shown(*columns: str) -> Shown:
    return Shown(GAPS, columns, _FILTERS, "track")


_COLUMNS: Final = {
    MISSING: (*_OF_THE_TRACK, "catalog_number", "release_year", "confidence", "reason", *_SHOPS),
    OTHER_VERSION: (*_OF_THE_TRACK, *_OF_THE_FILE, "confidence", "reason", *_SHOPS),
    REVIEW: (*_OF_THE_TRACK, *_OF_THE_FILE, "confidence", "reason", "discogs_url"),
    OWNED: (*_OF_THE_TRACK, *_SOUND, *_OF_THE_FILE, "confidence", "reason", "discogs_url"),
    ALL: ("status", *_OF_THE_TRACK, "confidence", "reason", *_SOUND, *_OF_THE_FILE, *_SHOPS),
}

_RECORD_COLUMNS: Final = (
    "listed", "tracks", "artist", "title", "label", "catalog_number", "release_year",
    "format_type", "folders", "discogs_url",
)  # fmt: skip
_TRACK_COLUMNS: Final = ("position", "artist", "title", "duration", *_JUDGED, *_SOUND, *_SHOPS)


def show(view: View) -> None:
    """The page."""
    judged = row_count(view.connection, "gap_analysis")
    if not judged:
        nothing_here(
            "There is no gap analysis yet.",
            "`musictool refresh` makes it, as soon as the first tracklists are there.",
        )
        return
    # Above what is asked, though they follow from it.
    place = st.container()
    tab = _ask_tab()
    filters = ask_filters(view, _shown(*_COLUMNS[MISSING]))
    counts = count_by(view.connection, GAPS, "status", filters)
    with place:
        _show_counts(counts)
    if tab != ALL:
        filters = replace(filters, status=(tab,))
    if tab == REVIEW and counts.get(REVIEW):
        link_to("review", "Look at them side by side, and decide")
    if tab == MISSING and _ask_grouped():
        _show_records(view, filters)
    else:
        show_listing(view, _shown(*_COLUMNS[tab]), filters)


def _ask_tab() -> str:
    chosen = st.segmented_control(
        "Status",
        _TABS,
        default=MISSING,
        required=True,
        key="tab",
        # The address holds these words, so no count may be among them.
        format_func=lambda name: (status_word(name) if name != ALL else name).capitalize(),
        label_visibility="collapsed",
        on_change=to_first_page,
        bind="query-params",
    )
    return chosen or MISSING


def _show_counts(counts: Mapping[str, int]) -> None:
    each = ", ".join(f"{counts.get(name, 0):,} {status_word(name)}" for name in _TABS[:-1])
    st.text(f"{counted(sum(counts.values()), 'track')}: {each}")


def _ask_grouped() -> bool:
    return st.toggle(
        "By record", value=True, key="grouped", on_change=to_first_page, bind="query-params"
    )


def _show_records(view: View, filters: Filters) -> None:
    records, total = gap_records(view.connection, filters, page=page_asked_for())
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(page_asked_for(), pages)
    if not records and total:
        records, _ = gap_records(view.connection, filters, page=page)
    st.text(f"{range_words(page, total, 'record')}, those with most to find first.")
    if not records:
        st.text("Nothing fits. Take a filter away, or search for less.")
        return
    # Above the list, for below it nothing would be seen to happen.
    place = st.container()
    chosen = show_table(
        _RECORD_COLUMNS,
        [tuple(getattr(record, name) for name in _RECORD_COLUMNS) for record in records],
        headings={"listed": "Missing", "tracks": "Of"},
        key=f"records_{page}",
        on_select="rerun",
        selection_mode="single-row",
    )
    ask_page(pages)
    rows = chosen.selection.rows
    with place:
        if rows and rows[0] < len(records):
            _show_record(view, records[rows[0]])
        else:
            st.caption("Choose a record, at its left edge, to see its tracks.")


def _show_record(view: View, record: ListedRecord) -> None:
    name = name_of(record.artist, record.title)
    st.text(one_line(f"{name}: {record.listed} of {counted(record.tracks, 'track')} missing"))
    show_table(
        _TRACK_COLUMNS,
        tracks_of_record(view.connection, record.release_id, _TRACK_COLUMNS),
        GAPS.columns,
    )
