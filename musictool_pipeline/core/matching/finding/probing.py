"""Whether a file that shares keys with a track may be it: its texts hold the title and the artist.

What belongs here: cheap questions to the raw texts of many files together. What does not: reading a
file properly (`reading`) or comparing (`observing`), which few files are left for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz import process
from rapidfuzz.fuzz import partial_ratio

from musictool_pipeline.core.matching.finding.keys import (
    APART,
    BRACKETS,
    TEXTS,
    UNREADABLE,
    name_words,
    stem_of,
    title_letters,
    vinyl_bases,
)
from musictool_pipeline.core.matching.parsing.arranging import Reading
from musictool_pipeline.core.matching.tracks import DigitalTrack, VinylTrack
from musictool_pipeline.core.matching.words import lexicon
from musictool_pipeline.core.matching.words.lost_letters import unstruck
from musictool_pipeline.core.matching.words.text import (
    fold,
    initials,
    letters_only,
    mended,
    other_decodings,
)

_WORD: Final = re.compile(r"[a-z0-9]")

# How alike the best-fitting stretch of letters must be, 0 to 100 (`worth_reading`).
NEAR: Final = 78


@dataclass(frozen=True, slots=True)
class Probe:
    """What a track's files must hold somewhere in their texts; letters only, without blanks.

    `titles`: whatever it is called; as printed where that is nothing but marks (`+`). `words`:
    those of the title, in whatever order. `names` are empty where the artist is unknown;
    `brackets` may name the remixer; `album`: its title in two words or more, if the track has
    another one, as a file by other names for the artist may have it.
    """

    titles: tuple[str, ...]
    words: frozenset[str]
    names: tuple[str, ...]
    brackets: str
    album: str = ""


def probe(track: VinylTrack, names: Sequence[str], whole: Sequence[str] = ()) -> Probe:
    """The probe of a track by the artists with these folded names; `whole`: the credits unsplit."""
    printed = mended(track.title or "")
    bases = vinyl_bases(track.title or "")
    album = fold(mended(track.album)) if track.album else ""
    wanted = [_name_letters(name) for name in names]
    # One strong word will do: files say `Beethoven` or `Jackson 5`, records `Ludwig van Beethoven`
    # or `The Jackson Five`; `KLF` stands for `The KLF`, and `ATCQ` for `A Tribe Called Quest`.
    for name in names:
        words = [word for word in name.split() if word not in ("the", "dj", "mc")]
        wanted += [_name_letters(" ".join(words))]
        wanted += [_name_letters(" ".join(lexicon.NUMBER_WORDS.get(word, word) for word in words))]
        wanted += [word for word in words if len(word) > 3 and word not in _WEAK]
    for name in (*names, *whole):
        wanted += initials(name)
    if not all(_WORD.search(name) for name in names):
        wanted = []
    return Probe(
        titles=tuple(dict.fromkeys(_wanted_title(base) for base in bases)),
        words=frozenset(fold(bases[0]).split()) if bases else frozenset(),
        names=tuple(dict.fromkeys(filter(None, wanted))),
        brackets=_name_letters(fold(" ".join(BRACKETS.findall(printed)))),
        album=_name_letters(album) if " " in album and album not in map(fold, bases) else "",
    )


# Words that many names and titles have. `The Trojan All Stars` may be others of `All Stars`.
_WEAK: Final = lexicon.LED_GROUPS | (lexicon.COMMON_WORDS.keys() - lexicon.COMPANY)


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
    return title_letters(rest if article in lexicon.ARTICLES and rest else folded) or base.strip()


def _name_letters(folded: str) -> str:
    return letters_only(name_words(folded))


def has_the_title(wanted: Probe, track: DigitalTrack) -> bool:
    """Whether the file's title or name holds something like the title; or its artist, where the two
    were exchanged.

    Far cheaper than reading the file properly, and few candidates pass.
    """
    for text in (track.title, stem_of(track.path), track.artist):
        if not text:
            continue
        if not text.isascii() and other_decodings(text):
            return True
        folded = fold(unstruck(mended(text)))
        letters = title_letters(folded) or text.strip()
        if wanted.words and wanted.words.issubset(folded.split()):
            return True
        titles = [title for title in wanted.titles if title]
        if letters and process.extractOne(letters, titles, scorer=partial_ratio, score_cutoff=NEAR):
            return True
    return False


def titled(wanted: Probe, letters: Sequence[str], file: Callable[[int], DigitalTrack]) -> set[int]:
    """The places of those for which `has_the_title` holds, all asked at once. `letters`: those of
    the files (`FileKeys.letters`), TEXTS for each; `file`: the one of a place."""
    near = {at // TEXTS for title in filter(None, wanted.titles) for at in _alike(title, letters)}
    # All words in whatever order: seldom, so the letters are asked before the text is read.
    parts = sorted({title_letters(word) for word in wanted.words}, key=len, reverse=True)
    longest = parts[0] if parts else APART
    near |= {
        at // TEXTS
        for at, text in enumerate(letters)
        if (longest in text or text == UNREADABLE)
        and at // TEXTS not in near
        and (text == UNREADABLE or all(part in text for part in parts))
        and has_the_title(wanted, file(at // TEXTS))
    }
    return near


def by_the_artist(wanted: Probe, names: Sequence[str]) -> set[int]:
    """The places of those that may be by that artist: no artist is named, or this one is, anywhere
    in the file's texts. `names`: those of the files (`FileKeys.names`)."""
    if not wanted.names:
        return set(range(len(names)))
    near = {place for place, text in enumerate(names) if not text}
    letters = list(map(letters_only, names))
    for name in wanted.names:
        if len(name) > _SHORT:
            near.update(_alike(name, letters))
        else:
            near |= {at for at, it in enumerate(letters) if name in it and _begins(name, names[at])}
    if wanted.album:
        near |= {at for at, text in enumerate(letters) if wanted.album in text}
    if wanted.brackets:
        near.update(_alike(wanted.brackets, [text.partition("\t")[0] for text in letters]))
    return near


# A name of so few letters must begin a word: `U2` and `E-Z` are in many.
_SHORT: Final = 3


def _begins(name: str, text: str) -> bool:
    """Whether the letters begin a word: `AC` does in `ACDC`, `EZ` in `E-Z`. A single letter must be
    a word."""
    words = text.replace("\t", " ").split(" ")
    if len(name) == 1:
        return name in words
    return any(
        "".join(words[at : at + len(name)]).startswith(name)
        for at, word in enumerate(words)
        if word[:1] == name[0]
    )


def _alike(wanted: str, texts: Sequence[str]) -> list[int]:
    """The places of the texts that hold something like the letters."""
    found = process.extract(wanted, texts, scorer=partial_ratio, score_cutoff=NEAR, limit=None)
    return [at for _, _, at in found]
