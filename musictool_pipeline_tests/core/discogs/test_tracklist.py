"""Release payloads as Discogs answers them, as it never should, and what becomes of them."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable, Iterator
from typing import Any
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.core.discogs import tracklist
from musictool_pipeline.core.discogs.tracklist import (
    MOST_TRACKS,
    Release,
    Track,
    expand_release,
    format_description,
    physical_first,
    printed,
    printed_credit,
    release_year,
    seconds,
)
from musictool_pipeline.errors import UnreadableRelease
from musictool_pipeline_tests.sample_data import ODD_CASES, demo_collection, large_collection

RELEASE_ID = 1023342
Json = dict[str, Any]


def artist(name: str, join: str = "", anv: str = "") -> Json:
    return {"name": name, "anv": anv, "join": join, "role": "", "tracks": "", "id": 7}


def track(position: str, title: str, duration: str = "", **more: Any) -> Json:
    return {
        "position": position,
        "type_": "track",
        "title": title,
        "duration": duration,
        **more,
    }


def heading(title: str, duration: str = "") -> Json:
    return {"position": "", "type_": "heading", "title": title, "duration": duration}


def index(title: str, *sub_tracks: Any, position: str = "", **more: Any) -> Json:
    return {
        "position": position,
        "type_": "index",
        "title": title,
        "duration": "",
        "sub_tracks": list(sub_tracks),
        **more,
    }


def untyped(entry: Json) -> Json:
    return {key: value for key, value in entry.items() if key != "type_"}


def payload(*entries: Any, **more: Any) -> Json:
    return {
        "id": RELEASE_ID,
        "status": "Accepted",
        "title": "Tonträger",
        "year": 1999,
        "artists": [artist("Röyk Sender (2)")],
        "labels": [{"name": "Tonträger", "catno": "TT 07"}],
        "formats": [{"name": "Vinyl", "qty": "1", "descriptions": ['12"', "EP"]}],
        "tracklist": list(entries),
        **more,
    }


def expand(*entries: Any, **more: Any) -> Release:
    return expand_release(RELEASE_ID, payload(*entries, **more))


def tracks(*entries: Any, **more: Any) -> tuple[Track, ...]:
    return expand(*entries, **more).tracks


def titles(*entries: Any) -> list[str | None]:
    return [each.title for each in tracks(*entries)]


# ---------------------------------------------------------------------------------------------
# A release as a whole
# ---------------------------------------------------------------------------------------------


def test_a_plain_release():
    release = expand(
        track("A1", "Löwe", "5:12"),
        track("B1", "Tiger", "", artists=[artist("Gast", "Feat."), artist("Zweiter (3)")]),
        country="Germany",
        genres=["Electronic"],
        styles=["Techno", "Dub"],
        master_id=77,
    )
    assert release == Release(
        release_id=RELEASE_ID,
        artist="Röyk Sender",
        title="Tonträger",
        label="Tonträger",
        catalog_number="TT 07",
        format_type="Vinyl",
        format_description='12", EP',
        release_year=1999,
        country="Germany",
        genres=("Electronic",),
        styles=("Techno", "Dub"),
        master_id=77,
        tracks=(
            Track(1, "Röyk Sender", "Löwe", "A1", "5:12", 312, None, None, None),
            Track(2, "Gast Feat. Zweiter", "Tiger", "B1", None, None, None, None, None),
        ),
    )


def test_nothing_but_an_id_is_a_release_of_which_nothing_is_known():
    """Every key is read with a default: a sparse answer must not cost the release."""
    assert expand_release(5, {"id": 5}) == Release(
        5, None, None, None, None, None, None, None, None, (), (), None, ()
    )


def test_the_id_asked_for_stays_where_a_merged_release_answers_with_another():
    assert expand_release(5, payload(track("A", "x"))).release_id == 5


@pytest.mark.parametrize("status", ["Accepted", "Draft", None])
def test_the_status_of_the_submission_does_not_matter(status: str | None):
    assert len(tracks(track("A", "x"), status=status)) == 1


@pytest.mark.parametrize("key", ["released", "master_id", "notes", "extraartists", "year", "uri"])
def test_keys_that_are_often_absent(key: str):
    whole = payload(track("A1", "x"), released="1999", master_id=1, notes="n", uri="u")
    whole.pop(key, None)
    assert len(expand_release(1, whole).tracks) == 1


def test_an_empty_tracklist_is_a_fact_about_the_record():
    assert tracks() == ()
    assert expand_release(1, {"tracklist": None}).tracks == ()


@pytest.mark.parametrize("broken", [{}, "A1", 0, 1.5, False, {"0": track("A1", "x")}])
def test_a_tracklist_that_is_no_list_is_an_answer_that_cannot_be_read(broken: object):
    """Taken for an empty one, it would leave the record without tracks, unnoticed."""
    with pytest.raises(UnreadableRelease) as caught:
        expand(**{"tracklist": broken})
    assert caught.value.release_id == RELEASE_ID
    assert type(broken).__name__ in caught.value.reason


@pytest.mark.parametrize("master_id", [0, -1, None, "77", 1.5, 2**31, [77]])
def test_no_master(master_id: object):
    assert expand(master_id=master_id).master_id is None


def test_a_master_that_is_true_is_none():
    assert expand(master_id=True).master_id is None


def test_genres_that_are_no_list_of_texts():
    assert expand(genres="Electronic", styles=[None, " Dub ", "", 5]).genres == ()
    assert expand(genres="Electronic", styles=[None, " Dub ", "", 5]).styles == ("Dub",)


# ---------------------------------------------------------------------------------------------
# Credits
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("join", "credit"),
    [
        (",", "Ada, Bo"),
        ("&", "Ada & Bo"),
        ("/", "Ada / Bo"),
        ("Feat.", "Ada Feat. Bo"),
        ("vs", "Ada vs Bo"),
        ("And", "Ada And Bo"),
        ("Meets", "Ada Meets Bo"),
        ("Feat. ", "Ada Feat. Bo"),
        (" , ", "Ada, Bo"),
        ("\t&\ufeff", "Ada & Bo"),
        ("", "Ada, Bo"),
        ("   ", "Ada, Bo"),
        (None, "Ada, Bo"),
        (5, "Ada, Bo"),
    ],
)
def test_names_are_glued_by_what_stands_between_them(join: Any, credit: str):
    assert printed_credit([artist("Ada", join), artist("Bo")]) == credit


def test_a_join_after_the_last_artist_joins_nothing():
    assert printed_credit([artist("Ada", "&"), artist("Bo", "Feat.")]) == "Ada & Bo"


def test_three_artists_each_with_the_join_that_follows():
    names = [artist("Ada", ","), artist("Bo", "Feat."), artist("Cy")]
    assert printed_credit(names) == "Ada, Bo Feat. Cy"


def test_an_artist_without_a_name_leaves_no_join_behind():
    assert printed_credit([artist(""), artist("Bo")]) == "Bo"
    assert printed_credit([artist("Ada", "&"), artist("", "Feat."), artist("Cy")]) == "Ada & Cy"
    assert printed_credit([artist("Ada", "&"), artist("\ufeff ")]) == "Ada"


@pytest.mark.parametrize(
    ("name", "anv", "credit"),
    [
        ("Goldie (2)", "", "Goldie"),
        ("Goldie (12345)", None, "Goldie"),
        ("Goldie (2) ", "", "Goldie"),
        ("Goldie (2)", "Goldie & Son", "Goldie & Son"),
        ("Goldie (2)", "  ", "Goldie"),
        ("Goldie (2)", "Goldie (2)", "Goldie (2)"),  # printed so on the record
        ("(2)", "", "(2)"),
        ("Goldie (2) (3)", "", "Goldie (2)"),
        ("Sunn O)))", "", "Sunn O)))"),
        ("Band (US)", "", "Band (US)"),
        ("Band (2) Trio", "", "Band (2) Trio"),
        ("Band ()", "", "Band ()"),
        ("Band (\u0662)", "", "Band (\u0662)"),
    ],
)
def test_a_name_as_printed(name: str, anv: str | None, credit: str):
    assert printed_credit([{"name": name, "anv": anv, "join": ""}]) == credit


def test_a_credit_by_the_names_on_discogs_stands_beside_the_printed_one():
    """Shops and tags have the artist's name where a sleeve has another: without it such a track
    would be missing though its file is there."""
    printed_otherwise, printed_alike, inherited = tracks(
        track(
            "A1",
            "x",
            artists=[artist("London Irish Live Trust (2)", "&", anv="LILT"), artist("Bo")],
        ),
        track("A2", "y", artists=[artist("Bo (3)")]),
        track("A3", "z"),
        artists=[artist("Forcefield", anv="Forcefield IV")],
    )
    assert (printed_otherwise.artist, printed_otherwise.artist_on_discogs) == (
        "LILT & Bo",
        "London Irish Live Trust & Bo",
    )
    assert (printed_alike.artist, printed_alike.artist_on_discogs) == ("Bo", None)
    assert (inherited.artist, inherited.artist_on_discogs) == ("Forcefield IV", "Forcefield")


def test_a_number_in_brackets_that_belongs_to_the_name():
    """Discogs' suffix is ` (2)`, with a blank; `Area(51)` is what is printed on the record."""
    assert printed_credit([artist("Area(51)")]) == "Area(51)"


