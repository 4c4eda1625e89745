"""The start page: the collection at a glance, and what a refresh is doing.

What belongs here: figures, charts, and the state of the refresh. Single tracks are on other pages.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from musictool_pipeline.app.dashboard import charts
from musictool_pipeline.app.dashboard.frame import nothing_here, say, section
from musictool_pipeline.app.dashboard.listing import show_table
from musictool_pipeline.app.dashboard.reading import Generation, View
from musictool_pipeline.app.following import progress_text
from musictool_pipeline.app.status import (
    Status,
    at_present,
    last_line,
    read_status,
    release_line,
    waiting_text,
)
from musictool_pipeline.core.progress import FETCHING, measured
from musictool_pipeline.core.tables import COLLECTION_CHANGES, COLLECTION_ITEMS
from musictool_pipeline.core.text import one_line
from musictool_pipeline.core.words import counted, number, share
from musictool_pipeline.queries.figures import (
    LAST_CHANGES,
    Month,
    read_figures,
    read_growth,
    read_last_changes,
)
from musictool_pipeline.queries.listings import UNKNOWN
from musictool_pipeline.queries.records import Addition, read_last_added
from musictool_pipeline.settings import Settings

SECONDS_WHILE_RUNNING: Final = 3.0
SECONDS_OTHERWISE: Final = 30.0

Figures = Mapping[str, Mapping[str, float]]
Change = tuple[object, ...]


def show(view: View) -> None:
    """The page."""
    figures, months, added, changes = _glance(view.connection, view.generation)
    totals = figures.get("total", {})
    _show_totals(totals, figures.get("coverage", {}).get("all"))
    _show_statuses(totals)
    now = read_status(view.settings)
    every = SECONDS_WHILE_RUNNING if now.running else SECONDS_OTHERWISE
    st.fragment(_show_refresh, run_every=every)(view.settings, now.running)
    _show_last_added(added)
    _show_changes(changes)
    _show_growth(months, int(totals.get("copies", 0)))
    _show_charts(figures)


@st.cache_data(max_entries=2, show_spinner=False)
def _glance(
    _connection: Any, generation: Generation | None
) -> tuple[Figures, tuple[Month, ...], tuple[Addition, ...], tuple[Change, ...]]:
    return (
        read_figures(_connection),
        read_growth(_connection),
        read_last_added(_connection),
        read_last_changes(_connection),
    )


def _show_totals(totals: Mapping[str, float], owned: float | None) -> None:
    shown = {
        "Records": number(totals.get("copies", 0)),
        "Releases": number(totals.get("releases", 0)),
        "Tracks on them": number(totals.get("tracks", 0)),
        "Digital tracks": number(totals.get("digital_music", 0)),
        "Owned as files": share(owned),
    }
    with st.container(horizontal=True, gap="medium"):
        for label, value in shown.items():
            st.metric(label, value, width="content")


def _show_statuses(totals: Mapping[str, float]) -> None:
    counts = {name: int(totals.get(f"tracks_{name}", 0)) for name in charts.STATUS_COLOURS}
    if sum(counts.values()):
        charts.statuses(counts)
    else:
        nothing_here(
            "No track was compared with your files yet.",
            "Run `musictool refresh`. It compares tracks as soon as their tracklists are there.",
        )
    if sum(counts.values()) and not totals.get("digital_music"):
        nothing_here(
            "No digital library was read, so nothing can be owned.",
            "Set `MUSICTOOL_DIGITAL_LIBRARY` in `.env`, or put a library into the data folder, "
            "then run `musictool refresh`. If a library is there, `musictool check` says what is "
            "wrong with it.",
        )


# --- The refresh ----------------------------------------------------------------------------------


def _show_refresh(settings: Settings, was_running: bool) -> None:
    now = read_status(settings)
    if now.running != was_running:
        # It began or ended: everything else on the page has changed too, or how often to look.
        st.rerun()
    section("Refresh")
    if now.running:
        _show_running(now)
    else:
        _show_last(now)
    for cause, count in now.failures.items():
        st.text(one_line(f"{counted(count, 'release')} failed: {cause}. The next refresh tries."))
    if now.recent:
        with st.expander("Recently expanded", expanded=now.running):
            for release in now.recent:
                st.text(one_line(release_line(release)))


def _show_running(now: Status) -> None:
    at = now.refresh
    assert at is not None
    clock = time.time()
    done, total = measured(at)
    is_fetching = at.stage == FETCHING
    if total:
        figures = f"{done:,} of {total:,} releases" if is_fetching else progress_text(at)
        st.progress(min(1.0, done / total), text=figures)
    stage = at.stage.capitalize()
    st.text(one_line(f"{stage}: {at_present(now, clock)}" if is_fetching else stage))
    if waiting := waiting_text(now, clock):
        st.text(one_line(f"It waits: {waiting}"))


def _show_last(now: Status) -> None:
    expanded = (
        f"{now.expanded:,} of {counted(now.releases, 'release')} expanded ({now.percentage:.1f} %)"
    )
    if now.unavailable:
        expanded += f", {now.unavailable:,} not on Discogs any more"
    st.text(f"{expanded}.")
    if now.stopped:
        say(f"It ended early: {now.stopped}")
    elif now.refresh and now.refresh.updated_at:
        say(last_line(now, now.refresh, time.time()))
    if now.pending:
        st.markdown(f"{now.pending:,} still to fetch. Run `musictool refresh`.")


# --- The collection -------------------------------------------------------------------------------


def _show_last_added(added: tuple[Addition, ...]) -> None:
    section("Added last")
    if not added:
        st.text("The export holds no dates.")
        return
    columns = (
        "date_added", "artist", "title", "label", "release_year", "collection_folder", "owned",
        "tracks", "discogs_url",
    )  # fmt: skip
    rows = [tuple(getattr(copy, name) for name in columns) for copy in added]
    show_table(columns, rows, COLLECTION_ITEMS.columns)


def _show_changes(changes: tuple[Change, ...]) -> None:
    """Nothing before the second reading: there is nothing to compare the first with."""
    if not changes:
        return
    section("Changed last")
    show_table(LAST_CHANGES, changes, COLLECTION_CHANGES.columns)


def _show_growth(months: tuple[Month, ...], copies: int) -> None:
    if not months:
        return
    section("Growth")
    charts.growth(months)
    if undated := copies - months[-1].copies:
        st.caption(f"Without {counted(undated, 'copy', 'copies')} that the export has no date of.")


def _show_charts(figures: Figures) -> None:
    left, right = st.columns(2, gap="large")
    for column, metric, title in (
        (left, "releases_by_format", "Formats"),
        (left, "releases_by_label", "Labels"),
        (right, "releases_by_genre", "Genres"),
        (right, "releases_by_decade", "Decades"),
    ):
        counts = dict(figures.get(metric, {}))
        if metric == "releases_by_decade":
            counts = dict(sorted(counts.items(), key=lambda each: (each[0] == UNKNOWN, each)))
        if counts:
            with column:
                section(title)
                charts.bars(counts, "Releases", most=12)
