"""What can be seen of a track on vinyl and a file, side by side: observations, each with a level.

What belongs here: looking. What does not: what an observation weighs (`weighing`, `points.txt`),
which version it is (`versions`), and what follows (`deciding`).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz

from musictool_pipeline.core.matching.arranging import Reading
from musictool_pipeline.core.matching.credits import Credit
from musictool_pipeline.core.matching.lexicon import (
    ARTICLES,
    COMPANY,
    GENERIC_TITLES,
    KINDS,
    LITTLE_WORDS,
    NAMELESS,
    NEUTRAL,
    STYLES_OF_A_MIX,
    TITLES_OF_PEOPLE,
)
from musictool_pipeline.core.matching.shared_words import (
    Rarity,
    compare_words,
    in_digits,
    plain_words,
)
from musictool_pipeline.core.matching.standing import same_name
from musictool_pipeline.core.matching.surroundings import Surroundings
from musictool_pipeline.core.matching.text import are_initials, fold, likeness
from musictool_pipeline.core.matching.titles import Title
from musictool_pipeline.core.matching.two_titles import (
    SPELLING,
    differ_in_a_mark,
    numbers,
    subtitles,
    title_likeness,
)
from musictool_pipeline.core.matching.versions import Version

UNKNOWN: Final = "unknown"
ANOTHER_MARK: Final = "another number or letter"

Steps = tuple[tuple[float, ...], tuple[str, ...]]
"""Where one level ends and the next begins, and the names of the levels."""

_SHARES: Final[Steps] = (
    (0.001, 0.12, 0.3, 0.5, 0.8), ("none", "a little", "some", "half", "most", "all"),
)  # fmt: skip
_TITLES: Final[Steps] = (
    (50, 60, 70, 78, 84, 88, 92, 97, 99),
    ("0", "50", "60", "70", "78", "84", "88", "92", "97", "99"),
)  # fmt: skip
_NAMES: Final[Steps] = (
    (40, 55, 67, 75, 82, 88, 94, 99), ("0", "40", "55", "67", "75", "82", "88", "94", "99"),
)  # fmt: skip
_WEIGHTS: Final[Steps] = (
    (0.3, 0.6, 0.9, 1.3, 1.8, 2.5), ("0", "0.3", "0.6", "0.9", "1.3", "1.8", "2.5"),
)  # fmt: skip


def _level(value: float, steps: Steps) -> str:
    bounds, names = steps
    return names[bisect_right(bounds, value)]


def _share(value: float) -> str:
    bounds, names = _SHARES
    return names[bisect_left(bounds, value)]


REMIXER: Final = "remixer as artist"
OF_TITLES: Final = ("title", "numbers", "words in brackets")
OF_TITLE_WORDS: Final = (
    "title words missing", "title words added", "title words shared", "artist named elsewhere",
    REMIXER,
)  # fmt: skip
OF_ARTIST_WORDS: Final = ("artist words missing", "artist words added", "artist words shared")
"""What the functions of these names may observe, which take some time."""


def observe_surroundings(around_vinyl: Surroundings, around_file: Surroundings) -> dict[str, str]:
    """What all readings of a track and a file have in common."""
    release = {"release": "the same"} if is_same_release(around_vinyl, around_file) else {}
    return {
        **release,
        "length": length(around_vinyl.seconds, around_file.seconds),
        "album": _album(around_vinyl, around_file),
        "label": _label(around_vinyl.label, around_file.label),
    }


def observe_titles(
    one: Title, other: Title, printed: frozenset[str] = frozenset(), is_video: bool = False
) -> dict[str, str]:
    """How the titles are spelled, counted and bracketed. `printed`, `is_video`: see Surroundings,
    of the record and of the file."""
    return {
        "title": _level(title_likeness(one, other), _TITLES),
        "numbers": numbers(one, other, printed, is_video),
        "words in brackets": subtitles(one, other),
    }


def is_alike(seen: Mapping[str, str]) -> bool:
    """Whether title and artist are the same but for their spelling."""
    return int(seen["title"]) >= SPELLING and is_name_alike(seen)


def is_name_alike(seen: Mapping[str, str]) -> bool:
    """Whether the artist is the same but for the spelling."""
    return seen["artist"] in ("88", "94", "99")


def _yes(holds: bool) -> str:
    return "yes" if holds else "no"


# --- Artists ------------------------------------------------------------------------------------


def _everybody(credit: Credit) -> tuple[str, ...]:
    return (*credit.names, *credit.featured)


@lru_cache(maxsize=1 << 12)
def _name_words(names: tuple[str, ...]) -> tuple[str, ...]:
    words = tuple(word for name in names for word in in_digits(name))
    return tuple(word for word in words if word not in TITLES_OF_PEOPLE) or words


def observe_names(vinyl: Reading, file: Reading, around_vinyl: Surroundings) -> dict[str, str]:
    """How the names are spelled, and where the words were read from."""
    is_of_many = vinyl.title.is_generic and file.title.is_generic
    return {
        **_observe_credits(vinyl.credit, file.credit),
        "title of many": _yes(is_of_many and not _is_single(vinyl.title, around_vinyl)),
        "read from": file.source or "tags",
        "set aside": file.set_aside or vinyl.set_aside or "nothing",
    }


@lru_cache(maxsize=1 << 12)
def _observe_credits(one: Credit, other: Credit) -> Mapping[str, str]:
    if not one.names or not other.names:
        return {"artist": f"{UNKNOWN} {'of the file' if one.names else 'on the record'}"}
    return {
        "artist": _names_alike((*one.names, one.whole), (*other.names, other.whole)),
        "credit": _level(name_likeness(one.whole, other.whole), _NAMES),
    }


def _is_single(title: Title, around_vinyl: Surroundings) -> bool:
    """Whether the record is named for the track, and it is no `Untitled`: `Prelude` may be one."""
    return around_vinyl.album == title.base in GENERIC_TITLES - NAMELESS


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
        "title words missing": _share(titles.missing),
        "title words added": _share(titles.extra),
        "title words shared": _level(titles.weight, _WEIGHTS),
        "artist named elsewhere": _elsewhere(one, file, around_file),
        REMIXER: _yes(remixer_is_artist(vinyl, file)),
    }


def observe_artist_words(
    vinyl: Reading, file: Reading, around_vinyl: Surroundings, around_file: Surroundings,
    weigh: Rarity,
) -> dict[str, str]:  # fmt: skip
    """Which words the credits share: OF_ARTIST_WORDS; nothing if one side names nobody."""
    one, other = vinyl.credit, file.credit
    if not one.names or not other.names:
        return {}
    everybody, others = _everybody(one), _everybody(other)
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
        "artist words missing": _share(shared.missing),
        "artist words added": _share(shared.extra),
        "artist words shared": _level(shared.weight, _WEIGHTS),
    }


def _names_alike(names: tuple[str, ...], others: tuple[str, ...]) -> str:
    if any(are_initials(a, b) for a in names for b in others):
        return "initials"
    shared = set(names) & set(others)
    if shared:
        return _level(_ANOTHER_GROUP if _are_two_leaders(names, others, shared) else 100, _NAMES)
    alike = _level(max(name_likeness(a, b) for a in names for b in others), _NAMES)
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


@lru_cache(maxsize=1 << 14)
def name_likeness(one: str, other: str) -> int:
    """How alike two folded names are spelled, 0 to 100: titles like `DJ` and the order of words
    count for nothing. With another number or letter it is somebody else."""
    if differ_in_a_mark(one, other):
        return 0
    words, others = (
        [word for word in name.split() if word not in TITLES_OF_PEOPLE] or name.split()
        for name in (one, other)
    )
    if sorted(words) == sorted(others) or "".join(words) == "".join(others):
        return 100 if words == others else 97
    group, another = _groups(words), _groups(others)
    if group and another and likeness(group, another) < SPELLING:
        return min(likeness(one, other), _ANOTHER_GROUP)
    return max(likeness(one, other), likeness(" ".join(words), " ".join(others)))


def _groups(words: list[str]) -> str:
    """What tells `The Sunshine Band` from `The Sunshine Gang`."""
    return " ".join([word for word in words if word in COMPANY])


_ANOTHER_GROUP: Final = 70


def remixer_is_artist(vinyl: Reading, file: Reading) -> bool:
    """Whether the artist of one side is the remixer whom the titles name, as shops have it."""
    named, said = vinyl.title.version, file.title.version
    if not named.name or not said.spoken or (said.name and not same_name(named.name, said.name)):
        return False
    names = (*file.credit.names, *(vinyl.credit.names if said.name else ()))
    return any(same_name(named.name, name) for name in names)


def _artists_added(one: Credit, other: Credit) -> str:
    """Whether the file's credit names a main artist more: before the record's, who may have made
    another version, or behind them."""
    if not one.names or not other.names or len(other.names) <= len(one.names):
        return "as many"
    alike = max(name_likeness(other.names[0], name) for name in one.names)
    return "more behind" if alike >= SPELLING else "more before"


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


# --- Around a title -------------------------------------------------------------------------------


def length(vinyl: float | None, file: float | None) -> str:
    """How two durations in seconds stand to each other. A rip from vinyl is off by the turntable's
    pitch: 3.5 %, and 8 % at the end of its control."""
    if not vinyl or not file:
        return UNKNOWN
    apart = abs(file - vinyl)
    if apart <= 2:
        return "equal"
    if apart <= max(5.0, 0.035 * vinyl):
        return "near"
    if apart <= max(20.0, 0.08 * vinyl):
        return "off"
    if apart <= max(30.0, 0.2 * vinyl):
        return "far off"
    return "another"


def _album(vinyl: Surroundings, file: Surroundings) -> str:
    if is_same_release(vinyl, file):
        return "same"
    named = [text for text in (file.album, *file.folders) if text]
    if not vinyl.album or not named:
        return UNKNOWN
    if any(_albums_alike(vinyl.album, text) for text in named):
        return "same"
    return "same" if vinyl.album_alone == file.album_alone else "other"


def is_same_release(vinyl: Surroundings, file: Surroundings) -> bool:
    """Whether the file is from this very record: by its number on Discogs, or by a catalogue number
    if no other label is named. Another number may be another pressing, and says nothing."""
    if file.release_id is not None and file.release_id == vinyl.release_id:
        return True
    shared = file.catalog_numbers & vinyl.catalog_numbers
    return bool(shared) and _label(vinyl.label, file.label) != "other"


@lru_cache(maxsize=1 << 14)
def _albums_alike(one: str, other: str) -> bool:
    if likeness(one, other) >= SPELLING:
        return True
    shared = set(one.split()) & set(other.split()) - ARTICLES - NEUTRAL
    return len(shared) >= 2 and fuzz.token_set_ratio(one, other) >= 95


def _label(one: str, other: str) -> str:
    if not one or not other:
        return UNKNOWN
    alike = likeness(one, other) >= SPELLING or (one.startswith(other) and len(other) > 3)
    return "same" if alike else "other"


# --- Versions -------------------------------------------------------------------------------------


def _is_like_a_version(word: str) -> bool:
    return word.endswith(_SUFFIXES) or (word.startswith("re") and len(word) > 5)


_SUFFIXES: Final = ("mix", "mixx", "dub", "edit", "version", "mental", "pella", "ed", "ized")


def observe_take(
    words: str,
    vinyl: Reading,
    around_vinyl: Surroundings,
    side: str,
    lengths: str,
    mark: str = "brackets",
) -> dict[str, str]:
    """What speaks for and against it that words in brackets, which no list has, name a take.

    `side`: which side has them, as Subtitles; `lengths`: how the durations stand to each other;
    `mark`: `a dash` where they stand behind artist and title, else `brackets`.
    """
    said = words.split()
    base = vinyl.title.base
    little = [word in LITTLE_WORDS for word in said]
    return {
        "words": str(min(len(said), 5)),
        "little words": ("none", "one", "more")[min(sum(little), 2)],
        "begins": "the" if said[:1] == ["the"] else "little" if any(little[:1]) else "else",
        "ends": "like a version" if _is_like_a_version(said[-1]) else "else",
        "of versions": _yes(any(word in KINDS or word in STYLES_OF_A_MIX for word in said)),
        "a number": _yes(any(map(str.isdigit, words))),
        "says the title": _yes(bool(set(said) & set(base.split()) - ARTICLES - LITTLE_WORDS)),
        "like named": str(min(around_vinyl.siblings, 2)),
        "record": _record(base, around_vinyl),
        "side": f"{side}, {mark}",
        "length": lengths,
    }


def _record(base: str, around_vinyl: Surroundings) -> str:
    """A record that is named for the track is mostly a single, and has several takes of it."""
    if not around_vinyl.album:
        return UNKNOWN
    single = around_vinyl.album.startswith(base)
    return "named for it" if single else "few tracks" if 1 < around_vinyl.tracks < 7 else "another"


def version_beside(title: Title, other: Title) -> Version:
    """The version that a title names; the other's, if it is cut off behind the name in that one:
    `Angel Eyes (Peshay Rem` beside `Angel Eyes (Peshay Remix)`."""
    whole = other.version
    goes_on = (
        title.cut_off
        and title.cut_off.startswith(whole.name + " ")
        and fold(whole.words).startswith(title.cut_off)
    )
    return whole if goes_on else title.version


def observe_version(
    standing: str, vinyl: Reading, file: Reading,
    around_vinyl: Surroundings, around_file: Surroundings,
) -> dict[str, str]:  # fmt: skip
    """What speaks for and against one and the same version of a recording, words in brackets that
    no list has left aside. `standing`: how the versions stand to each other by their words."""
    lengths = length(around_vinyl.seconds, around_file.seconds)
    return {
        "versions": f"{standing}, {lengths}",
        "album": _album(around_vinyl, around_file),
        "live": f"{_yes(around_vinyl.live_album)}, {_yes(around_file.live_album)}",
        "artists": _artists_added(vinyl.credit, file.credit),
        "title": _level(title_likeness(vinyl.title, file.title), _TITLES),
        "read from": file.source or "tags",
        "set aside": file.set_aside or vinyl.set_aside or "nothing",
    }