def test_no_artists_is_no_credit():
    for nobody in (None, [], {}, "Ada", [None, 5, "Ada"], [{}], [artist("")], 3):
        assert printed_credit(nobody) is None


def test_a_track_has_its_own_credit_or_else_that_of_the_release():
    own, inherited, nameless = tracks(
        track("A1", "x", artists=[artist("Gast (2)", anv="Gäste")]),
        track("A2", "y"),
        track("A3", "z", artists=[artist("")]),
    )
    assert (own.artist, inherited.artist, nameless.artist) == ("Gäste", *["Röyk Sender"] * 2)


def test_extra_artists_are_no_credit():
    [only] = tracks(track("A1", "x", extraartists=[artist("Remixer")]))
    assert only.artist == "Röyk Sender"


def test_nobody_is_credited_where_nobody_is_named():
    [only] = tracks(track("A1", "x"), artists=[])
    assert only.artist is None


# ---------------------------------------------------------------------------------------------
# Headings and index tracks
# ---------------------------------------------------------------------------------------------


def test_a_heading_is_no_track_and_stands_over_those_that_follow():
    found = tracks(
        track("A1", "before"),
        heading("Morning"),
        track("A2", "x"),
        track("A3", "y"),
        heading("Evening", "58:20"),
        track("B1", "z"),
    )
    assert [(each.number, each.title, each.heading) for each in found] == [
        (1, "before", None),
        (2, "x", "Morning"),
        (3, "y", "Morning"),
        (4, "z", "Evening"),
    ]


