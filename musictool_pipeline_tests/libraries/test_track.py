"""The one shape: its values, its identities, and text that was garbled."""

from __future__ import annotations

import unicodedata
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.libraries.mojibake import mended
from musictool_pipeline.libraries.musical_key import (
    KEYS,
    Key,
    camelot_of,
    key_from_number,
    key_from_text,
)
from musictool_pipeline.libraries.track import (
    DistinctIds,
    as_number,
    as_seconds,
    as_time,
    file_type_of,
    library_track,
)


def test_the_id_of_an_entry_is_the_same_on_every_machine_and_day() -> None:
    """Overrides and tables refer to it; this is its value for ever."""
    track = library_track("traktor", path="C:/Music/a.mp3", title="T")
    assert track.digital_id == library_track("traktor", path="C:/Music/a.mp3").digital_id
    assert track.digital_id == "76f1a36b3c5c5aa4"


def test_the_path_is_the_identity_however_it_is_spelt() -> None:
    composed = library_track("x", path="C:\\Music\\Löwe.mp3")
    decomposed = library_track("x", path=unicodedata.normalize("NFD", "C:/Music/Löwe.mp3"))
    assert composed.digital_id == decomposed.digital_id
    assert composed.digital_id != library_track("y", path="C:\\Music\\Löwe.mp3").digital_id


def test_without_a_path_the_texts_are_the_identity() -> None:
    one = library_track("x", artist="A", title="B")
    assert one.digital_id == library_track("x", artist=" A", title="B").digital_id
    assert one.digital_id != library_track("x", artist="A B").digital_id
    assert one.digital_id != library_track("x", path="A").digital_id


def test_equal_entries_get_ids_of_their_own_the_same_each_time() -> None:
    twice = [library_track("x", path="a"), library_track("x", path="b")] * 3

    def ids() -> list[str]:
        distinct = DistinctIds()
        return [distinct(track).digital_id for track in twice]

    assert len(set(ids())) == 6
    assert ids() == ids()
    assert ids()[:2] == [track.digital_id for track in twice[:2]]


def test_nothing_is_none_and_never_an_empty_text() -> None:
    track = library_track("x", path="", artist=" \t", title="\ufeff", album=True, label=b"x")
    assert (track.path, track.artist, track.title, track.album, track.label) == (None,) * 5


def test_zeros_that_fill_a_text_up_are_no_part_of_it() -> None:
    track = library_track("x", path="/a.mp3\0\0", known_as="/a.mp3\0", title="T\0")
    assert (track.path, track.title, track.file_type) == ("/a.mp3", "T", "mp3")
    assert track.digital_id == library_track("x", path="/a.mp3").digital_id
    assert key_from_text("8A\0\0") == "Am"


def test_texts_are_trimmed_and_on_one_line() -> None:
    track = library_track("x", title="  A\tB\r\nC ", artist=1999)
    assert (track.title, track.artist) == ("A B C", "1999")


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("124.00", 124.0),
        ("124,5", 124.5),
        (" 7 ", 7.0),
        (7, 7.0),
        *[(x, None) for x in (0, -1, "0", "-1", "", "x", "1e9", "nan", "1_0", "٣", None, True)],
        (float("nan"), None),
        (float("inf"), float("inf")),
        ("9" * 400, None),
    ],
)
def test_numbers(value: object, number: float | None) -> None:
    assert as_number(value) == number


def test_numbers_beyond_sense_are_unknown() -> None:
    track = library_track(
        "x", bpm="1000", duration_seconds=float("inf"), bitrate=1e12, file_size_bytes=1e300
    )
    assert (track.bpm, track.duration_seconds, track.bitrate) == (None, None, None)
    assert track.file_size_bytes is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("04:58.45", 298.45), ("1:00:00", 3600), ("300", 300), ("0:00", None), ("1:99", None)],
)
def test_seconds(text: str, seconds: float | None) -> None:
    assert as_seconds(text) == seconds


