"""What version of a recording a title names, and whether two titles name the same one.

What belongs here: reading the words of a version (`Goldie Remix`, `12" Mix`, `Live At Leeds`) and
the symmetric comparison of two versions. What does not: finding those words in a title
(`reading`), and what follows for a track (`deciding`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import OSA

from musictool_pipeline.core.matching.parsing.names import same_name
from musictool_pipeline.core.matching.words import lexicon
from musictool_pipeline.core.matching.words.counting import small_number
from musictool_pipeline.core.matching.words.text import fold

_YEAR: Final = re.compile(r"(?:19|20)[0-9]{2}")
_NUMBER: Final = re.compile(r"[0-9]{1,4}")
# Of a year the last two digits are compared: any century will do.
_SHORT_YEAR: Final = re.compile(r"\s['\u2019`](?=\d\d\b)(\d\d)")
_COUNTED: Final = re.compile(r"([a-z]+)([0-9]{1,2})")
_ONE_LETTER: Final = re.compile(r"[a-z]")
_LETTER: Final = re.compile(r"[0-9]{0,2}[a-h][0-9]{0,2}")
_STEM: Final = re.compile("|".join(lexicon.KINDS_BY_STEM))


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a recording, as far as a title tells.

    `kinds` are the values of lexicon.KINDS without plain nouns; `name` the folded words that
    name the remixer or the mix (`goldie`, `blue room`); `numbers` what counts versions (`Take 2`,
    a year); `words` the words as printed, for the reason; `remaster` is no version but a remark.
    `marks`: a side, a tempo (`130bpm`) or a year (`y93`) that contradicts another one, and says
    nothing where the other side has none. `credited`: who made it by the record's credits, or a
    field of the file.
    """

    kinds: frozenset[str] = frozenset()
    name: str = ""
    numbers: tuple[str, ...] = ()
    words: str = ""
    remaster: bool = False
    spoken: bool = False
    marks: frozenset[str] = frozenset()
    credited: tuple[str, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether it is the recording as first released: no kind, name or number."""
        return not (self.kinds or self.name or self.numbers)

    def together_with(self, other: Version) -> Version:
        """Both at once: `(Goldie Remix) (Radio Edit)`; `other` is added behind."""
        if not (self.spoken or self.remaster or self.marks):
            return other
        return Version(
            kinds=self.kinds | other.kinds,
            name=" ".join(filter(None, dict.fromkeys((self.name, other.name)))),
            numbers=tuple(dict.fromkeys((*self.numbers, *other.numbers))),
            words=" ".join(filter(None, dict.fromkeys((self.words, other.words)))),
            remaster=self.remaster or other.remaster,
            spoken=self.spoken or other.spoken,
            marks=self.marks | other.marks,
            credited=tuple(dict.fromkeys((*self.credited, *other.credited))),
        )

    def __str__(self) -> str:
        return self.words or "none"


PLAIN: Final = Version()

_ONE_WORD: Final = {*lexicon.KINDS, *lexicon.REMASTER, *lexicon.STYLES_OF_A_MIX}
_SEVERAL: Final[dict[str, list[tuple[list[str], list[str]]]]] = {}
for _written, _drawn in sorted(lexicon.IN_SEVERAL_WORDS.items(), key=lambda it: -len(it[0])):
    _SEVERAL.setdefault(_written.split()[0], []).append((_written.split(), _drawn.split()))


@lru_cache(maxsize=1 << 15)
def words_of_a_version(folded: str) -> tuple[str, ...]:
    """The words with the kinds drawn together that are written in several, nouns that are grown
    on taken off, slips mended, and what is left out of an arrangement marked."""
    words = folded.split()
    found: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        after = words[at + 1] if at + 1 < len(words) else ""
        taken = 1
        if word in lexicon.LEFT_OUT and after in lexicon.PARTS:
            found += ["instrumental"] if after in lexicon.SUNG else [after, "minuspart"]
            taken = 2
        elif word in ("7", "10", "12") and after in lexicon.KINDS:
            found.append(f"{word}inch")  # `12 Club Mix`
        elif word == "only" and at and words[at - 1] in lexicon.PARTS:
            found.append("onlypart")
        elif (
            word + after in _ONE_WORD
            and word not in lexicon.KINDS
            and not _ONE_LETTER.fullmatch(word)
        ):
            found.append(word + after)  # `Re Edit`, `Mash Up`
            taken = 2
        else:
            several = (it for it in _SEVERAL.get(word, ()) if words[at : at + len(it[0])] == it[0])
            written, drawn = next(several, ([word], _mended_word(word)))
            found += drawn
            taken = len(written)
        at += taken
    counted = _COUNTED.fullmatch(found[-1]) if found else None
    if counted and counted[1] in ("v", "ver", "vers"):
        found[-1:] = ["version", counted[2]]
    elif counted and counted[1] in lexicon.KINDS:
        found[-1:] = counted.groups()  # `RMX02`
    elif (
        len(found) == 2 and found[0] in ("mk", "mark", "v", "ver") and small_number(found[1], True)
    ):
        found[0] = "version"
    return tuple(found)


@lru_cache(maxsize=1 << 15)
def _mended_word(word: str) -> tuple[str, ...]:
    """`partyversion` -> `party`, `version`; `remixx` -> `remix`."""
    if word in lexicon.KINDS or word in lexicon.NEUTRAL or len(word) < 5:
        return (word,)
    stem = _STEM.match(word)
    if stem:
        return (lexicon.KINDS_BY_STEM[stem[0]],)
    slipped = next((meant for meant in lexicon.SLIPPED_IN if _is_slip(word, meant)), None)
    if slipped:
        return (slipped,)
    for noun, meant in lexicon.NOUNS_GROWN_ON.items():
        if word.endswith(noun) and len(word) - len(noun) >= 3:
            return (word[: -len(noun)], meant)
    return (word,)


def _is_slip(word: str, meant: str) -> bool:
    """Whether it is that word with letters doubled or exchanged; in long ones with one wrong."""
    apart = OSA.distance(word, meant, score_cutoff=2) if word[0] == meant[0] else 3
    return apart < 3 and (set(word) == set(meant) or (apart == 1 and len(meant) >= 8))


def _without_counts(words: Sequence[str]) -> list[str]:
    """Without numbers, letters, years and tempi at the end: `Mix No. 2`, `Dub B`, `98 BPM`."""
    core = list(words)
    while len(core) > 1 and (
        _NUMBER.fullmatch(core[-1])
        or small_number(core[-1], True)
        or core[-1] == "bpm"
        or _LETTER.fullmatch(core[-1])
        or (core[-1] in lexicon.PART_WORDS and len(core) < len(words))
    ):
        core.pop()
    return core


@lru_cache(maxsize=1 << 15)
def names_a_version(folded: str) -> bool:
    """Whether the folded text is nothing but a version: `goldie remix`, not `in the club`."""
    words = words_of_a_version(folded)
    if not words:
        return False
    if any(word in lexicon.DECISIVE or word in lexicon.REMASTER for word in words):
        return True
    core = _without_counts(words)
    if core[-1] in lexicon.DECISIVE_AT_END or _goes_on(words):
        return True
    known = _OF_A_VERSION if len(words) == 1 else _BESIDE_OTHERS
    return core not in (["the"], ["and"]) and known.issuperset(core)


_OF_A_VERSION: Final = frozenset({*lexicon.KINDS, *lexicon.NEUTRAL, "the", "and"})
_BESIDE_OTHERS: Final = frozenset({*_OF_A_VERSION, *lexicon.KINDS_BESIDE_A_NOUN, *lexicon.ORDINALS})


def _goes_on(words: Sequence[str]) -> bool:
    """`Dub For Marlene`, `Live At Leeds`, `Jackdaw Mix By Somebody`, `The Dub Of Doom`."""
    only_version_words = True
    for word, after in zip(words, (*words[1:], ""), strict=True):
        if word == "live" and only_version_words:
            if after in lexicon.LIVE_AT:
                return True
        elif word in lexicon.NOUNS_THAT_GO_ON:
            if after in lexicon.GOES_ON_WITH if only_version_words else after in ("by", "from"):
                return True
            if after == "of" and word in ("mix", "dub", "demo") and words.index(word) < 2:
                return True
        only_version_words &= word in lexicon.KINDS or word in lexicon.NEUTRAL or word == "the"
    return False


_RE_DONE: Final = re.compile(r"\br[e\u00e9]-\w{3,}", re.IGNORECASE)


def bracket_names_a_version(printed: str, *, styles: bool = True) -> bool:
    """Whether a bracket's words do, where more count: `(Re-Cue'd)`, `(Basic Reshape)`, and of
    `styles` alone `(Hard Rave)`."""
    folded = fold(printed)
    if names_a_version(folded) or _RE_DONE.search(printed) or "live" in kinds_of_album(folded):
        return True
    words = words_of_a_version(folded)
    if not words or words[0] in lexicon.NO_NAME_BEFORE - {"a", "an", "the"}:
        return False
    core = _without_counts(words)
    last = len(core) - 1
    while last and core[last] in lexicon.KINDS and core[last] not in lexicon.DECISIVE_IN_BRACKETS:
        last -= 1
    if len(core) - last > 2 or core[last] in lexicon.DECISIVE_IN_BRACKETS:
        return not last or core[last - 1] not in lexicon.NO_NAME_BEFORE
    return styles and _STYLED.issuperset(words)


_STYLED: Final = frozenset(
    {*lexicon.STYLES_OF_A_MIX, *lexicon.PARTS, *lexicon.KINDS, *lexicon.NEUTRAL, "and"}
)
_WITH_GUESTS: Final = re.compile(r"\b(?:feat|ft|featuring) .*$")


@lru_cache(maxsize=1 << 15)
def read_version(printed: str) -> Version:
    """The version that the printed words name; `names_a_version` holds for them."""
    in_full = _SHORT_YEAR.sub(r" 20\1", printed)
    folded = _WITH_GUESTS.sub("", fold(in_full)).strip()
    words = words_of_a_version(folded)
    remaster = any(word in lexicon.REMASTER for word in words)
    with_noun = any(lexicon.KINDS.get(word) == "version" or small_number(word) for word in words)
    kinds: set[str] = set()
    named: list[str] = []
    numbers: list[str] = []
    marks: set[str] = set()
    owner = _OWNER.search(printed)
    for place, word in enumerate(words):
        before = words[place - 1] if place else ""
        after = words[place + 1] if place + 1 < len(words) else ""
        if remaster and (
            word in lexicon.REMASTER
            or word in lexicon.BESIDE_REMASTER
            or (_YEAR.fullmatch(word) and after not in lexicon.KINDS)
        ):
            continue
        last = place + 1 == len(words)
        if word in lexicon.KINDS:
            kinds.add(lexicon.KINDS[word])
        elif with_noun and word in lexicon.KINDS_BESIDE_A_NOUN:
            kinds.add(lexicon.KINDS_BESIDE_A_NOUN[word])
        elif word in lexicon.ORDINALS and after in lexicon.KINDS:
            numbers.append(lexicon.ORDINALS[word])
        elif word in lexicon.PART_WORDS and small_number(after, True):
            continue
        elif after == "bpm":
            marks.add(f"{word}bpm")
        elif word == "bpm":
            continue
        elif not kinds and after not in _AFTER_NO_NAME and small_number(word):
            named.append(small_number(word))  # `2 Bad Mice Remix`
        elif before in lexicon.KINDS and small_number(word, last):
            numbers.append(small_number(word, last))  # `Mix Two`
        elif before in lexicon.KINDS and last and _LETTER.fullmatch(word):
            numbers.append(word)  # `Club Mix B`
        elif _NUMBER.fullmatch(word):
            numbers.append(word[-2:] if _YEAR.fullmatch(word) else word)
        elif word in lexicon.ROMAN:
            numbers.append(lexicon.ROMAN[word])
        elif word in lexicon.NEUTRAL or (
            word in lexicon.FILLERS and not (named and after and after not in lexicon.KINDS)
        ):
            continue
        else:
            named.append(fold(owner[1]) if owner and word == fold(owner[1]) + "s" else word)
    plain_said = remaster or any(word in lexicon.NEUTRAL for word in words)
    if remaster and not kinds:
        named, numbers = [], []
    elif not named and (kinds == {"live"} or (plain_said and kinds <= lexicon.PLAIN_NOUNS)):
        years = [word for word in words if _YEAR.fullmatch(word)]
        numbers = [it for it in numbers if not any(year.endswith(it) for year in years)]
    name = " ".join(named)
    return Version(
        kinds=_without_plain_nouns(
            kinds, named=bool(name), numbered=bool(numbers), plain_said=plain_said
        ),
        name=name,
        numbers=tuple(numbers),
        words=" ".join(printed.split()),
        remaster=remaster,
        spoken=True,
        marks=frozenset(marks),
    )


# What follows a number that belongs to no name: `12 Inch Mix`, `2 Remix`, `2 And 3`.
_AFTER_NO_NAME: Final = frozenset(
    {"", "and", "to", *lexicon.KINDS, *lexicon.NEUTRAL, *lexicon.FILLERS, *lexicon.REMASTER}
)
_OWNER: Final = re.compile(r"(\w+)['\u2019`]s\b")


