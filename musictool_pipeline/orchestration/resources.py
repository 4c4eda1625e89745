"""The resources that assets ask for: the data folder, and the Discogs API.

What belongs here: Dagster's view of settings, as configuration that the UI may show. The token is
not part of it: Dagster would show it and keep it with every run. It is read when it is needed.
"""

import threading
from contextlib import suppress
from pathlib import Path

import dagster as dg

from musictool_pipeline.errors import StorageError
from musictool_pipeline.settings import Secret, Settings, read_settings
from musictool_pipeline.storage.catalogue import Catalogue, open_catalogue
from musictool_pipeline.storage.data_folder import make_data_folder, require_data_folder
from musictool_pipeline.storage.discogs_api import DiscogsApi, OnWait
from musictool_pipeline.storage.export_folder import LoadedExport, find_export, load_export
from musictool_pipeline.storage.request_budget import RequestBudget, budget_path
from musictool_pipeline.storage.tracklist_cache import TracklistCache


class DataFolder(dg.ConfigurableResource):
    """Where everything lives that is not Dagster's own."""

    data_dir: str
    logs_dir: str
    digital_libraries: list[str]
    collection_csv: str | None = None
    username: str | None = None
    discogs_dump: str | None = None
    match_confidence: int = 0

    _is_there: bool = False

    @classmethod
    def of(cls, settings: Settings) -> "DataFolder":
        return cls(
            data_dir=str(settings.data_dir),
            logs_dir=str(settings.logs_dir),
            collection_csv=str(settings.collection_csv) if settings.collection_csv else None,
            username=settings.username,
            discogs_dump=str(settings.discogs_dump) if settings.discogs_dump else None,
            digital_libraries=[str(path) for path in settings.digital_libraries],
            match_confidence=settings.match_confidence,
        )

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        # Where a run begins: on a fresh clone, from the UI, nothing else makes it. That it cannot
        # be made is told by the first step that needs it.
        with suppress(StorageError):
            make_data_folder(self.settings)
            self._is_there = True

    @property
    def settings(self) -> Settings:
        """The part of the settings that says where things are, and how files are matched."""
        return Settings(
            data_dir=Path(self.data_dir),
            logs_dir=Path(self.logs_dir),
            collection_csv=Path(self.collection_csv) if self.collection_csv else None,
            username=self.username,
            discogs_dump=Path(self.discogs_dump) if self.discogs_dump else None,
            digital_libraries=tuple(Path(path) for path in self.digital_libraries),
            match_confidence=self.match_confidence,
        )

    def load_export(self) -> LoadedExport:
        """The export or snapshot in force, read; raises ExportError."""
        return load_export(find_export(self.settings))

    def catalogue(self) -> Catalogue:
        """The database. Raises StorageError where the data folder is gone since the run began."""
        if self._is_there:
            require_data_folder(self.settings)
        return open_catalogue(self.settings.database)

    def cache(self) -> TracklistCache:
        """The tracklist cache."""
        return TracklistCache(self.settings.cache_dir)


class DiscogsResource(dg.ConfigurableResource):
    """The Discogs API, at the pace that it allows, whatever else runs on this machine.

    `requests_per_minute` is the client's own ceiling; the server's header can lower it.
    """

    api_url: str
    requests_per_minute: int
    refetch_days: int = 90
    refetch_per_night: int = 200
    _token: Secret | None = None

    @classmethod
    def of(cls, settings: Settings) -> "DiscogsResource":
        return cls(
            api_url=settings.api_url,
            requests_per_minute=settings.requests_per_minute,
            refetch_days=settings.refetch_days,
            refetch_per_night=settings.refetch_per_night,
        )

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        self._token = read_settings().token

    def api(self, stop: threading.Event, on_wait: OnWait) -> DiscogsApi:
        """A client that shares this machine's budget; `stop` ends its waits."""
        budget = RequestBudget(budget_path(self.api_url), self.requests_per_minute)
        return DiscogsApi(self.api_url, self._token, budget, stop, on_wait)
