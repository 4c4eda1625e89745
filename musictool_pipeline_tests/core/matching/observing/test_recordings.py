"""What is seen of a track and a file side by side: each observation, and each of its levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from musictool_pipeline.core.matching.observing.around import length
from musictool_pipeline.core.matching.observing.recordings import ANOTHER_MARK
from musictool_pipeline.core.matching.observing.takes import (
    observe_take,
    observe_version,
    version_beside,
)
from musictool_pipeline.core.matching.observing.two_titles import Subtitles
from musictool_pipeline.core.matching.parsing.reading import read_digital, read_vinyl
from musictool_pipeline.core.matching.parsing.surroundings import Surroundings
from musictool_pipeline.core.matching.parsing.titles import Title
from musictool_pipeline.core.matching.tracks import DigitalTrack, VinylTrack
from musictool_pipeline_tests.core.matching.builders import digital, read_on_record, vinyl
from musictool_pipeline_tests.core.matching.side_by_side import seen, sides, weigh
from musictool_pipeline_tests.core.matching.weights import observe_recording

GOLDIE = "Goldie"


def titled(on_record: str, in_tag: str) -> Mapping[str, str]:
    return seen(vinyl(GOLDIE, on_record), digital(GOLDIE, in_tag))


def signed(on_record: str | None, in_tag: str | None, **said: str) -> Mapping[str, str]:
    return seen(vinyl(on_record, "Angel"), digital(in_tag, "Angel", **said))  # type: ignore[arg-type]


def title(printed: str) -> Title:
    return read_digital(digital(GOLDIE, printed)).readings[0].title


# --- Titles ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("Inner City Life", "Inner City Life", "99"),
        ("Inner City Life", "INNER-CITY LIFE!", "99"),
        ("The Angel", "Angel", "99"),
        ("The Lighthouse", "Der Lighthouse", "78"),
        ("Nothing Compares 2 U", "Nothing Compares To You", "99"),
        ("Escape (The Pina Colada Song)", "The Pina Colada Song (Escape)", "97"),
        ("Valley Of The Shadows", "Valley Of The Shadow", "92"),
        ("Call And Response", "Call And Repsonse", "92"),
        ("Angel", "Kemistry", "0"),
        ("Группа крови", "Группа крови", "99"),
        ("Группа крови", "Звезда по имени", "0"),
    ],
)
def test_how_alike_titles_are(one: str, other: str, level: str) -> None:
    assert titled(one, other)["title"] == level
    assert titled(other, one)["title"] == level


@pytest.mark.parametrize(
    ("missing", "in_tag"),
    [
        ("none", "Inner City Life Pressure"),
        ("some", "Inner City Life"),
        ("half", "Inner City"),
        ("most", "Inner"),
        ("all", "Kemistry"),
    ],
)
def test_words_of_the_title_that_the_file_lacks(missing: str, in_tag: str) -> None:
    assert titled("Inner City Life Pressure", in_tag)["title words missing"] == missing


@pytest.mark.parametrize(
    ("added", "in_tag"),
    [
        ("none", "Angel"),
        ("a little", "The Angel"),
        ("half", "Angel Dust"),
        ("most", "Angel Dust And Fire Rain"),
        ("all", "Kemistry"),
    ],
)
def test_words_that_the_file_has_more(added: str, in_tag: str) -> None:
    assert titled("Angel", in_tag)["title words added"] == added


def test_the_artists_name_in_the_files_title_is_no_word_more() -> None:
    assert titled("Angel", "Goldie Angel")["title words added"] == "none"


@pytest.mark.parametrize(
    ("shared", "both"),
    [("0", "Of The"), ("0.9", "Angel"), ("1.8", "Inner City"), ("2.5", "Inner City Life")],
)
def test_the_weight_of_the_words_that_both_have(shared: str, both: str) -> None:
    assert titled(both, both)["title words shared"] == shared


@pytest.mark.parametrize(
    ("one", "is_of_many"), [("Untitled", "yes"), ("Intro", "yes"), ("Angel", "no")]
)
def test_a_title_of_many(one: str, is_of_many: str) -> None:
    assert titled(one, one)["title of many"] == is_of_many


# --- Artists --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("Goldie", "Goldie", "99"),
        ("Goldie", "Goldie & Photek", "99"),
        ("Matthew Herbert", "Mathew Herbert", "88"),
        ("Run-DMC", "Run DMC", "99"),
        ("DJ Hype", "Hype", "99"),
        ("Rage Against The Machine", "R.A.T.M.", "initials"),
        ("Goldie", None, "unknown of the file"),
        ("Various", "Goldie", "unknown on the record"),
        ("Goldie", "Photek", "0"),
        ("Level 42", "Level 41", ANOTHER_MARK),
        ("Tom B", "Tom C", ANOTHER_MARK),
        ("Tom B & Goldie", "Tom C & Goldie", "99"),
    ],
)
def test_how_alike_artists_are(one: str, other: str | None, level: str) -> None:
    assert signed(one, other)["artist"] == level


def test_the_whole_credit_is_looked_at_beside_the_best_name() -> None:
    assert signed("Goldie", "Goldie")["credit"] == "99"
    two = signed("Goldie", "Goldie & Photek")
    assert (two["artist"], two["credit"]) == ("99", "40")


@pytest.mark.parametrize(
    ("one", "other", "missing", "added"),
    [
        ("Josh Wink", "Josh Wink", "none", "none"),
        ("Josh Wink", "Wink", "half", "none"),
        ("Wink", "Josh Wink", "none", "half"),
        ("Josh Wink", "Josh Wink And The Four Others", "none", "half"),
        ("Josh Wink", "Goldie", "all", "all"),
    ],
)
def test_words_of_the_artists(one: str, other: str, missing: str, added: str) -> None:
    found = signed(one, other)
    assert (found["artist words missing"], found["artist words added"]) == (missing, added)


def test_an_unknown_artist_has_no_words() -> None:
    """So a file without an artist is not a file by another one."""
    assert not {"credit", "artist words missing"} & signed("Goldie", None).keys()
    assert not {"credit", "artist words missing"} & signed(None, "Goldie").keys()


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ({"path": "/m/Goldie/Timeless/Angel.mp3"}, "in a folder"),
        ({"path": "/m/Goldie - Timeless/x/Angel.mp3"}, "in a folder"),
        ({"path": "/m/Marigoldie/x/Angel.mp3"}, "nowhere"),
        ({"album": "The Best Of Goldie"}, "in another field"),
        ({"remixer": "Goldie"}, "in another field"),
        ({}, "nowhere"),
    ],
)
def test_where_else_the_artist_is_named(said: dict[str, str], where: str) -> None:
    assert signed("Goldie", None, **said)["artist named elsewhere"] == where


@pytest.mark.parametrize(
    ("on_record", "artist", "in_tag", "is_remixer"),
    [
        ("Angel (Dillinja Remix)", "Dillinja", "Angel (Dillinja Remix)", "yes"),
        ("Angel (Dillinja Remix)", "Dillinja", "Angel (Remix)", "yes"),
        ("Angel (Dillinja Remix)", "Dillinja", "Angel (Photek Remix)", "no"),
        ("Angel (Dillinja Remix)", "Dillinja", "Angel", "no"),
        ("Angel", "Dillinja", "Angel", "no"),
    ],
)
def test_the_remixer_as_artist(on_record: str, artist: str, in_tag: str, is_remixer: str) -> None:
    found = seen(vinyl(GOLDIE, on_record), digital(artist, in_tag))
    assert found["remixer as artist"] == is_remixer


def test_a_record_may_name_the_remixer_as_artist_too() -> None:
    track = vinyl("Dillinja", "Angel (Dillinja Remix)")
    assert seen(track, digital(GOLDIE, "Angel (Dillinja Remix)"))["remixer as artist"] == "yes"
    assert seen(track, digital(GOLDIE, "Angel (Remix)"))["remixer as artist"] == "no"


# --- Around ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on_record", "in_file", "level"),
    [
        (None, 300.0, "unknown"),
        (300, None, "unknown"),
        (300, 0.0, "unknown"),
        (300, 302.0, "equal"),
        (300, 297.9, "near"),
        (300, 310.0, "near"),
        (60, 65.0, "near"),
        (300, 323.0, "off"),
        (300, 325.0, "far off"),
        (60, 79.0, "off"),
        (300, 359.0, "far off"),
        (60, 31.0, "far off"),
        (300, 361.0, "another"),
        (60, 29.0, "another"),
    ],
)
def test_lengths(on_record: int | None, in_file: float | None, level: str) -> None:
    assert length(on_record, in_file) == level
    found = seen(
        vinyl(GOLDIE, "Angel", seconds=on_record), digital(GOLDIE, "Angel", seconds=in_file)
    )
    assert found["length"] == level


@pytest.mark.parametrize(
    ("on_record", "file", "level"),
    [
        ("Timeless", digital(GOLDIE, "Angel", album="Timeless"), "same"),
        ("Timeless", digital(GOLDIE, "Angel", album="Timeles"), "same"),
        ("Timeless", digital(GOLDIE, "Angel", path="/m/x/Timeless/Angel.mp3"), "same"),
        ("Saturnz Return", digital(GOLDIE, "Angel", album="Saturnz Return (Disc 1)"), "same"),
        ("Timeless (Edición)", digital(GOLDIE, "Angel", album="Timeless (2020)"), "same"),
        ("(Timeless)", digital(GOLDIE, "Angel", album="(Saturnz)"), "other"),
        ("(Timeless)", digital(GOLDIE, "Angel", path="/m/Saturnz/Angel.mp3"), "other"),
        ("Timeless", digital(GOLDIE, "Angel", album="Saturnz Return"), "other"),
        ("Timeless", digital(GOLDIE, "Angel"), "unknown"),
        (None, digital(GOLDIE, "Angel", album="Timeless"), "unknown"),
    ],
)
def test_albums(on_record: str | None, file: DigitalTrack, level: str) -> None:
    assert seen(vinyl(GOLDIE, "Angel", album=on_record), file)["album"] == level


@pytest.mark.parametrize(
    ("file", "is_same"),
    [
        (digital(GOLDIE, "Angel", release_id=1), True),
        (digital(GOLDIE, "Angel", release_id=2), False),
        (digital(GOLDIE, "Angel"), False),
        (digital(GOLDIE, "Angel", catalog_number="metH-026"), True),
        (digital(GOLDIE, "Angel", catalog_number="METH 027", label="Metalheadz"), False),
        (digital(GOLDIE, "Angel", catalog_number="METH 26 R", label="Metalheadz"), True),
        (digital(GOLDIE, "Angel", catalog_number="METH 026", label="FFRR"), False),
        (digital(GOLDIE, "Angel", catalog_number="026"), False),
        (digital(GOLDIE, "Angel", catalog_number="none"), False),
    ],
)
def test_a_file_that_names_the_release_is_from_it(file: DigitalTrack, is_same: bool) -> None:
    """The album's title may be anything then: a record is often filed under its label."""
    file = replace(file, album="Drum & Bass")
    track = vinyl(
        *(GOLDIE, "Angel"), album="Timeless", label="Metalheadz",
        catalog_number="METH 026, METH 26 R, 026, none",
    )  # fmt: skip
    found = seen(track, file)
    assert (found["album"], "release" in found) == ("same" if is_same else "other", is_same)


