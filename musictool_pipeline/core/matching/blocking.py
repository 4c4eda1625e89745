"""Which few files are worth comparing with a track: an index of words and of letter triples.

What belongs here: keys of a text, and the index from keys to files. What does not: reading a title
properly (`reading`) or comparing (`observing`); the keys are taken from the raw texts, cheaply, so
that a library of a million files is indexed without reading each of its titles.

A file is found by the rare words of its title, artist and file name, and by triples of letters
of its title, which survive typing errors. Files are numbers here: their place in the library.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.fuzz import partial_ratio

from musictool_pipeline.core.matching.arranging import Reading
from musictool_pipeline.core.matching.lexicon import (
    ARTICLES,
    LED_GROUPS,
    NOBODY,
    NUMBER_WORDS,
)
from musictool_pipeline.core.matching.lost_letters import restored, unstruck
from musictool_pipeline.core.matching.postings import Numbers, Postings, among, is_triple, triples
from musictool_pipeline.core.matching.reading import other_titles
from musictool_pipeline.core.matching.shared_words import Rarity, rarity
from musictool_pipeline.core.matching.text import (
    fold,
    initials,
    letters_of_each,
    letters_only,
    mended,
    other_decodings,
)
from musictool_pipeline.core.matching.tracks import DigitalTrack, VinylTrack
from musictool_pipeline.core.matching.versions import names_a_version

_BRACKETS: Final = re.compile(r"\s*(?:\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}|[(\[{][^)\]}]*$)\s*")
_WORD: Final = re.compile(r"[a-z0-9]")
_LEADING: Final = re.compile(r"^[0-9a-dA-D]?[0-9]{1,3}[ ._)-]+")
# `Artist - Title`, `Artist_-_Title`, `artist-title`; not `Short-Range Nuclear Missiles`.
_NAMES_SOMEBODY: Final = re.compile(r"(.+?)(?:\s+[-\u2013\u2014]+\s+|_-_)|([^\s-]+)-[^\s]+$")

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

# Between a file's texts, and for one whose texts may have meant other letters.
_APART: Final = "\n"
_UNREADABLE: Final = "\x00"

_IN_WORDS: Final = frozenset(NUMBER_WORDS)
_UNLIKE_LETTERS: Final = _IN_WORDS | {"and"}

# Weights are whole numbers, whose sums are the same in whatever order; a sum takes half of 64 bits.
_FINE: Final = 1e6
_HALF: Final = 32
Weights = NDArray[np.int64]
Keys = NDArray[np.int64]


def _base(printed: str) -> str:
    """The text outside of brackets; all of it where nothing stands outside."""
    if "(" not in printed and "[" not in printed and "{" not in printed:
        return printed
    bare = _BRACKETS.sub(" ", printed)
    return bare if len(bare.strip()) > 1 else printed


def _vinyl_bases(track: VinylTrack) -> list[str]:
    """The title without its brackets, and without a version behind a dash; each half of one that
    is printed twice (`reading.other_titles`), and of a medley."""
    titles = other_titles(unstruck(mended(track.title or "")))
    bases = [_without_version(_base(text)) for text in titles]
    return bases + [half for base in bases if " / " in base for half in base.split(" / ")]


def _without_version(base: str) -> str:
    before, dash, version = base.rpartition(" - ")
    return before if dash and before.strip() and names_a_version(fold(version)) else base


def _stem(path: str | None) -> str:
    """The file's name without folders and extension."""
    if not path:
        return ""
    name = path[max(path.rfind("/"), path.rfind("\\")) + 1 :]
    dot = name.rfind(".")
    return name[:dot] if dot > 0 and len(name) - dot <= 5 else name


class FileKeys(NamedTuple):
    """By what a file is found. `words`: those of its texts; `bases`: the letters of its title (of
    its file name without one), of which triples are made; `letters`: those of its texts, in which
    `has_the_title` looks, or `_UNREADABLE`."""

    words: set[str]
    bases: list[str]
    letters: str


def file_keys(track: DigitalTrack) -> FileKeys:
    """The keys of a file."""
    stem = _stem(track.path)
    words: set[str] = set()
    bases: list[str] = []
    letters: list[str] = []
    is_plain = True
    folded_title = ""
    for text in (track.title, stem, track.artist):
        if not text:
            continue
        written = unstruck(text)
        if not text.isascii():
            is_plain &= not other_decodings(text)
            written = mended(written)
        for other in (*other_decodings(written), *(restored(written) if text is not stem else ())):
            words.update(fold(other).split())
            bases.append(letters_only(fold(_base(other))))
        folded = _folded(written)
        found = folded.split()
        words.update(found)
        if not _IN_WORDS.isdisjoint(found):
            words.update(NUMBER_WORDS[word] for word in found if word in NUMBER_WORDS)
        letters.append(_title_letters(folded) or text.strip().replace(_APART, " "))
        if written is track.title:
            folded_title = folded
    base = _base(track.title or _LEADING.sub("", stem))
    bases.append(letters_only((base is track.title and folded_title) or _folded(base)))
    return FileKeys(words, bases, _APART.join(letters) if is_plain else _UNREADABLE)


