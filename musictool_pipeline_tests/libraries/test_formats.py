"""What holds for every format of libraries: each is led through the same cases.

A format without a writer in `written_libraries` fails here.
"""

from __future__ import annotations

import contextlib
import random
import shutil
from pathlib import Path

import pytest

from musictool_pipeline.libraries.errors import LibraryError, NotALibrary
from musictool_pipeline.libraries.format import Format
from musictool_pipeline.libraries.formats import EXAMPLES_IN_WORDS, FORMATS
from musictool_pipeline.libraries.known import Known
from musictool_pipeline.libraries.reading import read_entries, read_library
from musictool_pipeline.libraries.recognise import libraries_at
from musictool_pipeline_tests.libraries.written_libraries import WRITERS, Entry, read

DOCS = Path(__file__).parents[2] / "docs"

ALL = pytest.mark.parametrize("format", FORMATS, ids=str)
OF_FILES = pytest.mark.parametrize("format", [it for it in FORMATS if it.kind != "folder"], ids=str)


def write(format: Format, folder: Path, *entries: Entry) -> Path:
    return WRITERS[format.kind](folder, *entries)


def test_every_format_is_written_here_and_none_twice() -> None:
    assert sorted(WRITERS) == sorted(format.kind for format in FORMATS)


@ALL
def test_it_is_told_by_what_is_in_it_and_gives_its_name(tmp_path: Path, format: Format) -> None:
    path = write(format, tmp_path, Entry("/m/a.mp3", "A", "T"), Entry("/m/b.mp3", "B", "U"))
    assert libraries_at(path) == [(format, path)]
    tracks = read(path)
    assert {track.source for track in tracks} == {format.kind}
    assert {(track.artist, track.title) for track in tracks} == {("A", "T"), ("B", "U")}


@ALL
def test_ids_are_stable_and_distinct(tmp_path: Path, format: Format) -> None:
    path = write(format, tmp_path, *[Entry("/m/a.mp3")] * 2, Entry("/m/b.mp3"))
    tracks = read(path)
    assert len({track.digital_id for track in tracks}) == 3
    assert tracks == read(path)


WITHOUT_MARKS = {"folder", "rekordbox_usb", "m3u8"}


@ALL
def test_only_the_entry_that_changed_is_made_again(tmp_path: Path, format: Format) -> None:
    """Prevents one file more from costing as much as all files."""
    first, second = Entry("/m/a.mp3", "A", "T"), Entry("/m/b.mp3", "B", "U")
    path = write(format, tmp_path, first, second)
    before = list(read_entries(path, Known({}, "")))
    assert [entry.track for entry in before] == read(path)
    numbers = {entry.mark: at for at, entry in enumerate(before) if entry.mark is not None}
    assert bool(numbers) is (format.kind not in WITHOUT_MARKS)
    shutil.rmtree(tmp_path)
    tmp_path.mkdir()
    changed = write(format, tmp_path, first, second._replace(title="V"))
    after = list(read_entries(changed, Known(numbers, "")))
    assert [entry.was for entry in after] == [0 if numbers else None, None]
    assert after[1].track and after[1].track.title == "V"
    other_code = read_entries(changed, Known(numbers, "other code"))
    assert all(entry.was is None for entry in other_code)


@ALL
def test_an_entry_without_tags_is_kept(tmp_path: Path, format: Format) -> None:
    """Every fifth file has none, and its name often says it all."""
    [track] = read(write(format, tmp_path, Entry("/m/Artist - Title.mp3")))
    assert (track.artist, track.title, track.album, track.musical_key) == (None,) * 4
    assert (track.path or "").endswith("Artist - Title.mp3")
    assert track.is_music


@OF_FILES
def test_an_entry_whose_file_is_not_there_is_kept(tmp_path: Path, format: Format) -> None:
    """The disk that it lies on may be unplugged."""
    [track] = read(write(format, tmp_path, Entry("/nowhere/a.mp3", "A", "T")))
    assert track.is_music


