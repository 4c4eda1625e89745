"""A project in a folder of its own: settings, instance, definitions, and a stand-in for Discogs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from musictool_pipeline.definitions import build_definitions
from musictool_pipeline.demo.stand_in import StandIn
from musictool_pipeline.discogs.cache import TracklistCache
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.catalogue import Catalogue, open_catalogue
from musictool_pipeline.tables.published import Counts, open_tables

TO_THE_TRACKS = ("collection_csv", "releases", "discogs_tracklists", "expanded_tracks")

HEADER = (
    "Catalog#,Artist,Title,Label,Format,Rating,Released,release_id,CollectionFolder,Date Added,"
    "Collection Media Condition,Collection Sleeve Condition,Collection Notes"
)


def export_of(release_ids: list[int]) -> bytes:
    """A collection export of these releases, one copy of each."""
    rows = [
        f"CAT {rid},Artist {rid},Title {rid},Label,LP,,1999,{rid},Crate,"
        f"2020-01-01 {number // 3600:02}:{number // 60 % 60:02}:{number % 60:02},,,"
        for number, rid in enumerate(release_ids)
    ]
    return "\r\n".join([HEADER, *rows, ""]).encode()


def answer_of(release_id: int) -> bytes:
    """A release with two tracks."""
    return (
        f'{{"id": {release_id}, "title": "Title {release_id}",'
        f' "artists": [{{"name": "Artist {release_id}", "anv": "", "join": ""}}],'
        ' "labels": [{"name": "Label", "catno": "CAT"}],'
        ' "formats": [{"name": "Vinyl", "qty": "1", "descriptions": ["12\\""]}],'
        ' "tracklist": [{"position": "A", "type_": "track", "title": "One", "duration": "5:00"},'
        ' {"position": "B", "type_": "track", "title": "Two", "duration": ""}]}'
    ).encode()


@dataclass
class Project:
    """What a test drives."""

    folder: Path
    settings: Settings
    definitions: dg.Definitions
    instance: dg.DagsterInstance
    discogs: StandIn

    @property
    def catalogue(self) -> Catalogue:
        return open_catalogue(self.settings.database)

    def counts(self) -> Counts:
        """How much there is in the tables."""
        with open_tables(self.catalogue.database, foreign="hide") as tables:
            return tables.counts()

    @property
    def cache(self) -> TracklistCache:
        return TracklistCache(self.settings.cache_dir)

    def write_export(
        self, release_ids: list[int], name: str = "me-collection-20260101-1200.csv"
    ) -> Path:
        self.settings.data_dir.mkdir(exist_ok=True)
        path = self.settings.data_dir / name
        path.write_bytes(export_of(release_ids))
        return path

    def refresh(self, **config: object) -> dg.ExecuteInProcessResult:
        """The job, as every unpartitioned way in runs it."""
        return self._refresh(None, config)

    def refresh_tracks(self, **config: object) -> dg.ExecuteInProcessResult:
        """The job as far as the tracks, for what is decided until there: twice as quick."""
        return self._refresh([dg.AssetKey(asset) for asset in TO_THE_TRACKS], config)

    def _refresh(
        self, assets: list[dg.AssetKey] | None, config: Mapping[str, object]
    ) -> dg.ExecuteInProcessResult:
        run_config = {"ops": {"discogs_tracklists": {"config": config}}} if config else None
        return self.definitions.resolve_job_def("refresh").execute_in_process(
            run_config, self.instance, raise_on_error=False, asset_selection=assets
        )

    def materialize(
        self, *assets: str, partition: str | None = None, tags: dict[str, str] | None = None
    ) -> dg.ExecuteInProcessResult:
        """A selection of assets, as the UI's and the command line's Materialize run it."""
        job = self.definitions.resolve_implicit_global_asset_job_def()
        return job.execute_in_process(
            instance=self.instance,
            partition_key=partition,
            tags=tags,
            raise_on_error=False,
            asset_selection=[dg.AssetKey(asset) for asset in assets],
        )

    def materialize_range(self, first: int, last: int) -> dg.ExecuteInProcessResult:
        return self.materialize(
            "discogs_tracklists",
            tags={
                "dagster/asset_partition_range_start": str(first),
                "dagster/asset_partition_range_end": str(last),
            },
        )

    def statuses(self) -> dict[int, str]:
        """The state of each release's partition, as the UI shows it."""
        keys = self.instance.get_dynamic_partitions("discogs_release_id")
        partitions = self.definitions.resolve_assets_def("discogs_tracklists").partitions_def
        assert partitions is not None
        found = self.instance.get_status_by_partition(
            dg.AssetKey("discogs_tracklists"), keys, partitions
        )
        states = {key: (found or {}).get(key) for key in keys}
        return {int(key): state.value if state else "MISSING" for key, state in states.items()}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """On an instance in memory: its storages are Dagster's own, and a third quicker than files."""
    telemetry_off = {"telemetry": {"enabled": False}}
    with dg.DagsterInstance.ephemeral(settings=telemetry_off) as instance:
        yield from _project(tmp_path, monkeypatch, instance)


@pytest.fixture
def project_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """On an instance in files, which Dagster insists on for the evaluation of schedules."""
    home = tmp_path / "dagster"
    home.mkdir()
    telemetry_off = {"telemetry": {"enabled": False}}
    with dg.DagsterInstance.local_temp(str(home), overrides=telemetry_off) as instance:
        yield from _project(tmp_path, monkeypatch, instance)


def _project(
    folder: Path, monkeypatch: pytest.MonkeyPatch, instance: dg.DagsterInstance
) -> Iterator[Project]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "user-cache"))
    monkeypatch.delenv("DISCOGS_API_KEY", raising=False)
    with StandIn(answer_of, limit=60_000) as discogs:
        settings = Settings(
            root=folder,
            api_url=discogs.url,
            requests_per_minute=60_000,
            data_dir=folder / "data",
            logs_dir=folder / "logs",
        )
        yield Project(folder, settings, build_definitions(settings), instance, discogs)