@pytest.mark.parametrize(
    ("path", "file_type"),
    [
        ("/a/b.MP3", "mp3"),
        ("a.stem.mp4", "stem.mp4"),
        ("system.mp4", "mp4"),
        (r"C:\a.b\c", None),
        ("/a.b/c", None),
        ("Artist - Title feat. Somebody", None),
        ("Vol. 2.0", None),
        ("a.b.flac", "flac"),
        (".m4a", "m4a"),
        ("", None),
        (None, None),
    ],
)
def test_file_types(path: str | None, file_type: str | None) -> None:
    assert file_type_of(path) == file_type


@pytest.mark.parametrize(
    ("printed", "key"),
    [
        *[(text, "Am") for text in ("Am", "A minor", "Amin", "a min", "8A", "08a", "1m", "A moll")],
        *[(text, "C") for text in ("C", "C major", "Cmaj", "8B", "1d", "c", "CM", "B#")],
        *[(text, "F#m") for text in ("F#m", "Gbm", "F♯ minor", "11A", "4m", "F# min")],
        *[(text, "Bb") for text in ("Bb", "A#", "B♭ major", "6B", "11d", "bb")],
        *[(text, "G#m") for text in ("Abm", "G#m", "1A", "6m")],
        *[(text, "Ebm") for text in ("D♯m/E♭m", "2A", "D♯m/E♭m (2A)", "2A - D#m")],
        *[(text, "D") for text in ("10B D", "D", "3d (D)", "D/10B", "10b | D maj")],
        *[(text, "Am") for text in ("1m (Am)", "Am/8A", "8A A minor", "A m")],
        *[(text, None) for text in ("", "H", "o", "13A", "0A", "Z", "All", None, "Unknown")],
        *[(text, None) for text in ("C/Am", "8A 8B", "8A Energy 7", "INVALID", "()", "/")],
    ],
)
def test_keys(printed: str | None, key: str | None) -> None:
    assert key_from_text(printed) == key


