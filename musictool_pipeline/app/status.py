"""`musictool status`: how far the expansion is, running or not.

What belongs here: putting together what the database, the cache and the progress file say, and
showing it once, in words or as JSON. `app.watch` follows a refresh. This module imports neither
Dagster nor pandas, so it answers without delay.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.core.discogs.waiting import waiting_line
from musictool_pipeline.core.progress import (
    BOOKING,
    FAILED,
    FETCHING,
    INTERRUPTED,
    JUDGING,
    READING,
    REBUILDING,
    STARTING,
    ExpandedRelease,
    Progress,
    duration,
    progress_line,
)
from musictool_pipeline.core.words import counted, name_of
from musictool_pipeline.discogs.cache import TracklistCache
from musictool_pipeline.disk.progress_file import is_under_way, read_progress
from musictool_pipeline.errors import EXIT_DONE, EXIT_NEEDS_USER, ExportNotFound
from musictool_pipeline.inputs.export_folder import find_export
from musictool_pipeline.queries.overview import Overview, read_overview
from musictool_pipeline.queries.wants import WantlistFigures
from musictool_pipeline.settings import Settings

# A refresh that fetches says something each second: after this long, `status` says that it does
# not.
SILENCE_WORTH_TELLING = 15.0

# Beyond this a time of day alone could be read as today's.
SAME_DAY = 18 * 3600.0


@dataclass(frozen=True, slots=True)
class Status:
    """How far the expansion is. `expanded` releases have an answer (`unavailable` of them: that
    there is none), `failed` did not come the last time, `pending` were not asked for yet.
    `not_in_tables` of the expanded ones are in the cache alone until a refresh comes to its end,
    and `tracks` does not count theirs; 0 while one runs, which counts its own.

    `waiting` says why a refresh that runs asks for nothing just now, and `waiting_until` (seconds
    since 1970), where that is known, when its next try is due. `died`: the last refresh is gone
    without having said that it ended. `collection` says where the collection is read from, in
    words; empty where there is none yet. `wantlist` is None if nothing is wanted; no other count
    includes it.
    """

    running: bool
    percentage: float
    releases: int
    expanded: int
    unavailable: int
    failed: int
    pending: int
    copies: int
    tracks: int
    rate_per_minute: float | None
    eta_seconds: float | None
    waiting: str
    stopped: str
    recent: tuple[ExpandedRelease, ...]
    failures: Mapping[str, int]
    database: str
    refresh: Progress | None
    waiting_until: float | None = None
    died: bool = False
    collection: str = ""
    not_in_tables: int = 0
    wantlist: WantlistFigures | None = None

    @property
    def exit_code(self) -> int:
        """1 where something needs the user: releases that failed, a refresh that did not end."""
        failed = self.refresh and self.refresh.stage == FAILED and not self.running
        needs_user = self.failed or self.stopped or self.died or failed
        return EXIT_NEEDS_USER if needs_user else EXIT_DONE

    def as_json(self) -> dict[str, Any]:
        """For scripts: the names of this class, and the latest refresh under `refresh`."""
        fields = asdict(self)
        fields["refresh"] = self.refresh.as_json() if self.refresh else None
        return fields


def read_status(
    settings: Settings, overview_of: Callable[[Path], Overview] = read_overview
) -> Status:
    """Looks at what is there now; never waits for a run, and never disturbs one. A caller that
    looks again and again hands in a `KeptOverview`."""
    # In this order: what a run that has just ended says is then in the tables too.
    progress = read_progress(settings.progress_file)
    overview = overview_of(settings.database)
    running = is_under_way(progress, time.time())
    answered = TracklistCache(settings.cache_dir).release_ids() & overview.release_ids
    expanded = max(len(answered), overview.fetched + overview.unavailable)
    live = progress if running else None
    failures = dict(live.failures) if live else overview.failures
    failed = sum(failures.values())
    releases = len(overview.release_ids)
    return Status(
        running=running,
        percentage=round(100.0 * expanded / releases, 1) if releases else 0.0,
        releases=releases,
        expanded=expanded,
        unavailable=overview.unavailable + (live.unavailable if live else 0),
        failed=failed,
        pending=max(0, releases - expanded - failed),
        copies=overview.copies,
        tracks=overview.tracks + (live.new_tracks if live else 0),
        rate_per_minute=live.rate_per_minute if live else None,
        eta_seconds=live.eta_seconds if live else None,
        waiting=live.waiting if live else "",
        stopped=progress.stopped if progress and not running else "",
        recent=(live.recent if live else ()) or overview.recent,
        failures=failures,
        database=str(settings.database),
        refresh=progress,
        waiting_until=live.waiting_until if live else None,
        died=bool(progress and not running and not progress.finished),
        collection=_source(settings),
        not_in_tables=0 if running else len(answered - overview.answered),
        wantlist=overview.wantlist if overview.wantlist.releases else None,
    )


def _source(settings: Settings) -> str:
    """Where the collection is from; empty where it is from nowhere yet."""
    try:
        export = find_export(settings)
    except ExportNotFound:
        return f"{settings.live_user}'s on Discogs, not read yet" if settings.live_user else ""
    if settings.live_user:
        return f"{settings.live_user}'s on Discogs, last read as {export}"
    return str(export)


def show_status(now: Status, terminal: Terminal, *, as_json: bool) -> int:
    """Prints it, and gives the exit code."""
    if as_json:
        terminal.say_json(now.as_json())
    else:
        for line in status_lines(now, time.time()):
            terminal.say(line)
    return now.exit_code


def status_lines(now: Status, at: float) -> list[str]:
    """The status in words, as of `at` (seconds since 1970)."""
    if not now.releases:
        if now.running:
            return ["A refresh is running, and has not read the collection yet."]
        if "on Discogs" in now.collection:
            lines = [f"Collection: {now.collection}. `musictool refresh` reads it."]
        elif now.collection:
            lines = [
                f"No collection yet. The export is there: {now.collection}. `musictool refresh` "
                "reads it."
            ]
        else:
            lines = [
                "No collection yet. Put the export into the data folder, then `musictool refresh`."
            ]
        return lines + ([last_line(now, now.refresh, at)] if now.refresh else [])
    lines = [
        f"{now.percentage:.1f} % expanded: {now.expanded:,} of {counted(now.releases, 'release')} "
        f"({counted(now.copies, 'copy', 'copies')}), {counted(now.tracks, 'track')}"
    ]
    if now.running:
        lines.append(f"A refresh is running: {at_present(now, at)}")
        if waiting := waiting_text(now, at):
            lines.append(f"It waits: {waiting}")
    else:
        lines.append("No refresh is running.")
        if now.refresh:
            lines.append(last_line(now, now.refresh, at))
    if now.not_in_tables:
        count = now.not_in_tables
        are = "tracklists are here but" if count > 1 else "tracklist is here but"
        lines.append(
            f"{count:,} {are} not in the tables yet, and their tracks are not counted. "
            "Run `musictool refresh`."
        )
    if now.collection:
        lines.append(f"Collection: {now.collection}")
    if now.wantlist:
        lines.append(f"Wantlist: {now.wantlist.in_words()}")
    if now.unavailable and not _was_just_told(now):
        are = "is" if now.unavailable == 1 else "are"
        lines.append(f"{now.unavailable:,} {are} not on Discogs any more.")
    if now.pending:
        how = "" if now.running else " Run `musictool refresh`."
        lines.append(f"{now.pending:,} still to fetch.{how}")
    lines.extend(f"Failed: {count:,} x {cause}" for cause, count in now.failures.items())
    lines = _with_one_remedy(lines)
    if now.recent:
        lines.append("Recently expanded:")
        lines.extend(f"  {release_line(release)}" for release in now.recent)
    return lines


def _with_one_remedy(lines: list[str]) -> list[str]:
    """The lines, with the command that does all of them behind the last that names it alone."""
    remedy = " Run `musictool refresh`."
    *_, last = (-1, *(at for at, line in enumerate(lines) if line.endswith(remedy)))
    return [line if at == last else line.removesuffix(remedy) for at, line in enumerate(lines)]


def _was_just_told(now: Status) -> bool:
    """True if the line on the last refresh says how many are not on Discogs, and they are all."""
    last = now.refresh
    if last is None or now.running or now.died or now.stopped or last.stage == FAILED:
        return False
    return last.total > 0 and last.unavailable == now.unavailable


def at_present(now: Status, at: float) -> str:
    """What the refresh that runs is at, with its rate and what is left."""
    if now.refresh and now.refresh.stage in (BOOKING, JUDGING):
        return progress_line(now.refresh)
    if now.refresh and now.refresh.stage in (STARTING, READING, REBUILDING):
        return now.refresh.stage
    rate = f"{now.rate_per_minute:.1f} a minute" if now.rate_per_minute else "just started"
    return f"{rate}{eta(now.eta_seconds, at)}"


def last_line(now: Status, refresh: Progress, at: float) -> str:
    """What became of the latest refresh, as of `at`."""
    when = clock(refresh.updated_at, at)
    if now.died:
        return (
            f"The last one died: its process was killed, or the machine switched off; it was last "
            f"heard of at {when}. What it fetched is kept. Run `musictool refresh` to continue."
        )
    if now.stopped:
        return f"The last one ended early: {now.stopped}"
    if refresh.stage == FAILED:
        return f"The last one failed at {when}: `musictool refresh` tries again, and says why."
    if refresh.stage == INTERRUPTED:
        fetched = f": {done_line(refresh)}" if refresh.total else ""
        return f"The last one was interrupted at {when}{fetched}. Run `musictool refresh`."
    # The clock may have been set after the last look at it.
    took = duration(max(0.0, refresh.updated_at - refresh.started_at))
    if refresh.total:
        work, done = "fetching and comparing", done_line(refresh)
    else:
        work, done = "comparing", "there was nothing to fetch"
    return f"The last one ended at {when} after {took} of {work}: {done}."


def done_line(refresh: Progress) -> str:
    """`58 fetched (642 tracks), 1 not on Discogs, 1 failed`, of a refresh under way or over."""
    parts = [f"{refresh.fetched:,} fetched ({counted(refresh.tracks, 'track')})"]
    if refresh.unavailable:
        parts.append(f"{refresh.unavailable:,} not on Discogs")
    if refresh.failed:
        parts.append(f"{refresh.failed:,} failed")
    return ", ".join(parts)


def waiting_text(now: Status, at: float) -> str:
    """Why the refresh that runs asks for nothing, and when it tries again; "" where it does ask."""
    if now.refresh and now.refresh.stage == FETCHING:
        silence = at - now.refresh.updated_at
        if silence > SILENCE_WORTH_TELLING:
            return (
                f"no progress for {duration(silence)}: the process may be suspended, or the "
                "computer was asleep"
            )
    return waiting_line(now.waiting, now.waiting_until, at)


def release_line(release: ExpandedRelease) -> str:
    """`123: Artist - Title, 4 tracks`."""
    return f"{release.release_id}: {name_of(release.artist, release.title)}, {track_count(release)}"


def track_count(release: ExpandedRelease) -> str:
    """`4 tracks`."""
    return counted(release.tracks, "track")


def eta(seconds: float | None, at: float) -> str:
    """`, 8 min left, done at 14:07`, as of `at`; "" if it is unknown."""
    if seconds is None:
        return ""
    return f", {duration(seconds)} left, done at {clock(at + seconds, at)}"


def clock(then: float, now: float) -> str:
    """A moment as a clock shows it, `14:07`, with its date if it is SAME_DAY or more from `now`."""
    near = abs(then - now) < SAME_DAY
    return time.strftime("%H:%M" if near else "%Y-%m-%d %H:%M", time.localtime(then))
