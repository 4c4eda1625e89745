"""The player of a file on the review page: from the start, and from the middle.

What belongs here: its buttons, and the element that plays. Which files can be played, and where
their bytes come from, belongs to `listening`. No file is looked at before a click.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Final

import streamlit as st

from musictool_pipeline.app.dashboard.listening import address_of, audio_at, unplayed
from musictool_pipeline.core.text import one_line
from musictool_pipeline.queries.review import Candidate

_PLAYING: Final = "playing"


@dataclass(frozen=True, slots=True)
class _Playing:
    """What was asked for: a file and the second that it begins at; `trouble`: why it cannot be."""

    digital_id: str
    second: int
    trouble: str | None = None


def show_player(candidate: Candidate, *, has_keys: bool) -> None:
    """The buttons of a file, and the player if it was asked for. `has_keys`: the keyboard's
    shortcuts are this file's."""
    if reason := unplayed(candidate.path):
        if candidate.path:
            st.text(one_line(reason))
        return
    playing: _Playing | None = st.session_state.get(_PLAYING)
    is_this = playing is not None and playing.digital_id == candidate.digital_id
    middle = round((candidate.duration_seconds or 0) / 2)
    with st.container(horizontal=True):
        if is_this and playing and not playing.trouble:
            _button("Stop", candidate, None, "P" if has_keys else None)
        else:
            _button("Play", candidate, 0, "P" if has_keys else None)
        if middle:
            _button("From the middle", candidate, middle, "M" if has_keys else None)
    if is_this and playing:
        _show_playing(playing)


def _button(label: str, candidate: Candidate, second: int | None, key: str | None) -> None:
    st.button(
        label,
        key=f"{label} {candidate.digital_id}",
        shortcut=key,
        on_click=_play,
        args=(candidate, second),
    )


def _play(candidate: Candidate, second: int | None) -> None:
    """Looks at the file, which may take its time on a disk that sleeps: here no page waits."""
    if second is None:
        del st.session_state[_PLAYING]
        return
    found = audio_at(candidate.path)
    trouble = found if isinstance(found, str) else None
    st.session_state[_PLAYING] = _Playing(candidate.digital_id, second, trouble)


def _show_playing(playing: _Playing) -> None:
    if playing.trouble:
        st.text(one_line(playing.trouble))
        return
    address = address_of(playing.digital_id) + (f"#t={playing.second}" if playing.second else "")
    st.html(f'<audio controls autoplay src="{html.escape(address)}" style="width:100%"></audio>')
