"""The run of `wantlist_items`: the wantlist from its export or from the API.

What belongs here: reading it as a step of Dagster's, and what its log says. `discogs.live_wantlist`
reads the API, `orchestration.shown` says what the asset shows.
"""

from __future__ import annotations

import dagster as dg

from musictool_pipeline.discogs.live_wantlist import LatestWantlist, latest_wantlist
from musictool_pipeline.disk.run_log import LOGGER
from musictool_pipeline.orchestration.collection import heard, warn_of_lines
from musictool_pipeline.orchestration.resources import DataFolder, Discogs
from musictool_pipeline.tables.published import PublishedTables
from musictool_pipeline.tables.wantlist import skipped_wants


def read_wantlist(
    context: dg.AssetExecutionContext, data_folder: DataFolder, discogs: Discogs
) -> LatestWantlist:
    """The wantlist in force. That it could not be read is a warning: the collection does not need
    it. Raises StorageError."""

    def on_progress(done: int, total: int) -> None:
        if done == total or done % 1_000 == 0:
            context.log.info(f"Read from Discogs: {done:,} of {total:,} wanted releases")

    with heard():
        latest = latest_wantlist(data_folder.settings, discogs.api, on_progress)
        if latest.problem:
            why = str(latest.problem).rstrip(".")
            warning = f"{why}. The wantlist as last read stays in use."
            context.log.warning(f"{warning}\n{latest.problem.remedy}")
            LOGGER.warning("%s", warning)
    return latest


def warn_of_skipped_wants(
    context: dg.AssetExecutionContext, tables: PublishedTables, latest: LatestWantlist
) -> None:
    """What the run's log says of the rows that could not be used."""
    where = latest.loaded.path if latest.loaded else "the last wantlist"
    skipped = skipped_wants(tables.connection)
    warn_of_lines(context, where, [(line, f"skipped, {reason}") for line, reason in skipped])
