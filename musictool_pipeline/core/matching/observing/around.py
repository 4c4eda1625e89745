"""What can be seen of what stands around two titles: length, album, label, the very release.

What belongs here: comparing surroundings. What does not: reading them (`parsing.surroundings`), or
comparing titles and names (`recordings`).
"""

from __future__ import annotations

from functools import lru_cache

from rapidfuzz import fuzz

from musictool_pipeline.core.matching.observing.levels import UNKNOWN
from musictool_pipeline.core.matching.parsing.surroundings import Surroundings
from musictool_pipeline.core.matching.words.lexicon import ARTICLES, NEUTRAL
from musictool_pipeline.core.matching.words.text import SPELLING, likeness


def observe_surroundings(around_vinyl: Surroundings, around_file: Surroundings) -> dict[str, str]:
    """What all readings of a track and a file have in common."""
    release = {"release": "the same"} if is_same_release(around_vinyl, around_file) else {}
    return {
        **release,
        "length": length(around_vinyl.seconds, around_file.seconds),
        "album": same_album(around_vinyl, around_file),
        "label": _label(around_vinyl.label, around_file.label),
    }


def length(vinyl: float | None, file: float | None) -> str:
    """How two durations in seconds stand to each other. A rip from vinyl is off by the turntable's
    pitch: 3.5 %, and 8 % at the end of its control."""
    if not vinyl or not file:
        return UNKNOWN
    apart = abs(file - vinyl)
    if apart <= 2:
        return "equal"
    if apart <= max(5.0, 0.035 * vinyl):
        return "near"
    if apart <= max(20.0, 0.08 * vinyl):
        return "off"
    if apart <= max(30.0, 0.2 * vinyl):
        return "far off"
    return "another"


def same_album(vinyl: Surroundings, file: Surroundings) -> str:
    """`same`, `other` or `unknown`; a folder counts as an album's name too."""
    if is_same_release(vinyl, file):
        return "same"
    named = [text for text in (file.album, *file.folders) if text]
    if not vinyl.album or not named:
        return UNKNOWN
    if any(_albums_alike(vinyl.album, text) for text in named):
        return "same"
    return "same" if vinyl.album_alone == file.album_alone else "other"


def is_same_release(vinyl: Surroundings, file: Surroundings) -> bool:
    """Whether the file is from this very record: by its number on Discogs, or by a catalogue number
    if no other label is named. Another number may be another pressing, and says nothing."""
    if file.release_id is not None and file.release_id == vinyl.release_id:
        return True
    shared = file.catalog_numbers & vinyl.catalog_numbers
    return bool(shared) and _label(vinyl.label, file.label) != "other"


@lru_cache(maxsize=1 << 14)
def _albums_alike(one: str, other: str) -> bool:
    if likeness(one, other) >= SPELLING:
        return True
    shared = set(one.split()) & set(other.split()) - ARTICLES - NEUTRAL
    return len(shared) >= 2 and fuzz.token_set_ratio(one, other) >= 95


def _label(one: str, other: str) -> str:
    if not one or not other:
        return UNKNOWN
    alike = likeness(one, other) >= SPELLING or (one.startswith(other) and len(other) > 3)
    return "same" if alike else "other"
