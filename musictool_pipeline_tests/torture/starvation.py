"""No room on the disk, no right to write, hardly any open files, the data folder gone in mid-run.

A clear error, the last good state kept, and all goes on when it is mended. The disk is a small
tmpfs, which only the system's administrator may mount: elsewhere those figures are left out, and
said to be.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from musictool_pipeline.app.prerequisites import LEAST_DISK_SPACE
from musictool_pipeline.demo.stand_in import StandIn
from musictool_pipeline_tests.app.conftest import LIMIT
from musictool_pipeline_tests.torture.figures import Figure, Stage, exactly, none_of, told
from musictool_pipeline_tests.torture.preloaded import Preloaded
from musictool_pipeline_tests.torture.projects import (
    Tortured,
    collection,
    differing,
    made_project,
    wait_for,
)
from musictool_pipeline_tests.torture.traps import (
    AFTER_WRITE,
    BEFORE_EVENT,
    BEFORE_PUBLISHED,
    BEFORE_WRITE,
    WHILE_BUILT,
    Trap,
    fill_disk,
)

OLD, NEW = 8, 12
DISK = LEAST_DISK_SPACE + 32 * 1024**2
FULL_AT = (BEFORE_WRITE, AFTER_WRITE, BEFORE_EVENT, WHILE_BUILT, BEFORE_PUBLISHED)
ROOM = (0, 8, 64, 1024)
"""KiB that are left from then on: enough for this file, or for the next one, and no more."""

ERRORS = {1, 2}


@dataclass
class _Found:
    unclear: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    codes: list[int | None] = field(default_factory=list)


def run(stage: Stage) -> Iterator[Figure]:
    """Each want on a project of its own that has a good state to lose."""
    records = collection(OLD + NEW, stage.seed)
    old = collection(OLD, stage.seed).export_csv()
    with (
        Preloaded(stage.folder / "preloaded") as preloaded,
        StandIn(records.answer, limit=LIMIT, latency=0.02) as discogs,
    ):
        template = made_project(stage.folder / "template", preloaded, discogs.url, old)
        assert template.refresh().code == 0
        template.put_export(records.export_csv())
        whole = _copy(template, stage.folder / "whole")
        assert whole.refresh().code == 0
        scene = _Scene(stage, template, whole)
        for what in ("data folder", "Dagster's folder"):
            yield from _full(scene, what)
        yield from _read_only(scene)
        yield from _few_files(scene)
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
    """The disk fills up while a refresh is at some point, or has filled before it begins."""
    found = _Found()
    dice = scene.stage.dice("full", what)
    moments = [("", room) for room in ROOM[:2]]
    moments += [(point, room) for point in FULL_AT for room in ROOM]
    for number, (point, room) in enumerate(moments[:: scene.stage.count(1, 7)]):
        project = _copy(scene.template, scene.stage.folder / f"full-{what[0]}-{number}")
        place = project.data if what == "data folder" else project.dagster_home
        with _small_disk(place, DISK) as mounted:
            if not mounted:
                yield told(f"disk full, {what}", "not tried: nothing can be mounted here")
                return
            ballast = place / "ballast"
            where = f"{room} KiB left {point or 'from the start'}"
            trap = None
            if point:
                nth = dice.randint(1, 3)
                trap = Trap(point=point, nth=nth, ballast=str(ballast), room=room * 1024)
            else:
                fill_disk(ballast, room * 1024)
            _starve(scene, project, found, where, trap)
            ballast.unlink(missing_ok=True)
            _mended(scene, project, found, where)
        shutil.rmtree(project.folder)
    yield from _figures(f"disk full ({what})", found)


def _starve(
    scene: _Scene, project: Tortured, found: _Found, where: str, trap: Trap | None = None
) -> None:
    """One refresh in want, and what it left."""
    before = project.answers()
    ended = project.refresh(trap=trap)
    said = ended.said()
    found.codes.append(ended.code)
    if ended.code not in {0, *ERRORS}:
        found.unclear.append(f"{where}: exit code {ended.code}, {said[-300:]}")
    if ended.code == 2 and ("Traceback" in said or len(said.strip().splitlines()) < 2):
        found.unclear.append(f"{where}: {said[-600:]}")
    _note_losses(scene, project, found, where, before)


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
    with _small_disk(project.data, DISK) as mounted:
        if mounted:
            subprocess.run(["mount", "-o", "remount,ro", str(project.data)], check=True)
        else:
            project.data.chmod(0o555)
        try:
            if os.access(project.data, os.W_OK):
                yield told("read-only data folder", "not tried: this user may write everywhere")
                return
            _starve(scene, project, found, "read-only")
            if 0 in found.codes:
                found.unclear.append("it passed for written")
        finally:
            if mounted:
                subprocess.run(["mount", "-o", "remount,rw", str(project.data)], check=True)
            else:
                project.data.chmod(0o755)
        _mended(scene, project, found, "read-only")
    yield from _figures("read-only data folder", found)


def _few_files(scene: _Scene) -> Iterator[Figure]:
    found = _Found()
    for number in (32, 24, 16)[: scene.stage.count(3, 1)]:
        project = _copy(scene.template, scene.stage.folder / f"files-{number}")
        _starve(scene, project, found, f"{number} files", Trap(descriptors=number))
        _mended(scene, project, found, f"{number} files")
    yield from _figures("32 file descriptors and fewer", found)


def _gone(scene: _Scene, discogs: StandIn) -> Iterator[Figure]:
    """The data folder moved away, by a sync program say, while releases are fetched."""
    found = _Found()
    times = scene.stage.count(5, 1)
    for number in range(times):
        project = _copy(scene.template, scene.stage.folder / f"gone-{number}")
        away = project.folder / "away"
        before, asked = project.answers(), discogs.arrived
        command = project.start("refresh")
        after = scene.stage.dice("gone", number).randint(1, NEW - 2)
        wait_for(
            lambda goal=asked + after, command=command: (
                discogs.arrived >= goal or command.code is not None
            ),
            60,
        )
        project.data.rename(away)
        command.wait(120)
        command.kill()
        found.codes.append(command.code)
        said = command.said()
        if command.code not in {0, *ERRORS} or "Traceback" in said:
            found.unclear.append(f"after {after} requests: {command.code}, {said[-500:]}")
        # The owner puts it back; what was written meanwhile is his to keep or to drop.
        if project.data.exists():
            shutil.rmtree(project.data)
        away.rename(project.data)
        _note_losses(scene, project, found, f"after {after} requests", before)
        _mended(scene, project, found, f"after {after} requests")
    yield exactly("data folder removed in mid-run: times", len(found.codes), times)
    yield from _figures("data folder removed in mid-run", found)


@contextmanager
def _small_disk(folder: Path, size: int) -> Iterator[bool]:
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
