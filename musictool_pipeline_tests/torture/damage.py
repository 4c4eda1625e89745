"""One in a hundred cache files damaged: each is noticed, kept aside, and fetched once; no other.

Real disks, sync programs and curious users damage files. What goes unnoticed is in the tables for
ever, and what is taken for damaged though it is sound costs a request.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from musictool_pipeline.discogs.api import DiscogsApi
from musictool_pipeline.discogs.budget import RequestBudget
from musictool_pipeline.discogs.cache import TracklistCache
from musictool_pipeline.discogs.fetching import Fetched, TracklistFetcher
from musictool_pipeline.inputs.export_folder import load_export
from musictool_pipeline.tables.collection import load_collection
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline.tables.tracklists import asked_at, build_releases, expand
from musictool_pipeline_tests.app.conftest import LIMIT
from musictool_pipeline_tests.bench import fill_cache
from musictool_pipeline_tests.request_judges import requests_per_release
from musictool_pipeline_tests.stand_in.server import StandIn
from musictool_pipeline_tests.torture.figures import Figure, Stage, at_most, exactly, none_of
from musictool_pipeline_tests.torture.projects import collection, right_answer

SCAN_SECONDS = 10.0
HUGE = 64 * 1024**3

Damage = Callable[[Path, random.Random], None]


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _with(change: Callable[[bytes, random.Random], bytes]) -> Damage:
    return lambda path, dice: _write(path, change(path.read_bytes(), dice))


def _flipped(content: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(content))
    return content[:at] + bytes([content[at] ^ (1 << dice.randrange(8))]) + content[at + 1 :]


def _zeroed(content: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(content))
    zeros = min(4096, len(content) - at)
    return content[:at] + bytes(zeros) + content[at + zeros :]


def _twisted(content: bytes, dice: random.Random) -> bytes:
    a, b = sorted(dice.sample(range(1, len(content)), 2))
    return content[b:] + content[a:b] + content[:a]


def _reformatted(content: bytes, dice: random.Random) -> bytes:
    return json.dumps(json.loads(content), indent=2).encode()


def _neighbour(path: Path, dice: random.Random) -> None:
    """Another release's sound file under this one's name."""
    others = [other for other in path.parent.glob("*.json") if other != path]
    path.write_bytes(dice.choice(others[:100]).read_bytes())


def _folder(path: Path, dice: random.Random) -> None:
    path.unlink()
    path.mkdir()
    (path / "somebody's file").write_text("kept")


def _loop(path: Path, dice: random.Random) -> None:
    path.unlink()
    path.symlink_to(path.name)


def _dangling(path: Path, dice: random.Random) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def _pipe(path: Path, dice: random.Random) -> None:
    """Who opens it to read waits for a writer who never comes."""
    path.unlink()
    os.mkfifo(path)


def _endless(path: Path, dice: random.Random) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def _huge(path: Path, dice: random.Random) -> None:
    """The same answer, and then more than any memory holds: the disk keeps but a hole."""
    os.truncate(path, HUGE)


DAMAGES: dict[str, Damage] = {
    "a bit flipped": _with(_flipped),
    "cut": _with(lambda content, dice: content[: dice.randrange(1, len(content))]),
    "emptied": _with(lambda content, dice: b""),
    "zeroed": _with(lambda content, dice: bytes(len(content))),
    "a block zeroed": _with(_zeroed),
    "noise": _with(lambda content, dice: dice.randbytes(len(content))),
    "twice": _with(lambda content, dice: content * 2),
    "a line end added": _with(lambda content, dice: content + b"\n"),
    "pieces exchanged": _with(_twisted),
    "saved by an editor": _with(_reformatted),
    "line ends changed": _with(lambda content, dice: content.replace(b",", b",\r\n", 1)),
    "a byte order mark": _with(lambda content, dice: b"\xef\xbb\xbf" + content),
    "another form": _with(lambda content, dice: content.replace(b':1,"', b':9,"', 1)),
    "another release's file": _neighbour,
    "a folder in its place": _folder,
    "a link to itself": _loop,
    "a link to nowhere": _dangling,
    "a pipe": _pipe,
    "a link to a device without end": _endless,
    "a file without end": _huge,
}


def run(stage: Stage) -> Iterator[Figure]:
    """The cache of a large collection, damaged in place, and the fetching that a refresh does; and
    that of a small one whose answers are in the tables already."""
    yield from _damaged(stage, stage.count(10_000, 500), is_known=False)
    yield from _damaged(stage, stage.count(1_000, 100), is_known=True)


def _damaged(stage: Stage, releases: int, *, is_known: bool) -> Iterator[Figure]:
    folder = stage.folder / ("known" if is_known else "unknown")
    folder.mkdir()
    records = collection(releases, stage.seed)
    cache = TracklistCache(folder / "cache")
    warehouse = Warehouse(folder / "musictool.duckdb")
    fill_cache(cache, records)
    if is_known:
        export = folder / records.export_name
        export.write_bytes(records.export_csv())
        load_collection(warehouse, load_export(export))
        build_releases(warehouse)
        expand(warehouse, cache)
    dice = stage.dice("damage")
    count = max(len(DAMAGES), releases // 100)
    damaged = dice.sample(list(records.release_ids), count)
    for number, release_id in enumerate(damaged):
        name = list(DAMAGES)[number % len(DAMAGES)]
        DAMAGES[name](cache.path(release_id), stage.dice(name, release_id))
    sound = {rid: _state(cache.path(rid)) for rid in set(records.release_ids) - set(damaged)}

    of = f"{releases:,} files, {'in the tables' if is_known else 'of no table'}"
    began = time.monotonic()
    there = asked_at(warehouse, cache)
    seconds = time.monotonic() - began
    yield at_most(f"{of}: scan", round(seconds, 1), SCAN_SECONDS, "s")
    noticed = set(records.release_ids) - set(there)
    yield none_of(f"{of}: damaged, and not noticed", set(damaged) - noticed)
    yield none_of(f"{of}: sound, and taken for damaged", noticed - set(damaged))
    kept_aside = _quarantined(cache) | {rid for rid in damaged if _leads_nowhere(cache.path(rid))}
    yield none_of(f"{of}: damaged, and not kept aside", set(damaged) - kept_aside)
    with StandIn(records.answer, limit=LIMIT) as discogs:
        budget = RequestBudget(folder / "budget.sqlite", LIMIT)
        fetcher = TracklistFetcher(
            lambda stop, on_wait: DiscogsApi(discogs.url, None, budget, stop, on_wait), cache, there
        )
        fetched = [each for each in fetcher.run(sorted(noticed)) if isinstance(each, Fetched)]
        asked = requests_per_release(discogs.requests)
    yield exactly(f"{of}: damaged files fetched anew", len(fetched), count)
    yield none_of(
        f"{of}: asked for other than once", set(asked.items()) ^ {(rid, 1) for rid in damaged}
    )
    yield none_of(
        f"{of}: sound files touched",
        [rid for rid, state in sound.items() if _state(cache.path(rid)) != state],
    )
    answers = {kept.release_id: kept.answer for kept in cache.look()}
    yield exactly(f"{of}: sound answers in the end", len(answers), releases)
    yield none_of(
        f"{of}: wrong answers",
        right_answer({rid: answers[rid] for rid in damaged if rid in answers}, records.answer),
    )


def _state(path: Path) -> tuple[int, int, int]:
    found = os.lstat(path)
    return found.st_ino, found.st_size, found.st_mtime_ns


def _leads_nowhere(path: Path) -> bool:
    """A link behind which there is nothing to be kept."""
    return path.is_symlink() and not path.exists()


def _quarantined(cache: TracklistCache) -> set[int]:
    if not cache.quarantine.is_dir():
        return set()
    return {int(path.name.partition(".")[0]) for path in cache.quarantine.iterdir()}
