"""The tracklist cache: one file for each release's answer. The cache is the truth.

A release with an answer here is not asked for again before the answer grows old; one without is
asked for. What belongs here: the file's form, durable writes, reading with every damage noticed.
What an answer means, and which releases are wanted, belong to `core`.

A file is one JSON object: the envelope's fields, then the answer, byte for byte as the server sent
it. It is not compressed: with gzip it would take 2.4 times less room on the disk (4 KiB blocks, so
40 MB less for 5,000 records), but reading would take longer, and no editor, `grep` or `read_json`
would show what a record's answer says.
"""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import json
import logging
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from musictool_pipeline.disk.files import (
    TEMPORARY_SUFFIX,
    TooLarge,
    content_of,
    create_atomically,
    storage_errors,
    write_atomically,
)
from musictool_pipeline.disk.locks import lock_on
from musictool_pipeline.disk.regular import NotRegular
from musictool_pipeline.errors import StorageError, UnreadableRelease

SCHEMA_VERSION = 1
FETCHED, UNAVAILABLE = "fetched", "unavailable"
SOURCE_API, SOURCE_DUMP = "api", "dump"

CLAIM_SLOTS = 256

_CHECKSUM = b',"checksum":"'
_ANSWER = b'","answer":'
_NAME = re.compile(r"([1-9][0-9]{0,9})\.json", re.ASCII)
_STALE_TEMPORARY_SECONDS = 3600

# The API's answers take 10 MB at most, an element of a monthly dump 32.
_LARGEST = 64 * 1024**2

log = logging.getLogger("musictool")


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """One release's answer and how it came here.

    `status` is `fetched` or `unavailable`; `answered_id` another id than `release_id` if the
    release was merged; `requests` how many it took. `asked_at` is later than `fetched_at` if a
    later question brought nothing better: then `remark` says what it brought. `checksum` covers
    all of it (SHA-256, hex): two equal ones mean the same answer, fetched at the same time.
    """

    release_id: int
    status: str
    fetched_at: datetime
    answered_id: int
    requests: int
    source: str
    answer: bytes
    asked_at: datetime
    remark: str | None = None
    checksum: str = ""

    def payload(self) -> dict[str, Any]:
        """The answer as a JSON object; checked when it was cached. Raises UnreadableRelease if
        it is nested too deeply all the same: one release must not end the run for all."""
        try:
            return json.loads(self.answer)
        except RecursionError:
            raise UnreadableRelease(self.release_id, "its answer is nested too deeply") from None


