"""The run of `collection_csv`: the collection from an export or from the API, and what it shows.

What belongs here: what Dagster is told of it. How the API is read stands in
`discogs.live_collection`, what changed in `core.collection.changes`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from musictool_pipeline.core.collection.changes import KINDS
from musictool_pipeline.discogs.live_collection import LatestCollection, latest_collection
from musictool_pipeline.disk.run_log import LOGGER
from musictool_pipeline.orchestration.booking import markdown_table, sent_metadata
from musictool_pipeline.orchestration.resources import DataFolder, Discogs
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.catalogue import Catalogue
from musictool_pipeline.tables.published import PublishedTables

SHOWN_CHANGES = 20


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

    with _heard():
        latest = latest_collection(data_folder.settings, discogs.api, on_progress)
    if latest.problem:
        if latest.loaded is None and not catalogue.has_collection():
            raise latest.problem
        why = str(latest.problem).rstrip(".")
        warning = f"{why}. The collection as last read stays in use."
        context.log.warning(f"{warning}\n{latest.problem.remedy}")
        LOGGER.warning("%s", warning)
    return latest


@contextmanager
def _heard() -> Iterator[None]:
    """What is said to the project's logger is let through to who listens, as while fetching."""
    level = LOGGER.level
    LOGGER.setLevel(logging.INFO)
    try:
        yield
    finally:
        LOGGER.setLevel(level)


def source_metadata(settings: Settings, latest: LatestCollection) -> dict[str, object]:
    """Where the collection is from, and why it could not be read anew."""
    metadata: dict[str, object] = {}
    if latest.loaded:
        metadata["export"] = dg.MetadataValue.path(str(latest.loaded.path))
    if settings.live_user:
        metadata["user"] = settings.live_user
        metadata.update(sent_metadata(latest.sent))
    if latest.problem:
        metadata["not_read"] = str(latest.problem)
        metadata["what_to_do"] = latest.problem.remedy
    return metadata


# All that the last reading with a change in it showed; an export that one went back to may have
# shown others before.
_LATEST_CHANGES = """
    WITH latest AS (
        SELECT max_by(export, change_number) AS export, max_by(changed_at, change_number) AS at
        FROM collection_changes
    )
    SELECT changed_at, change, item_id, artist, title, field, before, after
    FROM collection_changes
    WHERE change_number > coalesce((
        SELECT max(change_number) FROM collection_changes, latest
        WHERE collection_changes.export <> latest.export OR changed_at <> latest.at
    ), 0)
    ORDER BY change_number
"""


def changes_metadata(tables: PublishedTables) -> dict[str, object]:
    """The latest changes of the collection, how many copies they are about, and when they were
    seen; nothing where none ever were."""
    _, rows = tables.ask(_LATEST_CHANGES)
    if not rows:
        return {}
    copies = {kind: {row[2] for row in rows if row[1] == kind} for kind in KINDS}
    shown = [(kind, *what) for _, kind, _, *what in rows[:SHOWN_CHANGES]]
    table = markdown_table(("change", "artist", "title", "field", "before", "after"), shown)
    more = f"\n\nand {len(rows) - SHOWN_CHANGES:,} more" if len(rows) > SHOWN_CHANGES else ""
    return {
        "last_changed": f"{rows[0][0]:%Y-%m-%d %H:%M}",
        **{f"copies_{kind}": len(found) for kind, found in copies.items()},
        "latest_changes": dg.MetadataValue.md(table + more),
    }
