"""Whether a file that shares keys with a track may be it: its texts hold the title and the artist.

What belongs here: cheap questions to the raw texts of many files together. What does not: reading a
file properly (`reading`) or comparing (`observing`), which few files are left for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from rapidfuzz import process
from rapidfuzz.fuzz import partial_ratio

from musictool_pipeline.core.matching.arranging import Reading
from musictool_pipeline.core.matching.keys import (
    APART,
    BRACKETS,
    LEADING,
    UNREADABLE,
    stem_of,
    title_letters,
    vinyl_bases,
)
from musictool_pipeline.core.matching.lexicon import ARTICLES, LED_GROUPS, NOBODY
from musictool_pipeline.core.matching.lost_letters import unstruck
from musictool_pipeline.core.matching.text import (
    LONGEST_INITIALS,
    fold,
    initials,
    letters_of_each,
    letters_only,
    mended,
    other_decodings,
)
from musictool_pipeline.core.matching.tracks import DigitalTrack, VinylTrack

_WORD: Final = re.compile(r"[a-z0-9]")
# `Artist - Title`, `Artist_-_Title`, `artist-title`; not `Short-Range Nuclear Missiles`.
_NAMES_SOMEBODY: Final = re.compile(r"(.+?)(?:\s+[-\u2013\u2014]+\s+|_-_)|([^\s-]+)-[^\s]+$")

# How alike the best-fitting stretch of letters must be, 0 to 100 (`worth_reading`).
NEAR: Final = 78


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
    bases = vinyl_bases(track)
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
        brackets=letters_only(fold(" ".join(BRACKETS.findall(printed)))),
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
    return title_letters(rest if article in ARTICLES and rest else folded) or base.strip()


def _name_letters(folded: str) -> str:
    # `fold` makes an `and` of an N between words, and cannot know that of N-Joi.
    return letters_only(folded).replace("and", "n")


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


class Texts(NamedTuple):
    """The texts of some files, letters only (`FileKeys.letters`), and for each text the place of
    its file."""

    letters: list[str]
    owners: list[int]


def texts_of(letters: Iterable[str]) -> Texts:
    """The texts of files with these letters."""
    each = [text.split(APART) for text in letters]
    owners = [place for place, texts in enumerate(each) for _ in texts]
    return Texts([text for texts in each for text in texts], owners)


def titled(wanted: Probe, texts: Texts, files: Sequence[DigitalTrack]) -> set[int]:
    """The places of those for which `has_the_title` holds, all asked at once. `texts`: those of
    the files."""
    letters, owners = texts
    near = {
        owners[at]
        for title in filter(None, wanted.titles)
        for _, _, at in process.extract(
            title, letters, scorer=partial_ratio, score_cutoff=NEAR, limit=None
        )
    }
    # All words in whatever order: seldom, so the letters are asked before the text is read.
    parts = sorted({title_letters(word) for word in wanted.words}, key=len, reverse=True)
    longest = parts[0] if parts else APART
    near |= {
        place
        for place, text in zip(owners, letters, strict=True)
        if (longest in text or text == UNREADABLE)
        and place not in near
        and (text == UNREADABLE or all(part in text for part in parts))
        and has_the_title(wanted, files[place])
    }
    return near


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
    short = {name for name in wanted.names if len(name) <= LONGEST_INITIALS}
    if not short and not wanted.brackets:
        return near
    for place, track in enumerate(tracks):
        if place not in near:
            artist = fold(track.artist or "")
            remixer = letters_only(artist)
            if not short.isdisjoint(initials(artist)) or (
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
        named = [_NAMES_SOMEBODY.match(LEADING.sub("", it)) for it in (title, stem_of(path))]
        if all(name is None or fold(name[1] or name[2]) in NOBODY for name in named):
            return ""
    return everything
