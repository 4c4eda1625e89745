"""A project in a folder of its own: settings, instance, definitions, and a stand-in for Discogs."""

from __future__ import annotations

import hashlib
import inspect
import shutil
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cache, wraps
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import dagster as dg
import pytest
from dagster._core.snap import execution_plan_snapshot, job_snapshot
from dagster._core.storage.event_log import in_memory as in_memory_events
from dagster._core.storage.runs import in_memory as in_memory_runs
from dagster._core.storage.runs import sql_run_storage
from dagster._serdes import serialize_value
from dagster_shared.serdes.utils import hash_str

from musictool_pipeline.definitions import build_definitions
from musictool_pipeline.discogs.cache import TracklistCache
from musictool_pipeline.orchestration.assets import ASSETS
from musictool_pipeline.orchestration.resources import DataFolder, Discogs
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline_tests.stand_in.server import StandIn
from musictool_pipeline_tests.tables.asking import Counts, counts

TO_THE_TRACKS = ("collection_csv", "releases", "discogs_tracklists", "expanded_tracks")
TO_THE_WANTED = (*TO_THE_TRACKS, "wantlist_items", "digital_tracks", "wanted_gaps")

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


@dataclass(frozen=True)
class Left:
    """What a refresh left: the files, and Dagster's records."""

    files: Path
    records: tuple[sqlite3.Connection, ...]


_THREAD = threading.get_ident()

_LEFT: dict[str, Left] = {}
"""By what the refresh began with. Most tests begin with a refresh that another one has run."""


def _databases(instance: dg.DagsterInstance) -> Iterator[sqlite3.Connection]:
    """Those of an instance in memory, which live as long as the connection that it holds."""
    storages: tuple[Any, ...] = (instance.run_storage, instance.event_log_storage)
    for storage in storages:
        yield storage._held_conn.connection.dbapi_connection


@dataclass
class Step:
    """What an asset's function is told, with no run of Dagster's around it: nothing is planned,
    passed on or shown. `events` are what it told Dagster by itself, and `said` what it logged."""

    instance: dg.DagsterInstance
    run: dg.DagsterRun
    config: dict[str, Any]
    asset_key: dg.AssetKey
    events: list[Any] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    has_partition_key = False
    has_partition_key_range = False

    @property
    def op_execution_context(self) -> Any:
        return SimpleNamespace(op_config=self.config)

    @property
    def log(self) -> Any:
        return SimpleNamespace(info=self.said.append, warning=self.said.append)

    def log_event(self, event: Any) -> None:
        self.events.append(event)
        self.instance.report_runless_asset_event(event)

    def add_output_metadata(self, metadata: dict[str, Any]) -> None:
        self.metadata.update(metadata)


@dataclass(frozen=True)
class Made:
    """What came of assets that were made without a run."""

    metadata: dict[str, dict[str, Any]]
    """By asset, each value as it was given."""
    checks: dict[str, dg.AssetCheckResult]
    events: list[Any]
    said: list[str]

    def booked(self) -> dict[int, dict[str, Any]]:
        """The metadata of each release that Dagster was told of."""
        return {
            int(event.partition): {name: it.value for name, it in event.metadata.items()}
            for event in self.events
            if isinstance(event, dg.AssetMaterialization) and event.partition
        }


