"""`musictool status --watch`: what the panel holds, and that it leaves the terminal in order.

Here a process that does nothing stands for the refresh, and the tests write its progress; a real
one is followed in `test_refresh_trouble`.
"""

from __future__ import annotations

import io
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from musictool_pipeline.app import watch as watch_module
from musictool_pipeline.app.status import Status, read_status
from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.app.watch import panel, progress_in_a_line
from musictool_pipeline.core.progress import BOOKING, ExpandedRelease, Progress, measured
from musictool_pipeline.discogs.cache import FETCHED, TracklistCache
from musictool_pipeline.disk.processes import Owner
from musictool_pipeline.disk.progress_file import note_judging, read_progress, write_progress
from musictool_pipeline.inputs.export_folder import load_export
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.collection import load_collection
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline.tables.tracklists import build_releases, expand
from musictool_pipeline_tests.app.conftest import (
    ESCAPES,
    SAMPLE,
    MakeProject,
    OpenTerminal,
    Project,
    Running,
    TerminalSession,
    cli,
)

NOON = datetime(2026, 3, 14, 12, 0).timestamp()
RECENT = (
    ExpandedRelease(900000041, "Amadi Okwelonda", "Crooked Errand", 3),
    ExpandedRelease(900000010, "Lumettine Feat. Corto Bellandrane", "Postcard Of Glembefarn", 12),
    ExpandedRelease(900000052, "Квартет Лунобрезг", "銅の天気", 3),
    ExpandedRelease(7, None, None, 0),
    ExpandedRelease(9, ESCAPES, "[bold]B[/bold] :boom:", 1),
)
REFRESH = Progress(
    process="here:1:1.0",
    stage="fetching",
    started_at=NOON - 600,
    updated_at=NOON - 1,
    total=200,
    cached=400,
    done=120,
    fetched=116,
    unavailable=1,
    failed=3,
    tracks=1043,
    new_tracks=12,
    rate_per_minute=58.7,
    eta_seconds=82.0,
    recent=RECENT,
    failures={"HTTP 503 Service Unavailable": 2, "answer is not JSON but a web page": 1},
)
NOW = Status(
    running=True,
    percentage=99.5,
    releases=600,
    expanded=597,
    unavailable=1,
    failed=3,
    pending=0,
    copies=620,
    tracks=5043,
    rate_per_minute=58.7,
    eta_seconds=82.0,
    waiting="Discogs asked to pause (429)",
    stopped="",
    recent=RECENT,
    failures=REFRESH.failures,
    database="",
    refresh=REFRESH,
    waiting_until=NOON + 43,
)


def drawn(now: Status, width: int = 80) -> str:
    """The panel as text, without colours."""
    console = Console(file=io.StringIO(), record=True, width=width, color_system=None)
    console.print(panel(now, NOON, width))
    return console.export_text()


def sentences(drawing: str) -> str:
    """The drawing's words in one line, however they were wrapped."""
    return " ".join(re.sub("[│╭╮╰╯─━╸╺]", " ", drawing).split())


# ------------------------------------------------------------------ what the panel holds


@pytest.mark.parametrize("width", [80, 40])
def test_it_holds_everything_that_one_wants_to_know(width: int) -> None:
    words = sentences(drawn(NOW, width))
    for said in (
        "Fetching tracklists",
        "60.0 %",  # of what this refresh means to fetch: the collection was nearly complete before
        "120 of 200 releases: 116 fetched (1,043 tracks), 1 not on Discogs, 3 failed",
        "58.7 a minute over the last 5 min",
        "80 releases, 82 s, done at 12:01",
        "Waiting Discogs asked to pause (429); next try in 43 s",
        "99.5 % of 600 releases, 5,043 tracks",
        "Since 11:50",
        "2 x HTTP 503 Service Unavailable",
        "1 x answer is not JSON but a web page",
        "3 tracks",
    ):
        assert said in words


def test_a_wide_one_names_the_last_five_releases_whole() -> None:
    lines = [line.strip("│ ") for line in drawn(NOW, 100).splitlines()]
    recent = lines[lines.index("Recently expanded") + 1 :]
    assert re.fullmatch(r"900000041 Amadi Okwelonda - Crooked Errand +3 tracks", recent[0])
    assert re.fullmatch(r"900000052 Квартет Лунобрезг - 銅の天気 +3 tracks", recent[2])
    assert re.fullmatch(r"7 \(no artist\) - \(no title\) +0 tracks", recent[3])
    assert recent[5].startswith("╰")


