"""`musictool status --watch`: a refresh followed until it ends.

What belongs here: looking again and again, and how it is shown: a panel in a terminal,
lines elsewhere, JSON for scripts. What there is to show is put together in `app.status`; nothing
here touches the refresh, which continues when the watching ends.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from musictool_pipeline.app.status import (
    Status,
    clock,
    done_line,
    eta,
    read_status,
    status_lines,
    track_count,
    waiting_text,
)
from musictool_pipeline.app.terminal import Terminal, complain, interruptible
from musictool_pipeline.core.progress import (
    BOOKING,
    FETCHING,
    JUDGING,
    RATE_WINDOW,
    READING,
    REBUILDING,
    STARTING,
    Progress,
    duration,
    judging_line,
    measured,
    progress_line,
)
from musictool_pipeline.core.text import one_line
from musictool_pipeline.core.words import name_of
from musictool_pipeline.errors import EXIT_INTERRUPTED
from musictool_pipeline.queries.overview import KeptOverview
from musictool_pipeline.settings import Settings

if TYPE_CHECKING:
    from rich.panel import Panel

WATCH_SECONDS = 1.0
RESIZE_SECONDS = 0.1

# Two refreshes that run at the same time write to one progress file by turns. The one that was seen
# first is followed for as long as it says something now and then.
LOYALTY_SECONDS = 5.0

# A line for each release would be 10,000 in a log.
LINE_EVERY_SECONDS = 10.0

WIDEST, NARROW = 100, 60

_HEADINGS = {
    STARTING: "A refresh is starting",
    BOOKING: "Noting cached tracklists in Dagster",
    FETCHING: "Fetching tracklists",
    READING: "Reading the libraries",
    REBUILDING: "Rebuilding the tables",
    JUDGING: "Comparing the tracks with the library",
}

Pause = Callable[[], None]


def _one_second() -> None:
    time.sleep(WATCH_SECONDS)


def watch(settings: Settings, terminal: Terminal, first: Status, *, as_json: bool) -> int:
    """Follows the refresh that `first` saw running, or waits for one, sums it up at its end, and
    gives the exit code that `status` would then give; 130 if the user has seen enough. If the
    output is no terminal, it does not wait: a script would wait for ever."""
    if not (first.running or terminal.is_interactive):
        if as_json:
            terminal.say_json(first.as_json())
        else:
            terminal.say("No refresh is running, so there is nothing to follow.")
        return first.exit_code
    try:
        with interruptible():
            if not first.running:
                first = _awaited(settings, terminal, first, as_json=as_json)
            if as_json:
                return _as_json(settings, terminal, first)
            if terminal.is_interactive and os.environ.get("TERM") != "dumb":
                last = _as_panel(settings, terminal, first)
            else:
                last = _as_lines(settings, terminal, first)
    except KeyboardInterrupt:
        if not read_status(settings).running:
            complain("\nNo longer waiting.")
            return EXIT_INTERRUPTED
        complain(
            "\nNo longer watching. The refresh continues: `musictool status` says how far it is."
        )
        return EXIT_INTERRUPTED
    for line in status_lines(last, time.time()):
        terminal.say(line)
    return last.exit_code


def _awaited(settings: Settings, terminal: Terminal, first: Status, *, as_json: bool) -> Status:
    """The status as soon as a refresh runs; the same if no one listens any more."""
    if as_json:
        terminal.say_json(first.as_json())
    else:
        terminal.say("No refresh is running. Waiting for one; Ctrl-C ends the waiting.")
    overview_of, now = KeptOverview(), first
    while not now.running and terminal.is_heard:
        _one_second()
        now = read_status(settings, overview_of)
    return now


def _looks(
    settings: Settings, terminal: Terminal, first: Status, pause: Pause = _one_second
) -> Iterator[Status]:
    """One look each second, from the first to the one that finds no refresh running; or until
    the reader of the output is gone (`| head`)."""
    overview_of = KeptOverview()
    shown, seen_at = first, time.monotonic()
    yield shown
    while shown.running and terminal.is_heard:
        pause()
        now, at = read_status(settings, overview_of), time.monotonic()
        if not _is_another(now, shown) or at - seen_at >= LOYALTY_SECONDS:
            shown, seen_at = now, at
        yield shown


def _is_another(now: Status, before: Status) -> bool:
    return (
        now.running
        and now.refresh is not None
        and before.refresh is not None
        and now.refresh.process != before.refresh.process
    )


def _as_json(settings: Settings, terminal: Terminal, first: Status) -> int:
    """One object for each change: what only passes with time is none."""
    said: dict[str, Any] | None = None
    code = 0
    for now in _looks(settings, terminal, first):
        fields, code = now.as_json(), now.exit_code
        if (changing := _without_time(fields)) != said:
            terminal.say_json(fields)
            said = changing
    return code


def _without_time(fields: dict[str, Any]) -> dict[str, Any]:
    passing = ("rate_per_minute", "eta_seconds", "updated_at")
    kept = {name: value for name, value in fields.items() if name not in passing}
    if kept["refresh"]:
        kept["refresh"] = {
            name: value for name, value in kept["refresh"].items() if name not in passing
        }
    return kept


def _as_lines(settings: Settings, terminal: Terminal, first: Status) -> Status:
    """A line when it begins or ceases to wait and when something failed; otherwise now and then."""
    said, said_at, last = None, 0.0, first
    for last in _looks(settings, terminal, first):
        at = time.monotonic()  # a clock that is set back would keep it silent until then
        news = (last.refresh.stage if last.refresh else "", last.waiting, last.failed)
        compared = (last.refresh.judged, last.refresh.booked) if last.refresh else ()
        told = (news, last.expanded, last.tracks, compared)
        is_due = said is None or news != said[0] or at - said_at >= LINE_EVERY_SECONDS
        if last.running and told != said and is_due:
            terminal.say(progress_in_a_line(last, time.time()))
            said, said_at = told, at
    return last


def progress_in_a_line(now: Status, at: float) -> str:
    """`27/60 releases (45.0 %), 312 tracks, 58.7 a minute, 34 s left, done at 14:07`, and what it
    waits for."""
    line = f"{now.expanded:,}/{now.releases:,} releases ({now.percentage:.1f} %)"
    line += f", {now.tracks:,} tracks"
    if now.refresh and now.refresh.stage in (BOOKING, JUDGING):
        line += f", {progress_line(now.refresh)}"
    elif now.refresh and now.refresh.stage != FETCHING:
        line += f", {now.refresh.stage}"
    elif now.rate_per_minute:
        line += f", {now.rate_per_minute:.1f} a minute{eta(now.eta_seconds, at)}"
    if now.failed:
        line += f", {now.failed:,} failed"
    waiting = waiting_text(now, at)
    return line + (f"; waiting: {waiting}" if waiting else "")


def _as_panel(settings: Settings, terminal: Terminal, first: Status) -> Status:
    from rich.console import Console
    from rich.live import Live

    console = Console(file=terminal.file, highlight=False, emoji=False, markup=False)
    last = first

    def show() -> None:
        live.update(panel(last, time.time(), console.width), refresh=True)

    def pause() -> None:
        """A second, in which a change of the window's size is followed without delay."""
        until = time.monotonic() + WATCH_SECONDS
        size = console.size
        while time.monotonic() < until:
            time.sleep(RESIZE_SECONDS)
            if console.size != size:
                size = console.size
                show()

    # On the terminal's other screen a line that a narrower window wraps leaves nothing behind, and
    # what was there before is there again at the end.
    with Live(console=console, screen=True, auto_refresh=False) as live:
        for look in _looks(settings, terminal, first, pause):
            last = look
            if last.running:
                show()
    return last


