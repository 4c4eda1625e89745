"""The collection in the database: the copies on the shelf, and what changed of them.

What belongs here: bringing the export into tables. How an export is read is in
`inputs.export_folder`, the history of its readings in `tables.history`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import fields
from operator import attrgetter
from typing import Final

import duckdb

from musictool_pipeline.core.collection.changes import Change
from musictool_pipeline.core.collection.export_file import Copy
from musictool_pipeline.core.tables import COLLECTION_CHANGES, COLLECTION_ITEMS
from musictool_pipeline.inputs.export_folder import LoadedExport
from musictool_pipeline.tables.fingerprints import fingerprint_of, noted
from musictool_pipeline.tables.frames import Frame, frame, replace_rows
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline.tables.history import CollectionHistory, RecordedChange
from musictool_pipeline.tables.published import Collection, open_tables
from musictool_pipeline.tables.steps import is_of_another, publish_from

RECIPE: Final = "2"
"""Part of the fingerprint: raise it if the same export has to give other rows than before."""

CHANGES_FOLDER: Final = "changes"
"""Where the history of the collection is kept, beside the database."""


def load_collection(warehouse: Warehouse, loaded: LoadedExport) -> bool:
    """Replaces collection_items with the export, and adds what that changed to collection_changes.
    True if anything did."""
    fingerprint = _made_from(loaded)
    with warehouse.read(to_build_on=True) as connection:
        if noted(connection, "collection_items") == fingerprint:
            return False
    items = _items(loaded.export.copies)
    skipped = frame([(row.line, row.reason) for row in loaded.export.skipped], ("line", "reason"))
    history = CollectionHistory(warehouse.path.with_name(CHANGES_FOLDER))
    with history.recording(loaded) as recorded:
        changes = _changes(recorded)

        def change(connection: duckdb.DuckDBPyConnection) -> None:
            replace_rows(connection, "collection_items", items)
            replace_rows(connection, "pipeline.skipped_rows", skipped)
            replace_rows(connection, "collection_changes", changes)

        publish_from(warehouse, "collection_items", fingerprint, change)
    return True


def has_collection(warehouse: Warehouse) -> bool:
    """Whether an export was ever read."""
    with warehouse.read(to_build_on=True) as connection:
        return noted(connection, "collection_items") is not None


def keep_collection(warehouse: Warehouse, load: Callable[[], LoadedExport]) -> None:
    """Loads the collection if another version wrote the database, before the next change puts it
    aside: an export that cannot be read then leaves the last good tables. Raises what `load`
    raises."""
    with warehouse.read(to_build_on=True) as connection:
        is_to_load = is_of_another(connection, warehouse.path)
    if is_to_load:
        load_collection(warehouse, load())


def collection_of(warehouse: Warehouse, loaded: LoadedExport) -> Collection:
    """What an export holds: as the database has it if it was made from that one, else read. Raises
    NotACollectionExport or DamagedExport."""
    with open_tables(warehouse.path, foreign="hide") as tables:
        if noted(tables.connection, "collection_items") == _made_from(loaded):
            return tables.collection()
    copies = loaded.export.copies
    return Collection(
        len(copies),
        tuple(dict.fromkeys(copy.release_id for copy in copies)),
        tuple((row.line, row.reason) for row in loaded.export.skipped),
    )


def _made_from(loaded: LoadedExport) -> str:
    return fingerprint_of(RECIPE, loaded.fingerprint)


_OF_A_COPY = attrgetter(*COLLECTION_ITEMS.column_names)
_OF_A_CHANGE = attrgetter(*(field.name for field in fields(Change)))


def _items(copies: Iterable[Copy]) -> Frame:
    rows = [
        (*of_discogs, json.dumps(own, ensure_ascii=False), line, number)
        for *of_discogs, own, line, number in map(_OF_A_COPY, copies)
    ]
    return frame(rows, COLLECTION_ITEMS.column_names, instance_id="Int64")


def _changes(recorded: Iterable[RecordedChange]) -> Frame:
    rows = [
        (number, each.changed_at, *_OF_A_CHANGE(each.change), each.export)
        for number, each in enumerate(recorded, start=1)
    ]
    return frame(rows, COLLECTION_CHANGES.column_names)
