"""A token that is looked for afterwards, in every byte written and said.

The token is an unscoped credential: whoever reads it in a log that somebody sent him to look at
can do everything that its owner can.
"""

from __future__ import annotations

import base64
import gzip
import json
import shutil
import socket
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from urllib.parse import quote

import duckdb
import requests

from musictool_pipeline.settings import PROJECT_ROOT
from musictool_pipeline_tests.app.conftest import LIMIT, everything_written
from musictool_pipeline_tests.preloaded import Preloaded
from musictool_pipeline_tests.running_dev import DEFINITIONS, Dev
from musictool_pipeline_tests.stand_in.fault_plan import FaultPlan
from musictool_pipeline_tests.stand_in.faults import FAULTS, fault_named
from musictool_pipeline_tests.stand_in.server import StandIn
from musictool_pipeline_tests.torture.dagster_dev import ENDED, kill_all
from musictool_pipeline_tests.torture.figures import (
    Figure,
    Stage,
    at_least,
    exactly,
    none_of,
    told,
)
from musictool_pipeline_tests.torture.projects import (
    Tortured,
    collection,
    library_of,
    made_project,
    wait_for,
)
from musictool_pipeline_tests.torture.steering import Answers, launched, obeyed

CANARY = "cAnArY-7f3e9b2d-%s/+ tok"
"""With signs that a URL, a format string or a shell would treat in a way of their own."""
IN_HEADER = CANARY.replace(" ", "")

SLOW = {"hang", "drip", "header_drip", "429", "gzip_bomb", "huge_body"}

_ABOUT = """
query ($id: ID!) {
  instance { info }
  runOrError(runId: $id) { ... on Run { status runConfigYaml tags { key value } } }
  logsForRun(runId: $id) { ... on EventConnection { events { ... on MessageEvent { message } } } }
}
"""

_FORMS = {
    "as it is": IN_HEADER.encode(),
    "its middle": b"7f3e9b2d",
    "in a URL": quote(IN_HEADER, safe="").encode(),
    # Where it stands among other bytes decides by which of three alphabets it is written.
    **{
        f"in base64, {ahead} bytes on": base64.b64encode(bytes(ahead) + IN_HEADER.encode())[
            (8 * ahead + 5) // 6 : -4
        ]
        for ahead in range(3)
    },
    "in UTF-16": IN_HEADER.encode("utf-16-le"),
    "reversed": IN_HEADER[::-1].encode(),
}


def run(stage: Stage) -> Iterator[Figure]:
    """Refreshes with every fault, with and without `--debug`; a refusal; an internal error; a
    place that nobody answers at; and what the other commands say."""
    records = collection(stage.count(60, 10), stage.seed)
    names = [name for name in FAULTS if name not in SLOW | {"401", "403"}]
    faults = (*map(fault_named, names), fault_named("429:1"))
    plan = FaultPlan(seed=stage.seed, rate=0.5, faults=faults, limit_per_release=4)
    said: list[tuple[str, bytes]] = []
    with (
        Preloaded(stage.folder / "preloaded") as preloaded,
        StandIn(records.answer, limit=LIMIT, faults=plan) as discogs,
    ):
        project = made_project(
            stage.folder / "project", preloaded, discogs.url, records.export_csv()
        )
        settings = {"DISCOGS_API_KEY": IN_HEADER}

        def command(*argv: str, **more: str) -> None:
            ended = project.start(*argv, settings={**settings, **more})
            ended.wait(300)
            ended.kill()
            said.append((" ".join(argv), ended.output.read_bytes()))

        command("check")
        command("check", "--debug")
        for flags in (("--debug",), (), ("--limit", "1"))[: stage.count(3, 1)]:
            command("refresh", *flags)
        for refusal in ("401", "403"):
            discogs.set_faults(FaultPlan(rate=1.0, faults=(fault_named(refusal),)))
            (project.data / "cache" / f"{records.release_ids[0]}.json").unlink(missing_ok=True)
            command("refresh", "--debug")
        discogs.set_faults(None)
        command("refresh", "--debug", DISCOGS_API_URL="http://127.0.0.1:1")
        command("refresh", "--debug", DISCOGS_REQUESTS_PER_MINUTE="none")
        command("refresh", "--debug", MUSICTOOL_DATA_DIR="/proc/nowhere")
        _break_the_cache(project)
        command("refresh", "--debug")
        (project.data / "cache" / "quarantine").unlink()
        project.put_library(library_of(map(records.answer, records.release_ids)))
        command("refresh", "--debug")
        exports = str(project.folder / "exported")
        track = (str(records.release_ids[0]), "A1")
        for argv in (
            ("status",), ("status", "--json"), ("gaps",), ("gaps", "--json"), ("report",),
            ("export", exports), ("explain", *track), ("refresh", "--dry-run"),
        ):  # fmt: skip
            command(*argv, "--debug")
        path = project.data / "cache" / f"{records.release_ids[1]}.json"
        path.unlink(missing_ok=True)
        asked = len(discogs.requests)
        with StandIn(records.answer, limit=LIMIT) as elsewhere:
            shown, answers = _launched_in_the_ui(project, discogs, elsewhere.url)
            yield at_least("steered runs launched in the UI", len(answers), 30)
            yield none_of("of them, obeyed", obeyed(answers))
            yield exactly("requests that came elsewhere", elsewhere.arrived)
        said.append(("dagster dev", shown))
        by_ui = sum(entry.had_token for entry in discogs.requests[asked:])
        yield at_least("requests with the token of a run launched in the UI", by_ui, 1)
        had_token = sum(entry.had_token for entry in discogs.requests)
        yield at_least("requests that had the token in their header", had_token, 20)
        written = list(everything_written(project.folder))
        yield told("files, tables and outputs searched", len(written) + len(said))
        yield told("of it, in MB", sum(len(each) for _, each in (*written, *said)) / 1e6)
        yield none_of("places with the token", _hits([*written, *said]))
        yield from _found_where_it_is(stage)


