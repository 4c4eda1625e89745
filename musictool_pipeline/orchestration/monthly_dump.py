"""The run of `monthly_dump`: tracklists from the dump that `MUSICTOOL_DISCOGS_DUMP` names, before
the API is asked for the rest.

What belongs here: when a refresh reads the dump, and what Dagster shows of it. How it is read
is written in `discogs.dump`. Without that setting the asset does nothing, and says so: the graph is
the same on every machine.
"""

from __future__ import annotations

import time
from pathlib import Path

import dagster as dg

from musictool_pipeline.core.discogs.refresh_plan import dump_is_quicker
from musictool_pipeline.core.progress import duration
from musictool_pipeline.core.text import one_line
from musictool_pipeline.discogs.dump import DumpReading, ImportResult, import_releases, wanted_from
from musictool_pipeline.discogs.dump_file import find_dump
from musictool_pipeline.errors import DumpError
from musictool_pipeline.orchestration.resources import DataFolder, Discogs
from musictool_pipeline.orchestration.shown import Metadata, failures
from musictool_pipeline.tables.published import open_tables
from musictool_pipeline.tables.steps import require

LINE_EVERY_SECONDS = 30.0

NO_DUMP = (
    "No dump is set, so every tracklist is asked of Discogs. Set MUSICTOOL_DISCOGS_DUMP to read "
    "from a monthly dump first."
)


def read_dump(
    context: dg.AssetExecutionContext, data_folder: DataFolder, discogs: Discogs
) -> Metadata:
    """Brings what is missing, and what came from an older dump, into the cache; gives what the
    asset shows. A dump that cannot be read is a warning: a disk that is not connected must not stop
    the night, since the API has all that a dump has. Raises StorageError."""
    path = data_folder.settings.discogs_dump
    if path is None:
        return {"read": False, "why": NO_DUMP}
    try:
        return _read(context, path, data_folder, discogs)
    except DumpError as error:
        context.log.warning(error.explained())
        return {"read": False, "problem": str(error)}


def _read(
    context: dg.AssetExecutionContext, path: Path, data_folder: DataFolder, discogs: Discogs
) -> Metadata:
    dump = find_dump(path)
    database = data_folder.warehouse().path
    with open_tables(database, foreign="hide") as tables:
        require(tables.connection, database, "monthly_dump", "releases")
        release_ids = [*tables.release_ids(), *tables.wanted_ids()]
    wanted = wanted_from(dump, release_ids, data_folder.cache())
    shown = {
        "dump": dg.MetadataValue.path(str(dump.path)),
        "published": dg.MetadataValue.timestamp(dump.published),
        "releases_wanted": len(wanted),
    }
    pace = discogs.settings.requests_per_minute
    if not dump_is_quicker(len(wanted), dump_bytes=dump.size, requests_per_minute=pace):
        return {**shown, "read": False}
    result = import_releases(dump, wanted, data_folder.cache(), _Reporter(context))
    if result.damage:
        context.log.warning(one_line(result.damage))
    return {**shown, "read": True, **_outcome(result)}


def _outcome(result: ImportResult) -> Metadata:
    return {
        "releases_imported": result.imported,
        "releases_absent": len(result.absent),
        "seconds": round(result.seconds, 1),
        **({"damage": result.damage} if result.damage else {}),
        **failures("of_no_use", result.refused),
    }


class _Reporter:
    """A line in the run's log from time to time."""

    def __init__(self, context: dg.AssetExecutionContext) -> None:
        self._context = context
        self._said_at = time.monotonic()

    def __call__(self, reading: DumpReading) -> None:
        if time.monotonic() - self._said_at >= LINE_EVERY_SECONDS:
            self._said_at = time.monotonic()
            left = reading.seconds_left
            self._context.log.info(
                f"{100 * reading.read / reading.size:.1f} % of the dump read, "
                f"{reading.imported:,} of {reading.wanted:,} releases imported"
                + (f", {duration(left)} left" if left is not None else "")
            )