ODD_NAMES = (
    *("100%.mp3", "100%25.mp3", "#1 & <2>.mp3", "a'b\"c.mp3", "ä é.mp3", "坂本.mp3"),
    *("e\u0301.mp3", "2:1.mp3", "😀.mp3", "a+b=c?.mp3", "a..mp3", "a  b.mp3", "a;b, c.mp3"),
)


@ALL
def test_odd_names_of_files_come_back_as_they_are(tmp_path: Path, format: Format) -> None:
    paths = {f"/Musik & {name[0]}/{name}" for name in ODD_NAMES}
    tracks = read(write(format, tmp_path, *(Entry(path, "A", "T") for path in sorted(paths))))
    come_back = {"/" + "/".join((track.path or "").split("/")[-2:]) for track in tracks}
    assert come_back == paths


HOSTILE_TITLES = (
    "'); DROP TABLE digital_tracks; --",
    '=HYPERLINK("http://x.example","a")',
    "<script>alert(1)</script> & <!ENTITY x>",
    "]]> &amp; &lt; %00 ${HOME} `id` {{7*7}}",
    "../../../etc/passwd",
    "\u202egnp.mp3",
    "|, ; , \\",
)


@ALL
def test_what_a_title_says_is_text_and_nothing_else(tmp_path: Path, format: Format) -> None:
    entries = [Entry(f"/m/{n}.mp3", "A", title) for n, title in enumerate(HOSTILE_TITLES)]
    tracks = read(write(format, tmp_path, *entries))
    assert {track.artist for track in tracks} == {"A"}
    assert sorted(str(track.title) for track in tracks) == sorted(HOSTILE_TITLES)


@ALL
def test_a_missing_library_is_an_error_that_says_so(tmp_path: Path, format: Format) -> None:
    path = write(format, tmp_path, Entry("/m/a.mp3"))
    with pytest.raises(LibraryError, match="not found"):
        list(read_library(path.with_name(f"no {path.name}")))


@OF_FILES
def test_damage_gives_tracks_or_an_error_of_ours_and_nothing_else(
    tmp_path: Path, format: Format
) -> None:
    """A traceback does not say which file to repair; a reading without end says nothing at all."""
    chance = random.Random(7)
    path = write(format, tmp_path, *[Entry("/m/a.mp3", "A", "T"), Entry("/m/b.mp3")] * 2)
    whole = path.read_bytes()
    # Each time an encrypted one is opened takes a third of a second.
    for _ in range(10 if format.kind == "rekordbox_db" else 100):
        damaged = bytearray(whole)
        for _ in range(chance.choice([1, 3, 30])):
            damaged[chance.randrange(len(damaged))] = chance.choice([0, 255, 60, 34, 38, 65])
        path.write_bytes(damaged[: chance.choice([None, chance.randrange(len(damaged))])])
        with contextlib.suppress(LibraryError):
            list(read_library(path))


@OF_FILES
def test_one_that_is_empty_is_an_error_and_no_empty_library(tmp_path: Path, format: Format) -> None:
    path = write(format, tmp_path, Entry("/m/a.mp3"))
    path.write_bytes(b"")
    with pytest.raises(LibraryError, match="is empty"):
        list(read_library(path))


@ALL
def test_every_message_that_lists_what_can_be_given_names_it(format: Format) -> None:
    assert format.example in EXAMPLES_IN_WORDS
    assert format.example in NotALibrary.remedy


@ALL
def test_the_docs_say_where_to_find_it(format: Format) -> None:
    page = (DOCS / "your-collection.md").read_text("utf-8")
    table = page.split("\n| program |")[1].split("\n\n")[0]
    name = format.words.removeprefix("a ").split()[0]
    assert any(name in row for row in table.splitlines()[2:])


@pytest.mark.parametrize(
    ("format", "place"), [(it, place) for it in FORMATS for place in it.in_folders]
)
def test_it_is_found_in_the_folder_of_its_program(
    tmp_path: Path, format: Format, place: str
) -> None:
    path = tmp_path / "disk" / place
    path.parent.mkdir(parents=True)
    write(format, tmp_path, Entry("/m/a.mp3")).rename(path)
    assert libraries_at(tmp_path / "disk") == [(format, path)]
    assert path.name.lower() in format.file_names