@pytest.mark.parametrize("width", [200, 100, 80, 59, 40, 24])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """A terminal wraps what is too long, and the next frame is drawn over the wrong lines."""
    widths = {cell_len(line) for line in drawn(NOW, width).splitlines()}
    assert widths == {min(width, 100)}


@given(st.text(max_size=80), st.integers(30, 110))
def test_whatever_a_title_holds_it_shows_as_text(title: str, width: int) -> None:
    release = ExpandedRelease(1, "A", title, 1)
    shown = drawn(replace(NOW, recent=(release,), waiting=title, failures={title: 1}), width)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown)


def test_markup_and_escapes_in_a_title_show_as_text() -> None:
    shown = drawn(replace(NOW, recent=(ExpandedRelease(9, ESCAPES, "[/] :boom:", 1),)), 100)
    assert "[2J ]0;owned  :fire: [red]Title[/red] - [/] :boom:" in shown


def test_without_a_reason_it_does_not_say_that_it_waits() -> None:
    assert "Waiting" not in drawn(replace(NOW, waiting="", waiting_until=None))


def test_a_wait_without_a_known_end_is_told_without_one() -> None:
    waits = replace(NOW, waiting="another refresh is fetching what is left", waiting_until=None)
    assert "Waiting another refresh is fetching what is left Collection" in sentences(drawn(waits))


def test_before_the_first_answer_there_is_neither_rate_nor_time_left() -> None:
    begun = replace(
        NOW,
        rate_per_minute=None,
        eta_seconds=None,
        failures={},
        recent=(),
        refresh=Progress(stage="fetching", started_at=NOON - 2, updated_at=NOON, total=200),
    )
    words = sentences(drawn(begun))
    assert "Rate nothing yet Left 200 releases Waiting" in words
    assert "Failed" not in words
    assert "Recently" not in words


@pytest.mark.parametrize(
    ("stage", "heading"),
    [("starting", "A refresh is starting"), ("rebuilding the tables", "Rebuilding the tables")],
)
def test_where_nothing_is_fetched_no_rate_is_promised(stage: str, heading: str) -> None:
    words = sentences(drawn(replace(NOW, refresh=replace(REFRESH, stage=stage))))
    assert words.startswith(heading)
    assert "Rate" not in words
    assert "done at" not in words


def test_a_refresh_that_is_held_is_not_said_to_be_done_in_a_minute() -> None:
    held = replace(NOW, waiting="", refresh=replace(REFRESH, updated_at=NOON - 240))
    assert (
        "Waiting no progress for 4 min: the process may be suspended, or the computer was asleep"
    ) in sentences(drawn(held))


def test_the_line_for_a_log() -> None:
    assert progress_in_a_line(NOW, NOON) == (
        "597/600 releases (99.5 %), 5,043 tracks, 58.7 a minute, 82 s left, done at 12:01, "
        "3 failed; waiting: Discogs asked to pause (429); next try in 43 s"
    )


# ------------------------------------------------------------------ what is followed


