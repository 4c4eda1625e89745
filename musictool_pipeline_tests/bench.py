"""`make bench`: how fast the parts are, as ratios within one run.

What belongs here: measuring and printing. Absolute times say something of the machine, which is
noisy; a ratio between two things done in turn says something of the code. Nothing is asserted.

    python -m musictool_pipeline_tests.bench [NAME ...]
"""

import argparse
import gzip
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import dagster as dg
import duckdb
import requests

from musictool_pipeline.core.discogs.tracklist import expand_release
from musictool_pipeline.core.matching.tracks import DigitalTrack
from musictool_pipeline.discogs.api import DiscogsApi
from musictool_pipeline.discogs.budget import RequestBudget
from musictool_pipeline.discogs.cache import SOURCE_API, TracklistCache
from musictool_pipeline.discogs.dump import import_releases, wanted_from
from musictool_pipeline.discogs.dump_file import find_dump
from musictool_pipeline.discogs.fetching import Fetched, TracklistFetcher
from musictool_pipeline.inputs.export_folder import load_export
from musictool_pipeline.settings import PROJECT_ROOT
from musictool_pipeline.tables.collection import load_collection
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline.tables.tracklists import build_releases, expand
from musictool_pipeline_tests.bench_matching import matching, matching_speed
from musictool_pipeline_tests.core.matching.large import collection as invented_files
from musictool_pipeline_tests.large_dump import large_dump
from musictool_pipeline_tests.libraries.written_libraries import entry, location, nml
from musictool_pipeline_tests.request_judges import most_in_any_window
from musictool_pipeline_tests.sample_data import (
    FIRST_LARGE_ID,
    LargeCollection,
    large_collection,
)
from musictool_pipeline_tests.sample_dump import write_dump
from musictool_pipeline_tests.stand_in.server import StandIn
from musictool_pipeline_tests.tables.asking import ask

LATENCIES = (0.2, 0.5, 1.5, 3.0)
PACE_SECONDS = 150.0
LIMIT = 60

DUMP_MEGABYTES = 2_000
ALL_RELEASES = 19_000_000


