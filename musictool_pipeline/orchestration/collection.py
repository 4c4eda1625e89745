"""The run of `collection_csv`: the collection from an export or from the API.

What belongs here: reading it as a step of Dagster's, and what its log says. How the API is read
is written in `discogs.live_collection`, what the asset shows in `orchestration.shown`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import dagster as dg

from musictool_pipeline.core.text import one_line
from musictool_pipeline.discogs.live_collection import LatestCollection, latest_collection
from musictool_pipeline.disk.run_log import LOGGER
from musictool_pipeline.orchestration.resources import DataFolder, Discogs
from musictool_pipeline.tables.catalogue import Catalogue
from musictool_pipeline.tables.published import PublishedTables

MOST_WARNINGS = 20


def read_collection(
    context: dg.AssetExecutionContext,
    data_folder: DataFolder,
    discogs: Discogs,
    catalogue: Catalogue,
) -> LatestCollection:
    """The collection in force. That the API did not give it is a warning as long as there is an
    earlier one to go on with: fetching what is missing need not wait for it."""

    def on_progress(done: int, total: int) -> None:
        if done == total or done % 1_000 == 0:
            line = f"Read from Discogs: {done:,} of {total:,} copies"
            context.log.info(line)
            LOGGER.info("%s", line)

    with heard():
        latest = latest_collection(data_folder.settings, discogs.api, on_progress)
    if latest.problem:
        if latest.loaded is None and not catalogue.has_collection():
            raise latest.problem
        why = str(latest.problem).rstrip(".")
        warning = f"{why}. The collection as last read stays in use."
        context.log.warning(f"{warning}\n{latest.problem.remedy}")
        LOGGER.warning("%s", warning)
    return latest


def warn_of_skipped(
    context: dg.AssetExecutionContext, tables: PublishedTables, latest: LatestCollection
) -> None:
    """What the run's log says of the rows that could not be used."""
    where = latest.loaded.path if latest.loaded else "the last export"
    warn_of_lines(
        context, where, [(at, f"skipped, {why}") for at, why in tables.collection().skipped]
    )


def warn_of_lines(
    context: dg.AssetExecutionContext, file: object, lines: Sequence[tuple[int, str]]
) -> None:
    """A warning for each of the first lines of a file that have no effect, with the reason, and one
    for all others: Dagster stores each by itself, and 10,000 of them took minutes."""
    for line, reason in lines[:MOST_WARNINGS]:
        context.log.warning(one_line(f"{file}, line {line}: {reason}"))
    if (more := len(lines) - MOST_WARNINGS) > 0:
        context.log.warning(one_line(f"{file}: {more:,} more lines have no effect"))


@contextmanager
def heard() -> Iterator[None]:
    """What is said to the project's logger is let through to who listens, as while fetching."""
    level = LOGGER.level
    LOGGER.setLevel(logging.INFO)
    try:
        yield
    finally:
        LOGGER.setLevel(level)
