"""Where to look a track up, and where to buy it: addresses, made of what is printed.

What belongs here: addresses and their encoding. Nothing is opened or asked for here.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class ShopLinks:
    """A search for one track at each shop; None where there is nothing to search for."""

    bandcamp: str | None
    beatport: str | None
    juno: str | None


def release_url(release_id: int) -> str:
    """The release's page on discogs.com."""
    return f"https://www.discogs.com/release/{release_id}"


def search_links(artist: str | None, title: str | None) -> ShopLinks:
    """Searches for the track, with artist and title as printed.

    A credit that names nobody (`Various`, `Unknown Artist`) is left out: no shop has it so.
    """
    # The reader of names takes a fifth of a second to import; most callers want an address only.
    from musictool_pipeline.core.matching.reading import read_credit

    if not title:
        return ShopLinks(None, None, None)
    known = artist if artist and read_credit(artist).names else ""
    words = _encoded(f"{known} {title}".strip())
    return ShopLinks(
        bandcamp=f"https://bandcamp.com/search?q={words}&item_type=t",
        beatport=f"https://www.beatport.com/search/tracks?q={words}",
        juno=f"https://www.junodownload.com/search/?q%5Ball%5D%5B0%5D={words}",
    )


def _encoded(text: str) -> str:
    # Every reserved character, the slash included: `AC/DC & Friends #1` is one search.
    return quote(" ".join(text.split()), safe="", errors="replace")
