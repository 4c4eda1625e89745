"""What a file is found by, and what a track asks for: words, and triples of letters.

What belongs here: keys of a text, taken from the raw texts cheaply, so that a library of a million
files is indexed without reading each of its titles. What does not: looking them up (`blocking`), or
asking a file whether it has the title (`probing`).
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from musictool_pipeline.core.matching.lexicon import NUMBER_WORDS
from musictool_pipeline.core.matching.lost_letters import restored, unstruck
from musictool_pipeline.core.matching.pieces import NOISE
from musictool_pipeline.core.matching.postings import triples
from musictool_pipeline.core.matching.reading import other_titles
from musictool_pipeline.core.matching.text import fold, letters_only, mended, other_decodings
from musictool_pipeline.core.matching.tracks import DigitalTrack, VinylTrack
from musictool_pipeline.core.matching.versions import names_a_version

BRACKETS: Final = re.compile(r"\s*(?:\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}|[(\[{][^)\]}]*$)\s*")
LEADING: Final = re.compile(r"^[0-9a-dA-D]?[0-9]{1,3}[ ._)-]+")

# Between a file's texts, and for one whose texts may have meant other letters.
APART: Final = "\n"
UNREADABLE: Final = "\x00"

_IN_WORDS: Final = frozenset(NUMBER_WORDS)
_UNLIKE_LETTERS: Final = _IN_WORDS | {"and"}


def _base(printed: str) -> str:
    """The text outside of brackets; all of it where nothing stands outside."""
    if "(" not in printed and "[" not in printed and "{" not in printed:
        return printed
    bare = BRACKETS.sub(" ", printed)
    return bare if len(bare.strip()) > 1 else printed


def vinyl_bases(track: VinylTrack) -> list[str]:
    """The title without its brackets, and without a version behind a dash; each half of one that
    is printed twice (`reading.other_titles`), and of a medley; a longer subtitle in brackets."""
    titles = other_titles(unstruck(mended(track.title or "")))
    bases = [_without_version(_base(text)) for text in titles]
    halves = [half for base in bases if " / " in base for half in base.split(" / ")]
    asides = [text.strip(" ()[]{}") for text in BRACKETS.findall(track.title or "")]
    return bases + halves + [it for it in asides if _is_subtitle(fold(it))]


def _is_subtitle(folded: str) -> bool:
    return len(folded.split()) > 2 and not names_a_version(folded) and not NOISE.fullmatch(folded)


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
    its file name without one), of which triples are made; `letters`: those of its texts, in which
    `has_the_title` looks, or `UNREADABLE`."""

    words: set[str]
    bases: list[str]
    letters: str


NO_KEYS: Final = FileKeys(set(), [], "")


def file_keys(track: DigitalTrack) -> FileKeys:
    """The keys of a file."""
    stem = stem_of(track.path)
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
        letters.append(title_letters(folded) or text.strip().replace(APART, " "))
        if written is track.title:
            folded_title = folded
    base = _base(track.title or LEADING.sub("", stem))
    bases.append(letters_only((base is track.title and folded_title) or _folded(base)))
    return FileKeys(words, bases, APART.join(letters) if is_plain else UNREADABLE)


def _folded(text: str) -> str:
    # `fold` remembers its answers, which is of no use for a million texts seen once.
    return fold.__wrapped__(text)


def title_keys(track: VinylTrack) -> list[set[str]]:
    """The keys that a file must share some of to have this title; a set for each that it has."""
    bases = dict.fromkeys(fold(base) for base in vinyl_bases(track))
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
    return "".join([NUMBER_WORDS.get(word, word) for word in words if word != "and"])
