"""From keys to the files that have them: words, and triples of letters.

What belongs here: bringing the keys of a million files into a few flat arrays, and looking them up.
What does not: which keys a text has (`keys`), or how many must be shared.

Files are numbers here: their place in the library. A triple of letters has a mark before it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int32]
Codes = NDArray[np.int64]
Bits = NDArray[np.uint8]

_MARK: Final = "\x00"
_LETTERS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_BASE: Final = len(_LETTERS)
_PLACES: Final = np.full(256, -1, dtype=np.int32)
_PLACES[[ord(letter) for letter in _LETTERS]] = np.arange(_BASE)

_HALF: Final = 0xFFFFFFFF

# Files whose keys are brought together at a time: few enough for the processor's cache.
BLOCK: Final = 10_000

# A key is common if more than one file of so many has it: each file has a bit for it.
_RARE: Final = 256

# However many files have a common key, only of the first of these the numbers are kept too.
MOST_FILES: Final = 50_000


def triples(letters: str) -> set[str]:
    """Every three letters that stand together; a shorter text is one key."""
    if len(letters) <= 3:
        return {_MARK + letters} if letters else set()
    return {_MARK + letters[at : at + 3] for at in range(len(letters) - 2)}


def is_triple(key: str) -> bool:
    """Whether a key stands for letters, and not for a word."""
    return key.startswith(_MARK)


class Block(NamedTuple):
    """Some files that stand together, from `first` up to `last`: the keys that they have, their
    places among these (`keys`), how many files have each, and the files, key by key."""

    first: int
    last: int
    names: Sequence[str]
    keys: Codes
    sizes: Numbers
    files: Numbers


class Postings:
    """For each key the files that have it, in their order; for each file which of the common keys
    it has, as bits that stand together: one place in memory to look at, whatever is asked."""

    def __init__(self, parts: Iterable[Block]) -> None:
        """`parts`: all files, block by block (`block_of`)."""
        numbers: dict[str, int] = {}
        blocks: list[Block] = []
        first = 0
        for part in parts:
            first = part.last
            found = [numbers.setdefault(key, len(numbers)) for key in part.names]
            keys = np.array(found, dtype=np.int64)[part.keys]
            blocks.append(part._replace(names=(), keys=keys))
        held: Codes = np.zeros(len(numbers), dtype=np.int64)
        for each in blocks:
            held[each.keys] += each.sizes
        # In the order of the keys' text first: they were met in the order of sets, which is another
        # in each process.
        by_text = np.array([numbers[key] for key in sorted(numbers)], dtype=np.int64)
        rarest_first = by_text[np.argsort(held[by_text], kind="stable")]
        ranks = np.argsort(rarest_first)
        # Every key that a file has, and its number: the rarer, the lower; by it, how many have it.
        self.numbers: Mapping[str, int] = dict(zip(numbers, ranks.tolist(), strict=True))
        self.held: Codes = held[rarest_first]
        blocks = [each._replace(keys=ranks[each.keys]) for each in reversed(blocks)]
        common = self.held * _RARE > first
        self._columns: Numbers = np.where(common, np.cumsum(common) - 1, -1).astype(np.int32)
        kept = np.where(common, np.minimum(self.held, MOST_FILES), self.held)
        self._ends: Codes = np.cumsum(kept)
        self._starts: Codes = self._ends - kept
        self._files: Numbers = np.empty(kept.sum(), dtype=np.int32)
        self._bits: Bits = np.zeros((first, np.count_nonzero(common) + 7 >> 3), dtype=np.uint8)
        # Which files `sums` looks up; none in between.
        self._wanted: NDArray[np.bool_] = np.zeros(first, dtype=np.bool_)
        filled = self._starts.copy()
        while blocks:
            self._fill(blocks.pop(), filled)

    def files(self, key: int) -> Numbers:
        """The files that have the key of that number; of a common one the first MOST_FILES."""
        return self._files[self._starts[key] : self._ends[key]]

    def sums(self, files: Numbers, keys: Codes, values: Codes) -> Codes:
        """For each of some rising files the sum of the values of those keys that it has."""
        columns = self._columns[keys]
        common = columns >= 0
        columns = columns[common]
        bits = self._bits.take(files, axis=0).take(columns >> 3, axis=1)
        bits >>= (columns & 7).astype(np.uint8)
        bits &= 1
        # Not `@`, which in floating point may start threads.
        total = np.einsum("ij,j->i", bits, values[common])
        rare = np.flatnonzero(~common)
        if len(rare):
            postings = [self.files(keys[at]) for at in rare.tolist()]
            of_each = values[rare].repeat([len(each) for each in postings])
            holders = np.concatenate(postings)
            # Marked first: a byte a file is looked at far sooner than places are searched.
            self._wanted[files] = True
            found = self._wanted.take(holders).nonzero()[0]
            self._wanted[files] = False
            places = files.searchsorted(holders[found])
            # Sums in floating point, which are exact up to 2**53.
            total += np.bincount(places, of_each[found], len(files)).astype(np.int64)
        return total

    def _fill(self, block: Block, filled: Codes) -> None:
        """Puts the files of a block behind those of the blocks before it (`filled`)."""
        starts = np.cumsum(block.sizes) - block.sizes
        places = np.repeat(filled[block.keys] - starts, block.sizes) + np.arange(len(block.files))
        filled[block.keys] += block.sizes
        kept = places < np.repeat(self._ends[block.keys], block.sizes)
        self._files[places[kept]] = block.files[kept]
        columns = np.repeat(self._columns[block.keys], block.sizes)
        common = columns >= 0
        dense = np.zeros((block.last - block.first, self._bits.shape[1] * 8), dtype=np.bool_)
        dense[block.files[common] - block.first, columns[common]] = True
        self._bits[block.first : block.last] = np.packbits(dense, axis=1, bitorder="little")


def block_of(files: Iterable[tuple[set[str], Sequence[str]]], first: int) -> Block:
    """The files of a block by their keys, the first of them number `first`. `files`: for each its
    words, and the texts whose triples it has, without blanks."""
    numbers: dict[str, int] = {}
    keys, sizes = array("q"), array("q")
    texts: list[str] = []
    owners = array("q")
    for file, (words, bases) in enumerate(files, start=first):
        found = words
        for base in bases:
            if len(base) > 3 and base.isascii() and base.isalnum():
                texts.append(base)
                owners.append(file)
            else:
                found = found | triples(base)
        keys.extend([numbers.setdefault(key, len(numbers)) for key in found])
        sizes.append(len(found))
    last = first + len(sizes)
    holders = np.repeat(np.arange(first, last), np.frombuffer(sizes, np.int64))
    codes = np.concatenate(
        (
            np.array(keys, dtype=np.int64) << 32 | holders,
            _triples_of(texts, np.array(owners, np.int64), numbers),
        )
    )
    codes.sort()
    codes = codes[differ_from_before(codes)]
    by_key = codes >> 32
    begins = np.flatnonzero(differ_from_before(by_key))
    return Block(
        first,
        last,
        list(numbers),
        by_key[begins],
        np.diff(begins, append=len(codes)).astype(np.int32),
        (codes & _HALF).astype(np.int32),
    )


def _triples_of(texts: list[str], owners: Codes, numbers: dict[str, int]) -> Codes:
    """`triples` of many texts at once, coded; each triple once for each of the `owners`. The
    triples that have no number yet get one."""
    joined = np.frombuffer("\n".join([*texts, ""]).encode("ascii"), np.uint8)
    places = _PLACES[joined]
    if not texts:
        return owners
    one, two, three = places[:-2], places[1:-1], places[2:]
    inside = np.flatnonzero((one >= 0) & (two >= 0) & (three >= 0))
    found = (one[inside] * _BASE + two[inside]) * _BASE + three[inside]
    owner = np.repeat(owners, [len(text) + 1 for text in texts])[inside]
    owned = (owner << 16) | found
    owned.sort()
    owned = owned[differ_from_before(owned)]
    found = owned & 0xFFFF
    keys = np.zeros(_BASE**3, dtype=np.int64)
    for triple in np.flatnonzero(np.bincount(found)).tolist():
        pair, last = divmod(triple, _BASE)
        letters = _LETTERS[pair // _BASE] + _LETTERS[pair % _BASE] + _LETTERS[last]
        keys[triple] = numbers.setdefault(_MARK + letters, len(numbers))
    return keys[found] << 32 | owned >> 16


def differ_from_before(numbers: NDArray[Any]) -> NDArray[np.bool_]:
    """Which of some rising numbers are not the same as the one before."""
    is_new = np.ones(len(numbers), dtype=np.bool_)
    np.not_equal(numbers[1:], numbers[:-1], out=is_new[1:])
    return is_new


def among(numbers: Numbers, others: Numbers) -> NDArray[np.bool_]:
    """Which of some numbers are among some other, rising ones."""
    if not len(others):
        return np.zeros(len(numbers), dtype=np.bool_)
    return others.take(others.searchsorted(numbers), mode="clip") == numbers
