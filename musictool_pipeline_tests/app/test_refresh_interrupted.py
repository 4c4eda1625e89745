"""`musictool refresh` interrupted: by Ctrl-C, by SIGTERM, by kill -9, and by a second refresh.

"Interrupt it at any moment; run it again, and it continues" is what the help says. A loss
here is a user's evening: each release costs a second of a budget that nothing can raise.
"""

from __future__ import annotations

import os
import random
import re
import select
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from musictool_pipeline.app import refresh as refresh_module
from musictool_pipeline.app import running
from musictool_pipeline.app.status import read_status
from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.core.progress import Progress
from musictool_pipeline.disk.progress_file import read_progress, write_progress
from musictool_pipeline.errors import StorageError
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline_tests.app.conftest import (
    ESCAPES,
    GONE,
    IN_ORDER,
    LIMIT,
    LONGEST,
    RELEASE_IDS,
    REQUESTS,
    SAMPLE,
    SPOILED,
    Completed,
    MakeProject,
    Project,
    TerminalSession,
    cli,
    discogs,
    spoiled_answer,
    wait_until,
)
from musictool_pipeline_tests.request_judges import requests_per_release
from musictool_pipeline_tests.stand_in.request_log import LoggedRequest
from musictool_pipeline_tests.stand_in.server import StandIn

ENDED = {"SUCCESS", "FAILURE", "CANCELED"}


@dataclass(frozen=True)
class Interrupted:
    """Ctrl-C in a terminal, then SIGTERM without one, then a refresh that is left in peace."""

    project: Project
    ctrl_c_code: int
    ctrl_c_shown: str
    cached_after_ctrl_c: set[int]
    asked_before_ctrl_c: set[int]
    statuses_after_ctrl_c: list[str]
    progress_after_ctrl_c: str
    sigterm: Completed
    cached_after_sigterm: set[int]
    asked_before_sigterm: set[int]
    statuses_after_sigterm: list[str]
    last: Completed
    requests: list[LoggedRequest]
    last_requests: list[LoggedRequest]


def asked(requests: list[LoggedRequest]) -> set[int]:
    return set(requests_per_release(requests))


@pytest.fixture(scope="module")
def interrupted(make_project: MakeProject) -> Interrupted:
    pytest.importorskip("pty")
    with StandIn(spoiled_answer, limit=LIMIT, latency=0.25) as server:
        project = make_project(server.url)
        # From cold, as only a user's own is: what it loads on its way must not swallow Ctrl-C.
        terminal = TerminalSession(cli("refresh"), project.environment(), project.home)
        with closing(terminal):
            terminal.wait_for(f"{IN_ORDER[11]}: ")
            terminal.type("\x03")
            ctrl_c_code = terminal.finish()
        first_requests = server.requests
        cached_after_ctrl_c = project.cached()
        statuses_after_ctrl_c = project.run_statuses()
        progress = project.run("status").stdout

        with project.running("refresh") as process:
            target = len(first_requests) + 12
            wait_until(lambda: server.arrived >= target, "a dozen more requests")
            process.send_signal(signal.SIGTERM)
            said, _ = process.communicate(timeout=LONGEST)
        second_requests = server.requests
        cached_after_sigterm = project.cached()
        statuses_after_sigterm = project.run_statuses()

        last = project.run("refresh")
        return Interrupted(
            project=project,
            ctrl_c_code=ctrl_c_code,
            ctrl_c_shown=terminal.shown,
            cached_after_ctrl_c=cached_after_ctrl_c,
            asked_before_ctrl_c=asked(first_requests),
            statuses_after_ctrl_c=statuses_after_ctrl_c,
            progress_after_ctrl_c=progress,
            sigterm=Completed(process.args, process.returncode, said),
            cached_after_sigterm=cached_after_sigterm,
            asked_before_sigterm=asked(second_requests),
            statuses_after_sigterm=statuses_after_sigterm,
            last=last,
            requests=server.requests,
            last_requests=server.requests[len(second_requests) :],
        )


def test_ctrl_c_ends_with_130_and_says_how_to_go_on(interrupted: Interrupted) -> None:
    assert interrupted.ctrl_c_code == 130, interrupted.ctrl_c_shown
    assert "dagster._core" not in interrupted.ctrl_c_shown
    assert "Interrupted." in interrupted.ctrl_c_shown
    assert "`musictool refresh`" in interrupted.ctrl_c_shown.partition("Interrupted.")[2]
    assert "Traceback" not in interrupted.ctrl_c_shown


