"""From a printed title to what it is made of: base, subtitles, version and numbers.

What belongs here: one title, of a record, a tag or a file name alike. What does not: lifting
brackets and versions out of its text (`pieces`), which part of a file's texts is the title
(`reading`), and how two titles agree (`observing`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from musictool_pipeline.core.matching.parsing.credits import GUEST
from musictool_pipeline.core.matching.parsing.pieces import (
    BRACKETED,
    Pieces,
    subtitle,
    without_brackets,
)
from musictool_pipeline.core.matching.parsing.versions import Version
from musictool_pipeline.core.matching.words.counting import numbered
from musictool_pipeline.core.matching.words.lexicon import GENERIC_TITLES, NAMELESS
from musictool_pipeline.core.matching.words.text import fold, in_script

_TRACK_N: Final = re.compile(
    r"(?:track|titel|piste|pista|side|audiotrack|recording|part|untitled)? ?[a-h]{0,2}\d{0,3}"
)
_YEAR_SAID: Final = re.compile(r"(?:(?:19|20)|['\u2019`])\d\d")


def names_no_track(folded: str) -> bool:
    """Whether a folded base title is one of hundreds of records: `untitled`, `track 4`, `-`."""
    return (
        folded in GENERIC_TITLES
        or not any(map(str.isalnum, folded))
        or _TRACK_N.fullmatch(folded) is not None
    )


@dataclass(frozen=True, slots=True)
class Title:
    """A title taken apart. All texts folded; `core` is the base title without its numbers.

    `full`: base and subtitles in printed order; `dashed`: what stands outside of brackets;
    `numbers`: what counts parts and years (`2`, `y95`), in order; `cut_off`: the words after a
    bracket that never closes, '' if nothing follows it; `parts`: the titles of a medley (`Dust To
    Dust / Return Of The Roughnecks`); `labels`: what a file has in square brackets, which is mostly
    a shop's or a ripper's.
    """

    base: str
    core: str
    full: str
    dashed: str
    script: str
    subtitles: tuple[str, ...]
    numbers: tuple[str, ...]
    version: Version
    cut_off: str | None
    printed_length: int
    parts: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()

    @property
    def is_generic(self) -> bool:
        """Whether hundreds of records have a track of this name."""
        many = NAMELESS if self.numbers else GENERIC_TITLES
        return names_no_track(self.base) or self.core in many


def title_of(pieces: Pieces, segments: Iterable[int] = ()) -> Title:
    """The Title that the chosen segments make, or all of them; the first is the base, the others
    subtitles."""
    chosen = list(segments) or range(len(pieces.segments))
    base_text = ""
    full_text: list[str] = []
    subtitles: list[str] = []
    for place, number in enumerate(chosen):
        text = pieces.segments[number]
        guest = GUEST.search(text)
        if guest and guest.start() > 0:  # `Title ft. Guest - Somebody Remix`
            text = f"{text[: guest.start()]} {text[guest.end() :]}"
        bare = without_brackets(text)
        if place == 0:
            base_text = bare
        elif bare:
            subtitles.append(subtitle(bare))
        if "\x01" in text:
            held = BRACKETED.findall(text)
            subtitles += [subtitle(pieces.bracketed[int(number)]) for number in held]
            text = BRACKETED.sub(lambda mark: pieces.bracketed[int(mark[1])], text)
        full_text.append(text)
    if not base_text:
        base_text = " ".join(full_text)
        subtitles = []
    base, core, numbers = numbered(base_text)
    full, _, _ = numbered(" ".join(full_text))
    dashed = base
    if len(chosen) > 1:
        outside = " ".join(pieces.segments[number] for number in chosen)
        in_dashes, _, numbers = numbered(without_brackets(outside))
        dashed = in_dashes or base
    version = pieces.version
    marks = {number for number in numbers if number[0] == "y"}
    if marks:
        version = replace(version, marks=version.marks | marks)
    return Title(
        base=base,
        core=core,
        full=full,
        dashed=dashed,
        script=in_script(base_text),
        subtitles=tuple(subtitles),
        numbers=numbers,
        version=version,
        cut_off=pieces.cut_off,
        printed_length=pieces.printed_length,
        parts=_medley(base_text) if "/" in base_text else (),
        labels=pieces.labels,
    )


def with_its_year(title: Title) -> Title | None:
    """`Angel (1987)` as `Angel '87`, the year counted in the title too; None if it has none."""
    version = title.version
    if version.kinds or version.name or not _YEAR_SAID.fullmatch(version.words):
        return None
    year = f"y{version.numbers[0]}"
    return replace(
        title,
        base=f"{title.base} {year}",
        full=f"{title.full} {year}",
        dashed=f"{title.dashed} {year}",
        numbers=(*title.numbers, year),
    )


def _medley(base_text: str) -> tuple[str, ...]:
    parts = tuple(map(fold, base_text.split("/")))
    return parts if min(map(len, parts)) > 3 else ()
