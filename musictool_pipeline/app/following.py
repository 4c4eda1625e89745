"""A refresh while it goes on: what the terminal shows of it, line by line or with a bar.

What belongs here: following the run of this process. What is said before it and after it is in
`app.refresh`; another process's run is followed by `app.watch`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from musictool_pipeline.app.terminal import Terminal, in_width
from musictool_pipeline.core.progress import (
    BOOKING,
    DONE,
    FETCHING,
    JUDGING,
    STARTING,
    Progress,
    measured,
    progress_line,
)
from musictool_pipeline.core.text import one_line
from musictool_pipeline.disk.processes import Owner
from musictool_pipeline.disk.progress_file import read_progress
from musictool_pipeline.settings import Places


@contextmanager
def shown_in(terminal: Terminal, places: Places, debug: bool) -> Iterator[None]:
    """Releases as they are expanded, with a bar below them in a terminal, else with progress
    lines between them."""
    logger = logging.getLogger("musictool")
    if not terminal.is_interactive:
        handler = Lines(terminal.say)
        logger.addHandler(handler)
        try:
            yield
        finally:
            logger.removeHandler(handler)
        return

    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    console = Console(file=terminal.file)
    columns = BarColumn(bar_width=16), TextColumn("{task.description}", markup=False)
    this_process = str(Owner.this_process())
    # Of its own accord the bar shows above itself what goes to standard error, where Ctrl-C has
    # SQLAlchemy put a traceback if it meets a connection that is just being closed.
    with Bar(*columns, console=console, redirect_stderr=debug) as bar:
        task, shown = bar.add_task("starting Dagster", total=None), ""
        handler = Lines(
            lambda line: console.print(
                "\n".join(in_width(one_line(line), console.width)),
                markup=False,
                highlight=False,
                emoji=False,
            ),
            but_not="musictool.progress",
        )
        logger.addHandler(handler)
        ended = threading.Event()

        def follow() -> None:
            nonlocal task, shown
            while not ended.wait(0.25):
                progress = read_progress(places.progress_file)
                is_told = progress and progress.process == this_process
                # It begins with "starting Dagster".
                if progress and is_told and (shown or progress.stage != STARTING):
                    done, total = measured(progress)
                    if progress.stage != shown:
                        # The bar starts again with each stage: a full one would look like the end.
                        bar.remove_task(task)
                        task = bar.add_task(progress_text(progress), total=total)
                        shown = progress.stage
                    bar.update(task, completed=done, description=progress_text(progress))

        follower = threading.Thread(target=follow, daemon=True)
        follower.start()
        try:
            yield
        finally:
            ended.set()
            follower.join()
            logger.removeHandler(handler)


def progress_text(progress: Progress) -> str:
    """The stage in words, with its figures if it has any."""
    if progress.stage == DONE:
        return "finishing"  # Dagster writes its last records
    has_figures = progress.stage in (BOOKING, FETCHING, JUDGING)
    return progress_line(progress) if has_figures else progress.stage


class Lines(logging.Handler):
    """Says each line of the log that is no error."""

    def __init__(self, say: Any, but_not: str | None = None) -> None:
        super().__init__(logging.INFO)
        self._say = say
        self._but_not = but_not

    def emit(self, record: logging.LogRecord) -> None:
        # An error ends the run, and is explained when it has ended.
        if record.name != self._but_not and record.levelno < logging.ERROR:
            prefix = "! " if record.levelno >= logging.WARNING else ""
            self._say(prefix + record.getMessage())
