"""Where to look a track up, and where to buy it: addresses, made of what is printed.

What belongs here: addresses and their encoding. Nothing is opened or asked for here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop, and the address of a search there: `before`, the words encoded, `after`."""

    name: str
    before: str
    after: str = ""

    def search(self, words: str) -> str:
        """The address of a search for these words."""
        return f"{self.before}{_encoded(words)}{self.after}"


BANDCAMP: Final = Shop("Bandcamp", "https://bandcamp.com/search?q=", "&item_type=t")
BEATPORT: Final = Shop("Beatport", "https://www.beatport.com/search/tracks?q=")
JUNO: Final = Shop("Juno", "https://www.junodownload.com/search/?q%5Ball%5D%5B0%5D=")

RELEASES: Final = "https://www.discogs.com/release/"


@dataclass(frozen=True, slots=True)
class ShopLinks:
    """A search for one track at each shop; None if there is nothing to search for."""

    bandcamp: str | None
    beatport: str | None
    juno: str | None


def release_url(release_id: int) -> str:
    """The release's page on discogs.com."""
    return f"{RELEASES}{release_id}"


def names_somebody(artist: str | None) -> bool:
    """True if a credit names an artist to search for; `Various` and `Unknown Artist` do not."""
    # The reader of names takes a fifth of a second to import; most callers want an address only.
    from musictool_pipeline.core.matching.parsing.credits import read_credit

    return bool(artist and read_credit(artist).names)


def search_links(artist: str | None, title: str | None) -> ShopLinks:
    """Searches for the track, with artist and title as printed.

    A credit without a name is left out.
    """
    if not title:
        return ShopLinks(None, None, None)
    words = f"{artist if names_somebody(artist) else ''} {title}"
    return ShopLinks(
        bandcamp=BANDCAMP.search(words),
        beatport=BEATPORT.search(words),
        juno=JUNO.search(words),
    )


def _encoded(text: str) -> str:
    # Every reserved character, the slash included: `AC/DC & Friends #1` is one search.
    return quote(" ".join(text.split()), safe="", errors="replace")
