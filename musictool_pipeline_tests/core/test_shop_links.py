"""Search links that find the track, with any signs in its name."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.core.shop_links import release_url, search_links


def searched(url: str | None) -> str:
    """What the shop gets to see."""
    assert url is not None
    assert url.isascii() and " " not in url
    values = parse_qs(urlsplit(url).query, strict_parsing=True)
    [words] = values.get("q") or values["q[all][0]"]
    return words


def test_the_release():
    assert release_url(1023342) == "https://www.discogs.com/release/1023342"


@pytest.mark.parametrize(
    ("artist", "title"),
    [
        ("AC/DC", "T.N.T. #1 & More?"),
        ("Röyksopp", "Só Easy + 100%"),
        ("坂本龍一", "戦場のメリークリスマス"),
        ("Goldie", 'Inner City Life (12" Mix) [Remaster]'),
    ],
)
def test_every_sign_arrives(artist: str, title: str):
    """An ampersand or a hash that is not encoded cuts the search short."""
    links = search_links(artist, title)
    for url in (links.bandcamp, links.beatport, links.juno):
        assert searched(url) == f"{artist} {title}"


@given(st.text(min_size=1), st.text(min_size=1))
def test_no_text_breaks_an_address(artist: str, title: str):
    links = search_links(artist, title)
    for url in (links.bandcamp, links.beatport, links.juno):
        assert url is not None and url.isascii() and urlsplit(url).hostname
        assert not set(url) & set(" <>\"'\\^`{|}\n")


@pytest.mark.parametrize("nobody", [None, "", "Various", "Unknown Artist"])
def test_who_is_nobody_is_not_searched_for(nobody: str | None):
    assert searched(search_links(nobody, "Valley Of The Shadows").juno) == "Valley Of The Shadows"


@pytest.mark.parametrize("title", [None, ""])
def test_without_a_title_there_is_nothing_to_search_for(title: str | None):
    links = search_links("Goldie", title)
    assert links.bandcamp is links.beatport is links.juno is None
