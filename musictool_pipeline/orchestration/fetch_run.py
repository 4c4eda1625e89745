"""The run of `discogs_tracklists`: fetch what is missing, and book it.

What belongs here: the order of these, for a refresh (no partition key: all that is missing or old)
and for chosen partitions (every key of the range gets an event). How tracklists are fetched stands
in `discogs.fetching`; what an event shows, in `orchestration.booking`; what is said while it goes
on, in `orchestration.fetch_report`.

A materialization is logged for each release as soon as its file is safe, and never by an output:
in a run over a range, an output would mark all keys as materialized at its end, failed ones too,
and a run killed before its end would have booked none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime

import dagster as dg

from musictool_pipeline.core.discogs.refresh_plan import RefreshPlan, plan_refresh
from musictool_pipeline.core.discogs.waiting import Wait
from musictool_pipeline.core.progress import DONE, FAILED, FETCHING, INTERRUPTED, REBUILDING
from musictool_pipeline.discogs.cache import SOURCE_DUMP
from musictool_pipeline.discogs.fetching import (
    AlreadyThere,
    Failed,
    Fetched,
    Heartbeat,
    Outcome,
    TracklistFetcher,
)
from musictool_pipeline.disk.interrupts import interrupts_wait
from musictool_pipeline.disk.run_log import LOGGER, run_log
from musictool_pipeline.errors import MusicToolError, StorageError
from musictool_pipeline.orchestration.booking import (
    TRACKLISTS,
    materialization,
    read_release,
    sent_metadata,
)
from musictool_pipeline.orchestration.fetch_report import FetchReport
from musictool_pipeline.orchestration.half_public import materialized_partitions
from musictool_pipeline.orchestration.resources import DataFolder, Discogs
from musictool_pipeline.orchestration.run_config import FetchConfig
from musictool_pipeline.orchestration.shown import Metadata, failures
from musictool_pipeline.tables.published import open_tables
from musictool_pipeline.tables.steps import require
from musictool_pipeline.tables.tracklists import asked_at, note_failures


def refresh_tracklists(
    context: dg.AssetExecutionContext,
    config: FetchConfig,
    data_folder: DataFolder,
    discogs: Discogs,
) -> Iterator[dg.Output[None]]:
    """Without a partition key: fetches what the plan says, and ends with one output, so that the
    tables that depend on it are rebuilt from what is there. Raises MusicToolError."""
    asked_at, plan = _planned(config, data_folder, discogs)
    run = FetchRun(context, data_folder, discogs, asked_at)
    with run.reported(plan, then=REBUILDING):
        run.book_unbooked()
        run.fetch(plan.to_fetch)
    context.add_output_metadata(_shown(run.report, plan))
    yield dg.Output(None)


def _planned(
    config: FetchConfig, data_folder: DataFolder, discogs: Discogs
) -> tuple[Mapping[int, datetime], RefreshPlan]:
    """When each release was last asked for, and what is to be fetched."""
    warehouse, cache = data_folder.warehouse(), data_folder.cache()
    cache.sweep()
    warehouse.sweep()
    asked = asked_at(warehouse, cache)
    with open_tables(warehouse.path, foreign="hide") as tables:
        require(tables.connection, warehouse.path, "discogs_tracklists", "releases")
        release_ids, failed_at = tables.release_ids(), tables.failed_at()
        wanted = tables.wanted_ids()
    plan = plan_refresh(
        release_ids,
        asked,
        datetime.now(UTC),
        refetch_days=discogs.settings.refetch_days,
        refetch_at_most=discogs.settings.refetch_per_night,
        failed_at=failed_at,
        limit=config.limit,
        wantlist=wanted,
    )
    return asked, plan


def _shown(report: FetchReport, plan: RefreshPlan) -> Metadata:
    progress = report.progress
    return {
        "releases_fetched": progress.fetched,
        "releases_unavailable": progress.unavailable,
        "releases_failed": progress.failed,
        "releases_cached": progress.cached,
        "releases_postponed": plan.postponed,
        "tracks": progress.tracks,
        **({"wanted_fetched": progress.wanted} if plan.wanted else {}),
        **sent_metadata(report.sent),
        **({"stopped": progress.stopped} if progress.stopped else {}),
        **failures("failures", report.failures),
    }


def refresh_chosen(
    context: dg.AssetExecutionContext,
    config: FetchConfig,
    data_folder: DataFolder,
    discogs: Discogs,
) -> None:
    """With a partition key or a range: an event for each key, fetched now or found in the cache.

    Raises dg.Failure at the end if some could not be fetched, and MusicToolError.
    """
    keys = [int(key) for key in context.partition_keys]
    cache = data_folder.cache()
    cache.sweep()
    asked_at = {cached.release_id: cached.asked_at for cached in cache.scan(set(keys))}
    to_fetch = [key for key in keys if config.refetch or key not in asked_at][: config.limit]
    plan = RefreshPlan(missing=tuple(to_fetch), stale=(), fresh=len(keys) - len(to_fetch))
    run = FetchRun(context, data_folder, discogs, asked_at)
    with run.reported(plan, then=DONE):
        for key in keys:
            if key in asked_at and key not in plan.missing:
                run.book_cached(key)
        run.fetch(plan.missing)
    if left := len(keys) - run.booked:
        stopped = run.report.progress.stopped
        raise dg.Failure(
            f"{left} of {len(keys)} releases could not be fetched"
            + (f": {stopped}" if stopped else "")
            + ". What was fetched is kept; materialize the missing partitions to try again.",
            metadata={
                **sent_metadata(run.report.sent),
                **failures("failures", run.report.failures),
            },
            allow_retries=False,
        )


class FetchRun:
    """One run: fetches, and books each release as soon as its file is safe."""

    def __init__(
        self,
        context: dg.AssetExecutionContext,
        data_folder: DataFolder,
        discogs: Discogs,
        asked_at: Mapping[int, datetime],
    ) -> None:
        self.report = FetchReport(context, data_folder.settings.progress_file)
        self.booked = 0
        self._context = context
        self._data_folder = data_folder
        self._discogs = discogs
        self._asked_at = asked_at
        self._settled: set[int] = set()

    @contextmanager
    def reported(self, plan: RefreshPlan, *, then: str) -> Iterator[None]:
        """Keeps the log file and the progress file while the run goes on, and ends both well;
        `then` is the stage that follows."""
        pace = self._discogs.settings.requests_per_minute
        with run_log(self._data_folder.settings.logs_dir) as path:
            self.report.begin(plan, pace, path)
            stage, can_write = INTERRUPTED, True
            try:
                self.report.look()
                yield
                stage = then
            except MusicToolError as error:
                stage, can_write = FAILED, not isinstance(error, StorageError)
                self.report.failed_by(error)
                raise dg.Failure(
                    error.explained(), metadata=sent_metadata(self.report.sent), allow_retries=False
                ) from error
            finally:
                if can_write:
                    self._note_failures()
                self.report.end(stage)

    def _note_failures(self) -> None:
        try:
            note_failures(
                self._data_folder.warehouse(),
                self.report.failures,
                self._settled,
                datetime.now(UTC),
            )
        except StorageError as error:
            # The steps that follow write there too, and say so; raised here it would hide what
            # ended the run.
            LOGGER.warning("%s", error)

    def book_unbooked(self) -> None:
        """Events for what a run had cached when it was killed before it could say so, and for what
        came from a monthly dump: each takes Dagster some 8 ms, so 5,000 take a minute or less."""
        booked = materialized_partitions(self._context.instance, TRACKLISTS)
        unbooked = [release_id for release_id in self._asked_at if str(release_id) not in booked]
        for number, release_id in enumerate(unbooked):
            self.report.booked(number, len(unbooked))
            self.book_cached(release_id)

    def book_cached(self, release_id: int) -> None:
        """An event for what is there; none if it was damaged since the run began."""
        if cached := self._data_folder.cache().read(release_id):
            source = cached.source if cached.source == SOURCE_DUMP else "cache"
            self.book(materialization(cached, read_release(cached), source=source))

    def fetch(self, release_ids: tuple[int, ...]) -> None:
        """Fetches these releases and books each as soon as it is safe.

        Raises AccessRefused and StorageError; other reasons to stop early are only said.
        """
        fetcher = TracklistFetcher(self._discogs.api, self._data_folder.cache(), self._asked_at)
        try:
            with closing(fetcher.run(release_ids)) as outcomes:
                for outcome in outcomes:
                    self.report.sent = fetcher.sent
                    self.report.note_wait(fetcher.waiting)
                    self._handle(outcome)
                    self.report.look(FETCHING)
        finally:
            self.report.sent = fetcher.sent
        self.report.note_wait(Wait(0.0))
        if fetcher.stopped_by:
            self.report.stopped_by(fetcher.stopped_by)

    def _handle(self, outcome: Outcome | Heartbeat) -> None:
        match outcome:
            case Heartbeat():
                pass
            case Fetched():
                self._settled.add(outcome.release_id)
                self._fetched(outcome)
            case AlreadyThere(cached=cached):
                self._settled.add(cached.release_id)
                self.report.already_there()
                self.book_cached(cached.release_id)
            case Failed(error=error):
                self.report.failed(error)

    def _fetched(self, outcome: Fetched) -> None:
        cached, release = outcome.cached, read_release(outcome.cached)
        previous = read_release(outcome.previous) if outcome.previous else None
        self.report.fetched(cached, release, previous)
        self.book(
            materialization(
                cached, release, source="api", previous=previous, seconds=outcome.seconds
            )
        )

    @interrupts_wait()
    def book(self, event: dg.AssetMaterialization) -> None:
        """Tells Dagster; from here on it knows of this release, even if the run ends."""
        self._context.log_event(event)
        self.booked += 1
