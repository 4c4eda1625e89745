"""Which releases a refresh fetches, and in which order.

What belongs here: the choice, from what is known. Reading the collection and the cache, and the
fetching, belong to `discogs`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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
    reading the collection itself takes; 0 where it is read from a file."""

    missing: tuple[int, ...]
    stale: tuple[int, ...]
    fresh: int
    postponed: int = 0
    collection_requests: int = 0
    failed: tuple[int, ...] = ()

    @property
    def to_fetch(self) -> tuple[int, ...]:
        """New ones first: a tracklist that is not there is worse than one that is old."""
        return _queue(self.missing, self.failed, self.stale)

    @property
    def requests(self) -> int:
        """All requests together, where none has to be repeated."""
        return len(self.to_fetch) + self.collection_requests

    @property
    def is_of_unknown_size(self) -> bool:
        """Whether the collection has to be read before anything can be said."""
        return self.collection_requests > 0 and not (self.to_fetch or self.fresh or self.postponed)

    def minutes(self, requests_per_minute: int) -> int:
        """The minutes that the requests take at that pace, rounded up."""
        return math.ceil(self.requests / requests_per_minute)


# As it lies there, compressed: half of what is measured on two quiet cores.
DUMP_BYTES_A_SECOND = 25_000_000


def dump_is_quicker(releases: int, *, dump_bytes: int, requests_per_minute: int) -> bool:
    """Whether so many releases are sooner found in a monthly dump of that size than asked for."""
    return releases / requests_per_minute * 60.0 > dump_bytes / DUMP_BYTES_A_SECOND


def plan_refresh(
    wanted: Iterable[int],
    fetched_at: Mapping[int, datetime],
    now: datetime,
    *,
    refetch_days: int,
    refetch_at_most: int,
    failed_at: Mapping[int, datetime] | None = None,
    limit: int | None = None,
    collection_requests: int = 0,
) -> RefreshPlan:
    """The plan for the releases `wanted` (doubles are taken once), given when each cached answer
    was fetched, and of those whose latest try failed, when that was. `refetch_days` 0: answers
    never grow old. `limit` caps all of these requests together, but not the
    `collection_requests`."""
    releases = list(dict.fromkeys(wanted))
    failed_at = failed_at or {}
    missing = [rid for rid in releases if rid not in fetched_at and rid not in failed_at]
    failed = sorted(
        (rid for rid in releases if rid not in fetched_at and rid in failed_at),
        key=lambda rid: failed_at[rid],
    )
    stale: list[int] = []
    if refetch_days:
        oldest = now - timedelta(days=min(refetch_days, LONGEST_REFETCH_DAYS))
        stale = sorted(
            (rid for rid in releases if rid in fetched_at and fetched_at[rid] < oldest),
            key=lambda rid: (failed_at.get(rid, fetched_at[rid]), rid),
        )
    chosen = set(_queue(missing, failed, stale[:refetch_at_most])[:limit])
    return RefreshPlan(
        missing=tuple(rid for rid in missing if rid in chosen),
        stale=tuple(rid for rid in stale if rid in chosen),
        fresh=len(releases) - len(missing) - len(failed) - len(stale),
        postponed=len(missing) + len(failed) + len(stale) - len(chosen),
        collection_requests=collection_requests,
        failed=tuple(rid for rid in failed if rid in chosen),
    )


def _queue(missing: Sequence[int], failed: Sequence[int], stale: Sequence[int]) -> tuple[int, ...]:
    """In which order they are asked for. After what is new, what failed and what is old take turns:
    a block of releases that fail each time would else use up a limit, or be taken for an outage,
    before anything behind it was asked for, at every refresh."""
    turns = (each for turn in zip_longest(failed, stale) for each in turn if each is not None)
    return (*missing, *turns)
