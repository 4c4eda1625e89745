"""`musictool refresh`: the main job, told as it goes.

What belongs here: the story that the user sees, and the exit code. The work itself is Dagster's
job `refresh`, run in this process, on the same instance and data as the UI and the schedule.
Dagster is imported late: `--dry-run` and a missing export answer without delay.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from musictool_pipeline.app.failed_run import explain_failure
from musictool_pipeline.app.following import shown_in
from musictool_pipeline.app.outcome import Came, read_standing, say_outcome
from musictool_pipeline.app.prerequisites import plan_summary, prerequisites, show
from musictool_pipeline.app.running import (
    open_instance,
    records_kept,
    run_job,
    told_by,
    was_interrupted,
    without_noise,
)
from musictool_pipeline.app.terminal import CROSS, Terminal, complain, interruptible
from musictool_pipeline.core.collection.from_api import requests_for
from musictool_pipeline.core.discogs.refresh_plan import RefreshPlan, plan_refresh
from musictool_pipeline.core.progress import DONE, FAILED, INTERRUPTED, STARTING, Progress, duration
from musictool_pipeline.core.words import counted
from musictool_pipeline.discogs.cache import TracklistCache
from musictool_pipeline.discogs.live_wantlist import requests_for_wants
from musictool_pipeline.disk.interrupts import interrupts_wait
from musictool_pipeline.disk.processes import Owner
from musictool_pipeline.disk.progress_file import is_under_way, read_progress, write_progress
from musictool_pipeline.errors import (
    EXIT_DONE,
    EXIT_INTERRUPTED,
    EXIT_USAGE,
    ExportError,
    MusicToolError,
    StorageError,
    WantlistUnreadable,
)
from musictool_pipeline.inputs.data_folder import make_data_folder
from musictool_pipeline.inputs.decisions import load_overrides
from musictool_pipeline.inputs.export_folder import find_export, load_export
from musictool_pipeline.inputs.wantlist import find_wantlist, load_wantlist
from musictool_pipeline.queries.decided import read_decided
from musictool_pipeline.queries.library_remarks import unread
from musictool_pipeline.queries.overview import read_overview
from musictool_pipeline.settings import Places, Settings
from musictool_pipeline.tables import standstill
from musictool_pipeline.tables.collection import collection_of
from musictool_pipeline.tables.gaps import known_problems
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline.tables.library import known_libraries
from musictool_pipeline.tables.published import Collection, open_tables
from musictool_pipeline.tables.tracklists import asked_at

FRESH_FOR_SECONDS = 12 * 3_600.0


def say_plan(settings: Settings, terminal: Terminal, limit: int | None) -> int:
    """What a refresh would do, as one JSON object; sends and writes nothing. Gives the exit code,
    and complains of what a refresh lacks."""
    lacking = [finding for finding in prerequisites(settings) if not finding.ok]
    for finding in lacking:
        complain(f"{finding.text}\n{finding.remedy}")
    if lacking:
        return EXIT_USAGE
    plan = _plan(settings, limit, _asked_at(settings, exactly=True, from_tables=False))
    pace = settings.requests_per_minute
    terminal.say_json(
        asdict(plan)
        | {
            "collection_is_known": not plan.is_of_unknown_size,
            "requests": plan.requests,
            "requests_per_minute": pace,
            "minutes": plan.minutes(pace),
        }
    )
    return EXIT_DONE


@interruptible()
def refresh(
    settings: Settings, terminal: Terminal, *, limit: int | None, dry_run: bool, debug: bool
) -> int:
    """Prerequisites, present status, the run, and what came of it; gives the exit code.

    Where nothing has moved since a refresh found nothing to do, there is no run.
    """
    began_at, began = time.time(), time.monotonic()
    before = read_standing(settings)
    terminal.say("Prerequisites")
    if not show(list(prerequisites(settings)), terminal):
        return EXIT_USAGE
    terminal.say()
    terminal.say("Present status")
    state = None if dry_run else standstill.look(settings)
    stands_still = state is not None and state == standstill.read_noted(settings)
    plan = _plan(settings, limit, _asked_at(settings, exactly=dry_run, from_tables=stands_still))
    terminal.say(plan_summary(plan, settings))
    if dry_run:
        terminal.say("Dry run: nothing was sent and nothing written.")
        return EXIT_DONE
    terminal.say()
    if stands_still and plan.is_done:
        terminal.say("Nothing has changed since the last refresh: everything is up to date")
        _note_that_it_ended(settings, plan, began_at)
        _keep_fresh(settings, state)
        came = _summary(settings, {}, {}, time.monotonic() - began, terminal)
        say_outcome(before, read_standing(settings), settings, terminal, came)
        return came.exit_code
    make_data_folder(settings)
    terminal.say(_what_is_done(plan))
    began = time.monotonic()
    try:
        with (
            _announced(settings),
            without_noise(debug),
            shown_in(terminal, settings, debug),
        ):
            result, is_alone = run_job(settings, limit, debug)
    except KeyboardInterrupt:
        result, is_alone = None, False
    if result is None or was_interrupted(result):
        terminal.say()
        terminal.say(
            "Interrupted. Every fetched tracklist is kept. Run `musictool refresh` to continue."
        )
        return EXIT_INTERRUPTED
    if not result.success:
        sentence, exit_code = explain_failure(result, settings)
        complain(sentence)
        return exit_code
    fetching, reading = told_by(result, "discogs_tracklists"), told_by(result, "collection_csv")
    came = _summary(settings, fetching, reading, time.monotonic() - began, terminal)
    say_outcome(before, read_standing(settings), settings, terminal, came)
    if came.exit_code == EXIT_DONE and is_alone and state:
        _note_standstill(settings, state)
    return came.exit_code


def _note_standstill(settings: Settings, before: standstill.State) -> None:
    """Notes the state after a whole refresh that changed nothing, so that the next one need not
    start a run. Nothing is noted if Dagster's records did not change either: the run is in them, so
    they must be somewhere else."""
    after = standstill.look(settings)
    if after and after.is_the_data_of(before) and after.records != before.records:
        with suppress(StorageError):
            standstill.note(settings, after)


def _keep_fresh(settings: Settings, state: standstill.State | None) -> None:
    """Tells Dagster, once in twelve hours, that the gaps are up to date although no run was needed:
    else its pages call them overdue. That takes seconds, and Dagster's records change by it.

    If it cannot be told, the pages say that nothing was heard, which is true.
    """
    if state is None or time.time() - settings.standstill_file.stat().st_mtime < FRESH_FOR_SECONDS:
        return
    with interrupts_wait():
        from musictool_pipeline.orchestration.freshness import report_up_to_date
        from musictool_pipeline.orchestration.healing import is_any_under_way
    with (
        suppress(MusicToolError),
        without_noise(False),
        records_kept(settings),
        open_instance(settings) as instance,
    ):
        report_up_to_date(instance)
        if is_any_under_way(instance):
            return
    after = standstill.look(settings)
    if after and after.is_the_data_of(state):
        with suppress(StorageError):
            standstill.note(settings, after)


def _note_that_it_ended(places: Places, plan: RefreshPlan, began: float) -> None:
    """For `status`: a refresh that needed no run is one too."""
    if is_under_way(read_progress(places.progress_file), began):
        return
    with suppress(StorageError):
        ended = Progress(
            process=str(Owner.this_process()),
            stage=DONE,
            started_at=began,
            updated_at=time.time(),
            finished=True,
            cached=plan.fresh,
        )
        write_progress(places.progress_file, ended)


def _what_is_done(plan: RefreshPlan) -> str:
    if plan.collection_requests:
        return "Reading the collection from Discogs, then expanding"
    return "Expanding" if plan.to_fetch else "Nothing to fetch; rebuilding what changed"


def _asked_at(places: Places, *, exactly: bool, from_tables: bool) -> dict[int, datetime]:
    """When each release was last asked for. Unless `exactly` or known from the tables, cached
    answers count as fresh by their names alone: the run itself reads them all, and to do so twice
    would double the wait at its start."""
    cache = TracklistCache(places.cache_dir)
    if exactly:
        return {cached.release_id: cached.asked_at for cached in cache.look()}
    if from_tables:
        return asked_at(Warehouse(places.database), cache)
    return dict.fromkeys(cache.release_ids(), datetime.now(UTC))


def _plan(settings: Settings, limit: int | None, asked_at: dict[int, datetime]) -> RefreshPlan:
    """What the run will do."""
    collection = _collection(settings)
    wanted = _wanted(settings)
    return plan_refresh(
        collection.release_ids,
        asked_at,
        datetime.now(UTC),
        refetch_days=settings.refetch_days,
        refetch_at_most=settings.refetch_per_night,
        failed_at=_failed_at(settings),
        limit=limit,
        collection_requests=requests_for(collection.copies) if settings.live_user else 0,
        wantlist=wanted,
        wantlist_requests=requests_for_wants(len(wanted or ())) if settings.wantlist_user else 0,
    )


def _wanted(settings: Settings) -> list[int] | None:
    """The wantlist as its file has it; None if it cannot be read: the run says why."""
    path = find_wantlist(settings)
    try:
        return [want.release_id for want in load_wantlist(path).wantlist.wants] if path else []
    except WantlistUnreadable:
        return None


def _failed_at(places: Places) -> dict[int, datetime]:
    with open_tables(places.database, foreign="hide") as tables:
        return tables.failed_at()


def _collection(settings: Settings) -> Collection:
    """As last read; nothing of one that is read from Discogs and never was."""
    try:
        return collection_of(Warehouse(settings.database), load_export(find_export(settings)))
    except ExportError:
        if settings.live_user:
            return Collection(0, (), ())
        raise


@contextmanager
def _announced(places: Places) -> Iterator[None]:
    """Says that a refresh is under way before it has begun to fetch, which takes Dagster some
    seconds, and that it has ended if it ends before that. Without this, `status` would say during
    those seconds, and after such an end, that there was none."""
    path, this_process, now = places.progress_file, str(Owner.this_process()), time.time()
    # Failing to write the progress file must not end the run: hence `suppress`.
    if not is_under_way(read_progress(path), now):
        with suppress(StorageError):
            started = Progress(process=this_process, stage=STARTING, started_at=now, updated_at=now)
            write_progress(path, started)
    stage = INTERRUPTED
    try:
        yield
        stage = FAILED
    finally:
        last = read_progress(path)
        if last and last.process == this_process and not last.finished:
            with suppress(StorageError):
                ended = replace(last, stage=stage, updated_at=time.time(), finished=True)
                write_progress(path, ended)


def _summary(
    settings: Settings,
    fetching: dict[str, Any],
    reading: dict[str, Any],
    seconds: float,
    terminal: Terminal,
) -> Came:
    """Prints what came of it."""
    overview = read_overview(settings.database)
    releases = len(overview.release_ids)
    terminal.say()
    terminal.say("Summary")
    terminal.say(
        f"{overview.fetched:,} of {counted(releases, 'release')} expanded, "
        f"{counted(overview.tracks, 'track')}"
    )
    terminal.say(
        f"{counted(fetching.get('releases_fetched', 0), 'tracklist')} fetched with "
        f"{counted(fetching.get('requests', 0), 'request')}, "
        f"{counted(fetching.get('throttled_429', 0), 'time')} throttled (429); "
        f"the whole refresh took {duration(seconds)}"
    )
    if requests := reading.get("requests"):
        terminal.say(
            f"Requests for the collection itself: {requests:,}, "
            f"{counted(reading.get('throttled_429', 0), 'time')} throttled (429)"
        )
    if overview.wantlist.releases:
        terminal.say(f"Wantlist: {overview.wantlist.in_words()}")
    terminal.name(f"{overview.unavailable} not on Discogs any more:", overview.gone)
    if overview.failures:
        causes = ", ".join(f"{count} x {cause}" for cause, count in overview.failures.items())
        terminal.name(f"{len(overview.failed)} failed ({causes}):", overview.failed)
    # No matter for the exit code: each release has its tracklist, and the next night tries again.
    kept = overview.not_renewed
    terminal.name(f"{len(kept)} not fetched again; the old tracklists stay:", kept)
    if not_read := reading.get("not_read"):
        terminal.say(f"The collection is the one last read: {not_read}")
        terminal.say(f"  {reading.get('what_to_do', '')}")
    if stopped := fetching.get("stopped"):
        terminal.say(f"Fetching ended early: {stopped}")
    unsound = _tell_of_libraries_and_decisions(settings, terminal)
    left = releases - overview.fetched - overview.unavailable
    if left:
        are = "release is" if left == 1 else "releases are"
        terminal.say(f"{left:,} {are} left for the next `musictool refresh`.")
    return Came(is_whole=not left, is_sound=not (not_read or unsound))


def _tell_of_libraries_and_decisions(places: Places, terminal: Terminal) -> bool:
    """Names the libraries that were not read and the decisions without effect; True if the user has
    to do something. A line that points at nothing any more is only told: its track may come back
    with the next export. So is one whose file has another name now."""
    path = places.overrides_file
    with open_tables(places.database) as tables:
        libraries = known_libraries(tables.connection)
        problems = known_problems(tables.connection)
        decided = read_decided(tables.connection, load_overrides(path)[0])
    remarks = [*unread(libraries)]
    for remark in remarks:
        what, _, remedy = remark.partition("\n")
        terminal.mark(CROSS, what, remedy)
    terminal.name(
        f"{counted(len(decided.remarks), 'decision')} of {path} on files that moved or changed:",
        [(f"line {remark.line}", remark.text) for remark in decided.remarks],
    )
    if not problems:
        return bool(remarks)
    lines, have = ("line", "has") if len(problems) == 1 else ("lines", "have")
    terminal.name(
        f"{len(problems):,} {lines} of {path} {have} no effect "
        "(columns: discogs_release_id, position, decision, digital, note):",
        [(f"line {problem.line}", problem.reason) for problem in problems],
    )
    overrides, _ = load_overrides(path)
    is_of_no_use = bool(overrides.problems) and not overrides.decisions
    if is_of_no_use:
        terminal.mark(CROSS, f"No decision in {path} can be used", "Correct it, then refresh.")
    return bool(remarks) or is_of_no_use
