"""From a printed credit to the names in it.

What belongs here: who a track is by. What does not: telling whether two credits name the same
people (`observing`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from musictool_pipeline.core.matching.words import lexicon
from musictool_pipeline.core.matching.words.lost_letters import unstruck
from musictool_pipeline.core.matching.words.text import fold, mended

GUEST: Final = re.compile(
    rf"(?:(?:^|\s)(?:{lexicon.FEATURING})\b\.?\s+|\sw/\s*)([^\x01]+)", re.IGNORECASE
)
_JOIN: Final = re.compile(
    rf"\s*[,;/|&+\u00d7\u3001()\[\]]\s*|\s+=\s+|\s+(?:{lexicon.JOINS})\b\.?\s+",
    re.IGNORECASE,
)
_AGAINST: Final = re.compile(r"\s(?:vs\.?|versus|x)\s", re.IGNORECASE)
_TURNED: Final = re.compile(rf"^(.*),\s*({'|'.join(sorted(lexicon.ARTICLES))})$", re.IGNORECASE)
_DISAMBIGUATION: Final = re.compile(r"\s*\(\d+\)")
# Whoever plays along without a name: `And His Orchestra`, `& The Gang`, `& His Comets`.
_COMPANY: Final = re.compile(
    r"(?<=\S)(?:\s*[,&+/]|\s+(?:and|und|et|y|e|con|mit|with))\s+"
    rf"(?:(?:{'|'.join(sorted(lexicon.WHOSE))})\s+)*(?:(?:{'|'.join(sorted(lexicon.COMPANY))})"
    rf"(?:\s+(?:{'|'.join(sorted(lexicon.COMPANY))}))*\b"
    rf"|(?<=\s)(?:{'|'.join(sorted(lexicon.OWN))})(?:\s+[^\s,;/&+()\[\]]+){{1,4}}?)"
    rf"(?=\s*(?:$|[,;/&+(\[]|(?:{lexicon.FEATURING}|{lexicon.JOINS})\b))",
    re.IGNORECASE,
)
_GUEST_ASIDE: Final = re.compile(
    r"[(\[]\s*((?:feat|ft|featuring|with)\b[^)\]]*)[)\]]", re.IGNORECASE
)
TEMPLATE_JUNK: Final = re.compile(r"^_{2,}|^<.*>$|^\W*$")


@dataclass(frozen=True, slots=True)
class Credit:
    """Who it is by. `names`: folded names, main ones first; `whole`: the credit unsplit.

    An empty `names` means unknown. `beside`: further folded names that may name the remixer.
    `is_versus`: the names stand against each other (`A vs. B`, `A x B`), as in mixes of two tracks
    into one.
    """

    names: tuple[str, ...] = ()
    featured: tuple[str, ...] = ()
    whole: str = ""
    beside: tuple[str, ...] = ()
    is_versus: bool = False


@lru_cache(maxsize=1 << 15)
def read_credit(printed: str | None) -> Credit:
    """The names in a printed credit; an empty Credit for nobody (`Various`, `Unknown Artist`)."""
    if not printed:
        return Credit()
    text = unstruck(mended(printed)).replace("_", " ")
    text = _DISAMBIGUATION.sub(" ", text).replace("*", " ")
    text = " ".join(text.split()).strip(" -")
    if fold(text) in lexicon.NOBODY or not text:
        return Credit()
    turned = _TURNED.match(text)
    if turned:
        text = f"{turned[2]} {turned[1]}"
    text = _COMPANY.sub("", text)
    text = _GUEST_ASIDE.sub(r" \1", text)
    guest = GUEST.search(text)
    featured = split_names(guest[1]) if guest else []
    if guest:
        text = text[: guest.start()]
    return Credit(
        names=tuple(split_names(text)),
        featured=tuple(featured),
        whole=fold(text),
        is_versus=_AGAINST.search(text) is not None,
    )


_REMIXED: Final = re.compile(r"^(.+?)\s+re-?mixed\s+by\s+(.+)$", re.IGNORECASE)


def with_its_remixer(artist: str, title: str) -> tuple[str, str]:
    """Artist and title, if the credit says who remixed it: `Queen Remixed By The Reflex`. The title
    says it then, unless it names that one already."""
    said = _REMIXED.match(artist) if title else None
    if said is None:
        return artist, title
    is_named = fold(said[2]) in fold(title)
    return said[1], title if is_named else f"{title} ({said[2]} Remix)"


def split_names(text: str) -> list[str]:
    """The folded names that a text joins, each once; a land behind a name is no name."""
    names: list[str] = []
    for part in _JOIN.split(text):
        name = " ".join(lexicon.NAMES_IN_SHORT.get(word, word) for word in fold(part).split())
        if name and name not in lexicon.NOBODY:
            names.append(name)
    people = [name for name in names if name not in lexicon.LANDS]
    return list(dict.fromkeys(people or names))
