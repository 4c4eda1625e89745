"""What goes into the matcher and what comes out: plain records without behaviour."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import Final, TypeVar

OWNED: Final = "owned"
OTHER_VERSION: Final = "other_version"
REVIEW: Final = "review"
MISSING: Final = "missing"

STATUSES: Final = (OWNED, OTHER_VERSION, REVIEW, MISSING)


@dataclass(frozen=True, slots=True)
class VinylTrack:
    """One track on a record, with texts as printed; None where unknown.

    `artist_on_discogs`: the credit by the artists' names there, where the record prints others;
    `remixer`: who the further credits name; `parent_title`: the suite that it is a part of.
    """

    track_id: int
    artist: str | None
    title: str | None
    album: str | None
    album_artist: str | None
    label: str | None
    catalog_number: str | None
    duration_seconds: int | None
    position: str | None
    release_year: int | None
    release_id: int
    track_number: int
    artist_on_discogs: str | None = None
    remixer: str | None = None
    parent_title: str | None = None


def suite_of(track: VinylTrack) -> VinylTrack | None:
    """The suite that a track is a part of, as if it were one track; None if it is in none."""
    if not track.parent_title or track.parent_title == track.title:
        return None
    return replace(track, title=track.parent_title, parent_title=None, duration_seconds=None)


@dataclass(frozen=True, slots=True)
class DigitalTrack:
    """One file of the digital library, with tags as stored; None where there is no tag.

    `path` is the file's, with either kind of slash; what is not `is_music` is never matched.
    `catalog_number` and `discogs_release_id` are those of the release that the file is from.
    """

    digital_id: str
    artist: str | None
    title: str | None
    remixer: str | None
    mix: str | None
    album: str | None
    label: str | None
    path: str | None
    duration_seconds: float | None
    is_music: bool = True
    catalog_number: str | None = None
    discogs_release_id: int | None = None


MOST_LETTERS: Final = 500
"""Of a text longer than this nothing more is read: no title is, and comparing two takes the longer
the longer they are, times each other."""

Track = TypeVar("Track", VinylTrack, DigitalTrack)

_TEXTS: Final = {
    kind: tuple(each.name for each in fields(kind) if each.type == "str | None")
    for kind in (VinylTrack, DigitalTrack)
}
_ALL_TEXTS: Final = {kind: attrgetter(*names) for kind, names in _TEXTS.items()}


def shortened(track: Track) -> Track:
    """The track with no text longer than MOST_LETTERS; of a path the end is kept."""
    texts = _ALL_TEXTS[type(track)](track)
    if sum(len(text or "") for text in texts) <= MOST_LETTERS:
        return track
    cut = {
        name: text[-MOST_LETTERS:] if name == "path" else text[:MOST_LETTERS]
        for name, text in zip(_TEXTS[type(track)], texts, strict=True)
        if text
    }
    return replace(track, **cut)


@dataclass(frozen=True, slots=True)
class Judgement:
    """How one file stands to one track on vinyl. `confidence`: 0 to 100, in that status."""

    digital_id: str
    status: str
    confidence: int
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of one track on vinyl: the best file, and the others that came near it.

    `digital_id` is None and `alternatives` is empty where the status is `missing`; where it is
    `other_version`, `alternatives` lists every version, the best one included.
    """

    track_id: int
    status: str
    confidence: int
    reason: str
    digital_id: str | None
    alternatives: tuple[Judgement, ...]


@dataclass(frozen=True, slots=True)
class MatchSettings:
    """Where the lines are drawn, as probabilities from 0 to 1.

    `review_from`: from here on a file may be the same recording, and a person should look;
    `recording_from`: from here on it is. `owned_from`: from here on it is the same recording and
    the same version; `version_below`: up to here it is another version of the recording.
    `candidates`: how many files are compared for each track.
    """

    recording_from: float = 0.7
    review_from: float = 0.35
    owned_from: float = 0.7
    version_below: float = 0.4
    candidates: int = 80


DEFAULT_SETTINGS: Final = MatchSettings()
