"""The asset `monthly_dump`: tracklists from the dump that `MUSICTOOL_DISCOGS_DUMP` names, before
the API is asked for the rest. Without that setting there is no such asset.

What belongs here: when a refresh reads the dump, and what Dagster shows of it. How it is read
stands in `discogs.dump`.
"""

import time
from collections.abc import Sequence
from typing import Any

import dagster as dg

from musictool_pipeline.core.discogs.refresh_plan import dump_is_quicker
from musictool_pipeline.core.progress import duration
from musictool_pipeline.core.text import one_line
from musictool_pipeline.discogs.dump import ImportResult, Reading, import_releases, wanted_from
from musictool_pipeline.discogs.dump_file import find_dump
from musictool_pipeline.errors import DumpError
from musictool_pipeline.orchestration.assets import (
    TRACKS,
    discogs_tracklists,
    releases,
    tracklists_after,
)
from musictool_pipeline.orchestration.booking import failure_table
from musictool_pipeline.orchestration.failures import explained
from musictool_pipeline.orchestration.resources import DataFolder, Discogs
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.published import open_tables

LINE_EVERY_SECONDS = 30.0


@dg.asset(
    deps=[releases],
    group_name=TRACKS,
    kinds={"discogs", "xml"},
    owners=["team:musictool"],
    description=(
        "Tracklists out of a monthly dump of Discogs, where that is quicker than asking for each. "
        "The file is only read."
    ),
)
def monthly_dump(
    context: dg.AssetExecutionContext,
    data_folder: dg.ResourceParam[DataFolder],
    discogs: dg.ResourceParam[Discogs],
) -> dg.MaterializeResult:
    """Brings what is missing, and what came from an older dump, into the cache."""
    settings = data_folder.settings
    assert settings.discogs_dump is not None
    try:
        dump = find_dump(settings.discogs_dump)
        with open_tables(data_folder.catalogue().database, foreign="hide") as tables:
            release_ids = tables.release_ids()
        wanted = wanted_from(dump, release_ids, data_folder.cache())
        shown = {
            "dump": dg.MetadataValue.path(str(dump.path)),
            "published": dg.MetadataValue.timestamp(dump.published),
            "releases_wanted": len(wanted),
        }
        if not dump_is_quicker(
            len(wanted),
            dump_bytes=dump.size,
            requests_per_minute=discogs.settings.requests_per_minute,
        ):
            return dg.MaterializeResult(metadata={**shown, "read": False})
        with explained():
            result = import_releases(dump, wanted, data_folder.cache(), _Reporter(context))
    except DumpError as error:
        # A disk that is not connected must not stop the night: the API has all that a dump has.
        context.log.warning(error.explained())
        return dg.MaterializeResult(metadata={"read": False, "problem": str(error)})
    if result.damage:
        context.log.warning(one_line(result.damage))
    return dg.MaterializeResult(metadata={**shown, "read": True, **_outcome(result)})


def _outcome(result: ImportResult) -> dict[str, Any]:
    return {
        "releases_imported": result.imported,
        "releases_absent": len(result.absent),
        "seconds": round(result.seconds, 1),
        **({"damage": result.damage} if result.damage else {}),
        **(
            {"of_no_use": dg.MetadataValue.md(failure_table(result.refused))}
            if result.refused
            else {}
        ),
    }


class _Reporter:
    """A line in the run's log from time to time."""

    def __init__(self, context: dg.AssetExecutionContext) -> None:
        self._context = context
        self._said_at = time.monotonic()

    def __call__(self, reading: Reading) -> None:
        if time.monotonic() - self._said_at >= LINE_EVERY_SECONDS:
            self._said_at = time.monotonic()
            left = reading.seconds_left
            self._context.log.info(
                f"{100 * reading.read / reading.size:.1f} % of the dump read, "
                f"{reading.imported:,} of {reading.wanted:,} releases imported"
                + (f", {duration(left)} left" if left is not None else "")
            )


def with_dump(
    assets: Sequence[dg.AssetsDefinition], settings: Settings
) -> list[dg.AssetsDefinition]:
    """The assets, and between releases and tracklists the dump, where one is set."""
    if settings.discogs_dump is None:
        return list(assets)
    after = tracklists_after(releases, monthly_dump)
    return [monthly_dump, *(after if it is discogs_tracklists else it for it in assets)]
