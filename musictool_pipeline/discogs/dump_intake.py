"""From the elements that a dump holds of the wanted releases to files in the tracklist cache.

What belongs here: who does that work. Finding the elements, and what to believe of the file, belong
to `discogs.dump`; what an element says, to `core.discogs.dump_release`.

The first few are written by the process that reads the dump. If there are more, other processes
write them while it reads on: to convert and write a release takes five times as long as to find
it. They are fed through pipes, so they end by themselves if the process that feeds them is gone,
even by `kill -9`.
"""

from __future__ import annotations

import gc
import json
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import IO

from musictool_pipeline.core.discogs.dump_release import ACCEPTED, dump_payload
from musictool_pipeline.discogs.cache import SOURCE_DUMP, CachedAnswer, TracklistCache
from musictool_pipeline.errors import MusicToolError, StorageError, UnreadableRelease

Element = tuple[int, bytes]
"""A release's id, and its element as the dump has it."""

# A process takes a fifth of a second to start, as long as a few hundred releases.
ON_THE_SPOT = 500
BATCH = 100
PROCESSES = min(4, os.cpu_count() or 1)

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(slots=True)
class Taken:
    """The result of an intake: how many releases are in the cache now, how many had a newer answer
    there (or one on its way), and which cannot be used, with the reason."""

    imported: int = 0
    newer: int = 0
    refused: dict[int, str] = field(default_factory=dict[int, str])

    def add(self, other: Taken) -> None:
        """Counts the other's too."""
        self.imported += other.imported
        self.newer += other.newer
        self.refused |= other.refused


def is_better(published: datetime, cached: CachedAnswer) -> bool:
    """True if a dump of that date is better than the cached answer: only if that answer came from
    an older dump."""
    return cached.source == SOURCE_DUMP and cached.fetched_at < published


def take(cache: TracklistCache, published: datetime, elements: Sequence[Element]) -> Taken:
    """The elements into the cache, not forced to the disk yet. Raises StorageError."""
    taken = Taken()
    for release_id, element in elements:
        try:
            payload = dump_payload(release_id, element)
        except UnreadableRelease as error:
            taken.refused[release_id] = error.reason
            continue
        if payload["status"] != ACCEPTED:
            taken.refused[release_id] = f"it is marked {payload['status']!r}"
        elif cache.offer(
            release_id,
            _encode(payload).encode(),
            fetched_at=published,
            source=SOURCE_DUMP,
            gives_way=lambda known: is_better(published, known),
        ):
            taken.imported += 1
        else:
            taken.newer += 1
    return taken


class Intake:
    """Takes elements, itself or by others, and knows what came of them in `taken`.

    Used as a context: at its end, everything that was given to it is in the cache; after an
    exception, only what was being written. Raises StorageError, from `give` and at the end.
    """

    def __init__(self, cache: TracklistCache, published: datetime) -> None:
        self.taken = Taken()
        self._cache = cache
        self._published = published
        self._given = 0
        self._batch: list[Element] = []
        self._waiting: queue.Queue[list[Element] | None] = queue.Queue(2 * PROCESSES)
        self._crew: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._problem: Exception | None = None

    def give(self, release_id: int, element: bytes) -> None:
        """Has it brought into the cache, now or soon."""
        self._given += 1
        if self._given <= ON_THE_SPOT:
            self.taken.add(take(self._cache, self._published, [(release_id, element)]))
            return
        self._batch.append((release_id, element))
        if len(self._batch) == BATCH:
            self._hand_over()

    def __enter__(self) -> Intake:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if kind is None and self._batch:
            self._hand_over()
        if kind is not None:
            with suppress(queue.Empty):
                while True:
                    self._waiting.get_nowait()
        for _ in self._crew:
            self._waiting.put(None)
        for member in self._crew:
            member.join()
        if kind is None:
            self._raise_problem()

    def _hand_over(self) -> None:
        if not self._crew:
            for number in range(PROCESSES):
                member = threading.Thread(target=self._feed, name=f"dump-{number}", daemon=True)
                member.start()
                self._crew.append(member)
        self._raise_problem()
        self._waiting.put(self._batch)
        self._batch = []

    def _raise_problem(self) -> None:
        if self._problem is not None:
            raise self._problem

    def _feed(self) -> None:
        """One process, from its start to its end. After a problem the batches are let go, so that
        no thread waits for room in the queue."""
        process: subprocess.Popen[bytes] | None = None
        while (batch := self._waiting.get()) is not None:
            if self._problem is not None:
                continue
            try:
                process = process or self._start()
                taken = _ask(process, batch)
                with self._lock:
                    self.taken.add(taken)
            except (OSError, EOFError):
                self._problem = StorageError(
                    f"{self._cache.folder}: a process that writes tracklists into it has died"
                )
            except Exception as error:  # the thread that waits for this one raises it
                self._problem = error
        if process is not None:
            _end(process)

    def _start(self) -> subprocess.Popen[bytes]:
        # A session of its own: Ctrl-C is for the one that reads the dump, which then ends this one.
        process = subprocess.Popen(
            [sys.executable, "-c", f"from {__name__} import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        _send(process.stdin, (self._cache.folder, self._published))
        return process


def _ask(process: subprocess.Popen[bytes], batch: list[Element]) -> Taken:
    _send(process.stdin, batch)
    assert process.stdout is not None
    answer = pickle.load(process.stdout)
    if isinstance(answer, MusicToolError):
        raise answer
    return answer


def _end(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        with suppress(OSError):
            pipe.close()
    process.wait()


def _send(pipe: IO[bytes] | None, what: object) -> None:
    assert pipe is not None
    pickle.dump(what, pipe, pickle.HIGHEST_PROTOCOL)
    pipe.flush()


def main() -> None:
    """What such a process does: takes batch after batch, and answers each with what came of it, or
    with the error, until its input ends."""
    gc.disable()  # an element makes a hundred objects and no cycle
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    with suppress(EOFError, BrokenPipeError):
        folder, published = pickle.load(requests)
        cache = TracklistCache(folder)
        while True:
            batch: list[Element] = pickle.load(requests)
            try:
                answer = take(cache, published, batch)
            except MusicToolError as error:
                answer = error
            _send(answers, answer)
