"""Which few files are worth comparing with a track: an index of words and of letter triples.

What belongs here: keys of a text, and the index from keys to files. What does not: reading a title
properly (`reading`) or comparing (`scoring`); the keys are taken from the raw texts, cheaply, so
that a library of a million files is indexed without reading each of its titles.

A file is found by the rare words of its title, artist and file name, and by triples of letters
of its title, which survive typing errors. Files are numbers here: their place in the library.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz

from musictool_pipeline.core.matching.text import (
    fold,
    initials,
    letters_only,
    mended,
    other_decodings,
)
from musictool_pipeline.core.matching.tracks import DigitalTrack, VinylTrack
from musictool_pipeline.core.matching.versions import names_a_version
from musictool_pipeline.core.matching.vocabulary import (
    ARTICLES,
    LED_GROUPS,
    NOBODY,
    NUMBER_WORDS,
)

_BRACKETS: Final = re.compile(r"\s*(?:\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}|[(\[{][^)\]}]*$)\s*")
_WORD: Final = re.compile(r"[a-z0-9]")
_LEADING: Final = re.compile(r"^[0-9a-d]?[0-9]{1,3}[ ._)-]+")

# How many entries of the index are walked through for a track: rare keys first, title and artist
# apart, so that neither a common artist nor a common title can crowd out the other.
TITLE_BUDGET: Final = 3000
OTHER_BUDGET: Final = 1200

# Of the files met on that walk so many are looked at for the commoner keys too.
POOL: Final = 800
MOST_KEYS: Final = 120

# The share of the title's own keys, by weight, that a file must have to be worth comparing.
TITLE_SHARE: Final = 0.34

# How alike the best-fitting stretch of letters must be, 0 to 100 (`worth_reading`).
NEAR: Final = 78

Numbers = NDArray[np.int32]
Weights = NDArray[np.float64]


def _triples(text: str) -> set[str]:
    joined = text.replace(" ", "")
    if len(joined) <= 3:
        return {"\x00" + joined} if joined else set()
    return {"\x00" + joined[at : at + 3] for at in range(len(joined) - 2)}


def _base(printed: str) -> str:
    """The text outside of brackets; all of it where nothing stands outside."""
    if "(" not in printed and "[" not in printed and "{" not in printed:
        return printed
    bare = _BRACKETS.sub(" ", printed)
    return bare if len(bare.strip()) > 1 else printed


def _vinyl_base(track: VinylTrack) -> str:
    """The title without its brackets, and without a version behind a dash."""
    base = _base(mended(track.title or ""))
    before, dash, version = base.rpartition(" - ")
    return before if dash and before.strip() and names_a_version(fold(version)) else base


def _stem(path: str | None) -> str:
    """The file's name without folders and extension."""
    if not path:
        return ""
    name = path[max(path.rfind("/"), path.rfind("\\")) + 1 :]
    dot = name.rfind(".")
    return name[:dot] if dot > 0 and len(name) - dot <= 5 else name


def file_keys(track: DigitalTrack) -> set[str]:
    """The keys of a file: its words, and the triples of its title (its file name without one)."""
    stem = _stem(track.path)
    title, artist = track.title or "", track.artist or ""
    keys: set[str] = set()
    for text in (title, artist, stem):
        if not text:
            continue
        if not text.isascii():
            text = mended(text)
            for other in other_decodings(text):
                keys.update(fold(other).split())
                keys |= _triples(fold(_base(other)))
        words = _folded(text).split()
        keys.update(words)
        keys.update(NUMBER_WORDS[word] for word in words if word in NUMBER_WORDS)
    keys |= _triples(_folded(_base(title or _LEADING.sub("", stem))))
    return keys


def _folded(text: str) -> str:
    # `fold` remembers its answers, which is of no use for a million texts seen once.
    return fold.__wrapped__(text)


def title_keys(track: VinylTrack) -> set[str]:
    """The keys that a file must share some of to have this title."""
    base = fold(_vinyl_base(track))
    words = base.split()
    return {*(NUMBER_WORDS.get(word, word) for word in words), *words, *_triples(base)}