def test_a_heading_with_a_duration_or_a_position_is_still_no_track():
    assert titles(heading("Mix", "58:20"), {**heading("CD 1"), "position": "CD1"}) == []


def test_a_heading_without_a_title_ends_the_one_before():
    assert [each.heading for each in tracks(heading("x"), heading(" "), track("A", "y"))] == [None]


def test_an_index_of_whole_tracks():
    """The sub-tracks are the tracks; to count the index too would be a track that is not there."""
    found = tracks(
        heading("Disc 1"),
        index("Suite", track("1-1", "a", "1:00"), track("1-2", "b"), position="1"),
        track("1-3", "c"),
    )
    assert [
        (each.number, each.position, each.title, each.parent_position, each.parent_title)
        for each in found
    ] == [
        (1, "1-1", "a", "1", "Suite"),
        (2, "1-2", "b", "1", "Suite"),
        (3, "1-3", "c", None, None),
    ]
    assert {each.heading for each in found} == {"Disc 1"}
    assert found[0].duration_seconds == 60


@pytest.mark.parametrize(
    "positions", [("A3.1", "A3.2"), ("B1a", "B1b", "B1c"), ("5a", "5b"), ("A3i", "A3ii"), ("", "")]
)
def test_an_index_of_parts_of_one_track(positions: tuple[str, ...]):
    found = tracks(index("Medley", *(track(each, "part") for each in positions)))
    assert [each.position or "" for each in found] == list(positions)
    assert {each.parent_title for each in found} == {"Medley"}
    assert {each.parent_position for each in found} == {None}


def test_the_credit_of_an_index_track_holds_for_its_parts_unless_they_have_their_own():
    inherited, own = tracks(
        index(
            "Suite",
            track("1a", "x"),
            track("1b", "y", artists=[artist("Own")]),
            artists=[artist("Index")],
        )
    )
    assert (inherited.artist, own.artist) == ("Index", "Own")


def test_a_credit_of_an_index_track_ends_with_it():
    *_, last = tracks(index("s", track("1a", "x"), artists=[artist("Index")]), track("2", "y"))
    assert last.artist == "Röyk Sender"


def test_sub_tracks_make_an_index_whatever_the_entry_calls_itself():
    [part] = tracks(track("A1", "Suite", sub_tracks=[track("A1a", "x")]))
    assert (part.title, part.parent_title, part.parent_position) == ("x", "Suite", "A1")


