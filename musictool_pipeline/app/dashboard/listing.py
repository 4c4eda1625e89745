"""A listing on a page: its filters, which the address keeps, its columns, its pages, its table.

What belongs here: the controls and the look that all tables have in common. What is listed stands
in `queries.listings`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd
import streamlit as st

from musictool_pipeline.app.dashboard.reading import Generation, View
from musictool_pipeline.core.mixing import WHEEL, tempo_range
from musictool_pipeline.core.schema import Column
from musictool_pipeline.core.text import one_line
from musictool_pipeline.core.words import NOTHING, counted, length, status_word
from musictool_pipeline.libraries.musical_key import camelot_of, key_from_text
from musictool_pipeline.queries.browsing import (
    PAGE_SIZE,
    PageAsked,
    PageFound,
    Row,
    browse,
    count_by,
)
from musictool_pipeline.queries.listings import UNKNOWN, Filters, Listing

# More than these are not offered; the search finds them.
_MOST_OFFERED: Final = 500

_HEADINGS: Final = {
    "album_artist": "Record's artist",
    "bpm": "BPM",
    "musical_key": "Key",
    "sound_disagreement": "Files disagree",
    "catalog_number": "Cat. no.",
    "collection_folder": "Folder",
    "copies": "Copies",
    "csv_line": "Line in the export",
    "date_added": "Added",
    "digital_artist": "File: artist",
    "digital_id": "File's id",
    "digital_path": "File",
    "digital_title": "File: title",
    "discogs_release_id": "Release",
    "digital_duration_seconds": "File: length",
    "duration_seconds": "Length",
    "expanded_date": "Fetched",
    "file_size_bytes": "Size",
    "first_added": "Added",
    "folders": "Folder",
    "format_type": "Format",
    "imported_at": "Imported",
    "is_best": "Best copy",
    "overridden": "Decided by you",
    "position": "Pos.",
    "release_id": "Release",
    "release_year": "Year",
    "track_number": "No.",
}
_LINKS: Final = {
    "discogs_url": "Discogs",
    "bandcamp_url": "Bandcamp",
    "beatport_url": "Beatport",
    "juno_url": "Juno",
}
# In pixels: on a telephone artist and title stand side by side.
_WIDTHS: Final = {
    "artist": 150, "title": 170, "album": 170, "album_artist": 150, "reason": 260,
    "digital_path": 260, "path": 320, "notes": 200, "position": 48, "status": 100,
    "listed": 64, "tracks": 44, "owned": 64, "state": 370,
}  # fmt: skip

_FILTER_WORDS: Final = {
    "status": "Status",
    "folder": "Folder",
    "format": "Format",
    "decade": "Decade",
    "genre": "Genre",
    "source": "Library",
    "file_type": "File type",
    "music": "Kind",
    "label": "Label contains",
    "artist": "Artist contains",
    "bpm": "BPM",
    "key": "Mixes with key",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A listing as a page shows it. `columns`: those shown unless others are chosen; `filters`: the
    names of those offered, in order; `things`: what a row is, in the plural."""

    listing: Listing
    columns: tuple[str, ...]
    filters: tuple[str, ...]
    thing: str
    things: str = field(default="")
    sort: str | None = None
    descending: bool = False


def heading(column: str) -> str:
    """A column's name above a table."""
    known = _HEADINGS.get(column) or _LINKS.get(column)
    return known or column.replace("_", " ").capitalize()


# --- What to show ---------------------------------------------------------------------------------


def ask_filters(view: View, shown: Shown) -> Filters:
    """The filters that the visitor chose, or that the address held."""
    asked: dict[str, Any] = {
        "text": st.text_input(
            "Search",
            key="q",
            type="search",
            placeholder=f"Search {shown.things or shown.thing + 's'}",
            label_visibility="collapsed",
            on_change=to_first_page,
            bind="query-params",
        )
    }
    in_force = sum(map(_is_in_force, shown.filters))
    label = f"Filters ({in_force} in force)" if in_force else "Filters"
    with st.expander(label, key="filters", expanded=bool(in_force)):
        columns = st.columns(min(3, len(shown.filters)))
        for place, name in enumerate(shown.filters):
            with columns[place % len(columns)]:
                asked[name] = _ask_filter(view, shown.listing, name)
    return Filters(**asked)


