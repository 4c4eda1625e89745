from __future__ import annotations

import pytest

from musictool_pipeline.core.matching.arranging import Reading
from musictool_pipeline.core.matching.own_tables import lines_of
from musictool_pipeline.core.matching.reading import read_digital, read_vinyl
from musictool_pipeline_tests.core.matching.builders import digital, vinyl


def first(title: str, artist: str | None = "Goldie") -> Reading:
    return read_vinyl(vinyl(artist, title)).readings[0]


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
        "/m/Goldie - Timeless - 04 Angel.flac",
        "/m/Goldie - Timeless - B2 Angel.flac",
        "/m/Goldie - Timeless - 12 Angel.flac",
        "/m/Goldie - 12. Angel.flac",
        "/m/Goldie - [12] Angel.flac",
        "/m/Goldie_12_Angel.mp3",
        "/m/1995-07-03 Goldie - Angel.mp3",
        "/m/03.07.1995 - Goldie - Angel.mp3",
        "/m/D2T07 Goldie - Angel.mp3",
        "/m/CD2-07 Goldie - Angel.mp3",
        "/m/FFR021_B1_Goldie_-_Angel.mp3",
        "/m/[FFR 021] A1. Goldie - Angel.mp3",
        "/m/Goldie - Angel (FFR021).mp3",
        "/m/Goldie - Angel {FFR-021}.mp3",
        "/m/Goldie-Angel-(FFR021)-WEB-1995-XYZ.mp3",
        "/m/Goldie - Angel_PN.mp3",
        "/m/Goldie - Angel (24-88.2).flac",
        "/m/Goldie - Angel [FLAC 16bit 44.1kHz].flac",
        "/m/Goldie - Angel 24bit 96kHz.flac",
        "/m/Goldie - Angel_44.1kHz.wav",
        "/m/Goldie - Angel 44100Hz 16bit.wav",
        "/m/Goldie - Angel (96kHz_24bit).flac",
        "/m/Goldie - Angel (256 kbps).m4a",
        "/m/1995 - Goldie - Angel.mp3",
        "/m/1995 - Goldie - Timeless - 04 - Angel.mp3",
        "/m/Goldie/Timeless/CD 1/07 Angel.flac",
        "/m/Goldie - Timeless/Side B/B2 - Angel.flac",
        "/m/Goldie/Timeless/A1 - Angel.flac",
        "/m/Goldie - Timeless/101 - Angel.flac",
        "/m/Goldie - Angel breaks4all.ru.mp3",
        "/m/www.breaks4all.ru_Goldie - Angel.mp3",
        "/m/[breaks4all.fm] Goldie - Angel.mp3",
        "/m/7A - 4 - Goldie - Angel.mp3",
        "/m/Goldie   Angel.mp3",
        "/m/Goldie--Angel.mp3",
        "/m/Goldie ~ Angel.mp3",
        "/m/Goldie|Angel.mp3",
        "/m/Goldie\u2013Angel.mp3",
        "/m/Goldie: Angel.mp3",
        '/m/Goldie "Angel".mp3',
        "/m/Goldie/Timeless/07 Angel.flac",
        "/m/Goldie - Timeless/07 Angel.flac",
        "/m/Goldie - Angel (Official Video) [HD].mp4",
        "/m/Goldie - Angel [Official Music Video HD].webm",
        "/m/Goldie   Angel   Lyrics.mp4",
        "/m/Goldie - Angel - Lyrics HD.mp4",
        "/m/Goldie - Angel with lyrics.mp4",
        "/m/Goldie - Angel 1995.mp4",
        "/m/Goldie - Angel (Some Records 1995).mp4",
        "/m/Goldie - Angel 45rpm.wmv.mp4",
    ],
)
def test_a_file_name_is_split(path: str) -> None:
    """22 % of a real library has no artist tag; its file names say it all."""
    readings = read_digital(digital(None, None, path=path)).readings
    assert any(
        it.credit.names == ("goldie",) and it.title.base == "angel" and it.title.version.is_plain
        for it in readings
    )


