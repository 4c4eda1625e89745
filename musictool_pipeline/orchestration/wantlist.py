"""The run of `wantlist_items`: the wantlist from its export or from the API.

What belongs here: reading it as a step of Dagster's, and what its log says. `discogs.live_wantlist`
reads the API, `orchestration.shown` says what the asset shows.
"""

from __future__ import annotations

import dagster as dg

from musictool_pipeline.discogs.live_wantlist import LatestWantlist, latest_wantlist
from musictool_pipeline.orchestration.collection import heard, warn_of_problem
from musictool_pipeline.orchestration.resources import DataFolder, Discogs


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
            warn_of_problem(context, latest.problem, "wantlist")
    return latest
