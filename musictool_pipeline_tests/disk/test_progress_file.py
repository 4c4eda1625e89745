"""A reader of the progress sees a whole look or none, at any moment."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from musictool_pipeline.core.progress import (
    DONE,
    FAILED,
    JUDGING,
    READING,
    REBUILDING,
    STARTING,
    ExpandedRelease,
    Progress,
)
from musictool_pipeline.disk.processes import Owner
from musictool_pipeline.disk.progress_file import (
    SILENCE_OF_THE_DEAD,
    end_progress,
    is_under_way,
    note_judging,
    read_progress,
    reading_libraries,
    take_up,
    write_progress,
)
from musictool_pipeline.errors import StorageError

PROGRESS = Progress(
    run_id="abc",
    process="host:7:1.5",
    stage="fetching",
    started_at=1.0,
    updated_at=2.5,
    total=8,
    done=2,
    fetched=1,
    failed=1,
    rate_per_minute=59.2,
    waiting="Größe",
    recent=(ExpandedRelease(7, "Ann", None, 3),),
    failures={"HTTP 503 Service Unavailable": 1},
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "progress.json"


def test_reads_what_was_written(path: Path) -> None:
    write_progress(path, PROGRESS)
    assert read_progress(path) == PROGRESS
    write_progress(path, Progress())
    assert read_progress(path) == Progress()
    assert list(path.parent.iterdir()) == [path]


def test_the_tracks_compared_are_noted_beside_what_was_fetched(path: Path) -> None:
    write_progress(path, PROGRESS)
    note_judging(path, "abc", 10, 40)
    first = read_progress(path)
    assert first is not None
    assert (first.stage, first.judged, first.to_judge) == (JUDGING, 10, 40)
    assert (first.fetched, first.recent) == (PROGRESS.fetched, PROGRESS.recent)
    note_judging(path, "abc", 40, 40)
    last = read_progress(path)
    assert last is not None
    assert (last.stage, last.judged, last.finished) == (REBUILDING, 40, False)
    assert last.judging_since == first.judging_since


@pytest.mark.parametrize(
    "before", [None, PROGRESS, replace(PROGRESS, run_id="x", stage=DONE, finished=True)]
)
def test_a_run_notes_nothing_in_the_file_of_another_or_after_the_end(
    before: Progress | None, path: Path
) -> None:
    if before:
        write_progress(path, before)
    note_judging(path, "x", 10, 40)
    take_up(path, "x")
    with reading_libraries(path, "x"):
        assert read_progress(path) == before
    end_progress(path, "x", lambda: FAILED)
    assert read_progress(path) == before


def test_while_libraries_are_read_it_says_so_and_then_what_it_was_at(path: Path) -> None:
    write_progress(path, replace(PROGRESS, stage=REBUILDING))
    with reading_libraries(path, "abc"):
        during = read_progress(path)
        assert during is not None
        assert (during.stage, during.fetched, during.finished) == (READING, 1, False)
        note_judging(path, "abc", 40, 40)
    after = read_progress(path)
    assert after is not None
    assert (after.stage, after.judged) == (REBUILDING, 40)


def test_a_run_takes_up_what_its_own_process_has_announced_and_ends_it(path: Path) -> None:
    announced = Progress(process=str(Owner.this_process()), stage=STARTING)
    write_progress(path, replace(announced, process="elsewhere:7:1.5"))
    take_up(path, "x")
    assert read_progress(path) == replace(announced, process="elsewhere:7:1.5")
    write_progress(path, announced)
    take_up(path, "x")
    end_progress(path, "x", lambda: FAILED)
    ended = read_progress(path)
    assert ended is not None
    assert (ended.run_id, ended.stage, ended.finished) == ("x", FAILED, True)


def test_scripts_can_read_it(path: Path) -> None:
    write_progress(path, PROGRESS)
    told = json.loads(path.read_text(encoding="utf-8"))
    assert told["percentage"] == 25.0
    assert told["waiting"] == "Größe"
    assert told["recent"] == [{"release_id": 7, "artist": "Ann", "title": None, "tracks": 3}]


def test_names_of_another_version_are_no_hindrance(path: Path) -> None:
    path.write_text(json.dumps({"run_id": "abc", "invented_later": [1]}))
    assert read_progress(path) == Progress(run_id="abc")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"null", b"[]", b"7", b'"x"', b"\xff", b'{"recent": [1]}', b'{"recent": [{}]}',
     b'{"recent": null}', b'{"recent": {"a": 1}}'],
)  # fmt: skip
def test_what_cannot_be_read_is_none(path: Path, content: bytes) -> None:
    """A status command must not fall over a file that somebody else half wrote."""
    path.write_bytes(content)
    assert read_progress(path) is None


def test_none_where_there_is_none(path: Path) -> None:
    assert read_progress(path) is None
    path.mkdir()
    assert read_progress(path) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"total": "8", "done": 2},
        {"total": True},
        {"total": 8.5},
        {"finished": 1},
        {"started_at": "1.0"},
        {"rate_per_minute": "59"},
        {"rate_per_minute": False},
        {"waiting": None},
        {"recent": ""},
        {"failures": 7},
        {"failures": [["HTTP 503", 1]]},
    ],
)
def test_fields_of_a_wrong_type_are_not_taken(path: Path, fields: dict[str, object]) -> None:
    path.write_text(json.dumps(fields))
    assert read_progress(path) is None


def test_a_time_may_be_a_whole_number(path: Path) -> None:
    """JSON knows one kind of number, and a program that writes it may drop the `.0`."""
    path.write_text('{"started_at": 1, "rate_per_minute": 59, "eta_seconds": null}')
    assert read_progress(path) == Progress(started_at=1.0, rate_per_minute=59.0)


def test_a_reader_never_sees_half_of_it(path: Path) -> None:
    write_progress(path, PROGRESS)
    over = threading.Event()
    missed = []

    def watch() -> None:
        while not over.is_set():
            if read_progress(path) is None:
                missed.append(1)

    watcher = threading.Thread(target=watch)
    watcher.start()
    for _ in range(200):
        write_progress(path, PROGRESS)
    over.set()
    watcher.join()
    assert missed == []


def test_a_folder_that_is_not_there_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        write_progress(tmp_path / "nowhere" / "progress.json", PROGRESS)


def test_a_refresh_is_under_way_while_its_process_lives_and_it_has_not_ended() -> None:
    mine = Owner.this_process()
    here = replace(PROGRESS, process=str(mine))
    assert is_under_way(here, now=1e10), "however long it was silent: a laptop sleeps"
    assert not is_under_way(replace(here, finished=True), now=2.5)
    assert not is_under_way(replace(here, process=str(replace(mine, began=7.0))), now=2.5)
    assert not is_under_way(replace(here, process="?"), now=2.5)
    assert not is_under_way(None, now=2.5)


def test_a_refresh_on_another_host_lives_by_what_it_says() -> None:
    there = replace(PROGRESS, process="elsewhere:7:1.5", updated_at=100.0)
    assert is_under_way(there, now=100.0 + SILENCE_OF_THE_DEAD - 1)
    assert not is_under_way(there, now=100.0 + SILENCE_OF_THE_DEAD)