def test_ctrl_c_loses_nothing_not_even_what_was_in_flight(interrupted: Interrupted) -> None:
    assert 10 <= len(interrupted.cached_after_ctrl_c) < 60
    assert interrupted.cached_after_ctrl_c == interrupted.asked_before_ctrl_c


def test_sigterm_is_as_polite_as_ctrl_c(interrupted: Interrupted) -> None:
    """It is how a service manager, a shutdown and Dagster's own daemon ask."""
    said = interrupted.sigterm.stdout
    assert interrupted.sigterm.returncode == 130, said
    assert "dagster._core" not in said
    assert "Interrupted." in said
    assert "Traceback" not in said


def test_sigterm_loses_nothing_either(interrupted: Interrupted) -> None:
    assert len(interrupted.cached_after_sigterm) < 60, "it came too late to test anything"
    assert interrupted.cached_after_sigterm == interrupted.asked_before_sigterm


def test_no_interrupted_run_goes_on_for_ever_in_dagster(interrupted: Interrupted) -> None:
    """A run left STARTED keeps its partitions in progress, and tonight's refresh waiting."""
    assert set(interrupted.statuses_after_ctrl_c) <= ENDED
    assert set(interrupted.statuses_after_sigterm) <= ENDED


def test_status_after_an_interruption_says_how_to_go_on(interrupted: Interrupted) -> None:
    said = interrupted.progress_after_ctrl_c
    assert f"{len(interrupted.cached_after_ctrl_c)} of 60 releases" in said
    assert "No refresh is running." in said
    assert re.search(
        r"^The last one was interrupted at .*: \d+ fetched [^.]*\.$",
        said,
        re.M,
    )
    assert "still to fetch. Run `musictool refresh`." in said


def test_the_next_refresh_fetches_the_rest_and_nothing_else(interrupted: Interrupted) -> None:
    assert interrupted.last.returncode == 0, interrupted.last.stdout + interrupted.last.stderr
    rest = RELEASE_IDS - interrupted.cached_after_sigterm
    assert requests_per_release(interrupted.last_requests) == {rid: REQUESTS[rid] for rid in rest}
    often = requests_per_release(interrupted.requests)
    # It may be interrupted between its two questions.
    assert {**often, GONE: min(2, often[GONE])} == REQUESTS
    assert interrupted.project.materialized() == set(map(str, RELEASE_IDS))
    ((tracks,),) = interrupted.project.ask("SELECT count(*) FROM expanded_tracks")
    assert tracks == SAMPLE.track_count


def test_a_terminal_gets_a_bar(interrupted: Interrupted) -> None:
    shown = interrupted.ctrl_c_shown
    assert "━" in shown
    assert "\x1b[" in shown, "a bar that moves is drawn with escape sequences"


def test_no_title_gives_orders_to_the_terminal(interrupted: Interrupted) -> None:
    """A title comes from the network: it may be shown, never obeyed."""
    shown = interrupted.ctrl_c_shown
    assert f"{SPOILED}: " in shown, "the spoiled release was not among those fetched"
    assert "\x1b[2J" not in shown
    assert "\x1b]0;" not in shown
    assert "\x07" not in shown
    assert "[red]Title[/red]" in shown


def test_a_title_is_shown_as_it_is(interrupted: Interrupted) -> None:
    assert ":fire:" in ESCAPES
    assert ":fire:" in interrupted.ctrl_c_shown


@pytest.mark.parametrize("debug", [False, True])
def test_only_debug_shows_what_a_library_says_to_ctrl_c(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch, debug: bool
) -> None:
    """One that comes while SQLAlchemy closes a connection gets a traceback out of it."""
    project = make_project("http://127.0.0.1:1")
    settings = Settings(data_dir=project.data, logs_dir=project.logs)
    of_terminal, of_command = os.openpty()
    terminal = Terminal()
    terminal.file, terminal.is_interactive = os.fdopen(of_command, "w"), True

    def run_job(*arguments: object) -> None:
        print("Traceback of a library", file=sys.stderr)
        raise KeyboardInterrupt

    monkeypatch.setattr(refresh_module, "run_job", run_job)
    with terminal.file:
        code = refresh_module.refresh(settings, terminal, limit=None, dry_run=False, debug=debug)
        shown = b""
        while b"to continue." not in shown and select.select([of_terminal], [], [], 10.0)[0]:
            shown += os.read(of_terminal, 4096)
    os.close(of_terminal)
    assert code == 130
    assert b"Interrupted." in shown
    assert (b"Traceback of a library" in shown) is debug