@dataclass
class Project:
    """What a test drives."""

    folder: Path
    settings: Settings
    definitions: dg.Definitions
    instance: dg.DagsterInstance
    discogs: StandIn

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse(self.settings.database)

    def counts(self) -> Counts:
        """How much there is in the tables."""
        return counts(self.warehouse)

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

    def have_refreshed(self, *, only_tracks: bool = False, anew: bool = False) -> None:
        """As after a `refresh`, or a `refresh_tracks`, of what is there: if one has run on the same
        files before, what it left is copied. `anew`: not so, for a test of a refresh that finds
        nothing to do; files that were copied may count as changed."""
        begin = self._digest(only_tracks)
        if anew or begin not in _LEFT:
            result = self.refresh_tracks() if only_tracks else self.refresh()
            assert result.success
            if begin not in _LEFT:
                _LEFT[begin] = self._left(self.folder.parent / f"left-{begin}")
            return
        for name in ("data", "logs"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        shutil.copytree(_LEFT[begin].files, self.folder, dirs_exist_ok=True)
        for kept, database in zip(_LEFT[begin].records, _databases(self.instance), strict=True):
            kept.backup(database)

    def _digest(self, only_tracks: bool) -> str:
        settings = replace(self.settings, api_url="")
        digest = hashlib.sha256(f"{only_tracks} {settings}".encode())
        for path in sorted(self.settings.data_dir.rglob("*")):
            if path.is_file():
                digest.update(f"{path} {path.stat().st_size} ".encode() + path.read_bytes())
        return digest.hexdigest()

    def _left(self, folder: Path) -> Left:
        for name in ("data", "logs"):
            if (self.folder / name).exists():
                shutil.copytree(self.folder / name, folder / name)
        return Left(folder, tuple(map(_copy_of, _databases(self.instance))))

    def make(self, *names: str, **config: object) -> Made:
        """These assets, by the functions that a run calls, for what these do: a run's plan, its
        events and their storing take longer than all of them. Raises what a function raises."""
        made = Made({}, {}, [], [])
        run = self.instance.add_run(dg.DagsterRun("refresh"))
        given = (DataFolder.made_for(self.settings), Discogs(self.settings))
        for asset in ASSETS:
            assert isinstance(asset, dg.AssetsDefinition)
            name = asset.key.to_user_string()
            if name not in names:
                continue
            of_fetching = {"limit": None, "refetch": False, **config}
            of_judging = {"confidence": None, "folder": None}
            told = of_fetching if name == "discogs_tracklists" else of_judging
            step = Step(self.instance, run, told, asset.key, made.events, made.said)
            function: Any = cast("Any", asset.op).compute_fn.decorated_fn
            wanted = len(inspect.signature(function).parameters) - 1
            result = function(step, *given[:wanted])
            if isinstance(result, dg.MaterializeResult):
                made.metadata[name] = plain(result.metadata or {})
                made.checks.update({str(it.check_name): it for it in result.check_results or ()})
            else:  # of a generator
                list(result)
                made.metadata[name] = plain(step.metadata)
        return made

    def make_tracks(self, **config: object) -> Made:
        """See `make`, as far as the tracks."""
        return self.make(*TO_THE_TRACKS, **config)

    def refresh_tracks(self, **config: object) -> dg.ExecuteInProcessResult:
        """The job as far as the tracks, for what is decided until there: twice as quick."""
        return self.refresh_only(*TO_THE_TRACKS, **config)

    def refresh_only(self, *assets: str, **config: object) -> dg.ExecuteInProcessResult:
        """The job for these assets alone, for what is decided by them."""
        return self._refresh([dg.AssetKey(asset) for asset in assets], config)

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


def plain(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The values that Dagster would show, without what it wraps some of them in."""
    return {name: getattr(value, "value", value) for name, value in metadata.items()}


@pytest.fixture(scope="session")
def same_place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where every project is, one after the other: what a refresh left holds paths."""
    return tmp_path_factory.mktemp("projects") / "project"


@pytest.fixture(scope="session")
def same_port() -> int:
    """Where every project's Discogs is, so that their definitions are the same."""
    with StandIn(answer_of) as discogs:
        return int(discogs.url.rpartition(":")[2])


@pytest.fixture(scope="session", autouse=True)
def unstamped() -> Iterator[None]:
    """An instance in memory is never migrated, so its form is not looked up again and again: to
    note its version takes six times as long as to make its tables."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (in_memory_events, in_memory_runs):
            patch.setattr(module, "stamp_alembic_rev", lambda *_: None)
        events, runs = in_memory_events.InMemoryEventLogStorage, in_memory_runs.InMemoryRunStorage
        patch.setattr(events, "_connect", _the_one_held(events._connect))
        patch.setattr(runs, "connect", _the_one_held(runs.connect))
        patch.setattr(events, "has_table", cache(events.has_table))
        patch.setattr(events, "_has_asset_key_col_on_connection", lambda *_: True)
        for look in ("has_run_stats_index_cols", "has_backfill_id_column"):
            patch.setattr(runs, look, cache(getattr(runs, look)))
        for module in (job_snapshot, execution_plan_snapshot):
            patch.setattr(module, "create_snapshot_id", lambda made: hash_str(_text_of(made)))
        patch.setattr(sql_run_storage, "serialize_value", _text_of)
        for name in ("as_ephemeral_job", "get_subset"):
            patch.setattr(dg.JobDefinition, name, _once(getattr(dg.JobDefinition, name)))
        yield


_TEXTS: deque[tuple[object, str]] = deque(maxlen=16)
"""Of the latest snapshots, which Dagster turns into text three times for each run."""


def _text_of(value: Any) -> str:
    for known, text in _TEXTS:
        if known is value:
            return text
    text = serialize_value(value)
    if isinstance(value, (job_snapshot.JobSnap, execution_plan_snapshot.ExecutionPlanSnapshot)):
        _TEXTS.append((value, text))
    return text


def _once(method: Callable[..., dg.JobDefinition]) -> Callable[..., dg.JobDefinition]:
    """A job for a selection of assets, made once and not for each run: its snapshot takes longest
    of all that begins a run."""

    @wraps(method)
    def kept(job: Any, **given: Any) -> dg.JobDefinition:
        chosen = {name: sorted(map(str, each)) for name, each in given.items() if each}
        made = job.__dict__.setdefault("made_from_it", {})
        key = f"{method.__name__} {chosen}"
        if key not in made:
            made[key] = method(job, **given)
        return made[key]

    return kept


definitions_of = cache(build_definitions)
"""Those of the same settings, made once for all tests."""


def _the_one_held(opened: Callable[..., Any]) -> Callable[..., Any]:
    """The connection that the instance holds anyway: Dagster opens another for each event, of which
    a refresh has a hundred. SQLite lets only the thread use it that opened it."""

    @contextmanager
    def connect(storage: Any) -> Iterator[Any]:
        if threading.get_ident() != _THREAD:
            with opened(storage) as connection:
                yield connection
            return
        with getattr(storage, "_db_lock", nullcontext()), storage._held_conn.begin():
            yield storage._held_conn

    return connect


@pytest.fixture(scope="session")
def one_instance(unstamped: None) -> Iterator[tuple[dg.DagsterInstance, tuple[Any, ...]]]:
    """In memory: its storages are Dagster's own, and a third quicker than files. With it are its
    databases as they begin: to fill them again takes less time than to make an instance, which
    would translate each statement anew."""
    with dg.DagsterInstance.ephemeral(settings={"telemetry": {"enabled": False}}) as instance:
        yield instance, tuple(map(_copy_of, _databases(instance)))


def _copy_of(database: sqlite3.Connection) -> sqlite3.Connection:
    copy = sqlite3.connect(":memory:", check_same_thread=False)
    database.backup(copy)
    return copy


@pytest.fixture
def project(
    same_place: Path,
    same_port: int,
    monkeypatch: pytest.MonkeyPatch,
    one_instance: tuple[dg.DagsterInstance, tuple[sqlite3.Connection, ...]],
) -> Iterator[Project]:
    """A folder with nothing in it, and an instance of which nothing is known."""
    instance, empty = one_instance
    for kept, database in zip(empty, _databases(instance), strict=True):
        kept.backup(database)
    shutil.rmtree(same_place, ignore_errors=True)
    same_place.mkdir()
    yield from _project(same_place, same_port, monkeypatch, instance)


@pytest.fixture
def project_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Project]:
    """On an instance in files, which Dagster insists on for the evaluation of schedules."""
    home = tmp_path / "dagster"
    home.mkdir()
    telemetry_off = {"telemetry": {"enabled": False}}
    with dg.DagsterInstance.local_temp(str(home), overrides=telemetry_off) as instance:
        yield from _project(tmp_path, 0, monkeypatch, instance)


def _project(
    folder: Path, port: int, monkeypatch: pytest.MonkeyPatch, instance: dg.DagsterInstance
) -> Iterator[Project]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "user-cache"))
    monkeypatch.delenv("DISCOGS_API_KEY", raising=False)
    with StandIn(answer_of, limit=60_000, port=port) as discogs:
        settings = Settings(
            root=folder,
            api_url=discogs.url,
            requests_per_minute=60_000,
            data_dir=folder / "data",
            logs_dir=folder / "logs",
        )
        yield Project(folder, settings, definitions_of(settings), instance, discogs)