def panel(now: Status, at: float, width: int) -> Panel:
    """The refresh under way as of `at` (seconds since 1970), for a terminal of `width` columns."""
    from rich.console import Group
    from rich.panel import Panel
    from rich.text import Text

    refresh = now.refresh or Progress()
    parts: list[Any] = [_bar(now, refresh), _figures(now, refresh, at)]
    if now.failures:
        parts += [Text(), Text("Failed", style="bold"), _failures(now)]
    if now.recent:
        parts += [Text(), Text("Recently expanded", style="bold"), _recent(now, width)]
    return Panel(
        Group(*parts),
        title=Text(_HEADINGS.get(refresh.stage, "A refresh is running"), style="bold"),
        subtitle=Text(
            "Ctrl-C ends watching" if width < NARROW else "Ctrl-C ends watching, not the refresh",
            style="dim",
        ),
        width=min(width, WIDEST),
        padding=(0, 1),
    )


def _bar(now: Status, refresh: Progress) -> Any:
    """How much is done of what this refresh means to fetch: on a night that fetches old tracklists
    again the collection is complete from the start."""
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    if refresh.stage in (STARTING, READING, REBUILDING):
        # How long these take is unknown, and a full bar would say that it is over.
        return ProgressBar(total=None, pulse=True)
    done, total = measured(refresh)
    percentage = now.percentage if total is None else 100.0 * done / max(1, total)
    row = Table.grid(expand=True, padding=(0, 1))
    row.add_column(ratio=1)
    row.add_column(justify="right", no_wrap=True)
    row.add_row(ProgressBar(total=100, completed=percentage), Text(f"{percentage:.1f} %"))
    return row