def pace(folder: Path) -> None:
    """Requests started in the time after the first minute, against what the limit permits."""
    print(f"\nPace: {LIMIT} requests a minute permitted, {PACE_SECONDS:.0f} s each, all at once")
    print("latency   ours   429s   most in 60 s   a second's sleep after each answer")
    rows: dict[float, str] = {}

    def measure(latency: float) -> None:
        ours, throttled, most = _our_pace(folder / str(latency), latency)
        naive = _naive_pace(latency)
        rows[latency] = f"{latency:5.1f} s   {ours:.3f}   {throttled:4}   {most:12}   {naive:.3f}"

    threads = [threading.Thread(target=measure, args=[latency]) for latency in LATENCIES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for latency in LATENCIES:
        print(rows[latency])


def _our_pace(folder: Path, latency: float) -> tuple[float, int, int]:
    """The share of the permitted pace, the 429s, and the most requests in any minute."""
    collection = large_collection(1_000)
    folder.mkdir()
    with StandIn(collection.answer, limit=LIMIT, latency=latency) as discogs:
        budget = RequestBudget(folder / "budget.sqlite", LIMIT)
        fetcher = TracklistFetcher(
            lambda stop, on_wait: DiscogsApi(discogs.url, None, budget, stop, on_wait),
            TracklistCache(folder / "cache"),
            {},
        )
        until = time.monotonic() + PACE_SECONDS
        for _ in fetcher.run(list(collection.release_ids)):
            if time.monotonic() > until:
                break
        log = discogs.requests
        arrived = [entry.arrived for entry in log]
        throttled = sum(entry.status == 429 for entry in log)
    return _share(arrived), throttled, most_in_any_window(arrived)


def _naive_pace(latency: float) -> float:
    """A client that asks, waits for the answer, and sleeps for a second."""
    with StandIn(lambda release_id: b'{"id": 1}', limit=LIMIT, latency=latency) as discogs:
        session = requests.Session()
        until = time.monotonic() + PACE_SECONDS
        while time.monotonic() < until:
            session.get(f"{discogs.url}/releases/1", timeout=30)
            time.sleep(1.0)
        return _share([entry.arrived for entry in discogs.requests])


def _share(arrived: Sequence[float]) -> float:
    """Of the permitted pace, over whole windows: from the first request on."""
    begin, end = arrived[0], arrived[-1]
    return (len(arrived) - 1) / (end - begin) * 60.0 / LIMIT


def overhead(folder: Path) -> None:
    """What a fetched release costs besides the wait, beside one bare event in the same run."""
    count = 600
    collection = large_collection(count)
    with StandIn(collection.answer, limit=10**6) as discogs:
        place = _Place(folder, collection, discogs.url)
        place.dagster("asset", "materialize", "--select", "releases")
        events = _log_events(place, count) / count
        first = _seconds(lambda: place.dagster("job", "execute", "-j", "refresh"))
        fetching = place.seconds_of("discogs_tracklists")
        again = _seconds(lambda: place.dagster("job", "execute", "-j", "refresh"))
        nothing = place.seconds_of("discogs_tracklists")
        bare = _seconds(lambda: _fetch_only(folder / "bare", collection, discogs.url))
    print(f"\nOverhead: {count} releases, no latency, no limit")
    for what, seconds in {
        "one bare log_event": events * count,
        "a release: ask, keep, book, say": fetching - nothing,
        "of which asking and keeping": bare,
        "with its rows in all tables": first - again,
    }.items():
        each = seconds / count
        print(f"{what:<40}  {each * 1e3:6.1f} ms   {each / events:.2f}")


def _log_events(place: "_Place", count: int) -> float:
    """Seconds for that many events, without the start of the run."""
    seconds: list[float] = []

    @dg.op
    def log(context: dg.OpExecutionContext) -> None:
        began = time.perf_counter()
        for number in range(count):
            context.log_event(dg.AssetMaterialization("bare", partition=str(number)))
        seconds.append(time.perf_counter() - began)

    @dg.job(executor_def=dg.in_process_executor)
    def bare_events() -> None:
        log()

    with place.instance() as instance:
        bare_events.execute_in_process(
            instance=instance,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    return seconds[0]


def _fetch_only(folder: Path, collection: LargeCollection, url: str) -> None:
    folder.mkdir()
    budget = RequestBudget(folder / "budget.sqlite", 10**6)
    fetcher = TracklistFetcher(
        lambda stop, on_wait: DiscogsApi(url, None, budget, stop, on_wait),
        TracklistCache(folder / "cache"),
        {},
    )
    fetched = sum(isinstance(o, Fetched) for o in fetcher.run(list(collection.release_ids)))
    assert fetched == len(collection.release_ids)


def nothing_to_do(folder: Path) -> None:
    """A refresh that finds everything done, against an empty job of the same project."""
    print("\nNothing to do (median of 3; an empty job of the same Dagster is 1.00)")
    for count in (600, 10_000):
        collection = large_collection(count)
        place = _Place(folder / str(count), collection, "http://127.0.0.1:9")
        fill_cache(place.cache, collection)
        place.dagster("job", "execute", "-j", "refresh")
        empty = _median(place.empty_job)
        job = _median(partial(place.dagster, "job", "execute", "-j", "refresh"))
        # The runs just made are news to it: it looks at everything once more.
        place.musictool_refresh()
        command = _median(place.musictool_refresh)
        print(
            f"{count:6,} releases   empty job {empty:5.1f} s   "
            f"job refresh {job / empty:.2f}   musictool refresh {command / empty:.2f}"
        )


def changed_library(folder: Path) -> None:
    """A refresh after a library changed, against an empty job of the same project, which runs
    before each: in time, and in what the processor did, which other work beside it blurs less."""
    records = large_collection(2_000)
    print("\nA changed library, 2,000 releases (median of 3 pairs; an empty job is 1.00)")
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}")
    print(f"{'':40}{'job refresh':>20}   {'musictool refresh':>20}")
    print(f"{'':40}{'time':>10}{'CPU':>10}   {'time':>10}{'CPU':>10}")
    for files in (20_000, 100_000):
        place = _Place(folder / str(files), records, "http://127.0.0.1:9")
        fill_cache(place.cache, records)
        _, made = invented_files(1, 2 * files)
        entries = [_entry_of(file) for file in made]
        _write_library(place, entries[:files])
        place.dagster("job", "execute", "-j", "refresh")
        place.empty_job()
        for what, change in _changes(place, entries, files).items():
            job = _ratios(place, partial(place.dagster, "job", "execute", "-j", "refresh"), change)
            command = _ratios(place, place.musictool_refresh, change)
            print(
                f"{files:9,} files   {what:<20}   {job[0]:10.2f}{job[1]:10.2f}   "
                f"{command[0]:10.2f}{command[1]:10.2f}"
            )
        print(f"load of the machine after {files:,} files: {os.getloadavg()[0]:.1f}")


def _changes(place: "_Place", entries: list[str], files: int) -> dict[str, Callable[[], None]]:
    """What can happen to a library, each time to another file of it."""
    listed = entries[:files]
    times = iter(range(1, files))

    def one_more() -> None:
        listed.append(entries[files + next(times)])
        _write_library(place, listed)

    def a_tag() -> None:
        at = next(times)
        listed[at] = listed[at].replace('TITLE="', 'TITLE="Another ', 1)
        _write_library(place, listed)

    def all_of_them() -> None:
        half = next(times) % 2 * files
        _write_library(place, entries[half : half + files])

    return {
        "nothing": lambda: None,
        "one file more": one_more,
        "a tag changed": a_tag,
        "a library replaced": all_of_them,
    }


def _entry_of(file: DigitalTrack) -> str:
    return entry(
        location(f"{file.digital_id}.mp3"),
        info={"PLAYTIME": int(file.duration_seconds or 300)},
        ARTIST=file.artist or "",
        TITLE=file.title or "",
    )


def _write_library(place: "_Place", entries: list[str]) -> None:
    (place.data / "collection.nml").write_text(nml(*entries), encoding="utf-8")


def expansion(folder: Path) -> None:
    """Building the tables from the cache, beside inserting row by row."""
    print("\nExpansion: from cached answers to the tables (seconds per 1,000 releases)")
    print("releases    tracks   ours   growth   row by row   ratio   peak memory")
    first = 0.0
    for count in (1_000, 10_000, 100_000):
        collection = large_collection(count)
        place = folder / f"expansion-{count}"
        place.mkdir()
        cache = TracklistCache(place / "cache")
        fill_cache(cache, collection)
        export = place / "me-collection-20260101-1200.csv"
        export.write_bytes(collection.export_csv())
        program = [sys.executable, "-m", "musictool_pipeline_tests.bench", "--expand", str(place)]
        found = json.loads(subprocess.run(program, check=True, capture_output=True).stdout)
        seconds = found["seconds"] * 1_000 / count
        first = first or seconds
        sample = min(count, 1_000)
        rows = _row_by_row(place / "rows.duckdb", cache, list(collection.release_ids)[:sample])
        rows *= 1_000 / sample
        print(
            f"{count:8,} {found['tracks']:9,}  {seconds:5.2f}   {seconds / first:6.2f}   "
            f"{rows:10.2f}   {rows / seconds:5.1f}   {found['peak_mb']:8,.0f} MB"
        )


def expand_here(place: Path) -> None:
    """One expansion in a process of its own, for its peak memory."""
    warehouse = Warehouse(place / "musictool.duckdb")
    load_collection(warehouse, load_export(place / "me-collection-20260101-1200.csv"))
    build_releases(warehouse)
    began = time.perf_counter()
    expand(warehouse, TracklistCache(place / "cache"))
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    _, ((tracks,),) = ask(warehouse, "SELECT count(*) FROM expanded_tracks")
    print(json.dumps({"seconds": seconds, "tracks": tracks, "peak_mb": peak}))


def _row_by_row(database: Path, cache: TracklistCache, release_ids: list[int]) -> float:
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "CREATE TABLE track (release_id BIGINT, title VARCHAR, position VARCHAR)"
        )
        began = time.perf_counter()
        for release_id in release_ids:
            cached = cache.read(release_id)
            assert cached is not None
            for track in expand_release(release_id, cached.payload()).tracks:
                connection.execute(
                    "INSERT INTO track VALUES (?, ?, ?)", [release_id, track.title, track.position]
                )
        return time.perf_counter() - began