def test_of_two_refreshes_at_once_the_first_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both write to one file by turns: the panel would jump between two counts each second."""
    one, other = NOW, replace(NOW, refresh=replace(REFRESH, process="here:2:2.0", done=3))
    later = replace(one, refresh=replace(REFRESH, done=150))
    ended = replace(one, running=False)
    seen = iter([other, later, other, ended])
    monkeypatch.setattr(watch_module, "read_status", lambda settings, overview_of: next(seen))
    looks = watch_module._looks(Settings(), Terminal(), one, lambda: None)
    assert list(looks) == [one, one, later, later, ended]


def test_the_other_is_followed_once_the_first_is_no_more_heard_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watch_module, "LOYALTY_SECONDS", 0.0)
    other = replace(NOW, refresh=replace(REFRESH, process="here:2:2.0"))
    ended = replace(other, running=False)
    seen = iter([other, ended])
    monkeypatch.setattr(watch_module, "read_status", lambda settings, overview_of: next(seen))
    assert list(watch_module._looks(Settings(), Terminal(), NOW, lambda: None)) == [
        NOW,
        other,
        ended,
    ]


def test_a_clock_that_is_set_back_silences_no_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a log it said nothing for the hour that the clock was set back."""
    looks = [replace(NOW, expanded=NOW.expanded + number) for number in range(3)]
    seen = iter([*looks[1:], replace(looks[-1], running=False)])
    monkeypatch.setattr(watch_module, "read_status", lambda settings, overview_of: next(seen))
    monkeypatch.setattr(watch_module, "WATCH_SECONDS", 0.0)
    monkeypatch.setattr(watch_module, "LINE_EVERY_SECONDS", 0.0)
    monkeypatch.setattr(time, "time", iter(NOON - 3600.0 * hour for hour in range(9)).__next__)
    watch_module._as_lines(Settings(), Terminal(), looks[0])
    said = capsys.readouterr().out.splitlines()
    assert [line.partition("/")[0] for line in said] == [f"{each.expanded:,}" for each in looks]


def test_while_tracks_are_compared_the_bar_shows_how_many(tmp_path: Path) -> None:
    """What the refresh notes is what the panel and the line show; the bar is not the fetching's,
    which is full by then."""
    path = tmp_path / "progress.json"
    write_progress(path, replace(REFRESH, run_id="x", done=200))
    note_judging(path, "x", 1_000, 4_000)
    noted = read_progress(path)
    assert noted is not None
    now = replace(NOW, refresh=replace(noted, judging_since=NOON - 60, updated_at=NOON))
    words = sentences(drawn(now))
    assert "Comparing the tracks with the library" in words
    assert "25.0 %" in words and "100.0 %" not in words
    assert "Compared 1,000 of 4,000 tracks, 1,000 a minute, 3 min left" in words
    assert "1,000 of 4,000 tracks compared" in progress_in_a_line(now, NOON)
    assert measured(noted) == (1_000, 4_000)
    assert measured(Progress(stage=BOOKING, booked=3, to_book=9)) == (3, 9)


# ------------------------------------------------------------------ in a terminal, in a pipe


@dataclass
class Refresh:
    """A process that stands for a refresh, and its progress."""

    project: Project
    process: subprocess.Popen[bytes]
    progress: Progress

    def says(self, **fields: Any) -> None:
        self.progress = replace(self.progress, updated_at=time.time(), **fields)
        write_progress(self.project.data / "progress.json", self.progress)


@pytest.fixture(scope="module")
def quarter(make_project: MakeProject) -> Project:
    """A project with a quarter of its releases expanded, made without Dagster."""
    project = make_project("http://127.0.0.1:1")
    cache = TracklistCache(project.data / "cache")
    for release_id in list(SAMPLE.answers)[:15]:
        cache.write(
            release_id, SAMPLE.answers[release_id], status=FETCHED, fetched_at=datetime.now(UTC)
        )
    warehouse = Warehouse(project.database)
    load_collection(warehouse, load_export(project.data / SAMPLE.export_name))
    build_releases(warehouse)
    expand(warehouse, cache)
    return project


@pytest.fixture
def refresh(quarter: Project) -> Iterator[Refresh]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        progress = Progress(
            run_id="x",
            process=str(Owner.of_process(process.pid)),
            stage="fetching",
            started_at=time.time() - 60,
            total=45,
            done=3,
            fetched=3,
            tracks=17,
            rate_per_minute=3.0,
            eta_seconds=840.0,
            recent=(ExpandedRelease(9, ESCAPES, ":boom:", 1),),
        )
        under_way = Refresh(quarter, process, progress)
        under_way.says()
        yield under_way
        process.kill()


@pytest.fixture
def watching(refresh: Refresh, open_terminal: OpenTerminal) -> TerminalSession:
    project = refresh.project
    return open_terminal(cli("status", "--watch"), project.environment(), project.home)


def frames(shown: str) -> list[str]:
    """Each picture that was drawn, without its colours."""
    pictures = re.split("\x1b\\[H", shown.partition("\x1b[?1049l")[0])
    plain = [re.sub("\x1b\\[[0-9;?]*[a-zA-Z]", "", picture) for picture in pictures[1:]]
    return [picture for picture in plain if picture]


