"""No room on the disk, no right to write, hardly any open files, the data folder gone in mid-run.

A clear error, the last good state kept, and all goes on when it is mended. The disk is a small
tmpfs, which only the system's administrator may mount: elsewhere those figures are said to be not
tried.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from musictool_pipeline.app.prerequisites import LEAST_DISK_SPACE
from musictool_pipeline_tests.app.conftest import LIMIT
from musictool_pipeline_tests.preloaded import Command, Preloaded
from musictool_pipeline_tests.stand_in.server import StandIn
from musictool_pipeline_tests.torture.figures import (
    Figure,
    Stage,
    exactly,
    none_of,
    not_tried,
    told,
)
from musictool_pipeline_tests.torture.projects import (
    Tortured,
    collection,
    differing,
    library_of,
    made_project,
    wait_for,
)
from musictool_pipeline_tests.torture.traps import (
    BEFORE_REPORT,
    POINTS,
    Trap,
    fill_disk,
)

OLD, NEW = 8, 12
DISK = LEAST_DISK_SPACE + 32 * 1024**2
FULL_AT = (*POINTS, BEFORE_REPORT)
ROOM = (0, 8, 64, 1024)
"""KiB that are left from then on: enough for this file, or for the next one, and no more."""

ERRORS = {1, 2}

NO_ROOM = ("No space left", "disk is full", "disk full", "are free on its disk")
NO_RIGHT = ("Read-only file system", "Permission denied", "cannot be written to", "readonly")
NO_FILES = ("Too many open files", "unable to open database file")
NO_FOLDER = ("No such file or directory", "not there", "is gone", "was removed", "no folder")
"""The causes, in the words that the system, the databases and the project have for them. SQLite
knows a full disk as an I/O error only: there the path has to do."""

_INNARDS = re.compile(r"dagster\._|\[SQL|Traceback|sqlalchemy|sqlite3\.|\bDuckDB\b.*Exception")
_WITH_REMEDY = re.compile(r"^.*\S.*\n {2,}\S.*$", re.MULTILINE)
"""A sentence, and on the next line, drawn in, what to do."""


@dataclass
class _Found:
    unclear: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    untouched: list[str] = field(default_factory=list)
    codes: list[int | None] = field(default_factory=list)


def run(stage: Stage) -> Iterator[Figure]:
    """Each want on a project of its own that has a good state to lose."""
    records = collection(OLD + NEW, stage.seed)
    old = collection(OLD, stage.seed).export_csv()
    library = library_of(map(records.answer, records.release_ids))
    with (
        Preloaded(stage.folder / "preloaded") as preloaded,
        StandIn(records.answer, limit=LIMIT, latency=0.02) as discogs,
    ):
        template = made_project(stage.folder / "template", preloaded, discogs.url, old, library)
        assert template.refresh().code == 0
        template.put_export(records.export_csv())
        whole = _copy(template, stage.folder / "whole")
        assert whole.refresh().code == 0
        scene = _Scene(stage, template, whole)
        for what in ("data folder", "Dagster's folder"):
            yield from _full(scene, what)
        yield from _read_only(scene)
        yield from _few_files(scene)
        yield from _read_only_checkout(scene)
    # The answers take their time here, so that some are on their way when the folder goes.
    with (
        Preloaded(stage.folder / "preloaded, gone") as preloaded,
        StandIn(records.answer, limit=LIMIT, latency=0.3) as discogs,
    ):
        scene = _Scene(stage, Tortured(template.folder, discogs.url, preloaded), whole)
        yield from _gone(scene, discogs)


@dataclass(frozen=True)
class _Scene:
    stage: Stage
    template: Tortured
    whole: Tortured


def _copy(project: Tortured, folder: Path) -> Tortured:
    shutil.copytree(project.folder, folder)
    return Tortured(folder, project.api_url, project.preloaded)


def _full(scene: _Scene, what: str) -> Iterator[Figure]:
    """The disk fills up while a refresh is at some point, or has filled before it begins. At each
    point to the last byte, and with each of the other rooms in turn."""
    found = _Found()
    dice = scene.stage.dice("full", what)
    moments = [("", 0)]
    for number, point in enumerate(FULL_AT):
        moments += [(point, ROOM[0]), (point, ROOM[1 + number % 3])]
    for number, (point, room) in enumerate(moments[:: scene.stage.count(1, 7)]):
        project = _copy(scene.template, scene.stage.folder / f"full-{what[0]}-{number}")
        place = project.data if what == "data folder" else project.dagster_home
        with small_disk(place, DISK) as mounted:
            if not mounted:
                yield not_tried(f"disk full ({what})", "nothing can be mounted here")
                return
            ballast = place / "ballast"
            where = f"{room} KiB left {point or 'from the start'}"
            trap = None
            if point:
                nth = 1 if point == BEFORE_REPORT else dice.randint(1, 3)
                where += f", pass {nth}"
                trap = Trap(point=point, nth=nth, ballast=str(ballast), room=room * 1024)
            else:
                fill_disk(ballast, room * 1024)
            _starve(scene, project, found, where, (*NO_ROOM, str(place)), trap)
            if not ballast.exists() or not _nearly_fills(ballast):
                found.untouched.append(where)
            ballast.unlink(missing_ok=True)
            _mended(scene, project, found, where)
        shutil.rmtree(project.folder)
    yield none_of(f"disk full ({what}): moments at which it was not", found.untouched)
    yield from _figures(f"disk full ({what})", found)


def _nearly_fills(ballast: Path) -> bool:
    """Nothing here needs a tenth of the disk, so most of it has to be ballast."""
    return ballast.stat().st_size > 0.8 * DISK


def _starve(
    scene: _Scene,
    project: Tortured,
    found: _Found,
    where: str,
    causes: tuple[str, ...],
    trap: Trap | None = None,
) -> None:
    """One refresh in want, and what it left."""
    before = project.answers()
    ended = project.refresh(trap=trap)
    found.codes.append(ended.code)
    if fault := _unclear(ended, causes):
        found.unclear.append(f"{where}: {fault}")
    _note_losses(scene, project, found, where, before)
    if ended.code == 0:
        names = differing(project.what_tables_say(), scene.whole.what_tables_say())
        if names:
            found.unclear.append(f"{where}: passed for whole, though these are not: {names}")


def _unclear(ended: Command, causes: tuple[str, ...]) -> str:
    """What a user would miss in the words of a refresh that ended with an error, or "". They have
    to name the cause, and what to do, and nothing of what the project is made of."""
    said = ended.said()
    end = f"exit code {ended.code}, {said[-500:]}"
    if _INNARDS.search(said):
        return f"innards, {end}"
    if ended.code == 0:
        return ""
    if ended.code not in ERRORS:
        return end
    told = [line for line in _WITH_REMEDY.findall(said) if any(cause in line for cause in causes)]
    return "" if told else f"no cause with a remedy, {end}"


def _note_losses(
    scene: _Scene, project: Tortured, found: _Found, where: str, before: dict[int, bytes]
) -> None:
    after = project.answers()
    if lost := [rid for rid, answer in before.items() if after.get(rid) != answer]:
        found.lost.append(f"{where}: tracklists {lost}")
    if not project.database.exists():
        found.lost.append(f"{where}: the database is gone")
        return
    ((tracks,),) = project.ask("SELECT count(*) FROM expanded_tracks")
    ((least,),) = scene.template.ask("SELECT count(*) FROM expanded_tracks")
    if tracks < least:
        found.lost.append(f"{where}: {least} tracks became {tracks}")


def _mended(scene: _Scene, project: Tortured, found: _Found, where: str) -> None:
    ended = project.refresh()
    if ended.code != 0:
        found.stuck.append(f"{where}: {ended.code} {ended.said()[-300:]}")
    elif names := differing(project.what_tables_say(), scene.whole.what_tables_say()):
        found.stuck.append(f"{where}: tables {names}")


def _figures(what: str, found: _Found) -> Iterator[Figure]:
    codes = ", ".join(
        f"{found.codes.count(code)} x {code}" for code in sorted(set(found.codes), key=str)
    )
    yield told(f"{what}: exit codes", codes)
    yield none_of(f"{what}: no clear error", found.unclear)
    yield none_of(f"{what}: lost of the last good state", found.lost)
    yield none_of(f"{what}: does not go on when mended", found.stuck)


def _read_only(scene: _Scene) -> Iterator[Figure]:
    found = _Found()
    project = _copy(scene.template, scene.stage.folder / "read-only")
    with small_disk(project.data, DISK) as mounted:
        if mounted:
            subprocess.run(["mount", "-o", "remount,ro", str(project.data)], check=True)
        else:
            project.data.chmod(0o555)
        try:
            if os.access(project.data, os.W_OK):
                why = "nothing can be mounted here, and this user may write everywhere"
                yield not_tried("read-only data folder", why)
                return
            _starve(scene, project, found, "read-only", NO_RIGHT)
            if 0 in found.codes:
                found.unclear.append("it passed for written")
        finally:
            if mounted:
                subprocess.run(["mount", "-o", "remount,rw", str(project.data)], check=True)
            else:
                project.data.chmod(0o755)
        _mended(scene, project, found, "read-only")
    yield from _figures("read-only data folder", found)


_COMMAND = """
import sys
from pathlib import Path
from musictool_pipeline.app import cli
from musictool_pipeline.settings import read_settings