@dataclass
class Reader(threading.Thread):
    """Opens the published database again and again, as a dashboard does."""

    database: Path
    stop: threading.Event = field(default_factory=threading.Event)
    reads: int = 0
    failures: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def run(self) -> None:
        while not self.stop.wait(0.02):
            if not self.database.exists():
                continue
            try:
                with Warehouse(self.database).read() as connection:
                    connection.execute("SELECT count(*) FROM expanded_tracks").fetchone()
                    connection.execute("SELECT count(*) FROM releases").fetchone()
                    self.reads += 1
            except duckdb.Error as error:
                self.failures.append(str(error))

    __hash__ = threading.Thread.__hash__


@dataclass(frozen=True)
class Killed:
    """A refresh killed with -9, then two at once that are left in peace."""

    project: Project
    asked_in_vain: set[int]
    killed_in_mid_run: bool
    rest: set[int]
    codes: list[int]
    said: list[str]
    last_requests: list[LoggedRequest]
    reader: Reader


@pytest.fixture(scope="module")
def killed(make_project: MakeProject) -> Killed:
    """At some moment while releases are fetched, another one each time; a failure's output names
    it. The suite kills where something is half done: `torture/test_points_of_death.py`."""
    moment = random.Random().randint(1, 30)
    print(f"killed after {moment} requests")
    with discogs(latency=0.2) as server:
        project = make_project(server.url)
        reader = Reader(project.database)
        reader.start()
        with project.running("refresh") as process:
            wait_until(lambda: server.arrived >= moment, f"{moment} requests")
            in_mid_run = process.poll() is None
        # The end of that block killed it, and its whole process group.
        wait_until(lambda: len(server.requests) == server.arrived, "answers under way")
        cached, requests_before = project.cached(), server.arrived
        with project.running("refresh") as one, project.running("refresh") as other:
            said = [process.communicate(timeout=LONGEST)[0] for process in (one, other)]
        reader.stop.set()
        reader.join(10)
        last_requests = server.requests[requests_before:]
        return Killed(
            project=project,
            asked_in_vain=cached & asked(last_requests),
            killed_in_mid_run=in_mid_run,
            rest=RELEASE_IDS - cached,
            codes=[one.returncode, other.returncode],
            said=said,
            last_requests=last_requests,
            reader=reader,
        )


@pytest.mark.slow
def test_kill_9_never_costs_a_second_request_for_what_was_there(killed: Killed) -> None:
    assert killed.killed_in_mid_run
    assert killed.asked_in_vain == set()
    assert len(killed.rest) > 10, "nearly nothing was left for the last refreshes"


@pytest.mark.slow
def test_two_refreshes_at_once_share_what_is_left(killed: Killed) -> None:
    """The nightly one and a curious user: nothing is fetched twice, nobody is turned away."""
    assert killed.codes == [0, 0], "\n".join(killed.said)
    expected = {release_id: REQUESTS[release_id] for release_id in killed.rest}
    assert requests_per_release(killed.last_requests) == expected
    for said in killed.said:
        assert f"59 of 60 releases expanded, {SAMPLE.track_count} tracks" in said


@pytest.mark.slow
def test_after_kill_9_the_next_refresh_completes_everything(killed: Killed) -> None:
    assert killed.project.cached() == RELEASE_IDS
    assert killed.project.materialized() == set(map(str, RELEASE_IDS))
    ((tracks,),) = killed.project.ask("SELECT count(*) FROM expanded_tracks")
    assert tracks == SAMPLE.track_count


@pytest.mark.slow
def test_after_kill_9_no_run_goes_on_for_ever_in_dagster(killed: Killed) -> None:
    statuses = killed.project.run_statuses()
    assert statuses[:2] == ["SUCCESS", "SUCCESS"]
    assert set(statuses[2:]) <= {"FAILURE", "CANCELED"}


@pytest.mark.slow
def test_the_database_can_be_read_all_along(killed: Killed) -> None:
    assert killed.reader.reads > 20
    assert killed.reader.failures == []


