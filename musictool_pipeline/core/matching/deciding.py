"""What follows from a comparison: a status, a confidence, and a reason that a DJ can read.

What belongs here: the thresholds and the order in which doubts are weighed. What does not:
measuring (`scoring`), or choosing among files (`matcher`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from musictool_pipeline.core.matching.reading import A_NUMBER
from musictool_pipeline.core.matching.scoring import Comparison, Length, Numbers
from musictool_pipeline.core.matching.tracks import (
    MISSING,
    OTHER_VERSION,
    OWNED,
    REVIEW,
    MatchSettings,
)
from musictool_pipeline.core.matching.versions import Relation

# From the best news to the worst; the order in which readings of one file, and files, are chosen.
RANK: Final = {OWNED: 3, OTHER_VERSION: 2, REVIEW: 1, MISSING: 0}


@dataclass(frozen=True, slots=True)
class Decision:
    """`support` breaks ties between equally confident files: the more agrees, the higher."""

    status: str
    confidence: int
    reason: str
    support: tuple[float, ...] = ()


def decide(found: Comparison, settings: MatchSettings) -> Decision:
    """The decision on one file, from its comparison with one track on vinyl."""
    status, doubt = _status(found, settings)
    confidence = _confidence(found, status, settings)
    return Decision(status, confidence, _reason(found, doubt), _support(found))


def _status(found: Comparison, settings: MatchSettings) -> tuple[str, str]:
    """The status, and in words what stood in the way of a better one."""
    title = found.title
    if title.numbers is Numbers.DIFFER:
        return MISSING, "another number in the title"
    if found.artist is not None and found.artist < settings.artist_floor:
        return MISSING, "another artist"
    if found.artist is None:
        unknown = _unknown_artist(found, settings)
        if unknown is not None:
            return unknown
    if found.generic and not (found.same_album or found.same_label):
        return _generic(found)
    if title.part_of_medley:
        return REVIEW, "one of two titles run together"
    if title.numbers is Numbers.ONE_SIDED:
        return OTHER_VERSION, "a part or year on one side only"
    if title.cut and not (found.length.agrees and _certain(found)):
        if found.relation is Relation.OTHER and title.subtitles_differ:
            return OTHER_VERSION, "another version, cut off"
        return REVIEW, "the title is cut off"
    if title.cut_agrees or title.cut:
        return _by_length(found)
    if found.relation is Relation.OTHER:
        return OTHER_VERSION, "another version"
    if found.relation is Relation.CLOSE and not found.length.agrees:
        return OTHER_VERSION, "another version by name"
    if title.subtitles_differ:
        return OTHER_VERSION, "other words in brackets"
    if found.says_more and not found.length.agrees:
        return OTHER_VERSION, "further words in brackets"
    made_up_for = found.length.agrees or (found.same_album and found.set_aside == A_NUMBER)
    if found.set_aside and not made_up_for:
        return REVIEW, f"{found.set_aside} was set aside to match"
    if found.other_take_album and not found.length.agrees:
        return OTHER_VERSION, "one is from a live album"
    return _by_length(found)


def _certain(found: Comparison) -> bool:
    return (found.artist or 0) >= 94 and found.title.score >= 95


def _unknown_artist(found: Comparison, settings: MatchSettings) -> tuple[str, str] | None:
    """The status where nobody is named; None where something else makes up for it."""
    exact = found.title.score >= 97
    if found.same_album and exact:
        return None
    if found.generic or found.letters < 8 or not exact:
        return MISSING, "artist unknown, and the title could be anyone's"
    distinctive = found.letters >= settings.distinctive_letters
    same_remixer = (
        found.relation is Relation.SAME
        and bool(found.vinyl_version.name)
        and found.file_version.name != ""
    )
    if (distinctive and found.length.agrees) or same_remixer or found.same_label:
        return None
    if found.length is Length.CONTRADICTS:
        return MISSING, "artist unknown, and another length"
    return REVIEW, "artist unknown"


def _generic(found: Comparison) -> tuple[str, str]:
    if found.length is Length.EQUAL and found.relation is Relation.SAME and _certain(found):
        return OWNED, ""
    if found.length is Length.CONTRADICTS:
        return MISSING, "a title that many tracks have, and another length"
    return REVIEW, "a title that many tracks have"


def _by_length(found: Comparison) -> tuple[str, str]:
    if found.length is Length.CONTRADICTS:
        return OTHER_VERSION, "the length says another take"
    if found.length is Length.DOUBTFUL:
        return REVIEW, "the lengths disagree"
    return OWNED, ""


def _confidence(found: Comparison, status: str, settings: MatchSettings) -> int:
    artist = 70 if found.artist is None else found.artist
    weight = settings.title_weight
    value = weight * found.title.score + (1 - weight) * artist
    if status in (OWNED, REVIEW):
        value += {
            Length.EQUAL: 2, Length.SUPPORTS: 1, Length.UNKNOWN: 0, Length.NEUTRAL: -4,
            Length.DOUBTFUL: -20, Length.CONTRADICTS: -30,
        }[found.length]  # fmt: skip
        value += 1 if found.same_album or found.same_label else 0
        value -= 10 if found.relation is Relation.CLOSE else 0
        value -= 4 if found.generic or found.title.cut_agrees else 0
        value -= 1 if found.length is Length.UNKNOWN else 0
    elif status == OTHER_VERSION:
        value -= 5
        value -= 15 if found.relation is not Relation.OTHER else 0
    else:
        value = min(value, 100) * 0.4
    highest = settings.review_confidence if status == REVIEW else 100
    return max(0, min(highest, round(value)))


def _support(found: Comparison) -> tuple[float, ...]:
    apart = abs(found.difference) if found.difference is not None else 1e6
    close = {Length.EQUAL: 2, Length.SUPPORTS: 1}.get(found.length, 0)
    return (
        float(found.same_album),
        float(found.same_label),
        float(close),
        float(found.vinyl_version.remaster == found.file_version.remaster),
        -apart if close else -1e6,
    )


def _reason(found: Comparison, doubt: str) -> str:
    parts = [f"title {found.title.score}"]
    if found.artist is None:
        parts.append("artist unknown")
    else:
        noted = f" ({found.artist_note})" if found.artist_note else ""
        parts.append(f"artist {found.artist}{noted}")
    parts.append(_versions_in_words(found))
    if found.difference is not None:
        parts.append(f"{round(found.difference):+d} s")
    if found.same_album:
        parts.append("same album")
    elif found.same_label:
        parts.append("same label")
    if found.source:
        parts.append(found.source)
    if found.file_version.remaster and not found.vinyl_version.remaster:
        parts.append("a remaster")
    return (f"{doubt}: " if doubt else "") + ", ".join(parts)


def _versions_in_words(found: Comparison) -> str:
    one, other = str(found.vinyl_version), str(found.file_version)
    if one == other:
        return f"version: {one}"
    return f"version: {one} / {other}"
