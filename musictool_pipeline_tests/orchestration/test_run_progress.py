"""A run's progress ends with the run: not before its last step, and however it ends."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from musictool_pipeline.core.progress import DONE, FAILED, INTERRUPTED, JUDGING, READING, Progress
from musictool_pipeline.disk import progress_file
from musictool_pipeline.disk.files import write_atomically
from musictool_pipeline.disk.progress_file import read_progress
from musictool_pipeline.errors import StorageError
from musictool_pipeline.orchestration import assets
from musictool_pipeline.orchestration.half_public import errors_of_steps
from musictool_pipeline.tables import gaps, library
from musictool_pipeline_tests.libraries.written_libraries import entry, location, nml
from musictool_pipeline_tests.orchestration.conftest import Project

RELEASES = [101, 102, 103]


@pytest.fixture(autouse=True)
def with_records_and_files(project: Project) -> None:
    project.write_export(RELEASES)
    owned = entry(location("101.mp3"), ARTIST="Artist 101", TITLE="One")
    (project.settings.data_dir / "collection.nml").write_text(nml(owned))


def ended(project: Project) -> Progress:
    progress = read_progress(project.settings.progress_file)
    assert progress is not None and progress.finished
    return progress


def test_from_the_tables_of_tracks_to_the_gaps_the_refresh_is_under_way(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`status --watch` in another terminal summed up before any track was compared."""
    seen: list[tuple[str, bool]] = []
    before_judging: list[Progress | None] = []
    judge = gaps.judge

    def write(path: Path, content: bytes, *, durable: bool = True) -> None:
        write_atomically(path, content, durable=durable)
        if progress := read_progress(path):
            seen.append((progress.stage, progress.finished))

    def look_and_judge(*arguments: object) -> object:
        before_judging.append(read_progress(project.settings.progress_file))
        return judge(*arguments)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(progress_file, "write_atomically", write)
    monkeypatch.setattr(gaps, "judge", look_and_judge)
    assert project.refresh().success
    stages = [stage for stage, _ in seen]
    assert [finished for _, finished in seen] == [False] * (len(seen) - 1) + [True]
    assert (before_judging[0] or Progress()).stage == READING
    assert stages[-1] == DONE
    assert {READING, JUDGING} & set(stages) == {READING}, "six tracks are compared in one go"


def test_a_library_that_cannot_be_stored_ends_the_progress_as_failed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read before anything is fetched, and the gaps are skipped long after it."""

    def fail(*arguments: object) -> None:
        raise StorageError("musictool.duckdb cannot be written: No space left on device")

    monkeypatch.setattr(library, "load_digital_tracks", fail)
    result = project.refresh()
    assert not result.success
    assert errors_of_steps(project.instance, result.run_id) == {"Failure"}
    assert (ended(project).stage, ended(project).fetched) == (FAILED, len(RELEASES))
    assert project.counts().tracks, "the tables of tracks are whole all the same"


@pytest.mark.parametrize(("room", "name"), [(gaps, "build_gap_analysis"), (assets, "expand")])
def test_an_interrupt_after_the_fetching_is_called_one(
    room: object, name: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*arguments: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(room, name, interrupt)
    assert not project.refresh().success
    assert ended(project).stage == INTERRUPTED


@pytest.mark.parametrize("last", ["discogs_tracklists", "expanded_tracks", "digital_tracks"])
def test_a_run_of_fewer_assets_ends_with_the_last_of_them(last: str, project: Project) -> None:
    """Whichever are chosen: the run knows its own end."""
    chosen = ["collection_csv", "releases", "discogs_tracklists"]
    assert project.refresh_only(*chosen, *({last} - set(chosen))).success
    assert (ended(project).stage, ended(project).fetched) == (DONE, len(RELEASES))
