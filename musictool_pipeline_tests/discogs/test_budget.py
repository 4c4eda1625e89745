"""One budget for all processes of the machine: what one of them sends, all of them know."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from musictool_pipeline.core.discogs.pace import UNSEEN_OTHERS, Wait
from musictool_pipeline.discogs.budget import (
    KEPT_SECONDS,
    LONGEST_FLIGHT,
    RequestBudget,
    Turn,
    budget_path,
)
from musictool_pipeline.errors import StorageError
from musictool_pipeline_tests.surroundings import StartProcess


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "requests-api.test-443.sqlite"


@pytest.fixture
def clock() -> Clock:
    return Clock()


def turn(budget: RequestBudget) -> Turn:
    found = budget.next_turn()
    assert isinstance(found, Turn), found
    return found


def wait(budget: RequestBudget) -> Wait:
    found = budget.next_turn()
    assert isinstance(found, Wait), found
    return found


def turn_when_due(budget: RequestBudget, clock: Clock) -> Turn:
    while isinstance(found := budget.next_turn(), Wait):
        clock.now += found.seconds + 1e-6
    return found


def rows(path: Path) -> list[tuple[float, float | None]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT started, answered FROM request ORDER BY 1").fetchall()


# ------------------------------------------------------------------ the pace


def test_starts_are_apart_whoever_makes_them(path: Path, clock: Clock) -> None:
    one, other = RequestBudget(path, 60, clock), RequestBudget(path, 60, clock)
    one.answered(turn(one))
    assert wait(other).seconds == pytest.approx(1.0)
    clock.now += 1.0
    other.answered(turn(other))
    assert wait(one).seconds == pytest.approx(1.0)


def test_at_most_four_are_in_flight_over_all(path: Path, clock: Clock) -> None:
    budgets = [RequestBudget(path, 60, clock) for _ in range(3)]
    turns = []
    for number in range(4):
        turns.append(turn(budgets[number % 3]))
        clock.now += 1.0
    assert wait(budgets[1]).seconds > 0
    budgets[0].answered(turns[0])
    turn(budgets[2])


@pytest.mark.parametrize("limit", [25, 60])
def test_no_minute_holds_more_than_the_limit(path: Path, clock: Clock, limit: int) -> None:
    budget = RequestBudget(path, limit, clock)
    starts = []
    for _ in range(3 * limit):
        found = turn_when_due(budget, clock)
        starts.append(found.started)
        clock.now += 0.2
        budget.answered(found)
    assert all(later - first > 60.0 for first, later in zip(starts, starts[limit:], strict=False))
    assert starts[-1] - starts[0] < 3 * 61.5  # and it wastes next to nothing


def _spend(path: Path, ceiling: int, requests: int) -> None:
    budget = RequestBudget(path, ceiling)
    for _ in range(requests):
        while isinstance(found := budget.next_turn(), Wait):
            time.sleep(found.seconds)
        time.sleep(0.002)
        budget.answered(found)


@pytest.mark.parametrize("processes", [2, 4])
def test_processes_share_it(path: Path, start_process: StartProcess, processes: int) -> None:
    """Each with a budget of its own, two refreshes would send twice as much and be cut off."""
    each = 60 // processes
    spenders = [start_process(_spend, path, 3000, each) for _ in range(processes)]
    for spender in spenders:
        spender.join(30)
        assert spender.exitcode == 0
    booked = rows(path)
    assert len(booked) == each * processes
    starts = [started for started, _ in booked]
    assert min(later - first for first, later in pairwise(starts)) >= 60 / 3000 - 1e-6
    for start in starts:
        in_flight = sum(1 for begun, ended in booked if begun <= start < (ended or 1e99))
        assert in_flight <= 4


def test_threads_share_one_object(path: Path) -> None:
    budget = RequestBudget(path, 6000)

    def spend() -> None:
        for _ in range(10):
            while isinstance(found := budget.next_turn(), Wait):
                time.sleep(found.seconds)
            budget.answered(found)

    threads = [threading.Thread(target=spend) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    starts = [started for started, _ in rows(path)]
    assert len(starts) == 40
    assert min(later - first for first, later in pairwise(starts)) >= 0.01 - 1e-6


# ------------------------------------------------------------------ the dead


def _take_turns(path: Path, turns: int) -> None:
    budget = RequestBudget(path, 60_000)
    for _ in range(turns):
        while isinstance(found := budget.next_turn(), Wait):
            time.sleep(found.seconds)
    os._exit(9)  # as a kill does: nothing is booked any more


def test_a_process_that_died_in_flight_blocks_nobody(
    path: Path, start_process: StartProcess
) -> None:
    """Four requests that nobody will ever answer would hold up everybody else for good."""
    dead = start_process(_take_turns, path, 4)
    dead.join(10)
    assert dead.exitcode == 9
    assert [answered for _, answered in rows(path)] == [None] * 4
    time.sleep(0.01)
    turn(RequestBudget(path, 60_000))
    # They count as answered at the latest moment possible: the server may have counted them then.
    settled = [answered for _, answered in rows(path)[:4]]
    assert len(set(settled)) == 1
    assert settled[0] is not None


@pytest.mark.skipif(os.name != "posix", reason="there are no zombies")
def test_a_zombie_in_flight_blocks_nobody(path: Path) -> None:
    code = (
        "import sys; from pathlib import Path;"
        "from musictool_pipeline_tests.discogs.test_budget import _take_turns;"
        "_take_turns(Path(sys.argv[1]), 4)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(path)], cwd=_ROOT) as zombie:
        os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)  # dead, but not yet buried
        time.sleep(0.01)
        assert len(rows(path)) == 4
        turn(RequestBudget(path, 60_000))


_ROOT = Path(__file__).parents[2]


def test_a_request_in_flight_for_too_long_is_settled(path: Path, clock: Clock) -> None:
    budget = RequestBudget(path, 60, clock)
    for _ in range(4):
        turn(budget)
        clock.now += 1.0
    assert wait(budget).seconds < 0.1  # soon: one of the four may be answered
    clock.now += LONGEST_FLIGHT - 4.0
    assert isinstance(budget.next_turn(), Wait)
    clock.now += 1.01
    turn(budget)


def test_old_requests_are_forgotten(path: Path, clock: Clock) -> None:
    budget = RequestBudget(path, 60, clock)
    for _ in range(5):
        budget.answered(turn(budget))
        clock.now += 1.0
    clock.now += KEPT_SECONDS
    turn(budget)
    assert len(rows(path)) == 1


# ------------------------------------------------------------------ what the server says


def test_the_server_lowers_the_ceiling(path: Path, clock: Clock) -> None:
    budget = RequestBudget(path, 60, clock)
    budget.answered(turn(budget), limit=25, used=1)
    assert wait(budget).seconds == pytest.approx(60 / 25)
    assert wait(RequestBudget(path, 60, clock)).seconds == pytest.approx(60 / 25)  # for everybody


@pytest.mark.parametrize("limit", [61, 240, 10**8, 0, None])
def test_the_server_never_raises_the_ceiling(path: Path, clock: Clock, limit: int | None) -> None:
    budget = RequestBudget(path, 60, clock)
    budget.answered(turn(budget), limit=limit, used=1)
    assert wait(budget).seconds == pytest.approx(1.0)


def test_the_least_limit_of_the_last_minute_holds(path: Path, clock: Clock) -> None:
    budget = RequestBudget(path, 60, clock)
    for limit in (60, 30, 60):
        budget.answered(turn_when_due(budget, clock), limit=limit, used=1)
    assert wait(budget).seconds == pytest.approx(2.0)
    clock.now += 60.1
    budget.answered(turn(budget), limit=60, used=1)
    assert wait(budget).seconds == pytest.approx(1.0)


def test_what_others_use_is_left_to_them(path: Path, clock: Clock) -> None:
    budget = RequestBudget(path, 60, clock)
    first = turn(budget)
    budget.answered(first, limit=60, used=56)  # ours and 55 of somebody else
    sent = 1
    while not isinstance(found := budget.next_turn(), Wait) or found.seconds < 1.5:
        if isinstance(found, Wait):
            clock.now += found.seconds
        else:
            budget.answered(found)
            sent += 1
    assert sent == 60 - 55 - UNSEEN_OTHERS
    assert "other programs use 55 of the 60" in found.reason
    clock.now = first.started + 60.1
    budget.answered(turn(budget), limit=60, used=5)  # they are gone, and so is the reservation
    clock.now += 1.0
    turn(budget)


def _use(path: Path, requests: int, ready: Path) -> None:
    budget = RequestBudget(path, 60_000)
    while requests:
        if not isinstance(found := budget.next_turn(), Wait):
            budget.answered(found)
            requests -= 1
    ready.touch()
    time.sleep(60)


def test_a_program_at_its_side_is_named_as_what_it_waits_for(
    path: Path, start_process: StartProcess
) -> None:
    """Two refreshes at once share the pace: each would seem to crawl for no reason."""
    ready = path.with_name("ready")
    other = start_process(_use, path, 50, ready)
    while not ready.exists():
        time.sleep(0.01)
    budget = RequestBudget(path, 50)
    assert wait(budget).reason == (
        "other programs on this machine sent 50 of the 50 requests of this minute"
    )
    other.kill()
    other.join()
    assert wait(budget).reason == "", "a program that is gone is nobody to wait for"


# ------------------------------------------------------------------ 429


def test_a_429_makes_everybody_pause(path: Path, clock: Clock) -> None:
    one, other = RequestBudget(path, 60, clock), RequestBudget(path, 60, clock)
    assert one.throttled(turn(one), None) == 1
    assert wait(other) == Wait(60.0, "Discogs asked to pause (429)")
    clock.now += 59.9
    assert wait(one).seconds == pytest.approx(0.1)
    clock.now += 0.2
    assert "429" not in getattr(other.next_turn(), "reason", "")


def _is_paused(path: Path) -> None:
    found = RequestBudget(path, 60_000).next_turn()
    os._exit(0 if isinstance(found, Wait) and found.seconds > 50 and "429" in found.reason else 1)


def test_another_process_pauses_too(path: Path, start_process: StartProcess) -> None:
    budget = RequestBudget(path, 60_000)
    budget.throttled(turn(budget), None)
    process = start_process(_is_paused, path)
    process.join(10)
    assert process.exitcode == 0


@pytest.mark.parametrize(
    ("asked_for", "pauses"),
    [(None, [60, 120, 120]), (5.0, [5, 10, 20]), (0.0, [1, 2, 4]), (86_400.0, [120, 120, 120])],
)
def test_the_pause_is_the_servers_then_doubles(
    path: Path, clock: Clock, asked_for: float | None, pauses: list[float]
) -> None:
    budget = RequestBudget(path, 60, clock)
    for in_a_row, pause in enumerate(pauses, start=1):
        found = turn_when_due(budget, clock)
        assert budget.throttled(found, asked_for) == in_a_row
        budget.answered(found)
        assert wait(budget).seconds == pytest.approx(pause)


def test_answers_to_what_was_under_way_are_one_429(path: Path, clock: Clock) -> None:
    """Four in flight would otherwise be four in a row, and the first 429 end the run."""
    budget = RequestBudget(path, 60, clock)
    turns = []
    for _ in range(4):
        turns.append(turn(budget))
        clock.now += 1.0
    assert [budget.throttled(found, None) for found in turns] == [1, 1, 1, 1]
    pause = wait(budget).seconds
    clock.now += 10.0
    assert budget.throttled(turns[0], None) == 1
    assert wait(budget).seconds == pytest.approx(pause - 10.0)  # a late one does not prolong it
    for found in turns:
        budget.answered(found)
    clock.now += 60.0
    later = turn_when_due(budget, clock)
    assert budget.throttled(later, None) == 2


def test_only_a_later_success_ends_the_row(path: Path, clock: Clock) -> None:
    budget = RequestBudget(path, 60, clock)
    early = turn(budget)
    clock.now += 1.0
    assert budget.throttled(turn(budget), None) == 1
    budget.passed(early)  # was sent before the 429: says nothing about now
    assert "429" in wait(budget).reason
    clock.now += 61.0
    budget.passed(turn(budget))
    clock.now += 1.0
    assert budget.throttled(turn(budget), None) == 1


def test_yesterdays_429s_are_not_in_a_row_with_todays(path: Path, clock: Clock) -> None:
    budget = RequestBudget(path, 60, clock)
    for _ in range(3):
        found = turn_when_due(budget, clock)
        budget.throttled(found, None)
        budget.answered(found)
    clock.now += 86_400.0
    assert budget.throttled(turn(budget), None) == 1


# ------------------------------------------------------------------ the clock


def test_a_clock_that_began_anew_blocks_for_a_minute_at_most(path: Path, clock: Clock) -> None:
    """After a restart the stored times lie in the future: nobody may wait for them to come."""
    clock.now = 1_000_000.0
    before = RequestBudget(path, 60, clock)
    for _ in range(30):
        before.answered(turn_when_due(before, clock), limit=60, used=1)
    in_flight = turn_when_due(before, clock)
    before.throttled(in_flight, None)
    before.close()

    clock.now = 12.0
    after = RequestBudget(path, 60, clock)
    first = turn_when_due(after, clock)
    assert first.started - 12.0 < 61.0
    assert all(started <= clock.now for started, _ in rows(path))
    for _ in range(100):
        after.answered(turn_when_due(after, clock))
    assert clock.now - first.started < 165.0


# ------------------------------------------------------------------ the file


@pytest.mark.parametrize("content", [b"", b"x", b"no database at all" * 500, bytes(4096)])
def test_a_damaged_file_is_made_anew(path: Path, clock: Clock, content: bytes) -> None:
    path.write_bytes(content)
    budget = RequestBudget(path, 60, clock)
    turn(budget)
    assert wait(budget).seconds == pytest.approx(1.0)


def _full_budget(path: Path, clock: Clock) -> None:
    budget = RequestBudget(path, 60_000, clock)
    for _ in range(400):
        budget.answered(turn(budget))
        clock.now += 0.002
    budget.close()


def test_damage_inside_the_file_is_noticed_too(path: Path, clock: Clock) -> None:
    _full_budget(path, clock)
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xa5" * (len(content) - 4096))
    budget = RequestBudget(path, 60, clock)
    try:
        budget.next_turn()
    except StorageError as error:
        assert str(path) in str(error)


def test_a_full_disk_is_a_storage_error(path: Path, clock: Clock) -> None:
    budget = RequestBudget(path, 60_000, clock)
    turn(budget)
    assert budget._connection is not None
    budget._connection.execute("PRAGMA max_page_count = 1")  # the real error, at the real place
    with pytest.raises(StorageError, match="full"):
        for _ in range(1000):
            clock.now += 0.002
            budget.answered(turn(budget))


def test_a_file_deleted_under_a_run_does_not_split_the_budget(path: Path, clock: Clock) -> None:
    """The remedy of the error above tells the user to delete the file."""
    one = RequestBudget(path, 60, clock)
    one.answered(turn(one))
    path.unlink()
    clock.now += 1.0
    other = RequestBudget(path, 60, clock)
    other.answered(turn(other))
    wait(one)


def test_a_folder_that_cannot_be_made_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "requests.sqlite"
    with pytest.raises(StorageError, match="cannot be made") as raised:
        RequestBudget(path, 60).next_turn()
    assert str(path.parent) in str(raised.value)


def test_a_file_that_cannot_be_opened_is_said_in_words(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(StorageError, match="cannot be used") as raised:
        RequestBudget(path, 60).next_turn()
    assert str(path) in str(raised.value)
    assert "delete it while no refresh is running" in raised.value.remedy


def test_budgets_of_addresses_long_not_asked_are_swept(path: Path) -> None:
    ages = {"requests-a-1.sqlite": 2, "requests-a-1.sqlite-journal": 2, "requests-b-2.sqlite": 0.5}
    ages |= {"other-program.sqlite": 9}
    for name, days in ages.items():
        path.with_name(name).touch()
        os.utime(path.with_name(name), (time.time() - days * 86_400,) * 2)
    turn(RequestBudget(path, 60))
    left = {each.name for each in path.parent.iterdir()} - {path.name, f"{path.name}-journal"}
    assert left == {"requests-b-2.sqlite", "other-program.sqlite"}


def test_closed_it_opens_again(path: Path, clock: Clock) -> None:
    budget = RequestBudget(path, 60, clock)
    budget.close()
    budget.answered(turn(budget))
    budget.close()
    budget.close()
    assert wait(budget).seconds == pytest.approx(1.0)


# ------------------------------------------------------------------ its place


def test_there_is_one_for_each_host_and_port(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert budget_path("https://api.discogs.com").name == "requests-api.discogs.com-443.sqlite"
    same = ("https://API.discogs.com", "https://api.discogs.com:443/", "HTTPS://api.discogs.com/x")
    assert {budget_path(url) for url in same} == {budget_path("https://api.discogs.com")}
    others = (
        "http://api.discogs.com",
        "https://api.discogs.com:8443",
        "https://discogs.com",
        "http://127.0.0.1:5000",
        "http://127.0.0.1:5001",
        "http://[::1]:5000",
    )
    assert len({budget_path(url) for url in (*others, "https://api.discogs.com")}) == 7
    folder = budget_path("https://api.discogs.com").parent
    for url in (*others, "http://..:1/../../x", "http://a%2f..:1"):
        assert budget_path(url).parent == folder


@pytest.mark.skipif(os.name != "posix", reason="links and pipes")
@pytest.mark.parametrize("what", ["a link", "a pipe"])
def test_what_is_in_the_files_place_is_not_used(path: Path, what: str) -> None:
    """SQLite writes through a link, and waits at a pipe for ever."""
    elsewhere = path.with_name("elsewhere")
    elsewhere.touch()
    if what == "a link":
        path.symlink_to(elsewhere)
    else:
        os.mkfifo(path)
    with pytest.raises(StorageError, match=f"cannot be used: it is {what}"):
        RequestBudget(path, 60).next_turn()
    assert elsewhere.read_bytes() == b""
