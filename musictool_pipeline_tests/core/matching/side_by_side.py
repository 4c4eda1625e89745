"""A track on vinyl and a file side by side, and what is observed of the two."""

from __future__ import annotations

from collections.abc import Mapping

from musictool_pipeline.core.matching.parsing.arranging import Reading
from musictool_pipeline.core.matching.parsing.reading import read_digital, read_vinyl
from musictool_pipeline.core.matching.parsing.surroundings import Surroundings
from musictool_pipeline.core.matching.tracks import DigitalTrack, VinylTrack
from musictool_pipeline_tests.core.matching.weights import observe_recording


def weigh(word: str) -> float:
    """How much a word weighs in a library in which three words are common."""
    return 0.1 if word in ("the", "of", "and") else 1.0


def sides(
    track: VinylTrack, file: DigitalTrack
) -> tuple[Reading, Reading, Surroundings, Surroundings]:
    """The most trusted reading of either, and what stands around them."""
    mine, theirs = read_vinyl(track), read_digital(file)
    return mine.readings[0], theirs.readings[0], mine.surroundings, theirs.surroundings


def seen(track: VinylTrack, file: DigitalTrack) -> Mapping[str, str]:
    """What is observed of the recording."""
    return observe_recording(*sides(track, file), weigh)
