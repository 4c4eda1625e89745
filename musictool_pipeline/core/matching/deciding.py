"""What follows from what was observed: a status, and how sure it is.

What belongs here: the two questions in their order (is it the same recording? which version of
it?), and what may not be answered by points. What does not: looking (`observing`), weighing
(`weighing`), or saying it in words (`explaining`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from musictool_pipeline.core.matching.comparing import NAMES_ALIKE, Comparison
from musictool_pipeline.core.matching.observing.levels import UNKNOWN
from musictool_pipeline.core.matching.observing.recordings import ANOTHER_MARK, is_alike
from musictool_pipeline.core.matching.observing.two_titles import LIKE_A_SLIP
from musictool_pipeline.core.matching.parsing.covers import COVERED
from musictool_pipeline.core.matching.parsing.credits import Credit
from musictool_pipeline.core.matching.tracks import (
    MISSING,
    OTHER_VERSION,
    OWNED,
    REVIEW,
    MatchSettings,
)
from musictool_pipeline.core.matching.weighing.points import (
    Observations,
    Points,
    probability,
)
from musictool_pipeline.core.matching.words import lexicon
from musictool_pipeline.core.matching.words.shared_words import (
    in_digits,
    same_word,
    words_of,
)
from musictool_pipeline.core.matching.words.text import SPELLING, fold, letters_only, likeness

# From the best news to the worst; the order in which files are chosen.
RANK: Final = {OWNED: 3, OTHER_VERSION: 2, REVIEW: 1, MISSING: 0}

# Standings of two versions that no evidence makes one: they are other takes by what they are.
_BY_DEFINITION: Final = ("another", "a part", "a number")

HALF_A_MEDLEY: Final = "half of a medley"
TITLES_DIFFER: Final = "the titles differ"
_LIVE_ALBUM: Final = "one is from a live album"

# From this probability on, words in brackets may name a take, and a person should look.
MAY_BE_A_TAKE: Final = 0.1


@dataclass(frozen=True, slots=True)
class Decision:
    """The status of one file, its confidence from 0 to 100, and in words what stood in the way of
    a better status ('' where nothing did); `is_defined`: whether a definition gave it."""

    status: str
    confidence: int
    doubt: str
    found: Comparison
    is_defined: bool


def at_least_to_count(decision: Decision, settings: MatchSettings) -> float:
    """How likely another file must be the same recording to change what is said of a track of
    which this is known."""
    if decision.status != MISSING:
        return settings.review_from
    # The nearest one is told, by what is rounded (`matcher`).
    nearest = decision.found.of_recording * decision.found.of_version
    return min(settings.review_from, max(0.0, nearest - _ROUNDED))


_ROUNDED: Final = 2e-6


def decide(found: Comparison, settings: MatchSettings, points: Points) -> Decision:
    """The decision on one file, from its comparison with one track on vinyl. `points`: those that
    say how often a definition is right."""
    defined = _by_definition(found, settings)
    status, doubt = defined or _by_points(found, settings)
    same, version = found.of_recording, found.of_version
    if defined:
        sure = probability(points.sum({"answer": doubt}))
    elif status == MISSING:
        sure = 1 - same
    elif status == OTHER_VERSION:
        sure = same * (1 - version)
    else:
        sure = same * version
    return Decision(status, round(100 * sure), doubt, found, defined is not None)


def _by_definition(found: Comparison, settings: MatchSettings) -> tuple[str, str] | None:
    """What no points may answer: the status, and in words what stood in the way of a better one;
    None where they may."""
    seen = found.recording
    if seen["numbers"] == "differ" or (seen["numbers"] == "added" and seen["length"] != "equal"):
        return MISSING, "another number in the title"
    if seen["artist"] == ANOTHER_MARK:
        return MISSING, "another number or letter in the name"
    if seen["artist"] in NAMES_ALIKE and seen["length"] != "equal" and _is_half_a_medley(found):
        return REVIEW, HALF_A_MEDLEY
    if found.of_recording < settings.review_from:
        return (REVIEW, "artist unknown") if _is_all_that_is_said(found) else None
    if found.file.source == COVERED and seen["artist"] in _NAMES_APART:
        return MISSING, "somebody else plays it"
    if found.file.by_another and not found.vinyl.by_another:
        is_theirs = seen["artist"] in NAMES_ALIKE and seen["read from"] != "from the file name"
        if is_theirs and "karaoke" in found.file.title.version.kinds:
            return OTHER_VERSION, "another version"
        return MISSING, "somebody else plays it"
    unsupported = "same" not in (seen["album"], seen["label"]) and seen["length"] != "equal"
    if unsupported and seen["title of many"] == "yes":
        return REVIEW, "a title that many tracks have"
    if unsupported and seen["artist"].startswith("unknown") and not _named_otherwise(found):
        return REVIEW, "artist unknown"
    if unsupported and _is_a_longer_name(found):
        return REVIEW, "the artists' names differ"
    if found.of_recording < settings.recording_from:
        return None
    if unsupported and _is_half_another_name(found):
        return REVIEW, "a part of the artist's name differs"
    if seen["numbers"] == "on one side":
        return OTHER_VERSION, "a part or year on one side only"
    if _is_cut_in_its_version(found):
        if _is_cut_off_another(found):
            return OTHER_VERSION, "another version"
        return REVIEW, "the title is cut off"
    if found.standing in _BY_DEFINITION or (
        found.standing == "a name" and seen["length"] != "equal"
    ):
        return OTHER_VERSION, "another version"
    if found.standing == "close" and seen["length"] not in ("equal", "near"):
        return OTHER_VERSION, "another version by name"
    return None


def _by_points(found: Comparison, settings: MatchSettings) -> tuple[str, str]:
    """The status that the points give, and in words what stood in the way of a better one."""
    if found.of_recording < settings.review_from:
        return MISSING, _what_differs(found.recording)
    only_the_titles = (
        found.standing == "plain"
        and int(found.recording["title"]) < LIKE_A_SLIP
        and found.recording["length"] in (UNKNOWN, "equal", "near")
    )
    is_another = found.of_version <= settings.version_below and not only_the_titles
    if found.of_recording < settings.recording_from:
        if not is_another:
            return REVIEW, "it may be another recording"
        if not is_alike(found.recording):
            return MISSING, _what_differs(found.recording)
    is_live_by_its_album = (
        found.standing == "plain"
        and found.version["live"] in ("yes, no", "no, yes")
        and found.recording["length"] == "equal"
    )
    if (
        found.of_recording * found.of_version >= settings.owned_from
        and found.of_take < MAY_BE_A_TAKE
        and not is_live_by_its_album
    ):
        return OWNED, ""
    if only_the_titles:
        return REVIEW, TITLES_DIFFER
    if is_live_by_its_album:
        return REVIEW, _LIVE_ALBUM
    if is_another:
        return OTHER_VERSION, _which_version(found, "another version")
    return REVIEW, _which_version(found, "it may be another version")


def _is_all_that_is_said(found: Comparison) -> bool:
    """Whether a file says nothing but the very title, of several words or one that many tracks
    have: `Angel Eyes.mp3`, `Intro.mp3`."""
    seen = found.recording
    title = found.vinyl.title
    return (
        seen["artist"] == f"{UNKNOWN} of the file"
        and found.file.title.full == title.full
        and (seen["title of many"] == "yes" or len(title.base.split()) > 1)
        and found.standing in ("plain", "the same")
        and seen["length"] in (UNKNOWN, "equal", "near")
    )


def _is_cut_in_its_version(found: Comparison) -> bool:
    """Whether the words that would tell the version are lost: `Honey (`, `Angel Eyes (Pesh`."""
    one, other = found.vinyl.title, found.file.title
    cut, whole = (one, other) if one.cut_off is not None else (other, one)
    if cut.cut_off is None or found.standing == "the same":
        return False
    if not cut.cut_off:
        return not whole.version.is_plain
    said = cut.cut_off.removeprefix("the ")
    return not "original mix".startswith(said) and not any(
        each.startswith(cut.cut_off) for each in whole.subtitles
    )


def _is_cut_off_another(found: Comparison) -> bool:
    """Whether what is left of the words cannot begin a named version: `(Orig`, `Some Remix`; nor,
    with a whole word that no song is full of, a plain one: `(Photek R`."""
    one, other = found.vinyl.title, found.file.title
    cut, version = (one, other.version) if one.cut_off is not None else (other, one.version)
    if not cut.cut_off or fold(version.words).startswith(cut.cut_off):
        return False
    whole = {word for word in cut.cut_off.split()[:-1] if not word.isdigit()}
    is_telling = bool(whole - lexicon.NEUTRAL - lexicon.BESIDE_REMASTER) and whole.isdisjoint(
        lexicon.LITTLE_WORDS
    )
    return bool(version.name) or is_telling


def _is_half_a_medley(found: Comparison) -> bool:
    """`Dust To Dust / Return Of The Roughnecks` on one side, and one of the two on the other."""
    one, other = found.vinyl.title, found.file.title
    if bool(one.parts) == bool(other.parts) or letters_only(one.full) == letters_only(other.full):
        return False  # `Paris - Orly` may be `Paris / Orly`
    medley, title = (one, other) if one.parts else (other, one)
    people = (*found.vinyl.credit.names, one.version.name, other.version.name)
    is_signed = not set(medley.parts).isdisjoint(people)  # `Title / Artist`
    return not is_signed and any(likeness(part, title.base) >= SPELLING for part in medley.parts)


def _is_a_longer_name(found: Comparison) -> bool:
    """Whether one side names the artist in a single word, and the other with further ones, as
    somebody else may be called: `Prince`, `Prince Buster`; `The Who`, `The Guess Who`. A longer
    title hardly belongs to both, nor one of two words if either is rare."""
    seen = found.recording
    title = words_of((found.vinyl.title.base,)) - lexicon.ARTICLES
    name, other = (
        words_of((side.credit.whole,)) - lexicon.ARTICLES for side in (found.vinyl, found.file)
    )
    return (
        seen["artist"] in _NAMES_APART
        and (len(title) == 1 or (len(title) == 2 and title <= lexicon.COMMON_WORDS.keys()))
        and len(name & other) == min(len(name), len(other)) == 1
        and not _named_otherwise(found)
    )


def _is_half_another_name(found: Comparison) -> bool:
    """Whether each side calls the artist by a word that the other lacks: `Los Del Mar`, `Los Del
    Rio`. Somebody may have another band: `Johnny Smith Trio`, `Johnny Smith Quartet`."""
    seen = found.recording
    if (
        seen["artist"] not in _NAMES_APART
        or seen["artist named elsewhere"] != "nowhere"
        or _named_otherwise(found)
    ):
        return False
    mine, theirs = (_words_of_a_name(side.credit) for side in (found.vinyl, found.file))
    return _has_a_word_alone(mine, theirs) and _has_a_word_alone(theirs, mine)


def _words_of_a_name(credit: Credit) -> list[str]:
    words = in_digits(" ".join((credit.whole, *credit.featured)))
    return ["1" if word == "one" else word for word in words if word not in lexicon.ARTICLES]


def _has_a_word_alone(words: list[str], others: list[str]) -> bool:
    """`Fingers Inc.` has none beside `Fingers Incorporated`, nor `C. Mayfield` beside `Curtis`."""
    return not all(
        any(
            word.startswith(other) or other.startswith(word) or same_word(word, other)
            for other in others
        )
        for word in words
    )


_NAMES_APART: Final = ("0", "40", "55", "67", "75")


def _named_otherwise(found: Comparison) -> bool:
    """Whether something names who it is: a folder, or one and the same remixer on both sides."""
    seen = found.recording
    return (
        seen["artist named elsewhere"] == "in a folder"
        or seen["remixer as artist"] == "yes"
        or (found.standing == "the same" and bool(found.file.title.version.name))
    )


def _what_differs(seen: Observations) -> str:
    if int(seen["title"]) < SPELLING:
        return "another title"
    if seen["artist"].startswith(UNKNOWN):
        return "artist unknown, and the title could be anyone's"
    return "another artist"


def _which_version(found: Comparison, otherwise: str) -> str:
    """What makes it another version, or may; `otherwise` if the words alone do."""
    if found.of_take >= MAY_BE_A_TAKE:
        return "further words"
    if found.standing in ("plain", "the same"):
        if found.recording["length"] in ("off", "far off", "another"):
            return "the lengths disagree"
        if found.version["live"] in ("yes, no", "no, yes"):
            return _LIVE_ALBUM
        if int(found.version["title"]) < SPELLING:
            return TITLES_DIFFER
    return otherwise
