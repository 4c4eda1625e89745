"""Who plays a track whose name says that it is a cover.

What belongs here: the artist and the title in such a name. What does not: a name that says so in
other words (`lexicon`, "by another pattern"), and what follows for a track (`deciding`).

`(Thin Lizzy Cover)` names who wrote it where the artist stands in front of the title, and who plays
it where the title stands in front. A tag says neither, so such a name in a tag is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from musictool_pipeline.core.matching.words.text import fold

COVERED: Final = "who covers it from the name"
"""Where such a reading's words come from, for the reason."""

_DASH: Final = re.compile(r"\s+[-\u2010-\u2015|~]\s*|\s*[-\u2010-\u2015|~]\s+")
_MANNER: Final = (
    r"(?:a cappella|acapella|acoustic|bossa|cello|duet|guitar|instrumental|live|metal|music"
    r"|official|piano|punk|rock|studio|ukulele|video|violin)"
)
_BY: Final = re.compile(
    rf"[\s(\[|-]+(?:{_MANNER}\s+)*cover(?:ed)?\s+by\s+([^()\[\]|]+?)\s*(?:$|[)\]|].*|\s-\s.*)",
    re.IGNORECASE,
)
_OF: Final = re.compile(
    rf"\s*[(\[]\s*([^()\[\]]+?)(?:['\u2019]s)?((?:\s+{_MANNER})*)[\s-]+cover\s*[)\]].*",
    re.IGNORECASE,
)


def played(name: str) -> Iterator[tuple[str, str]]:
    """Artist and title in every way that a name which says "cover" can be read, as printed."""
    if "cover" not in name.lower():
        return
    by = _BY.search(name)
    if by and fold(by[1]):
        for title in _DASH.split(name[: by.start()])[:2]:
            yield by[1], title
        return
    of = _OF.search(name)
    parts = _DASH.split(name[: of.start()]) if of else []
    if not of or len(parts) != 2 or re.fullmatch(_MANNER, of[1], re.IGNORECASE):
        return
    yield of[1], parts[0]
    if not of[2] and not re.search(rf"\b{_MANNER}\b", of[1], re.IGNORECASE):
        yield parts[0], parts[1]
