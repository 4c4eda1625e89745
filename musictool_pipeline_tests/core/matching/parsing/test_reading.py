"""What a track or a file says, from all of its texts."""

from __future__ import annotations

import pytest

from musictool_pipeline.core.matching.own_tables import lines_of
from musictool_pipeline.core.matching.parsing.reading import read_digital, read_vinyl
from musictool_pipeline_tests.core.matching.builders import digital, on_record, vinyl


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
    assert on_record("Angel (A Tribute To Ann)").by_another
    assert not on_record("Angel").by_another


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


def test_a_track_by_nobody_takes_the_artist_of_the_album() -> None:
    track = vinyl(None, "Angel", album_artist="Goldie")
    assert read_vinyl(track).readings[0].credit.names == ("goldie",)


def test_each_text_of_another_player_has_one_of_the_words_looked_for_first() -> None:
    lines = lines_of("lexicon.tsv")
    examples = [it.split("\t")[-1] for it in lines if it.startswith("by another pattern\t")]
    assert len(examples) > 5
    for title in examples:
        assert all(it.by_another for it in read_digital(digital("Ann Tarn", title)).readings), title


def test_a_mix_by_various_artists_is_no_concert() -> None:
    track = vinyl("Goldie", "Angel", album="Live At The Cellar", album_artist="Various")
    assert read_vinyl(track).readings[0].title.version.is_plain
