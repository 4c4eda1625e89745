"""How far the fetching is: the log file, the progress file, and what Dagster's pages show.

What belongs here: what is said and when. What is fetched, and how it is booked, is decided in
`orchestration.fetch_run`. Failing to write the progress file must not end the run.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import dagster as dg

from musictool_pipeline.core.discogs.refresh_plan import RefreshPlan
from musictool_pipeline.core.discogs.tracklist import Release
from musictool_pipeline.core.discogs.waiting import WORTH_COUNTING, Wait
from musictool_pipeline.core.progress import (
    BOOKING,
    FETCHING,
    REBUILDING,
    ExpandedRelease,
    Progress,
    ProgressMeter,
    progress_line,
)
from musictool_pipeline.core.words import counted, name_of
from musictool_pipeline.discogs.api import RequestCounts
from musictool_pipeline.discogs.cache import UNAVAILABLE, CachedAnswer
from musictool_pipeline.disk.interrupts import interrupts_wait
from musictool_pipeline.disk.processes import Owner
from musictool_pipeline.disk.progress_file import write_progress
from musictool_pipeline.disk.run_log import LOGGER, PROGRESS_LOG, RELEASE_LOG
from musictool_pipeline.errors import MusicToolError, ReleaseFailed, StorageError
from musictool_pipeline.orchestration.booking import TRACKLISTS

LINE_EVERY_RELEASES = 10
LINE_EVERY_SECONDS = 10.0
PROGRESS_EVERY_SECONDS = 0.5


class FetchReport:
    """What one run says of its fetching. `failures`: why releases could not be fetched."""

    def __init__(self, context: dg.AssetExecutionContext, progress_file: Path) -> None:
        self.failures: dict[int, str] = {}
        self.progress = Progress()
        self.sent = RequestCounts()
        self._context = context
        self._progress_file = progress_file
        self._meter = ProgressMeter(0, 0, time.monotonic())
        self._started_at = time.time()
        self._booked = 0, 0
        self._waiting = Wait(0.0)
        self._waiting_until: float | None = None
        self._stopped = ""
        self._written_at = self._said_at = float("-inf")
        self._said_done = 0
        self._wanted: frozenset[int] = frozenset()

    def begin(self, plan: RefreshPlan, pace: int, log_file: Path) -> None:
        """What is to be done, at most `pace` requests a minute."""
        now = time.monotonic()
        self._meter = ProgressMeter(len(plan.to_fetch), plan.fresh, now)
        self._wanted = frozenset(plan.wanted)
        self._started_at = time.time()
        self._said_at = now
        self.say(
            f"{counted(len(plan.to_fetch), 'release')} to fetch ({len(plan.stale)} of them again), "
            f"{plan.fresh} are there already, {plan.postponed} postponed; "
            + (f"{len(plan.wanted)} of them are of the wantlist; " if plan.wanted else "")
            + f"at most {pace} requests a minute; log: {log_file}"
        )

    def end(self, stage: str) -> None:
        """What came of it."""
        self.look(stage, last=True)
        self.say(
            f"Fetching ended: {progress_line(self.progress)}, "
            f"{counted(self.sent.requests, 'request')}, "
            f"{counted(self.sent.throttled, 'time')} throttled (429)"
        )

    def stopped_by(self, error: MusicToolError) -> None:
        """Why it ended early, while the tables can still be made of what is there."""
        self._stopped = str(error)
        self._context.log.warning(error.explained())
        LOGGER.warning("%s", error.explained())

    def failed_by(self, error: MusicToolError) -> None:
        """Why the run cannot go on."""
        self._stopped = str(error)
        LOGGER.error("%s", error.explained())

    def fetched(
        self, cached: CachedAnswer, release: Release | None, previous: Release | None
    ) -> None:
        """An answer is there, durably; `previous` is what it replaced."""
        now = time.monotonic()
        if cached.release_id in self._wanted:
            self._meter.wanted(now)
            RELEASE_LOG.info("%s: of the wantlist", cached.release_id)
            return
        if cached.status == UNAVAILABLE:
            self._meter.unavailable(now)
            RELEASE_LOG.info("%s: not available, %s", cached.release_id, cached.remark)
            return
        expanded = _expanded(cached, release)
        self._meter.fetched(expanded, now, tracks_before=len(previous.tracks) if previous else 0)
        RELEASE_LOG.info(
            "%s: %s, %d tracks",
            expanded.release_id,
            name_of(expanded.artist, expanded.title),
            expanded.tracks,
        )

    def already_there(self) -> None:
        """Another process fetched it first."""
        self._meter.already_there()

    def failed(self, error: ReleaseFailed) -> None:
        """A release brought nothing this time."""
        self.failures[error.release_id] = error.cause
        if error.release_id in self._wanted:
            self._meter.wanted(time.monotonic())
        else:
            self._meter.failed(error.cause, time.monotonic())
        LOGGER.warning("%s", error)

    def booked(self, number: int, of: int) -> None:
        """So many of the tracklists that were in the cache are noted in Dagster."""
        self._booked = number, of
        self.look(BOOKING)

    def note_wait(self, wait: Wait) -> None:
        """That the fetching waits, and until when."""
        until = time.time() + wait.seconds if wait.seconds >= WORTH_COUNTING else None
        known = self._waiting_until
        # One moment, measured twice, differs by a little: readers would take that for a change.
        if until is None or known is None or abs(until - known) > 1.0:
            self._waiting_until = until
        self._waiting = wait

    def look(self, stage: str = FETCHING, *, last: bool = False) -> None:
        """Writes and says how far it is, unless it just did."""
        now = time.monotonic()
        progress = self.progress = self._progress_now(now, stage, last)
        if last or now - self._written_at >= PROGRESS_EVERY_SECONDS:
            self._written_at = now
            self._write(progress)
        if not last and self._is_time_to_speak(progress, now):
            self._said_at, self._said_done = now, progress.done
            self.say(progress_line(progress))
            if stage != BOOKING:
                self._show(progress)

    def _progress_now(self, now: float, stage: str, last: bool) -> Progress:
        look = self._meter.look(now)
        written_at = time.time()
        # How long it takes is measured by a clock that is never set. The times of day follow the
        # clock that the reader looks at: if that one is set, they move with it.
        started_at = written_at - (look.updated_at - look.started_at)
        if abs(started_at - self._started_at) > WORTH_COUNTING:
            self._started_at = started_at
        return replace(
            look,
            started_at=self._started_at,
            updated_at=written_at,
            run_id=self._context.run.run_id,
            process=str(Owner.this_process()),
            stage=stage,
            finished=last and stage != REBUILDING,
            requests=self.sent.requests,
            throttled=self.sent.throttled,
            waiting=self._waiting.reason,
            waiting_until=self._waiting_until,
            stopped=self._stopped,
            booked=self._booked[0],
            to_book=self._booked[1],
        )

    @interrupts_wait()
    def _show(self, progress: Progress) -> None:
        self._context.log_event(
            dg.AssetObservation(
                asset_key=TRACKLISTS,
                metadata={
                    "done": progress.done,
                    "total": progress.total,
                    "tracks": progress.tracks,
                    "failed": progress.failed,
                    "rate_per_minute": progress.rate_per_minute or 0.0,
                    "minutes_left": (progress.eta_seconds or 0.0) / 60.0,
                },
            )
        )

    def _is_time_to_speak(self, progress: Progress, now: float) -> bool:
        is_late = now - self._said_at >= LINE_EVERY_SECONDS
        if progress.stage == BOOKING:
            return is_late
        is_much = progress.done - self._said_done >= LINE_EVERY_RELEASES
        return progress.total > 0 and (is_much or is_late)

    def _write(self, progress: Progress) -> None:
        try:
            write_progress(self._progress_file, progress)
        except StorageError as error:
            LOGGER.warning("%s", error)

    @interrupts_wait()
    def say(self, line: str) -> None:
        """A line for the log file, the terminal and the run's page."""
        PROGRESS_LOG.info("%s", line)
        self._context.log.info(line)


def _expanded(cached: CachedAnswer, release: Release | None) -> ExpandedRelease:
    return ExpandedRelease(
        release_id=cached.release_id,
        artist=release.artist if release else None,
        title=release.title if release else None,
        tracks=len(release.tracks) if release else 0,
    )
