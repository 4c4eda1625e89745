"""Titles taken to pieces: what a bracket or a part behind a dash is."""

from __future__ import annotations

import pytest

from musictool_pipeline.core.matching.observing.standing import stand
from musictool_pipeline.core.matching.parsing.pieces import take_apart
from musictool_pipeline.core.matching.parsing.reading import read_digital
from musictool_pipeline.core.matching.parsing.titles import Title
from musictool_pipeline_tests.core.matching.builders import digital, of_file, on_record


def bracketed(words: str) -> Title:
    return on_record(f"Angel ({words})").title


@pytest.mark.parametrize(
    ("title", "base", "version", "subtitles"),
    [
        ("Inner City Life", "inner city life", "none", ()),
        ("Inner City Life (Peshay Remix)", "inner city life", "Peshay Remix", ()),
        ("Inner City Life - Dub Mix", "inner city life", "Dub Mix", ()),
        ("Inner City Life Original Mix", "inner city life", "Original Mix", ()),
        ("Inner City Life - 9A", "inner city life", "none", ()),
        ("Inner City Life (Am)", "inner city life", "none", ()),
        ("Inner City Life (feat. Diane) [VIP]", "inner city life", "VIP", ()),
        (
            "Break On Through (To The Other Side)",
            "break on through",
            "none",
            ("to the other side",),
        ),
        ("(I Can't Get No) Satisfaction", "satisfaction", "none", ("i cant get no",)),
        ("Live And Let Die", "live and let die", "none", ()),
        ("Lithium - Live at Reading", "lithium", "Live at Reading", ()),
    ],
)
def test_a_title_taken_apart(
    title: str, base: str, version: str, subtitles: tuple[str, ...]
) -> None:
    read = on_record(title).title
    assert (read.base, str(read.version), read.subtitles) == (base, version, subtitles)


def test_a_cut_off_bracket_is_remarked() -> None:
    assert on_record("Honey (Rollo & Sister Bl").title.cut_off == "rollo and sister bl"
    assert on_record("Honey (Dub)").title.cut_off is None


@pytest.mark.parametrize("words", ["Video", "Video Mix", "The Video Edit"])
def test_a_video_that_is_not_called_official_may_be_another_cut(words: str) -> None:
    read = read_digital(digital("Goldie", f"Angel ({words})")).readings[0]
    assert "video" in read.title.version.kinds


@pytest.mark.parametrize(
    "words",
    [
        # other languages
        "Ao Vivo Em Lisboa", "En Vivo", "Dal Vivo", "En Concert", "Akustická Verze",
        "Versión Acústica", "Version Longue", "Lange Fassung", "Prise 4", "Versione Strumentale",
        # grown together, and slips
        "Technomix", "Houseversion", "Lovedub", "Quickedit", "Flutapella", "Vesrion 2",
        "Instumental", "Extendet Mix", "Rdaio", "Kurzversion",
        # the word for the version is not the last
        "Mix No. 3", "Edit By Ron Hardy", "Dub In The Park", "Session With A View",
        "Red Mix By Two", "Night Dub 104 BPM", "Acoustic At Abbey Road",
        "The Dub Of Doom", "VJ Edit Clean Single",
        # parts of the arrangement
        "Bass Only", "Guitar And Bass Only", "No Rap", "Minus Vocals", "Drumless Edition",
        "Backing Track", "Minus One", "Acap In", "16 Bar Outro", "Guitar Overdub", "Vocals",
        # without the noun, and other words for a treatment
        "Classic Vocal", "JJ's Brixton Club", "Hot Video", "Photek Vision", "Photek Perspective",
        "Re-Tweak", "Ré-enregistrement", "Cut", "Berlin Edition", "Deep House", "German", "Strings",
        # brackets inside
        "[Single] 4K [Clean]", "Intro & Outro [VJ Somebody]", "Club Mix - Short",
    ],
)  # fmt: skip
def test_brackets_that_name_a_take(words: str) -> None:
    read = bracketed(words)
    assert not read.version.is_plain
    assert read.subtitles == ()


@pytest.mark.parametrize(
    "words",
    [
        "Mix It Up", "Dub Be Good To Me", "Live Your Life", "Live Forever", "On The Radio",
        "My Vision", "In Another Perspective", "No Credit", "For Members Only",
        "No More Drums", "Take It To The Limit", "Second Coming", "To The Club", "Inversion",
        "Hear My Voice", "Carnage", "The Long Way Round", "Lange Nacht", "Radii", "Aversion",
    ],
)  # fmt: skip
def test_brackets_without_such_words_stay_undecided(words: str) -> None:
    read = bracketed(words)
    assert read.version.is_plain
    assert len(read.subtitles) == 1


@pytest.mark.parametrize(
    "words",
    ["Deluxe Edition", "30th Anniversary Edition", "Reissue", "Previously Unreleased", "Explicit",
     "Dirty", "Uncensored", "Full Version", "Orignal", "Oirginal Mix"],
)  # fmt: skip
def test_brackets_that_say_nothing(words: str) -> None:
    read = bracketed(words)
    assert read.version.is_plain
    assert read.subtitles == ()


@pytest.mark.parametrize("words", ["Techno", "METALHEADZ", "shop.example", "0123456789", "1998"])
def test_square_brackets_of_a_file_are_a_shops_own(words: str) -> None:
    assert of_file(f"Angel [{words}]").title.base == "angel"
    assert of_file(f"Angel [{words}]").title.subtitles == ()
    assert of_file(f"Angel [{words}]").title.version.is_plain


@pytest.mark.parametrize("words", ["Instrumental", "Photek Remix", "Drumless", "Radio"])
def test_square_brackets_of_a_file_may_name_a_version(words: str) -> None:
    assert not of_file(f"Angel [{words}]").title.version.is_plain


@pytest.mark.parametrize(
    ("title", "version"),
    [
        ("Angel - Blend", "Blend"),
        ("Angel - Partyversion", "Partyversion"),
        ("Angel - Hard Rave", "Hard Rave"),
        ("Angel (Photek Extended Dance Re-Mix", "Photek Extended Dance Re-Mix"),
    ],
)
def test_versions_without_whole_brackets(title: str, version: str) -> None:
    read = on_record(title).title
    assert (read.base, str(read.version)) == ("angel", version)


def test_a_year_of_the_file_alone_says_nothing() -> None:
    read = of_file("Angel (1994)").title
    assert stand(on_record("Angel").title.version, read.version) == "plain"
    assert read.base == "angel"


@pytest.mark.parametrize(
    ("printed", "same"),
    [
        ("Angel\x00Demon", "Angel Demon"),
        ("Angel (Dub\x00Mix)", "Angel (Dub Mix)"),
        ("Angel ( Demon\x00feat. Somebody", "Angel ( Demon feat. Somebody"),
        # As the marks are written that stand for brackets here.
        ("\x000\x00 (Dub Mix)", "0 (Dub Mix)"),
        ("Angel (\x000\x00)", "Angel ( 0 )"),
        ("Angel (\x007\x00", "Angel ( 7"),
    ],
)
def test_a_nul_is_a_blank(printed: str, same: str) -> None:
    """A tag with several values parts them so. One in a bracket that is cut off was looked for as
    a mark without end."""
    assert take_apart(printed).segments == take_apart(same).segments
    assert take_apart(printed).version == take_apart(same).version
