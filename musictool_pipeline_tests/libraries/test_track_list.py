"""A CSV of tracks: its columns in any order, and tables that are something else."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Literal

import pytest

from musictool_pipeline.core.collection.export_header import DISCOGS_COLUMNS
from musictool_pipeline.libraries.errors import LibraryError, NotALibrary
from musictool_pipeline.libraries.reading import read_library
from musictool_pipeline.libraries.track import LibraryTrack
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
        ",".join(name for name in DISCOGS_COLUMNS if name != "release_id"),
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


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("name", ["tracks.csv", "tracks.txt"])
def test_every_end_of_a_line_is_one(tmp_path: Path, end: str, name: str) -> None:
    """A spreadsheet's `CSV (Macintosh)` ends its lines in CR, and so does what iTunes exports."""
    path = tmp_path / name
    path.write_bytes(end.join(("artist,title", "A,T", '"B, C",U', "")).encode())
    assert [(t.artist, t.title) for t in read(path)] == [("A", "T"), ("B, C", "U")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_what_itunes_exports_as_text_is_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "Party.txt"
    path.write_bytes(
        (
            "Name\tArtist\tAlbum\tSize\tTime\tBit Rate\tKind\tLocation\r"
            "Löwe\tRöyk\tTiere\t9000000\t301\t320\tMPEG audio file\t"
            "Macintosh HD:Users:me:Music:Löwe.mp3\r"
            "Hired\tRöyk\t\t9\t301\t256\tApple Music AAC audio file\t\r"
        ).encode(encoding)
    )
    own, rented = read(path)
    assert (own.artist, own.title, own.album, own.duration_seconds) == (
        ("Röyk", "Löwe", "Tiere", 301)
    )
    assert (own.path, own.bitrate) == ("/Users/me/Music/Löwe.mp3", 320)
    assert (own.file_size_bytes, own.is_music) == (9_000_000, True)
    assert (rented.title, rented.is_music) == ("Hired", False)


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("Macintosh HD:Users:me:AC/DC.mp3", "/Users/me/AC:DC.mp3"),
        ("Stick 2:House:a.mp3", "/Volumes/Stick 2/House/a.mp3"),
        ("file:///m/a%20b.mp3", "/m/a b.mp3"),
        ("C:\\m\\a:b.mp3", "C:\\m\\a:b.mp3"),
        ("soundcloud:tracks:1", "soundcloud:tracks:1"),
        ("qobuz:track:17", "qobuz:track:17"),
        ("/m/2:1.mp3", "/m/2:1.mp3"),
    ],
)
def test_paths_of_other_spellings(tmp_path: Path, written: str, path: str) -> None:
    assert only(table(tmp_path, f"artist,title,path\nA,T,{written}\n")).path == path


@pytest.mark.parametrize("note", ["sep=;", '"sep=;"', "SEP=;", "\ufeffsep=;"])
def test_the_note_that_excel_makes_is_no_header(tmp_path: Path, note: str) -> None:
    path = table(tmp_path, f"{note}\r\nartist;title\r\nA,B;T\r\n")
    assert (only(path).artist, only(path).title) == ("A,B", "T")


def test_blank_lines_above_the_header_count_for_nothing_but_for_its_line(tmp_path: Path) -> None:
    path = table(tmp_path, "\n  \n,,\nartist,title\nA,T\nB," + "x" * 200_000 + "\n")
    tracks = read_library(path)
    assert next(tracks).artist == "A"
    with pytest.raises(LibraryError, match="line 6"):
        list(tracks)


def test_a_blank_before_a_quote_belongs_to_neither(tmp_path: Path) -> None:
    path = table(tmp_path, '"title", "artist"\n"T ""x""",  "Earth, Sea"\n')
    assert (only(path).artist, only(path).title) == ("Earth, Sea", 'T "x"')


@pytest.mark.parametrize(
    "header",
    [
        "Titel;Interpret;Album;Länge;Speicherort",
        "Nom;Artiste;Album;Durée;Emplacement",
        "Título;Artista;Álbum;Duración;Ubicación",
        "Naam;Artiest;Album;Tijd;Locatie",
        "Title (as tagged);Artist;Album;Length (mm:ss);File",
    ],
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_headings_in_the_language_of_the_program_are_known(
    tmp_path: Path, header: str, form: Literal["NFC", "NFD"]
) -> None:
    """Programs write their headings as their user reads them."""
    rows = f"{unicodedata.normalize(form, header)}\nOne;Ann;Alb;3:21;/x/1.mp3\n"
    track = only(table(tmp_path, rows))
    assert (track.title, track.artist, track.album) == ("One", "Ann", "Alb")
    assert (track.duration_seconds, track.path) == (201.0, "/x/1.mp3")


def test_a_rented_track_is_known_by_its_kind_in_any_language(tmp_path: Path) -> None:
    rows = "Nombre;Artista;Tipo\nOne;Ann;Archivo de audio AAC de Apple Music\n"
    assert not only(table(tmp_path, rows)).is_music


@pytest.mark.parametrize("rows", ['A,T\n"B,U\nC,V\n', 'A,T\n"B,U', 'A,T\n"B","U\n\n'])
def test_a_quotation_mark_that_is_not_closed_is_damage(tmp_path: Path, rows: str) -> None:
    """All rows below it became the artist of one track, and every other track was missing."""
    tracks = read_library(table(tmp_path, f"artist,title\n{rows}"))
    assert next(tracks).artist == "A"
    with pytest.raises(LibraryError, match="line 3: a quotation mark is not closed"):
        next(tracks)