def _found_where_it_is(stage: Stage) -> Iterator[Figure]:
    """The search itself: a token planted in every form, packing and kind of file has to show."""
    folder = stage.folder / "planted"
    folder.mkdir()
    header = f"Discogs token={IN_HEADER}".encode()
    forms = {
        "header": header,
        "base64 of the header": base64.b64encode(header),
        "base64 of the token": base64.b64encode(IN_HEADER.encode()),
        "URL": quote(IN_HEADER, safe="").encode(),
        "UTF-16": IN_HEADER.encode("utf-16"),
    }
    for name, content in forms.items():
        content = b"before " + content + b" after"
        (folder / f"{name}.txt").write_bytes(content)
        (folder / f"{name}.gz").write_bytes(gzip.compress(content))
        (folder / f"{name}.z").write_bytes(zlib.compress(content))
    with closing(sqlite3.connect(folder / "packed.db")) as connection:
        connection.execute("CREATE TABLE planted (value)")
        connection.execute("INSERT INTO planted VALUES (?)", [zlib.compress(header)])
        connection.commit()
    with duckdb.connect(str(folder / "planted.duckdb")) as connection:
        connection.execute("CREATE TABLE planted AS SELECT ? AS value", [header.decode()])
    found = _hits(list(everything_written(folder)))
    yield none_of(
        "planted, and not found",
        [path.name for path in folder.iterdir() if not any(path.name in hit for hit in found)],
    )


def _launched_in_the_ui(
    project: Tortured, discogs: StandIn, elsewhere: str
) -> tuple[bytes, Answers]:
    """`dagster dev` with the token in its environment, a refresh launched as the button does, then
    as somebody else would; and what the UI can be asked about it, with what it answered to that.
    Its own output is written into the project's folder."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "musictool_pipeline.app.dagster_dev"]
    with (project.folder / "dev.log").open("ab") as log:
        server = subprocess.Popen(
            [*command, "-m", DEFINITIONS, "-h", "127.0.0.1", "-p", str(port)],
            cwd=PROJECT_ROOT,
            env=project.environment({"DISCOGS_API_KEY": IN_HEADER}),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        dev = Dev(f"http://127.0.0.1:{port}", project.data, discogs)
        if not wait_for(lambda: _answers(f"{dev.url}/server_info"), 180):
            raise RuntimeError("dagster dev does not come up")
        run_id = dev.launch_refresh()
        wait_for(
            lambda: any(r["runId"] == run_id and r["status"] in ENDED for r in dev.runs()), 180
        )
        answers = launched(dev, elsewhere, run_id)
        wait_for(lambda: all(run["status"] in ENDED for run in dev.runs()), 180)
        return json.dumps([dev.runs(), dev.ask(_ABOUT, id=run_id), answers]).encode(), answers
    finally:
        kill_all(server)


def _answers(url: str) -> bool:
    with suppress(requests.RequestException):
        return requests.get(url, timeout=5).ok
    return False


def _break_the_cache(project: Tortured) -> None:
    """A file in the place of a folder: an error that nobody thought of, with its traceback."""
    quarantine = project.data / "cache" / "quarantine"
    if quarantine.is_dir():
        shutil.rmtree(quarantine)
    quarantine.touch()
    for path in sorted((project.data / "cache").glob("*.json"))[:2]:
        path.write_bytes(b"damaged")


def _hits(places: list[tuple[str, bytes]]) -> list[str]:
    found = []
    for where, content in places:
        for piece in (content, *_unpacked(content)):
            found += [f"{where} ({form})" for form, sign in _FORMS.items() if sign in piece]
    return found


def _unpacked(content: bytes) -> Iterator[bytes]:
    for unpack in (gzip.decompress, zlib.decompress):
        with suppress(OSError, EOFError, zlib.error):
            yield unpack(content)
