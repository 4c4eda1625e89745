"""What can be seen of a track on vinyl and a file, side by side: observations, each with a level.

What belongs here: looking. What does not: what an observation weighs (`weighing`, `points.txt`),
which version it is (`versions`), and what follows (`deciding`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from musictool_pipeline.core.matching.observing.levels import (
    NAMES,
    TITLES,
    UNKNOWN,
    WEIGHTS,
    level,
    share,
    yes,
)
from musictool_pipeline.core.matching.observing.two_titles import numbers, subtitles, title_likeness
from musictool_pipeline.core.matching.parsing.arranging import Reading
from musictool_pipeline.core.matching.parsing.credits import Credit
from musictool_pipeline.core.matching.parsing.names import (
    ANOTHER_GROUP,
    differ_in_a_mark,
    name_likeness,
    same_name,
)
from musictool_pipeline.core.matching.parsing.surroundings import Surroundings
from musictool_pipeline.core.matching.parsing.titles import Title
from musictool_pipeline.core.matching.words import lexicon
from musictool_pipeline.core.matching.words.shared_words import (
    Rarity,
    compare_words,
    in_digits,
    plain_words,
)
from musictool_pipeline.core.matching.words.text import (
    SPELLING,
    are_initials,
    letters_only,
    likeness,
)

ANOTHER_MARK: Final = "another number or letter"


REMIXER: Final = "remixer as artist"
OF_TITLES: Final = ("title", "numbers", "words in brackets")
OF_TITLE_WORDS: Final = (
    "title words missing", "title words added", "title words shared", "artist named elsewhere",
    REMIXER,
)  # fmt: skip
OF_ARTIST_WORDS: Final = ("artist words missing", "artist words added", "artist words shared")
"""What the functions of these names may observe, which take some time."""


def observe_titles(
    one: Title, other: Title, printed: frozenset[str] = frozenset(), is_video: bool = False
) -> dict[str, str]:
    """How the titles are spelled, counted and bracketed. `printed`, `is_video`: see Surroundings,
    of the record and of the file."""
    return {
        "title": level(title_likeness(one, other), TITLES),
        "numbers": numbers(one, other, printed, is_video),
        "words in brackets": subtitles(one, other),
    }


def is_alike(seen: Mapping[str, str]) -> bool:
    """Whether title and artist are the same but for their spelling."""
    return int(seen["title"]) >= SPELLING and is_name_alike(seen)


def is_name_alike(seen: Mapping[str, str]) -> bool:
    """Whether the artist is the same but for the spelling."""
    return seen["artist"] in ("88", "94", "99")


def _everybody(credit: Credit) -> tuple[str, ...]:
    return (*credit.names, *credit.featured)


@lru_cache(maxsize=1 << 12)
def _name_words(names: tuple[str, ...]) -> tuple[str, ...]:
    words = tuple(word for name in names for word in in_digits(name))
    return tuple(word for word in words if word not in lexicon.TITLES_OF_PEOPLE) or words


def observe_names(vinyl: Reading, file: Reading, around_vinyl: Surroundings) -> dict[str, str]:
    """How the names are spelled, and where the words were read from."""
    is_of_many = vinyl.title.is_generic and file.title.is_generic
    return {
        **_observe_credits(vinyl.credit, file.credit),
        "title of many": yes(is_of_many and not _is_single(vinyl.title, around_vinyl)),
        "read from": file.source or "tags",
        "set aside": file.set_aside or vinyl.set_aside or "nothing",
    }


@lru_cache(maxsize=1 << 12)
def _observe_credits(one: Credit, other: Credit) -> Mapping[str, str]:
    if not one.names or not other.names:
        return {"artist": f"{UNKNOWN} {'of the file' if one.names else 'on the record'}"}
    return {
        "artist": _names_alike((*one.names, one.whole), (*other.names, other.whole)),
        "credit": level(name_likeness(one.whole, other.whole), NAMES),
    }


def _is_single(title: Title, around_vinyl: Surroundings) -> bool:
    """Whether the record is named for the track, and it is no `Untitled`: `Prelude` and `19` may be
    ones."""
    base = title.base
    return around_vinyl.album == base and (
        base.isdigit() or base in lexicon.GENERIC_TITLES - lexicon.NAMELESS
    )


def observe_title_words(
    vinyl: Reading, file: Reading, around_vinyl: Surroundings, around_file: Surroundings,
    weigh: Rarity,
) -> dict[str, str]:  # fmt: skip
    """Which words the titles share, and where else the artist is named: OF_TITLE_WORDS."""
    one, other = vinyl.credit, file.credit
    everybody, others = _everybody(one), _everybody(other)
    titles = compare_words(
        plain_words(vinyl.title.full),
        plain_words(file.title.full),
        weigh,
        (
            *everybody,
            vinyl.title.version.name,
            around_vinyl.album,
            around_vinyl.label,
            *around_vinyl.printed,
        ),
        (*others, file.title.version.name, around_file.album, *around_file.folders),
    )
    return {
        "title words missing": share(titles.missing),
        "title words added": share(titles.extra),
        "title words shared": level(titles.weight, WEIGHTS),
        "artist named elsewhere": _elsewhere(one, file, around_file),
        REMIXER: yes(remixer_is_artist(vinyl, file)),
    }


def observe_artist_words(
    vinyl: Reading, file: Reading, around_vinyl: Surroundings, around_file: Surroundings,
    weigh: Rarity,
) -> dict[str, str]:  # fmt: skip
    """Which words the credits share: OF_ARTIST_WORDS; nothing if one side names no artist."""
    one, other = vinyl.credit, file.credit
    if not one.names or not other.names:
        return {}
    everybody, others = _everybody(one), _everybody(other)
    if letters_only(one.whole) == letters_only(other.whole):
        everybody = others  # `Womack & Womack`, `WomackAndWomack`
    # A title that is the artist's name says nothing of the artist.
    is_own_name = vinyl.title.base in (one.whole, *everybody)
    shared = compare_words(
        _name_words(everybody),
        _name_words(others),
        weigh,
        (vinyl.title.full, vinyl.title.version.name, around_vinyl.album)[is_own_name:],
        (file.title.full, file.title.version.name, around_file.album, *around_file.folders,
         *other.beside)[is_own_name:],
    )  # fmt: skip
    return {
        "artist words missing": share(shared.missing),
        "artist words added": share(shared.extra),
        "artist words shared": level(shared.weight, WEIGHTS),
    }


def _names_alike(names: tuple[str, ...], others: tuple[str, ...]) -> str:
    if any(are_initials(a, b) for a in names for b in others):
        return "initials"
    shared = set(names) & set(others)
    if shared:
        return level(ANOTHER_GROUP if _are_two_leaders(names, others, shared) else 100, NAMES)
    alike = level(max(name_likeness(a, b) for a in names for b in others), NAMES)
    if alike == "0" and any(differ_in_a_mark(a, b) for a in names for b in others):
        return ANOTHER_MARK
    return alike


def _are_two_leaders(names: tuple[str, ...], others: tuple[str, ...], shared: set[str]) -> bool:
    """Whether all that two credits share is a band behind two people: `Bob Marley & The Wailers`,
    `Peter Tosh & The Wailers`."""
    is_a_band = all(name.startswith("the ") for name in shared) and shared.isdisjoint(
        (names[0], others[0])
    )
    return is_a_band and name_likeness(names[0], others[0]) < SPELLING


def remixer_is_artist(vinyl: Reading, file: Reading) -> bool:
    """Whether the artist of one side is the remixer whom the titles name, as shops have it."""
    named, said = vinyl.title.version, file.title.version
    if not named.name or not said.spoken or (said.name and not same_name(named.name, said.name)):
        return False
    names = (*file.credit.names, *(vinyl.credit.names if said.name else ()))
    return any(same_name(named.name, name) for name in names)


def _elsewhere(wanted: Credit, file: Reading, around_file: Surroundings) -> str:
    """Where else on the file's side an artist of the record is named."""
    for folder in around_file.folders:
        if any(_names_the_folder(name, folder) for name in (*wanted.names, wanted.whole)):
            return "in a folder"
    texts = (file.title.full, file.title.version.name, around_file.album, *file.credit.beside)
    everything = f" {' '.join(texts)} "
    if any(len(name) > 3 and f" {name} " in everything for name in wanted.names):
        return "in another field"
    return "nowhere"


@lru_cache(maxsize=1 << 14)
def _names_the_folder(name: str, folder: str) -> bool:
    bare, plain = name.removeprefix("the "), folder.removeprefix("the ").removesuffix(" the")
    return bool(bare) and (likeness(bare, plain) >= SPELLING or plain.startswith(bare + " "))
