"""Which releases a refresh fetches, and in which order.

What belongs here: the choice, from what is known. Reading the collection and the cache, and the
fetching, belong to `storage`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

# A century: further back no answer can be, nor can every date be reckoned.
LONGEST_REFETCH_DAYS = 36_525


@dataclass(frozen=True, slots=True)
class RefreshPlan:
    """`missing` are the releases with no answer yet, in the collection's order; `stale` those to
    be fetched anew, oldest answer first; `fresh` says how many need nothing; `postponed` how many
    were left out by the limit or by the nightly budget. `collection_requests` are those that
    reading the collection itself takes; 0 where it is read from a file."""

    missing: tuple[int, ...]
    stale: tuple[int, ...]
    fresh: int
    postponed: int = 0
    collection_requests: int = 0

    @property
    def to_fetch(self) -> tuple[int, ...]:
        """New ones first: a tracklist that is not there is worse than one that is old."""
        return self.missing + self.stale

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
    limit: int | None = None,
    collection_requests: int = 0,
) -> RefreshPlan:
    """The plan for the releases `wanted` (doubles are taken once), given when each cached answer
    was fetched. `refetch_days` 0: answers never grow old. `limit` caps all of these requests
    together, but not the `collection_requests`."""
    releases = list(dict.fromkeys(wanted))
    missing = [release_id for release_id in releases if release_id not in fetched_at]
    stale: list[int] = []
    if refetch_days:
        oldest = now - timedelta(days=min(refetch_days, LONGEST_REFETCH_DAYS))
        stale = sorted(
            (rid for rid in releases if rid in fetched_at and fetched_at[rid] < oldest),
            key=lambda rid: (fetched_at[rid], rid),
        )
    fresh = len(releases) - len(missing) - len(stale)
    room = len(releases) if limit is None else limit
    chosen_missing = missing[:room]
    chosen_stale = stale[: min(refetch_at_most, max(0, room - len(chosen_missing)))]
    return RefreshPlan(
        missing=tuple(chosen_missing),
        stale=tuple(chosen_stale),
        fresh=fresh,
        postponed=len(missing) + len(stale) - len(chosen_missing) - len(chosen_stale),
        collection_requests=collection_requests,
    )