@pytest.mark.parametrize(
    ("name", "artist", "title"),
    [
        ("04-d-bridge-true_romance-xyz", "d bridge", "true romance"),
        ("b1-d-bridge-true_romance", "d bridge", "true romance"),
        ("a3-true_romance-2006-xyz", "a3", "true romance"),
        ("A3 - True Romance", "a3", "true romance"),
        ("01 - A3 - True Romance", "a3", "true romance"),
        ("702 - Steelo", "702", "steelo"),
        ("3 Chairs - Pianos", "3 chairs", "pianos"),
        ("AC_DC - Thunderstruck", "ac dc", "thunderstruck"),
        ("K_lsch - Grey", "kolsch", "grey"),
        ("Nas - 2nd Childhood", "nas", "2nd childhood"),
        ("Rebel MC - Street Tuff (MIX02)", "rebel mc", "street tuff"),
    ],
)
def test_what_looks_like_a_number_or_a_mark_may_be_a_name(
    name: str, artist: str, title: str
) -> None:
    readings = read_digital(digital(None, None, path=f"/{name}.mp3")).readings
    assert (artist, title) in [(" ".join(it.credit.names), it.title.base) for it in readings]


@pytest.mark.parametrize("title", ["Mission: Impossible", "Half-Life", "Stand By Me", "7 Days"])
def test_a_mark_that_may_belong_to_the_title_leaves_it_whole(title: str) -> None:
    readings = read_digital(digital(None, None, path=f"/{title}.mp3")).readings
    whole = read_vinyl(vinyl(None, title)).readings[0].title.full
    assert any(not it.credit.names and it.title.full == whole for it in readings)


@pytest.mark.parametrize(
    ("artist", "title"),
    [
        ("Goldie", "7A - 4 - Angel"),
        ("Goldie", "F#m - Angel"),
        ("7A - Goldie", "Angel"),
        ("Goldie", "07 Angel"),
        ("Goldie", "B2 - Angel"),
        ("Goldie", "Angel_PN"),
        ("Goldie", "Angel - breaks4all.ru"),
        ("Goldie [breaks4all.ru]", "Angel"),
        (None, "Goldie -- Angel"),
        (None, "Goldie   Angel"),
        (None, "Goldie\tAngel"),
        ("Angel", "Goldie"),
    ],
)
def test_tags_are_read_whatever_habit_wrote_them(artist: str | None, title: str) -> None:
    read = read_digital(digital(artist, title, path="/x.mp3"))
    readings = (*read.readings, *read.exchanged())
    assert ("goldie", "angel") in [(it.credit.whole, it.title.full) for it in readings]


def test_an_exchanged_artist_keeps_the_version_in_his_brackets() -> None:
    (exchanged,) = read_digital(digital("Angel (Peshay Remix)", "Goldie")).exchanged()
    assert (exchanged.credit.whole, exchanged.title.base) == ("goldie", "angel")
    assert exchanged.title.version.name == "peshay"


@pytest.mark.parametrize(
    "title", ["Cash Rules Around Me (C.R.A.M.)", "C.R.A.M. (Cash Rules Around Me)"]
)
def test_initials_beside_what_they_stand_for_are_a_title_of_their_own(title: str) -> None:
    titles = [it.title.full for it in read_vinyl(vinyl("Goldie", title)).readings]
    assert "cram" in titles
    assert "cash rules around me" in titles