def other_keys(track: VinylTrack) -> set[str]:
    """Further keys, which only help: the artist's words, and those of the title's brackets."""
    artist = f"{track.artist or ''} {track.album_artist or ''} {track.artist_on_discogs or ''}"
    return {*fold(mended(artist)).split(), *fold(mended(track.title or "")).split()}


@dataclass(frozen=True, slots=True)
class Probe:
    """What a track's files must hold somewhere in their texts; letters only, without blanks.

    `names` are empty where the artist is unknown; `brackets` may name the remixer.
    """

    title: str
    names: tuple[str, ...]
    brackets: str


def probe(track: VinylTrack, names: Sequence[str], whole: Sequence[str] = ()) -> Probe:
    """The probe of a track by the artists with these folded names; `whole`: the credits unsplit."""
    printed = mended(track.title or "")
    base = _vinyl_base(track)
    wanted = [_name_letters(name) for name in names]
    # One strong word will do: files say `Beethoven` or `Jackson 5`, records `Ludwig van Beethoven`
    # or `The Jackson Five`; `KLF` stands for `The KLF`, and `ATCQ` for `A Tribe Called Quest`.
    for name in names:
        words = [word for word in name.split() if word not in ("the", "dj", "mc")]
        wanted += [_name_letters(" ".join(words))] if words else []
        wanted += [word for word in words if len(word) > 3 and word not in LED_GROUPS]
    for name in (*names, *whole):
        wanted += initials(name)
    if not all(_WORD.search(name) for name in names):
        wanted = []
    # `The Angels Fell` is `Angels Fell` in many a file's name.
    title = fold(base)
    article, _, rest = title.partition(" ")
    return Probe(
        title=_title_letters(rest if article in ARTICLES and rest else title),
        names=tuple(dict.fromkeys(wanted)),
        brackets=letters_only(fold(" ".join(_BRACKETS.findall(printed)))),
    )


def _title_letters(folded: str) -> str:
    # `Cravo E Canela` is `Cravo & Canela` elsewhere.
    words = folded.split()
    return "".join(NUMBER_WORDS.get(word, word) for word in words if word != "and")


def _name_letters(folded: str) -> str:
    # `fold` makes an `and` of an N between words, and cannot know that of N-Joi.
    return letters_only(folded).replace("and", "n")


def has_the_title(wanted: Probe, track: DigitalTrack) -> bool:
    """Whether the file's title or name holds something like the title.

    Far cheaper than reading the file properly, and few candidates pass.
    """
    for text in (track.title, _stem(track.path)):
        if not text:
            continue
        if not text.isascii() and other_decodings(text):
            return True
        letters = _title_letters(fold(mended(text)))
        if letters and fuzz.partial_ratio(wanted.title, letters, score_cutoff=NEAR) > 0:
            return True
    return False


def has_the_artist(wanted: Probe, track: DigitalTrack) -> bool:
    """Whether the file may be by that artist: nobody is named, or he is, anywhere in its texts."""
    if not wanted.names:
        return True
    texts = (track.artist or "", track.title or "", track.path or "", track.remixer or "")
    if not all(text.isascii() for text in texts):
        return True
    artist = fold(texts[0])
    if not artist or artist in NOBODY:
        stem = _stem(track.path)
        if "-" not in texts[1] + stem or fold(stem.partition(" - ")[0]) in NOBODY:
            return True
    letters = _name_letters(fold(" ".join(texts)))
    if any(fuzz.partial_ratio(name, letters, score_cutoff=NEAR) > 0 for name in wanted.names):
        return True
    if any(name in wanted.names for name in initials(artist)):
        return True
    remixer = letters_only(artist)
    return bool(wanted.brackets and remixer) and (
        fuzz.partial_ratio(remixer, wanted.brackets, score_cutoff=NEAR) > 0
    )


