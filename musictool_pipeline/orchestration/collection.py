"""The runs of `collection_csv` and `wantlist_items`: each list from an export or from the API.

What belongs here: reading a list as a step of Dagster, and what the log says.
`discogs.live_collection` and `discogs.live_wantlist` read the API, `orchestration.shown` says what
an asset shows.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import dagster as dg

from musictool_pipeline.core.text import one_line
from musictool_pipeline.core.words import counted
from musictool_pipeline.discogs.live_collection import LatestCollection, latest_collection
from musictool_pipeline.discogs.live_wantlist import LatestWantlist, latest_wantlist
from musictool_pipeline.disk.run_log import LOGGER
from musictool_pipeline.errors import MusicToolError
from musictool_pipeline.inputs.export_folder import LoadedExport
from musictool_pipeline.inputs.wantlist import LoadedWantlist
from musictool_pipeline.orchestration.resources import DataFolder, Discogs
from musictool_pipeline.tables.collection import has_collection
from musictool_pipeline.tables.generations import Warehouse

MOST_WARNINGS = 20


def read_collection(
    context: dg.AssetExecutionContext,
    data_folder: DataFolder,
    discogs: Discogs,
    warehouse: Warehouse,
) -> LatestCollection:
    """The collection in force. That the API did not give it is a warning as long as there is an
    earlier one to go on with: fetching what is missing need not wait for it."""

    def on_progress(done: int, total: int) -> None:
        if done == total or done % 1_000 == 0:
            line = f"Read from Discogs: {done:,} of {total:,} copies"
            context.log.info(line)
            LOGGER.info("%s", line)

    with _heard():
        latest = latest_collection(data_folder.settings, discogs.api, on_progress)
    if latest.problem:
        if latest.loaded is None and not has_collection(warehouse):
            raise latest.problem
        warn_of_problem(context, latest.problem, "collection")
    return latest


def read_wantlist(
    context: dg.AssetExecutionContext, data_folder: DataFolder, discogs: Discogs
) -> LatestWantlist:
    """The wantlist in force. That it could not be read is a warning: the collection does not need
    it. Raises StorageError."""

    def on_progress(done: int, total: int) -> None:
        if done == total or done % 1_000 == 0:
            context.log.info(f"Read from Discogs: {done:,} of {total:,} wanted releases")

    with _heard():
        latest = latest_wantlist(data_folder.settings, discogs.api, on_progress)
        if latest.problem:
            warn_of_problem(context, latest.problem, "wantlist")
    return latest


def warn_of_problem(context: dg.AssetExecutionContext, problem: MusicToolError, what: str) -> None:
    """Says why `what` (`collection`) could not be read, and that the last reading stays."""
    why = str(problem).rstrip(".")
    warning = f"{why}. The {what} as last read stays in use."
    context.log.warning(f"{warning}\n{problem.remedy}")
    LOGGER.warning("%s", warning)


def warn_of_skipped(
    context: dg.AssetExecutionContext,
    loaded: LoadedExport | LoadedWantlist | None,
    lines: Iterable[tuple[int, str]],
) -> None:
    """Says why each line could not be used, and which columns of an export were not read."""
    if loaded and loaded.columns_in_doubt:
        context.log.warning(f"{loaded.path}: {loaded.columns_in_doubt}")
    warn_of_lines(
        context,
        loaded.path if loaded else "the file read last",
        [(line, f"skipped, {reason}") for line, reason in lines],
    )


def warn_of_lines(
    context: dg.AssetExecutionContext, file: object, lines: Sequence[tuple[int, str]]
) -> None:
    """A warning for each of the first lines of a file that have no effect, with the reason, and one
    for all others: Dagster stores each by itself, and 10,000 of them took minutes."""
    for line, reason in lines[:MOST_WARNINGS]:
        context.log.warning(one_line(f"{file}, line {line}: {reason}"))
    if (more := len(lines) - MOST_WARNINGS) > 0:
        context.log.warning(
            one_line(f"{file}: {counted(more, 'more line has', 'more lines have')} no effect")
        )


@contextmanager
def _heard() -> Iterator[None]:
    """What is said to the project's logger is let through to who listens, as while fetching."""
    level = LOGGER.level
    LOGGER.setLevel(logging.INFO)
    try:
        yield
    finally:
        LOGGER.setLevel(level)
