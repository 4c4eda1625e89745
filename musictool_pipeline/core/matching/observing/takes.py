"""What can be seen of the versions of a track on vinyl and a file, side by side.

What belongs here: the observations of the second question, which version it is. What does not:
those of the first one (`recordings`), how two versions stand to each other by their words
(`standing`), or what an observation weighs (`weighing`).
"""

from __future__ import annotations

from typing import Final

from musictool_pipeline.core.matching.observing.around import length, same_album
from musictool_pipeline.core.matching.observing.levels import TITLES, UNKNOWN, level, yes
from musictool_pipeline.core.matching.observing.two_titles import title_likeness
from musictool_pipeline.core.matching.parsing.arranging import Reading
from musictool_pipeline.core.matching.parsing.credits import Credit
from musictool_pipeline.core.matching.parsing.names import name_likeness
from musictool_pipeline.core.matching.parsing.surroundings import Surroundings
from musictool_pipeline.core.matching.parsing.titles import Title
from musictool_pipeline.core.matching.parsing.versions import Version
from musictool_pipeline.core.matching.words import lexicon
from musictool_pipeline.core.matching.words.text import SPELLING, fold


def _artists_added(one: Credit, other: Credit) -> str:
    """Whether the file's credit names a main artist more: before the record's, who may have made
    another version, or behind them."""
    if not one.names or not other.names or len(other.names) <= len(one.names):
        return "as many"
    alike = max(name_likeness(other.names[0], name) for name in one.names)
    return "more behind" if alike >= SPELLING else "more before"


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
    little = [word in lexicon.LITTLE_WORDS for word in said]
    return {
        "words": str(min(len(said), 5)),
        "little words": ("none", "one", "more")[min(sum(little), 2)],
        "begins": "the" if said[:1] == ["the"] else "little" if any(little[:1]) else "else",
        "ends": "like a version" if _is_like_a_version(said[-1]) else "else",
        "of versions": yes(
            any(word in lexicon.KINDS or word in lexicon.STYLES_OF_A_MIX for word in said)
        ),
        "a number": yes(any(map(str.isdigit, words))),
        "says the title": yes(
            bool(set(said) & set(base.split()) - lexicon.ARTICLES - lexicon.LITTLE_WORDS)
        ),
        "like named": str(min(around_vinyl.siblings, 2)),
        "record": _record(base, around_vinyl),
        "side": f"{side}, {mark}",
        "lengths": lengths,
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
        "album": same_album(around_vinyl, around_file),
        "live": f"{yes(around_vinyl.live_album)}, {yes(around_file.live_album)}",
        "artists": _artists_added(vinyl.credit, file.credit),
        "title": level(title_likeness(vinyl.title, file.title), TITLES),
        "read from": file.source or "tags",
        "set aside": file.set_aside or vinyl.set_aside or "nothing",
    }