def _folded(text: str) -> str:
    # `fold` remembers its answers, which is of no use for a million texts seen once.
    return fold.__wrapped__(text)


def title_keys(track: VinylTrack) -> list[set[str]]:
    """The keys that a file must share some of to have this title; a set for each that it has."""
    bases = dict.fromkeys(fold(base) for base in _vinyl_bases(track))
    return [{*_title_words(base), *triples(letters_only(base))} for base in bases]


def _title_words(folded: str) -> set[str]:
    words = folded.split()
    return {*(NUMBER_WORDS.get(word, word) for word in words), *words}


def other_keys(track: VinylTrack) -> set[str]:
    """Further keys, which only help: the artist's words, and those of the title's brackets."""
    artist = f"{track.artist or ''} {track.album_artist or ''} {track.artist_on_discogs or ''}"
    return {*fold(mended(artist)).split(), *fold(mended(track.title or "")).split()}


@dataclass(frozen=True, slots=True)
class Probe:
    """What a track's files must hold somewhere in their texts; letters only, without blanks.

    `titles`: whatever it is called; as printed where that is nothing but marks (`+`). `words`:
    those of the title, in whatever order. `names` are empty where the artist is unknown;
    `brackets` may name the remixer.
    """

    titles: tuple[str, ...]
    words: frozenset[str]
    names: tuple[str, ...]
    brackets: str


def probe(track: VinylTrack, names: Sequence[str], whole: Sequence[str] = ()) -> Probe:
    """The probe of a track by the artists with these folded names; `whole`: the credits unsplit."""
    printed = mended(track.title or "")
    bases = _vinyl_bases(track)
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
    return Probe(
        titles=tuple(dict.fromkeys(_wanted_title(base) for base in bases)),
        words=frozenset(fold(bases[0]).split()) if bases else frozenset(),
        names=tuple(dict.fromkeys(wanted)),
        brackets=letters_only(fold(" ".join(_BRACKETS.findall(printed)))),
    )


def probe_of(track: VinylTrack, readings: Sequence[Reading]) -> Probe:
    """The probe of a track by the artists of its readings."""
    credits = dict.fromkeys(it.credit for it in readings)
    named = readings[0].credit.names if readings else ()
    names = [name for it in credits for name in (*it.names, *it.featured)] if named else []
    return probe(track, names, [it.whole for it in credits])


def _wanted_title(base: str) -> str:
    # `The Angels Fell` is `Angels Fell` in many a file's name.
    folded = fold(base)
    article, _, rest = folded.partition(" ")
    return _title_letters(rest if article in ARTICLES and rest else folded) or base.strip()


def _title_letters(folded: str) -> str:
    # `Cravo E Canela` is `Cravo & Canela` elsewhere.
    words = folded.split()
    if _UNLIKE_LETTERS.isdisjoint(words):
        return "".join(words)
    return "".join([NUMBER_WORDS.get(word, word) for word in words if word != "and"])


def _name_letters(folded: str) -> str:
    # `fold` makes an `and` of an N between words, and cannot know that of N-Joi.
    return letters_only(folded).replace("and", "n")


def has_the_title(wanted: Probe, track: DigitalTrack) -> bool:
    """Whether the file's title or name holds something like the title; or its artist, where the two
    were exchanged.

    Far cheaper than reading the file properly, and few candidates pass.
    """
    for text in (track.title, _stem(track.path), track.artist):
        if not text:
            continue
        if not text.isascii() and other_decodings(text):
            return True
        folded = fold(unstruck(mended(text)))
        letters = _title_letters(folded) or text.strip()
        if wanted.words and wanted.words.issubset(folded.split()):
            return True
        titles = [title for title in wanted.titles if title]
        if letters and process.extractOne(letters, titles, scorer=partial_ratio, score_cutoff=NEAR):
            return True
    return False