def test_each_program_has_a_code_of_its_own_for_each_of_the_24_keys() -> None:
    for field in ("name", "camelot", "open_key", "traktor", "engine"):
        assert len({getattr(key, field) for key in KEYS}) == 24
    assert sorted(key.traktor for key in KEYS) == sorted(key.engine for key in KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_every_program_calls_a_key_by_the_same_name(key: Key) -> None:
    for text in (key.name, key.camelot, key.camelot.lower(), key.open_key, f"0{key.camelot}"):
        assert key_from_text(text) == key.name
    assert key_from_text(f"{key.camelot} {key.name}") == key.name
    for program in ("traktor", "engine", "mixxx", "serato"):
        assert key_from_number(program, getattr(key, program)) == key.name
    assert camelot_of(key.name) == key.camelot


def test_the_wheels_turn_by_fifths() -> None:
    """Each table of the kind has been printed wrong somewhere; this is what makes it a wheel."""
    notes = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
    for key in KEYS:
        is_minor = key.name.endswith("m")
        tonic = notes[key.name[0]] + key.name.count("#") - key.name.count("b")
        fifths = 7 * (tonic - (9 if is_minor else 0)) % 12
        assert key.open_key == f"{fifths + 1}{'m' if is_minor else 'd'}"
        assert key.camelot == f"{(fifths + 7) % 12 + 1}{'A' if is_minor else 'B'}"
        assert key.engine == 2 * fifths + is_minor
        assert key.traktor == tonic % 12 + 12 * is_minor


@pytest.mark.parametrize("value", [-1, 24, None])
def test_numbers_of_no_key_are_unknown(value: int | None) -> None:
    assert key_from_number("traktor", value) is key_from_number("engine", value) is None
    assert camelot_of(None) is None


@pytest.mark.parametrize(
    ("value", "time"),
    [
        ("2021/3/14", datetime(2021, 3, 14)),
        ("2021-03-14", datetime(2021, 3, 14)),
        ("2021-03-14T12:30:00Z", datetime(2021, 3, 14, 12, 30)),
        ("2021-03-14T12:30:00+02:00", datetime(2021, 3, 14, 10, 30)),
        ("2021-03-14 12:30:05", datetime(2021, 3, 14, 12, 30, 5)),
        *[(value, datetime(2021, 3, 14, 12)) for value in (1_615_723_200, "1615723200")],
        *[(value, None) for value in (0, "0", "", None, -1, "2021/13/14", "yesterday", True)],
        *[(value, None) for value in ("1980-01-01", 1, 10**12, 10**30, "9" * 20, b"2021")],
    ],
)
def test_times(value: object, time: datetime | None) -> None:
    assert as_time(value) == time
    assert library_track("x", imported_at=value).imported_at == time


@pytest.mark.parametrize(
    "meant",
    [
        "Björk",
        "Motörhead — Ace",
        "Señor “Coconut”",
        "Сплин",
        "坂本龍一",
        "Sigur Rós",
        "שלום",
        "à la",
    ],
)
def test_utf_8_read_as_another_encoding_is_mended(meant: str) -> None:
    raw = meant.encode("utf-8")
    assert mended(raw.decode("latin-1")) == meant
    assert mended("".join(_as_windows(byte) for byte in raw)) == meant


def _as_windows(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


@pytest.mark.parametrize(
    "meant", ["שלום עולם", "אביב גפן - עכשיו מעונן", "עברי לידר feat. Somebody", "קרן אור"]
)
def test_hebrew_read_as_latin_1_is_mended(meant: str) -> None:
    assert mended(meant.encode("cp1255").decode("latin-1")) == meant


@pytest.mark.parametrize(
    "right",
    [
        "Björk",
        "MOTÖRHEAD",
        "«ÉTÉ»",
        "Ænima",
        "öäüß",
        "Ääniä",
        "÷",
        "Ùm Ààà",
        "señor",
        "Größe ß",
        "à é",
        "Øø",
        "Σ",
        "坂本",
        "Für Elise — Réprise",
        "déjà vu à gogo",
        "Ólafur Arnalds",
        "Sigur Rós",
        "naïve",
        "½ ° ™",
        "ïðè",
        "àà èè",
    ],
)
def test_what_is_right_stays(right: str) -> None:
    """A wrong repair would spoil a name that was right."""
    assert mended(right) == right


@given(st.text())
def test_mending_never_fails_and_ends(text: str) -> None:
    assert isinstance(mended(text), str)
    track = library_track("x", path=text, title=text, identity=text)
    assert track.title != ""
    (track.path or "").encode("utf-8")


@pytest.mark.parametrize(
    ("path", "is_music"),
    [
        ("/Volumes/nas/#recycle/House/a.mp3", False),
        ("D:/$RECYCLE.BIN/S-1-5/a.mp3", False),
        ("/Users/me/.Trash/a.mp3", False),
        (r"\\nas\music\@Recycle\a.mp3", False),
        ("/home/me/.local/share/Trash/files/a.mp3", False),
        ("/music/Media/Apple Music/A/B/a.m4p", False),
        (r"C:\Music\Apple Music\A\B\a.m4p", False),
        ("/music/Media/Apple Music/A/B/a.movpkg", False),
        ("/beatport:track:123", False),
        ("/music/tidal/a.mp3", True),
        ("/music/Recycled Sounds/#recycle.mp3", True),
        ("/music/Apple Music/a.m4a", True),
        ("/music/Trash/a.mp3", True),
    ],
)
def test_a_file_in_a_bin_or_of_a_subscription_is_no_music(path: str, is_music: bool) -> None:
    """A program goes on listing a file that was deleted, and a rented one that it cannot play."""
    assert library_track("x", path=path, title="T").is_music is is_music


@pytest.mark.parametrize("length", ["3:21", "201", 201, "0:03:21.0", "201,0"])
def test_a_length_is_seconds_or_a_clock_in_every_library(length: object) -> None:
    assert library_track("x", title="T", duration_seconds=length).duration_seconds == 201
