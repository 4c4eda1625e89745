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
from typing import Final, NamedTuple

from rapidfuzz import process
from rapidfuzz.fuzz import partial_ratio

from musictool_pipeline.core.matching.finding.keys import (
    APART,
    UNREADABLE,
    FileKeys,
    file_keys,
    other_keys,
    title_letters,
)
from musictool_pipeline.core.matching.finding.probing import (
    NEAR,
    by_the_artist,
    probe,
    probe_of,
    titled,
)
from musictool_pipeline.core.matching.parsing.reading import read_vinyl
from musictool_pipeline.core.matching.tracks import (
    DigitalTrack,
    VinylTrack,
    shortened,
    suite_of,
)

RARE: Final = 20
"""A word that at most so many files have is weighed anew when one of them comes or goes."""


class Question(NamedTuple):
    """What a track asks of the files, as text that can be kept: to make it takes longer than to ask
    a few files. `titles` and `words` as `Probe` has them, letters only, of the track and of its
    suite, each on a line; `others`: its further keys."""

    titles: str
    words: str
    others: str


def asked_by(track: VinylTrack) -> Question:
    """What a track asks."""
    track = shortened(track)
    suite = suite_of(track)
    probes = [probe(each, ()) for each in (track, suite) if each]
    return Question(
        APART.join(title for it in probes for title in it.titles),
        APART.join(_parts(it.words) for it in probes),
        " ".join(sorted(other_keys(track))),
    )


# Words of which no letter is left: every text holds them.
_NO_LETTERS: Final = "*"


def _parts(words: Iterable[str]) -> str:
    parts = sorted(set(map(title_letters, words)), key=len, reverse=True)
    return " ".join(filter(None, parts)) or (_NO_LETTERS if parts else "")


def perhaps_concerned(
    asked: Iterable[tuple[int, Question]], changed: Iterable[DigitalTrack], rare: set[str]
) -> set[int]:
    """The numbers of all that `concerned` could name, and of a few others. `asked`: what the tracks
    ask, behind a number for each."""
    keys = [file_keys(shortened(it)) for it in changed if it.is_music]
    texts = {text for of_file in keys for text in of_file.letters.split(APART) if text}
    titles: list[str] = []
    owners: list[int] = []
    found: set[int] = set()
    for number, (of_track, words, others) in asked:
        for title in of_track.split(APART):
            titles.append(title)
            owners.append(number)
        if (
            UNREADABLE in texts
            or (rare and not rare.isdisjoint(others.split(" ")))
            or any(_holds(text, parts) for parts in words.split(APART) if parts for text in texts)
        ):
            found.add(number)
    for text in texts:
        near = process.extract(text, titles, scorer=partial_ratio, score_cutoff=NEAR, limit=None)
        found.update(owners[at] for title, _, at in near if title)
    return found


def _holds(text: str, parts: str) -> bool:
    return parts == _NO_LETTERS or all(part in text for part in parts.split(" "))


def concerned(
    tracks: Iterable[VinylTrack], changed: Iterable[DigitalTrack], rare: set[str]
) -> Iterator[VinylTrack]:
    """Those tracks that need judging again. `changed`: the files that came, went or say something
    else, as they were and as they are; `rare`: those of their words that few files have."""
    files = [shortened(file) for file in changed if file.is_music]
    keys = [file_keys(file) for file in files]
    for track in map(shortened, tracks):
        suite = suite_of(track)
        if not rare.isdisjoint(other_keys(track)) or any(
            _may_be_among(each, keys, files) for each in (track, suite) if each
        ):
            yield track


def _may_be_among(
    track: VinylTrack, keys: Sequence[FileKeys], files: Sequence[DigitalTrack]
) -> bool:
    letters = APART.join([it.letters for it in keys]).split(APART)
    near = titled(probe(track, ()), letters, files.__getitem__) if files else set[int]()
    if not near:
        return False
    wanted = probe_of(track, read_vinyl(track).readings)
    return bool(by_the_artist(wanted, [keys[place].names for place in near]))


def words_of(changed: Iterable[DigitalTrack]) -> set[str]:
    """The words of files that came, went or say something else."""
    return {word for it in changed if it.is_music for word in file_keys(shortened(it)).words}


def rare_among(words: Iterable[str], library: Iterable[DigitalTrack]) -> set[str]:
    """Those of the words that few files have. One that is written otherwise in a file (`D'Angelo`)
    may be missed there, and then counts as rarer than it is, which costs a little time."""
    rare, held = set(words), Counter[str]()
    for file in library:
        text = f"{file.artist} {file.title} {file.path}".lower()
        if file.is_music and any(word in text for word in rare):
            held.update(rare & file_keys(shortened(file)).words)
            rare = {word for word in rare if held[word] <= RARE}
    return rare
