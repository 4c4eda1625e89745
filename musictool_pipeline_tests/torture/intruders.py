"""Other programs in the database, and other users in the data folder: one that holds the database
open all along, one that writes to it, and one that puts links where the project writes.

In DuckDB a reader shuts out the writer and a writer everybody. A refresh is to notice neither, and
what an intruder writes is never mixed in. A link is to lead no write out of the data folder.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from musictool_pipeline.discogs.budget import budget_path
from musictool_pipeline_tests.app.conftest import LIMIT
from musictool_pipeline_tests.preloaded import Preloaded
from musictool_pipeline_tests.stand_in.server import StandIn
from musictool_pipeline_tests.torture.figures import Figure, Stage, at_least, exactly, none_of, told
from musictool_pipeline_tests.torture.projects import (
    Tortured,
    collection,
    differing,
    made_project,
    reading,
)

_HOLD = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1], read_only=True)
print(connection.execute("SELECT count(*) FROM expanded_tracks").fetchone()[0], flush=True)
sys.stdin.read()
print(connection.execute("SELECT count(*) FROM expanded_tracks").fetchone()[0], flush=True)
"""

# Each time another way to leave: a checkpoint, a log beside the file, or a death in a transaction.
_WRITE = """
import duckdb, json, os, sys, time
path, written, number = sys.argv[1], 0, 0
while not os.path.exists(sys.argv[2]):
    number += 1
    try:
        connection = duckdb.connect(path)
        connection.execute("PRAGMA disable_checkpoint_on_shutdown")
        connection.execute("CREATE TABLE IF NOT EXISTS intruder AS SELECT 1 AS one")
        connection.execute("UPDATE releases SET title = 'INTRUDER'")
        connection.execute("DELETE FROM expanded_tracks WHERE track_number = 1")
        written += 1
        if number % 2:
            connection.execute("CHECKPOINT")
        connection.close()
    except duckdb.Error as error:
        pass
    time.sleep(0.05)
print(json.dumps(written), flush=True)
"""