@pytest.mark.parametrize("sub_tracks", [[], None, {}, "A1a", [None, 5]])
def test_an_index_that_groups_nothing_is_kept_as_a_track(sub_tracks: object):
    """There is music under that title, so it must not vanish from the record."""
    assert titles({**index("Suite", position="A1"), "sub_tracks": sub_tracks}) == ["Suite"]


@pytest.mark.parametrize("duration", ["", "29:10"])
def test_an_index_that_groups_nothing_and_has_no_place_of_its_own_is_a_heading(duration: str):
    """A name over tracks is nothing that could be missing from a library."""
    found = tracks(
        index("Cycle", duration=duration), track("1-1", "x"), index("Other"), track("1-2", "y")
    )
    assert [(each.number, each.title, each.heading) for each in found] == [
        (1, "x", "Cycle"),
        (2, "y", "Other"),
    ]
    assert titles(index("Side one"), index("Side two")) == ["Side one", "Side two"]


def test_a_heading_and_junk_among_the_sub_tracks_are_no_tracks():
    found = tracks(index("s", heading("h"), track("", ""), None, track("1a", "x")))
    assert [(each.number, each.title) for each in found] == [(1, "x")]


def test_an_index_within_an_index():
    [part] = tracks(index("outer", index("inner", track("1a", "x"), position="1")))
    assert (part.title, part.parent_title, part.parent_position) == ("x", "inner", "1")


def test_an_index_deeper_than_any_record_ends():
    """A payload of a thousand levels must not end the run with a RecursionError."""
    entry = track("1", "x")
    for level in range(5000):
        entry = index(f"level {level}", entry)
    [only] = tracks(entry)
    assert only.number == 1


# ---------------------------------------------------------------------------------------------
# Old answers, without type_
# ---------------------------------------------------------------------------------------------


def test_without_types_tracks_are_tracks():
    found = tracks(untyped(track("A1", "x")), untyped(track("A2", "y", "3:00")))
    assert [each.title for each in found] == ["x", "y"]


def test_without_types_a_line_of_a_title_alone_is_a_heading():
    found = tracks(*map(untyped, (heading("Side"), track("A1", "x"), track("A2", "y"))))
    assert [(each.number, each.title, each.heading) for each in found] == [
        (1, "x", "Side"),
        (2, "y", "Side"),
    ]


def test_without_types_and_positions_every_line_is_a_track():
    """A cassette without positions must not turn into six headings and no track."""
    assert titles(*(untyped(track("", title)) for title in "abcdef")) == list("abcdef")


def test_without_types_what_has_a_length_or_parts_is_music():
    found = titles(
        untyped(track("A1", "x")),
        untyped(track("", "hidden", "1:30")),
        untyped(index("s", untyped(track("B1", "y")))),
    )
    assert found == ["x", "hidden", "y"]


def test_an_unknown_type_is_a_track():
    for kind in ("Track", "", "hidden", 5, [], {"heading": 1}, True):
        assert titles({**track("", "x"), "type_": kind}, track("A1", "y")) == ["x", "y"]


def test_without_types_an_empty_line_does_not_end_the_heading():
    lines = (heading("Side"), track("A1", "x"), track("", ""), track("A2", "y"))
    assert [each.heading for each in tracks(*map(untyped, lines))] == ["Side", "Side"]


# ---------------------------------------------------------------------------------------------
# Lines: positions, titles, durations, junk
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "position",
    [
        "A1",
        "A",
        "AA",
        "1",
        "1-01",
        "CD1-3",
        "A3i",
        "A3.1",
        "B4(i)",
        "9A",
        "a1",
        "Video 1",
        "\u03911",
    ],
)
def test_positions_are_kept_as_printed(position: str):
    assert [each.position for each in tracks(track(position, "x"))] == [position]


def test_positions_are_trimmed_and_an_empty_one_is_none():
    found = tracks(track("A2 ", "x"), track("", "y"), track("\t", "z"), track(None, "n"))  # type: ignore[arg-type]
    assert [each.position for each in found] == ["A2", None, None, None]


def test_positions_repeat_and_numbers_do_not():
    """(release, position) is no key; the running number is."""
    found = tracks(*(track(position, "x") for position in ("A1", "A1", "B1", "A1", "", "")))
    assert [each.number for each in found] == [1, 2, 3, 4, 5, 6]


