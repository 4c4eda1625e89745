"""Which part of one text is the artist and which the title: a Reading for each sensible order.

What belongs here: what tags and file names have in common, and the Reading itself. What does not:
the habits of file names (`file_names`), and what is around a text on its track (`reading`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from musictool_pipeline.core.matching.parsing.credits import Credit, read_credit
from musictool_pipeline.core.matching.parsing.pieces import (
    BRACKETED,
    CATALOGUE,
    Pieces,
    take_apart,
    without_brackets,
)
from musictool_pipeline.core.matching.parsing.titles import Title, title_of
from musictool_pipeline.core.matching.parsing.versions import names_a_version, read_version
from musictool_pipeline.core.matching.words.counting import numbered
from musictool_pipeline.core.matching.words.lexicon import FILLERS, NOISE_TAIL, SITE_ENDINGS
from musictool_pipeline.core.matching.words.text import fold, likeness

_DATE: Final = (
    r"(?:19|20)\d\d([-._ ]?)(?:0\d|1[0-2])\1(?:[0-2]\d|3[01])"
    r"|(?:[0-2]\d|3[01])([-.])(?:0\d|1[0-2])\2(?:19|20)\d\d"
)
# What a ripper put before the title: a date or a catalogue number, and a number or a side:
# `2004-11-02 `, `TL001_`, `01. `, `A2 - `, `1-03 `, `D1T01 `, `[A1] `.
LEADING_POSITION: Final = re.compile(
    rf"^\s*(?:[\[(]?(?:{_DATE}|{CATALOGUE})[\])]?[\s_-]+)?"
    r"(?:[Dd](?:isc)?\d{1,2}[\s_-]?[Tt]\d{1,2}|(?:[Cc][Dd]|[Dd]isc)\s?\d{1,2}[\s_-]+\d{1,2}"
    r"|\d{1,2}[-.x]\d{1,2}|0\d{1,2}|\d{1,3}(?=\s*[.)\]_-])|[A-Ha-h]{1,2}\d{1,2}(?=[\s._)-])"
    r"|[A-Ha-h](?=\s*[.)_-]\s)|\(\d{1,2}\)|\[[A-Ha-h]?\d{1,2}\]|(?<=[\s_-]))"
    r"\s*[-.)\]_]*\s*(?=\S)"
)
# Marks that part artist and title where no dash does.
A_DASH: Final = re.compile(r"\s[-\u2010-\u2015\u2212]+\s|\s*\u2014\s*")
_ODD_MARK: Final = re.compile(
    r"\s*(?:--+|__+|[~|\u2022\u00b7\u00bb]+|::+|\t+|\s:\s)\s*|\s{2,}|(?<=[^\W\d])\u2013(?=[^\W\d])"
)
# `Artist "Title"`, `Artist "Title" (Official Audio)`.
_QUOTED: Final = re.compile(
    r"^(\S.*?)\s+[\"\u201c-\u201f\u00ab\uff02](\w[^\"\u201c-\u201f\u00bb\uff02]+)"
    r"[\"\u201c-\u201f\u00bb\uff02](?=\s*(?:$|[(\[|]))"
)
LEADING_NUMBER: Final = re.compile(r"^\s*\d{1,2}\s+(?=\S)")
# The site it was fetched from, in front or at the end: `songs.example`, `(www.songs.example)`.
_DOMAIN: Final = (
    r"(?:(?i:https?://)?(?i:www)\.[A-Za-z0-9.-]+|(?:[a-z0-9-]+\.)*[a-z0-9-]{3,}"
    rf"(?:\.com?)?\.(?:{SITE_ENDINGS}))"
)
_SITE: Final = re.compile(
    rf"[\s_-]+[(\[]?{_DOMAIN}[)\]]?\s*$|^[(\[]?{_DOMAIN}(?:[)\]][\s_-]*|[\s_-]+)"
)
NOISE_BEHIND: Final = re.compile(NOISE_TAIL)
# `Title - Writer by Player`; a group's name has one word before its `by`: `Guided By Voices`.
_WRITER_BY: Final = re.compile(r"^\S+\s+\S.*?\sby\s+(?=\S)", re.IGNORECASE)
FROM_TITLE: Final = "artist from the title"


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a track. `source` says where the words come from, for the reason.

    `set_aside`: what was thrown away to get here, so that a match is at most one to look at.
    `by_another`: it says that somebody else plays it (a cover, a tribute, karaoke).
    """

    credit: Credit
    title: Title
    source: str = ""
    set_aside: str = ""
    by_another: bool = False


def without_site(text: str) -> str:
    """Without the name of the site that it was fetched from, unless there is nothing else."""
    return _SITE.sub("", text) or text if "." in text else text


def parted(text: str, printed: str | None = None) -> str:
    """With dashes where other marks part artist and title. `printed`: with its tabs, if any."""
    if printed and "\t" in printed:
        text = printed
    return text if A_DASH.search(text) else _ODD_MARK.sub(" - ", text)


