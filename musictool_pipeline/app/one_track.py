"""The one track that a release and a position name, for commands that need exactly one.

What belongs here: what to say if there are several. `explain` finds the tracks, and explains all of
them.
"""

from __future__ import annotations

from collections.abc import Sequence

from musictool_pipeline.core.matching.tracks import VinylTrack
from musictool_pipeline.core.words import name_of
from musictool_pipeline.errors import MusicToolError


def the_only_track(meant: Sequence[VinylTrack], release_id: int, position: str) -> VinylTrack:
    """The track, of the ones that the position names. Raises MusicToolError if there are several,
    and says by which number each is named."""
    if len(meant) > 1:
        named = "; ".join(
            f"#{track.track_number}: {name_of(track.artist, track.title)}" for track in meant
        )
        raise MusicToolError(
            f"{len(meant)} tracks of release {release_id} have the position {position}.",
            f"Give one track's number with a #: {named}",
        )
    (track,) = meant
    return track
