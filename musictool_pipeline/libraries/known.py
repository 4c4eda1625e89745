"""Entries of a library that say what they said at the last reading: no track is made of them again.

What belongs here: telling an entry by all that its program wrote of it. Where the tracks of the
last reading are kept is the caller's affair.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

from musictool_pipeline.libraries.track import LibraryTrack


class ReadEntry(NamedTuple):
    """An entry as read. `mark` tells what it says, None if its format has no marks; `was` is the
    number that it had at the last reading, and then it has no `track`."""

    mark: int | None
    was: int | None
    track: LibraryTrack | None


class Known:
    """The entries of the last reading, each of which is found once: their numbers by their marks.
    `code`: a fingerprint of what makes tracks of entries; other code may make other tracks."""

    def __init__(self, numbers: Mapping[int, int], code: str) -> None:
        self._numbers = dict(numbers)
        self._key = code.encode()[:64]

    def mark(self, raw: object) -> int:
        """The mark of an entry, of all that `repr` shows."""
        said = repr(raw).encode("utf-8", "surrogatepass")
        digest = hashlib.blake2b(said, digest_size=8, key=self._key).digest()
        return int.from_bytes(digest, signed=True)

    def number(self, mark: int) -> int | None:
        """The number of an entry with this mark; None if none is left."""
        return self._numbers.pop(mark, None)
