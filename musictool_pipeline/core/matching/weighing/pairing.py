"""Which reading of a track belongs beside which reading of a file: the pair that is likeliest one.

What belongs here: the pairs that are tried, and their order. What does not: making the readings
(`reading`), looking at a pair (`observing`), or what follows from the best one (`deciding`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Final

from rapidfuzz.fuzz import partial_ratio

from musictool_pipeline.core.matching.observing.around import observe_surroundings
from musictool_pipeline.core.matching.observing.recordings import (
    OF_ARTIST_WORDS,
    OF_TITLE_WORDS,
    OF_TITLES,
    REMIXER,
    is_alike,
    is_name_alike,
    observe_artist_words,
    observe_names,
    observe_title_words,
    observe_titles,
)
from musictool_pipeline.core.matching.parsing.arranging import Reading
from musictool_pipeline.core.matching.parsing.covers import COVERED
from musictool_pipeline.core.matching.parsing.reading import (
    A_NUMBER,
    TrackReadings,
)
from musictool_pipeline.core.matching.weighing.points import ROUNDING, Observations, Points
from musictool_pipeline.core.matching.words.counting import numbered
from musictool_pipeline.core.matching.words.lexicon import LED_GROUPS
from musictool_pipeline.core.matching.words.shared_words import (
    Rarity,
    in_digits,
    words_of,
)
from musictool_pipeline.core.matching.words.text import SPELLING, letters_only, likeness


def named_in_one_text(vinyl: Reading, file: Reading) -> Reading | None:
    """The file's reading with the record's artist and title found in one text, in whatever order:
    `Goldie Inner City Life`, `Inner City Life by Goldie`. What else stands there is further words
    of the title. None where it does not name both."""
    base = f" {vinyl.title.base} "
    is_read_already = bool(
        {vinyl.title.base, vinyl.title.full} & {file.title.base, file.title.full}
    )
    if len(base) < 5 or file.source == COVERED:
        return None
    text = f" {'' if is_read_already else file.credit.whole} {file.title.full} "
    names = _names_in_a_text((vinyl.credit.whole, *vinyl.credit.names))
    if any(letters_only(text) == letters_only(f"{name}{base}") for name in names):
        text = f" {names[0]} {base} "  # `ArtistTitle`: the mark between them is lost
    for name in names:
        if is_read_already and name not in file.title.subtitles:
            continue  # `Artist - Title` is read already; not so `Title (Artist)`
        rest = text.replace(f" {name} ", "  ", 1)
        if rest != text and (base in rest or likeness(rest.strip(), base.strip()) >= SPELLING):
            break
    else:
        return None
    if _BY_SOMEBODY.search(rest.replace(base, " ")):
        return None  # `Title Writer by Somebody`
    is_counted = False
    if base in rest:
        before, _, after = rest.partition(base)
        # `Artist 03 Title`: a ripper's number
        is_counted = before.startswith("  ") and len(before) < 6 and before.strip().isdigit()
        rest = after if is_counted else f"{before} {after}"
    else:
        rest = ""
    added = " ".join([word for word in rest.split() if word not in _BETWEEN])
    people = vinyl.credit.names
    if added and len(people) > 1 and name in people and not any(" " in it for it in people):
        return None  # one first name of two: `Sam Dees` is not `Sam & Dave`
    full, core, counted = numbered(f"{vinyl.title.base} {added}")
    title = replace(
        file.title,
        base=vinyl.title.base,
        core=vinyl.title.core if counted == vinyl.title.numbers else core,
        full=full,
        dashed=vinyl.title.base,
        script="",
        subtitles=(added,) if added else (),
        numbers=counted,
    )
    return replace(
        file,
        credit=vinyl.credit,
        title=title,
        source="artist and title in one text",
        set_aside=A_NUMBER if is_counted else file.set_aside,
    )


# What is said of the one who was found leaves two blanks behind.
_BY_SOMEBODY: Final = re.compile(" by (?! |the  )")


@lru_cache(maxsize=1 << 12)
def _names_in_a_text(names: tuple[str, ...]) -> tuple[str, ...]:
    """How the names may stand in a text: numbers in digits, and without `the`."""
    spelled = [form for name in names for form in (name, " ".join(in_digits(name)))]
    bare = [name.removeprefix("the ") for name in spelled]
    alone = [" ".join([word for word in name.split() if word not in LED_GROUPS]) for name in bare]
    return tuple(dict.fromkeys(name for name in (*spelled, *bare, *alone) if len(name) > 2))


_BETWEEN: Final = words_of(("a and as by from his her in of on performed plays sings sung the",))

# So much a file's artist must be like the title, if the two may be exchanged.
_LIKE_A_TITLE: Final = 80


@dataclass(frozen=True, slots=True)
class Side:
    """One reading of a track beside one of a file, and what speaks for one recording."""

    vinyl: Reading
    file: Reading
    seen: Observations


def _exchanged_pairs(
    vinyl: TrackReadings, file: TrackReadings
) -> Iterator[tuple[Reading, Reading]]:
    """Beside the readings that take the file's artist for the title, if it is like that."""
    names = {theirs.credit.whole for theirs in file.readings}
    titles = {mine.title.base for mine in vinyl.readings}
    if titles & names or any(
        partial_ratio(title, name, score_cutoff=_LIKE_A_TITLE) for title in titles for name in names
    ):
        yield from product(vinyl.readings, file.exchanged())