def titled(wanted: Probe, letters: Sequence[str], files: Sequence[DigitalTrack]) -> set[int]:
    """The places of those for which `has_the_title` holds, all asked at once. `letters`: those of
    the files (`FileKeys.letters`)."""
    texts: list[str] = []
    owners: list[int] = []
    for place, text in enumerate(letters):
        found = text.split(_APART)
        texts += found
        owners += [place] * len(found)
    near = {
        owners[at]
        for title in filter(None, wanted.titles)
        for _, _, at in process.extract(
            title, texts, scorer=partial_ratio, score_cutoff=NEAR, limit=None
        )
    }
    # All words in whatever order: seldom, so the letters are asked before the text is read.
    parts = sorted({_title_letters(word) for word in wanted.words}, key=len, reverse=True)
    near |= {
        place
        for place, text in zip(owners, texts, strict=True)
        if place not in near
        and (text == _UNREADABLE or (parts and parts[0] in text and _has_all(text, parts)))
        and has_the_title(wanted, files[place])
    }
    return near


def _has_all(text: str, parts: Sequence[str]) -> bool:
    return all(part in text for part in parts)


def by_the_artist(wanted: Probe, tracks: Sequence[DigitalTrack]) -> set[int]:
    """The places of those that may be by that artist: no artist is named, or this one is, anywhere
    in the file's texts."""
    if not wanted.names:
        return set(range(len(tracks)))
    texts = [_around(track) for track in tracks]
    near = {place for place, text in enumerate(texts) if not text}
    letters = [letters.replace("and", "n") for letters in letters_of_each(texts)]
    for name in wanted.names:
        found = process.extract(name, letters, scorer=partial_ratio, score_cutoff=NEAR, limit=None)
        near.update([place for _, _, place in found])
    for place, track in enumerate(tracks):
        if place not in near:
            artist = fold(track.artist or "")
            remixer = letters_only(artist)
            # Only a name of three words and more has initials.
            shortened = initials(artist) if artist.count(" ") > 1 else ()
            if any(name in wanted.names for name in shortened) or (
                wanted.brackets
                and remixer
                and partial_ratio(remixer, wanted.brackets, score_cutoff=NEAR)
            ):
                near.add(place)
    return near


def _around(track: DigitalTrack) -> str:
    """All texts that may name the artist; none if they may name no artist at all."""
    title, path = track.title or "", track.path or ""
    everything = f"{track.artist or ''} {title} {path} {track.remixer or ''}"
    if not everything.isascii():
        return ""
    artist = fold(track.artist) if track.artist else ""
    if not artist or artist in NOBODY:
        named = [_NAMES_SOMEBODY.match(_LEADING.sub("", it)) for it in (title, _stem(path))]
        if all(name is None or fold(name[1] or name[2]) in NOBODY for name in named):
            return ""
    return everything


class _Rarities(dict[str, float]):
    """The weights of words, each counted the first time that it is asked for."""

    def __init__(self, held: Callable[[str], int], files: int) -> None:
        super().__init__()
        self._files_with, self._files = held, files

    def __missing__(self, word: str) -> float:
        found = self[word] = rarity(word, self._files_with(word), self._files)
        return found