@pytest.mark.parametrize(
    ("on_record", "in_file", "level"),
    [
        ("FFRR", "ffrr", "same"),
        ("Metalheadz", "Metalheadz Ltd.", "other"),
        ("Metalheadz Ltd.", "Metalheadz", "same"),
        ("FFRR", "Metalheadz", "other"),
        ("FFRR", None, "unknown"),
        (None, "FFRR", "unknown"),
    ],
)
def test_labels(on_record: str | None, in_file: str | None, level: str) -> None:
    found = seen(vinyl(GOLDIE, "Angel", label=on_record), digital(GOLDIE, "Angel", label=in_file))
    assert found["label"] == level


@pytest.mark.parametrize(
    ("file", "source", "set_aside"),
    [
        (digital(GOLDIE, "Angel"), "tags", "nothing"),
        (digital(None, None, path="/x/Goldie - Angel.mp3"), "from the file name", "nothing"),
    ],
)
def test_where_the_words_were_read(file: DigitalTrack, source: str, set_aside: str) -> None:
    found = seen(vinyl(GOLDIE, "Angel"), file)
    assert (found["read from"], found["set aside"]) == (source, set_aside)


def test_what_was_set_aside_to_read_it() -> None:
    read = read_digital(digital(GOLDIE, "12 Angel"))
    mine = read_vinyl(vinyl(GOLDIE, "Angel"))
    found = {
        each["set aside"]: each["title"]
        for each in (
            observe_recording(mine.readings[0], it, mine.surroundings, Surroundings(), weigh)
            for it in (*read.readings, *read.exchanged())
        )
    }
    assert found["a number"] == "99"
    assert set(found) == {"nothing", "a number", "the order of artist and title"}