cli.read_settings = lambda: read_settings(root=Path(sys.argv[1]))
sys.exit(cli.main(sys.argv[2:]))
"""


def _read_only_checkout(scene: _Scene) -> Iterator[Figure]:
    """Each command that writes beside the code, in a checkout that is on a read-only disk."""
    project = _copy(scene.template, scene.stage.folder / "checkout")
    root = project.folder / "root"
    root.mkdir()
    commands = ("init", "check", "refresh", "ui")
    unclear = []
    with small_disk(root, DISK) as mounted:
        if not mounted:
            yield not_tried("read-only checkout", "nothing can be mounted here")
            return
        (root / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
        subprocess.run(["mount", "-o", "remount,ro", str(root)], check=True)
        for data in ({}, {"MUSICTOOL_DATA_DIR": "", "MUSICTOOL_LOGS_DIR": ""}):
            for command in commands:
                ended = subprocess.run(
                    [sys.executable, "-c", _COMMAND, str(root), command],
                    env=project.environment({**data, "DAGSTER_HOME": ""}),
                    cwd=project.home,
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    text=True,
                    timeout=120,
                    check=False,
                )
                said = ended.stdout + ended.stderr
                told = [line for line in _WITH_REMEDY.findall(said) if str(root) in line]
                if ended.returncode not in ERRORS or _INNARDS.search(said) or not told:
                    unclear.append(f"{command}, {data}: {ended.returncode} {said[-300:]}")
    yield none_of(f"read-only checkout: {2 * len(commands)} commands, no clear error", unclear)


def _few_files(scene: _Scene) -> Iterator[Figure]:
    found = _Found()
    for number in (32, 24, 16)[: scene.stage.count(3, 1)]:
        project = _copy(scene.template, scene.stage.folder / f"files-{number}")
        _starve(scene, project, found, f"{number} files", NO_FILES, Trap(descriptors=number))
        _mended(scene, project, found, f"{number} files")
    yield from _figures("32 file descriptors and fewer", found)


def _gone(scene: _Scene, discogs: StandIn) -> Iterator[Figure]:
    """The data folder moved away, by a sync program say, or removed for good, while releases are
    fetched. Whoever makes it anew there gives its owner two of them to tell apart."""
    found = _Found()
    made_anew: list[str] = []
    times = scene.stage.count(6, 1)
    for number in range(times):
        project = _copy(scene.template, scene.stage.folder / f"gone-{number}")
        is_removed = number % 2 == 1
        away = project.folder / "away"
        before, asked = project.answers(), discogs.arrived
        command = project.start("refresh")
        after = scene.stage.dice("gone", number).randint(1, NEW - 5)
        where = f"{'removed' if is_removed else 'moved'} after {after} requests"
        wait_for(
            lambda goal=asked + after, command=command: (
                discogs.arrived >= goal or command.code is not None
            ),
            60,
        )
        if is_removed:
            # What is written meanwhile may stand in the way, until the folder itself is gone.
            wait_for(lambda folder=project.data: _remove(folder), 10)
        else:
            project.data.rename(away)
        if command.wait(120) is None:
            found.unclear.append(f"{where}: no end")
        command.kill()
        found.codes.append(command.code)
        if command.code == 0:
            found.unclear.append(f"{where}: passed for done, {command.said()[-500:]}")
        elif fault := _unclear(command, NO_FOLDER):
            found.unclear.append(f"{where}: {fault}")
        if project.data.exists():
            made = sorted(path.name for path in project.data.rglob("*"))
            made_anew.append(f"{where}: {', '.join(made[:5])}")
            shutil.rmtree(project.data)
        # The owner puts it back, or what he has of it.
        if is_removed:
            shutil.copytree(scene.template.data, project.data)
        else:
            away.rename(project.data)
            _note_losses(scene, project, found, where, before)
        _mended(scene, project, found, where)
    yield exactly("data folder gone in mid-run: times", len(found.codes), times)
    yield none_of("data folder gone in mid-run: made anew", made_anew)
    yield from _figures("data folder gone in mid-run", found)


def _remove(folder: Path) -> bool:
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[bool]:
    """A disk of its own under the folder, with what was in it; False where that is not allowed."""
    kept = folder.with_name(f"{folder.name}-kept")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    ) if shutil.which("mount") else None  # fmt: skip
    if mounted is None or mounted.returncode:
        yield False
        return
    try:
        subprocess.run(["umount", str(folder)], check=True)
        folder.rename(kept)
        folder.mkdir()
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True
        )
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        yield True
    finally:
        # Whoever still has a file open there lets go within moments.
        for _ in range(50):
            if not subprocess.run(
                ["umount", str(folder)], capture_output=True, check=False
            ).returncode:
                break
            time.sleep(0.2)
