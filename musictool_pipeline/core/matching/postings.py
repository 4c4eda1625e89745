"""From keys to the files that have them, and back: words, and triples of letters.

What belongs here: bringing the keys of a million files into a few flat arrays, and looking them up.
What does not: which keys a text has (`blocking`), or how many must be shared.

Files are numbers here: their place in the library. A triple of letters has a mark before it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int32]
Codes = NDArray[np.int64]
Integer = TypeVar("Integer", np.int32, np.int64)

_MARK: Final = "\x00"
_LETTERS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_BASE: Final = len(_LETTERS)
_PLACES: Final = np.full(256, -1, dtype=np.int32)
_PLACES[[ord(letter) for letter in _LETTERS]] = np.arange(_BASE)

_HALF: Final = 0xFFFFFFFF

# Files whose keys are brought together at a time: few enough for the processor's cache.
_BLOCK: Final = 20_000


def triples(letters: str) -> set[str]:
    """Every three letters that stand together; a shorter text is one key."""
    if len(letters) <= 3:
        return {_MARK + letters} if letters else set()
    return {_MARK + letters[at : at + 3] for at in range(len(letters) - 2)}


def is_triple(key: str) -> bool:
    """Whether a key stands for letters, and not for a word."""
    return key.startswith(_MARK)


class Postings:
    """For each key the files that have it, in their order, and for each file its keys."""

    def __init__(self, keys: Iterable[tuple[set[str], Sequence[str]]]) -> None:
        """`keys`: for each file its words, and the texts whose triples it has, without blanks."""
        self._numbers: dict[str, int] = {}
        by_key: list[Codes] = []
        by_file: list[Numbers] = []
        sizes: list[Codes] = []
        rest, first = iter(keys), 0
        while block := list(islice(rest, _BLOCK)):
            codes = self._coded(block, first)
            by_file.append((codes & _HALF).astype(np.int32))
            sizes.append(np.bincount((codes >> 32) - first, minlength=len(block)))
            by_key.append(((codes & _HALF) << 32) | (codes >> 32))
            first += len(block)
        self._keys: Numbers = _joined(by_file, np.int32)
        self._file_sizes = _joined(sizes, np.int64)
        self._file_ends = np.cumsum(self._file_sizes)
        codes = _joined(by_key, np.int64)
        codes.sort()
        starts = np.arange(len(self._numbers) + 1, dtype=np.int64) << 32
        self._starts: list[int] = np.searchsorted(codes, starts).tolist()
        np.bitwise_and(codes, _HALF, out=codes)
        self._files: Numbers = codes.astype(np.int32)

    @property
    def numbers(self) -> Mapping[str, int]:
        """Every key that a file has, and its number."""
        return self._numbers

    def files(self, key: int) -> Numbers:
        """The files that have the key of that number."""
        return self._files[self._starts[key] : self._starts[key + 1]]

    def held(self, key: int) -> int:
        """How many files those are."""
        return self._starts[key + 1] - self._starts[key]

    def held_by_key(self) -> Codes:
        """How many files have each key, by its number."""
        return np.diff(np.array(self._starts, dtype=np.int64))

    def sums(self, files: Numbers, values: Numbers) -> Codes:
        """For each of some files that have keys the sum of the `values` (by number) of these."""
        if not len(files):
            return np.zeros(0, dtype=np.int64)
        ends, sizes = self._file_ends.take(files), self._file_sizes.take(files)
        until = np.cumsum(sizes)
        places = np.repeat((ends - until).astype(np.int32), sizes)
        places += np.arange(len(places), dtype=np.int32)
        found = values.take(self._keys.take(places, mode="clip"), mode="clip")
        return np.add.reduceat(found, until - sizes, dtype=np.int64)

    def _coded(self, block: list[tuple[set[str], Sequence[str]]], first: int) -> Codes:
        """File and key in one number, in their order."""
        numbers = self._numbers
        keys, sizes = array("q"), array("q")
        texts: list[str] = []
        owners = array("q")
        for file, (words, bases) in enumerate(block, start=first):
            found = words
            for base in bases:
                if len(base) > 3 and base.isascii() and base.isalnum():
                    texts.append(base)
                    owners.append(file)
                else:
                    found = found | triples(base)
            keys.extend([numbers.setdefault(key, len(numbers)) for key in found])
            sizes.append(len(found))
        files = np.repeat(np.arange(first, first + len(block)), np.frombuffer(sizes, np.int64))
        of_words = (files << 32) | np.array(keys, dtype=np.int64)
        codes = np.concatenate((of_words, self._triples_of(texts, np.array(owners, np.int64))))
        codes.sort()
        return codes

    def _triples_of(self, texts: list[str], owners: Codes) -> Codes:
        """`triples` of many texts at once, coded; each triple once for each of the `owners`."""
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
        owned = owned[np.concatenate(([True], owned[1:] != owned[:-1]))]
        found = owned & 0xFFFF
        keys = np.zeros(_BASE**3, dtype=np.int64)
        for triple in np.flatnonzero(np.bincount(found)).tolist():
            pair, last = divmod(triple, _BASE)
            letters = _LETTERS[pair // _BASE] + _LETTERS[pair % _BASE] + _LETTERS[last]
            keys[triple] = self._numbers.setdefault(_MARK + letters, len(self._numbers))
        return ((owned >> 16) << 32) | keys[found]


def _joined(blocks: list[NDArray[Integer]], kind: type[Integer]) -> NDArray[Integer]:
    """All of them in one, each let go as soon as it is copied."""
    joined = np.empty(sum(map(len, blocks)), dtype=kind)
    end = len(joined)
    while blocks:
        block = blocks.pop()
        joined[end - len(block) : end] = block
        end -= len(block)
    return joined
