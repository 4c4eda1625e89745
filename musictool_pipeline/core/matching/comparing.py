"""One track on vinyl beside one file: everything that is observed of them, and the sums.

What belongs here: the likeliest pair of readings, and how its versions stand to each other with
all that stands around them. What does not: what follows from it (`deciding`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from musictool_pipeline.core.matching.observing.around import length
from musictool_pipeline.core.matching.observing.levels import UNKNOWN
from musictool_pipeline.core.matching.observing.recordings import ANOTHER_MARK
from musictool_pipeline.core.matching.observing.standing import is_name_of, stand
from musictool_pipeline.core.matching.observing.takes import observe_version, version_beside
from musictool_pipeline.core.matching.parsing.arranging import Reading
from musictool_pipeline.core.matching.parsing.credits import Credit
from musictool_pipeline.core.matching.parsing.names import name_likeness
from musictool_pipeline.core.matching.parsing.reading import TrackReadings
from musictool_pipeline.core.matching.parsing.surroundings import Surroundings
from musictool_pipeline.core.matching.parsing.titles import Title
from musictool_pipeline.core.matching.parsing.versions import Version
from musictool_pipeline.core.matching.weighing.brackets import likeliest_take
from musictool_pipeline.core.matching.weighing.pairing import Side, likeliest
from musictool_pipeline.core.matching.weighing.points import (
    Observations,
    Points,
    log_odds,
    probability,
)
from musictool_pipeline.core.matching.words.lexicon import NEUTRAL
from musictool_pipeline.core.matching.words.shared_words import Rarity, words_of
from musictool_pipeline.core.matching.words.text import SPELLING, fold

NAMES_ALIKE: Final = ("82", "88", "94", "99")
"""The levels of two names that are one but for their spelling."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One reading of a track beside one of a file. `recording`, `version`, `take`: what was
    observed for each question; `of_recording`, `of_version`, `of_take`: the probabilities that it
    is the same recording, the same version, and that words in brackets name a take; `standing`:
    how the versions stand to each other."""

    vinyl: Reading
    file: Reading
    recording: Observations
    of_recording: float
    version: Observations
    of_version: float
    take: Observations
    of_take: float
    standing: str


def compare(
    vinyl: TrackReadings,
    file: TrackReadings,
    weigh: Rarity,
    points: Mapping[str, Points],
    at_least: float = 0.0,
) -> Comparison | None:
    """The two readings that are likeliest one recording; None where either side says nothing, and
    where it is less likely than `at_least` and no definition says more of it than `missing`."""
    floor = log_odds(at_least)
    side = likeliest(vinyl, file, weigh, points["recording"], floor, _is_defined_below)
    return look_closer(side, vinyl, file, points) if side else None


def _is_defined_below(vinyl: Reading, file: Reading, seen: Observations) -> bool:
    """Whether `_by_definition` may say more of a pair than `missing`, however few its points."""
    return (
        "release" in seen
        or seen["artist"] == f"{UNKNOWN} of the file"
        or (seen["artist"] in NAMES_ALIKE and bool(vinyl.title.parts) != bool(file.title.parts))
    )


def look_closer(
    side: Side, vinyl: TrackReadings, file: TrackReadings, points: Mapping[str, Points]
) -> Comparison:
    """Everything that is to be seen of these two readings."""
    around = vinyl.surroundings, file.surroundings
    standing = _standing(side, *around)
    version = observe_version(standing, side.vinyl, side.file, *around)
    take, of_take = likeliest_take(side, *around, points["take"])
    if standing == "the same" and side.vinyl.title.version.name and side.file.title.version.name:
        of_take = 0.0  # one named mix on both sides: what else they say is the title's
    return Comparison(
        vinyl=side.vinyl,
        file=side.file,
        recording=side.seen,
        of_recording=max(
            probability(points["recording"].sum(side.seen)), _by_its_release(side.seen)
        ),
        version=version,
        of_version=probability(points["version"].sum(version)) * (1 - of_take),
        take=take,
        of_take=of_take,
        standing=standing,
    )


_NAMED_BY_ITS_RELEASE: Final = 0.97


def _by_its_release(seen: Observations) -> float:
    """How sure it is that a file which names the very release and the very title is that recording,
    unless it names somebody else: two tracks of a compilation may have one title."""
    is_another = seen["artist"] in ("0", "40", "55", ANOTHER_MARK)
    is_it = "release" in seen and seen["title"] == "99" and not is_another
    return _NAMED_BY_ITS_RELEASE if is_it else 0.0


def _standing(side: Side, around_vinyl: Surroundings, around_file: Surroundings) -> str:
    one, other = side.vinyl.credit, side.file.credit
    versions = (
        version_beside(side.vinyl.title, side.file.title),
        version_beside(side.file.title, side.vinyl.title),
    )
    standing = stand(
        *versions,
        (*one.names, *one.featured, *one.beside),
        (*other.names, *other.featured, *other.beside),
    )
    if standing != "the same" and (
        _is_said_without_noun(side.vinyl.title, side.file.title)
        or _is_said_without_noun(side.file.title, side.vinyl.title)
    ):
        return "the same"
    lengths = length(around_vinyl.seconds, around_file.seconds)
    is_against = _is_against_another(one, other) or _is_against_another(other, one)
    if is_against and standing == "plain" and lengths not in ("equal", "near"):
        return "a name"
    of_vinyl, of_file = versions
    if _says_its_album(of_vinyl, of_file, around_vinyl.album) or _says_its_album(
        of_file, of_vinyl, around_file.album
    ):
        return "the same"
    if lengths == "equal" and (
        _is_live_by_its_album(of_vinyl, around_vinyl, of_file)
        or _is_live_by_its_album(of_file, around_file, of_vinyl)
    ):
        return "plain"
    if around_vinyl.siblings and of_file.is_plain and fold(of_vinyl.words) in _THE_SONG:
        return "plain"
    is_of_one_album = around_vinyl.album and around_vinyl.album == around_file.album
    if is_of_one_album and standing == "a part" and not (of_vinyl.name or of_file.name):
        is_its_place = of_vinyl.kinds ^ of_file.kinds <= _PLACES
        return "the same" if is_its_place else standing  # `The Genesis (Intro)`
    if standing == "a name" and lengths == "equal":
        said = words_of(tuple(fold(version.words) for version in versions))
        if said & NEUTRAL:
            return "a length"  # `Original Underground Mix`, no longer than the plain title
    if standing in ("a name", "a length"):
        named = words_of(tuple(version.name for version in versions))
        if named and named <= words_of((around_vinyl.album,)) & words_of((around_file.album,)):
            return "the same"  # `(Special Berlin Calling Edit)` of one album, Berlin Calling
    return standing


# A record with an instrumental side calls the song itself so.
_THE_SONG: Final = frozenset({"vocal", "vocal version"})
# Beside the plain title on one album they say which track it is.
_PLACES: Final = frozenset({"intro", "outro", "interlude", "skit"})


_LIVE: Final = frozenset({"live"})


def _is_live_by_its_album(version: Version, around: Surroundings, other: Version) -> bool:
    """Whether the album alone says that it is a live take: compilations leave that out, and no two
    takes last equally long."""
    is_said = version.kinds == _LIVE and version.words == around.album
    return is_said and other.is_plain


def _says_its_album(version: Version, other: Version, album: str) -> bool:
    """`Title (BBC Session)` beside `Title` on The BBC Sessions, which names the take by its title
    alone."""
    words, said = (
        {word.removesuffix("s") for word in text.split()} for text in (album, fold(other.words))
    )
    return bool(said) and version.words == album and said <= words


def _is_against_another(versus: Credit, other: Credit) -> bool:
    """`Throttle x Earth, Wind & Fire` beside `Earth, Wind & Fire`: one's mix with the other's."""
    known = (*other.names, *other.featured)
    return (
        versus.is_versus
        and bool(known)
        and not all(
            any(name_likeness(name, each) >= SPELLING for each in known) for name in versus.names
        )
    )


def _is_said_without_noun(one: Title, other: Title) -> bool:
    """`Papua New Guinea (Dali Mix)` and `Papua New Guinea (Dali)`."""
    return other.version.is_plain and any(
        is_name_of(words, one.version) for words in (*other.subtitles, *other.labels)
    )
