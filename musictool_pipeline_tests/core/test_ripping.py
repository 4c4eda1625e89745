"""Sides, times, file names, and texts that no title can break out of."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.core.ripping import (
    DEFAULT_PATTERN,
    TAG_COLUMNS,
    RecordSide,
    RipRecord,
    RipTrack,
    by_side,
    check_pattern,
    cue_sheet,
    label_file,
    lengths_of,
    place_tracks,
    safe_name,
    tag_rows,
    times_in_words,
)

HOSTILE = st.text(
    st.sampled_from('ab ."<>:/\\|?*-{}\n\r\t\x00\x1b\x85\u2028\u202e\ud800ü') | st.characters(),
    max_size=300,
)


def record(*tracks: RipTrack, artist: str | None = "Ann", title: str | None = "Album") -> RipRecord:
    return RipRecord(7, artist, title, "Label", "CAT 1", 1999, tracks)


def on(side: str | None, number: int, seconds: int | None = None, **texts: str) -> RipTrack:
    values = {"position": f"{side or ''}{number}", "artist": "Ann", "title": f"No {number}"}
    return RipTrack(number, side=side, seconds=seconds, **(values | texts))


def only_side(*tracks: RipTrack) -> RecordSide:
    (side,) = place_tracks(record(*tracks), DEFAULT_PATTERN)
    return side


# --- Sides and times ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "sides"),
    [
        (["A", "A", "B"], {"A": [1, 2], "B": [3]}),
        (["A", "AA"], {"A": [1], "AA": [2]}),
        (["A", "B", "A"], {"A": [1, 3], "B": [2]}),
        (["A", None, None, "B"], {"A": [1, 2, 3], "B": [4]}),
        ([None, "B", "C"], {"B": [1, 2], "C": [3]}),
        ([None, None], {None: [1, 2]}),
        ([], {}),
    ],
)
def test_a_track_without_side_is_where_its_neighbours_are(
    named: list[str | None], sides: dict[str | None, list[int]]
) -> None:
    """A part of an index track often has no position of its own."""
    tracks = [on(side, number) for number, side in enumerate(named, start=1)]
    found = {side: [each.number for each in on_it] for side, on_it in by_side(tracks).items()}
    assert found == sides


@pytest.mark.parametrize(
    ("seconds", "lengths"),
    [
        ([100, 200], [100, 200]),
        ([100, None, 200], [100, 150, 200]),
        ([None], [360]),
        ([None] * 5, [240] * 5),
        ([None] * 26, [46] * 26),
        ([None] * 5000, [1] * 5000),
        ([], []),
    ],
)
def test_unknown_lengths_are_guessed(seconds: list[int | None], lengths: list[int]) -> None:
    assert lengths_of([on("A", 1, each) for each in seconds]) == lengths


def test_tracks_begin_when_those_before_end() -> None:
    first, second = place_tracks(
        record(on("A", 1, 100), on("A", 2, 61), on("B", 3, 5), on("B", 4)), DEFAULT_PATTERN
    )
    assert [(each.start, each.length, each.is_known) for each in first.tracks] == [
        (0, 100, True),
        (100, 61, True),
    ]
    assert [(each.start, each.length, each.is_known) for each in second.tracks] == [
        (0, 5, True),
        (5, 5, False),
    ]
    assert (first.name, first.stem, first.length, first.guessed) == ("A", "Side A", 161, 0)
    assert (second.name, second.length, second.guessed) == ("B", 10, 1)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        ([1, 1], "The times are added up from the lengths on Discogs"),
        ([1, None], "The times are a guess: 1 of 2 lengths is not on Discogs"),
        ([1, None, None], "The times are a guess: 2 of 3 lengths are not on Discogs"),
        ([None], "The times are a guess: the length is not on Discogs"),
    ],
)
def test_a_guess_is_called_one_in_the_cue_sheet(seconds: list[int | None], words: str) -> None:
    side = only_side(*(on("A", number, each) for number, each in enumerate(seconds, start=1)))
    assert times_in_words(side) == words
    assert f'REM COMMENT "{words}"\n' in cue_sheet(record(), side)


# --- File names -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("A1 Ann - Alone", "A1 Ann - Alone"),
        ("AC/DC", "AC_DC"),
        ('The 12" Mix: <What?> | * \\', "The 12'' Mix_ _What__ _ _ _"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\Windows", "C__Windows"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("Aux .flac", "_Aux .flac"),
        ("COM1", "_COM1"),
        ("lpt\u00b2", "_lpt\u00b2"),
        ("CONIN$", "_CONIN$"),
        ("Console", "Console"),
        ("COM 1", "COM 1"),
        (".hidden", "hidden"),
        ("-rf", "rf"),
        ("ends in dots...", "ends in dots"),
        ("ends in a blank ", "ends in a blank"),
        ("two\nlines\tand \x1b[2J", "two lines and [2J"),
        ("\u202egnp.exe", "gnp.exe"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("千のナイフ", "千のナイフ"),
        ("...", "_"),
        ("", "_"),
    ],
)
def test_a_name_that_every_system_takes(text: str, name: str) -> None:
    assert safe_name(text) == name


@given(HOSTILE, HOSTILE, HOSTILE)
def test_no_title_leads_out_of_the_folder(artist: str, title: str, position: str) -> None:
    (side,) = place_tracks(
        record(RipTrack(1, position, None, artist, title)), "{title}{position} {artist}"
    )
    name = side.tracks[0].file_name
    assert name
    assert PurePosixPath(name).name == PureWindowsPath(name).name == name
    assert not PureWindowsPath(f"{name}.flac").is_reserved()
    assert not set(name) & set('<>:"/\\|?*')
    assert not any(ord(each) < 32 or 0xD800 <= ord(each) < 0xE000 for each in name)
    assert name == name.strip(" ").rstrip(".").lstrip(".-")
    assert len(name.encode()) <= 200


@pytest.mark.parametrize("letter", ["x", "ü", "千", "\U0001f3b6"])
def test_a_name_is_short_enough_for_every_disk(letter: str) -> None:
    """A file system takes 255 bytes or 255 letters; the title keeps its place behind an artist
    without end."""
    long = letter * 500
    (side,) = place_tracks(record(RipTrack(1, "A1", "A", long, long)), DEFAULT_PATTERN)
    name = side.tracks[0].file_name
    assert 150 < len(name.encode()) <= 190
    assert re.fullmatch(f"A1 {letter}+ - {letter}+", name)


@pytest.mark.parametrize(
    ("artist", "title", "name"),
    [
        ("Ann", "t" * 180, f"A1 Ann - {'t' * 180}"),
        ("a" * 90, "t" * 94, f"A1 {'a' * 90} - {'t' * 94}"),
        ("Ann", "t" * 182, None),
        ("a" * 91, "t", None),
    ],
)
def test_a_title_has_what_the_rest_of_the_name_leaves(
    artist: str, title: str, name: str | None
) -> None:
    """A remix is named at the end of its title; what was cut is known, so that it can be said."""
    (side,) = place_tracks(record(RipTrack(1, "A1", "A", artist, title)), DEFAULT_PATTERN)
    (track,) = side.tracks
    assert track.is_cut is (name is None)
    assert track.file_name == (name or track.file_name)


def test_no_two_files_have_one_name() -> None:
    """Mac and Windows do not tell `ALONE` from `Alone`, and the second would replace the first."""
    titles = ["Alone", "ALONE", "Alone (2)", "alone?", "alone*", "Al\u200eone"]
    tracks = [RipTrack(n, title=title) for n, title in enumerate(titles, start=1)]
    (side,) = place_tracks(record(*tracks), "{title}")
    assert [each.file_name for each in side.tracks] == [
        "Alone",
        "ALONE (2)",
        "Alone (2) (2)",
        "alone_",
        "alone_ (2)",
        "Alone (3)",
    ]


def test_every_field_of_a_pattern() -> None:
    track = RipTrack(3, "B2", "B", "Bob", "Song")
    pattern = "{position}.{number}.{side}.{artist}.{title}.{album}.{label}.{catalog_number}.{year}"
    (side,) = place_tracks(record(track), pattern)
    assert side.tracks[0].file_name == "B2.03.B.Bob.Song.Album.Label.CAT 1.1999"


def test_what_is_not_known_leaves_no_gap() -> None:
    bare = RipRecord(7, None, None, None, None, None, (RipTrack(3),))
    (side,) = place_tracks(bare, "{position} {label} {year} {artist} - {title}")
    assert side.tracks[0].file_name == "03 Unknown Artist - Untitled"
    assert (side.stem, bare.name) == ("Record", "Unknown Artist - Untitled")


def test_a_title_is_no_pattern() -> None:
    (side,) = place_tracks(record(on("A", 1, title="{artist!r} {0}")), "{title}")
    assert side.tracks[0].file_name == "{artist!r} {0}"


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("{album}/{title}", "/ would begin a folder"),
        ("..\\{title}", "would begin a folder"),
        ("{title", "a brace"),
        ("title}", "a brace"),
        ("{name}", "no field {name}"),
        ("{}", "no field {}"),
        ("{0}", "no field {0}"),
        ("{title.__class__}", "no field {title.__class__}"),
        ("{title[0]}", "no field"),
        ("{title!r}", "nothing behind the name"),
        ("{title:>999999999}", "nothing behind the name"),
        ("song", "names no field"),
        ("", "names no field"),
    ],
)
def test_a_pattern_that_cannot_be_used(pattern: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        check_pattern(pattern)


# --- Texts for programs ---------------------------------------------------------------------------


def test_a_cue_sheet_line_by_line() -> None:
    side = only_side(on("A", 1, 125, title='The "Big" One'), on("A", 2, 60, artist="Bob"))
    assert cue_sheet(record(), side).splitlines() == [
        'REM DATE "1999"',
        'REM LABEL "Label"',
        'REM CATALOGNUMBER "CAT 1"',
        'REM COMMENT "Discogs release 7"',
        'REM COMMENT "The times are added up from the lengths on Discogs"',
        'PERFORMER "Ann"',
        'TITLE "Album"',
        'FILE "Side A.wav" WAVE',
        "  TRACK 01 AUDIO",
        "    TITLE \"The ''Big'' One\"",
        '    PERFORMER "Ann"',
        "    INDEX 01 00:00:00",
        "  TRACK 02 AUDIO",
        '    TITLE "No 2"',
        '    PERFORMER "Bob"',
        "    INDEX 01 02:05:00",
    ]


_CUE_LINE = re.compile(
    r'REM [A-Z]+ "[^"\\]*"|PERFORMER "[^"\\]*"|TITLE "[^"\\]*"|FILE "[^"\\/]+\.wav" WAVE'
    r'|  TRACK \d\d AUDIO|    (?:TITLE|PERFORMER) "[^"\\]*"|    INDEX 01 \d\d:\d\d:00'
)


@given(HOSTILE, HOSTILE)
def test_no_title_leaves_its_quotes_or_begins_a_line(artist: str, title: str) -> None:
    hostile = record(on("A", 1, 9, artist=artist, title=title), artist=artist, title=title)
    hostile = replace(hostile, label=title, catalog_number=artist)
    (side,) = place_tracks(hostile, DEFAULT_PATTERN)
    lines = cue_sheet(hostile, side).split("\n")
    assert lines.pop() == ""
    assert [line for line in lines if not _CUE_LINE.fullmatch(line)] == []
    assert all(line.isascii() or not re.search("[\x00-\x1f\x7f-\x9f]", line) for line in lines)
    assert max(map(len, lines)) < 256
    assert sum(line.startswith("  TRACK") for line in lines) == 1

    (label, end) = label_file(side).split("\n")
    assert end == ""
    assert label.split("\t") == ["0.000000", "9.000000", side.tracks[0].file_name]


def test_26_tracks_on_a_side() -> None:
    side = only_side(*(on("A", number, 45) for number in range(1, 27)))
    sheet = cue_sheet(record(), side)
    assert re.findall(r"TRACK (\d\d)", sheet) == [f"{number:02}" for number in range(1, 27)]
    assert "INDEX 01 18:45:00" in sheet
    assert len(label_file(side).splitlines()) == 26
    assert side.tracks[-1].file_name == "A26 Ann - No 26"


def test_a_cue_sheet_ends_after_99_tracks_and_says_so() -> None:
    """A hundred locked grooves are on one record; a three-digit number breaks the sheet."""
    side = only_side(*(on("A", number, 2) for number in range(1, 102)))
    sheet = cue_sheet(record(), side)
    assert len(re.findall(r"TRACK \d+", sheet)) == 99
    assert 'REM COMMENT "2 tracks after the 99th are left out"' in sheet
    assert len(label_file(side).splitlines()) == 101


def test_labels_are_named_like_the_files() -> None:
    side = only_side(on("A", 1, 125), on("A", 2, 60))
    assert label_file(side) == (
        "0.000000\t125.000000\tA1 Ann - No 1\n125.000000\t185.000000\tA2 Ann - No 2\n"
    )


def test_a_row_of_tags_for_each_track() -> None:
    side = only_side(on("A", 1, 125), on("A", 2), on("A", 3, 60))
    rows = [dict(zip(TAG_COLUMNS, row, strict=True)) for row in tag_rows(record(), side)]
    assert rows[0] == {
        "file_name": "A1 Ann - No 1",
        "side": "A",
        "start": 0,
        "length": 125,
        "times": "Discogs",
        "position": "A1",
        "track_number": 1,
        "artist": "Ann",
        "title": "No 1",
        "album": "Album",
        "album_artist": "Ann",
        "label": "Label",
        "catalog_number": "CAT 1",
        "year": 1999,
        "discogs_release_id": 7,
    }
    # The third length is known; when the track begins is not.
    assert [row["times"] for row in rows] == ["Discogs", "guess", "guess"]
