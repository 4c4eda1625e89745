"""How two versions stand to each other, and whether two names mean one remixer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.core.matching.observing.standing import compare, stand
from musictool_pipeline.core.matching.parsing.names import same_name
from musictool_pipeline.core.matching.parsing.versions import PLAIN, Version, read_version
from musictool_pipeline.core.matching.words.text import fold
from musictool_pipeline_tests.core.matching.builders import of_file, on_record


def version(words: str) -> Version:
    return read_version(words) if words else PLAIN


@pytest.mark.parametrize(
    "words",
    ["", "Original Mix", "Original", "Album Version", "Main Mix", "LP Version", "2011 Remaster"],
)
def test_the_plain_recording_has_many_names(words: str) -> None:
    assert compare(version(words), PLAIN) == "the same"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Goldie Remix", "Goldie's Remix"),
        ("Goldie Remix", "Remixed by Goldie"),
        ("Goldie Mix", "Goldie Rmx"),
        ("Tiësto Remix", "DJ Tiesto Remix"),
        ("Photek & Peshay Remix", "Peshay and Photek Mix"),
        ("Peace Division Remix", "Peace Divison Remix"),
        ("Morales Mix", "David Morales Mix"),
        ("Radio Edit", "Radio Mix"),
        ("Club Mix", "Club"),
        ("Dub", "Dub Version"),
        ('Extended 12" Mix', '12" Mix'),
        ("Live", "Live At Wembley"),
        ("'89 Mix", "1989 Remix"),
        ("A Cappella", "Acapella"),
        ("Riddim", "Rhythm"),
        ("2 Bad Mice Remix", "Two Bad Mice Remix"),
        ("Boris Musical Mix", "Boris Dlugosch Musical Mix"),
    ],
)
def test_one_version_spelled_in_two_ways(one: str, other: str) -> None:
    assert compare(version(one), version(other)) == "the same"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("", "Goldie Remix"),
        ("", "Dub"),
        ("", "Live"),
        ("", "Remix"),
        ("Goldie Remix", "Photek Remix"),
        ("Goldie Remix", "Goldie Dub"),
        ("Goldie Remix", "Goldie Instrumental"),
        ("Morales Mix", "Morales Red Zone Mix"),
        ("Version 3", "Version 2"),
        ("Remix 1", "Remix 2"),
        ("Take 2", "Take 5"),
        ("Clean", "Dirty"),
        ("Vocal Mix", "Dub Mix"),
        ("Dub", "Instrumental"),
        ("Goldie Remix", "Dub"),
        ("Instrumental", "Acapella"),
        ("Radio Edit", "Extended Mix"),
    ],
)
def test_two_versions(one: str, other: str) -> None:
    assert compare(version(one), version(other)) == "another"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Single Version", '7" Version'),
        ("Extended Mix", '12" Mix'),
        ("Goldie Remix", "Remix"),
        ("Paul Oakenfold Club Mix", "Club Mix"),
        ("", "Official Video"),
    ],
)
def test_names_that_are_often_one_take_need_a_duration(one: str, other: str) -> None:
    assert compare(version(one), version(other)) == "close"


def test_a_credit_elsewhere_stands_in_for_the_name() -> None:
    """`Title (Remix)` with REMIXER Goldie is the `Goldie Remix`; `Title` alone is not."""
    named, bare = version("Goldie Remix"), version("Remix")
    assert compare(named, bare, (), ("goldie",)) == "the same"
    assert compare(named, bare, ("goldie",), ()) == "close"
    assert compare(named, PLAIN, (), ("goldie",)) == "another"


@pytest.mark.parametrize(
    ("one", "other", "standing"),
    [
        ("", "Original Mix", "plain"),
        ("Dub", "Dub Version", "the same"),
        ("", "Radio Edit", "a length"),
        ("", "Special Berlin Edit", "a length"),
        ("Goldie Remix", "Goldie Remix Radio Edit", "a length"),
        ("Extended Edit", "Extended Mix", "a length"),
        ("Clean", "Clean Single", "a length"),
        ("", "Instrumental", "a part"),
        ("Goldie Remix", "Goldie Remix Instrumental", "a part"),
        ("", "Goldie Remix", "another"),
        ("", "Blue Room Mix", "a name"),
        ("", "Original Blue Room Remix", "another"),
        ("", "Version 3", "a number"),
        ("", "Take 3", "a part"),
        ("Goldie Remix", "Photek Remix", "another"),
        ("Goldie Remix", "Photek Remix Radio Edit", "another"),
        ("Dub", "Instrumental", "another"),
        ("Dub 1", "Dub 2", "another"),
    ],
)
def test_how_versions_stand(one: str, other: str, standing: str) -> None:
    assert stand(version(one), version(other)) == standing
    assert stand(version(other), version(one)) == standing


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("masters at work", "maw"),
        ("kopyright liberation front", "klf"),
        ("peace divison", "peace division"),
        ("dimitri from paris", "dimitri paris"),
        ("terry and knowles", "beyonce knowles and todd terry"),
    ],
)
def test_one_name_in_two_spellings(one: str, other: str) -> None:
    assert same_name(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("beat junkie sound aca", "beat junkie sound aca out"),
        ("clean cyber workshop", "dirty cyber workshop"),
        ("terry and knowles", "todd terry and gordon edge"),
        ("terry and terry", "todd terry and gordon edge"),
    ],
)
def test_another_word_in_a_long_name_is_no_slip(one: str, other: str) -> None:
    assert not same_name(one, other)


@pytest.mark.parametrize(
    ("printed", "other", "relation"),
    [
        ("Classic Mix", "Todd Terry Classic Mix", "the same"),
        ("Classic Mix", "Terry & Edge Classic Mix", "another"),
        ("Classic Mix", "Gordon Edge Classic Mix", "another"),
        ("Classic Mix", "Todd Terry Mix", "another"),
    ],
)
def test_who_made_a_mix_in_a_style_may_stand_in_the_credits(
    printed: str, other: str, relation: str
) -> None:
    credited = replace(version(printed), credited=("todd terry",))
    assert compare(credited, version(other)) == relation
    assert compare(version(other), credited) == relation


@pytest.mark.parametrize(
    ("credits", "relation"),
    [
        (("todd terry",), "the same"),
        (("gordon edge", "terry"), "the same"),
        (("gordon edge",), "another"),
        ((), "the same"),
    ],
)
def test_remixers_whom_both_sides_credit_beside_the_words_have_to_agree(
    credits: tuple[str, ...], relation: str
) -> None:
    on_record = replace(version("Remix"), credited=("todd terry",))
    in_file = replace(version("Remix"), credited=credits)
    assert compare(on_record, in_file) == relation
    assert compare(in_file, on_record) == relation


WORDS = st.lists(
    st.sampled_from(
        ["Goldie", "David", "Morales", "Remix", "Mix", "Dub", "Radio", "Edit", "2", "Live", "Club",
         "Extended", '12"', "Original", "Version", "Vocal", "DJ", "The", "2011", "Remaster"]
    ),
    max_size=4,
).map(" ".join)  # fmt: skip


NAMES = st.lists(st.sampled_from(["goldie", "david morales", "the orb"]), max_size=2)


@given(WORDS, WORDS, NAMES, NAMES)
def test_comparing_versions_is_symmetric(
    one: str, other: str, beside: list[str], beside_other: list[str]
) -> None:
    """A verdict must not depend on which of the two is on vinyl."""
    there = compare(version(one), version(other), beside, beside_other)
    back = compare(version(other), version(one), beside_other, beside)
    assert there is back


@given(WORDS)
def test_a_version_is_the_same_as_itself(words: str) -> None:
    assert compare(version(words), version(words)) == "the same"


@given(st.text("ab cd", max_size=10), st.text("ab cd", max_size=10))
def test_names_compare_alike_both_ways(one: str, other: str) -> None:
    one, other = fold(one), fold(other)
    assert same_name(one, other) == same_name(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Angel (Mk II)", "Angel (Mk. III)"),
        ("Angel (V2)", "Angel (V3)"),
        ("Angel (First Mix)", "Angel (2nd Mix)"),
        ("Angel (Dub A)", "Angel (Dub B)"),
        ("Angel (Side C)", "Angel (Side D)"),
        ("Angel (A)", "Angel (AA)"),
        ("Angel (120 BPM)", "Angel (128bpm)"),
        ("Angel (Clean-Foo Intro)", "Angel (Clean-Foo Outro)"),
        ("Angel (Foo In Edit)", "Angel (Foo Out Edit)"),
        ("Angel (Photek Vision)", "Angel (Photek Blend)"),
    ],
)
def test_two_takes(one: str, other: str) -> None:
    assert stand(on_record(one).title.version, of_file(other).title.version) in (
        "another",
        "a number",
    )


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
