"""The whole a second time: in another time zone and locale, with another hash seed, and with the
export's rows in another order. The same tables, and not one request.

Whatever depends on the machine, the hour or the order in which a set is walked shows here, and
only here: as gaps that come and go.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

from musictool_pipeline.publishing.report_page import MADE_FROM
from musictool_pipeline_tests.app.conftest import LIMIT, SAMPLE, Project, discogs
from musictool_pipeline_tests.preloaded import Preloaded
from musictool_pipeline_tests.stand_in.server import StandIn
from musictool_pipeline_tests.torture.figures import (
    Figure,
    Stage,
    at_least,
    exactly,
    none_of,
    told,
)
from musictool_pipeline_tests.torture.projects import (
    differing,
    library_of,
    made_project,
    what_tables_say,
)


def _installed_locales() -> set[str]:
    try:
        listed = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return set()
    return set(listed.stdout.split())


HERE = {"TZ": "Pacific/Kiritimati", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"}
THERE = {"TZ": "Pacific/Pago_Pago", "LANG": "C", "LC_ALL": "C", "PYTHONHASHSEED": "2"}
"""A day and an hour apart: a date that is taken from the wrong clock differs."""

if installed := sorted({"de_DE.utf8", "en_US.utf8", "tr_TR.utf8"} & _installed_locales()):
    THERE |= {"LANG": installed[-1], "LC_ALL": installed[-1]}

Tables = dict[str, list[tuple[Any, ...]]]
Files = dict[str, list[bytes]]


def run(stage: Stage) -> Iterator[Figure]:
    """Four projects over the same collection and library; each is a process from cold, since the
    hash seed is given at its start."""
    yield told("the other locale (a real one where one is installed)", THERE["LC_ALL"])
    with discogs() as server, Preloaded(stage.folder / "preloaded") as preloaded:
        first = made_project(stage.folder / "first", preloaded, server.url, SAMPLE.export_csv)
        _put_library(stage, first, shuffled=False)
        ended = first.from_cold().run("refresh", settings=HERE)
        yield exactly("first refresh: releases it could not fetch", ended.returncode)
        tables = what_tables_say(first.database)

        asked = len(server.requests)
        elsewhere = made_project(stage.folder / "there", preloaded, server.url, SAMPLE.export_csv)
        shutil.copytree(first.data / "cache", elsewhere.data / "cache")
        _put_library(stage, elsewhere, shuffled=False)
        ended = elsewhere.from_cold().run("refresh", settings=THERE)
        yield exactly("from its cache, elsewhere: exit code", ended.returncode)
        yield exactly("from its cache, elsewhere: requests", len(server.requests) - asked)
        yield none_of("tables that differ", differing(what_tables_say(elsewhere.database), tables))
        files = _files(first, HERE)
        yield at_least("files exported, with the report", len(files), 5)
        yield none_of("files that differ", differing(_files(elsewhere, THERE), files))

        again = elsewhere.from_cold().run("refresh", settings=HERE)
        yield exactly("again in the first place: exit code", again.returncode)
        yield exactly("again: requests", len(server.requests) - asked)
        yield none_of("tables that differ", differing(what_tables_say(elsewhere.database), tables))
        yield from _in_another_order(stage, preloaded, first, tables, files)
        yield from _fetched_elsewhere(stage, preloaded, server, tables)


def _in_another_order(
    stage: Stage, preloaded: Preloaded, first: Project, tables: Tables, files: Files
) -> Iterator[Figure]:
    """The lines on which copies stand differ, of course: everything else is to be the same."""
    head, *rows = _rows(SAMPLE.export_csv)
    stage.dice("rows").shuffle(rows)
    shuffled = made_project(
        stage.folder / "shuffled", preloaded, first.api_url, b"".join([head, *rows])
    )
    shutil.copytree(first.data / "cache", shuffled.data / "cache")
    _put_library(stage, shuffled, shuffled=True)
    ended = shuffled.from_cold().run("refresh", settings=THERE)
    yield exactly("rows in another order: exit code", ended.returncode)
    found = {**what_tables_say(shuffled.database), "collection_items": _items(shuffled)}
    wanted = {**tables, "collection_items": _items(first)}
    yield none_of("rows in another order: tables that differ", differing(found, wanted))
    differ = differing(_files(shuffled, THERE), files)
    yield none_of("rows in another order: files that differ", differ)


def _fetched_elsewhere(
    stage: Stage, preloaded: Preloaded, server: StandIn, tables: Tables
) -> Iterator[Figure]:
    """Fetched anew there, not read from the first one's cache."""
    anew = made_project(stage.folder / "anew", preloaded, server.url, SAMPLE.export_csv)
    _put_library(stage, anew, shuffled=False)
    ended = anew.from_cold().run(
        "refresh", settings={**THERE, "DISCOGS_REQUESTS_PER_MINUTE": str(LIMIT)}
    )
    yield exactly("fetched anew elsewhere: exit code", ended.returncode)
    yield none_of("tables that differ", differing(what_tables_say(anew.database), tables))


def _files(project: Project, surroundings: dict[str, str]) -> Files:
    """What `musictool export` and `musictool report` write there, line by line; but for the line of
    the report that says from which tables it was made, which are those of one database only."""
    folder = project.folder / "exported"
    for argv in (("export", str(folder)), ("report", "--output", str(folder / "report.html"))):
        ended = project.from_cold().run(*argv, settings=surroundings)
        assert ended.returncode == 0, ended.stdout + ended.stderr
    return {
        str(path.relative_to(folder)): [
            line for line in path.read_bytes().splitlines() if MADE_FROM.encode() not in line
        ]
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _rows(export: bytes) -> list[bytes]:
    """The export's lines with their ends; a copy whose notes have two lines is one row."""
    rows: list[bytes] = []
    for line in export.splitlines(keepends=True):
        if rows and rows[-1].count(b'"') % 2:
            rows[-1] += line
        else:
            rows.append(line)
    return rows


def _items(project: Project) -> list[tuple[Any, ...]]:
    return project.ask("SELECT * EXCLUDE (csv_line) FROM collection_items ORDER BY ALL")


def _put_library(stage: Stage, project: Project, *, shuffled: bool) -> None:
    """A Traktor collection of a few tracks that the demo's records have, by way of their names."""
    answers = [body for _, body in sorted(SAMPLE.answers.items())]
    if shuffled:
        stage.dice("library").shuffle(answers)
    (project.data / "collection.nml").write_bytes(library_of(answers))
