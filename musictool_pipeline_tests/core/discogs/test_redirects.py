"""A redirect leads to a release of the same API, or it is not followed."""

from __future__ import annotations

import pytest

from musictool_pipeline.core.discogs.answers import TryLater
from musictool_pipeline.core.discogs.redirects import follow, redirected_release

API = "https://api.discogs.com"
MIRROR = "http://127.0.0.1:8080/mirror"


@pytest.mark.parametrize(
    ("location", "api_url"),
    [
        ("https://api.discogs.com/releases/7", API),
        ("https://API.discogs.com:443/releases/7", API),
        ("//api.discogs.com/releases/7", API),
        ("/releases/7", API),
        ("7", API),
        ("http://127.0.0.1:8080/mirror/releases/7", MIRROR),
        ("/mirror/releases/7", MIRROR),
        ("/mirror/releases/7", f"{MIRROR}/"),
    ],
)
def test_the_address_of_a_release(location: str, api_url: str) -> None:
    assert redirected_release(location, api_url) == 7


@pytest.mark.parametrize(
    ("location", "api_url"),
    [
        ("https://elsewhere.example/releases/7", API),
        ("//elsewhere.example/releases/7", API),
        ("http://api.discogs.com/releases/7", API),
        ("https://api.discogs.com:8443/releases/7", API),
        ("https://api.discogs.com.elsewhere.example/releases/7", API),
        ("https://me:mine@api.discogs.com/releases/7", API),
        ("https://@api.discogs.com/releases/7", API),
        ("/releases/7", MIRROR),
        ("/mirror/mirror/releases/7", MIRROR),
        ("/mirrorXreleases/7", MIRROR),
        ("/masters/7", API),
        ("/oauth/identity", API),
        ("/releases/7/rating", API),
        ("/releases/7/", API),
        ("/x/releases/7", API),
        ("//releases/7", API),
        ("/releases/07", API),
        ("/releases/0", API),
        ("/releases/-7", API),
        ("/releases/7.0", API),
        ("/releases/\N{ARABIC-INDIC DIGIT SEVEN}", API),
        ("/releases/7\N{SUPERSCRIPT TWO}", API),
        ("/releases/%37", API),
        ("/releases/7%00", API),
        ("/releases/7?page=2", API),
        ("/releases/7#8", API),
        ("/releases/7;8", API),
        ("/releases/\t7", API),
        ("/releases/7 ", API),
        ("/releases/7\n8", API),
        ("/releases/" + "9" * 5000, API),
        (f"/releases/{2**63}", API),
        ("/releases/", API),
        ("", API),
        ("http://[oops", API),
        ("https://api.discogs.com:99999/releases/7", API),
        ("https://api.discogs.com:x/releases/7", API),
        ("file:///releases/7", API),
        ("mailto:x", API),
        ("\\\\elsewhere\\releases\\7", API),
    ],
)
def test_anything_else(location: str, api_url: str) -> None:
    assert redirected_release(location, api_url) is None


def test_the_next_release_to_ask_for() -> None:
    assert follow(301, "/releases/7", API, [3]) == 7
    assert follow(301, "/releases/7", API, [3, 4, 5]) == 7


@pytest.mark.parametrize(
    ("location", "trail", "cause"),
    [
        ("/masters/7", [3], "HTTP 302 Found to another host or to no release, not followed"),
        ("/releases/3", [3], "redirected in a circle"),
        ("/releases/3", [3, 4], "redirected in a circle"),
        ("/releases/7", [3, 4, 5, 6], "redirected more than 3 times"),
    ],
)
def test_a_redirect_that_is_not_followed(location: str, trail: list[int], cause: str) -> None:
    assert follow(302, location, API, trail) == TryLater(3, cause)


def test_no_redirect_leads_from_a_document_that_is_about_no_release() -> None:
    cause = "HTTP 302 Found to another host or to no release, not followed"
    assert follow(302, "/releases/7", API, []) == TryLater(None, cause)