def _is_in_force(name: str) -> bool:
    """A page that a link opens has its filters in the address alone until they are drawn."""
    asked = st.session_state if name in st.session_state else st.query_params
    return bool(asked.get(name))


def _ask_filter(view: View, listing: Listing, name: str) -> Any:
    if name in listing.contained:
        return st.text_input(
            _FILTER_WORDS[name], key=name, on_change=to_first_page, bind="query-params"
        )
    if name == "bpm":
        return _ask_tempo()
    if name == "key":
        return _ask_key()
    offered = _offered(view.connection, view.generation, listing.source, name, _listing=listing)
    chosen = st.multiselect(
        _FILTER_WORDS[name],
        list(offered),
        key=name,
        placeholder="any",
        on_change=to_first_page,
        bind="query-params",
    )
    return tuple(chosen)


def _ask_tempo() -> tuple[float, float] | None:
    text = st.text_input(
        _FILTER_WORDS["bpm"],
        key="bpm",
        placeholder="124-128",
        help="A range; half and double time count.",
        on_change=to_first_page,
        bind="query-params",
    )
    if not text.strip():
        return None
    try:
        return tempo_range(text)
    except ValueError:
        st.caption("Give one tempo or a range, as in 124-128.")
        return None


def _ask_key() -> str:
    chosen = st.selectbox(
        _FILTER_WORDS["key"],
        WHEEL,
        index=None,
        key="key",
        placeholder="any",
        help="In any spelling: 8A, 1m, Am, A minor. The keys beside it on the wheel fit too.",
        accept_new_options=True,
        filter_mode="prefix",
        on_change=to_first_page,
        bind="query-params",
    )
    camelot = camelot_of(key_from_text(chosen)) or ""
    if chosen and not camelot:
        st.caption("Give one key, as 8A, 1m, Am and A minor are.")
    return camelot


@st.cache_data(max_entries=64, show_spinner=False)
def _offered(
    _connection: Any, generation: Generation | None, source: str, name: str, *, _listing: Listing
) -> Mapping[str, int]:
    counts = count_by(_connection, _listing, name)
    return dict(list(counts.items())[:_MOST_OFFERED])


def to_first_page() -> None:
    """What was asked for has changed, and with it what is on which page."""
    st.session_state["page"] = 1


def ask_columns(shown: Shown) -> tuple[tuple[str, ...], str | None, bool]:
    """The columns, the one to sort by, and whether downwards."""
    names = list(shown.listing.column_names)
    with st.popover("Columns and order"):
        chosen = st.multiselect(
            "Columns",
            names,
            default=list(shown.columns),
            key=f"columns_{shown.listing.source}",
            format_func=heading,
            persist_state="session",
        )
        sort = st.selectbox(
            "Sort by",
            names,
            index=names.index(shown.sort) if shown.sort else None,
            key="sort",
            format_func=heading,
            placeholder="as they come",
            on_change=to_first_page,
            bind="query-params",
        )
        descending = st.toggle(
            "Largest first",
            value=shown.descending,
            key="down",
            on_change=to_first_page,
            bind="query-params",
        )
        st.caption("Sorts all rows. A click on a heading of the table sorts this page alone.")
    return tuple(chosen) or shown.columns, sort, descending


def show_listing(view: View, shown: Shown, filters: Filters) -> PageFound:
    """The table with its pages; gives what was found."""
    controls = st.container(horizontal=True, vertical_alignment="center")
    with controls:
        columns, sort, descending = ask_columns(shown)
    found = browse(
        view.connection,
        PageAsked(
            shown.listing,
            columns,
            filters,
            sort=sort,
            descending=descending,
            page=page_asked_for(),
        ),
    )
    with controls:
        st.text(range_words(found.page, found.total, shown.thing, shown.things or None))
    if not found.total:
        st.text("Nothing fits. Take a filter away, or search for less.")
        return found
    show_table(found.columns, found.rows, shown.listing.columns)
    ask_page(found.pages)
    return found


