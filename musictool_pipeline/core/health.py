"""The entries of the digital libraries, and those of one library that lead to one file.

What belongs here: what can be told from the entries alone. Whether a file is there is seen on the
disk (`inputs.named_files`), what the tables say of quality in `queries.health`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from musictool_pipeline.core.file_places import Whereabouts, whereabouts


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a library that names a file. `library` is the library's own path, `source` its
    kind, `path` the file's, as the library knows it."""

    library: str
    source: str
    path: str
    artist: str | None
    title: str | None


@dataclass(frozen=True, slots=True)
class NamedTwice:
    """A file that one library has several entries for: the path of each, in the library's order."""

    library: str
    source: str
    artist: str | None
    title: str | None
    paths: tuple[str, ...]


def named_twice(entries: Iterable[Entry]) -> tuple[NamedTwice, ...]:
    """The files that one library names more than once, in the order of their first entries. Two
    libraries may well name one file: each program needs an entry of its own."""
    by_file: dict[tuple[str, str, Whereabouts], list[Entry]] = defaultdict(list)
    for entry in entries:
        if place := whereabouts(entry.path):
            by_file[entry.library, entry.source, place].append(entry)
    return tuple(
        NamedTwice(
            library,
            source,
            alike[0].artist,
            alike[0].title,
            tuple(entry.path for entry in alike),
        )
        for (library, source, _), alike in by_file.items()
        if len(alike) > 1
    )