def test_a_line_with_neither_position_nor_title_is_no_track_and_takes_no_number():
    found = tracks(
        track("", "", "3:00", artists=[artist("Gast")]),
        track("A1", ""),
        track(" ", "\ufeff"),
        track("", "y"),
        {},
        None,
        "A3",
        5,
    )
    assert [(each.number, each.position, each.title) for each in found] == [
        (1, "A1", None),
        (2, None, "y"),
    ]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("Löwe\t(VIP)", "Löwe (VIP)"),
        ("Löwe ", "Löwe"),
        ("\ufeffLöwe", "Löwe"),
        ("Lö\ufeffwe", "Löwe"),
        ("a\r\nb", "a b"),
        ("a\u2028b\u2029c\x85d\x0be", "a b c d e"),
        ("\x00a\x00", "a"),
        ("a\u00a0", "a"),
        ("\u3000東京\u3000", "東京"),
        ("a\ud83d", "a"),
        (" \u200b\u2060 ", None),
        ("", None),
        ("\n", None),
        ("می\u200cشود", "می\u200cشود"),
        ("👩\u200d🎤", "👩\u200d🎤"),
        ("a  b", "a  b"),
        ("none", "none"),
        ("0", "0"),
        (0, None),
        (5, None),
        (True, None),
        (["a"], None),
        ({"a": 1}, None),
    ],
)
def test_text_as_printed(raw: object, text: str | None):
    assert printed(raw) == text


@given(st.text())
def test_text_is_trimmed_on_one_line_and_never_empty(raw: str):
    text = printed(raw)
    if text is None:
        assert not raw.strip().isalnum()
    else:
        assert text
        assert text == text.strip()
        assert len(text.splitlines()) == 1
        text.encode("utf-8")
        assert printed(text) == text


@pytest.mark.parametrize(
    ("duration", "length"),
    [
        ("3:45", 225),
        ("03:45", 225),
        ("12:07", 727),
        ("0:07", 7),
        ("75:10", 4510),
        ("120:00", 7200),
        ("1:02:33", 3753),
        ("01:02:33", 3753),
        ("999:59", 59999),
        ("999:99", None),
        ("3:60", None),
        ("1:60:00", None),
        ("0:00", None),
        ("0:00:00", None),
        ("00:00", None),
        ("3:5", None),
        ("345", None),
        (":45", None),
        ("3:45:", None),
        ("-3:45", None),
        ("3.45", None),
        ("3:45 ", None),
        ("3:45\n", None),
        ("\u0663:\u0664\u0665", None),
        ("1:1:1:1", None),
        ("9" * 5000 + ":00", None),
        ("?", None),
        ("", None),
        (None, None),
    ],
)
def test_a_length_in_seconds(duration: str | None, length: int | None):
    assert seconds(duration) == length


def test_a_duration_that_is_no_length_is_still_printed():
    odd, blank = tracks(track("A1", "x", "999:99"), track("A2", "y", " 3:45 "))
    assert (odd.duration, odd.duration_seconds) == ("999:99", None)
    assert (blank.duration, blank.duration_seconds) == ("3:45", 225)


# ---------------------------------------------------------------------------------------------
# Years, labels, formats
# ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "released", "found"),
    [
        (1999, None, 1999),
        (1999, "2001-01-01", 1999),
        ("1999", None, 1999),
        (0, "1993", 1993),
        (0, "1993-05-12", 1993),
        (0, "1997-06-00", 1997),
        (0, "1993-00-00", 1993),
        (None, " 1993", 1993),
        (19999, "1993", 1993),
        (0, "0", None),
        (0, "", None),
        (0, None, None),
        (None, None, None),
        (99, None, None),
        (-1999, None, None),
        (1859, None, None),
        (1860, None, 1860),
        (2100, None, 2100),
        (2101, None, None),
        (9999, "9999", None),
        (True, "unknown", None),
        (1999.0, "May 1993", None),
        ([1999], {"year": 1999}, None),
        (0, "19930512", None),
        ("\u0661\u0669\u0669\u0669", None, None),
    ],
)
def test_a_year(year: object, released: object, found: int | None):
    assert release_year(year, released) == found


def test_a_year_beyond_all_bounds_is_unknown():
    assert release_year(10**5000) is None


def labels(*pairs: tuple[Any, Any]) -> tuple[str | None, str | None]:
    release = expand(labels=[{"name": name, "catno": catno} for name, catno in pairs])
    return release.label, release.catalog_number


