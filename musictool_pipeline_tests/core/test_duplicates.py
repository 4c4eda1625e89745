"""Duplicates: the same version by the same artist, and the copy worth keeping."""

from __future__ import annotations

import itertools

import pytest

from musictool_pipeline.core.duplicates import AudioFile, Duplicate, find_duplicates
from musictool_pipeline.core.matching.tracks import DigitalTrack


def file(
    digital_id: str,
    title: str | None = "Inner City Life",
    artist: str | None = "Goldie",
    *,
    path: str | None = "",
    seconds: float | None = 300.0,
    file_type: str = "mp3",
    bitrate: int | None = 320,
    filled_in: int = 3,
    is_music: bool = True,
    album: str | None = None,
) -> AudioFile:
    path = f"/music/{digital_id}.{file_type}" if path == "" else path
    track = DigitalTrack(
        digital_id, artist, title, None, None, album, None, path, seconds, is_music
    )
    return AudioFile(track, file_type, bitrate, 10_000_000, filled_in)


def found(*files: AudioFile) -> list[Duplicate]:
    return list(find_duplicates(files))


def best(*files: AudioFile) -> str:
    [one] = [it for it in found(*files) if it.is_best]
    return one.digital_id


def test_two_files_of_one_version_are_a_group():
    one, two = found(file("a"), file("b"))
    assert one.group_id == two.group_id == "a"
    assert [one.is_best, two.is_best] == [True, False]


@pytest.mark.parametrize(
    "other",
    [
        file("b", "Inner City Life (Rabbit Short Mix)"),
        file("b", "Inner City Life 2"),
        file("b", artist="Somebody Else"),
        file("b", seconds=420.0),
        file("b", is_music=False),
        file("b", path=None),
    ],
)
def test_what_is_another_thing_is_no_duplicate(other: AudioFile):
    """A remix deleted as the duplicate of the original is gone."""
    assert found(file("a"), other) == []


def test_the_same_version_in_other_words_is_a_duplicate():
    files = file("a", "Inner City Life (Original Mix)"), file("b", "Inner City Life")
    assert len(found(*files)) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            file("a", "Good Life (Magic Juan's Mix)", "Inner City"),
            file("b", "Good Life - Magic Juan's Mix", "Inner City"),
        ),
        (
            file("a", "Hometown Glory (High Contrast Remix)", "Adele"),
            file("b", "Hometown Glory (High Contrast Remix)", "Adele, High Contrast"),
        ),
        (
            file("a", "Natural Mystic", "Bob Marley"),
            file("b", "Natural Mystic", "Bob Marley & The Wailers"),
        ),
        (
            file("a", "Another Brick In The Wall, Pt. 2", "Pink Floyd"),
            file("b", "Another Brick In The Wall Part II", "Pink Floyd"),
        ),
        (
            file("a", "Jamming (Live)", "Bob Marley", album="Babylon By Bus"),
            file("b", "Jamming (Live)", "Bob Marley", album="Babylon By Bus (Remastered)"),
        ),
    ],
)
def test_one_recording_as_two_programs_write_it_is_a_duplicate(one: AudioFile, other: AudioFile):
    assert len(found(one, other)) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (file("a", "Force (130 BPM)"), file("b", "Force (135 BPM)")),
        (file("a", "Go (Woodtick)"), file("b", "Go (Rainforest)")),
        (file("a", "Sex Machine, Pt. 1"), file("b", "Sex Machine, Pt. 2")),
        (
            file("a", "Jamming (Live)", album="Babylon By Bus"),
            file("b", "Jamming", album="Live At The Rainbow"),
        ),
    ],
)
def test_another_take_of_the_same_length_is_no_duplicate(one: AudioFile, other: AudioFile):
    assert found(one, other) == []


def test_a_file_without_tags_is_read_from_its_name():
    untagged = file("b", None, None, path="/music/Goldie - Inner City Life.mp3")
    assert len(found(file("a"), untagged)) == 2


def test_one_file_in_two_libraries_is_one_file():
    """It takes no space twice, and who deletes the other deletes it."""
    assert found(file("a", path="C:/Music/x.mp3"), file("b", path="C:\\Music\\x.mp3")) == []


