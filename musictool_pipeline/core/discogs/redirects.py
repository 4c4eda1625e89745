"""Where a redirect of the API leads: to another release of the same API, or nowhere.

What belongs here: the verdict on one `Location`, from values alone. Discogs redirects when a
release was merged into another one; it has no other reason to redirect a request for a release.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import SplitResult, urljoin, urlsplit

from musictool_pipeline.core.collection.export_header import HIGHEST_RELEASE_ID
from musictool_pipeline.core.discogs.answers import TryLater, status_line

MOST_REDIRECTS = 3


def follow(status: int, location: str, api_url: str, trail: Sequence[int]) -> int | TryLater:
    """The release to ask for next. `trail` holds the release asked for, and those that Discogs
    redirected to since; it is empty if the question was about no release, and then no redirect is
    followed."""
    asked = trail[0] if trail else None
    target = redirected_release(location, api_url)
    if asked is None or target is None:
        cause = f"{status_line(status)} to another host or to no release, not followed"
        return TryLater(asked, cause)
    if target in trail:
        return TryLater(asked, "redirected in a circle")
    if len(trail) > MOST_REDIRECTS:
        return TryLater(asked, f"redirected more than {MOST_REDIRECTS} times")
    return target


def redirected_release(location: str, api_url: str) -> int | None:
    """The release whose address `location` is, at the API of that URL; None if it is no such
    address. A path may stand for the whole address."""
    if not (location.isascii() and location.isprintable()):
        return None  # urljoin would leave line ends and tabs out
    try:
        base, target = urlsplit(api_url), urlsplit(urljoin(f"{api_url}/releases/", location))
        is_same_api = origin(base) == origin(target) and "@" not in target.netloc
    except ValueError:  # no address at all
        return None
    path = re.fullmatch(re.escape(base.path.rstrip("/")) + r"/releases/([1-9][0-9]*)", target.path)
    if not is_same_api or path is None or target.query or target.fragment:
        return None
    digits = path[1]
    is_too_high = len(digits) > len(str(HIGHEST_RELEASE_ID)) or int(digits) > HIGHEST_RELEASE_ID
    return None if is_too_high else int(digits)


def origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    """Scheme, host and port of an address. Raises ValueError if the port is no port."""
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, usual if parts.port is None else parts.port
