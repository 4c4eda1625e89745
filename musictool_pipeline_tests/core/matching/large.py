"""Collections of any size, the same each time, for measuring speed and memory.

What belongs here: making invented tracks and files, and timing the matcher on them. What does not:
labels (`labelled`); how well it matches is not measured here.

Run as a module it prints CPU time, wall time and memory:
`python -m musictool_pipeline_tests.core.matching.large 10000 100000 2`.
"""

from __future__ import annotations

import random
import resource
import sys
import time
from bisect import bisect
from itertools import accumulate

from musictool_pipeline.core.matching.matcher import match_all
from musictool_pipeline.core.matching.tracks import DigitalTrack, VinylTrack

_FIRST = "b c d f g h j k l m n p r s t v w z br cr dr st tr sh"
_VOWELS = "a e i o u ea oo"
_SYLLABLES = [
    first + vowel + last
    for first in _FIRST.split()
    for vowel in _VOWELS.split()
    for last in ("", "n", "r", "l", "s", "ck", "nd")
]
_COMMON = (
    "the of love you my to in and night me i dance time it your be on life no one day baby heart "
    "all away girl music house go world black blue feel soul deep dream sun rain fire city high "
    "over come get down like man good back never free new rock funk acid space star moon light"
)
_VERSIONS = (
    "",
    "",
    "",
    "",
    "Dub",
    "Instrumental",
    "Radio Edit",
    "Extended Mix",
    "Club Mix",
    "Live",
)


class _Words:
    """Words as titles have them: few that are everywhere, many that are rare (Zipf's law)."""

    def __init__(self, chance: random.Random, size: int) -> None:
        rare = [
            "".join(chance.choices(_SYLLABLES, k=chance.choice((1, 2, 2, 3)))) for _ in range(size)
        ]
        self._words = list(dict.fromkeys(_COMMON.split() + rare))
        self._heights = list(accumulate(1 / (rank + 8) for rank in range(len(self._words))))
        self._chance = chance

    def phrase(self, most: int) -> str:
        count = 1 + self._chance.randrange(most)
        return " ".join(self._one() for _ in range(count)).title()

    def _one(self) -> str:
        height = self._chance.random() * self._heights[-1]
        return self._words[bisect(self._heights, height)]


def collection(vinyl: int, files: int) -> tuple[list[VinylTrack], list[DigitalTrack]]:
    """So many tracks on vinyl and so many files, about half of the tracks among them."""
    chance = random.Random(1982)
    words = _Words(chance, 20_000 + files // 20)
    artists = [words.phrase(3) for _ in range(max(10, files // 12))]
    library: list[DigitalTrack] = []
    for number in range(files):
        artist, title = chance.choice(artists), words.phrase(5)
        version = chance.choice(_VERSIONS)
        if chance.random() < 0.1:
            version = f"{chance.choice(artists)} Remix"
        full = f"{title} ({version})" if version else title
        tagged = chance.random() < 0.8
        library.append(
            DigitalTrack(
                f"f{number:08d}",
                artist if tagged else None,
                full if tagged else None,
                None,
                None,
                words.phrase(3) if chance.random() < 0.5 else None,
                None,
                f"/music/{artist}/{artist} - {full}.mp3",
                float(chance.randrange(150, 500)),
            )
        )
    tracks: list[VinylTrack] = []
    for number in range(vinyl):
        like = library[chance.randrange(files)]
        if number % 2 and like.artist and like.title:
            artist, title = like.artist, like.title
        else:
            artist, title = chance.choice(artists), words.phrase(5)
        tracks.append(
            VinylTrack(number + 1, artist, title, words.phrase(3), artist, None, None,
                       chance.randrange(150, 500) if number % 3 else None, "A1", 1994,
                       number // 4 + 1, number % 4 + 1)
        )  # fmt: skip
    return tracks, library


def main(vinyl: int, files: int, processes: int) -> None:
    tracks, library = collection(vinyl, files)
    made = resource.getrusage(resource.RUSAGE_SELF)
    started = time.perf_counter()
    counts: dict[str, int] = {}
    for verdict in match_all(tracks, library, processes=processes):
        counts[verdict.status] = counts.get(verdict.status, 0) + 1
    wall = time.perf_counter() - started
    own = resource.getrusage(resource.RUSAGE_SELF)
    theirs = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = own.ru_utime + own.ru_stime - made.ru_utime - made.ru_stime
    print(
        f"{vinyl} x {files}, {processes} process(es): {wall:.1f} s wall, CPU {cpu:.1f} s here "
        f"and {theirs.ru_utime + theirs.ru_stime:.1f} s in the others; memory "
        f"{made.ru_maxrss >> 10} MB "
        f"before, {own.ru_maxrss >> 10} MB here, {theirs.ru_maxrss >> 10} MB in the largest other; "
        f"{counts}"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