class CandidateIndex:
    """From keys to the numbers of the files that have them."""

    def __init__(self, library: Iterable[DigitalTrack]) -> None:
        vocabulary: dict[str, int] = {}
        keys, sizes = array("i"), array("i")
        for track in library:
            if not track.is_music:
                sizes.append(0)
                continue
            found = file_keys(track)
            keys.extend([vocabulary.setdefault(key, len(vocabulary)) for key in found])
            sizes.append(len(found))
        self._vocabulary = vocabulary
        by_file = np.frombuffer(keys, dtype=np.int32) if keys else np.zeros(0, dtype=np.int32)
        count = len(sizes)
        files = np.repeat(np.arange(count, dtype=np.int32), np.array(sizes, dtype=np.int64))
        order = np.argsort(by_file, kind="stable")
        self._files: Numbers = files[order]
        held = np.bincount(by_file, minlength=len(vocabulary))
        self._starts = np.concatenate(([0], np.cumsum(held))).astype(np.int64)
        self._weights = np.log1p(count / np.maximum(held, 1)).astype(np.float64)

    def candidates(self, track: VinylTrack, most: int) -> Sequence[int]:
        """The numbers of at most `most` files that share enough keys, the likeliest first."""
        titled = self._known(title_keys(track))
        if not titled:
            return ()
        in_title = set(titled)
        others = [key for key in self._known(other_keys(track)) if key not in in_title]
        walked = self._within(titled, TITLE_BUDGET)
        walked_others = self._within(others, OTHER_BUDGET)
        pool, title_weight, other_weight = self._walk(walked, walked_others)
        if len(pool) > POOL:
            best = np.lexsort((pool, -np.round(title_weight + other_weight, 6)))[:POOL]
            best.sort()
            pool, title_weight, other_weight = pool[best], title_weight[best], other_weight[best]
        title_weight += self._shared(pool, titled[len(walked) :])
        needed = TITLE_SHARE * float(sum(self._weights[key] for key in titled))
        kept = title_weight >= needed
        pool, total = pool[kept], (title_weight + other_weight)[kept]
        if len(pool) > most:
            total += self._shared(pool, others[len(walked_others) :])
            pool = pool[np.lexsort((pool, -np.round(total, 6)))[:most]]
        return pool.tolist()

    def _walk(
        self, titled: Sequence[int], others: Sequence[int]
    ) -> tuple[Numbers, Weights, Weights]:
        """The files that have any of the keys, in order, and the weight of those that they have.

        The first weights are those of the title's keys, the second those of the others.
        """
        keys = [*titled, *others]
        # File and key in one number, so that a single sort brings each file's keys together.
        coded = [self._postings(key).astype(np.int64) << 8 | at for at, key in enumerate(keys)]
        codes = np.concatenate(coded)
        codes.sort()
        files = (codes >> 8).astype(np.int32)
        first = np.flatnonzero(np.concatenate(([True], files[1:] != files[:-1])))
        weights = self._weights[np.array(keys)]
        in_title = np.where(np.arange(len(keys)) < len(titled), weights, 0.0)
        places = codes & 255
        title_weight = np.add.reduceat(in_title[places], first)
        other_weight = np.add.reduceat((weights - in_title)[places], first)
        return files[first], title_weight, other_weight

    def _known(self, keys: set[str]) -> list[int]:
        """The numbers of the keys that any file has, rarest first."""
        # In the order of the keys' text first: their numbers follow the order of sets, which is
        # another in each process.
        found = [self._vocabulary[key] for key in sorted(keys) if key in self._vocabulary]
        return sorted(found, key=lambda key: int(self._starts[key + 1] - self._starts[key]))

    def _postings(self, key: int) -> Numbers:
        return self._files[self._starts[key] : self._starts[key + 1]]

    def _within(self, keys: Sequence[int], budget: int) -> Sequence[int]:
        """The rarest of the keys, until the budget is spent; always the rarest one."""
        for taken, key in enumerate(keys[:MOST_KEYS]):
            budget -= int(self._starts[key + 1] - self._starts[key])
            if budget < 0 and taken:
                return keys[:taken]
        return keys[:MOST_KEYS]

    def _shared(self, pool: Numbers, keys: Sequence[int]) -> Weights:
        """For each file of the pool the weight of the keys that it has."""
        total = np.zeros(len(pool), dtype=np.float64)
        for key in keys:
            postings = self._postings(key)
            place = np.searchsorted(postings, pool)
            place[place == len(postings)] = 0
            total[postings[place] == pool] += self._weights[key]
        return total
