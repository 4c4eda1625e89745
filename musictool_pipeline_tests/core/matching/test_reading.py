from __future__ import annotations

import pytest

from musictool_pipeline.core.matching.credits import read_credit
from musictool_pipeline.core.matching.reading import Reading, read_digital, read_vinyl
from musictool_pipeline_tests.core.matching.builders import digital, vinyl


def first(title: str, artist: str | None = "Goldie") -> Reading:
    return read_vinyl(vinyl(artist, title)).readings[0]


@pytest.mark.parametrize(
    ("credit", "names"),
    [
        ("Beatles, The", ("the beatles",)),
        ("Shed (2)", ("shed",)),
        ("Moodymann*", ("moodymann",)),
        ("Ed Rush & Optical", ("ed rush", "optical")),
        ("Hardfloor vs. Robert Babicz", ("hardfloor", "robert babicz")),
        ("Dave Lee Presents Z Factor", ("dave lee", "z factor")),
        ("Kölsch x Tiga", ("kolsch", "tiga")),
        ("Xpander", ("xpander",)),
        ("Draft", ("draft",)),
        ("Various", ()),
        ("Unknown Artist", ()),
        ("", ()),
        (None, ()),
    ],
)
def test_names_in_a_credit(credit: str | None, names: tuple[str, ...]) -> None:
    assert read_credit(credit).names == names


def test_guests_stand_apart_and_the_credit_is_kept_whole() -> None:
    credit = read_credit("Earth, Wind & Fire feat. The Emotions")
    assert credit.whole == "earth wind and fire"
    assert credit.featured == ("the emotions",)


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
    read = first(title).title
    assert (read.base, str(read.version), read.subtitles) == (base, version, subtitles)


@pytest.mark.parametrize(
    ("title", "core", "numbers"),
    [
        ("Journey (Part 1)", "journey", ("1",)),
        ("Journey Pt. II", "journey", ("2",)),
        ("Journey, Part Two", "journey", ("2",)),
        ("Guilty Conscience 2", "guilty conscience", ("2",)),
        ("Summer Of '68", "summer of", ("y68",)),
        ("Plastic Dreams 2003", "plastic dreams", ("y03",)),
        ("1999", "y99", ("y99",)),
        ("Two Tribes", "tribes", ("2",)),
        ("You And Me", "you and me", ()),
    ],
)
def test_numbers_are_counted_apart(title: str, core: str, numbers: tuple[str, ...]) -> None:
    read = first(title).title
    assert (read.core, read.numbers) == (core, numbers)


def test_opus_numbers_are_no_parts() -> None:
    read = first("Symphony No. 5 In C Minor, Op. 67: I. Allegro Con Brio").title
    assert read.numbers[0] == "5"
    assert read.opus == ("67",)


@pytest.mark.parametrize(
    "path",
    [
        "/m/Goldie - Angel.wav",
        "C:\\m\\A2. Goldie - Angel.aiff",
        "01-goldie-angel-ffrr.mp3",
        "/m/8A - 160 - Goldie - Angel.flac",
        "/m/Goldie_-_Angel.mp3",
        "/m/5551234_Goldie_-_Angel_(Original_Mix).mp3",
        "/m/Goldie - Angel (1).mp3",
        "/m/Goldie - Timeless - 04 - Angel.stem.mp4",
    ],
)
def test_a_file_name_is_split(path: str) -> None:
    """22 % of a real library has no artist tag; its file names say it all."""
    readings = read_digital(digital(None, None, path=path)).readings
    assert any(
        it.credit.names == ("goldie",) and it.title.base == "angel" and it.title.version.is_plain
        for it in readings
    )


def test_the_file_name_adds_the_version_that_the_tag_lacks() -> None:
    file = digital("Michael Jackson", "Billie Jean", path="/x/Billie Jean (Somebody Bootleg).mp3")
    read = read_digital(file).readings
    assert all(it.title.version.name == "somebody" for it in read if not it.set_aside)


def test_template_junk_is_no_version() -> None:
    assert read_digital(digital("Goldie", "Angel", mix="___MIX")).readings[0].title.version.is_plain


@pytest.mark.parametrize(
    "title", ["Untitled", "Intro", "A1", "Track 3", "Untitled 2", "Side B", "Allegro", ""]
)
def test_generic_titles(title: str) -> None:
    readings = read_vinyl(vinyl("Goldie", title)).readings
    assert all(it.title.is_generic for it in readings)


def test_a_track_by_nobody_takes_the_artist_of_the_album() -> None:
    track = vinyl(None, "Angel", album_artist="Goldie")
    assert read_vinyl(track).readings[0].credit.names == ("goldie",)


def test_a_cut_off_bracket_is_remarked() -> None:
    assert first("Honey (Rollo & Sister Bl").title.cut_off == "rollo and sister bl"
    assert first("Honey (Dub)").title.cut_off is None
