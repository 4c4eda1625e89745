"""What there is to know of a format of digital libraries, in one shape for all of them.

What belongs here: the shape. Each format describes itself in its own module, and `formats` lists
them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, NamedTuple, TypeVar

from musictool_pipeline.libraries.head import Head
from musictool_pipeline.libraries.track import LibraryTrack


class Remembered(NamedTuple):
    """What a file was when it was read last: it is read again when size or time changed."""

    size: int
    mtime_ns: int
    track: LibraryTrack


Memo = MutableMapping[str, Remembered]
"""By the track's path. The caller keeps it from one reading to the next."""

OnProgress = Callable[[int, int], None]
"""Called after each file with the files done and the files there are."""

OnProblem = Callable[[str, str], None]
"""Called with the path, as it can be printed, and with what went wrong, in words."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a caller gives to a reading. `scratch` is where a database is copied to for reading;
    the others are for folders of audio files."""

    scratch: Path | None = None
    memo: Memo | None = None
    on_progress: OnProgress | None = None
    on_problem: OnProblem | None = None


NO_OPTIONS: Final = Options()

Raw = TypeVar("Raw")


@dataclass(frozen=True, slots=True)
class Parts(Generic[Raw]):
    """A reading in two steps, for libraries of which each entry makes a track by itself: what the
    program wrote of each, whole in its `repr`, and the track that it makes; None if it makes none.
    """

    entries: Callable[[Path, Options], Iterator[Raw]]
    track: Callable[[Raw], LibraryTrack | None]

    def __call__(self, path: Path, options: Options) -> Iterator[LibraryTrack]:
        """All tracks, in the library's order."""
        for raw in self.entries(path, options):
            if (track := self.track(raw)) is not None:
                yield track


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of digital library.

    `kind`: its name, which is the `source` of its tracks; `words`: the same in words; `example`:
    what to give of it, in words.
    `read`: its tracks, in its own order, in two steps if it can be done so (`Parts`); raises
    LibraryError or NotALibrary.
    `recognise`: True if a file that begins so is one; raises LibraryError if the file seems to be
    one, and cannot be read.
    `file_names` (in lower case) and `suffixes`: names by which a file counts as one before it is
    opened; `doubtful_suffixes`: names by which it may be one.
    `in_folders`: where its program keeps it, from a folder of that program or of a disk on.
    `usual_places`: where its program keeps it on each system, from the user's home on, as patterns.
    `read_besides`: other files, there or not, on which it depends what is read of the one given.
    `newer`: where its program keeps the library in a newer form, in which case this one is old.
    `has_relative_paths`: True if its paths start at the file, so that a copy lists other files.
    """

    kind: str
    words: str
    example: str
    read: Callable[[Path, Options], Iterator[LibraryTrack]]
    recognise: Callable[[Head], bool]
    file_names: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    doubtful_suffixes: tuple[str, ...] = ()
    in_folders: tuple[str, ...] = ()
    usual_places: tuple[str, ...] = ()
    has_relative_paths: bool = False
    newer: Callable[[Path], tuple[Path, ...]] = lambda _: ()
    read_besides: Callable[[Path], tuple[Path, ...]] = lambda _: ()

    def __str__(self) -> str:
        return self.kind