@pytest.mark.parametrize(
    "paths",
    [
        ("Macintosh HD/Users/me/x.mp3", "/Users/me/x.mp3", "Users/me/x.mp3"),
        ("/Volumes/Macintosh HD/Users/me/x.mp3", "/Users/me/x.mp3"),
        ("Rips/Music/x.mp3", "/Volumes/Rips/Music/x.mp3", "Music/x.mp3"),
        ("C:/Music/honey.mp3", "c:/music/Honey.mp3", "Music/honey.mp3", "C:\\Music\\honey.mp3"),
        ("C:/Music/x.mp3", "/mnt/c/Music/x.mp3"),
        ("\\\\nas\\Music\\House\\x.mp3", "/Volumes/Music/House/x.mp3", "../Music/House/x.mp3"),
        ("E:/Music/x.mp3", "/Volumes/Stick/Music/x.mp3", "/media/me/Stick/Music/x.mp3"),
        ("/music/caf\u00e9.mp3", "/music/cafe\u0301.mp3"),
    ],
)
def test_one_file_by_the_paths_of_several_programs_is_one_file(paths: tuple[str, ...]):
    """Who acts on the list, and deletes all but the best, must never delete the only copy."""
    for order in itertools.permutations(paths):
        files = [file(f"{number}", path=path) for number, path in enumerate(order)]
        assert found(*files) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C:/Music/x.mp3", "D:/Music/x.mp3"),
        ("C:/Music/x.mp3", "C:/Users/me/Music/x.mp3"),
        ("/home/me/Music/x.mp3", "/Music/x.mp3"),
        ("/Users/me/Music/x.mp3", "/Users/me/x.mp3"),
        ("/Volumes/Rips/Music/x.mp3", "/Volumes/Stick/Music/x.mp3"),
        ("Rips/Music/x.mp3", "Stick/Music/x.mp3"),
        ("/Users/me/Music/x.mp3", "/Volumes/Stick/x2.mp3"),
    ],
)
def test_what_certainly_lies_elsewhere_is_another_file(one: str, other: str):
    """A list that leaves real copies out frees no space."""
    assert len(found(file("a", path=one), file("b", path=other))) == 2


def test_a_path_that_may_be_either_makes_one_of_neither():
    paths = ("Music/x.mp3", "C:/Music/x.mp3", "D:/Music/x.mp3")
    files = [file(f"{number}", path=path) for number, path in enumerate(paths)]
    assert {it.digital_id for it in found(*files)} == {"1", "2"}


@pytest.mark.parametrize(("title", "artist"), [("Intro", "Goldie"), ("Inner City Life", None)])
def test_what_cannot_be_told_apart_is_left_alone(title: str, artist: str | None):
    assert found(file("a", title, artist, path="/1.mp3"), file("b", title, artist)) == []


def test_lossless_then_bit_rate_then_completeness():
    flac = file("z", file_type="flac", bitrate=900, filled_in=1)
    good, poor = file("y", bitrate=320, filled_in=1), file("x", bitrate=128)
    full, copy = file("w", filled_in=7), file("v", path="/music/w (1).mp3", filled_in=7)
    for files in itertools.permutations((flac, good, poor)):
        assert best(*files) == "z"
    assert best(good, poor) == "y"
    assert best(good, full) == "w"
    assert best(full, copy) == "w"
    reasons = {it.digital_id: it.reason for it in found(flac, good, poor)}
    assert reasons["z"] == "the best copy: flac, 900 kbit/s"
    assert reasons["x"] == "the best copy is lossless: flac, 900 kbit/s"
    assert "bit rate" in {it.digital_id: it.reason for it in found(good, poor)}["x"]


def test_a_wav_is_not_better_for_its_bit_rate():
    wav = file("a", file_type="wav", bitrate=1411, filled_in=0)
    assert best(wav, file("b", file_type="flac", bitrate=800, filled_in=5)) == "b"


def test_the_order_of_the_files_makes_no_difference():
    files = [file("a"), file("b", bitrate=128), file("c", "Angel"), file("d", "Angel")]
    expected = found(*files)
    assert len(expected) == 4
    for order in itertools.permutations(files):
        assert sorted(found(*order), key=lambda it: it.digital_id) == sorted(
            expected, key=lambda it: it.digital_id
        )


def test_an_unknown_length_belongs_to_the_others_only_where_they_agree():
    unknown = file("c", seconds=None)
    assert len(found(file("a"), file("b", seconds=301.0), unknown)) == 3
    two_takes = (file("a"), file("b", seconds=480.0))
    assert found(*two_takes, unknown) == []
