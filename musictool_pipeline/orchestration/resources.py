"""The resources that assets ask for: the data folder, and the Discogs API.

What belongs here: what an asset may do with the settings. No field of a resource is configuration:
a person who reaches Dagster's pages can launch a run with any configuration, and the token follows
the address. So a run takes both from the settings of its own process, and Dagster, which shows
configuration and keeps it with every run, sees neither.
"""

import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import dagster as dg

from musictool_pipeline.discogs.api import DiscogsApi, OnWait
from musictool_pipeline.discogs.budget import RequestBudget, budget_path
from musictool_pipeline.discogs.cache import TracklistCache
from musictool_pipeline.errors import StorageError
from musictool_pipeline.inputs.data_folder import make_data_folder, require_data_folder
from musictool_pipeline.inputs.export_folder import LoadedExport, find_export, load_export
from musictool_pipeline.orchestration.run_progress import progress_of_run
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.generations import Warehouse


@dataclass(frozen=True)
class DataFolder:
    """Where everything lives that is not Dagster's own. `is_there`: it was when the run began."""

    settings: Settings
    is_there: bool

    @classmethod
    def made_for(cls, settings: Settings) -> "DataFolder":
        """The data folder, made if it is not there: a run from the UI on a fresh clone has no
        other step that makes it. The first step that needs it says why it cannot be made."""
        with suppress(StorageError):
            make_data_folder(settings)
            return cls(settings, is_there=True)
        return cls(settings, is_there=False)

    def load_export(self) -> LoadedExport:
        """The export or snapshot in force, read; raises ExportError."""
        return load_export(find_export(self.settings))

    def warehouse(self) -> Warehouse:
        """The database. Raises StorageError if the data folder is gone since the run began."""
        if self.is_there:
            require_data_folder(self.settings)
        return Warehouse(self.settings.database)

    def cache(self) -> TracklistCache:
        """The tracklist cache."""
        return TracklistCache(self.settings.cache_dir)


@dataclass(frozen=True)
class Discogs:
    """The Discogs API, at the pace that it allows, also beside other programs on this machine."""

    settings: Settings

    def api(self, stop: threading.Event, on_wait: OnWait) -> DiscogsApi:
        """A client that shares this machine's budget; `stop` ends its waits. Raises TokenExposed
        if the address is none that the token may be sent to."""
        api_url = self.settings.api_url
        budget = RequestBudget(budget_path(api_url), self.settings.requests_per_minute)
        return DiscogsApi(api_url, self.settings.token, budget, stop, on_wait)


def _during_run(init: dg.InitResourceContext, settings: Settings) -> Iterator[DataFolder]:
    """The data folder for as long as a run goes on. The run's progress ends with it, however it
    ends, and whichever of its steps did not come to their turn: those that build the tables, read
    the libraries or compare the tracks come in any order, and need not all be part of it."""
    with progress_of_run(init, settings.progress_file):
        yield DataFolder.made_for(settings)


def resources_of(settings: Settings) -> dict[str, dg.ResourceDefinition]:
    """The resources by name. Their configuration is empty, and Dagster refuses any other."""
    return {
        "data_folder": dg.ResourceDefinition(
            lambda init: _during_run(init, settings),
            config_schema={},
            description="The data folder, as set in .env or the environment.",
        ),
        "discogs": dg.ResourceDefinition(
            lambda _: Discogs(settings),
            config_schema={},
            description="The Discogs API, as set in .env or the environment.",
        ),
        # No asset hands a value on. Dagster's own default would write into any folder that it is
        # told, or that a variable of the environment names.
        "io_manager": dg.IOManagerDefinition(lambda _: dg.InMemoryIOManager(), config_schema={}),
    }
