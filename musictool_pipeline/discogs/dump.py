"""Tracklists from a monthly dump of Discogs.

What belongs here: which releases are wanted of it, bringing them into the tracklist cache, and what
is noted of it. `discogs.dump_file` reads the file itself, `discogs.dump_elements` its elements, and
`discogs.dump_intake` writes the tracklists.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Generator, Iterable
from contextlib import closing, suppress
from dataclasses import dataclass, field

from musictool_pipeline.discogs.cache import SOURCE_DUMP, TracklistCache
from musictool_pipeline.discogs.dump_elements import DamagedError, find_releases
from musictool_pipeline.discogs.dump_file import Inflating, MonthlyDump, SpoiledError
from musictool_pipeline.discogs.dump_intake import Intake, is_better
from musictool_pipeline.disk.files import content_of, storage_errors, write_atomically

_SEARCHED = ".searched_dump.json"


@dataclass(frozen=True, slots=True)
class DumpReading:
    """How far it is: `read` of `size` bytes of the file as it lies there, `imported` releases."""

    read: int
    size: int
    imported: int
    wanted: int
    seconds: float

    @property
    def seconds_left(self) -> float | None:
        """At the pace so far; None before there is one."""
        if not self.read or self.seconds < 1.0:
            return None
        return self.seconds / self.read * (self.size - self.read)


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What came of an import.

    Of `wanted` releases `imported` are now in the cache; `absent` are not in what was read of the
    dump; `refused` could not be read, with the reason; `newer` had a better answer by then, or one
    on its way. `damage` says what is wrong with the file, None if nothing is; `taken_back`
    how many answers from it were removed again, because none of it can be trusted. `read_whole` is
    False if the end was not reached, or needed no look.
    """

    dump: MonthlyDump
    wanted: int
    imported: int = 0
    absent: tuple[int, ...] = ()
    refused: dict[int, str] = field(default_factory=dict[int, str])
    newer: int = 0
    damage: str | None = None
    taken_back: int | None = None
    read_whole: bool = False
    seconds: float = 0.0


OnReading = Callable[[DumpReading], None]


def wanted_from(
    dump: MonthlyDump, release_ids: Iterable[int], cache: TracklistCache
) -> frozenset[int]:
    """Those without an answer, and those whose answer came from an older dump; but none that this
    dump was already searched for in vain. An answer of the API of any age stays: asking
    again is the refresh's business."""
    wanted = set(release_ids)
    for cached in cache.scan(wanted):
        if not is_better(dump.published, cached):
            wanted.discard(cached.release_id)
    return frozenset(wanted - _known_absent(dump, cache))


def import_releases(
    dump: MonthlyDump,
    wanted: Collection[int],
    cache: TracklistCache,
    on_reading: OnReading = lambda reading: None,
) -> ImportResult:
    """Brings the wanted releases of the dump into the cache; what it lacks is left as it was.

    Everything written stays, also when this is interrupted; the next call goes on with what is
    still wanted. A file that is cut short, or makes no sense from some byte on, gives what came
    before. One that reads well to its end and yet has a wrong checksum is damaged at an unknown
    place: then everything that came from it is removed again. Raises DumpError if it is no
    dump, and StorageError.
    """
    return _Import(dump, frozenset(wanted), cache, on_reading).run()


class _Import:
    def __init__(
        self,
        dump: MonthlyDump,
        wanted: frozenset[int],
        cache: TracklistCache,
        on_reading: OnReading,
    ) -> None:
        self._dump = dump
        self._wanted = wanted
        self._cache = cache
        self._on_reading = on_reading
        self._began = time.monotonic()
        self._left = set(wanted)
        self._intake = Intake(cache, dump.published)

    def run(self) -> ImportResult:
        if not self._wanted:
            return ImportResult(self._dump, 0)
        with storage_errors(self._cache.folder):
            self._cache.folder.mkdir(exist_ok=True)
        inflating = Inflating(self._dump)
        damage, is_spoiled, read_whole = None, False, False
        try:
            with self._intake:
                try:
                    read_whole = self._read(inflating)
                    if not inflating.is_intact():
                        raise SpoiledError(f"{self._dump.path} does not match its checksum")
                except DamagedError as error:
                    damage = str(error)
                except SpoiledError as error:
                    damage, is_spoiled, read_whole = str(error), True, False
                finally:
                    inflating.stop()
        finally:
            self._cache.sync()
        taken = self._intake.taken
        taken_back = self._take_back() if is_spoiled else None
        if not is_spoiled:
            absent = {*taken.refused, *(self._left if read_whole else ())}
            _note_absent(self._dump, self._cache, absent)
        return ImportResult(
            dump=self._dump,
            wanted=len(self._wanted),
            imported=0 if is_spoiled else taken.imported,
            absent=tuple(sorted(self._left)),
            refused=taken.refused,
            newer=taken.newer,
            damage=damage,
            taken_back=taken_back,
            read_whole=read_whole,
            seconds=time.monotonic() - self._began,
        )

    def _read(self, inflating: Inflating) -> bool:
        """Takes what is wanted; says whether all of the file was looked through."""
        with closing(self._reported(inflating)) as pieces:
            for release_id, element in find_releases(pieces, self._left, self._dump.path):
                self._left.discard(release_id)
                self._intake.give(release_id, element)
                if not self._left:
                    break
            else:
                return True
            if self._dump.sha256:  # whether the rest is as it should be says what to believe
                for _ in pieces:
                    pass
            return False

    def _reported(self, inflating: Inflating) -> Generator[bytes, None, None]:
        for piece in inflating.pieces():
            yield piece
            self._on_reading(
                DumpReading(
                    read=inflating.read,
                    size=self._dump.size,
                    imported=self._intake.taken.imported,
                    wanted=len(self._wanted),
                    seconds=time.monotonic() - self._began,
                )
            )

    def _take_back(self) -> int:
        """Removes what came from this dump, now or in an earlier attempt that was interrupted."""
        removed = 0
        for cached in self._cache.scan():
            if cached.source == SOURCE_DUMP and cached.fetched_at == self._dump.published:
                self._cache.remove(cached.release_id)
                removed += 1
        return removed


# --- What a dump does not have ---------------------------------------------------------------


def _known_absent(dump: MonthlyDump, cache: TracklistCache) -> set[int]:
    """What the whole of this dump was searched for in vain. Without this, one release that is not
    in the dump would have it read again every night."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        noted = json.loads(content_of(cache.folder / _SEARCHED))
        if noted["dump"] == dump.identity:
            return set(noted["absent"])
    return set()


def _note_absent(dump: MonthlyDump, cache: TracklistCache, absent: set[int]) -> None:
    known = _known_absent(dump, cache)
    if absent <= known:
        return
    content = json.dumps({"dump": dump.identity, "absent": sorted(absent | known)})
    write_atomically(cache.folder / _SEARCHED, content.encode())
