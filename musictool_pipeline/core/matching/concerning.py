"""Which tracks a change of the library could concern, so that the others need not be judged again.

What belongs here: asking every track whether it could be compared with one of a few files. What
does not: judging (`matcher`), or which files changed (the caller knows).

A verdict depends on the files that a track is compared with, and on how rare words are in the
library. So a track is concerned if a changed file passes for its title and artist (each file that
it is compared with does), or if it has a word of a changed file that few files have: one file more
weighs such a word otherwise. A word of many files weighs the same within a hair, and is left alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from musictool_pipeline.core.matching.keys import file_keys, other_keys
from musictool_pipeline.core.matching.probing import (
    Texts,
    by_the_artist,
    probe,
    probe_of,
    texts_of,
    titled,
)
from musictool_pipeline.core.matching.reading import read_vinyl
from musictool_pipeline.core.matching.tracks import (
    DigitalTrack,
    VinylTrack,
    shortened,
    suite_of,
)

RARE: Final = 20
"""A word that at most so many files have is weighed anew when one of them comes or goes."""


def concerned(
    tracks: Iterable[VinylTrack],
    changed: Iterable[DigitalTrack],
    library: Iterable[DigitalTrack],
) -> Iterator[VinylTrack]:
    """Those tracks that need judging again. `changed`: the files that came, went or say something
    else, as they were and as they are; `library`: all files that are there now."""
    files = [shortened(file) for file in changed if file.is_music]
    keys = [file_keys(file) for file in files]
    texts = texts_of(found.letters for found in keys)
    rare = _rare({word for found in keys for word in found.words}, library)
    for track in map(shortened, tracks):
        suite = suite_of(track)
        if not rare.isdisjoint(other_keys(track)) or any(
            _may_be_among(each, texts, files) for each in (track, suite) if each
        ):
            yield track


def _may_be_among(track: VinylTrack, texts: Texts, files: Sequence[DigitalTrack]) -> bool:
    near = titled(probe(track, ()), texts, files)
    if not near:
        return False
    wanted = probe_of(track, read_vinyl(track).readings)
    return bool(by_the_artist(wanted, [files[place] for place in near]))


def _rare(words: set[str], library: Iterable[DigitalTrack]) -> set[str]:
    """Those of the words that few files have. One that is written otherwise in a file (`D'Angelo`)
    may be missed there, and then counts as rarer than it is, which costs a little time."""
    rare, held = set(words), Counter[str]()
    for file in library:
        text = f"{file.artist} {file.title} {file.path}".lower()
        if file.is_music and any(word in text for word in rare):
            held.update(rare & file_keys(shortened(file)).words)
            rare = {word for word in rare if held[word] <= RARE}
    return rare