def by_its_quotes(text: str) -> str:
    """With a dash before a title in quotation marks, if nothing else parts it from the artist."""
    return text if A_DASH.search(text) else _QUOTED.sub(r"\1 - \2", text)


def reading_of(
    credit: Credit, pieces: Pieces, segments: Iterable[int] = (), source: str = ""
) -> Reading:
    """The reading by that credit, with the guests of the title, which the segments make."""
    if pieces.featured:
        guests = tuple(dict.fromkeys((*credit.featured, *pieces.featured)))
        credit = replace(credit, featured=guests)
    return Reading(credit, title_of(pieces, segments), source)


def titled_like_a_version(text: str, tag: Credit, source: str) -> Iterator[Reading]:
    """`Gang Starr - Full Clip`: what stands behind the artist is the title, whatever its words."""
    if not A_DASH.search(text):
        return
    pieces = take_apart(LEADING_POSITION.sub("", text, count=1), whole=True)
    if len(pieces.segments) == 2 and names_a_version(fold(pieces.segments[1])):
        credit = read_credit(pieces.segments[0])
        if not tag.names or _credits_meet(credit, tag):
            yield reading_of(credit, pieces, [1], source)


def arranged(pieces: Pieces, tag: Credit, source: str) -> Iterator[Reading]:
    """Every sensible way to say which segment is the artist and which the title."""
    count = len(pieces.segments)
    if count == 1:
        whole = reading_of(tag, pieces, [0], source)
        yield whole
        yield from unbracketed_remixes(whole, pieces, source)
        return
    led_by_artist = not tag.names or _credits_meet(read_credit(pieces.segments[0]), tag)
    ends_in_version = names_a_version(fold(pieces.segments[-1]))
    named = (pieces.segments[-1], pieces.version) if ends_in_version else pieces.last_whole
    if not led_by_artist and not ends_in_version and not (named and count == 2):
        yield reading_of(tag, pieces, source=source)
    orders: list[tuple[int, tuple[int, ...]]]
    if count == 2:
        orders = [(0, (1,))]
        if not ends_in_version and not (tag.names and led_by_artist):
            orders.append((1, (0,)))
    elif count == 3:
        orders = [(0, (1, 2)), (0, (2,)), (1, (2,)), (0, (1,))]
    else:
        orders = [(0, (count - 1,)), (count - 2, (count - 1,)), (0, tuple(range(1, count)))]
    for artist, title in [it for it in orders if it[1][0] >= pieces.counted] or orders:
        printed = pieces.segments[artist]
        credit = read_credit(_WRITER_BY.sub("", without_brackets(printed)))
        if credit.names and artist == 0 and printed.endswith("\x01"):
            # `Derrick May (Rhythim Is Rhythim) - Nude Photo`
            alias = read_credit(pieces.bracketed[int(BRACKETED.findall(printed)[-1])])
            credit = replace(credit, names=(*credit.names, *alias.names))
        if not credit.names:
            credit = tag
        note = source or FROM_TITLE
        reading = reading_of(credit, pieces, title, note)
        if count == 3 and title == (1,):
            reading = replace(reading, set_aside="a part of the name")
        if tag.names and not source:
            reading = replace(reading, credit=replace(reading.credit, beside=tag.names))
        yield reading
        yield from unbracketed_remixes(reading, pieces, note)
    if count == 2 and named:
        version = read_version(without_brackets(named[0])).together_with(named[1])
        alone = reading_of(tag, pieces, [0], source)
        yield replace(alone, title=replace(alone.title, version=version))


def _credits_meet(one: Credit, other: Credit) -> bool:
    return likeness(one.whole, other.whole) >= 85 or bool(set(one.names) & set(other.names))


def unbracketed_remixes(reading: Reading, pieces: Pieces, source: str) -> Iterator[Reading]:
    """`Silence Tiesto Remix`: the remixer may be the last one, two or three words before it. What
    has brackets of its own says all of the version: `Love Me (Live)` is no `Love`."""
    title = reading.title
    version = title.version
    words = title.base.split()
    noun = fold(version.words)
    is_open = pieces.is_unmarked or title.parts  # `Dust To Dust / Stay With Me (Remix)`
    if not version.spoken and len(words) > 2 and words[-1] in _MADE_BY_SOMEBODY:
        noun = words.pop()
    elif not is_open or not version.kinds or version.name or pieces.bracketed:
        return
    for taken in range(1, min(4, len(words))):
        name = words[-taken:]
        if FILLERS.issuperset(name):
            continue  # `Sine Of The Dub`
        base = " ".join(words[:-taken])
        _, core, numbers = numbered(base)
        said = read_version(" ".join((*name, noun)))
        split = replace(title, base=base, core=core, full=base, dashed=base, numbers=numbers)
        yield replace(reading, source=source, title=replace(split, script="", version=said))


_MADE_BY_SOMEBODY: Final = frozenset({"mix", "dub", "edit", "rework", "flip", "version"})