def test_a_label_twice_with_two_catalogue_numbers():
    assert labels(("Tonträger", "TT 07"), ("Tonträger", "TTCD 07")) == (
        "Tonträger",
        "TT 07, TTCD 07",
    )


def test_two_labels_under_one_catalogue_number():
    assert labels(("Aal (2)", "X 1"), ("Butt", "X 1")) == ("Aal, Butt", "X 1")


def test_the_catalogue_number_none_is_what_is_printed():
    assert labels(("Not On Label", "none")) == ("Not On Label", "none")


def test_labels_without_names_or_numbers():
    assert labels(("", None), ("Butt", " ")) == ("Butt", None)
    assert labels() == (None, None)
    assert expand(labels={"name": "x"}).label is None


def formats(*entries: Any) -> tuple[str | None, str | None]:
    release = expand(formats=list(entries))
    return release.format_type, release.format_description


def test_the_record_comes_before_the_files():
    """A record that lists its download first is still looked for under Vinyl."""
    found = formats(
        {"name": "File", "qty": "4", "descriptions": ["FLAC", "EP"]},
        {"name": "Vinyl", "qty": "1", "descriptions": ['12"', "EP"]},
    )
    assert found == ("Vinyl", '12", EP; 4 x File, FLAC, EP')


@pytest.mark.parametrize("name", ["File", "Hybrid", "All Media", "Memory Stick"])
def test_what_is_no_record_is_named_where_there_is_nothing_else(name: str):
    assert formats({"name": name, "qty": "1"}) == (name, name)


@pytest.mark.parametrize("name", ["File", "Hybrid", "All Media", "Memory Stick"])
def test_what_is_no_record_gives_way_to_one_that_is(name: str):
    vinyl = {"name": "Vinyl", "qty": "1"}
    assert formats({"name": name, "qty": "1"}, vinyl)[0] == "Vinyl"


def test_formats_otherwise_keep_their_order():
    entries = [{"name": name} for name in ("CD", "File", "Vinyl", "Hybrid", "DVD")]
    found = [entry["name"] for entry in physical_first(entries)]
    assert found == ["CD", "Vinyl", "DVD", "File", "Hybrid"]


@pytest.mark.parametrize(
    ("entry", "description"),
    [
        ({"name": "Vinyl", "qty": "1"}, "Vinyl"),
        ({"name": "Vinyl", "qty": "2"}, "2 x Vinyl"),
        ({"name": "Vinyl", "qty": "2", "descriptions": ["LP"]}, "2 x LP"),
        ({"name": "Vinyl", "qty": "2", "descriptions": ["LP"], "text": "Blue "}, "2 x LP, Blue"),
        ({"name": "Vinyl", "qty": "1", "text": "Gatefold"}, "Gatefold"),
        ({"name": "Vinyl", "qty": "0", "descriptions": ["LP"]}, "LP"),
        ({"name": "Vinyl", "qty": "", "descriptions": ["LP"]}, "LP"),
        ({"name": "Vinyl", "qty": "many", "descriptions": [" LP", "", None, 7]}, "LP"),
        ({"name": "Vinyl", "descriptions": "LP"}, "Vinyl"),
        ({"qty": "2"}, None),
        ({}, None),
    ],
)
def test_a_format_in_words(entry: Json, description: str | None):
    assert format_description([entry]) == description


def test_further_formats_are_named():
    entries = [
        {"name": "Vinyl", "qty": "2", "descriptions": ["LP", "Album"], "text": "Blue"},
        {"name": "CD", "qty": "1", "descriptions": ["Album"]},
        {"name": "DVD", "qty": "1"},
    ]
    assert format_description(entries) == "2 x LP, Album, Blue; CD, Album; DVD"


def test_formats_that_are_none():
    for nothing in (None, [], {}, "Vinyl", [None, "Vinyl"]):
        release = expand(formats=nothing)
        assert (release.format_type, release.format_description) == (None, None)


def test_a_quantity_beyond_all_bounds():
    assert formats({"name": "Vinyl", "qty": "1" * 5000})[0] == "Vinyl"


def test_a_format_without_a_name_does_not_hide_the_one_that_has():
    assert formats({}, {"name": "Vinyl", "qty": "1"})[0] == "Vinyl"


# ---------------------------------------------------------------------------------------------
# The sample data: its own count against ours
# ---------------------------------------------------------------------------------------------

SAMPLE = demo_collection()