def assert_in_order(shown: str) -> None:
    """The other screen was left and the cursor is there again."""
    assert shown.count("\x1b[?1049h") == shown.count("\x1b[?1049l") == 1
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")
    assert "\x1b[2J" not in shown, "a screen that is emptied before it is drawn flickers"


def test_it_follows_the_refresh_and_sums_it_up(watching: TerminalSession, refresh: Refresh) -> None:
    watching.wait_for("3 of 45 releases")
    refresh.says(waiting="Discogs asked to pause (429)", waiting_until=time.time() + 50)
    watching.wait_for("Discogs asked to pause (429); next try in 4")
    refresh.says(waiting="", waiting_until=None, done=44, fetched=44, tracks=200)
    watching.wait_for("44 of 45 releases")
    refresh.says(stage="rebuilding the tables", done=45, fetched=45)
    watching.wait_for("Rebuilding the tables")
    refresh.says(stage="done", finished=True)
    assert watching.finish() == 0
    assert_in_order(watching.shown)
    summary = watching.shown.partition("\x1b[?1049l")[2]
    assert "No refresh is running." in summary
    assert re.search(
        r"The last one ended at \d\d:\d\d after \d+ (s|min) of fetching and comparing: "
        r"45 fetched \(200 tracks\)\.",
        summary,
    )


def test_titles_cannot_command_the_terminal(watching: TerminalSession, refresh: Refresh) -> None:
    watching.wait_for(":boom:")
    refresh.says(finished=True, stage="done")
    watching.finish()
    assert "\x1b]0;" not in watching.shown
    assert ":fire: [red]Title[/red] - :boom:" in frames(watching.shown)[0]


def test_a_window_made_narrower_shows_no_line_that_it_would_wrap(
    watching: TerminalSession, refresh: Refresh
) -> None:
    watching.resize(24, 80)
    watching.wait_for("not the refresh")
    watching.resize(24, 40)
    watching.wait_for("Ctrl-C ends watching \x1b")
    refresh.says(finished=True, stage="done")
    watching.finish()
    narrow = [picture for picture in frames(watching.shown) if "ends watching ─" in picture]
    assert narrow
    for picture in narrow:
        lines = picture.replace("\r", "").split("\n")
        assert {cell_len(line) for line in lines} == {40}
        assert len(lines) <= 24
    assert_in_order(watching.shown)


def test_a_low_window_shows_what_matters_most(watching: TerminalSession, refresh: Refresh) -> None:
    watching.resize(8, 80)
    refresh.says(waiting="Discogs asked to pause (429)")
    watching.wait_for("Discogs asked to pause")
    refresh.says(finished=True, stage="done")
    assert watching.finish() == 0
    assert len(frames(watching.shown)[-1].split("\n")) == 8