def _figures(now: Status, refresh: Progress, at: float) -> Any:
    from rich.table import Table
    from rich.text import Text

    rows = Table.grid(expand=True, padding=(0, 2))
    rows.add_column(no_wrap=True, style="dim")
    rows.add_column(ratio=1, overflow="fold")

    def row(label: str, text: str, style: str = "") -> None:
        if text:
            rows.add_row(Text(label), Text(one_line(text), style=style))

    if refresh.total:
        row("Done", f"{refresh.done:,} of {refresh.total:,} releases: {done_line(refresh)}")
    if refresh.stage == JUDGING:
        row("Compared", judging_line(refresh).replace(" compared", ""))
    if refresh.stage == BOOKING:
        row("Noted", f"{refresh.booked:,} of {refresh.to_book:,} tracklists")
    if refresh.stage == FETCHING:
        span = duration(min(RATE_WINDOW, max(1.0, refresh.updated_at - refresh.started_at)))
        rate = now.rate_per_minute
        row("Rate", f"{rate:.1f} a minute over the last {span}" if rate else "nothing yet")
        row("Left", _left(refresh, now.eta_seconds, at))
        row("Waiting", waiting_text(now, at), "yellow")
    if now.releases:
        collection = f"{now.percentage:.1f} % of {now.releases:,} releases, {now.tracks:,} tracks"
        row("Collection", collection)
    row("Since", clock(refresh.started_at, at))
    return rows


def _left(refresh: Progress, seconds: float | None, at: float) -> str:
    left = f"{refresh.total - refresh.done:,} releases"
    return left if seconds is None else f"{left}{eta(seconds, at).replace(' left', '')}"


def _failures(now: Status) -> Any:
    from rich.table import Table
    from rich.text import Text

    rows = Table.grid(expand=True, padding=(0, 1))
    rows.add_column(justify="right", no_wrap=True, style="red")
    rows.add_column(ratio=1, overflow="fold")
    for cause, count in now.failures.items():
        rows.add_row(Text(f"{count:,} x"), Text(one_line(cause)))
    return rows


def _recent(now: Status, width: int) -> Any:
    from rich.table import Table
    from rich.text import Text

    rows = Table.grid(expand=True, padding=(0, 1))
    if width >= NARROW:
        rows.add_column(justify="right", no_wrap=True, style="dim")
    rows.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    rows.add_column(justify="right", no_wrap=True)
    for release in now.recent:
        # `Text` takes what it is given for text: no markup, no emoji codes.
        cells = [Text(one_line(name_of(release.artist, release.title))), Text(track_count(release))]
        if width >= NARROW:
            cells.insert(0, Text(str(release.release_id)))
        rows.add_row(*cells)
    return rows
