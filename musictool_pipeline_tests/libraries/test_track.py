"""The one shape: its values, its identities, and text that was garbled."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.libraries.mojibake import mended
from musictool_pipeline.libraries.musical_key import key_from_engine, key_from_text
from musictool_pipeline.libraries.track import (
    DistinctIds,
    as_number,
    as_seconds,
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
        *[(text, None) for text in ("", "H", "o", "13A", "0A", "Am/8A", "Z", "All", None)],
    ],
)
def test_keys(printed: str | None, key: str | None) -> None:
    assert key_from_text(printed) == key


def test_the_wheels_of_keys_agree() -> None:
    for place in range(12):
        camelot, open_key = (place + 7) % 12 + 1, place + 1
        for letter, mode, minor in (("A", "m", 1), ("B", "d", 0)):
            expected = key_from_engine(2 * place + minor)
            assert key_from_text(f"{camelot}{letter}") == expected
            assert key_from_text(f"{open_key}{mode}") == expected
    assert len({key_from_engine(value) for value in range(24)}) == 24


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
