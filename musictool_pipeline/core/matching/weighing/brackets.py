"""Which words in brackets, or behind a dash, may name a take that no list has.

What belongs here: the words that one side has alone, and which of them look most like a take's
name. What does not: what is observed of such words (`observing`), and what follows (`deciding`).
"""

from __future__ import annotations

from collections.abc import Iterator

from musictool_pipeline.core.matching.observing.around import length
from musictool_pipeline.core.matching.observing.standing import is_name_of
from musictool_pipeline.core.matching.observing.takes import observe_take
from musictool_pipeline.core.matching.observing.two_titles import Subtitles, subtitles
from musictool_pipeline.core.matching.parsing.surroundings import Surroundings
from musictool_pipeline.core.matching.weighing.pairing import Side
from musictool_pipeline.core.matching.weighing.points import Observations, Points, probability
from musictool_pipeline.core.matching.words.shared_words import words_of
from musictool_pipeline.core.matching.words.text import are_initials


def likeliest_take(
    side: Side, around_vinyl: Surroundings, around_file: Surroundings, points: Points
) -> tuple[Observations, float]:
    """Of the words in brackets that one side has alone, those that look most like a take's name."""
    lengths = length(around_vinyl.seconds, around_file.seconds)
    known = _named_beside(side, around_vinyl, around_file)
    seen = [
        observe_take(words, side.vinyl, around_vinyl, where, lengths, mark)
        for words, where, mark in _asides(side, around_file.is_video)
        if where == Subtitles.ON_RECORD or not known.issuperset(words.split())
    ]
    if not seen:
        return {}, 0.0
    most = max(seen, key=points.sum)
    return most, probability(points.sum(most))


def _named_beside(
    side: Side, around_vinyl: Surroundings, around_file: Surroundings
) -> frozenset[str]:
    """The words that say who a file is by and what it is from, and name no take: `Title (Album)`,
    `Artist - Title - Label`. An album named for the title may be a single, named for the take."""
    album = around_file.album
    if album.startswith(side.vinyl.title.base):
        album = ""
    people = (*side.vinyl.credit.names, *side.file.credit.names)
    around = (around_vinyl.album, around_vinyl.label, album, around_file.label)
    return words_of((*around, *people)) | around_vinyl.printed | around_vinyl.catalog_numbers


def _asides(side: Side, is_video: bool) -> Iterator[tuple[str, str, str]]:
    """The words that one side alone has in brackets or behind a dash: which side, which mark. In
    the name of a video they are remarks of the person who uploaded it."""
    one, other = side.vinyl.title, side.file.title
    bracket = subtitles(one, other)
    for title, where in ((one, Subtitles.ON_RECORD), (other, Subtitles.IN_FILE)):
        if bracket in (where, Subtitles.DIFFER) and not (is_video and title is other):
            # `Artist - Title - Label` in one text; `Title - Thru-Babylon` beside an artist.
            is_named = title is one or side.file.source != ""
            for words in title.subtitles:
                beside = other if title is one else one
                if (
                    words in beside.labels
                    or (beside.cut_off and words.startswith(beside.cut_off))
                    or are_initials(words, title.base)  # `C.R.E.A.M. (Cash Rules ...)`
                    or f" {words} " in f" {beside.full} "
                    or is_name_of(words, beside.version)
                ):
                    continue
                in_dashes = is_named and f" {title.dashed} ".endswith(f" {words} ")
                yield words, bracket, "a dash" if in_dashes else "brackets"
