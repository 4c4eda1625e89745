"""The words that the matcher knows, as `lexicon.tsv` has them: what record labels, shops and DJ
programs print beside a title.

What belongs here: reading that file, and the name that the code has for each class of its words.
The file says what a class is, in the line `# class: what it is` above its rows. A row is
`class TAB word TAB what it stands for TAB example`; a test runs every example. Words are folded
(see `text.fold`), except in patterns and in joins. What does not belong here: how a title is taken
apart (`titles`) or compared (`versions`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from musictool_pipeline.core.matching.own_tables import lines_of
from musictool_pipeline.errors import TableDamaged

FILE: Final = "lexicon.tsv"


class Row(NamedTuple):
    """A row of the file. `meaning`: what the word stands for, '' if for nothing."""

    family: str
    word: str
    meaning: str
    example: str


def read_rows(lines: Iterable[str], name: str = FILE) -> Iterator[Row]:
    """The rows of a lexicon.

    Raises TableDamaged with the line where one is not of that form, stands under another class or
    stands there twice, and where a pattern is none or a share no number.
    """
    family = ""
    known: set[str] = set()
    for number, line in enumerate(lines, start=1):
        if line.startswith("# "):
            family = line[2:].partition(":")[0]
            known.clear()
            continue
        cells = line.split("\t")
        is_whole = len(cells) == 4 and cells[0] == family and cells[1] and cells[3]
        if not is_whole or cells[1] in known or not _is_sound(row := Row(*cells)):
            raise TableDamaged(name, number)
        known.add(row.word)
        yield row


def _is_sound(row: Row) -> bool:
    try:
        if row.family.endswith(" pattern"):
            re.compile(row.word)
        elif row.family == _SHARES:
            float(row.meaning)
    except (re.error, ValueError):
        return False
    return True


_SHARES: Final = "common word"

_families: Final[dict[str, dict[str, str]]] = {}
for _row in read_rows(lines_of(FILE)):
    _families.setdefault(_row.family, {})[_row.word] = _row.meaning


def _meanings(*families: str) -> Mapping[str, str]:
    """What the words of these classes stand for."""
    try:
        return {word: meant for family in families for word, meant in _families[family].items()}
    except KeyError:
        raise TableDamaged(FILE, 0) from None


def _words(*families: str) -> frozenset[str]:
    return frozenset(_meanings(*families))


def _meaning(family: str, meant: str) -> frozenset[str]:
    """The words of a class that stand for that."""
    return frozenset(word for word, each in _meanings(family).items() if each == meant)


def _union(family: str) -> str:
    """A pattern of all of a class."""
    return "|".join(_meanings(family))


def _sets(family: str) -> tuple[frozenset[str], ...]:
    """The sets of a class: a row of several words."""
    return tuple(frozenset(each.split()) for each in _meanings(family))


# Versions
DECISIVE: Final = _words("kind anywhere")
DECISIVE_AT_END: Final = _words("kind at the end")
DECISIVE_IN_BRACKETS: Final = _words("kind in brackets", "noun in brackets")
KINDS: Final = _meanings("kind anywhere", "kind at the end", "kind in brackets", "kind")
KINDS_BESIDE_A_NOUN: Final = _meanings("kind beside a noun")
KINDS_BY_STEM: Final = _meanings("kind by stem")
IN_SEVERAL_WORDS: Final = _meanings("several words")
PARTS: Final = _words("part")
SUNG: Final = _meaning("part", "instrumental")
LEFT_OUT: Final = _words("left out")
NOUNS_GROWN_ON: Final = _meanings("grown on")
SLIPPED_IN: Final = tuple(_meanings("slip"))
NOUNS_THAT_GO_ON: Final = _words("goes on")
GOES_ON_WITH: Final = _words("goes on with")
NO_NAME_BEFORE: Final = _words("no name before")
STYLES_OF_A_MIX: Final = _words("style")
STYLES: Final = _words("style", "style of a name")
NEUTRAL: Final = _words("neutral")
REMASTER: Final = _words("remaster")
BESIDE_REMASTER: Final = _words("beside a remaster")
FILLERS: Final = _words("filler")
LIVE_AT: Final = _words("live at")
ALBUM_KINDS: Final = _meanings("album pattern")

# How two kinds stand to each other
PLAIN_NOUNS: Final = _words("plain noun")
SHORT_KINDS: Final = _words("short kind")
PLACED_KINDS: Final = _words("placed kind")
LENGTHS: Final = _words("length kind")
CUTS: Final = _meaning("length kind", "cut")
STACKED_KINDS: Final = _sets("stacked kinds")
CLOSE_KINDS: Final = _sets("close kinds")
NOUNS_OF_A_NAME: Final = _words("noun of a name")

# Credits
FEATURING: Final = _union("guest")
JOINS: Final = _union("join")
COMPANY: Final = _words("company")
LED_GROUPS: Final = _meaning("company", "group")
WHOSE: Final = _words("whose")
OWN: Final = _meaning("whose", "own")
NOBODY: Final = _words("nobody")
TITLES_OF_PEOPLE: Final = _words("title of a person")
LANDS: Final = _words("land")
NAMES_IN_SHORT: Final = _meanings("name in short")
ARTICLES: Final = _words("article")

# Titles
GENERIC_TITLES: Final = _words("generic title")
NAMELESS: Final = _meaning("generic title", "nameless")
PART_WORDS: Final = _meanings("part word")
ORDINALS: Final = _meanings("ordinal")
NUMBER_WORDS: Final = _meanings("number word")
ROMAN: Final = _meanings("roman")
ROMAN_LETTERS: Final = _meanings("number if counted")
SPOKEN: Final = _meanings("spoken")
LITTLE_WORDS: Final = _words("little word")
COMMON_WORDS: Final = {word: float(share) for word, share in _meanings(_SHARES).items()}
NOISE_BRACKETS: Final = _union("noise pattern")
NOISE_TAIL: Final = rf"(?:[\s_-]+(?:{_union('noise tail pattern')}))+\s*$"
SCENE_TAIL: Final = rf"(?:\s-\s(?:{_union('scene tail pattern')}))+\s*$"
BY_ANOTHER: Final = _union("by another pattern")
STRUCK_OUT: Final = tuple(_meanings("struck out"))
SITE_ENDINGS: Final = _union("site ending")
