"""Paths written as file URLs, as Rekordbox and Apple Music write them."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

_FILE_URL = re.compile(r"file:(?://(localhost|))?(.*)", re.IGNORECASE | re.DOTALL)
_DRIVE = re.compile(r"/[A-Za-z]:(?:/|$)")


def path_from_url(location: str | None) -> str | None:
    """The path in a `file:` URL: `file://localhost/C:/a%20b.mp3` -> `C:/a b.mp3`.

    What follows the host without a slash is a service's address and comes back as such
    (`file://localhostsoundcloud:tracks:1` -> `soundcloud:tracks:1`); so does what is no file URL.
    Percent-encoded bytes that are no UTF-8 come back as surrogates, as in Python's file names.
    """
    if not location:
        return None
    found = _FILE_URL.fullmatch(location)
    if found is None:
        return location
    host, rest = found[1], found[2]
    path = unquote_to_bytes(rest.encode("utf-8", "surrogateescape")).decode(
        "utf-8", "surrogateescape"
    )
    if host == "" and path and not path.startswith("/"):
        return f"//{path}"  # a share: file://server/music/a.mp3
    return (path[1:] if _DRIVE.match(path) else path) or None
