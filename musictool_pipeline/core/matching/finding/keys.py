"""What a file is found by, and what a track asks for: words, and triples of letters.

What belongs here: keys of a text, taken from the raw texts cheaply, so that a library of a million
files is indexed without reading each of its titles. What does not: looking them up (`blocking`), or
asking a file whether it has the title (`probing`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from musictool_pipeline.core.matching.finding.postings import triples
from musictool_pipeline.core.matching.parsing.pieces import NOISE
from musictool_pipeline.core.matching.parsing.reading import other_titles
from musictool_pipeline.core.matching.parsing.versions import names_a_version
from musictool_pipeline.core.matching.tracks import DigitalTrack, VinylTrack
from musictool_pipeline.core.matching.words.counting import joined_numbers
from musictool_pipeline.core.matching.words.lexicon import NOBODY, NUMBER_WORDS, SPOKEN
from musictool_pipeline.core.matching.words.lost_letters import restored, unstruck
from musictool_pipeline.core.matching.words.text import (
    fold,
    initials,
    letters_only,
    mended,
    other_decodings,
)

BRACKETS: Final = re.compile(r"\s*(?:\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}|[(\[{][^)\]}]*$)\s*")
LEADING: Final = re.compile(r"^[0-9a-dA-D]?[0-9]{1,3}[ ._)-]+")

# Between a file's texts, and for one whose texts may have meant other letters.
APART: Final = "\n"
UNREADABLE: Final = "\x00"
# So many texts may hold the title: the title, the file's name and the artist.
TEXTS: Final = 3

# `Artist - Title`, `Artist_-_Title`, `artist-title`; not `Short-Range Nuclear Missiles`.
_NAMES_SOMEBODY: Final = re.compile(r"(.+?)(?:\s+[-\u2013\u2014]+\s+|_-_)|([^\s-]+)-[^\s]+$")

# `fold` remembers its answers; a million texts that are seen once need no memory.
_folded: Final = fold.__wrapped__

_IN_WORDS: Final = frozenset(NUMBER_WORDS)
# Words as they are written in short: `doctor` is `dr`.
_IN_SHORT: Final = {word: said for word, said in SPOKEN.items() if len(said) < len(word)}
_UNLIKE_LETTERS: Final = _IN_WORDS | _IN_SHORT.keys() | {"and"}


def _base(printed: str) -> str:
    """The text outside of brackets; all of it where nothing stands outside."""
    if "(" not in printed and "[" not in printed and "{" not in printed:
        return printed
    bare = BRACKETS.sub(" ", printed)
    return bare if len(bare.strip()) > 1 else printed


@lru_cache(maxsize=1 << 10)  # both a track's keys and its probe are made of them
def vinyl_bases(title: str) -> tuple[str, ...]:
    """The title without its brackets, and without a version behind a dash; each half of one that
    is printed twice (`reading.other_titles`), and of a medley; a longer subtitle in brackets."""
    titles = other_titles(unstruck(mended(title)))
    bases = [_without_version(_base(text)) for text in titles]
    halves = [half for base in bases if " / " in base for half in base.split(" / ")]
    asides = [text.strip(" ()[]{}") for text in BRACKETS.findall(title)]
    return (*bases, *halves, *(it for it in asides if _is_subtitle(fold(it))))


def _is_subtitle(folded: str) -> bool:
    is_one = len(letters_only(folded)) > 7
    return is_one and not names_a_version(folded) and not NOISE.fullmatch(folded)


def _without_version(base: str) -> str:
    before, dash, version = base.rpartition(" - ")
    return before if dash and before.strip() and names_a_version(fold(version)) else base


def stem_of(path: str | None) -> str:
    """The file's name without folders and extension."""
    if not path:
        return ""
    name = path[max(path.rfind("/"), path.rfind("\\")) + 1 :]
    dot = name.rfind(".")
    return name[:dot] if dot > 0 and len(name) - dot <= 5 else name


