"""`musictool status`: how far the expansion is, running or not.

What belongs here: putting together what the database, the cache and the progress file say, and
showing it once, as JSON, or again and again. It imports neither Dagster nor pandas: it answers at
once.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from musictool_pipeline.app.terminal import Terminal, plain
from musictool_pipeline.core.progress import ExpandedRelease, Progress, duration
from musictool_pipeline.errors import EXIT_DONE, EXIT_NEEDS_USER, ExportNotFound
from musictool_pipeline.settings import Settings
from musictool_pipeline.storage.export_folder import find_export
from musictool_pipeline.storage.overview import read_overview
from musictool_pipeline.storage.processes import Owner
from musictool_pipeline.storage.progress_file import read_progress
from musictool_pipeline.storage.tracklist_cache import TracklistCache

WATCH_SECONDS = 1.0

# A run on another host (a container that shares the data folder) is seen by what it writes alone.
SILENCE_OF_THE_DEAD = 300.0


@dataclass(frozen=True, slots=True)
class Status:
    """How far the expansion is. `expanded` releases have an answer (`unavailable` of them: that
    there is none), `failed` did not come the last time, `pending` were not asked for yet."""

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
    collection: str = ""
    """Where it is read from, in words; empty where there is none yet."""

    def as_json(self) -> dict[str, Any]:
        """For scripts: the names of this class, and the latest refresh under `refresh`."""
        fields = asdict(self)
        fields["refresh"] = self.refresh.as_json() if self.refresh else None
        return fields


def read_status(settings: Settings) -> Status:
    """Looks at what is there now; never waits for a run, and never disturbs one."""
    # In this order: what a run that has just ended says is then in the tables too.
    progress = read_progress(settings.progress_file)
    overview = read_overview(settings.database)
    owner = Owner.parse(progress.process) if progress else None
    running = bool(
        progress
        and not progress.finished
        and owner
        and not owner.is_gone()
        and (owner.is_here() or time.time() - progress.updated_at < SILENCE_OF_THE_DEAD)
    )
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
        collection=_source(settings),
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


def status(settings: Settings, terminal: Terminal, *, watch: bool, as_json: bool) -> int:
    """Prints the status once, or until the run that is under way has ended."""
    now = read_status(settings)
    if not watch or not now.running:
        _show(now, terminal, as_json)
    elif terminal.is_interactive and not as_json:
        now = _watch_live(settings, terminal)
    else:
        now = _watch_lines(settings, terminal, as_json)
    return EXIT_NEEDS_USER if now.failed or now.stopped else EXIT_DONE


def _show(now: Status, terminal: Terminal, as_json: bool) -> None:
    if as_json:
        terminal.say(json.dumps(now.as_json(), ensure_ascii=False))
    else:
        for line in status_lines(now):
            terminal.say(line)


def status_lines(now: Status) -> list[str]:
    """The status in words."""
    if not now.releases:
        if "on Discogs" in now.collection:
            return [f"Collection: {now.collection}. `musictool refresh` reads it."]
        return ["No collection yet. Put the export into the data folder, then `musictool refresh`."]
    lines = [
        f"{now.percentage:.1f} % expanded: {now.expanded:,} of {now.releases:,} releases "
        f"({now.copies:,} copies), {now.tracks:,} tracks"
    ]
    if now.running:
        rate = f"{now.rate_per_minute:.1f} a minute" if now.rate_per_minute else "just started"
        lines.append(f"A refresh is running: {rate}{_eta(now.eta_seconds)}")
        if now.waiting:
            lines.append(f"It waits: {now.waiting}")
    else:
        lines.append("No refresh is running.")
    if now.stopped:
        lines.append(f"The last one ended early: {now.stopped}")
    if now.collection:
        lines.append(f"Collection: {now.collection}")
    if now.unavailable:
        lines.append(f"{now.unavailable:,} are not on Discogs any more.")
    if now.pending:
        how = "" if now.running else ": `musictool refresh` does it"
        lines.append(f"{now.pending:,} still to fetch{how}.")
    lines.extend(f"Failed: {count:,} x {cause}" for cause, count in now.failures.items())
    if now.recent:
        lines.append("Recently expanded:")
        lines.extend(f"  {release_line(release)}" for release in now.recent)
    return lines


def release_line(release: ExpandedRelease) -> str:
    """`123: Artist - Title, 4 tracks`."""
    artist, title = release.artist or "(no artist)", release.title or "(no title)"
    return f"{release.release_id}: {artist} - {title}, {release.tracks} tracks"


def _eta(seconds: float | None) -> str:
    if seconds is None:
        return ""
    clock = time.strftime("%H:%M", time.localtime(time.time() + seconds))
    return f", {duration(seconds)} left, done at {clock}"


def _watch_lines(settings: Settings, terminal: Terminal, as_json: bool) -> Status:
    last = ""
    while True:
        now = read_status(settings)
        line = json.dumps(now.as_json(), ensure_ascii=False) if as_json else _one_line(now)
        if line != last:
            terminal.say(line)
            last = line
        if not now.running:
            return now
        time.sleep(WATCH_SECONDS)


def _one_line(now: Status) -> str:
    line = f"{now.expanded:,}/{now.releases:,} releases ({now.percentage:.1f} %)"
    line += f", {now.tracks:,} tracks"
    if now.rate_per_minute:
        line += f", {now.rate_per_minute:.1f} a minute{_eta(now.eta_seconds)}"
    if now.failed:
        line += f", {now.failed:,} failed"
    return line + (f"; waiting: {now.waiting}" if now.waiting else "")


def _watch_live(settings: Settings, terminal: Terminal) -> Status:
    from rich.console import Console, Group
    from rich.live import Live
    from rich.padding import Padding
    from rich.progress_bar import ProgressBar
    from rich.text import Text

    def panel(now: Status) -> Group:
        bar = Padding(ProgressBar(total=100, completed=now.percentage, width=60), 0)
        return Group(bar, *(Text(plain(line)) for line in status_lines(now)))

    now = read_status(settings)
    with Live(panel(now), console=Console(file=terminal.file), refresh_per_second=4) as live:
        while now.running:
            time.sleep(WATCH_SECONDS)
            now = read_status(settings)
            live.update(panel(now))
    return now
