"""`musictool import-dump`: tracklists from a monthly dump of Discogs, without a request.

What belongs here: what the user sees of it, and the exit code. The work itself is done in
`discogs.dump`. Dagster takes no part: it hears of the tracklists from the next refresh.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from musictool_pipeline.app.terminal import NOTE, Terminal
from musictool_pipeline.core.progress import duration
from musictool_pipeline.core.text import one_line
from musictool_pipeline.core.words import counted
from musictool_pipeline.discogs.cache import TracklistCache
from musictool_pipeline.discogs.dump import (
    DumpReading,
    ImportResult,
    OnReading,
    import_releases,
    wanted_from,
)
from musictool_pipeline.discogs.dump_file import find_dump
from musictool_pipeline.errors import EXIT_DONE, EXIT_NEEDS_USER
from musictool_pipeline.inputs.data_folder import make_data_folder
from musictool_pipeline.inputs.export_folder import find_export, load_export
from musictool_pipeline.settings import Settings

LINE_EVERY_SECONDS = 10.0


def import_dump(settings: Settings, terminal: Terminal, path: Path) -> int:
    """Brings what the collection lacks from the dump into the cache; gives the exit code: 1 where
    the file is damaged. Raises DumpError, ExportError and StorageError."""
    dump = find_dump(path)
    copies = load_export(find_export(settings)).export.copies
    releases = {copy.release_id for copy in copies}
    cache = TracklistCache(settings.cache_dir)
    wanted = wanted_from(dump, releases, cache)
    if not wanted:
        terminal.say(
            f"Nothing to look for: {len(cache.release_ids() & releases):,} of {len(releases):,} "
            "releases have a tracklist, and this dump has no other."
        )
        return EXIT_DONE
    terminal.say(
        f"{len(wanted):,} of {len(releases):,} releases are looked for in the dump of "
        f"{dump.published:%d %B %Y} ({dump.size / 1e6:,.1f} MB)"
    )
    make_data_folder(settings)
    with _shown(terminal) as on_reading:
        result = import_releases(dump, wanted, cache, on_reading)
    return _summary(result, len(releases), len(cache.release_ids() & releases), terminal)


def _summary(result: ImportResult, releases: int, there: int, terminal: Terminal) -> int:
    terminal.say(
        f"{counted(result.imported, 'tracklist')} imported in {duration(result.seconds)}; "
        f"{there:,} of {releases:,} releases have one now"
    )
    refused = list(result.refused.items())
    terminal.name(f"{len(refused)} in the dump cannot be used:", refused)
    if result.newer:
        terminal.say(f"{result.newer:,} had a newer answer by then.")
    if result.damage:
        terminal.mark(NOTE, result.damage, _about_damage(result))
    left = releases - there
    terminal.say(
        "`musictool refresh` makes the tables of them"
        + (f", and asks Discogs for the other {left:,}." if left else ".")
    )
    return EXIT_NEEDS_USER if result.damage else EXIT_DONE


def _about_damage(result: ImportResult) -> str:
    if result.taken_back is None:
        kept = "What came before the damage was imported."
    else:
        kept = f"Nothing of it was kept ({result.taken_back:,} tracklists removed again)."
    return f"{kept} Download the dump again, and import it: what is there already is not lost."


@contextmanager
def _shown(terminal: Terminal) -> Iterator[OnReading]:
    """A bar in a terminal, else a line from time to time."""
    if not terminal.is_interactive:
        said_at = time.monotonic()

        def say(reading: DumpReading) -> None:
            nonlocal said_at
            if time.monotonic() - said_at >= LINE_EVERY_SECONDS:
                said_at = time.monotonic()
                terminal.say(progress_line(reading))

        yield say
        return

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = BarColumn(), TextColumn("{task.description}", markup=False)
    with Progress(*columns, console=Console(file=terminal.file)) as bar:
        task = bar.add_task("reading", total=None)

        def show(reading: DumpReading) -> None:
            bar.update(
                task,
                total=reading.size,
                completed=reading.read,
                description=one_line(progress_line(reading)),
            )

        yield show


def progress_line(reading: DumpReading) -> str:
    """`41.3 % of the file, 1,207 of 3,104 releases imported, 4 min left`."""
    parts = [
        f"{100 * reading.read / reading.size:.1f} % of the file",
        f"{reading.imported:,} of {reading.wanted:,} releases imported",
    ]
    if reading.seconds_left is not None:
        parts.append(f"{duration(reading.seconds_left)} left")
    return ", ".join(parts)