class FileKeys(NamedTuple):
    """By what a file is found. `words`: those of its texts; `bases`: the letters of its title (of
    its file name without one), of which triples are made; `letters`: those of its TEXTS, in
    which `has_the_title` looks, or `UNREADABLE`; `names`: the words of everything that may name
    the artist, empty if it may be by anybody. The artist's own stand first, then the others, then
    what the artist may be shortened to, with a tab between."""

    words: set[str]
    bases: list[str]
    letters: str
    names: str


NO_KEYS: Final = FileKeys(set(), [], APART * (TEXTS - 1), "")


def file_keys(track: DigitalTrack) -> FileKeys:
    """The keys of a file."""
    stem = stem_of(track.path)
    words: set[str] = set()
    bases: list[str] = []
    letters: list[str] = []
    folded: list[str] = []
    is_plain = True
    for text in (track.title, stem, track.artist):
        if not text:
            letters.append("")
            folded.append("")
            continue
        written = unstruck(text)
        if not text.isascii():
            is_plain &= not other_decodings(text)
            written = mended(written)
        for other in (*other_decodings(written), *(restored(written) if text is not stem else ())):
            words.update(fold(other).split())
            bases.append(letters_only(fold(_base(other))))
        folded.append(_folded(written))
        found = folded[-1].split()
        words.update(found)
        if not _IN_WORDS.isdisjoint(found):
            words.update(NUMBER_WORDS[word] for word in found if word in NUMBER_WORDS)
            words.update(joined_numbers(found))
        letters.append(title_letters(folded[-1]) or text.strip().replace(APART, " "))
    base = _base(track.title or LEADING.sub("", stem))
    bases.append(letters_only(folded[0] if base is track.title else _folded(base)))
    whole = APART.join(letters) if is_plain else UNREADABLE + APART * (TEXTS - 1)
    return FileKeys(words, bases, whole, _names_in(track, *folded))


def _names_in(track: DigitalTrack, title: str, stem: str, artist: str) -> str:
    """`FileKeys.names`, from the folded texts of a file."""
    path, remixer = track.path or "", track.remixer or ""
    if not f"{track.artist}{track.title}{path}{remixer}".isascii():
        return ""
    if not artist or artist in NOBODY:
        printed = (track.title or "", stem_of(path))
        named = [_NAMES_SOMEBODY.match(LEADING.sub("", it)) for it in printed]
        if all(name is None or fold(name[1] or name[2]) in NOBODY for name in named):
            return ""
    folders = fold(path[: max(path.rfind("/"), path.rfind("\\"), 0)])
    # Mostly the file's name says its title as well.
    album = fold(track.album) if track.album and track.album.isascii() else ""
    others = f"{folders} {stem} {'' if title in stem else title} {fold(remixer) if remixer else ''}"
    if album not in others:
        others = f"{others} {album}"
    return "\t".join((name_words(artist), name_words(others), *initials(artist)))


def name_words(folded: str) -> str:
    """A name, or a text in which one is looked for."""
    # `fold` makes an `and` of an N between words, and cannot know that of N-Joi.
    return folded.replace("and", "n")


def title_keys(track: VinylTrack) -> list[set[str]]:
    """The keys that a file must share some of to have this title; a set for each that it has."""
    bases = dict.fromkeys(fold(base) for base in vinyl_bases(track.title or ""))
    return [{*_title_words(base), *triples(letters_only(base))} for base in bases]


def _title_words(folded: str) -> set[str]:
    words = folded.split()
    return {*(NUMBER_WORDS.get(word, word) for word in words), *words}


def other_keys(track: VinylTrack) -> set[str]:
    """Further keys, which only help: the artist's words, and those of the title's brackets."""
    artist = f"{track.artist or ''} {track.album_artist or ''} {track.artist_on_discogs or ''}"
    return {*fold(mended(artist)).split(), *fold(mended(track.title or "")).split()}


def title_letters(folded: str) -> str:
    # `Cravo E Canela` is `Cravo & Canela` elsewhere.
    words = folded.split()
    if _UNLIKE_LETTERS.isdisjoint(words):
        return "".join(words)
    shorter = (_IN_SHORT.get(word, word) for word in joined_numbers(words) if word != "and")
    return "".join([NUMBER_WORDS.get(word, word) for word in shorter])