class TracklistCache:
    """The cache folder. Safe to use from several processes and threads at the same time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.quarantine = folder / "quarantine"
        self._claims = folder / ".claims"
        self._is_made = False

    def path(self, release_id: int) -> Path:
        """Where a release's file is, or would be."""
        return self.folder / f"{release_id}.json"

    @contextmanager
    def claim(self, release_id: int) -> Iterator[bool]:
        """The lock on a release: its holder may read the answer that is there, and then replace it
        by a better one. Gives False if another holds it. Raises StorageError."""
        self._make()
        with storage_errors(self._claims):
            self._claims.mkdir(exist_ok=True)
        file = self._claims / f"{claim_slot(release_id)}.lock"
        with lock_on(file, wait=False, on_behalf_of=self._claims) as is_held:
            yield is_held

    def write(
        self,
        release_id: int,
        answer: bytes,
        *,
        status: str,
        fetched_at: datetime,
        answered_id: int | None = None,
        requests: int = 1,
        source: str = SOURCE_API,
        remark: str | None = None,
    ) -> CachedAnswer:
        """Keeps an answer for good: when this returns, a power cut cannot take it away.

        Raises StorageError if the disk is full or read-only; the old answer then stays.
        """
        fetched_at = fetched_at.astimezone(UTC).replace(microsecond=0)
        return self._store(
            CachedAnswer(
                release_id=release_id,
                status=status,
                fetched_at=fetched_at,
                answered_id=release_id if answered_id is None else answered_id,
                requests=requests,
                source=source,
                answer=answer,
                asked_at=fetched_at,
                remark=remark,
            )
        )

    def offer(
        self,
        release_id: int,
        answer: bytes,
        *,
        fetched_at: datetime,
        source: str,
        gives_way: Callable[[CachedAnswer], bool],
    ) -> bool:
        """Keeps an answer that did not come from the API, but only if there is none, or if the
        one that is there `gives_way`; True if it is kept. It never replaces one that comes at the
        same moment.

        Until the next `sync` a power cut can damage it, which the checksum shows later. Raises
        StorageError.
        """
        fetched_at = fetched_at.astimezone(UTC).replace(microsecond=0)
        offered = CachedAnswer(
            release_id=release_id,
            status=FETCHED,
            fetched_at=fetched_at,
            answered_id=release_id,
            requests=0,
            source=source,
            answer=answer,
            asked_at=fetched_at,
        )
        self._make()
        # If the file system has no hard links, the claim below is enough.
        with suppress(OSError):
            if create_atomically(self.path(release_id), _encode(offered)[0]):
                return True
        with self.claim(release_id) as is_held:
            if not is_held:  # somebody is asking the API for it just now
                return False
            known = self.read(release_id)
            if known and not gives_way(known):
                return False
            self._store(offered, durable=False)
            return True

    def keep(self, cached: CachedAnswer, *, asked_at: datetime, remark: str) -> CachedAnswer:
        """Keeps the old answer, and that it was asked for again in vain. Raises StorageError."""
        asked_at = asked_at.astimezone(UTC).replace(microsecond=0)
        return self._store(dataclasses.replace(cached, asked_at=asked_at, remark=remark))

    def sync(self) -> None:
        """Forces all offered answers to the disk in one call, which takes no longer than a few
        single files would. A system without such a call writes them in its own time."""
        if hasattr(os, "sync"):
            os.sync()

    def remove(self, release_id: int) -> None:
        """Forgets a release's answer, for good. Raises StorageError."""
        path = self.path(release_id)
        with storage_errors(path):
            path.unlink(missing_ok=True)

    def _store(self, cached: CachedAnswer, *, durable: bool = True) -> CachedAnswer:
        self._make()
        path = self.path(cached.release_id)
        if path.is_dir():
            self._set_aside(path, "a folder has the file's name")
        content, checksum = _encode(cached)
        write_atomically(path, content, durable=durable)
        return dataclasses.replace(cached, checksum=checksum)

    def _make(self) -> None:
        """The folder, once: one that is gone since must not come back empty."""
        if not self._is_made:
            with storage_errors(self.folder):
                self.folder.mkdir(exist_ok=True)
            self._is_made = True

    def listing(self) -> str:
        """A fingerprint of the files' names, sizes and times: quick, and the same as long as no
        answer came, was replaced or was set aside."""
        digest = hashlib.sha256()
        for entry in self._entries():
            # A link's own state: one that leads nowhere has no other.
            with suppress(FileNotFoundError):
                found = entry.stat(follow_symlinks=False)
                state = f"{entry.name}:{found.st_size}:{found.st_mtime_ns}:{found.st_ino}\n"
                digest.update(state.encode())
        return digest.hexdigest()

    def look(self, release_ids: Iterable[int] | None = None) -> Iterator[CachedAnswer]:
        """Every sound answer (of `release_ids`, by default of all), in the order of the ids;
        nothing is moved."""
        for release_id in sorted(self.release_ids() if release_ids is None else release_ids):
            with suppress(_DamagedError, OSError):
                yield _decode(content_of(self.path(release_id), _LARGEST), release_id)

    def read(self, release_id: int) -> CachedAnswer | None:
        """The release's answer, or None if there is none. A damaged file is moved to
        `quarantine/`, with the reason in the log, and counts as none."""
        path = self.path(release_id)
        try:
            return _decode(content_of(path, _LARGEST), release_id)
        except FileNotFoundError:
            return None
        except _DamagedError as damage:
            return self._set_aside(path, str(damage))
        except OSError as error:
            if path.is_dir():
                return self._set_aside(path, "a folder has the file's name")
            # A socket cannot even be opened.
            if isinstance(error, NotRegular) or error.errno == errno.ENXIO:
                return self._set_aside(path, "a pipe or a device has the file's name")
            if isinstance(error, TooLarge):
                return self._set_aside(path, "it is larger than any answer")
            if error.errno == errno.ELOOP:
                return self._set_aside(path, "a link in the file's place leads to itself")
            raise StorageError(f"{path} cannot be read: {error.strerror}") from error

    def release_ids(self) -> set[int]:
        """The ids that have a file, by their names alone: quick, damage goes unnoticed."""
        return {int(Path(entry.name).stem) for entry in self._entries()}

    def _entries(self) -> list[os.DirEntry[str]]:
        """The entries with the name of an answer, in the order of their names; none if there is
        no folder yet. Raises StorageError if something else is in its place."""
        try:
            with os.scandir(self.folder) as entries:
                named = [entry for entry in entries if _NAME.fullmatch(entry.name)]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StorageError(
                f"The folder of tracklists {self.folder} cannot be read: {error.strerror}",
                "Correct its permissions, or move away what is in its place; then run the same "
                "command again.",
            ) from error
        return sorted(named, key=lambda entry: entry.name)

    def scan(self, release_ids: set[int] | None = None) -> Iterator[CachedAnswer]:
        """Every sound answer (of `release_ids`, by default of all), in the order of the ids."""
        present = self.release_ids()
        for release_id in sorted(present if release_ids is None else present & release_ids):
            if cached := self.read(release_id):
                yield cached

    def sweep(self) -> None:
        """Removes what writers killed in the middle left behind, once no process can still own
        it."""
        oldest = time.time() - _STALE_TEMPORARY_SECONDS
        for path in self.folder.glob(f".*{TEMPORARY_SUFFIX}"):
            try:
                if path.stat().st_mtime < oldest:
                    path.unlink()
            except OSError as error:
                log.warning("%s cannot be removed: %s", path, error.strerror)

    def _set_aside(self, path: Path, reason: str) -> CachedAnswer | None:
        """Moves a damaged file away. If another process has just replaced it by a sound one, that
        one is put back and returned."""
        aside = self.quarantine / f"{path.name}.{time.time_ns()}"
        with storage_errors(aside):
            self.quarantine.mkdir(exist_ok=True)
            try:
                path.rename(aside)
            except FileNotFoundError:  # another process was quicker
                return None
        with suppress(_DamagedError, OSError):
            cached = _decode(content_of(aside, _LARGEST), int(path.stem))
            aside.replace(path)
            return cached
        log.warning("%s is damaged (%s): moved to %s, to be fetched again", path, reason, aside)
        return None


