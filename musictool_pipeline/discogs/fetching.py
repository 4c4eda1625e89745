"""Fetching tracklists: from a plan to files in the cache, with everything that can go wrong.

What belongs here: four workers that ask, try again, and write down; claims, so that two refreshes
never ask for the same release; giving up on a network that is gone. `core` knows what an answer
means and what is to be fetched; the caller that iterates shows it.
"""

from __future__ import annotations

import queue
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from musictool_pipeline.core.discogs.answers import Answer, Found, Stop, TryLater, Unavailable
from musictool_pipeline.core.discogs.outage import PATIENCE, Outage
from musictool_pipeline.core.discogs.pace import MOST_IN_FLIGHT
from musictool_pipeline.core.discogs.waiting import WORTH_COUNTING, Wait, most_telling
from musictool_pipeline.discogs.api import Asked, DiscogsApi, Interrupted, OnWait, RequestCounts
from musictool_pipeline.discogs.cache import (
    FETCHED,
    UNAVAILABLE,
    CachedAnswer,
    TracklistCache,
    claim_slot,
)
from musictool_pipeline.errors import AccessRefused, DiscogsError, ReleaseFailed, Unreachable

MOST_ATTEMPTS = 4
HEARTBEAT = 1.0
FAREWELL = 3.0

MOST_UNREAD = 100
"""So many answers may wait for their reader before the workers wait."""

# Seconds between two attempts to claim a release that another refresh holds, and how many fail
# before that is said: two refreshes meet now and then, for less than a moment.
CLAIM_PAUSE, CLAIMS_IN_VAIN = 0.05, 20

_OUTAGE = f"Discogs does not answer: trying again for up to {PATIENCE / 60:.0f} minutes"
_CLAIMED = "another refresh is fetching the releases that are left"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A release's answer is in the cache, durably; `previous` is the one that it replaced.

    `seconds` is the time from the first attempt to the last answer.
    """

    cached: CachedAnswer
    previous: CachedAnswer | None
    seconds: float

    @property
    def release_id(self) -> int:
        return self.cached.release_id


@dataclass(frozen=True, slots=True)
class Failed:
    """No usable answer this time; the next refresh tries again."""

    error: ReleaseFailed

    @property
    def release_id(self) -> int:
        return self.error.release_id


@dataclass(frozen=True, slots=True)
class AlreadyThere:
    """Another process fetched it in between."""

    cached: CachedAnswer

    @property
    def release_id(self) -> int:
        return self.cached.release_id


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Nothing happened for a second; `TracklistFetcher.waiting` may say why."""


Outcome = Fetched | Failed | AlreadyThere
MakeApi = Callable[[threading.Event, OnWait], DiscogsApi]