# --- Versions -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "level"),
    [
        ("carnage", {"words": "1", "little words": "none", "begins": "else", "ends": "else"}),
        ("badangmix", {"words": "1", "ends": "like a version"}),
        ("retriangulated", {"ends": "like a version"}),
        ("to the other side", {"words": "4", "little words": "more", "begins": "little"}),
        ("the carnage", {"begins": "the"}),
        ("in the name of love tonight", {"words": "5", "little words": "more"}),
        ("carnage to come alone 2", {"a number": "yes", "little words": "more"}),
        ("get carnage", {"little words": "one"}),
        ("carnage", {"a number": "no", "says the title": "no"}),
        ("on through", {"says the title": "yes"}),
    ],
)
def test_words_that_may_name_a_take(words: str, level: dict[str, str]) -> None:
    mine = read_vinyl(vinyl("The Doors", "Break On Through"))
    found = observe_take(words, mine.readings[0], mine.surroundings, Subtitles.ON_RECORD, "near")
    assert {name: found[name] for name in level} == level
    assert (found["side"], found["lengths"]) == ("on the record, brackets", "near")


@pytest.mark.parametrize(
    ("album", "others", "record", "like_named"),
    [
        (None, [], "unknown", "0"),
        ("Go", ["Go (Rainforest)"], "named for it", "1"),
        ("Go Remixes", ["Go (Rainforest)", "Go (Night)", "Go (Day)"], "named for it", "2"),
        ("Early EP", ["Mercy", "Party Time"], "few tracks", "0"),
        ("Everything", [f"Track {number}" for number in range(9)], "another", "0"),
    ],
)
def test_what_the_record_says_of_a_take(
    album: str | None, others: list[str], record: str, like_named: str
) -> None:
    tracks = [vinyl("Moby", it, album=album) for it in ["Go (Woodtick)", *others]]
    mine = read_on_record(tracks[0], tracks)
    found = observe_take("woodtick", mine.readings[0], mine.surroundings, "differ", "unknown")
    assert (found["record"], found["like named"]) == (record, like_named)