def _without_plain_nouns(
    kinds: set[str], *, named: bool, numbered: bool, plain_said: bool
) -> frozenset[str]:
    """`Radio Mix` is `Radio Version`; beside a name `Mix`, `Remix` and `Version` are one.

    `plain_said`: a word like `Original` or `Album` stood beside them, which makes them nothing.
    """
    if named:
        kinds = kinds - lexicon.PLAIN_NOUNS - {"remix"}
    if numbered and kinds and kinds <= lexicon.PLAIN_NOUNS | {"remix"}:
        return frozenset()
    described = kinds - lexicon.PLAIN_NOUNS
    if described:
        return frozenset(described - {"edit"} if described & lexicon.SHORT_KINDS else described)
    if plain_said or not kinds:
        return frozenset()
    return frozenset({"mix"} if "mix" in kinds else {"version"})


@lru_cache(maxsize=1 << 14)
def kinds_of_album(folded: str) -> frozenset[str]:
    """The kinds that an album's title says everything on it is: `acapellas`, `live at leeds`."""
    if not _ALBUM_KIND.search(folded):
        return frozenset()
    return frozenset(kind for said, kind in lexicon.ALBUM_KINDS.items() if re.search(said, folded))


_ALBUM_KIND: Final = re.compile("|".join(lexicon.ALBUM_KINDS))


def as_its_album_says(version: Version, kinds: frozenset[str], album: str, base: str) -> Version:
    """A version that says nothing, with the `kinds` of its `album`; both titles are folded.

    A record of a title's remixes has the title itself on it too, and one that is called like the
    track says nothing of it: `Live In The Moment`.
    """
    if version.spoken or not kinds or base == album:
        return version
    if base in album:
        kinds -= {"remix"}
    return replace(version, kinds=kinds, words=album, spoken=True) if kinds else version


def without_own_name(version: Version, names: Sequence[str]) -> Version:
    """`Goldie Original Mix` by Goldie is his original: the version without the artist's name."""
    if (
        version.name
        and not version.kinds
        and any(word in lexicon.NEUTRAL for word in fold(version.words).split())
        and any(
            same_name(version.name, name) or name.startswith(f"{version.name} ") for name in names
        )
    ):
        return replace(version, name="")
    return version
