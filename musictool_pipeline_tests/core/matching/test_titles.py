"""Titles taken apart: which brackets name a take, and what tells two takes apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from musictool_pipeline.core.matching.arranging import Reading
from musictool_pipeline.core.matching.pieces import take_apart
from musictool_pipeline.core.matching.reading import read_digital, read_vinyl
from musictool_pipeline.core.matching.standing import stand
from musictool_pipeline.core.matching.titles import Title
from musictool_pipeline_tests.core.matching.builders import digital, vinyl


def on_record(title: str, album: str | None = None, remixer: str | None = None) -> Reading:
    track = replace(vinyl("Goldie", title, album=album), remixer=remixer)
    return read_vinyl(track).readings[0]


def of_file(title: str, album: str | None = None) -> Reading:
    return read_digital(digital("Goldie", title, album=album)).readings[0]


def bracketed(words: str) -> Title:
    return on_record(f"Angel ({words})").title


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
        "My Vision", "In Another Perspective", "No Credit", "Conversion", "For Members Only",
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


def test_what_stands_in_front_is_kept_apart_from_what_stands_behind() -> None:
    read = on_record("(Hear My) Angel (Of The Night) - By The Sea").title
    assert set(read.aside) == {"of the night", "by the sea"}
    assert set(read.subtitles) == {"hear my", *read.aside}


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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Angel (Mk II)", "Angel (Mk. III)"),
        ("Angel (V2)", "Angel (V3)"),
        ("Angel (First Mix)", "Angel (2nd Mix)"),
        ("Angel (Dub A)", "Angel (Dub B)"),
        ("Angel (Side C)", "Angel (Side D)"),
        ("Angel (A)", "Angel (AA)"),
        ("Angel (Locked A1)", "Angel (Locked A2)"),
        ("Untitled B1", "Untitled B2"),
        ("C Untitled", "D Untitled"),
        ("Angel (120 BPM)", "Angel (128bpm)"),
        ("Angel (Clean-Foo Intro)", "Angel (Clean-Foo Outro)"),
        ("Angel (Foo In Edit)", "Angel (Foo Out Edit)"),
        ("Angel (Photek Vision)", "Angel (Photek Blend)"),
    ],
)
def test_two_takes(one: str, other: str) -> None:
    assert stand(on_record(one).title.version, of_file(other).title.version) == "another"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Angel (V2)", "Angel (2nd Version)"),
        ("Angel (Mix No. 2)", "Angel (Second Mix)"),
        ("Angel (1994)", "Angel '94"),
        ("Angel (1994)", "Angel (1994)"),
        ("Angel ('94)", "Angel [1994]"),
        ("Angel (1994 Version)", "Angel (1994)"),
        ("Angel (Side A)", "Angel (A1)"),
        ("Angel (Side A)", "Angel"),
        ("Angel (128 BPM)", "Angel"),
        ("Untitled A", "A Untitled"),
        ("Angel (Classic Radio)", "Angel (Classic Radio Edit)"),
        ("Angel (Houseversion)", "Angel (House Version)"),
        ("Angel (Version Longue)", "Angel (Extended Version)"),
        ("Angel (KLF Mix)", "Angel (Kopyright Liberation Front Mix)"),
        ("Angel (Bob & Bill Dub™)", "Angel (Bob and Bill Dub)"),
        ("Angel (Bob Intro - Dirty)", "Angel (Bob Intro)"),
        ("Angel", "Angel (Goldie Original Mix)"),
        ("Angel", "Angel (Goldie Original)"),
    ],
)
def test_one_take(one: str, other: str) -> None:
    assert stand(on_record(one).title.version, of_file(other).title.version) in (
        "plain",
        "the same",
    )


@pytest.mark.parametrize("title", ["Angel (1994)", "Angel ('94)", "Angel (V2)", "Angel (Mk. II)"])
def test_a_year_or_number_of_the_record_alone_is_another_version(title: str) -> None:
    assert stand(on_record(title).title.version, of_file("Angel").title.version) == "a number"


def test_what_is_behind_a_dash_may_be_the_whole_version() -> None:
    """`Title - Some Name Remix` looks like `Artist - Some Title Remix`: both are read."""
    readings = read_digital(digital("Goldie", "Angel - Doc Scott Remix")).readings
    read = {(it.credit.names, it.title.base, it.title.version.name) for it in readings}
    assert (("goldie",), "angel", "doc scott") in read
    assert (("angel",), "doc scott", "") in read


def test_a_year_of_the_file_alone_says_nothing() -> None:
    read = of_file("Angel (1994)").title
    assert stand(on_record("Angel").title.version, read.version) == "plain"
    assert read.base == "angel"


def test_a_year_of_the_record_may_stand_in_the_title_of_the_file() -> None:
    readings = read_vinyl(vinyl("Goldie", "Angel (1994)")).readings
    assert [it.title.numbers for it in readings] == [(), ("y94",)]
    assert of_file("Angel '94").title.base in [it.title.base for it in readings]


@pytest.mark.parametrize(
    ("one", "other"), [("20012A", "20012B"), ("Grid 14C", "Grid 14D"), ("ABC#002A", "ABC#002B")]
)
def test_a_letter_glued_to_a_number_counts(one: str, other: str) -> None:
    assert on_record(one).title.numbers != of_file(other).title.numbers
    assert on_record(one).title.numbers == of_file(one).title.numbers


@pytest.mark.parametrize(
    ("words", "digits"),
    [
        ("Twenty One Angels", "21 Angels"),
        ("Fifty-Five Angels", "55 Angels"),
        ("Angel Forty-Nine", "Angel 49"),
        ("Nineteen Eighty-Four", "1984"),
        ("Six Hundred Angels", "600 Angels"),
        ("Seventeen", "17"),
    ],
)
def test_numbers_in_words_and_digits_are_one(words: str, digits: str) -> None:
    one, other = on_record(words).title, of_file(digits).title
    assert (one.base, one.numbers) == (other.base, other.numbers)


def test_no_one_is_no_number() -> None:
    assert on_record("Don't Let No One").title.numbers == ()


@pytest.mark.parametrize(
    ("album", "kinds"),
    [
        ("Timeless Instrumentals", {"instrumental"}),
        ("The Acapellas", {"acapella"}),
        ("Angel In Dub", {"dub"}),
        ("Dub Versions", {"dub"}),
        ("The Remixes", {"remix"}),
        ("Early Demos", {"demo"}),
        ("Live At Leeds", {"live"}),
        ("1991-03-08: The Barn, Ghent", {"live"}),
        ("Ghent, Belgium - March 8, 1991", {"live"}),
        ("Acoustic Sessions", {"acoustic"}),
        ("Live Through This", set()),
        ("Songs Of The Dubliners", set()),
        ("Hits And Remixes", set()),
        ("Dub Housing", set()),
        ("Instrumental Studies Of Light", set()),
        (None, set()),
    ],
)
def test_an_album_says_which_take_its_tracks_are(album: str | None, kinds: set[str]) -> None:
    assert on_record("Terminator", album).title.version.kinds == kinds
    assert of_file("Terminator", album).title.version.kinds == kinds
    around = read_vinyl(vinyl("Goldie", "Terminator", album=album)).surroundings
    assert around.album_kinds == kinds
    assert around.live_album == ("live" in kinds)


def test_a_title_is_heard_before_its_album() -> None:
    assert on_record("Angel (Original Mix)", "The Remixes").title.version.is_plain
    assert on_record("Angel", "Angel (Remixes)").title.version.is_plain
    assert on_record("Angel (Dub)", "Timeless Instrumentals").title.version.kinds == {"dub"}


def test_a_mix_by_various_artists_is_no_concert() -> None:
    track = vinyl("Goldie", "Angel", album="Live At The Cellar", album_artist="Various")
    assert read_vinyl(track).readings[0].title.version.is_plain


@pytest.mark.parametrize(
    ("record", "remixer", "file", "standing"),
    [
        ("Angel (Dub)", "Photek", "Angel (Photek Dub)", "the same"),
        ("Angel (Dub)", "Photek", "Angel (Peshay Dub)", "another"),
        ("Angel (Dub)", "Photek", "Angel (Dub)", "the same"),
        ("Angel (Remix)", "Photek; Peshay", "Angel (Peshay Remix)", "the same"),
        ("Angel (Remix)", "Photek; Peshay", "Angel (Photek & Peshay Remix)", "the same"),
        ("Angel (Club Mix)", "Photek", "Angel (Peshay Club Mix)", "another"),
        ("Angel (Remix)", "Photek", "Angel", "a part"),
        ("Angel (Peshay Remix)", "Photek", "Angel (Peshay Remix)", "the same"),
    ],
)
def test_a_remixer_of_the_credits_completes_a_version(
    record: str, remixer: str, file: str, standing: str
) -> None:
    version = on_record(record, remixer=remixer).title.version
    assert stand(version, of_file(file).title.version) == standing


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
