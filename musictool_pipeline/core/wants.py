"""A wants list for the shops: what is missing, as lines that one pastes into a search or a mail.

What belongs here: which tracks are worth a line, and the line. What is missing is not decided here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from musictool_pipeline.core.matching.parsing.credits import read_credit
from musictool_pipeline.core.matching.parsing.titles import names_no_track
from musictool_pipeline.core.matching.words.text import fold

# Of a title its version alone may be in brackets, and tells nothing without the rest.
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")


def wants_line(artist: str | None, title: str | None) -> str | None:
    """`Artist - Title (Mix)` as printed, on one line; None for what no shop finds: a title that
    hundreds of records have (`Untitled`, `Track 4`), or a credit without a name (`Various`)."""
    if not (artist and title and read_credit(artist).names):
        return None
    if names_no_track(fold(_BRACKETS.sub(" ", title))) or not any(map(str.isalnum, title)):
        return None
    return " ".join(f"{artist} - {title}".split())


def wants_list(tracks: Iterable[tuple[int, str | None, str | None]]) -> str:
    """The lines of the tracks, each (record, artist, title), with an empty line between records.

    A track that is missing from two records is listed with the first. '' where nothing is wanted.
    """
    groups = ("".join(f"{line}\n" for line in lines) for lines in _groups(tracks))
    return "\n".join(filter(None, groups))


def _groups(tracks: Iterable[tuple[int, str | None, str | None]]) -> Iterator[list[str]]:
    listed: set[str] = set()
    for _, record in groupby(tracks, key=lambda track: track[0]):
        lines: list[str] = []
        for _, artist, title in record:
            line = wants_line(artist, title)
            if line and line.casefold() not in listed:
                listed.add(line.casefold())
                lines.append(line)
        yield lines