def odd_case(name: str) -> Release:
    release_id = ODD_CASES[name]
    return expand_release(release_id, json.loads(SAMPLE.answers[release_id]))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_track_of_the_demo_is_found(seed: int):
    """The demo counts its tracks while it makes them, not by reading them back."""
    sample = demo_collection(seed)
    releases = [expand_release(key, json.loads(body)) for key, body in sample.answers.items()]
    assert sum(len(release.tracks) for release in releases) == sample.track_count


def test_every_track_of_a_large_collection_is_found():
    collection = large_collection(600)
    for release_id in collection.release_ids:
        release = expand_release(release_id, json.loads(collection.answer(release_id)))
        assert len(release.tracks) == collection.track_count(release_id), release_id
        assert_invariants(release)


@pytest.mark.parametrize(
    "name", sorted(name for name, key in ODD_CASES.items() if key in SAMPLE.answers)
)
def test_every_odd_case_of_the_demo_can_be_read(name: str):
    release = odd_case(name)
    assert_invariants(release)
    assert bool(release.tracks) is (name != "empty tracklist")


def test_what_the_odd_cases_come_to():
    assert odd_case("digital format first").format_type == "Vinyl"
    assert odd_case("year 0").release_year is None
    assert odd_case("released YYYY-00-00").release_year == 1993
    assert odd_case("catno none").catalog_number == "none"
    assert {each.heading for each in odd_case("heading").tracks} == {
        "Morning Side",
        "Evening Side",
    }
    assert [each.duration_seconds for each in odd_case("duration M:SS").tracks] == [
        None,
        225,
        727,
        3753,
        4510,
        None,
    ]
    suffixed = odd_case("artist with a suffix")
    assert suffixed.artist and not suffixed.artist.endswith(")")
    assert suffixed.label and not suffixed.label.endswith(")")
    soundsystem = odd_case("anv differs from name").artist
    assert soundsystem and soundsystem.endswith(" Soundsystem")
    parts = odd_case("index of parts B1a").tracks
    assert [each.position for each in parts] == ["A1", "B1a", "B1b", "B1c"]


# ---------------------------------------------------------------------------------------------
# Anything can be missing, or of another type
# ---------------------------------------------------------------------------------------------

WHOLE: Json = payload(
    heading("Side A", "20:00"),
    track("A1", "x", "3:45", artists=[artist("Ada (2)", "Feat.", "Adah"), artist("Bo")]),
    index("Suite", track("B1a", "y", "1:00"), track("B1b", "z"), artists=[artist("Cy")]),
    untyped(track("B2", "old")),
    genres=["Electronic"],
    styles=["Dub"],
    country="UK",
    master_id=5,
    released="1999-05-00",
)

WRONG: list[Any] = [
    None,
    True,
    0,
    -1,
    10**30,
    1.5,
    float("nan"),
    float("inf"),
    "",
    "text",
    "\ufeff\t",
    "\ud800",
    [],
    {},
    [None],
    [[]],
    [{}],
    ["x"],
    {"x": {}},
]

Change = Callable[[], None]
Path = tuple[str | int, ...]


def paths(value: Any, here: Path = ()) -> Iterator[Path]:
    """The way to everything within a payload."""
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for key, member in members:
        yield (*here, key)
        if isinstance(member, dict | list):
            yield from paths(member, (*here, key))


PATHS = list(paths(WHOLE))
DROPPED = object()


def changed(whole: Json, path: Path, value: object) -> Json:
    """A copy of `whole` with `value` at `path`, or nothing there any more."""
    result = copy.deepcopy(whole)
    place: Any = result
    for key in path[:-1]:
        place = place[key]
    if value is DROPPED:
        del place[path[-1]]
    else:
        place[path[-1]] = copy.deepcopy(value)
    return result


def assert_survives(answer: Json) -> None:
    try:
        release = expand_release(RELEASE_ID, answer)
    except UnreadableRelease as error:
        assert error.release_id == RELEASE_ID
        assert error.reason and str(RELEASE_ID) in str(error)
        return
    assert_invariants(release)


def assert_invariants(release: Release) -> None:
    assert [each.number for each in release.tracks] == list(range(1, len(release.tracks) + 1))
    texts: list[Any] = [
        release.artist,
        release.title,
        release.label,
        release.catalog_number,
        release.format_type,
        release.format_description,
        release.country,
        *release.genres,
        *release.styles,
    ]
    for each in release.tracks:
        assert each.title or each.position
        assert each.duration_seconds is None or each.duration_seconds > 0
        texts += [each.artist, each.title, each.position, each.duration]
        texts += [each.parent_position, each.parent_title, each.heading]
    for text in texts:
        if text is not None:
            assert isinstance(text, str)
            assert text and text == text.strip()
            assert len(text.splitlines()) == 1
            assert not any(category(sign) in {"Cc", "Cs"} for sign in text)


