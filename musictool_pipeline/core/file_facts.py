"""What tells a file apart once its name is gone: its size, its length, its tags.

What belongs here: the facts that are kept with a decision, and finding the one file that has them.
What a decision says of that file belongs to `core.decisions`.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from musictool_pipeline.core.matching.tracks import DigitalTrack

SECONDS_APART: Final = 1
"""Programs round a length in their own ways."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a file held when it was decided on: its size in bytes, its length in whole seconds, and
    a fingerprint of artist and title, as `tags_mark` makes it; None for what is unknown."""

    size: int | None = None
    seconds: int | None = None
    tags: str | None = None


def facts_of(
    size: int | None, seconds: float | None, artist: str | None, title: str | None
) -> FileFacts | None:
    """The facts of a file; None if nothing is known of it."""
    whole = None if seconds is None else round(seconds)
    facts = FileFacts(size or None, whole or None, tags_mark(artist, title))
    return None if facts == FileFacts() else facts


def tags_mark(artist: str | None, title: str | None) -> str | None:
    """A fingerprint of both tags; None if one of them is missing.

    A title can be a formula to the spreadsheet in which the decisions are opened, so none is
    written there; the first letter keeps a spreadsheet from reading a number.
    """
    if not artist or not title:
        return None
    text = f"{artist}\n{title}"
    digest = hashlib.md5(unicodedata.normalize("NFC", text).encode(), usedforsecurity=False)
    return f"t{digest.hexdigest()[:12]}"


class FilesByFacts:
    """The files of the libraries, to be found by what is in them; `sizes` are theirs by their
    digital ids. A file is looked at once, for any number of questions."""

    def __init__(self, library: Iterable[DigitalTrack], sizes: Mapping[str, int | None]) -> None:
        self._by_size: dict[int, list[_Known]] = defaultdict(list)
        self._by_tags: dict[str, list[_Known]] = defaultdict(list)
        for track in library:
            known = _Known(track, tags_mark(track.artist, track.title))
            if size := sizes.get(track.digital_id):
                self._by_size[size].append(known)
            if known.tags:
                self._by_tags[known.tags].append(known)

    def alike(self, facts: FileFacts) -> tuple[list[DigitalTrack], str]:
        """The files with the size and the length of `facts`, or else with its length and tags, and
        in words what they have in common. Of several with one size those with its tags count. A
        file with other tags never does: two recordings of one length have one size, too, if they
        are not compressed."""
        of_size = [
            it
            for it in self._by_size.get(facts.size or 0, ())
            if is_as_long(facts, it.track.duration_seconds)
            and (it.tags == facts.tags or it.tags is None or facts.tags is None)
        ]
        tagged_so = [it for it in of_size if facts.tags and it.tags == facts.tags]
        if found := tagged_so or of_size:
            return [it.track for it in found], "size and length"
        tagged = [
            it.track
            for it in self._by_tags.get(facts.tags or "", ())
            if is_as_long(facts, it.track.duration_seconds)
        ]
        return tagged, "length and tags"


@dataclass(frozen=True, slots=True)
class _Known:
    track: DigitalTrack
    tags: str | None


def is_as_long(facts: FileFacts, seconds: float | None) -> bool:
    """True if both lengths are known and are the same, however they are rounded."""
    return bool(
        facts.seconds and seconds is not None and abs(seconds - facts.seconds) <= SECONDS_APART
    )
