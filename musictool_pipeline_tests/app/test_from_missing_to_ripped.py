"""The whole way, command by command: an export, what is missing, a ripped record, and owned."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from musictool_pipeline_tests.app.conftest import LIMIT, SAMPLE, Completed, MakeProject, Project
from musictool_pipeline_tests.ripped_side import SILENCE, read_labels, rip, samples_of, tone
from musictool_pipeline_tests.sample_data import EXPORT_HEADER
from musictool_pipeline_tests.stand_in.server import StandIn

TRACKS = (
    ("A1", 'Amber "Dub"', "1:10"),
    ("A2", "Birch / Bark", "0:55"),
    ("B1", "Copper: What Is It?", "1:02"),
    ("B2", "Dusk (Ann's Remix)", ""),
)
ANSWER = {
    "id": 7,
    "title": "Four Trees",
    "artists": [{"name": "Bob Quint"}],
    "formats": [{"name": "Vinyl", "qty": "1"}],
    "tracklist": [
        {"position": position, "type_": "track", "title": title, "duration": duration}
        for position, title, duration in TRACKS
    ],
}


@dataclass(frozen=True)
class Evening:
    """What each command said, the record's folder, and the files that were cut."""

    project: Project
    said: dict[str, Completed]
    folder: Path
    cut: list[Path]


@pytest.fixture(scope="module")
def evening(make_project: MakeProject) -> Iterator[Evening]:
    answers = {7: json.dumps(ANSWER).encode()}
    with StandIn(answers.get, limit=LIMIT) as discogs:
        project = make_project(discogs.url)
        (project.data / SAMPLE.export_name).unlink()
        row = dict.fromkeys(EXPORT_HEADER, "") | {
            "Artist": "Bob Quint", "Title": "Four Trees", "release_id": "7",
            "CollectionFolder": "Crate", "Date Added": "2026-01-01 12:00:00",
        }  # fmt: skip
        lines = (",".join(EXPORT_HEADER), ",".join(map(str, row.values())), "")
        (project.data / "me-collection-20260101-1200.csv").write_text("\n".join(lines))
        music = project.home / "Music"
        library = {"MUSICTOOL_DIGITAL_LIBRARY": str(music)}
        said = {
            "refresh": project.run("refresh"),
            "gaps": project.run("gaps"),
            "plan": project.run("rip"),
            "rip": project.run("rip", "7"),
        }
        (folder,) = (project.data / "exports" / "rips").iterdir()
        cut = rip(folder, music)
        said["refresh again"] = project.run("refresh", settings=library)
        said["gaps --json"] = project.run("gaps", "--status", "owned", "--json", settings=library)
        said["explain"] = project.run("explain", "7", "A1", settings=library)
        said["plan again"] = project.run("rip", settings=library)
        yield Evening(project, said, folder, cut)


@pytest.mark.parametrize("name", ["refresh", "gaps", "plan", "rip", "refresh again", "explain"])
def test_every_step_ends_well(name: str, evening: Evening) -> None:
    ran = evening.said[name]
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_at_first_all_is_missing_and_the_plan_names_the_record(evening: Evening) -> None:
    assert "4 tracks: 4 missing" in evening.said["gaps"].stdout
    plan = evening.said["plan"].stdout
    assert "Bob Quint - Four Trees" in plan
    assert "release 7, 4 of 4 missing, sides A, B, in Crate" in plan


def test_each_file_holds_one_track_and_the_silence_around_it(evening: Evening) -> None:
    """The times of a label file are those of the recording: no track loses its beginning."""
    labels = [read_labels(evening.folder / f"Side {side} labels.txt") for side in "AB"]
    numbers = [number for side in labels for number in range(1, len(side) + 1)]
    for path, number in zip(evening.cut, numbers, strict=True):
        samples = samples_of(path)
        assert set(samples) == {SILENCE, *tone(number)}, path
        assert samples[0] == samples[-1] == SILENCE


def test_after_the_next_refresh_all_is_owned_and_says_why(evening: Evening) -> None:
    ran = evening.said["refresh again"]
    assert "4  owned" in ran.stdout
    (record,) = json.loads(evening.said["gaps --json"].stdout)["records"]
    assert [(it["position"], it["status"]) for it in record["tracks"]] == [
        (position, "owned") for position, *_ in TRACKS
    ]
    explained = evening.said["explain"].stdout
    assert "owned" in explained
    assert "same title, same artist" in explained and "from the file name" in explained
    assert "A1 Bob Quint - Amber ''Dub''.wav" in explained


def test_then_nothing_is_left_to_rip(evening: Evening) -> None:
    assert "No records match." in evening.said["plan again"].stdout
