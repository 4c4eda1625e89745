"""A monthly dump of Discogs as a file: `discogs_YYYYMMDD_releases.xml.gz`.

What belongs here: finding the file, its checksum, inflating it, and what is damaged of it. Its
content belongs to `discogs.dump_elements`, the use of that to `discogs.dump`.

The file is 11 GB, and 63 GB when inflated. A thread reads and inflates a few pieces ahead; Python
lets it run at the same time.
"""

from __future__ import annotations

import hashlib
import os
import queue
import re
import threading
import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from musictool_pipeline.discogs.dump_elements import DamagedError, sensible
from musictool_pipeline.disk.regular import NotRegular, open_regular
from musictool_pipeline.errors import DumpError

_READ = 512 * 1024
_PIECE = 4 * 1024**2
_AHEAD = 4

# Inflating notices damage late: of 5,600 files in which it did, never more than 2 MB later, and of
# those made by gzip -6 and -9 never more than 1 MB.
_UNSURE = 4 * 1024**2
_GZIP = b"\x1f\x8b"
_NAME = re.compile(r"discogs_([0-9]{8})_([a-z]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class MonthlyDump:
    """A dump as it lies there. `published` is its date, at midnight UTC; `size` in bytes;
    `changed_ns` when it was last changed, nanoseconds since 1970; `sha256` what the CHECKSUM file
    beside it says of it, None if there is none."""

    path: Path
    published: datetime
    size: int
    changed_ns: int
    sha256: str | None

    @property
    def identity(self) -> list[str | int]:
        """Equal for two looks at one file, unless it was changed in between."""
        return [self.path.name, self.size, self.changed_ns]


def find_dump(path: Path) -> MonthlyDump:
    """The dump at `path`. Raises DumpError if there is none, or one of something else."""
    with _read_errors(path), open_regular(path) as file:
        found = os.fstat(file.fileno())
    if not found.st_size:
        raise DumpError(f"{path} is empty")
    named = _NAME.search(path.name)
    if named and named[2].lower() != "releases":
        raise DumpError(f"{path} is the dump of {named[2].lower()}, not of releases")
    try:
        published = datetime.strptime(named[1] if named else "", "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        raise DumpError(f"{path}: its name does not say of which day the dump is") from None
    if published > datetime.now(UTC):
        raise DumpError(f"{path} is dated in the future")
    return MonthlyDump(
        path, published, found.st_size, found.st_mtime_ns, _expected_checksum(path, published)
    )


class SpoiledError(Exception):
    """The dump can be read to its end, but has another checksum: any byte of it may be wrong."""


class Inflating:
    """The content of the file, inflated in a thread a few pieces ahead, and its checksum."""

    def __init__(self, dump: MonthlyDump) -> None:
        self.read = 0
        self._dump = dump
        self._sha256 = hashlib.sha256() if dump.sha256 else None
        self._stop = threading.Event()
        self._pieces: queue.Queue[bytes | Exception | None] = queue.Queue(_AHEAD)
        self._thread = threading.Thread(target=self._work, name="dump", daemon=True)

    def pieces(self) -> Iterator[bytes]:
        """Raises DamagedError if it goes wrong, and DumpError if it cannot be read."""
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
                        raise SpoiledError(
                            f"{self._dump.path} does not match gzip's own checksum: any letter in "
                            "it may be wrong"
                        ) from None
                    last, used = _up_to_the_damage(before, block)
                    yield sensible(held.rest() + last)
                    raise DamagedError(
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
            raise DamagedError(f"{self._dump.path} is cut short after {self.read:,} bytes")


class _HeldBack:
    """The latest pieces, of `least` bytes together, if so many came."""

    def __init__(self, least: int) -> None:
        self._least = least
        self._pieces: deque[bytes] = deque()
        self._size = 0

    def given_for(self, piece: bytes) -> Iterator[bytes]:
        """Takes a piece, and gives the pieces that need not be held any longer."""
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


@contextmanager
def _read_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except NotRegular:
        raise DumpError(f"{path} is no regular file") from None
    except OSError as error:
        raise DumpError(f"{path} cannot be read: {error.strerror or error}") from error


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