@pytest.mark.parametrize(
    ("artist", "title", "name", "said"),
    [
        ("Goldie", "Angel", "Goldie - Angel", False),
        (None, None, "Angel (A Tribute To Goldie)", True),
        (None, None, "Angel - Goldie (Ann Tarn Cover)", True),
        ("Ann Tarn", "Angel (Cover)", "", True),
        ("Ann Tarn", "Angel (In The Style Of Goldie)", "", True),
        ("Ann Tarn", "Angel (Originally Performed By Goldie)", "", True),
        ("Ann Tarn", "Angel - made famous by Goldie", "", True),
        ("Ann Tarn Karaoke", "Angel", "", True),
        ("Goldie", "Cover Me", "", False),
        ("Goldie", "Under Cover (Of Darkness)", "", False),
    ],
)
def test_a_file_says_that_somebody_else_plays_it(
    artist: str | None, title: str | None, name: str, said: bool
) -> None:
    readings = read_digital(digital(artist, title, path=f"/{name}.mp3")).readings
    by_goldie = [it for it in readings if it.title.base == "angel" and "goldie" in it.credit.names]
    assert {it.by_another for it in by_goldie or readings} == {said}


def test_a_cover_is_its_players_own() -> None:
    name = "Angel - Goldie (Ann Tarn Cover)"
    readings = read_digital(digital(None, None, path=f"/{name}.mp3")).readings
    own = [it for it in readings if it.credit.names == ("ann tarn",) and it.title.full == "angel"]
    assert [it.by_another for it in own] == [False]


def test_a_record_says_so_as_well() -> None:
    assert first("Angel (A Tribute To Ann)").by_another
    assert not first("Angel").by_another


def test_the_file_name_adds_the_version_that_the_tag_lacks() -> None:
    file = digital("Michael Jackson", "Billie Jean", path="/x/Billie Jean (Somebody Bootleg).mp3")
    read = read_digital(file).readings
    assert all(it.title.version.name == "somebody" for it in read if not it.set_aside)


@pytest.mark.parametrize(
    ("title", "path", "version"),
    [
        ("Angel (Original Mix)", "/Goldie-Angel-Of-Night-(Original-Mix).mp3", "Original Mix"),
        ('Angel ("Peshay" Remix)', "/Angel (_Peshay_ Remix).mp3", '"Peshay" Remix'),
    ],
)
def test_marks_that_stand_for_others_in_a_file_name_add_no_version(
    title: str, path: str, version: str
) -> None:
    read = read_digital(digital("Goldie", title, path=path)).readings[0]
    assert (read.title.base, str(read.title.version)) == ("angel", version)


@pytest.mark.parametrize(
    ("title", "bases"),
    [
        ("Silence Tiesto Remix", {"silence tiesto", "silence"}),
        ("Silence Again (Remix)", {"silence again"}),
        ("Angel / Silence Again (Remix)", {"angel silence again", "angel silence", "angel"}),
    ],
)
def test_who_made_a_version_may_stand_before_it_unless_it_has_brackets_of_its_own(
    title: str, bases: set[str]
) -> None:
    read = read_digital(digital("Goldie", title)).readings
    assert {it.title.base for it in read} == bases


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


def test_the_year_behind_a_title_is_that_of_release_in_a_video_alone() -> None:
    video = read_digital(digital(None, None, path="/m/Goldie - Angel 1995.mp4")).readings[0]
    sound = read_digital(digital(None, None, path="/m/Goldie - Angel 1995.mp3")).readings[0]
    assert (video.title.numbers, video.title.version.marks) == ((), frozenset({"y95"}))
    assert sound.title.numbers == ("y95",)


@pytest.mark.parametrize("words", ["Video", "Video Mix", "The Video Edit"])
def test_a_video_that_is_not_called_official_may_be_another_cut(words: str) -> None:
    read = read_digital(digital("Goldie", f"Angel ({words})")).readings[0]
    assert "video" in read.title.version.kinds


def test_each_text_of_another_player_has_one_of_the_words_looked_for_first() -> None:
    lines = lines_of("lexicon.tsv")
    examples = [it.split("\t")[-1] for it in lines if it.startswith("by another pattern\t")]
    assert len(examples) > 5
    for title in examples:
        assert all(it.by_another for it in read_digital(digital("Ann Tarn", title)).readings), title
