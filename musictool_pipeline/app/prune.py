"""`musictool prune`: deletes Dagster's partitions of releases that left the collection.

What belongs here: asking first, and saying what was deleted. Which releases are kept says
`orchestration.pruning`. It never runs by itself (docs/adr/0013).
"""

from __future__ import annotations

import sys
import warnings

from musictool_pipeline.app.running import open_instance, records_kept
from musictool_pipeline.app.terminal import MOST_NAMED, TICK, Terminal
from musictool_pipeline.core.words import counted
from musictool_pipeline.disk.interrupts import interrupts_wait
from musictool_pipeline.errors import EXIT_DONE, MusicToolError
from musictool_pipeline.settings import Settings


def prune(
    settings: Settings, terminal: Terminal, *, dry_run: bool, yes: bool, as_json: bool = False
) -> int:
    """Deletes them if the user says so, and gives the exit code. `as_json` is for a dry run.

    Raises ExportError if the collection's export cannot be read, and MusicToolError if no one can
    answer the question.
    """
    warnings.filterwarnings("ignore", module=r"dagster.*")
    with interrupts_wait():
        from musictool_pipeline.orchestration.partitions import (
            delete_partitions_of,
            partitions_beyond,
        )
        from musictool_pipeline.orchestration.pruning import kept_releases
        from musictool_pipeline.orchestration.resources import DataFolder
    folder = DataFolder.made_for(settings)
    kept = kept_releases(folder)
    with records_kept(settings), open_instance(settings) as instance:
        gone = partitions_beyond(instance, kept)
        if as_json:
            terminal.say_json({"release_ids": gone})
            return EXIT_DONE
        if not gone:
            terminal.say("Every partition belongs to a release of the collection.")
            return EXIT_DONE
        count = counted(len(gone), "partition")
        if dry_run:
            terminal.say(f"{count} of releases that left the collection: {_all(gone)}")
            return EXIT_DONE
        if not (yes or _agrees(terminal, f"{count} of releases that left: {_first(gone)}")):
            terminal.say("Nothing was deleted.")
            return EXIT_DONE
        # A refresh may have brought some of them back while the question stood there.
        kept = kept_releases(folder)
        gone = [release_id for release_id in gone if release_id not in kept]
        delete_partitions_of(instance, gone)
    terminal.mark(TICK, f"{counted(len(gone), 'partition')} deleted. The tracklists are kept.")
    return EXIT_DONE


def _agrees(terminal: Terminal, what: str) -> bool:
    if not sys.stdin.isatty():
        raise MusicToolError(
            f"Not an interactive terminal, so nothing was deleted: {what}",
            "Run `musictool prune --yes`, or `musictool prune --dry-run` to list them.",
        )
    terminal.say(what)
    return terminal.ask("Delete them from Dagster? [y/N] ").strip().casefold() in ("y", "yes")


def _all(release_ids: list[int]) -> str:
    return ", ".join(map(str, release_ids))


def _first(release_ids: list[int]) -> str:
    more = len(release_ids) - MOST_NAMED
    return _all(release_ids[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")