@pytest.mark.parametrize("how", ["\x03", signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_who_stops_watching_finds_the_terminal_in_order_and_the_refresh_going_on(
    watching: TerminalSession, refresh: Refresh, how: str | signal.Signals
) -> None:
    before = watching.modes
    watching.wait_for("3 of 45 releases")
    if isinstance(how, str):
        watching.type(how)
    else:
        watching.process.send_signal(how)
    assert watching.finish() == 130
    assert_in_order(watching.shown)
    said = watching.shown.partition("\x1b[?1049l")[2]
    assert "No longer watching. The refresh continues" in said
    assert "Traceback" not in said
    assert watching.modes == before
    assert refresh.process.poll() is None
    assert read_status(Settings(data_dir=refresh.project.data)).running


def test_a_refresh_that_is_killed_is_said_to_have_died(
    watching: TerminalSession, refresh: Refresh
) -> None:
    watching.wait_for("3 of 45 releases")
    refresh.process.kill()
    refresh.process.wait()
    assert watching.finish() == 1
    assert_in_order(watching.shown)
    assert "The last one died" in watching.shown.partition("\x1b[?1049l")[2]


def test_a_terminal_that_knows_no_escapes_gets_lines(
    refresh: Refresh, open_terminal: OpenTerminal
) -> None:
    project = refresh.project
    watching = open_terminal(
        cli("status", "--watch"), project.environment({"TERM": "dumb"}), project.home
    )
    watching.wait_for("15/60 releases (25.0 %)")
    refresh.says(finished=True, stage="done")
    assert watching.finish() == 0
    assert "\x1b" not in watching.shown


def read_until(process: Running, text: str) -> str:
    """Lines up to the one that holds `text`."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if text in line:
            break
    return said


def test_for_scripts_it_is_one_object_for_each_change(refresh: Refresh) -> None:
    with refresh.project.running("status", "--watch", "--json") as process:
        said = read_until(process, '"done": 3,')
        for _ in range(3):  # what passes with time alone is no change
            time.sleep(0.8)
            refresh.says(rate_per_minute=refresh.progress.done / (time.time() % 100 + 1))
        refresh.says(waiting="Discogs asked to pause (429)", waiting_until=1e10)
        said += read_until(process, "pause (429)")
        refresh.says(waiting="", waiting_until=None, done=4, fetched=4)
        said += read_until(process, '"done": 4,')
        refresh.says(finished=True, stage="done")
        said += process.communicate(timeout=30)[0]
        assert process.returncode == 0
    looks = [json.loads(line) for line in said.splitlines()]
    assert [(look["running"], look["waiting"], look["refresh"]["done"]) for look in looks] == [
        (True, "", 3),
        (True, "Discogs asked to pause (429)", 3),
        (True, "", 4),
        (False, "", 4),
    ]
    assert [look["waiting_until"] for look in looks] == [None, 1e10, None, None]


def test_in_a_pipe_it_is_a_line_for_what_is_new(refresh: Refresh) -> None:
    with refresh.project.running("status", "--watch") as process:
        said = read_until(process, "15/60")
        refresh.says(waiting="Discogs asked to pause (429)")
        said += read_until(process, "waiting: Discogs")
        refresh.says(waiting="", done=4, fetched=4)
        said += read_until(process, "left")
        refresh.says(finished=True, stage="done")
        said += process.communicate(timeout=30)[0]
    lines = said.splitlines()
    assert [line for line in lines if line.startswith("15/60")] == lines[:3]
    assert lines[1].endswith("; waiting: Discogs asked to pause (429)")
    assert "waiting" not in lines[2]
    assert "No refresh is running." in lines[3:]


def test_who_has_read_enough_is_not_kept_waiting_for_the_end(refresh: Refresh) -> None:
    """`musictool status --watch --json | head -1` ends while the refresh goes on."""
    with refresh.project.running("status", "--watch", "--json") as process:
        read_until(process, "{")
        assert process.stdout is not None
        process.stdout.close()
        refresh.says(done=4)
        assert process.wait(20) == 0
    assert refresh.process.poll() is None


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_begun_before_a_refresh_it_waits_for_one(
    flags: tuple[str, ...], refresh: Refresh, open_terminal: OpenTerminal
) -> None:
    """Two windows are opened, and this one first."""
    project = refresh.project
    (project.data / "progress.json").unlink()
    watching = open_terminal(
        cli("status", "--watch", *flags), project.environment({"TERM": "dumb"}), project.home
    )
    watching.wait_for('"running": false' if flags else "Waiting for one")
    refresh.says(done=5)
    watching.wait_for('"running": true' if flags else "15/60 releases")
    refresh.says(done=6, stage="done", finished=True)
    assert watching.finish() == 0


def test_ctrl_c_ends_the_waiting(quarter: Project, open_terminal: OpenTerminal) -> None:
    Path(quarter.data / "progress.json").unlink(missing_ok=True)
    watching = open_terminal(cli("status", "--watch"), quarter.environment(), quarter.home)
    watching.wait_for("Waiting for one")
    watching.type("\x03")
    assert watching.finish() == 130
    assert "No longer waiting." in watching.shown


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_in_a_script_it_does_not_wait_for_a_refresh_that_may_never_come(
    flags: tuple[str, ...], quarter: Project
) -> None:
    Path(quarter.data / "progress.json").unlink(missing_ok=True)
    ran = quarter.run("status", "--watch", *flags)
    assert ran.returncode == 0
    if flags:
        assert json.loads(ran.stdout)["running"] is False
    else:
        assert ran.stdout == "No refresh is running, so there is nothing to follow.\n"