def run(stage: Stage) -> Iterator[Figure]:
    """A reader that holds one generation through a whole refresh; then one that writes all along;
    then writes between two refreshes, when nobody else is there."""
    releases = stage.count(60, 12)
    records = collection(releases, stage.seed)
    half = collection(releases // 2, stage.seed).export_csv()
    with (
        Preloaded(stage.folder / "preloaded") as preloaded,
        StandIn(records.answer, limit=LIMIT, latency=0.02) as discogs,
    ):
        undisturbed = made_project(stage.folder / "template", preloaded, discogs.url, half)
        assert undisturbed.refresh().code == 0
        held = _copy(undisturbed, stage.folder / "held")
        written = _copy(undisturbed, stage.folder / "written")
        between = _copy(undisturbed, stage.folder / "between")
        for project in (undisturbed, held, written, between):
            project.put_export(records.export_csv())
        assert undisturbed.refresh().code == 0
        tables = undisturbed.what_tables_say()

        with _holding(held) as counts:
            ended = held.refresh()
        yield exactly("held open: exit code", ended.code if ended.code is not None else -1)
        yield none_of("held open: tables that differ", differing(held.what_tables_say(), tables))
        yield exactly(
            "held open: tracks that the holder's own generation lost", counts[0] - counts[1]
        )

        with _writing(stage, written) as wrote, reading(written.database):
            ended = written.refresh()
        yield at_least("written to: writes that the intruder got in", wrote[0], 1)
        yield exactly("written to: exit code", ended.code if ended.code is not None else -1)
        last = written.refresh()
        yield exactly(
            "written to: exit code of the next", last.code if last.code is not None else -1
        )
        yield none_of(
            "written to: tables with the intruder's doing after the next refresh",
            differing(written.what_tables_say(), tables),
        )

        _write_once(between)
        ended = between.refresh()
        yield exactly("between two: exit code", ended.code if ended.code is not None else -1)
        yield none_of(
            "between two: tables with the intruder's doing",
            differing(between.what_tables_say(), tables),
        )
        again = between.refresh()
        yield exactly("between two: databases kept aside", _aside(between), 1)
        again = between.refresh()
        yield exactly(
            "between two: exit code of the next", again.code if again.code is not None else -1
        )
        yield exactly("between two: kept aside in all, then", _aside(between), 1)
        yield told("written to: databases kept aside", _aside(written))
        yield exactly(
            "requests beyond the first for each release",
            discogs.arrived - 3 * (releases - releases // 2) - releases,
        )
        yield from _links(stage, undisturbed, tables)


def _links(
    stage: Stage, undisturbed: Tortured, tables: dict[str, list[tuple[object, ...]]]
) -> Iterator[Figure]:
    """A link at each name that can be guessed, one at a time, to a file of somebody else's; all of
    it is made anew, so that each is written."""
    victim = stage.folder / "victim"
    written_through, unclear, stuck = [], [], []
    answer = min((undisturbed.data / "cache").glob("*.json")).name
    names = [
        "data/.musictool.duckdb.lock", "data/.musictool.duckdb.seal", "data/.standstill.json",
        "data/musictool.duckdb.wal", "data/progress.json", "data/exports/musictool-report.html",
        "data/changes/.reading.lock", f"data/cache/{answer}", "data/cache/.claims/0.lock",
        "logs/", "user-cache/musictool/",
    ]  # fmt: skip
    chosen = names[:: stage.count(1, 4)]
    for number, name in enumerate(chosen):
        project = _copy(undisturbed, stage.folder / f"linked-{number}")
        _forget(project)
        for link in _guessed(project, name):
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(victim)
        for content in (b"somebody else's", None):
            victim.unlink(missing_ok=True)
            if content:
                victim.write_bytes(content)
            ended = project.refresh()
            if (victim.read_bytes() if victim.exists() else None) != content:
                written_through.append(f"{name}, {'a file' if content else 'nothing'} there")
            if ended.code not in {0, 1, 2} or "Traceback" in ended.said():
                unclear.append(f"{name}: {ended.code} {ended.said()[-300:]}")
        for link in _guessed(project, name):
            if link.is_symlink():
                link.unlink()
        ended = project.refresh()
        if ended.code != 0 or differing(project.what_tables_say(), tables):
            stuck.append(f"{name}: {ended.code} {ended.said()[-300:]}")
        shutil.rmtree(project.folder)
    yield exactly("links: names at which one was", len(chosen), len(chosen))
    yield none_of("links: files written elsewhere", written_through)
    yield none_of("links: no clear end", unclear)
    yield none_of("links: does not go on without them", stuck)


def _forget(project: Tortured) -> None:
    """All but the answers, and one of those: what is there is left alone."""
    max((project.data / "cache").glob("*.json")).unlink()
    for path in (*project.data.glob("musictool.duckdb*"), *project.data.glob(".*")):
        path.unlink()
    shutil.rmtree(project.data / "exports", ignore_errors=True)
    shutil.rmtree(project.logs)


def _guessed(project: Tortured, name: str) -> Iterator[Path]:
    """The places of that name; of a log those of the next minutes."""
    folder = project.folder / name
    if name == "logs/":
        now = int(time.time())
        for second in range(now, now + 180):
            stamp = time.strftime("%Y%m%d_%H%M%S", time.localtime(second))
            yield folder / f"expansion_{stamp}.log"
    elif name == "user-cache/musictool/":
        yield folder / budget_path(project.api_url).name
    else:
        yield folder


def _aside(project: Tortured) -> int:
    return len(list(project.data.glob("*.aside-*")))


def _copy(project: Tortured, folder: Path) -> Tortured:
    shutil.copytree(project.folder, folder)
    return Tortured(folder, project.api_url, project.preloaded)


@contextmanager
def _holding(project: Tortured) -> Iterator[list[int]]:
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(project.database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout
    counts = [int(holder.stdout.readline())]
    yield counts
    said, _ = holder.communicate(timeout=60)
    counts.append(int(said))


@contextmanager
def _writing(stage: Stage, project: Tortured) -> Iterator[list[int]]:
    enough = stage.folder / "enough"
    intruder = subprocess.Popen(
        [sys.executable, "-c", _WRITE, str(project.database), str(enough)],
        stdout=subprocess.PIPE,
        text=True,
    )
    wrote: list[int] = []
    try:
        yield wrote
    finally:
        enough.touch()
        said, _ = intruder.communicate(timeout=60)
        wrote.append(json.loads(said))


def _write_once(project: Tortured) -> None:
    import duckdb

    with duckdb.connect(str(project.database)) as connection:
        connection.execute("CREATE TABLE intruder AS SELECT 1 AS one")
        connection.execute("UPDATE collection_items SET title = 'INTRUDER'")
        connection.execute("UPDATE releases SET title = 'INTRUDER'")
        connection.execute("DELETE FROM expanded_tracks WHERE track_number = 1")