def range_words(page: int, total: int, thing: str, things: str | None = None) -> str:
    """`101 to 200 of 12,345 tracks`, or just how many where they fill one page."""
    if total <= PAGE_SIZE:
        return counted(total, thing, things)
    first = (page - 1) * PAGE_SIZE + 1
    last = min(total, first + PAGE_SIZE - 1)
    return f"{first:,} to {last:,} of {counted(total, thing, things)}"


def page_asked_for() -> int:
    """The page, as the widget below the table or the address has it; it may be past the last."""
    asked = st.session_state.get("page") or st.query_params.get("page", "1")
    return int(asked) if str(asked).isdecimal() and len(str(asked)) < 9 else 1


def ask_page(pages: int) -> int:
    """The pages to turn, below a table that has several."""
    if pages == 1:
        return 1
    return st.pagination(pages, key="page", bind="query-params")


# --- The table ------------------------------------------------------------------------------------


def show_table(
    columns: Sequence[str],
    rows: Sequence[Row],
    described: Sequence[Column] = (),
    *,
    headings: Mapping[str, str] | None = None,
    **options: Any,
) -> Any:
    """Rows as a table: every text as plain text. `described` explains the headings,
    `headings` takes the place of the usual ones; `options` go to `st.dataframe`."""
    descriptions = {column.name: column for column in described}
    frame = pd.DataFrame(
        {name: _series(name, [row[place] for row in rows]) for place, name in enumerate(columns)}
    )
    return st.dataframe(
        frame,
        hide_index=True,
        placeholder=NOTHING,
        height=min(38 + 35 * len(rows), 640),
        column_config={
            name: _column(
                name,
                (headings or {}).get(name) or heading(name),
                descriptions.get(name),
                frame[name].dtype,
            )
            for name in columns
        },
        **options,
    )


def _series(name: str, values: list[Any]) -> pd.Series:
    known = [value for value in values if value is not None]
    if _is_length(name):
        return pd.Series(list(map(_clock, values)), dtype="str")
    if name == "status":
        return pd.Series([status_word(value) for value in values], dtype="str")
    if known and all(isinstance(value, bool) for value in known):
        return pd.Series(values, dtype="boolean")
    if known and all(isinstance(value, int) for value in known):
        return pd.Series(values, dtype="Int64")
    if known and all(isinstance(value, float) for value in known):
        return pd.Series(values, dtype="Float64")
    if known and hasattr(known[0], "isoformat"):
        return pd.Series(values, dtype="datetime64[us]")
    return pd.Series(
        [None if value is None else one_line(_text(value)) for value in values], dtype="str"
    )


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) or UNKNOWN if isinstance(value, list) else str(value)


def _is_length(name: str) -> bool:
    return name.endswith("duration_seconds")


def _clock(seconds: float | None) -> str | None:
    """`3:13`, with blanks in front by which a column of these is sorted as numbers are."""
    return None if seconds is None else length(seconds).rjust(8)


def _column(name: str, label: str, described: Column | None, dtype: Any) -> Any:
    text = described.description if described else None
    config = st.column_config
    if name in _LINKS:
        return config.LinkColumn(
            label, help=text, display_text=_LINKS[name], validate=r"^https://", width="small"
        )
    if _is_length(name):
        said = text.replace(" in seconds", "") if text else None
        return config.TextColumn(label, help=said, width="small", alignment="right")
    if name == "file_size_bytes":
        return config.NumberColumn(label, help=text, format="bytes", width="small")
    if dtype == "boolean":
        return config.CheckboxColumn(label, help=text, width="small")
    if dtype == "Int64":
        width: Any = _WIDTHS.get(name, "small")
        return config.NumberColumn(label, help=text, format="%d", width=width)
    if dtype == "Float64":
        return config.NumberColumn(label, help=text, format="%.1f", width="small")
    if str(dtype).startswith("datetime64"):
        return config.DateColumn(label, help=text, format="YYYY-MM-DD", width="small")
    return config.TextColumn(label, help=text, width=_WIDTHS.get(name))
