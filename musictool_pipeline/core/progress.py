"""How far a refresh is: the numbers that the terminal, the log, Dagster and scripts all show.

What belongs here: counting, rates and estimates, from events and times that others hand in. How it
is shown belongs to `app` and `orchestration`, where it is kept to `disk.progress_file`.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, cast

from musictool_pipeline.core.discogs.waiting import waiting_line
from musictool_pipeline.core.words import counted

RATE_WINDOW = 300.0
MOST_RECENT = 5

# What a refresh is at.
STARTING, FETCHING, REBUILDING = "starting", "fetching", "rebuilding the tables"
BOOKING = "noting cached tracklists in Dagster"
READING = "reading the libraries"
JUDGING = "comparing the tracks with the library"
DONE, INTERRUPTED, FAILED = "done", "interrupted", "failed"

_LARGEST = 1e11
"""No time that a clock can show is as far from 1970, in seconds, and no count is as large."""

# By a field's annotation, the types that its value in a file may have.
_IN_JSON: Mapping[object, frozenset[type[object]]] = {
    "str": frozenset({str}),
    "bool": frozenset({bool}),
    "int": frozenset({int}),
    "float": frozenset({int, float}),
    "float | None": frozenset({int, float, type(None)}),
    "tuple[ExpandedRelease, ...]": frozenset({list}),
    "Mapping[str, int]": frozenset({dict}),
}


@dataclass(frozen=True, slots=True)
class ExpandedRelease:
    """A release that was just fetched: what it is called, and how many tracks it brought."""

    release_id: int
    artist: str | None
    title: str | None
    tracks: int


@dataclass(frozen=True, slots=True)
class Progress:
    """One look at a refresh. Times are seconds since 1970, the rate is releases a minute.

    `total` counts the releases that this refresh means to fetch, `done` those settled (fetched,
    gone for good, or failed this time); `cached` those that needed nothing. `new_tracks` leaves out
    what a tracklist that was fetched again had before. `process` is the one that the run lives in.
    `waiting` says why nothing is asked just now, and `waiting_until`, where that is known, when the
    next try is due; `stopped` why the run ended before all were tried. `judged` of `to_judge`
    tracks were compared with the library since `judging_since`, and `booked` of `to_book`
    tracklists that were in the cache already are noted in Dagster.
    """

    run_id: str = ""
    process: str = ""
    stage: str = ""
    started_at: float = 0.0
    updated_at: float = 0.0
    finished: bool = False
    total: int = 0
    cached: int = 0
    done: int = 0
    fetched: int = 0
    unavailable: int = 0
    failed: int = 0
    tracks: int = 0
    new_tracks: int = 0
    requests: int = 0
    throttled: int = 0
    rate_per_minute: float | None = None
    eta_seconds: float | None = None
    waiting: str = ""
    waiting_until: float | None = None
    stopped: str = ""
    recent: tuple[ExpandedRelease, ...] = ()
    failures: Mapping[str, int] = field(default_factory=dict[str, int])
    judged: int = 0
    to_judge: int = 0
    judging_since: float = 0.0
    wanted: int = 0
    booked: int = 0
    to_book: int = 0

    @property
    def judging_rate(self) -> float | None:
        """Tracks a minute; None as long as it cannot be told."""
        seconds = self.updated_at - self.judging_since
        return self.judged / seconds * 60.0 if self.judged and seconds > 0 else None

    @property
    def judging_seconds_left(self) -> float | None:
        """None as long as it cannot be told."""
        rate = self.judging_rate
        return (self.to_judge - self.judged) / rate * 60.0 if rate else None

    @property
    def percentage(self) -> float:
        """Of what this refresh means to fetch; 100 where there is nothing to fetch."""
        if self.done >= self.total:
            return 100.0
        # Rounded, 9,999 of 10,000 would read as all.
        return min(99.9, 100.0 * self.done / self.total)

    def as_json(self) -> dict[str, Any]:
        """For a file or a script; `from_json` reads it back."""
        return {**asdict(self), "percentage": round(self.percentage, 1)}

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Progress:
        """Unknown names are ignored, so that an older file, or a newer one, can be read.

        Raises TypeError, KeyError or ValueError if the fields are something else.
        """
        known: dict[str, Any] = {}
        for name, described in cls.__dataclass_fields__.items():
            if name in fields:
                value: object = fields[name]
                if type(value) not in _IN_JSON[described.type] or not _is_usable(value):
                    raise TypeError(f"{name} is {value!r}")
                known[name] = value
        known["recent"] = tuple(map(_expanded, fields.get("recent", ())))
        return cls(**known)


def _is_usable(value: object) -> bool:
    """False for what no count, time or rate is: it could not be shown as one."""
    if isinstance(value, dict):
        counts = cast(dict[str, object], value).values()
        return all(type(count) is int and _is_usable(count) for count in counts)
    # A float that is no number is in no order with the others, and so not between these.
    return not isinstance(value, (int, float)) or -_LARGEST < value < _LARGEST


def _expanded(entry: Mapping[str, Any]) -> ExpandedRelease:
    release = ExpandedRelease(*(entry[name] for name in ExpandedRelease.__dataclass_fields__))
    numbers = (release.release_id, release.tracks)
    texts = (release.artist, release.title)
    if any(type(each) is not int or not _is_usable(each) for each in numbers) or any(
        each is not None and type(each) is not str for each in texts
    ):
        raise TypeError(f"a release is {entry!r}")
    return release


class ProgressMeter:
    """Counts what happens and says how far it is. Times are handed in: it has no clock. They are of
    a clock that is never set, else the rate would be wrong for minutes after."""

    def __init__(self, total: int, cached: int, started: float) -> None:
        self._total = total
        self._cached = cached
        self._started = started
        self._settled: deque[float] = deque()
        self._recent: deque[ExpandedRelease] = deque(maxlen=MOST_RECENT)
        self._failures: Counter[str] = Counter()
        self._fetched = self._unavailable = self._tracks = self._new_tracks = self._wanted = 0

    def fetched(self, release: ExpandedRelease, now: float, *, tracks_before: int = 0) -> None:
        """A tracklist is there, durably; an older one had `tracks_before`."""
        self._fetched += 1
        self._tracks += release.tracks
        self._new_tracks += release.tracks - tracks_before
        self._recent.appendleft(release)
        self._settle(now)

    def unavailable(self, now: float) -> None:
        """Discogs says that there is none."""
        self._unavailable += 1
        self._settle(now)

    def failed(self, cause: str, now: float) -> None:
        """Not this time."""
        self._failures[cause] += 1
        self._settle(now)

    def wanted(self, now: float) -> None:
        """A release of the wantlist is settled, in whichever way. It is a request of this refresh,
        and counts in nothing that is said of the collection."""
        self._wanted += 1
        self._settle(now)

    def already_there(self) -> None:
        """Another process fetched it in between."""
        self._total -= 1
        self._cached += 1

    def look(self, now: float) -> Progress:
        """The numbers as of `now`; the rate is that of the last five minutes."""
        done = self._fetched + self._unavailable + self._wanted + sum(self._failures.values())
        rate = self._rate(now)
        left = self._total - done
        return Progress(
            started_at=self._started,
            updated_at=now,
            total=self._total,
            cached=self._cached,
            done=done,
            fetched=self._fetched,
            unavailable=self._unavailable,
            failed=sum(self._failures.values()),
            tracks=self._tracks,
            new_tracks=self._new_tracks,
            rate_per_minute=rate,
            eta_seconds=left / rate * 60.0 if rate else (0.0 if left == 0 else None),
            recent=tuple(self._recent),
            failures=dict(self._failures.most_common()),
            wanted=self._wanted,
        )

    def _settle(self, now: float) -> None:
        self._settled.append(now)
        while self._settled and self._settled[0] <= now - RATE_WINDOW:
            self._settled.popleft()

    def _rate(self, now: float) -> float | None:
        recent = sum(1 for settled in self._settled if settled > now - RATE_WINDOW)
        span = min(RATE_WINDOW, now - self._started)
        return recent / span * 60.0 if recent and span > 0 else None


def measured(progress: Progress) -> tuple[int, int | None]:
    """How much of its present stage is done, and of how much; None if that is unknown."""
    if progress.stage == JUDGING:
        return progress.judged, progress.to_judge
    if progress.stage == BOOKING:
        return progress.booked, progress.to_book
    return progress.done, progress.total if progress.stage == FETCHING and progress.total else None


def progress_line(progress: Progress) -> str:
    """`120/600 releases (20.0 %), 1,043 tracks, 59.1 a minute, 8 min left`."""
    if progress.stage == JUDGING:
        return judging_line(progress)
    if progress.stage == BOOKING:
        return f"{progress.booked:,} of {progress.to_book:,} cached tracklists noted in Dagster"
    if not progress.total:
        return "nothing to fetch"
    parts = [f"{progress.done}/{progress.total} releases ({progress.percentage:.1f} %)"]
    parts.append(counted(progress.tracks, "track"))
    if progress.rate_per_minute:
        parts.append(f"{progress.rate_per_minute:.1f} a minute")
    if progress.eta_seconds is not None and progress.done < progress.total:
        parts.append(f"{duration(progress.eta_seconds)} left")
    if progress.failed:
        parts.append(f"{progress.failed} failed")
    if progress.waiting:
        parts.append(
            waiting_line(progress.waiting, progress.waiting_until, now=progress.updated_at)
        )
    return ", ".join(parts)


def judging_line(progress: Progress) -> str:
    """`12,000 of 89,000 tracks compared, 25,000 a minute, 3 min left`."""
    parts = [f"{progress.judged:,} of {progress.to_judge:,} tracks compared"]
    if progress.judging_rate:
        parts.append(f"{progress.judging_rate:,.0f} a minute")
    if progress.judging_seconds_left is not None:
        parts.append(f"{duration(progress.judging_seconds_left)} left")
    return ", ".join(parts)


def duration(seconds: float) -> str:
    """`45 s`, `12 min`, `3 h 5 min`: as much as one wants to know."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