def dump(folder: Path) -> None:
    """Importing from a dump, beside `gunzip -c FILE > /dev/null` in the same run."""
    path = folder / "discogs_20260101_releases.xml.gz"
    write_dump(path, large_dump(DUMP_MEGABYTES))
    with gzip.open(path) as file:
        inside = sum(block.count(b"</release>") for block in iter(partial(file.read, 2**22), b""))
    print(
        f"\nMonthly dump: {DUMP_MEGABYTES:,} MB of XML in {path.stat().st_size / 1e6:,.0f} MB, "
        f"{inside:,} releases (a whole one has {ALL_RELEASES:,})"
    )
    print("    wanted   of them in it   gunzip   import   ratio   peak memory")
    for wanted in (500, 5_000, 100_000):
        # As many as a collection of that size has in so small a part of a dump, then all of them.
        for there in (round(wanted * inside / ALL_RELEASES), wanted):
            program = [sys.executable, "-m", "musictool_pipeline_tests.bench"]
            program += ["--import-dump", str(path), str(wanted), str(there), str(inside)]
            gunzip = _seconds(lambda: _gunzip(path))
            found = json.loads(subprocess.run(program, check=True, capture_output=True).stdout)
            gunzip = (gunzip + _seconds(lambda: _gunzip(path))) / 2
            print(
                f"{wanted:10,} {there:15,} {gunzip:7.1f}s {found['seconds']:7.1f}s "
                f"{found['seconds'] / gunzip:7.2f} {found['peak_mb']:10,.0f} MB"
            )


