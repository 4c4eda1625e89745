"""The tables of the collection and its tracklists, as the orchestration builds and asks them.

What belongs here: nothing but the database that they are in. Each subject has its own module,
`tables.collection` and `tables.tracklists`; reading alone goes through `tables.published`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path

from musictool_pipeline.discogs.cache import TracklistCache
from musictool_pipeline.inputs.export_folder import LoadedExport
from musictool_pipeline.tables import collection, tracklists
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline.tables.published import Collection
from musictool_pipeline.tables.steps import is_of_another
from musictool_pipeline.tables.tracklists import ExpansionResult


class Catalogue:
    """The tables in `warehouse`. Every method may be called at any time, in any order."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse

    def sweep(self) -> None:
        """Removes what writers that were killed left behind. Raises StorageError."""
        self.warehouse.sweep()

    def load_collection(self, loaded: LoadedExport) -> bool:
        """See `tables.collection`."""
        return collection.load_collection(self.warehouse, loaded)

    def has_collection(self) -> bool:
        """See `tables.collection`."""
        return collection.has_collection(self.warehouse)

    def keep_collection(self, load: Callable[[], LoadedExport]) -> None:
        """Loads the collection if another version wrote the database, before the next change puts
        it aside: an export that cannot be read then leaves the last good tables. Raises what `load`
        raises."""
        with self.warehouse.read(to_build_on=True) as connection:
            is_to_load = is_of_another(connection, self.database)
        if is_to_load:
            self.load_collection(load())

    def collection_of(self, loaded: LoadedExport) -> Collection:
        """See `tables.collection`."""
        return collection.collection_of(self.warehouse, loaded)

    def build_releases(self) -> bool:
        """See `tables.tracklists`."""
        return tracklists.build_releases(self.warehouse)

    def asked_at(self, cache: TracklistCache) -> dict[int, datetime]:
        """See `tables.tracklists`."""
        return tracklists.asked_at(self.warehouse, cache)

    def note_failures(
        self, failed: Mapping[int, str], settled: Iterable[int], at: datetime
    ) -> None:
        """See `tables.tracklists`."""
        tracklists.note_failures(self.warehouse, failed, settled, at)

    def expand(self, cache: TracklistCache) -> ExpansionResult:
        """See `tables.tracklists`."""
        return tracklists.expand(self.warehouse, cache)

    @property
    def database(self) -> Path:
        """Where the database is, for `open_tables`."""
        return self.warehouse.path


def open_catalogue(database: Path) -> Catalogue:
    """The catalogue in that database, which need not exist yet."""
    return Catalogue(Warehouse(database))
