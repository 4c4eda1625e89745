"""What goes into the matcher and what comes out: plain records without behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

OWNED: Final = "owned"
OTHER_VERSION: Final = "other_version"
REVIEW: Final = "review"
MISSING: Final = "missing"

STATUSES: Final = (OWNED, OTHER_VERSION, REVIEW, MISSING)


@dataclass(frozen=True, slots=True)
class VinylTrack:
    """One track on a record, with texts as printed; None where unknown.

    `artist_on_discogs`: the credit by the artists' names there, where the record prints others.
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


@dataclass(frozen=True, slots=True)
class DigitalTrack:
    """One file of the digital library, with tags as stored; None where there is no tag.

    `path` is the file's, with either kind of slash; what is not `is_music` is never matched.
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
    """Where the lines are drawn. Scores and confidences run from 0 to 100.

    `title_weight`: the title's share in the confidence, the artist has the rest.
    `artist_floor`: below it the artist is another. `distinctive_letters`: a title as long as
    this can stand for an unknown artist where the duration agrees. `review_confidence`: the most
    that a file to look at is given. `candidates`: how many files are compared for each track.
    """

    title_weight: float = 0.58
    artist_floor: int = 80
    distinctive_letters: int = 12
    review_confidence: int = 70
    candidates: int = 80
