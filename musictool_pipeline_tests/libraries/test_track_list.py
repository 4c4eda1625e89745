"""A CSV of tracks: its columns in any order, and tables that are something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from musictool_pipeline.core.collection.export_file import DISCOGS_COLUMNS
from musictool_pipeline.libraries import LibraryError, LibraryTrack, NotALibrary, read_library
from musictool_pipeline_tests.libraries.written_libraries import only, read


def table(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "tracks.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_every_column_is_read(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        "Key,Title,ARTIST,album,Label,remixer,mix,Duration,path,bpm,Genre,other\r\n"
        '8A,"Löwe, ""live""",Röyk,Tiere,Tonträger,Zebra,Dub,5:01,/m/a.flac,"124,5",House,x\r\n',
    )
    found = only(path)
    assert found == LibraryTrack(
        digital_id=found.digital_id,
        source="csv",
        path="/m/a.flac",
        artist="Röyk",
        title='Löwe, "live"',
        remixer="Zebra",
        mix="Dub",
        album="Tiere",
        label="Tonträger",
        genre="House",
        bpm=124.5,
        musical_key="Am",
        duration_seconds=301.0,
        file_type="flac",
        bitrate=None,
        file_size_bytes=None,
        is_music=True,
    )


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_spreadsheets_write_it_in_many_ways(tmp_path: Path, delimiter: str, encoding: str) -> None:
    text = delimiter.join(["artist", "title"]) + "\n" + delimiter.join(["Röyk", "Löwe"])
    found = only(table(tmp_path, text, encoding))
    assert (found.artist, found.title) == ("Röyk", "Löwe")


def test_rows_that_say_nothing_are_left_out(tmp_path: Path) -> None:
    path = table(tmp_path, "artist,title,bpm,path\n\n,,,\n , ,124,\nA\n,,,/a.mp3\nA,T,,,extra\n")
    assert [(t.artist, t.title, t.path) for t in read(path)] == [
        ("A", None, None),
        (None, None, "/a.mp3"),
        ("A", "T", None),
    ]


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("301", 301),
        ("5:01", 301),
        ("1:00:01", 3601),
        ("04:58.45", 298.45),
        ("0", None),
        ("?", None),
    ],
)
def test_durations(tmp_path: Path, written: str, seconds: float | None) -> None:
    path = table(tmp_path, f"artist,title,duration\nA,T,{written}\n")
    assert only(path).duration_seconds == seconds


def test_a_column_named_title_wins_over_one_that_may_mean_it(tmp_path: Path) -> None:
    path = table(tmp_path, "track,artist,title\n7,A,T\n")
    assert only(path).title == "T"


@pytest.mark.parametrize(
    "header",
    [
        ",".join(DISCOGS_COLUMNS),
        "Catalog.,Artist,Title,release.id",
        "listing_id,artist,title",
        "artist,title,discogs_release_id",
    ],
)
def test_exports_of_the_collection_are_no_list_of_tracks(tmp_path: Path, header: str) -> None:
    """The records would count as files, and nothing would be missing any more."""
    with pytest.raises(NotALibrary, match="lists records"):
        read(table(tmp_path, header + "\n" + "x," * 20))


@pytest.mark.parametrize("header", ["artist,album", "a,b", "title", "Lorem ipsum"])
def test_missing_columns_are_named(tmp_path: Path, header: str) -> None:
    with pytest.raises(NotALibrary, match="no column"):
        read(table(tmp_path, header + "\nx,y\n"))


def test_a_damaged_row_is_named_by_its_line(tmp_path: Path) -> None:
    path = table(tmp_path, "artist,title\nA,T\nB," + "x" * 200_000 + "\n")
    tracks = read_library(path)
    assert next(tracks).artist == "A"
    with pytest.raises(LibraryError, match="line 3"):
        list(tracks)