class TracklistFetcher:
    """Fetches releases into the cache. One use: iterate over `run` once.

    After it, `stopped_by` says why it ended before all were tried; what was not tried is simply
    still missing. `sent` counts all requests, those too of releases that were still being tried.
    `asked_at` is when each cached answer was last asked for, as the plan saw it.
    """

    def __init__(
        self,
        make_api: MakeApi,
        cache: TracklistCache,
        asked_at: Mapping[int, datetime],
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.stopped_by: DiscogsError | None = None
        self._stop = threading.Event()
        self._api = make_api(self._stop, self._tell)
        self._cache = cache
        self._asked_at = asked_at
        self._clock = clock
        self._jitter = jitter
        self._waits: dict[int, tuple[float, str]] = {}
        self._outage = Outage()
        self._lock = threading.Lock()
        self._todo: deque[int] = deque()
        self._outcomes: queue.SimpleQueue[Outcome | Exception | None] = queue.SimpleQueue()
        self._held: set[int] = set()

    @property
    def sent(self) -> RequestCounts:
        """The requests so far."""
        return self._api.sent

    @property
    def waiting(self) -> Wait:
        """Why the workers wait just now, and for how long; `Wait(0.0)` if there is nothing worth
        telling."""
        now = self._clock()
        with self._lock:
            waits = list(self._waits.values())
        return most_telling(Wait(max(0.0, until - now), reason) for until, reason in waits)

    def run(self, release_ids: Sequence[int]) -> Generator[Outcome | Heartbeat, None, None]:
        """What becomes of each release, as it happens, and a heartbeat each second without.

        Raises AccessRefused and StorageError, after everything that was fetched before has been
        handed out; Throttled and Unreachable end the iteration and are kept in `stopped_by`.
        """
        if not release_ids:
            return
        self._todo.extend(release_ids)
        workers = [
            threading.Thread(target=self._work, name=f"discogs-{number}", daemon=True)
            for number in range(min(MOST_IN_FLIGHT, len(release_ids)))
        ]
        try:
            for worker in workers:
                worker.start()
            yield from self._hand_out(len(workers))
        finally:
            self._stop.set()
            until = time.monotonic() + FAREWELL
            for worker in workers:
                if worker.ident:  # an interrupt may come before all have begun
                    worker.join(max(0.0, until - time.monotonic()))
            self._api.close()

    def _hand_out(self, workers: int) -> Iterator[Outcome | Heartbeat]:
        fatal: Exception | None = None
        until = float("inf")
        while workers and time.monotonic() < until:
            try:
                outcome = self._outcomes.get(timeout=HEARTBEAT)
            except queue.Empty:
                yield Heartbeat()
                continue
            match outcome:
                case None:
                    workers -= 1
                case Exception():
                    fatal = fatal or outcome
                    until = min(until, time.monotonic() + FAREWELL)
                case _:
                    yield outcome
        if isinstance(fatal, DiscogsError) and not isinstance(fatal, AccessRefused):
            self.stopped_by = fatal
        elif fatal:
            raise fatal

    def _work(self) -> None:
        try:
            in_vain = 0
            self._let_the_reader_catch_up()
            while not self._stop.is_set() and (release_id := self._next()) is not None:
                if self._take(release_id):
                    in_vain = 0
                    self._let_the_reader_catch_up()
                    continue
                # To see later what came of it.
                with self._lock:
                    self._todo.append(release_id)
                    in_vain += claim_slot(release_id) not in self._held
                if in_vain >= CLAIMS_IN_VAIN:
                    self._tell(Wait(0.0, _CLAIMED))
                self._stop.wait(CLAIM_PAUSE)
        except Interrupted:
            pass
        except Exception as error:
            # The others stop now: each would ask, and be refused, once more.
            self._stop.set()
            self._outcomes.put(error)
        finally:
            self._tell(Wait(0.0))
            self._outcomes.put(None)

    def _let_the_reader_catch_up(self) -> None:
        """Booking an answer takes longer than a fast server takes to answer: without this
        the answers of half a collection would wait in memory."""
        while self._outcomes.qsize() >= MOST_UNREAD and not self._stop.wait(0.02):
            pass

    def _next(self) -> int | None:
        with self._lock:
            return self._todo.popleft() if self._todo else None

    def _take(self, release_id: int) -> bool:
        """Fetches the release, if that is still needed. False if another refresh or another worker
        holds its lock, which several releases share."""
        with self._cache.claim(release_id) as is_held:
            if not is_held:
                return False
            with self._lock:
                self._held.add(claim_slot(release_id))
            try:
                self._tell(Wait(0.0))
                known = self._cache.read(release_id)
                if known and known.asked_at != self._asked_at.get(release_id):
                    self._outcomes.put(AlreadyThere(known))
                else:
                    self._outcomes.put(self._fetch(release_id, known))
                return True
            finally:
                with self._lock:
                    self._held.discard(claim_slot(release_id))

    def _fetch(self, release_id: int, known: CachedAnswer | None) -> Outcome:
        began = self._clock()
        requests = failures = 0
        while True:
            self._wait_out_outage()
            asked = self._api.release(release_id)
            requests += asked.requests
            match asked.answer:
                case Found() | Unavailable() as answer:
                    with self._lock:
                        self._outage.got_through()
                    cached = self._keep(answer, known, asked, requests)
                    return Fetched(cached, known, self._clock() - began)
                case Stop(cause=cause):
                    raise AccessRefused(f"Discogs refused access: {cause}")
                case TryLater() as answer:
                    if answer.throttled:
                        continue  # the budget makes everybody wait, and gives up after three
                    failures += not self._is_outage(answer)
            if failures >= MOST_ATTEMPTS:
                with self._lock:
                    self._outage.gave_up()
                return Failed(ReleaseFailed(release_id, answer.cause))
            self._back_off(failures, answer)

    def _keep(
        self,
        answer: Found | Unavailable,
        known: CachedAnswer | None,
        asked: Asked[Answer],
        requests: int,
    ) -> CachedAnswer:
        if isinstance(answer, Found):
            return self._cache.write(
                answer.release_id,
                answer.body,
                status=FETCHED,
                fetched_at=asked.at,
                answered_id=answer.answered_id,
                requests=requests,
            )
        if known and known.status == FETCHED:
            # Gone from Discogs, but not from the shelf: the tracklist stays.
            return self._cache.keep(known, asked_at=asked.at, remark=answer.message)
        return self._cache.write(
            answer.release_id,
            answer.body,
            status=UNAVAILABLE,
            fetched_at=asked.at,
            requests=requests,
            remark=answer.message,
        )

    def _is_outage(self, answer: TryLater) -> bool:
        with self._lock:
            now = self._clock()
            self._outage.failed(now, reached=answer.reached)
            if self._outage.is_hopeless(now):
                raise Unreachable(f"Discogs does not answer ({answer.cause})")
            return self._outage.under_way

    def _wait_out_outage(self) -> None:
        with self._lock:
            pause = self._outage.pause(self._clock())
        if pause:
            self._sleep(Wait(pause, _OUTAGE))

    def _back_off(self, failures: int, answer: TryLater) -> None:
        pause = pause_before_retry(failures, answer.pause, self._jitter())
        if not answer.reached:
            self._sleep(Wait(pause, _OUTAGE))
        else:
            # The first pause is over before anybody could have read of it.
            reason = f"trying again ({answer.cause})" if pause >= WORTH_COUNTING else ""
            self._sleep(Wait(pause, reason))

    def _sleep(self, wait: Wait) -> None:
        self._tell(wait)
        if self._stop.wait(wait.seconds):
            raise Interrupted
        self._tell(Wait(0.0))

    def _tell(self, wait: Wait) -> None:
        worker = threading.get_ident()
        with self._lock:
            if wait.reason:
                self._waits[worker] = (self._clock() + wait.seconds, wait.reason)
            else:
                self._waits.pop(worker, None)


def pause_before_retry(failures: int, asked_for: float | None, jitter: float) -> float:
    """Seconds to wait after that many failures, at least what the server asked for; `jitter`, 0 to
    1, keeps those that failed together from coming back together."""
    pause = 4.0 ** max(0, failures - 1) * (0.5 + jitter)
    return pause if asked_for is None else max(pause, min(120.0, asked_for))