def test_each_value_dropped_or_of_another_type():
    """One odd answer must cost at most its own release, by its id, and never the run."""
    for path in PATHS:
        for value in (DROPPED, *WRONG):
            assert_survives(changed(WHOLE, path, value))


@given(st.data())
def test_two_values_dropped_or_of_another_type(data: st.DataObject):
    value = st.sampled_from([DROPPED, *WRONG])
    answer = changed(WHOLE, data.draw(st.sampled_from(PATHS)), data.draw(value))
    left = list(paths(answer))
    if left:
        answer = changed(answer, data.draw(st.sampled_from(left)), data.draw(value))
    assert_survives(answer)


KEYS = st.sampled_from(
    [
        "id",
        "tracklist",
        "sub_tracks",
        "type_",
        "position",
        "title",
        "duration",
        "artists",
        "name",
        "anv",
        "join",
        "labels",
        "catno",
        "formats",
        "qty",
        "descriptions",
        "text",
        "year",
        "released",
        "genres",
        "styles",
        "country",
        "master_id",
    ]
)
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=12)
    | st.sampled_from(["track", "heading", "index", "A1", "3:45", "Ada (2)", ",", "&"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=30,
)


@given(st.dictionaries(KEYS, ANYTHING, max_size=12))
def test_any_object_at_all(answer: Json):
    assert_survives(answer)


ENTRIES = st.lists(
    st.builds(
        lambda position, title, kind, parts, duration: {
            **({"type_": kind} if kind else {}),
            **({"sub_tracks": parts} if parts else {}),
            "position": position,
            "title": title,
            "duration": duration,
        },
        st.sampled_from(["", "A1", "A2 ", "1-01", "Video 1"]),
        st.sampled_from(["", "x", "\ty ", "\ufeff"]),
        st.sampled_from(["track", "track", "heading", "index"]),
        st.lists(st.builds(track, st.sampled_from(["", "1a"]), st.sampled_from(["", "z"]))),
        st.sampled_from(["", "3:45", "999:99"]),
    ),
    max_size=8,
)


def naive_count(entries: list[Json]) -> int:
    """What the published table promises: no headings, no index tracks, nothing empty."""
    count = 0
    has_positions = any(entry["position"].strip() for entry in entries)
    for entry in entries:
        is_index = entry["type_"] == "index" and not entry.get("sub_tracks")
        if entry["type_"] == "heading" or (is_index and has_positions and not entry["position"]):
            continue
        for each in entry.get("sub_tracks") or [entry]:
            text = (each["position"] + each["title"]).replace("\ufeff", "").strip()
            count += bool(text)
    return count


@given(ENTRIES)
def test_the_number_of_tracks_is_what_the_table_promises(entries: list[Json]):
    release = expand(*entries)
    assert len(release.tracks) == naive_count(entries)
    assert_invariants(release)


def test_more_tracks_than_any_record_has_are_refused():
    """An answer that would fill the disk is a broken answer."""
    line = track("A1", "x")
    with pytest.raises(UnreadableRelease) as caught:
        expand(**{"tracklist": [line] * (MOST_TRACKS + 1)})
    assert f"{MOST_TRACKS:,}" in caught.value.reason


def test_the_largest_number_of_tracks_is_allowed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tracklist, "MOST_TRACKS", 3)
    line = track("A1", "x")
    assert len(tracks(line, line, line)) == 3
    with pytest.raises(UnreadableRelease):
        tracks(line, line, line, line)


def test_a_text_of_a_megabyte_is_read_in_no_time():
    began = time.process_time()
    long = "x\t" * 500_000
    [only] = tracks(track(long, long, long, artists=[artist(long + "(2)", long, long)]))
    assert only.title and len(only.title) == 999_999
    assert only.duration_seconds is None
    assert time.process_time() - began < 2


def test_a_name_of_blanks_is_read_in_no_time():
    """One hostile or damaged name must not hold up the whole refresh."""
    began = time.process_time()
    printed_credit([artist("a" + " " * 20_000 + "x)")])
    assert time.process_time() - began < 1
