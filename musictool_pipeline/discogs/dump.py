"""Tracklists from a monthly dump of Discogs: `discogs_YYYYMMDD_releases.xml.gz`.

What belongs here: reading the file, finding the wanted releases in it, and what to believe of it
where it is damaged. `core.discogs.dump_release` says what an element means; `discogs.dump_intake`
brings it into the tracklist cache.

The file is 11 GB, and 63 GB when inflated. Of 19 million releases a collection wants a few
thousand, so nothing is parsed but these: the end tag `</release>` is looked for in the bytes, and
the id is read from the tag that follows it. A thread reads and inflates beside that; Python lets it
run at the same time.
"""

from __future__ import annotations

import hashlib
import json
import os
import queue
import re
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from musictool_pipeline.core.discogs.dump_release import LARGEST_ELEMENT, dump_payload
from musictool_pipeline.discogs.cache import SOURCE_DUMP, TracklistCache
from musictool_pipeline.discogs.dump_intake import Intake, is_better
from musictool_pipeline.disk.files import content_of, storage_errors, write_atomically
from musictool_pipeline.disk.regular import NotRegular, open_regular
from musictool_pipeline.errors import DumpError, UnreadableRelease

_READ = 512 * 1024
_PIECE = 4 * 1024**2
_AHEAD = 4
# Inflating notices damage late: of 5,600 files in which it did, never more than 2 MB later, and of
# those made by gzip -6 and -9 never more than 1 MB.
_UNSURE = 4 * 1024**2
_SEARCHED = ".searched_dump.json"

_GZIP = b"\x1f\x8b"
_END = b"</release>"
_ATTRIBUTES = rb"""(?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*"""
# As dumps have it, and as XML permits it: the first is quicker, the second misses nothing.
_PLAIN_START = re.compile(rb'\s*<release id="([1-9][0-9]*)" status="[A-Za-z]*">')
_START = re.compile(rb"\s*<release(" + _ATTRIBUTES + rb")\s*(/?)>")
_ID = re.compile(rb"""\sid\s*=\s*["']\s*0*([1-9][0-9]*)\s*["']""")

_TAGGED = re.compile(rb"<release(?=[\s>])")
_OPAQUE = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>", re.DOTALL)
# A release that holds something with its own end tag in it is looked at again with each of these.
_LARGEST_WITH_INNER = 1024**2

_BOM = b"\xef\xbb\xbf"
_ENCODING = re.compile(rb"""<\?xml[^>]*\sencoding\s*=\s*["']([^"']*)["']""")
_BEFORE_ROOT = re.compile(rb"(?:\s|<!--.*?-->|<\?.*?\?>)*", re.DOTALL)
_ROOT = re.compile(rb"<([A-Za-z_][\w.-]*)" + _ATTRIBUTES + rb"\s*/?>")
_HEAD = 64 * 1024