def test_of_two_refreshes_at_once_each_counts_what_it_did_itself(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = make_project("http://127.0.0.1:1")
    settings = Settings(data_dir=project.data, logs_dir=project.logs)

    def run_job(*arguments: object) -> tuple[SimpleNamespace, bool]:
        another = Progress(run_id="another", finished=True, fetched=17, requests=17)
        write_progress(settings.progress_file, another)
        return SimpleNamespace(success=True, run_id="mine", all_events=[]), False

    monkeypatch.setattr(refresh_module, "run_job", run_job)
    refresh_module.refresh(settings, Terminal(), limit=None, dry_run=False, debug=False)
    assert "with 17 requests" not in capsys.readouterr().out


def starting(settings: Settings) -> Progress:
    """What is said of a refresh before it has begun to fetch."""
    progress = read_progress(settings.progress_file)
    assert progress is not None
    return progress


@pytest.mark.parametrize(
    ("ending", "stage"), [(None, "failed"), (KeyboardInterrupt, "interrupted")]
)
def test_a_refresh_is_seen_from_its_start_and_said_to_have_ended(
    make_project: MakeProject, ending: type[BaseException] | None, stage: str
) -> None:
    """Dagster takes seconds to start: `status --watch` in the next window would find nothing to
    watch, and a run that ended before its first request would be taken for dead."""
    settings = Settings(data_dir=make_project("http://127.0.0.1:1").data)
    with suppress(KeyboardInterrupt), refresh_module._announced(settings):
        assert starting(settings).stage == "starting"
        assert read_status(settings).running
        if ending:
            raise ending
    assert (starting(settings).finished, starting(settings).stage) == (True, stage)
    assert not read_status(settings).died


def test_a_second_refresh_does_not_take_the_firsts_place(make_project: MakeProject) -> None:
    settings = Settings(data_dir=make_project("http://127.0.0.1:1").data)
    first = Progress(process=f"elsewhere:7:{1.0}", updated_at=time.time(), total=60, done=7)
    write_progress(settings.progress_file, first)
    with refresh_module._announced(settings):
        assert starting(settings) == first
    assert starting(settings) == first


def test_dagsters_own_disk_full_is_said_in_a_sentence(
    make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dagster's folder may lie on another disk than the data; what SQLite says there is a page."""
    from sqlalchemy.exc import OperationalError

    project = make_project("http://127.0.0.1:1")
    settings = Settings(data_dir=project.data, dagster_home=project.dagster_home)

    def full(*arguments: object) -> None:
        raise OperationalError("INSERT", {}, sqlite3.OperationalError("disk I/O error"))

    monkeypatch.setattr(running, "open_instance", full)
    with pytest.raises(
        StorageError, match=r"records in .*dagster cannot be kept: disk I/O"
    ) as said:
        refresh_module.refresh(settings, Terminal(), limit=None, dry_run=False, debug=False)
    assert "Make room" in said.value.remedy


def test_a_first_command_waits_for_another_that_makes_the_instance(
    make_project: MakeProject,
) -> None:
    project = make_project("http://127.0.0.1:1")
    settings = Settings(data_dir=project.data, dagster_home=project.dagster_home)
    opened = threading.Event()

    def open_it() -> None:
        with running.open_instance(settings):
            opened.set()

    second = threading.Thread(target=open_it)
    with running._one_at_a_time(project.dagster_home):
        second.start()
        assert not opened.wait(0.5)
    assert opened.wait(30)
    second.join()


_OPEN_INSTANCES = """
import sys, time
from pathlib import Path
import dagster
from musictool_pipeline.app.running import open_instance
from musictool_pipeline.settings import Settings

folder, who, homes = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
(folder / f"ready-{who}").touch()
for number in range(homes):
    home = folder / str(number)
    while not home.exists():
        time.sleep(0)
    try:
        with open_instance(Settings(dagster_home=home)) as instance:
            instance.get_runs()
    except Exception as error:
        (folder / f"failed-{number}-{who}").write_text(type(error).__name__)
    (folder / f"done-{number}-{who}").touch()
"""


@pytest.mark.slow
def test_two_first_commands_at_once_make_one_sound_instance(make_project: MakeProject) -> None:
    """A fresh clone: `musictool refresh` in one window and in another. A race is not lost each
    time, so there are rounds; the first one lost ends them."""
    project = make_project("http://127.0.0.1:1")
    folder = project.folder / "tmp"
    homes = 16
    openers = [
        subprocess.Popen(
            [sys.executable, "-c", _OPEN_INSTANCES, str(folder), who, str(homes)],
            env=project.environment(),
            stderr=subprocess.DEVNULL,
        )
        for who in "ab"
    ]
    try:
        wait_until(lambda: len(list(folder.glob("ready-*"))) == 2, "both processes")
        for number in range(homes):
            new = folder / "new"
            new.mkdir()
            (new / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
            new.rename(folder / str(number))
            done = f"done-{number}-*"
            wait_until(lambda done=done: len(list(folder.glob(done))) == 2, "both to be done")
            lost = {path.name: path.read_text() for path in folder.glob("failed-*")}
            assert lost == {}
    finally:
        for opener in openers:
            opener.kill()
            opener.wait(30)
