"""Elements into the cache: on the spot or by processes, and what happens where one fails."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from musictool_pipeline.discogs import dump_intake
from musictool_pipeline.discogs.cache import FETCHED, SOURCE_API, TracklistCache
from musictool_pipeline.discogs.dump_intake import Intake
from musictool_pipeline.errors import StorageError
from musictool_pipeline.settings import PROJECT_ROOT

PUBLISHED = datetime(2026, 1, 1, tzinfo=UTC)


def element(release_id: int, status: str = "Accepted") -> bytes:
    return (
        f'<release id="{release_id}" status="{status}"><title>{release_id}</title></release>'
    ).encode()


@pytest.fixture
def cache(tmp_path: Path) -> TracklistCache:
    return TracklistCache(tmp_path / "cache")


@pytest.fixture
def in_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything goes through processes, in batches of three."""
    monkeypatch.setattr(dump_intake, "ON_THE_SPOT", 0)
    monkeypatch.setattr(dump_intake, "BATCH", 3)
    monkeypatch.setattr(dump_intake, "PROCESSES", 2)


def eventually(holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + 60
    while not holds() and time.monotonic() < until:
        time.sleep(0.01)
    return holds()


def is_there(pid: int) -> bool:
    """Whether the process lives; one that has ended and that nobody asked after does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def children(pid: int) -> list[int]:
    threads = Path(f"/proc/{pid}/task").iterdir()
    return [int(each) for thread in threads for each in (thread / "children").read_text().split()]


@pytest.mark.usefixtures("in_processes")
def test_processes_do_what_is_done_on_the_spot(tmp_path: Path, cache: TracklistCache) -> None:
    elements = [(number, element(number)) for number in range(1, 21)]
    elements[4] = (5, element(5, "Draft"))
    elements[9] = (10, element(11))
    beside = TracklistCache(tmp_path / "beside")
    for each in (cache, beside):
        each.write(7, b'{"id":7}', status=FETCHED, fetched_at=PUBLISHED)
    with Intake(cache, PUBLISHED) as intake:
        for each in elements:
            intake.give(*each)
    there = dump_intake.take(beside, PUBLISHED, elements)
    assert (there.imported, there.newer, sorted(there.refused)) == (17, 1, [5, 10])
    assert intake.taken == there
    assert list(cache.look()) == list(beside.look())
    assert next(cache.scan({7})).source == SOURCE_API


@pytest.mark.usefixtures("in_processes")
def test_what_a_process_cannot_write_is_told_as_if_it_were_done_here(tmp_path: Path) -> None:
    (tmp_path / "cache").write_bytes(b"no folder")
    with (
        pytest.raises(StorageError, match="cannot be written"),
        Intake(TracklistCache(tmp_path / "cache"), PUBLISHED) as intake,
    ):
        for number in range(1, 200):
            intake.give(number, element(number))


@pytest.mark.usefixtures("in_processes")
def test_a_process_that_dies_ends_the_import_with_a_sentence(
    cache: TracklistCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dump_intake.sys, "executable", "/bin/false")
    with (
        pytest.raises(StorageError, match="a process that writes tracklists into it has died"),
        Intake(cache, PUBLISHED) as intake,
    ):
        for number in range(1, 200):
            intake.give(number, element(number))


@pytest.mark.usefixtures("in_processes")
def test_an_interruption_ends_the_processes_and_keeps_what_they_wrote(
    cache: TracklistCache,
) -> None:
    others = set(children(os.getpid()))  # that tests before this one left behind
    with pytest.raises(KeyboardInterrupt), Intake(cache, PUBLISHED) as intake:
        for number in range(1, 1_000):
            intake.give(number, element(number))
            if number == 100:
                started = set(children(os.getpid())) - others
                raise KeyboardInterrupt
    assert started
    assert not any(is_there(pid) for pid in started)
    assert 0 < intake.taken.imported == len(list(cache.scan())) <= 100


def test_they_end_when_the_one_that_feeds_them_is_killed(cache: TracklistCache) -> None:
    """Nobody is left who could write into the cache, or hold a lock on it."""
    program = (
        "import sys, datetime; from pathlib import Path\n"
        "from musictool_pipeline.discogs.dump_intake import Intake\n"
        "from musictool_pipeline.discogs.cache import TracklistCache\n"
        "at = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)\n"
        "with Intake(TracklistCache(Path(sys.argv[1])), at) as intake:\n"
        "    for number in range(1, 1_000_000):\n"
        "        intake.give(number, b'<release id=\"%d\"></release>' % number)\n"
    )
    feeding = subprocess.Popen([sys.executable, "-c", program, cache.folder], cwd=PROJECT_ROOT)
    wanted = dump_intake.ON_THE_SPOT + 5 * dump_intake.BATCH
    assert eventually(lambda: len(cache.release_ids()) > wanted)
    started = children(feeding.pid)
    feeding.kill()
    feeding.wait()
    assert started
    assert eventually(lambda: not any(is_there(pid) for pid in started))
    assert {cached.release_id for cached in cache.scan()} == cache.release_ids()
    assert not cache.quarantine.exists()