class CandidateIndex:
    """From keys to the numbers of the files that have them."""

    def __init__(self, library: Sequence[DigitalTrack]) -> None:
        self._library = library
        self._letters = bytearray()
        self._ends = array("q", [0])
        self._postings = Postings(map(self._keys, library))
        self._held = held = self._postings.held_by_key()
        self._weights: Weights = np.round(_FINE * np.log1p(len(library) / held)).astype(np.int64)
        # Half the size is sorted in half the time.
        self._code = np.uint32 if len(library) < 1 << 24 else np.int64
        self._rarities = _Rarities(self._files_with, len(library))

    def _keys(self, track: DigitalTrack) -> tuple[set[str], Sequence[str]]:
        """The keys of a file, whose letters are kept on the way."""
        keys = file_keys(track)
        if track.is_music:
            self._letters += keys.letters.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._letters))
        return (keys.words, keys.bases) if track.is_music else (set(), ())

    @property
    def rarity(self) -> Rarity:
        """From a folded word to its weight in this library (`shared_words.rarity`)."""
        return self._rarities.__getitem__

    def _files_with(self, word: str) -> int:
        key = self._postings.numbers.get(word)
        return 0 if key is None else self._postings.held(key)

    def worth_reading(self, track: VinylTrack, wanted: Probe, most: int) -> list[int]:
        """Those of the candidates that `titled` and `by_the_artist` let through."""
        numbers = self.candidates(track, most)
        files = [self._library[number] for number in numbers]
        near = titled(wanted, [self._letters_of(number) for number in numbers], files)
        kept = [place for place in range(len(numbers)) if place in near]
        near = by_the_artist(wanted, [files[place] for place in kept])
        return [numbers[place] for at, place in enumerate(kept) if at in near]

    def _letters_of(self, number: int) -> str:
        letters = self._letters[self._ends[number] : self._ends[number + 1]]
        return letters.decode("utf-8", "surrogatepass")

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
        pool, title_weight, other_weight = self._walk(walked, walked_others)
        if len(pool) > POOL:
            best = _heaviest(title_weight + other_weight, POOL)
            pool, title_weight, other_weight = pool[best], title_weight[best], other_weight[best]
        held = self._hold_all(keys, titled, artist=fold(mended(track.artist or "")).split())
        spared = among(pool, held)
        needed = TITLE_SHARE * self._weights[titled].sum()
        rest = titled[len(walked) :]
        if len(rest):
            # Only files that can have enough are looked up.
            may = spared | (title_weight + self._weights[rest].sum() >= needed)
            pool, spared = pool[may], spared[may]
            title_weight, other_weight = title_weight[may], other_weight[may]
            title_weight += self._shared(pool, rest)
        kept = spared | (title_weight >= needed)
        pool, total = pool[kept], (title_weight + other_weight)[kept]
        if len(pool) > most:
            total += self._shared(pool, others[len(walked_others) :])
            pool = pool[np.argsort(-total, kind="stable")[:most]]
        return pool.tolist()

    def _hold_all(self, keys: set[str], titled: Keys, artist: Sequence[str]) -> Numbers:
        """The files that hold every word of the title, wherever they have it: as the artist, or in
        the file's name beside a tag like `Track 3`.

        None where each word is a common one, or one of the artist's, which all of his files hold.
        """
        words = {word for word in keys if not is_triple(word) and word not in NUMBER_WORDS}
        numbers = self._postings.numbers
        if not words or not words <= numbers.keys() or words.issubset(artist):
            return _NONE
        wanted = {numbers[word] for word in words}
        known = [key for key in titled.tolist() if key in wanted]
        if self._postings.held(known[0]) > POOL:
            return _NONE
        held = self._postings.files(known[0])
        for key in known[1:]:
            held = held[self._postings.have(held, key)]
        return held

    def _walk(self, titled: Keys, others: Keys) -> tuple[Numbers, Weights, Weights]:
        """The files that have any of the keys, in order, and the weight of those that they have.

        The first weights are those of the title's keys, the second those of the others.
        """
        keys = np.concatenate((titled, others))
        postings = [self._postings.files(key) for key in keys.tolist()]
        # File and key in one number, so that a single sort brings each file's keys together.
        codes = np.concatenate(postings).astype(self._code) << 8
        codes |= np.repeat(
            np.arange(len(keys), dtype=self._code), [len(files) for files in postings]
        )
        codes.sort()
        files = (codes >> 8).astype(np.int32)
        is_first = np.ones(len(files), dtype=np.bool_)
        np.not_equal(files[1:], files[:-1], out=is_first[1:])
        first = is_first.nonzero()[0]
        # Both weights in one number too, so that they are added up in one go.
        weights = self._weights[keys]
        weights[: len(titled)] <<= _HALF
        both = np.add.reduceat(weights[codes & 255], first)
        return files[first], both >> _HALF, both & ((1 << _HALF) - 1)

    def _known(self, keys: set[str]) -> Keys:
        """The numbers of the keys that any file has, rarest first."""
        # In the order of the keys' text first: their numbers follow the order of sets, which is
        # another in each process.
        numbers = self._postings.numbers
        found = [number for number in map(numbers.get, sorted(keys)) if number is not None]
        known = np.array(found, dtype=np.int64)
        return known[np.argsort(self._held[known], kind="stable")]

    def _within(self, keys: Keys, budget: int) -> Keys:
        """The rarest of the keys, until the budget is spent; always the rarest one."""
        taken = self._held[keys].cumsum().searchsorted(budget, side="right")
        return keys[: min(max(int(taken), 1), MOST_KEYS)]

    def _shared(self, pool: Numbers, keys: Keys) -> Weights:
        """For each file of the pool the weight of the keys that it has."""
        return self._postings.sums(pool, keys, self._weights[keys])


def _heaviest(weights: Weights, most: int) -> NDArray[np.int64]:
    """The places of the greatest weights, in their order; of equal ones the first."""
    # Sorting takes a third of the time of np.partition.
    rising = weights.astype(np.uint32)
    rising.sort()
    least = rising[-most]
    heavier = weights > least
    equal = np.flatnonzero(weights == least)
    heavier[equal[: most - np.count_nonzero(heavier)]] = True
    return np.flatnonzero(heavier)


_NONE: Final[Numbers] = np.zeros(0, dtype=np.int32)
