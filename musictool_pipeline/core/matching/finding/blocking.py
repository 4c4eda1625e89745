"""Which few files are worth comparing with a track: an index of words and of letter triples.

What belongs here: the index from keys to files, and choosing among those that share some. What does
not: which keys a text has (`keys`), asking a file whether it has the title (`probing`), or reading
it properly (`reading`).

A file is found by the rare words of its title, artist and file name, and by triples of letters
of its title, which survive typing errors. Files are numbers here: their place in the library.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from dataclasses import fields
from itertools import chain
from operator import attrgetter
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from musictool_pipeline.core.matching.finding.keys import (
    APART,
    NO_KEYS,
    file_keys,
    other_keys,
    title_keys,
)
from musictool_pipeline.core.matching.finding.postings import (
    BLOCK,
    Block,
    Codes,
    Numbers,
    Postings,
    among,
    block_of,
    is_triple,
)
from musictool_pipeline.core.matching.finding.probing import Probe, by_the_artist, titled
from musictool_pipeline.core.matching.sharing import can_fork, shared_out
from musictool_pipeline.core.matching.tracks import DigitalTrack, VinylTrack
from musictool_pipeline.core.matching.words.lexicon import NUMBER_WORDS
from musictool_pipeline.core.matching.words.shared_words import Rarity, rarity
from musictool_pipeline.core.matching.words.text import fold, mended

# How many entries of the index are walked through for a track: rare keys first, title and artist
# apart, so that neither a common artist nor a common title can crowd out the other.
TITLE_BUDGET: Final = 3000
OTHER_BUDGET: Final = 1200

# Of the files met on that walk so many are looked at for the commoner keys too.
POOL: Final = 800
MOST_KEYS: Final = 120

# The share of the title's own keys, by weight, that a file must have to be worth comparing.
TITLE_SHARE: Final = 0.34

# Weights are whole numbers, whose sums are the same in whatever order; a sum takes half of 64 bits.
_FINE: Final = 1e6
_HALF: Final = 32
_LOWER: Final = (1 << _HALF) - 1
_APART: Final = APART.encode()
Weights = NDArray[np.int64]
Keys = NDArray[np.int64]


class _Rarities(dict[str, float]):
    """The weights of words, each counted the first time that it is asked for."""

    def __init__(self, held: Callable[[str], int], files: int) -> None:
        super().__init__()
        self._files_with, self._files = held, files

    def __missing__(self, word: str) -> float:
        found = self[word] = rarity(word, self._files_with(word), self._files)
        return found


class _Bytes(NamedTuple):
    """What is kept of some files, one file's behind the other's, and how many bytes each has."""

    together: bytes
    sizes: Numbers


def _bytes_of(files: Sequence[bytes]) -> _Bytes:
    return _Bytes(b"".join(files), np.fromiter(map(len, files), np.int32, len(files)))


class _Kept:
    """Bytes that are kept of each file, one file's behind the other's. Unlike objects they can be
    looked at in a forked process without a copy of the pages that they are on."""

    def __init__(self, files: int) -> None:
        self._together = bytearray()
        self._ends: Codes = np.zeros(files + 1, dtype=np.int64)

    def extend(self, first: int, further: _Bytes) -> None:
        """Puts those of further files, from the number `first` on, behind the others."""
        ends = further.sizes.cumsum(dtype=np.int64) + len(self._together)
        self._ends[first + 1 : first + 1 + len(ends)] = ends
        self._together += further.together

    def of(self, files: Numbers) -> list[bytearray]:
        """Those of some files."""
        spans = zip(self._ends[files].tolist(), self._ends[files + 1].tolist(), strict=True)
        return [self._together[start:end] for start, end in spans]

    def texts(self, files: Numbers) -> list[str]:
        """Those of some files as texts (APART)."""
        return _APART.join(self.of(files)).decode("utf-8", "surrogatepass").split(APART)


class _Part(NamedTuple):
    """Some files themselves, and what they are found by: keys, `FileKeys.letters` and `names`."""

    block: Block
    letters: _Bytes
    names: _Bytes
    files: _Bytes


_FIELDS: Final = attrgetter(*(field.name for field in fields(DigitalTrack)))


def _read(library: Sequence[DigitalTrack], numbers: range) -> _Part:
    letters: list[bytes] = []
    names: list[bytes] = []
    files: list[bytes] = []

    def keys_of(track: DigitalTrack) -> tuple[set[str], Sequence[str]]:
        keys = file_keys(track) if track.is_music else NO_KEYS
        letters.append(keys.letters.encode("utf-8", "surrogatepass"))
        names.append(keys.names.encode("ascii"))
        files.append(pickle.dumps(_FIELDS(track), pickle.HIGHEST_PROTOCOL))
        return keys.words, keys.bases

    block = block_of(map(keys_of, library[numbers.start : numbers.stop]), numbers.start)
    return _Part(block, *map(_bytes_of, (letters, names, files)))


class CandidateIndex:
    """From keys to the numbers of the files that have them."""

    def __init__(self, library: Sequence[DigitalTrack], processes: int = 1) -> None:
        """With more processes the files are shared out among them, if they can be forked."""
        self._letters, self._names, self._files = (_Kept(len(library)) for _ in range(3))
        parts = [range(at, min(at + BLOCK, len(library))) for at in range(0, len(library), BLOCK)]
        many = min(processes, len(parts)) if can_fork() else 1
        self._postings = Postings(map(self._kept, shared_out(_read, library, parts, many)))
        self._held = held = self._postings.held
        self._weights: Weights = np.round(_FINE * np.log1p(len(library) / held)).astype(np.int64)
        self._rarities = _Rarities(self._files_with, len(library))

    def _kept(self, part: _Part) -> Block:
        """The keys of some files, of which the rest is kept on the way."""
        self._letters.extend(part.block.first, part.letters)
        self._names.extend(part.block.first, part.names)
        self._files.extend(part.block.first, part.files)
        return part.block

    def file(self, number: int) -> DigitalTrack:
        """The file of that number."""
        (kept,) = self._files.of(np.array([number]))
        return DigitalTrack(*pickle.loads(kept))

    @property
    def rarity(self) -> Rarity:
        """From a folded word to its weight in this library (`shared_words.rarity`)."""
        return self._rarities.__getitem__

    def _files_with(self, word: str) -> int:
        key = self._postings.numbers.get(word)
        return 0 if key is None else int(self._held[key])

    def worth_reading(
        self, asked: Sequence[tuple[VinylTrack, Probe]], most: int
    ) -> list[list[int]]:
        """For each track those of its candidates that `titled` and `by_the_artist` let through."""
        found = [self.candidates(track, most) for track, _ in asked]
        return [
            self._passing(wanted, np.array(numbers, dtype=np.int32)) if numbers else []
            for (_, wanted), numbers in zip(asked, found, strict=True)
        ]

    def _passing(self, wanted: Probe, found: Numbers) -> list[int]:
        # The artist first: few files of another pass, and many have some such title.
        found = found[sorted(by_the_artist(wanted, self._names.texts(found)))]
        if len(found):
            letters = self._letters.texts(found)
            found = found[sorted(titled(wanted, letters, lambda at: self.file(found[at])))]
        return found.tolist()

    def candidates(self, track: VinylTrack, most: int) -> Sequence[int]:
        """The numbers of at most `most` files that share enough keys, the likeliest first."""
        found = [self._candidates(track, keys, most) for keys in title_keys(track)]
        return list(dict.fromkeys(chain(*found)))[:most]

    def _candidates(self, track: VinylTrack, keys: set[str], most: int) -> Sequence[int]:
        """Those that have enough of these keys of the title."""
        titled = self._known(keys)
        if not len(titled):
            return ()
        others = self._known(other_keys(track) - keys)
        walked = self._within(titled, TITLE_BUDGET)
        walked_others = self._within(others, OTHER_BUDGET)
        pool, both = self._walk(walked, walked_others)
        if len(pool) > POOL:
            best = _heaviest(both & _LOWER, POOL)
            pool, both = pool[best], both[best]
        title_weight, weight = both >> _HALF, both & _LOWER
        needed = TITLE_SHARE * self._weights[titled].sum()
        held = self._hold_all(keys, artist=fold(mended(track.artist or "")).split())
        spared = among(pool, held)
        rest = titled[len(walked) :]
        if len(rest):
            # Only files that can have enough are looked up.
            may = spared | (title_weight + self._weights[rest].sum() >= needed)
            pool, spared = pool[may], spared[may]
            title_weight, weight = title_weight[may], weight[may]
            further = self._shared(pool, rest)
            title_weight += further
            weight += further
        kept = spared | (title_weight >= needed)
        pool, weight = pool[kept], weight[kept]
        if len(pool) > most:
            weight += self._shared(pool, others[len(walked_others) :])
            pool = pool[np.argsort(-weight, kind="stable")[:most]]
        return pool.tolist()

    def _hold_all(self, keys: set[str], artist: Sequence[str]) -> Numbers:
        """The files that hold every word of the title, wherever they have it: as the artist, or in
        the file's name beside a tag like `Track 3`.

        None where each word is a common one, or one of the artist's, which all of his files hold.
        """
        words = {word for word in keys if not is_triple(word) and word not in NUMBER_WORDS}
        numbers = self._postings.numbers
        if not words or not words <= numbers.keys() or words.issubset(artist):
            return _NONE
        rarest, *others = sorted(numbers[word] for word in words)
        if self._held[rarest] > POOL:
            return _NONE
        held = self._postings.files(rarest)
        further = np.array(others, dtype=np.int64)
        return held[self._postings.sums(held, further, np.ones_like(further)) == len(further)]

    def _walk(self, titled: Keys, others: Keys) -> tuple[Numbers, Weights]:
        """The files that have any of the keys, in order, and the weight of those that they have: of
        the title's keys in the upper half, of all in the lower one."""
        keys = np.concatenate((titled, others))
        postings = [self._postings.files(key) for key in keys.tolist()]
        # File and key in one number, so that a single sort brings each file's keys together: one
        # that merges what rises already, in a fifth of the time of another.
        codes = np.concatenate(postings, dtype=np.int64)
        codes <<= 8
        codes |= np.arange(len(keys)).repeat([len(files) for files in postings])
        codes.sort(kind="stable")
        files = (codes >> 8).astype(np.int32)
        is_last = np.ones(len(files), dtype=np.bool_)
        np.not_equal(files[1:], files[:-1], out=is_last[:-1])
        last = is_last.nonzero()[0]
        weights = self._weights[keys]
        weights[: len(titled)] |= weights[: len(titled)] << _HALF
        codes &= 255
        both = weights.take(codes).cumsum().take(last)
        both[1:] -= both[:-1].copy()
        return files.take(last), both

    def _known(self, keys: set[str]) -> Keys:
        """The numbers of the keys that any file has, rarest first."""
        numbers = self._postings.numbers
        return np.array(sorted(numbers[key] for key in keys & numbers.keys()), dtype=np.int64)

    def _within(self, keys: Keys, budget: int) -> Keys:
        """The rarest of the keys, until the budget is spent; always the rarest one."""
        taken = self._held[keys].cumsum().searchsorted(budget, side="right")
        return keys[: min(max(int(taken), 1), MOST_KEYS)]

    def _shared(self, pool: Numbers, keys: Keys) -> Weights:
        """For each file of the pool the weight of the keys that it has."""
        return self._postings.sums(pool, keys, self._weights[keys])


def _heaviest(weights: Weights, most: int) -> NDArray[np.int64]:
    """The places of the greatest weights, in their order; of equal ones the first."""
    # Few weights differ, and numbers of which many are equal are sorted far sooner than parted.
    rising = weights.astype(np.uint32)
    rising.sort()
    least = rising[-most]
    heavier = weights > least
    equal = np.flatnonzero(weights == least)
    heavier[equal[: most - np.count_nonzero(heavier)]] = True
    return np.flatnonzero(heavier)


_NONE: Final[Numbers] = np.zeros(0, dtype=np.int32)