def likeliest(
    vinyl: TrackReadings,
    file: TrackReadings,
    weigh: Rarity,
    points: Points,
    floor: float = -math.inf,
    counts: Callable[[Reading, Reading, Observations], bool] | None = None,
) -> Side | None:
    """The first pair of readings that has the most points; what agrees word for word goes before
    any guess. One is looked at no further when nothing that is still to be seen could make up for
    what was.

    None also where the most points are fewer than `floor`, unless a pair `counts` whatever they
    are, by its readings, their names and what stands around them. Otherwise the `floor` makes no
    difference.
    """
    around = vinyl.surroundings, file.surroundings
    beside = observe_surroundings(*around)
    of_beside = points.sum(beside) - points.start
    of_artist_words = points.at_most(OF_ARTIST_WORDS) + ROUNDING
    of_words = points.at_most(OF_TITLE_WORDS) + of_artist_words
    of_both = points.at_most(OF_TITLES) + of_words
    # Only who is named in a title can be the other side's artist.
    of_a_name = points.at_most((REMIXER,)) - points.of[REMIXER, "no"]
    pairs = list(product(vinyl.readings, file.readings))
    word_for_word = [pair for pair in pairs if is_word_for_word(*pair)]
    best, most, is_clear = None, floor, bool(word_for_word)
    is_looked_over = False

    def must_be_seen(so_far: float, names: Observations, mine: Reading, theirs: Reading) -> bool:
        # Names that are alike may make all clear (below).
        return (is_name_alike(names) and so_far + of_both < most) or (
            counts is not None and counts(mine, theirs, {**beside, **names})
        )

    for more in (
        lambda: word_for_word or pairs,
        lambda: _exchanged_pairs(vinyl, file),
        lambda: ((one, found) for one, it in pairs if (found := named_in_one_text(one, it))),
    ):
        named = [
            (of_beside + points.sum(names := observe_names(*it, around[0])), names, *it)
            for it in more()
        ]
        named.sort(key=lambda it: -it[0])
        if best is None and most > -math.inf and any(must_be_seen(*it) for it in named):
            if is_looked_over:
                return likeliest(vinyl, file, weigh, points)
            most = -math.inf
        for so_far, names, mine, theirs in named:
            if so_far + of_both < most:
                break
            titles = observe_titles(mine.title, theirs.title, around[0].printed, around[1].is_video)
            seen = beside | names | titles
            is_clear = is_clear or is_alike(seen)
            so_far += points.sum(titles) - points.start
            if so_far + of_words - (0 if mine.title.version.name else of_a_name) < most:
                continue
            words = observe_title_words(mine, theirs, *around, weigh)
            if so_far + points.sum(words) - points.start + of_artist_words < most:
                continue
            seen |= observe_artist_words(mine, theirs, *around, weigh) | words
            found = points.sum(seen)
            if found > most:
                best, most = Side(mine, theirs, seen), found
        if is_clear:
            break
        is_looked_over = True
    return best


def is_word_for_word(one: Reading, other: Reading) -> bool:
    """Whether title and artist read the same on both sides."""
    return one.title.full == other.title.full and one.credit.whole == other.credit.whole
