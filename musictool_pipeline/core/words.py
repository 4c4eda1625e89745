"""Numbers, counts, shares, lengths, sizes and statuses in words, as every face shows them.

What belongs here: turning a value into text. What is written around it, as HTML or in columns, is
the face's own.
"""

from __future__ import annotations

from typing import Final

from musictool_pipeline.core.decisions import NOT, SAME
from musictool_pipeline.core.matching.tracks import MISSING, OTHER_VERSION, OWNED, REVIEW

NOTHING: Final = "–"  # noqa: RUF001

STATUSES: Final = {
    MISSING: "missing",
    OTHER_VERSION: "other version",
    REVIEW: "review",
    OWNED: "owned",
}
"""Every status, from the largest gap to none, in the words that a person reads."""

DECIDED: Final = {SAME: "the same version", OTHER_VERSION: "another version", NOT: "not it"}
"""What a person can say of a file and a track, in the words that a person reads."""


def number(value: float) -> str:
    """`12,345`."""
    return f"{value:,.0f}"


def counted(count: int, one: str, many: str | None = None) -> str:
    """`1 track`, `12,345 tracks`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def name_of(artist: str | None, title: str | None) -> str:
    """`Artist - Title` of a record or a track."""
    return f"{artist or '(no artist)'} - {title or '(no title)'}"


def position_of(position: str | None, number: int) -> str:
    """A track's position as printed; `#3` if it has none."""
    return position or f"#{number}"


def unjudged(count: int) -> str:
    """`2 more tracks are not judged yet.`"""
    return f"{counted(count, 'more track')} {'is' if count == 1 else 'are'} not judged yet."


def share(value: float | None) -> str:
    """`34 %`; all is said only of all, and nothing only of nothing."""
    if value is None:
        return NOTHING
    percent = round(100 * value)
    if value > 0 and percent == 0:
        return "under 1 %"
    return f"{min(percent, 99) if value < 1 else percent} %"


def length(seconds: float | None) -> str:
    """`4:04`."""
    if seconds is None:
        return NOTHING
    whole = round(seconds)
    minutes = f"{whole // 60}:{whole % 60:02}"
    return minutes if whole < 3600 else f"{whole // 3600}:{whole % 3600 // 60:02}:{whole % 60:02}"


def size(count: float | None) -> str:
    """`11.7 MB`."""
    if count is None:
        return NOTHING
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit in ("bytes", "kB") else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def sound(bpm: float | None, musical_key: str | None, camelot: str | None) -> str:
    """`126.0 BPM, Am (8A)`; what is not known is left out, and "" if nothing is."""
    key = f"{musical_key} ({camelot})" if musical_key and camelot else musical_key or camelot
    return ", ".join(filter(None, [f"{bpm:.1f} BPM" if bpm else "", key or ""]))


def status_word(status: str) -> str:
    """A status of the gap analysis; one that is not known as it stands."""
    return STATUSES.get(status, status)