_NAME = re.compile(r"discogs_([0-9]{8})_([a-z]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MonthlyDump:
    """A dump as it lies there. `published` is its date, at midnight UTC; `size` in bytes;
    `changed_ns` when it was last changed, nanoseconds since 1970; `sha256` what the CHECKSUM file
    beside it says of it, None where there is none."""

    path: Path
    published: datetime
    size: int
    changed_ns: int
    sha256: str | None

    @property
    def identity(self) -> list[str | int]:
        """The same for the same file, unless somebody changed it."""
        return [self.path.name, self.size, self.changed_ns]


@dataclass(frozen=True, slots=True)
class Reading:
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
    on its way. `damage` says what is wrong with the file, None where nothing is; `taken_back`,
    where none of it can be trusted, how many answers from it were removed again. `read_whole` is
    False where the end was not reached, or needed no look.
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


OnReading = Callable[[Reading], None]


def find_dump(path: Path) -> MonthlyDump:
    """The dump at `path`. Raises DumpError where there is none, or one of something else."""
    with _read_errors(path), open_regular(path) as file:
        found = os.fstat(file.fileno())
    if not found.st_size:
        raise DumpError(f"{path} is empty", path=path)
    named = _NAME.search(path.name)
    if named and named[2].lower() != "releases":
        raise DumpError(f"{path} is the dump of {named[2].lower()}, not of releases", path=path)
    try:
        published = datetime.strptime(named[1] if named else "", "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        raise DumpError(
            f"{path}: its name does not say of which day the dump is", path=path
        ) from None
    if published > datetime.now(UTC):
        raise DumpError(f"{path} is dated in the future", path=path)
    return MonthlyDump(
        path, published, found.st_size, found.st_mtime_ns, _expected_checksum(path, published)
    )


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
    place: then everything that came from it is removed again. Raises DumpError where it is no
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
        inflating = _Inflating(self._dump)
        damage, is_spoiled, read_whole = None, False, False
        try:
            with self._intake:
                try:
                    read_whole = self._read(inflating)
                    if not inflating.is_intact():
                        raise _SpoiledError(f"{self._dump.path} does not match its checksum")
                except _DamagedError as error:
                    damage = str(error)
                except _SpoiledError as error:
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

    def _read(self, inflating: _Inflating) -> bool:
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

    def _reported(self, inflating: _Inflating) -> Generator[bytes, None, None]:
        for piece in inflating.pieces():
            yield piece
            self._on_reading(
                Reading(
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


# --- Reading and inflating, in a thread ------------------------------------------------------


class _DamagedError(Exception):
    """From where on the file makes no sense. What was handed out before is sound: of what may have
    been inflated from the damage itself, only what `_sensible` leaves."""


class _SpoiledError(Exception):
    """It makes sense to its end, and yet has another checksum: any byte of it may be wrong."""


class _Inflating:
    """The content of the file, inflated in a thread a few pieces ahead, and its checksum."""

    def __init__(self, dump: MonthlyDump) -> None:
        self.read = 0
        self._dump = dump
        self._sha256 = hashlib.sha256() if dump.sha256 else None
        self._stop = threading.Event()
        self._pieces: queue.Queue[bytes | Exception | None] = queue.Queue(_AHEAD)
        self._thread = threading.Thread(target=self._work, name="dump", daemon=True)

    def pieces(self) -> Iterator[bytes]:
        """Raises _DamagedError where it goes wrong, and DumpError where it cannot be read."""
        self._thread.start()
        while (piece := self._pieces.get()) is not None:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    def is_intact(self) -> bool:
        """Whether the file, once read to its end, is the one that the CHECKSUM file means; True
        where there is none."""
        return self._sha256 is None or self._sha256.hexdigest() == self._dump.sha256

    def stop(self) -> None:
        """Ends the thread."""
        self._stop.set()
        while self._thread.is_alive():
            with suppress(queue.Empty):
                self._pieces.get_nowait()
            self._thread.join(0.01)

    def _work(self) -> None:
        end: Exception | None = None
        try:
            with _read_errors(self._dump.path), open_regular(self._dump.path) as file:
                is_gzip = file.read(len(_GZIP)) == _GZIP
                file.seek(0)
                for piece in self._inflated(file) if is_gzip else self._blocks(file):
                    if self._stop.is_set():
                        return
                    self._pieces.put(piece)
        except Exception as error:
            end = error
        self._pieces.put(end)

    def _blocks(self, file: BinaryIO) -> Iterator[bytes]:
        while not self._stop.is_set() and (block := file.read(_READ)):
            if self._sha256:
                self._sha256.update(block)
            self.read += len(block)
            yield block

    def _inflated(self, file: BinaryIO) -> Iterator[bytes]:
        """Of one gzip member or of several, one after the other, as gunzip does it. The last
        megabytes are held back until it is known that what follows makes sense."""
        held = _HeldBack(_UNSURE)
        member = zlib.decompressobj(wbits=31)
        members, began = 0, False
        for block in self._blocks(file):
            while block:
                if not began and not (block := block.lstrip(b"\0")):  # padding between members
                    break
                if not began and members and not block.startswith(_GZIP[: len(block)]):
                    yield held.rest()
                    return  # gunzip, too, ignores what follows
                began = True
                before = member.copy()
                try:
                    piece = member.decompress(block, _PIECE)
                except zlib.error as error:
                    if "data check" in str(error) or "length check" in str(error):
                        raise _SpoiledError(
                            f"{self._dump.path} does not match gzip's own checksum: any letter in "
                            "it may be wrong"
                        ) from None
                    last, used = _up_to_the_damage(before, block)
                    yield _sensible(held.rest() + last)
                    raise _DamagedError(
                        f"{self._dump.path} is damaged near byte "
                        f"{self.read - len(block) + used:,} of {self._dump.size:,}"
                    ) from None
                yield from held.given_for(piece)
                block = member.unconsumed_tail
                if member.eof:
                    block = member.unused_data
                    member, members, began = zlib.decompressobj(wbits=31), members + 1, False
        yield held.rest()
        if began:
            raise _DamagedError(f"{self._dump.path} is cut short after {self.read:,} bytes")


class _HeldBack:
    """The latest pieces, of `least` bytes together, if so many came."""

    def __init__(self, least: int) -> None:
        self._least = least
        self._pieces: deque[bytes] = deque()
        self._size = 0

    def given_for(self, piece: bytes) -> Iterator[bytes]:
        """Takes a piece, and gives those that need not be held any more."""
        self._pieces.append(piece)
        self._size += len(piece)
        while self._size - len(self._pieces[0]) >= self._least:
            given = self._pieces.popleft()
            self._size -= len(given)
            yield given

    def rest(self) -> bytes:
        """All that is held."""
        return b"".join(self._pieces)


def _up_to_the_damage(member: zlib._Decompress, block: bytes) -> tuple[bytes, int]:
    """What inflates of a block that does not inflate as a whole, and how many of its bytes."""
    inflated: list[bytes] = []
    used = 0
    for step in (4096, 1):
        while used < len(block):
            before = member.copy()
            try:
                inflated.append(member.decompress(block[used : used + step]))
            except zlib.error:
                member = before
                break
            used += step
    return b"".join(inflated), used


def _sensible(content: bytes) -> bytes:
    """As much of the content as is surely from before the damage that ends it.

    Between the damage and the place where it was noticed there is text that no one wrote, and a
    release may be whole in it with another's artists. So the first element that is broken, or is
    not of a higher id than the one before it, as in every dump, ends what is believed; and the
    damage may be in the one before.
    """
    ends = [0, content.find(_END) + len(_END)]
    latest = 0
    while (end := content.find(_END, ends[-1])) >= 0:
        release_id, start = _start(content, ends[-1])
        end += len(_END)
        try:
            dump_payload(release_id, content[start:end])
        except UnreadableRelease:
            break
        if release_id <= latest:
            break
        latest = release_id
        ends.append(end)
    return content[: ends[-2]]


# --- Finding the releases --------------------------------------------------------------------


def find_releases(
    pieces: Iterable[bytes], wanted: Collection[int], path: Path
) -> Iterator[tuple[int, bytes]]:
    """The elements of the wanted releases, as they stand there and in that order; `wanted` may
    change in between. Where the pieces are cut makes no difference.

    Only an element right behind another one, or behind the root's tag, is taken for a release: not
    one that another holds. (Comments and CDATA could deceive this; Discogs writes neither.) Raises
    DumpError where the content is no dump of releases, and _DamagedError where it does not end as
    one.
    """
    content = iter(pieces)
    buffer, at, has_root, damage = _head(content, path)
    searched = at
    while True:
        end = buffer.find(_END, searched)
        if end < 0:
            if len(buffer) - at > LARGEST_ELEMENT:
                raise _DamagedError(f"{path} is damaged: a release in it does not end")
            if damage:
                raise damage
            piece = next(content, None)
            if piece is None:
                break
            searched = max(searched, len(buffer) - len(_END) + 1) - at
            buffer = buffer[at:] + piece
            at = 0
            continue
        end += len(_END)
        release_id, start = _start(buffer, at)
        if release_id in wanted:
            element = buffer[start:end]
            if _is_unfinished(element) and len(element) < _LARGEST_WITH_INNER:
                searched = end
                continue
            yield release_id, element
        at = searched = end
    rest = buffer[at:].rstrip()
    if not rest.endswith(b"</releases>") if has_root else rest and not rest.endswith(b"/>"):
        raise _DamagedError(
            f"{path} is cut short: what came before is complete, its end is missing"
        )


def _start(buffer: bytes, at: int) -> tuple[int, int]:
    """The id of the release that begins there, and where its tag does; 0 where none begins."""
    if plain := _PLAIN_START.match(buffer, at):
        return int(plain[1]), plain.start(1) - len(b'<release id="')
    while found := _START.match(buffer, at):
        if not found[2]:
            named = _ID.search(found[1])
            return int(named[1]) if named else 0, buffer.index(b"<", at)
        at = found.end()  # one without content, such as a deleted one, has no end tag of its own
    return 0, at


def _is_unfinished(element: bytes) -> bool:
    """Whether the end tag that was found is not the element's own."""
    if element.find(b"<release", 1) < 0 and b"<!" not in element:
        return False
    plain = _OPAQUE.sub(b"", element)
    return b"<!" in plain or len(_TAGGED.findall(plain)) > plain.count(_END)


def _head(content: Iterator[bytes], path: Path) -> tuple[bytes, int, bool, _DamagedError | None]:
    """The beginning of the content, where the first release may be in it, whether there is a
    root element (dumps before 2014 had none), and the damage where the content ends with it."""
    head, damage = b"", None
    try:
        for piece in content:
            head += piece
            if len(head) >= _HEAD:
                break
    except _DamagedError as error:
        if not head:
            raise
        damage = error
    declared = _ENCODING.search(head[:200])
    encoding = declared[1].decode("latin-1").lower() if declared else "utf-8"
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in head[:4]:
        encoding = "utf-16"
    if encoding not in {"utf-8", "utf8", "us-ascii", "ascii"}:
        raise DumpError(f"{path} is in {encoding}, and dumps are in UTF-8", path=path)
    at = len(_BOM) if head.startswith(_BOM) else 0
    if before := _BEFORE_ROOT.match(head, at):
        at = before.end()
    root = _ROOT.match(head, at)
    if root is None:
        what = "declares a document type" if head.startswith(b"<!", at) else "is no XML"
        raise DumpError(f"{path} {what}: it is no dump of releases", path=path)
    if root[1] not in {b"releases", b"release"}:
        name = root[1].decode("latin-1")[:40]
        raise DumpError(
            f"{path}: its outermost element is <{name}>: it is no dump of releases", path=path
        )
    has_root = root[1] == b"releases"
    return head, root.end() if has_root else at, has_root, damage


# --- The file --------------------------------------------------------------------------------


@contextmanager
def _read_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except NotRegular:
        raise DumpError(f"{path} is no regular file", path=path) from None
    except OSError as error:
        raise DumpError(f"{path} cannot be read: {error.strerror or error}", path=path) from error


_CHECKSUM_LINE = re.compile(r"([0-9a-fA-F]{64}) [ *](.+)")


def _expected_checksum(path: Path, published: datetime) -> str | None:
    """What `discogs_YYYYMMDD_CHECKSUM.txt` beside the dump says of it."""
    listed = path.with_name(f"discogs_{published:%Y%m%d}_CHECKSUM.txt")
    with suppress(OSError, UnicodeDecodeError):
        for line in listed.read_text(encoding="utf-8").splitlines():
            found = _CHECKSUM_LINE.fullmatch(line.strip())
            if found and found[2].rpartition("/")[2] == path.name:
                return found[1].lower()
    return None
