"""Short ways to write down a track on vinyl and a file, and to have them read and judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from musictool_pipeline.core.matching.comparing import Comparison, compare
from musictool_pipeline.core.matching.deciding import Decision, decide
from musictool_pipeline.core.matching.parsing.arranging import Reading
from musictool_pipeline.core.matching.parsing.reading import (
    TrackReadings,
    base_title,
    read_among,
    read_digital,
    read_vinyl,
)
from musictool_pipeline.core.matching.tracks import DigitalTrack, MatchSettings, VinylTrack
from musictool_pipeline.core.matching.weighing.points import points

SETTINGS: Final = MatchSettings()


def vinyl(
    artist: str | None,
    title: str | None,
    *,
    album: str | None = None,
    album_artist: str | None = None,
    label: str | None = None,
    seconds: int | None = None,
    number: int = 1,
    remixer: str | None = None,
    parent_title: str | None = None,
    catalog_number: str | None = None,
    year: int | None = None,
) -> VinylTrack:
    return VinylTrack(
        track_id=number,
        artist=artist,
        title=title,
        album=album,
        album_artist=album_artist or artist,
        label=label,
        catalog_number=catalog_number,
        duration_seconds=seconds,
        position="A1",
        release_year=year,
        release_id=1,
        track_number=number,
        remixer=remixer,
        parent_title=parent_title,
    )


def digital(
    artist: str | None,
    title: str | None,
    *,
    digital_id: str = "f1",
    path: str | None = None,
    seconds: float | None = None,
    remixer: str | None = None,
    mix: str | None = None,
    album: str | None = None,
    label: str | None = None,
    is_music: bool = True,
    catalog_number: str | None = None,
    release_id: int | None = None,
) -> DigitalTrack:
    return DigitalTrack(
        *(digital_id, artist, title, remixer, mix, album, label, path, seconds, is_music),
        *(catalog_number, release_id),
    )


def read_on_record(track: VinylTrack, record: Sequence[VinylTrack]) -> TrackReadings:
    """What a track says beside the others of its record (`record`, itself included)."""
    return read_among(track, Counter(map(base_title, record)))


def on_record(title: str, album: str | None = None, remixer: str | None = None) -> Reading:
    """The most trusted reading of a title on a record by Goldie."""
    return read_vinyl(vinyl("Goldie", title, album=album, remixer=remixer)).readings[0]


def of_file(title: str, album: str | None = None) -> Reading:
    """The most trusted reading of a title in a tag of Goldie's."""
    return read_digital(digital("Goldie", title, album=album)).readings[0]


def compared(track: VinylTrack, file: DigitalTrack) -> Comparison:
    """The two beside each other, every word as rare as another."""
    found = compare(read_vinyl(track), read_digital(file), lambda word: 1.0, points())
    assert found is not None
    return found


def decided(found: Comparison, settings: MatchSettings) -> Decision:
    """What follows from a comparison."""
    return decide(found, settings, points()["definition"])


def judged(track: VinylTrack, file: DigitalTrack) -> Decision:
    """What follows for the two."""
    return decided(compared(track, file), SETTINGS)
