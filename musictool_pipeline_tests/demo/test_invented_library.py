"""The demo's digital library: every outcome is in it, and the matcher answers as it should."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from musictool_pipeline.core.discogs.tracklist import expand_release
from musictool_pipeline.core.duplicates import AudioFile, find_duplicates
from musictool_pipeline.core.matching.matcher import match_all
from musictool_pipeline.core.matching.tracks import DigitalTrack, Verdict, VinylTrack
from musictool_pipeline.demo.sample import LIBRARY_NAME
from musictool_pipeline.libraries.reading import find_libraries, read_library
from musictool_pipeline.libraries.track import LibraryTrack
from musictool_pipeline_tests.invented_library import SampleLibrary, demo_library
from musictool_pipeline_tests.sample_data import demo_collection

SAMPLE = demo_collection()


@dataclass(frozen=True)
class Judged:
    """A library as read from its file, and what it makes of the demo's tracks."""

    library: SampleLibrary
    tracks: list[LibraryTrack]
    verdicts: dict[tuple[int, int], Verdict]

    def answer(self, release_id: int, track_number: int) -> tuple[str, str | None]:
        """The status, and the name of the file that decided."""
        verdict = self.verdicts[release_id, track_number]
        paths = {track.digital_id: track.path or "" for track in self.tracks}
        return verdict.status, paths.get(verdict.digital_id or "", "").rpartition("/")[2] or None


def judged(folder: Path, seed: int) -> Judged:
    library = demo_library(SAMPLE, seed)
    path = folder / LIBRARY_NAME
    path.write_bytes(library.nml)
    tracks = list(read_library(path))
    vinyl = _vinyl()
    files = [
        DigitalTrack(
            track.digital_id,
            track.artist,
            track.title,
            track.remixer,
            track.mix,
            track.album,
            track.label,
            track.path,
            track.duration_seconds,
            track.is_music,
        )
        for track in tracks
    ]
    verdicts = match_all(vinyl, files)
    return Judged(
        library,
        tracks,
        {
            (track.release_id, track.track_number): verdict
            for track, verdict in zip(vinyl, verdicts, strict=True)
        },
    )


def _vinyl() -> list[VinylTrack]:
    tracks: list[VinylTrack] = []
    for release_id, body in SAMPLE.answers.items():
        release = expand_release(release_id, json.loads(body))
        tracks += [
            VinylTrack(
                track_id=len(tracks) + track.number,
                artist=track.artist,
                title=track.title,
                album=release.title,
                album_artist=release.artist,
                label=release.label,
                catalog_number=release.catalog_number,
                duration_seconds=track.duration_seconds,
                position=track.position,
                release_year=release.release_year,
                release_id=release_id,
                track_number=track.number,
            )
            for track in release.tracks
        ]
    return tracks


@pytest.fixture(scope="module", params=[1, 2, 3], ids="seed {}".format)
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    return judged(tmp_path_factory.mktemp("library"), request.param)


def test_each_track_is_judged_as_its_file_deserves(library: Judged) -> None:
    wrong = {
        each: library.answer(each.release_id, each.track_number)
        for each in library.library.expected
        if library.answer(each.release_id, each.track_number) != (each.status, each.file_name)
    }
    # One artist's invented titles share words (`Neon Affair`, `Slow Affair`): a few come too near.
    near = {it for it in wrong if it.status == "missing" and wrong[it][0] != "owned"}
    assert {it: wrong[it] for it in wrong.keys() - near} == {}
    assert len(near) <= 4


def test_every_outcome_is_there_in_plenty(library: Judged) -> None:
    expected = Counter(each.status for each in library.library.expected)
    assert set(expected) == {"owned", "other_version", "review", "missing"}
    assert min(expected.values()) >= 15
    assert sum(expected.values()) > 0.8 * SAMPLE.track_count


def test_every_way_to_tag_badly_is_there(library: Judged) -> None:
    """A demo without one of them would show less than real libraries hold."""
    assert {each.how for each in library.library.expected} == {
        "a title that many tracks have",
        "another length",
        "another version",
        "artist given as Various",
        "artist inside the title",
        "bracket cut off",
        "clean tags",
        "guest in the artist",
        "guest in the title",
        "key suffix",
        "no artist anywhere",
        "no file",
        "no tags, all in the file name",
        "Original Mix",
        "remaster suffix",
        "typing error",
    }


def test_some_files_are_there_twice(library: Judged) -> None:
    """Else the demo would show an empty list of duplicates."""
    found = list(
        find_duplicates(
            AudioFile(
                DigitalTrack(
                    it.digital_id, it.artist, it.title, it.remixer, it.mix, it.album, it.label,
                    it.path, it.duration_seconds, it.is_music,
                ),
                it.file_type, it.bitrate, it.file_size_bytes, 0,
            )
            for it in library.tracks
        )
    )  # fmt: skip
    assert len(found) >= 10


def test_a_track_with_a_file_names_it_and_one_without_does_not(library: Judged) -> None:
    names = {(track.path or "").rpartition("/")[2] for track in library.tracks}
    for each in library.library.expected:
        assert (each.file_name is None) == (each.status == "missing")
        assert each.file_name is None or each.file_name in names


def test_all_entries_are_read_and_those_of_playlists_are_not(library: Judged) -> None:
    assert len(library.tracks) == library.library.entries
    assert len({track.digital_id for track in library.tracks}) == library.library.entries
    assert b"PRIMARYKEY" in library.library.nml


def test_samples_and_loops_are_told_from_music(library: Judged) -> None:
    """Loops bear the artist and title of tracks that are missing: none may answer for them."""
    not_music = [track for track in library.tracks if not track.is_music]
    assert len(not_music) == library.library.not_music >= 5
    tagged = {(track.artist, track.title) for track in not_music}
    loops_of = [
        (each.artist, each.title) for each in _vinyl() if (each.artist, each.title) in tagged
    ]
    assert loops_of


def test_the_same_seed_gives_the_same_bytes_and_another_others() -> None:
    assert demo_library(demo_collection()) == demo_library(SAMPLE)
    assert demo_library(SAMPLE, 1).nml != demo_library(SAMPLE, 2).nml


def test_it_is_found_in_the_data_folder(tmp_path: Path) -> None:
    path = tmp_path / LIBRARY_NAME
    path.write_bytes(demo_library(SAMPLE).nml)
    (tmp_path / SAMPLE.export_name).write_bytes(SAMPLE.export_csv)
    assert find_libraries(tmp_path) == [path]
    assert path.read_bytes().startswith(b'<?xml version="1.0" encoding="UTF-8" standalone="no" ?>')
