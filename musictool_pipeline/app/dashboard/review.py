"""The review: a track on a record and the files that may be it, side by side, a decision a click.

What belongs here: showing them, and handing the decision on. Decisions are written to
match_overrides.csv by `inputs.decisions`, which also knows what is still to be looked at; nothing
else is ever written by the dashboard.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterable
from typing import Final

import streamlit as st

from musictool_pipeline.app.dashboard.frame import nothing_here, say_trouble
from musictool_pipeline.app.dashboard.player import show_player
from musictool_pipeline.app.dashboard.reading import View
from musictool_pipeline.app.dashboard.videos import show_videos
from musictool_pipeline.app.dashboard.words import in_html
from musictool_pipeline.app.gaps import file_name
from musictool_pipeline.app.review import facts_of_file, facts_of_record
from musictool_pipeline.core.decisions import NOT, SAME, Override, Overrides
from musictool_pipeline.core.matching.tracks import OTHER_VERSION
from musictool_pipeline.core.text import one_line
from musictool_pipeline.core.words import DECIDED, counted, name_of
from musictool_pipeline.errors import MusicToolError
from musictool_pipeline.inputs.decisions import add_decision, load_overrides, take_back_decision
from musictool_pipeline.queries.review import (
    Candidate,
    ReviewQueue,
    ToReview,
    last_to_honour,
    read_review_queue,
)
from musictool_pipeline.settings import Places, Settings
from musictool_pipeline.tables.published import row_count

NOTE: Final = "in the dashboard"
"""What the note of a decision made here begins with: by it the last one is found again."""

_LATER: Final = "later"
_TROUBLE: Final = "trouble"
_MADE: Final = "made"
_PRESSED: Final = "pressed"
_SHOWN: Final = "shown"

HELD_SECONDS: Final = 0.5
"""A key that is held down, or a second click of a double one, comes sooner after the page than a
person can have read it."""


def show(view: View) -> None:
    """The page."""
    overrides, _ = load_overrides(view.settings.overrides_file)
    later: list[int] = st.session_state.setdefault(_LATER, [])
    queue = read_review_queue(view.connection, overrides, later)
    if trouble := st.session_state.pop(_TROUBLE, None):
        say_trouble(trouble)
    _show_state(queue)
    _show_last_decision(view, overrides)
    if queue.first is None:
        _show_nothing_left(view, queue)
    else:
        _show_side_by_side(view.settings, queue.first)
    st.session_state[_SHOWN] = (queue.first, time.monotonic())


def _show_state(queue: ReviewQueue) -> None:
    if queue.waiting or queue.decided:
        waiting = f"{counted(queue.waiting, 'track')} to look at"
        st.text(f"{waiting}, {queue.decided:,} decided since the last refresh.")
        st.caption("The next `musictool refresh` applies what you decide or take back.")


def _show_nothing_left(view: View, queue: ReviewQueue) -> None:
    judged = row_count(view.connection, "gap_analysis")
    if not judged:
        nothing_here(
            "There is no gap analysis yet.",
            "`musictool refresh` makes it, as soon as the first tracklists are there.",
        )
    elif queue.decided:
        nothing_here("All are decided.", "Run `musictool refresh` to apply what you decided.")
    else:
        nothing_here(
            "Nothing to look at.",
            "A track comes here where the data does not tell whether a file is this version of it.",
        )


# --- Side by side ---------------------------------------------------------------------------------


def _show_side_by_side(settings: Settings, track: ToReview) -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        st.html(_record_card(track))
        with st.container(horizontal=True):
            if len(track.candidates) != 1:
                _decide_button(settings, track, NOT, None, "None of these files", "X")
            st.button(
                "Later",
                key="later_button",
                shortcut="L",
                on_click=_put_off,
                args=(track.track_id,),
            )
            if track.discogs_url.startswith("https://"):
                st.link_button("Discogs", track.discogs_url)
    with right:
        only = len(track.candidates) == 1
        for place, candidate in enumerate(track.candidates):
            is_first = place == 0
            same, other, not_it = ("S", "O", "N") if is_first else (None, None, None)
            st.html(_file_card(candidate, track))
            show_player(candidate, has_keys=is_first)
            # By these names the style keeps them in reach of a thumb on a telephone.
            with st.container(horizontal=True, key="decide" if only else f"decide_{place}"):
                _decide_button(settings, track, SAME, candidate, "Same version", same, "primary")
                _decide_button(settings, track, OTHER_VERSION, candidate, "Other version", other)
                _decide_button(settings, track, NOT, candidate, "Not it", not_it)
    # A telephone shows one column below the other: the file comes right below the record.
    show_videos(settings.cache_dir, track)


def _record_card(track: ToReview) -> str:
    _, _, *facts = facts_of_record(track)
    return _card("On the record", track.title, track.artist, facts)


def _file_card(candidate: Candidate, track: ToReview) -> str:
    _, _, *facts = facts_of_file(candidate, track)
    return _card(
        f"File, {candidate.confidence} % sure",
        candidate.title or (file_name(candidate.path) if candidate.path else None),
        candidate.artist,
        [*facts, ("File", candidate.path), ("Why", candidate.reason)],
    )


def _card(
    place: str, title: str | None, artist: str | None, facts: Iterable[tuple[str, str | None]]
) -> str:
    rows = "".join(f"<dt>{name}</dt><dd>{in_html(value)}</dd>" for name, value in facts if value)
    return (
        f'<div class="card"><small>{place}</small><h2>{in_html(title)}</h2>'
        f"<p>{in_html(artist)}</p><dl>{rows}</dl></div>"
    )


# --- Deciding -------------------------------------------------------------------------------------


def _decide_button(
    settings: Settings,
    track: ToReview,
    decision: str,
    candidate: Candidate | None,
    label: str,
    shortcut: str | None,
    kind: str = "secondary",
) -> None:
    st.button(
        label,
        shortcut=shortcut,
        key=f"{decision} {track.track_id} {candidate.digital_id if candidate else ''}",
        type="primary" if kind == "primary" else "secondary",
        on_click=_decide,
        args=(settings, track, decision, candidate),
    )


def _is_held(button: str, track: ToReview | None = None) -> bool:
    """True if a decision, or an undo, follows another one before the whole page was there, or
    before it can have been read, or is on a track that it does not show any more. A press ends the
    page that is being made, and begins the next."""
    first, at = st.session_state.pop(_SHOWN, (None, None))
    before, st.session_state[_PRESSED] = st.session_state.get(_PRESSED), button
    if button != before:
        return False
    return at is None or time.monotonic() - at < HELD_SECONDS or (track or first) != first


def _decide(places: Places, track: ToReview, decision: str, candidate: Candidate | None) -> None:
    if _is_held("decide", track):
        return
    made = Override(
        line=0,
        release_id=track.release_id,
        track_number=track.track_number,
        position=track.position if track.position_is_unique else None,
        decision=decision,
        digital=candidate.digital_id if candidate else None,
        note=f"{NOTE}, {datetime.date.today().isoformat()}",
        facts=candidate.facts if candidate else None,
    )
    try:
        add_decision(places.overrides_file, made, candidate.path if candidate else None)
        written, _ = load_overrides(places.overrides_file)
    except MusicToolError as error:
        st.session_state[_TROUBLE] = error
    else:
        # As it was written: the user's file may have no column for the note.
        st.session_state[_MADE] = [*_made_by_this_visitor(), written.decisions[-1]]


def _made_by_this_visitor() -> list[Override]:
    return st.session_state.get(_MADE, [])


def _put_off(track_id: int) -> None:
    later: list[int] = st.session_state[_LATER]
    st.session_state[_LATER] = [*(it for it in later if it != track_id), track_id]


def _show_last_decision(view: View, overrides: Overrides) -> None:
    """Nothing if a refresh has honoured all that were made here."""
    mine = _made_by_this_visitor()
    made_here = [it for it in overrides.decisions if (it.note or "").startswith(NOTE) or it in mine]
    last = last_to_honour(view.connection, made_here)
    if last is None:
        return
    made = last.decision
    with st.container(horizontal=True, vertical_alignment="center", key="decided_last"):
        track = name_of(last.artist, last.title)
        about = f" ({file_name(made.digital)})" if made.digital else ""
        st.text(one_line(f"Decided last: {track}{about}: {DECIDED[made.decision]}."))
        st.button("Undo", key="undo", shortcut="U", on_click=_undo, args=(view.settings, made))


def _undo(places: Places, decision: Override) -> None:
    if _is_held("undo"):
        return
    try:
        take_back_decision(places.overrides_file, decision)
    except MusicToolError as error:
        st.session_state[_TROUBLE] = error