@pytest.mark.parametrize(
    ("track", "file", "level"),
    [
        (
            vinyl(GOLDIE, "Angel", seconds=300),
            digital(GOLDIE, "Angel", seconds=301),
            {"versions": "plain, equal", "album": "unknown", "live": "no, no"},
        ),
        (
            vinyl(GOLDIE, "Angel", album="Live At Leeds"),
            digital(GOLDIE, "Angel", album="Timeless"),
            {"versions": "plain, unknown", "album": "other", "live": "yes, no"},
        ),
        (
            vinyl(GOLDIE, "Angel"),
            digital(GOLDIE, "Angel", album="Live In Berlin"),
            {"live": "no, yes"},
        ),
        (
            vinyl(GOLDIE, "Angel (Peshay Mix)"),
            digital(GOLDIE, "Angel (Pesh"),
            {"title": "99", "read from": "tags", "set aside": "nothing"},
        ),
    ],
)
def test_what_speaks_for_one_version(
    track: VinylTrack, file: DigitalTrack, level: dict[str, str]
) -> None:
    found = observe_version("plain", *sides(track, file))
    assert {name: found[name] for name in level} == level


@pytest.mark.parametrize(
    ("cut", "whole", "name"),
    [
        ("Angel (Peshay Rem", "Angel (Peshay Remix)", "peshay"),
        ("Angel (Pesh", "Angel (Peshay Remix)", ""),
        ("Angel (Peshay Rem", "Angel (Peshay Dub)", ""),
        ("Angel (Photek Rem", "Angel (Peshay Remix)", ""),
        ("Angel", "Angel (Peshay Remix)", ""),
        ("Angel (", "Angel (Peshay Remix)", ""),
    ],
)
def test_a_name_that_is_whole_in_a_title_that_is_cut_off(cut: str, whole: str, name: str) -> None:
    assert version_beside(title(cut), title(whole)).name == name
