"""The run of `discogs_tracklists`: fetch what is missing, book it, and say how far it is.

What belongs here: the order of these, for a refresh (no partition key: all that is missing or old)
and for chosen partitions (every key of the range gets an event). How tracklists are fetched stands
in `discogs.fetching`; what an event shows, in `orchestration.booking`.

A materialization is logged for each release as soon as its file is safe, and never by an output:
in a run over a range, an output would mark all keys as materialized at its end, failed ones too,
and a run killed before its end would have booked none.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import dagster as dg

from musictool_pipeline.core.discogs.refresh_plan import RefreshPlan, plan_refresh
from musictool_pipeline.core.discogs.tracklist import Release
from musictool_pipeline.core.discogs.waiting import WORTH_COUNTING, Wait
from musictool_pipeline.core.progress import (
    DONE,
    FAILED,
    FETCHING,
    INTERRUPTED,
    REBUILDING,
    ExpandedRelease,
    Progress,
    ProgressMeter,
    duration,
    progress_line,
)
from musictool_pipeline.discogs.api import Sent
from musictool_pipeline.discogs.cache import SOURCE_DUMP, UNAVAILABLE, CachedAnswer
from musictool_pipeline.discogs.fetching import (
    AlreadyThere,
    Failed,
    Fetched,
    Heartbeat,
    Outcome,
    TracklistFetcher,
)
from musictool_pipeline.disk.interrupts import interrupts_wait
from musictool_pipeline.disk.processes import Owner
from musictool_pipeline.disk.progress_file import read_progress, write_progress
from musictool_pipeline.disk.run_log import LOGGER, PROGRESS_LOG, RELEASE_LOG, run_log
from musictool_pipeline.errors import MusicToolError, StorageError
from musictool_pipeline.orchestration.booking import (
    TRACKLISTS,
    failure_table,
    materialization,
    read_release,
    sent_metadata,
)
from musictool_pipeline.orchestration.failures import explained
from musictool_pipeline.orchestration.resources import DataFolder, Discogs
from musictool_pipeline.tables.published import open_tables

LINE_EVERY_RELEASES = 10
LINE_EVERY_SECONDS = 10.0
PROGRESS_EVERY_SECONDS = 0.5


# Plain types: those of `dg.Config` also accept `{env: NAME}`, and would read any variable of this
# process, the token included, into what a run says.
FETCH_SCHEMA = {
    "limit": dg.Field(
        dg.Noneable(int), default_value=None, description="Fetches at most that many releases."
    ),
    "refetch": dg.Field(
        bool, default_value=False, description="Fetches chosen partitions again that are there."
    ),
}


@dataclass(frozen=True)
class FetchConfig:
    """What a run may be told, as `FETCH_SCHEMA` has it."""

    limit: int | None
    refetch: bool


def refresh_tracklists(
    context: dg.AssetExecutionContext,
    config: FetchConfig,
    data_folder: DataFolder,
    discogs: Discogs,
) -> Iterator[dg.Output[None]]:
    """Without a partition key: fetches what the plan says, and ends with one output, so that the
    tables that depend on it are rebuilt from whatever is there."""
    catalogue, cache = data_folder.catalogue(), data_folder.cache()
    with explained():
        cache.sweep()
        asked_at = catalogue.asked_at(cache)
    with open_tables(catalogue.database, foreign="hide") as tables:
        release_ids, failed_at = tables.release_ids(), tables.failed_at()
    plan = plan_refresh(
        release_ids,
        asked_at,
        datetime.now(UTC),
        refetch_days=discogs.settings.refetch_days,
        refetch_at_most=discogs.settings.refetch_per_night,
        failed_at=failed_at,
        limit=config.limit,
    )
    expansion = _Expansion(context, data_folder, discogs, asked_at, tables_follow=True)
    with expansion.reported(plan):
        expansion.book_unbooked()
        expansion.fetch(plan.to_fetch)
    progress = expansion.progress
    context.add_output_metadata(
        {
            "releases_fetched": progress.fetched,
            "releases_unavailable": progress.unavailable,
            "releases_failed": progress.failed,
            "releases_cached": progress.cached,
            "releases_postponed": plan.postponed,
            "tracks": progress.tracks,
            **sent_metadata(expansion.sent),
            **({"stopped": progress.stopped} if progress.stopped else {}),
            **(
                {"failures": dg.MetadataValue.md(failure_table(expansion.failures))}
                if expansion.failures
                else {}
            ),
        }
    )
    yield dg.Output(None)


def refresh_chosen(
    context: dg.AssetExecutionContext,
    config: FetchConfig,
    data_folder: DataFolder,
    discogs: Discogs,
) -> None:
    """With a partition key or a range: an event for each key, fetched now or found in the cache.

    Raises dg.Failure, at the end, where some could not be fetched.
    """
    keys = [int(key) for key in context.partition_keys]
    cache = data_folder.cache()
    with explained():
        cache.sweep()
        asked_at = {cached.release_id: cached.asked_at for cached in cache.scan(set(keys))}
    to_fetch = [key for key in keys if config.refetch or key not in asked_at][: config.limit]
    plan = RefreshPlan(missing=tuple(to_fetch), stale=(), fresh=len(keys) - len(to_fetch))
    expansion = _Expansion(context, data_folder, discogs, asked_at)
    with expansion.reported(plan):
        for key in keys:
            if key in asked_at and key not in plan.missing:
                expansion.book_cached(key)
        expansion.fetch(plan.missing)
    left = len(keys) - expansion.booked
    if left:
        progress = expansion.progress
        raise dg.Failure(
            f"{left} of {len(keys)} releases could not be fetched"
            + (f": {progress.stopped}" if progress.stopped else "")
            + ". What was fetched is kept; materialize the missing partitions to try again.",
            metadata={
                **sent_metadata(expansion.sent),
                "failures": dg.MetadataValue.md(failure_table(expansion.failures)),
            },
            allow_retries=False,
        )


class _Expansion:
    """One run: fetches, books and reports."""

    def __init__(
        self,
        context: dg.AssetExecutionContext,
        data_folder: DataFolder,
        discogs: Discogs,
        asked_at: Mapping[int, datetime],
        *,
        tables_follow: bool = False,
    ) -> None:
        self.failures: dict[int, str] = {}
        self.booked = 0
        self.progress = Progress()
        self.sent = Sent()
        self._context = context
        self._data_folder = data_folder
        self._discogs = discogs
        self._tables_follow = tables_follow
        self._asked_at = asked_at
        self._settled: set[int] = set()
        self._meter = ProgressMeter(0, 0, time.monotonic())
        self._started_at = time.time()
        self._waiting = Wait(0.0)
        self._waiting_until: float | None = None
        self._stopped = ""
        self._written_at = self._said_at = float("-inf")
        self._said_done = 0

    @contextmanager
    def reported(self, plan: RefreshPlan) -> Iterator[None]:
        """Keeps the log file and the progress file while the run goes on, and ends both well."""
        now = time.monotonic()
        self._meter = ProgressMeter(len(plan.to_fetch), plan.fresh, now)
        self._started_at = time.time()
        self._said_at = now
        pace = self._discogs.settings.requests_per_minute
        with run_log(self._data_folder.settings.logs_dir) as path:
            self._say(
                f"{len(plan.to_fetch)} releases to fetch ({len(plan.stale)} of them anew), "
                f"{plan.fresh} are there already, {plan.postponed} postponed; "
                f"at most {pace} requests a minute; log: {path}"
            )
            stage, can_write = INTERRUPTED, True
            try:
                self._report(FETCHING)
                yield
                stage = REBUILDING if self._tables_follow else DONE
            except MusicToolError as error:
                stage, self._stopped = FAILED, str(error)
                can_write = not isinstance(error, StorageError)
                LOGGER.error("%s", error.explained())
                raise dg.Failure(
                    error.explained(), metadata=sent_metadata(self.sent), allow_retries=False
                ) from error
            finally:
                if can_write:
                    self._note_failures()
                self._report(stage, last=True)
                self._say(
                    f"Fetching ended: {progress_line(self.progress)}, "
                    f"{self.sent.requests:,} requests, {self.sent.throttled} times throttled (429)"
                )

    def _note_failures(self) -> None:
        try:
            self._data_folder.catalogue().note_failures(
                self.failures, self._settled, datetime.now(UTC)
            )
        except StorageError as error:
            # The steps that follow write there too, and say so; raised here it would take the
            # place of what ended the run.
            LOGGER.warning("%s", error)

    def book_unbooked(self) -> None:
        """Events for what a run had cached when it was killed before it could say so, and for what
        came from a monthly dump: each takes Dagster some 8 ms, so 5,000 take a minute or less."""
        booked = self._context.instance.get_materialized_partitions(TRACKLISTS)
        unbooked = [release_id for release_id in self._asked_at if str(release_id) not in booked]
        if unbooked:
            self._say(f"Booking {len(unbooked)} tracklists that are in the cache")
        began = said_at = time.monotonic()
        for number, release_id in enumerate(unbooked):
            now = time.monotonic()
            if now - said_at >= LINE_EVERY_SECONDS:
                said_at = now
                left = duration((now - began) / number * (len(unbooked) - number))
                self._say(f"Booked {number:,} of {len(unbooked):,}, {left} left")
            self.book_cached(release_id)

    def book_cached(self, release_id: int) -> None:
        """An event for what is there; none where it was damaged since the run began."""
        if cached := self._data_folder.cache().read(release_id):
            source = cached.source if cached.source == SOURCE_DUMP else "cache"
            self._book(materialization(cached, read_release(cached), source=source))

    def fetch(self, release_ids: tuple[int, ...]) -> None:
        """Fetches these releases and books each as soon as it is safe.

        Raises AccessRefused and StorageError; other reasons to stop early are only said.
        """
        fetcher = TracklistFetcher(self._discogs.api, self._data_folder.cache(), self._asked_at)
        try:
            with closing(fetcher.run(release_ids)) as outcomes:
                for outcome in outcomes:
                    self.sent = fetcher.sent
                    self._note_wait(fetcher.waiting)
                    self._handle(outcome)
                    self._report(FETCHING)
        finally:
            self.sent = fetcher.sent
        self._note_wait(Wait(0.0))
        if fetcher.stopped_by:
            self._stopped = str(fetcher.stopped_by)
            self._context.log.warning(fetcher.stopped_by.explained())
            LOGGER.warning("%s", fetcher.stopped_by.explained())

    def _note_wait(self, wait: Wait) -> None:
        until = time.time() + wait.seconds if wait.seconds >= WORTH_COUNTING else None
        known = self._waiting_until
        # One and the same moment, seen twice, is written once: who follows would see a change.
        if until is None or known is None or abs(until - known) > 1.0:
            self._waiting_until = until
        self._waiting = wait

    def _handle(self, outcome: Outcome | Heartbeat) -> None:
        now = time.monotonic()
        match outcome:
            case Heartbeat():
                pass
            case Fetched():
                self._fetched(outcome, now)
            case AlreadyThere(cached=cached):
                self._settled.add(cached.release_id)
                self._meter.already_there()
                self.book_cached(cached.release_id)
            case Failed(error=error):
                self.failures[error.release_id] = error.cause
                self._meter.failed(error.cause, now)
                LOGGER.warning("%s", error)

    def _fetched(self, outcome: Fetched, now: float) -> None:
        self._settled.add(outcome.release_id)
        cached = outcome.cached
        release = read_release(cached)
        previous = read_release(outcome.previous) if outcome.previous else None
        if cached.status == UNAVAILABLE:
            self._meter.unavailable(now)
            RELEASE_LOG.info("%s: not available, %s", cached.release_id, cached.remark)
        else:
            expanded = _expanded(cached, release)
            self._meter.fetched(
                expanded, now, tracks_before=len(previous.tracks) if previous else 0
            )
            RELEASE_LOG.info(
                "%s: %s - %s, %d tracks",
                expanded.release_id,
                expanded.artist or "(no artist)",
                expanded.title or "(no title)",
                expanded.tracks,
            )
        self._book(
            materialization(
                cached, release, source="api", previous=previous, seconds=outcome.seconds
            )
        )

    @interrupts_wait()
    def _book(self, event: dg.AssetMaterialization) -> None:
        self._context.log_event(event)
        self.booked += 1

    def _report(self, stage: str, *, last: bool = False) -> None:
        now = time.monotonic()
        look = self._meter.look(now)
        written_at = time.time()
        # How long it takes is told by a clock that nobody sets. The times of day are by the clock
        # that whoever reads them looks at: where that one was set, they are moved with it.
        started_at = written_at - (look.updated_at - look.started_at)
        if abs(started_at - self._started_at) > WORTH_COUNTING:
            self._started_at = started_at
        progress = self.progress = replace(
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
        )
        if last or now - self._written_at >= PROGRESS_EVERY_SECONDS:
            self._written_at = now
            self._write(progress)
        if not last and self._is_time_to_speak(progress, now):
            self._said_at, self._said_done = now, progress.done
            self._say(progress_line(progress))
            self._show(progress)

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
        return progress.total > 0 and (
            progress.done - self._said_done >= LINE_EVERY_RELEASES
            or now - self._said_at >= LINE_EVERY_SECONDS
        )

    def _write(self, progress: Progress) -> None:
        try:
            write_progress(self._data_folder.settings.progress_file, progress)
        except StorageError as error:  # a run must not end for want of being watched
            LOGGER.warning("%s", error)

    @interrupts_wait()
    def _say(self, line: str) -> None:
        PROGRESS_LOG.info("%s", line)
        self._context.log.info(line)


@contextmanager
def tables_rebuilt(context: dg.AssetExecutionContext, data_folder: DataFolder) -> Iterator[None]:
    """Ends the progress that this run's fetching left unfinished, well or not."""
    stage = FAILED
    try:
        yield
        stage = DONE
    finally:
        path = data_folder.settings.progress_file
        progress = read_progress(path)
        if progress and progress.run_id == context.run.run_id and not progress.finished:
            ended = replace(progress, stage=stage, updated_at=time.time(), finished=True)
            with suppress(StorageError):  # a run must not end for want of being watched
                write_progress(path, ended)


def _expanded(cached: CachedAnswer, release: Release | None) -> ExpandedRelease:
    return ExpandedRelease(
        release_id=cached.release_id,
        artist=release.artist if release else None,
        title=release.title if release else None,
        tracks=len(release.tracks) if release else 0,
    )
