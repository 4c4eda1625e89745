"""Which releases a refresh fetches, and in which order.

What belongs here: the choice, from what is known. Reading the collection and the cache, and the
fetching, belong to `discogs`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import zip_longest

# A century: further back no answer can be, nor can every date be reckoned.
LONGEST_REFETCH_DAYS = 36_525


@dataclass(frozen=True, slots=True)
class RefreshPlan:
    """`missing` are the releases with no answer yet that were never tried, in the collection's
    order; `failed` those whose latest try brought none; `stale` those to be fetched again; of both,
    what was not tried for longest comes first. `fresh` says how many need nothing; `postponed` how
    many were left out by the limit or by the nightly budget. `collection_requests` are those that
    reading the collection itself takes; 0 if it is read from a file.

    `wanted` are the releases of the wantlist that are fetched after all of these,
    `wanted_postponed` says how many of it were left out, `wantlist_requests` what reading the
    wantlist itself takes. None of the other counts includes them. `wantlist_is_known`: False if
    there is one that was not read yet, so that its releases are in no count."""

    missing: tuple[int, ...]
    stale: tuple[int, ...]
    fresh: int
    postponed: int = 0
    collection_requests: int = 0
    failed: tuple[int, ...] = ()
    wanted: tuple[int, ...] = ()
    wanted_postponed: int = 0
    wantlist_requests: int = 0
    wantlist_is_known: bool = True

    @property
    def of_collection(self) -> tuple[int, ...]:
        """The releases of the collection that are fetched. New ones first: a tracklist that is not
        there is worse than one that is old."""
        return _queue(self.missing, self.failed, self.stale)

    @property
    def to_fetch(self) -> tuple[int, ...]:
        """All that are fetched: those of the wantlist when the collection has all of its own."""
        return (*self.of_collection, *self.wanted)

    @property
    def is_done(self) -> bool:
        """True if nothing is to be fetched, and nothing was left for later."""
        return not (self.to_fetch or self.postponed or self.wanted_postponed)

    @property
    def requests(self) -> int:
        """All requests together, where none has to be repeated."""
        return len(self.to_fetch) + self.collection_requests + self.wantlist_requests

    @property
    def is_of_unknown_size(self) -> bool:
        """Whether the collection has to be read before anything can be said."""
        return self.collection_requests > 0 and not (
            self.of_collection or self.fresh or self.postponed
        )

    def minutes(self, requests_per_minute: int) -> int:
        """The minutes that the requests take at that pace, rounded up."""
        return math.ceil(self.requests / requests_per_minute)


# As it lies there, compressed: half of what is measured on two quiet cores.
DUMP_BYTES_A_SECOND = 25_000_000


def dump_is_quicker(releases: int, *, dump_bytes: int, requests_per_minute: int) -> bool:
    """Whether so many releases are sooner found in a monthly dump of that size than asked for."""
    return releases / requests_per_minute * 60.0 > dump_bytes / DUMP_BYTES_A_SECOND


def plan_refresh(
    collection: Iterable[int],
    fetched_at: Mapping[int, datetime],
    now: datetime,
    *,
    refetch_days: int,
    refetch_at_most: int,
    failed_at: Mapping[int, datetime] | None = None,
    limit: int | None = None,
    collection_requests: int = 0,
    wantlist: Iterable[int] | None = (),
    wantlist_requests: int = 0,
) -> RefreshPlan:
    """The plan for the releases of the `collection` (doubles are taken once), given when each
    cached answer was fetched, and of those whose latest try failed, when that was. `refetch_days`
    0: answers never grow old. `limit` caps all of these requests together, but not the
    `collection_requests`. Those of the `wantlist` get what the collection leaves of both budgets;
    None is a wantlist that was not read yet.
    """
    listed = dict.fromkeys(collection)
    also = [release_id for release_id in dict.fromkeys(wantlist or ()) if release_id not in listed]
    oldest = None
    if refetch_days:
        oldest = now - timedelta(days=min(refetch_days, LONGEST_REFETCH_DAYS))
    known = _Known(fetched_at, failed_at or {}, oldest)
    plan = _plan(list(listed), known, refetch_at_most, limit)
    left = None if limit is None else limit - len(plan.to_fetch)
    wanted = _plan(also, known, refetch_at_most - len(plan.stale), left)
    return replace(
        plan,
        collection_requests=collection_requests,
        wanted=wanted.to_fetch,
        wanted_postponed=wanted.postponed,
        wantlist_requests=wantlist_requests,
        wantlist_is_known=wantlist is not None,
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """When each answer was fetched, when each latest try failed, and when an answer is too old."""

    fetched_at: Mapping[int, datetime]
    failed_at: Mapping[int, datetime]
    oldest: datetime | None


def _plan(
    releases: Sequence[int], known: _Known, refetch_at_most: int, limit: int | None
) -> RefreshPlan:
    """The plan for one list of releases by itself."""
    fetched_at, failed_at, oldest = known.fetched_at, known.failed_at, known.oldest
    missing = [rid for rid in releases if rid not in fetched_at and rid not in failed_at]
    failed = sorted(
        (rid for rid in releases if rid not in fetched_at and rid in failed_at),
        key=lambda rid: failed_at[rid],
    )
    stale = sorted(
        (rid for rid in releases if oldest and rid in fetched_at and fetched_at[rid] < oldest),
        key=lambda rid: (failed_at.get(rid, fetched_at[rid]), rid),
    )
    chosen = set(_queue(missing, failed, stale[:refetch_at_most])[:limit])
    return RefreshPlan(
        missing=tuple(rid for rid in missing if rid in chosen),
        stale=tuple(rid for rid in stale if rid in chosen),
        fresh=len(releases) - len(missing) - len(failed) - len(stale),
        postponed=len(missing) + len(failed) + len(stale) - len(chosen),
        failed=tuple(rid for rid in failed if rid in chosen),
    )


def _queue(missing: Sequence[int], failed: Sequence[int], stale: Sequence[int]) -> tuple[int, ...]:
    """In which order they are asked for. After what is new, what failed and what is old take turns:
    a block of releases that fail each time would else use up a limit, or be taken for an outage,
    before anything behind it was asked for, at every refresh."""
    turns = (each for turn in zip_longest(failed, stale) for each in turn if each is not None)
    return (*missing, *turns)
