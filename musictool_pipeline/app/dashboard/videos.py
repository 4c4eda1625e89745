"""The videos that Discogs lists for a release, beside a track that is under review.

What belongs here: reading them from the cached answer, the order in which they fit the track, and
showing them. Nothing is asked of another host before a click on a video.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import streamlit as st

from musictool_pipeline.core.matching.words.text import fold
from musictool_pipeline.core.text import one_line
from musictool_pipeline.core.words import length
from musictool_pipeline.discogs.cache import TracklistCache
from musictool_pipeline.errors import MusicToolError
from musictool_pipeline.queries.review import ToReview

MOST_SHOWN: Final = 6

SECONDS_APART: Final = 30
"""By so much a video's length may differ and still speak for it."""

_WATCHED: Final = "video"
_ADDRESS: Final = re.compile(
    r"https?://(?:www\.|m\.)?(?:youtube\.com/watch\?(?:[^#]*&)?v=|youtu\.be/)([\w-]{6,64})(?:[&?#].*)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Video:
    """A video on YouTube. `may_be_embedded`: its owner lets other pages show it."""

    key: str
    title: str
    seconds: int | None
    may_be_embedded: bool

    @property
    def address(self) -> str:
        """Its own page."""
        return f"https://www.youtube.com/watch?v={self.key}"

    @property
    def frame(self) -> str:
        """What a page embeds: YouTube's address that sets no cookies before it plays."""
        return f"https://www.youtube-nocookie.com/embed/{self.key}"


def videos_of(answer: object) -> Iterator[Video]:
    """The videos in Discogs' answer on a release, each once; those with an address that is not
    YouTube's are left out."""
    listed = answer.get("videos") if isinstance(answer, dict) else None
    seen: set[str] = set()
    for entry in listed if isinstance(listed, list) else ():
        video = _video(entry)
        if video and video.key not in seen:
            seen.add(video.key)
            yield video


def _video(entry: Any) -> Video | None:
    if not isinstance(entry, dict) or not (found := _ADDRESS.fullmatch(str(entry.get("uri")))):
        return None
    seconds, title = entry.get("duration"), entry.get("title")
    return Video(
        found[1],
        title if isinstance(title, str) and title else "(no title)",
        seconds if isinstance(seconds, int) and 0 < seconds < 1_000_000 else None,
        entry.get("embed") is not False,
    )


def best_first(videos: Iterable[Video], title: str | None, seconds: int | None) -> list[Video]:
    """The videos in the order in which they fit a track: by the share of the title's words that
    they name, and by how near their length is; else as Discogs lists them."""
    words = set(fold(title or "").split())

    def fit(video: Video) -> float:
        named = len(words & set(fold(video.title).split())) / len(words) if words else 0.0
        apart = abs(video.seconds - seconds) if video.seconds and seconds else SECONDS_APART
        return named + max(0.0, 1 - apart / SECONDS_APART) / 2

    return sorted(videos, key=fit, reverse=True)


def show_videos(cache_dir: Path, track: ToReview) -> None:
    """The videos of the track's release, the one that fits the track first."""
    videos = best_first(_cached(cache_dir, track.release_id), track.title, track.duration_seconds)
    if not videos:
        return
    st.caption("Videos on Discogs. A click loads one from YouTube.")
    for place, video in enumerate(videos[:MOST_SHOWN]):
        _show(video, place)


def _cached(cache_dir: Path, release_id: int) -> list[Video]:
    with suppress(MusicToolError):
        for cached in TracklistCache(cache_dir).look([release_id]):
            return [*videos_of(cached.payload())]
    return []


def _show(video: Video, place: int) -> None:
    is_watched = st.session_state.get(_WATCHED) == video.key
    with st.container(horizontal=True, vertical_alignment="center"):
        if video.may_be_embedded:
            st.button(
                "Close" if is_watched else "Watch",
                key=f"{_WATCHED} {video.key}",
                shortcut="V" if place == 0 else None,
                on_click=_watch,
                args=(None if is_watched else video.key,),
            )
        else:
            st.link_button("Open", video.address)
        st.text(one_line(f"{video.title} ({length(video.seconds)})"))
    if is_watched:
        st.iframe(video.frame, height=240)


def _watch(key: str | None) -> None:
    st.session_state[_WATCHED] = key