def claim_slot(release_id: int) -> int:
    """Which of the locks is the release's: a few releases share one."""
    return release_id % CLAIM_SLOTS


class _DamagedError(Exception):
    """What is wrong with a file, in a few words."""


def _encode(cached: CachedAnswer) -> tuple[bytes, str]:
    fields = {
        "musictool_cache": SCHEMA_VERSION,
        "release_id": cached.release_id,
        "status": cached.status,
        "fetched_at": cached.fetched_at.isoformat(),
        "answered_id": cached.answered_id,
        "requests": cached.requests,
        "source": cached.source,
        "asked_at": cached.asked_at.isoformat(),
        "remark": cached.remark,
    }
    envelope = json.dumps(fields, separators=(",", ":")).encode()[:-1]
    checksum = _checksum(envelope, cached.answer)
    content = [envelope, _CHECKSUM, checksum.encode(), _ANSWER, cached.answer, b"}"]
    return b"".join(content), checksum


def _checksum(envelope: bytes, answer: bytes) -> str:
    return hashlib.sha256(envelope + answer).hexdigest()


def _decode(content: bytes, release_id: int) -> CachedAnswer:
    if not content:
        raise _DamagedError("it is empty")
    envelope, _, rest = content.partition(_CHECKSUM)
    checksum, separator, rest = rest.partition(_ANSWER)
    if not separator or not rest.endswith(b"}"):
        raise _DamagedError("it is cut short, or no cache file")
    answer = rest[:-1]
    if _checksum(envelope, answer).encode() != checksum:
        raise _DamagedError("its checksum does not match")
    try:
        fields = json.loads(envelope + b"}")
        version = fields["musictool_cache"]
        cached = CachedAnswer(
            release_id=fields["release_id"],
            status=fields["status"],
            fetched_at=datetime.fromisoformat(fields["fetched_at"]),
            answered_id=fields["answered_id"],
            requests=fields["requests"],
            source=fields["source"],
            answer=answer,
            asked_at=datetime.fromisoformat(fields["asked_at"]),
            remark=fields["remark"],
            checksum=checksum.decode(),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise _DamagedError("its envelope cannot be read") from error
    if cached.release_id != release_id:
        raise _DamagedError(f"it holds release {cached.release_id}")
    if version != SCHEMA_VERSION or cached.status not in {FETCHED, UNAVAILABLE}:
        raise _DamagedError(f"its form (version {version!r}) is unknown")
    return cached