def _gunzip(path: Path) -> None:
    subprocess.run(["gunzip", "-c", str(path)], stdout=subprocess.DEVNULL, check=True)


def import_dump_here(path: Path, wanted: int, there: int, inside: int) -> None:
    """One import in a process of its own, for its peak memory."""
    ids = {FIRST_LARGE_ID + number * inside // there for number in range(there)} if there else set()
    ids |= set(range(1, 1 + wanted - len(ids)))
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        cache = TracklistCache(Path(folder))
        began = time.perf_counter()
        found = find_dump(path)
        result = import_releases(found, wanted_from(found, ids | {wanted + 1}, cache), cache)
        seconds = time.perf_counter() - began
    assert (result.imported, result.damage) == (there, None)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mb": peak}))


def booking(folder: Path) -> None:
    """A refresh that finds 5,000 tracklists from a dump, of which Dagster knows none."""
    count = 5_000
    collection = large_collection(count)
    place = _Place(folder, collection, "http://127.0.0.1:9")
    place.dagster("asset", "materialize", "--select", "releases")
    fill_cache(place.cache, collection)
    events = _log_events(place, 500) / 500
    first = _seconds(place.musictool_refresh)
    again = _seconds(place.musictool_refresh)
    print(f"\nBooking {count:,} tracklists that came from a dump")
    print(f"one bare log_event                        {events * 1e3:6.1f} ms   1.00")
    print(
        f"a release: read, book, expand             {(first - again) / count * 1e3:6.1f} ms   "
        f"{(first - again) / count / events:.2f}"
    )
    print(f"the whole refresh                         {first:6.1f} s")


def fill_cache(cache: TracklistCache, collection: LargeCollection) -> None:
    """Answers straight into the cache, without waiting for the disk after each."""
    for release_id in collection.release_ids:
        cache.offer(
            release_id,
            collection.answer(release_id),
            fetched_at=datetime.now(UTC),
            source=SOURCE_API,
            gives_way=lambda known: False,
        )


class _Place:
    """A data folder and an instance of their own, and the commands that work on them."""

    def __init__(self, folder: Path, collection: LargeCollection, api_url: str) -> None:
        self.home = folder / "dagster"
        self.data = data = folder / "data"
        self.cache = TracklistCache(data / "cache")
        for made in (self.home, data):
            made.mkdir(parents=True, exist_ok=True)
        (self.home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n", encoding="utf-8")
        (data / collection.export_name).write_bytes(collection.export_csv())
        self.environment = {
            **os.environ,
            "DAGSTER_HOME": str(self.home),
            "MUSICTOOL_DATA_DIR": str(data),
            "MUSICTOOL_LOGS_DIR": str(folder / "logs"),
            "XDG_CACHE_HOME": str(folder / "user-cache"),
            "DISCOGS_API_KEY": "",
            "DISCOGS_API_URL": api_url,
            "DISCOGS_REQUESTS_PER_MINUTE": "1000000",
        }

    def instance(self) -> dg.DagsterInstance:
        return dg.DagsterInstance.from_config(str(self.home))

    def dagster(self, *arguments: str) -> None:
        self._run("-m", "dagster", *arguments, "-m", "musictool_pipeline.definitions")

    def seconds_of(self, step: str) -> float:
        """How long it took in the last run."""
        with self.instance() as instance:
            (run,) = instance.get_runs(limit=1)
            (stats,) = instance.get_run_step_stats(run.run_id, [step])
        assert stats.start_time and stats.end_time
        return stats.end_time - stats.start_time

    def musictool_refresh(self) -> None:
        self._run("-m", "musictool_pipeline.app.cli", "refresh")

    def empty_job(self) -> None:
        module = "musictool_pipeline_tests.bench_empty_job"
        self._run("-m", "dagster", "job", "execute", "-j", "empty", "-m", module)

    def _run(self, *arguments: str) -> None:
        subprocess.run(
            [sys.executable, *arguments],
            cwd=PROJECT_ROOT,
            env=self.environment,
            check=True,
            capture_output=True,
        )


def _seconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def _ratios(
    place: "_Place", refresh: Callable[[], object], change: Callable[[], object]
) -> tuple[float, float]:
    """The time and the CPU time of a refresh after a change as multiples of an empty job's."""
    times: list[float] = []
    cpu: list[float] = []
    for _ in range(3):
        empty = _cost(place.empty_job)
        change()
        cost = _cost(refresh)
        times.append(cost[0] / empty[0])
        cpu.append(cost[1] / empty[1])
    return statistics.median(times), statistics.median(cpu)


def _cost(action: Callable[[], object]) -> tuple[float, float]:
    """Seconds, and those in which a processor worked for it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = _seconds(action)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _median(action: Callable[[], object], before: Callable[[], object] = lambda: None) -> float:
    """Of three times; `before` each, something is done that does not count."""
    seconds: list[float] = []
    for _ in range(3):
        before()
        seconds.append(_seconds(action))
    return statistics.median(seconds)


BENCHMARKS: dict[str, Callable[[Path], None]] = {
    "pace": pace,
    "overhead": overhead,
    "nothing": nothing_to_do,
    "library": changed_library,
    "expansion": expansion,
    "dump": dump,
    "booking": booking,
    "matching": matching,
    "matching-speed": matching_speed,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("benchmarks", nargs="*", help=f"of: {', '.join(BENCHMARKS)} (all)")
    parser.add_argument("--expand", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--import-dump", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.import_dump:
        path, *numbers = options.import_dump
        import_dump_here(Path(path), *map(int, numbers))
        return
    if options.expand:
        expand_here(options.expand)
        return
    for name in options.benchmarks or BENCHMARKS:
        with tempfile.TemporaryDirectory(prefix="musictool-bench-") as folder:
            BENCHMARKS[name](Path(folder))


if __name__ == "__main__":
    main()
