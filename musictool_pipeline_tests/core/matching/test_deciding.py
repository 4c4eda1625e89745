"""From what was observed to a status: the questions in their order, and what points may not say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from musictool_pipeline.core.matching.comparing import Comparison, compare
from musictool_pipeline.core.matching.deciding import RANK, Decision, decide
from musictool_pipeline.core.matching.observing.recordings import ANOTHER_MARK
from musictool_pipeline.core.matching.parsing.reading import read_digital, read_vinyl
from musictool_pipeline.core.matching.tracks import (
    MISSING,
    OTHER_VERSION,
    OWNED,
    REVIEW,
    STATUSES,
)
from musictool_pipeline.core.matching.weighing.points import Points, points
from musictool_pipeline_tests.core.matching.builders import (
    SETTINGS,
    compared,
    decided,
    digital,
    judged,
    vinyl,
)

Change = Mapping[str, Any]
"""What is otherwise: `recording` and `version` are observations, the rest fields of Comparison."""


def weigh(word: str) -> float:
    return 1.0


@pytest.mark.parametrize(
    ("on_record", "artist", "title", "release_id", "status"),
    [
        ("Kiss", None, "Kiss", None, MISSING),
        ("Kiss", None, "Kiss", 2, MISSING),
        ("Kiss", None, "Kiss", 1, OWNED),
        ("Kiss", "Prince Buster", "Kiss", 1, OWNED),
        ("Kiss", "Tom Jones", "Kiss", 1, MISSING),
        ("Kiss (Dub)", None, "Kiss", 1, OTHER_VERSION),
        ("Kiss Part 1", None, "Kiss Part 2", 1, MISSING),
    ],
)
def test_a_title_on_the_very_release_is_that_recording(
    on_record: str, artist: str | None, title: str, release_id: int | None, status: str
) -> None:
    """Without this a file without an artist is missing, though its program knows the record.
    Two tracks of a compilation may have one title."""
    file = digital(artist, title, release_id=release_id)
    assert judged(vinyl("Prince", on_record), file).status == status


@pytest.fixture
def sure() -> Comparison:
    """Everything agrees that words can say; no length, no album."""
    found = compared(vinyl("Goldie", "Inner City Life"), digital("Goldie", "Inner City Life"))
    return replace(found, of_recording=0.95, of_version=0.92)


def changed(found: Comparison, *changes: Change) -> Comparison:
    """With the changes; where two concern the same, the first one holds."""
    for change in reversed(changes):
        fields = dict(change)
        for name in ("recording", "version"):
            fields[name] = {**getattr(found, name), **fields.get(name, {})}
        found = replace(found, **fields)
    return found


# --- The questions in their order -----------------------------------------------------------------

CUT = read_digital(digital("Goldie", "Inner City Life (Pesh")).readings[0]
BY_ANOTHER = read_digital(digital("Goldie", "Inner City Life (Tribute To Goldie)")).readings[0]

QUESTIONS: tuple[tuple[Change, str, str], ...] = (
    ({"recording": {"numbers": "differ"}}, MISSING, "another number in the title"),
    ({"of_recording": 0.2, "recording": {"length": "off"}}, MISSING, "another artist"),
    ({"file": BY_ANOTHER}, MISSING, "somebody else plays it"),
    ({"recording": {"title of many": "yes"}}, REVIEW, "a title that many tracks have"),
    ({"recording": {"artist": "unknown of the file"}}, REVIEW, "artist unknown"),
    ({"of_recording": 0.6}, REVIEW, "it may be another recording"),
    ({"recording": {"numbers": "on one side"}}, OTHER_VERSION, "a part or year on one side only"),
    ({"file": CUT}, REVIEW, "the title is cut off"),
    ({"standing": "another"}, OTHER_VERSION, "another version"),
    ({"of_version": 0.3}, OTHER_VERSION, "another version"),
    ({"of_version": 0.5}, REVIEW, "it may be another version"),
)


def test_nothing_stands_in_the_way(sure: Comparison) -> None:
    assert decided(sure, SETTINGS) == Decision(OWNED, 87, "", sure, is_defined=False)


@pytest.mark.parametrize(("change", "status", "doubt"), QUESTIONS)
def test_one_thing_stands_in_the_way(
    sure: Comparison, change: Change, status: str, doubt: str
) -> None:
    decision = decided(changed(sure, change), SETTINGS)
    assert (decision.status, decision.doubt) == (status, doubt)


@pytest.mark.parametrize(("first", "second"), list(combinations(range(len(QUESTIONS)), 2)))
def test_what_is_asked_first_is_answered(sure: Comparison, first: int, second: int) -> None:
    """A title of many by nobody is not called another version for its length."""
    (change, status, doubt), (later, *_) = QUESTIONS[first], QUESTIONS[second]
    decision = decided(changed(sure, change, later), SETTINGS)
    if (change, later) == ({"of_recording": 0.6}, {"of_version": 0.3}):
        status, doubt = OTHER_VERSION, "another version"  # it is this version in no case
    assert decision.status == status
    if not ("of_recording" in change and "artist" in later.get("recording", {})):
        assert decision.doubt == doubt


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({}, REVIEW),
        ({"title of many": "yes"}, REVIEW),
        ({"length": "off"}, MISSING),
        ({"artist": "unknown on the record"}, MISSING),
    ],
)
def test_a_file_that_says_nothing_but_the_very_title_is_one_to_look_at(
    sure: Comparison, more: dict[str, str], status: str
) -> None:
    seen = {"artist": "unknown of the file", "length": "unknown", **more}
    found = changed(sure, {"of_recording": 0.2, "recording": seen})
    assert decided(found, SETTINGS).status == status


def test_every_status_is_an_answer_and_has_a_rank() -> None:
    assert {status for _, status, _ in QUESTIONS} | {OWNED} == set(STATUSES) == set(RANK)
    assert RANK[OWNED] > RANK[OTHER_VERSION] > RANK[REVIEW] > RANK[MISSING]


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.95])
def test_where_the_lines_are_drawn_is_a_setting(sure: Comparison, cut: float) -> None:
    lines = replace(SETTINGS, recording_from=cut, review_from=cut, owned_from=0)
    for probability in (cut - 0.01, cut):
        found = changed(sure, {"of_recording": probability})
        assert decided(found, lines).status == (OWNED if probability >= cut else MISSING)
    lines = replace(SETTINGS, owned_from=cut, version_below=0)
    for probability in (cut - 0.01, cut):
        found = changed(sure, {"of_recording": 1.0, "of_version": probability})
        assert decided(found, lines).status == (OWNED if probability >= cut else REVIEW)


# --- What points may not answer -------------------------------------------------------------------


@pytest.mark.parametrize(
    "support", [{"length": "equal"}, {"album": "same"}, {"label": "same"}], ids=str
)
@pytest.mark.parametrize(
    "doubt",
    [
        {"title of many": "yes"},
        {"artist": "unknown of the file"},
        {"artist": "unknown on the record"},
    ],
    ids=str,
)
def test_a_title_of_many_and_an_unknown_artist_want_support(
    sure: Comparison, doubt: dict[str, str], support: dict[str, str]
) -> None:
    certain = changed(sure, {"of_recording": 1.0, "of_version": 1.0})
    assert decided(changed(certain, {"recording": doubt}), SETTINGS).status == REVIEW
    supported = changed(certain, {"recording": {**doubt, **support}})
    assert decided(supported, SETTINGS).status == OWNED


@pytest.mark.parametrize(
    "named",
    [
        {"recording": {"artist named elsewhere": "in a folder"}},
        {"recording": {"remixer as artist": "yes"}},
    ],
    ids=str,
)
def test_an_artist_who_is_named_elsewhere_is_known(sure: Comparison, named: Change) -> None:
    unknown = changed(sure, {"recording": {"artist": "unknown of the file"}})
    assert decided(unknown, SETTINGS).status == REVIEW
    assert decided(changed(unknown, named), SETTINGS).status == OWNED


def test_one_and_the_same_remixer_names_whose_it_is(sure: Comparison) -> None:
    remix = read_digital(digital(None, "Inner City Life (Peshay Remix)")).readings[0]
    unknown = changed(sure, {"recording": {"artist": "unknown of the file"}, "file": remix})
    assert decided(unknown, SETTINGS).status == REVIEW
    assert decided(changed(unknown, {"standing": "the same"}), SETTINGS).status == OWNED


def test_another_number_is_another_track(sure: Comparison) -> None:
    """`Part 2` that one side alone has may be what it calls the second half of a whole."""
    for numbers, of_equal_length in (("differ", MISSING), ("added", OWNED)):
        other = changed(sure, {"recording": {"numbers": numbers}})
        for level in ("near", "off", "unknown"):
            found = changed(other, {"recording": {"length": level}})
            assert decided(found, SETTINGS).status == MISSING
        found = changed(other, {"recording": {"length": "equal"}})
        assert decided(found, SETTINGS).status == of_equal_length


def test_another_number_or_letter_in_the_name_is_somebody_else(sure: Comparison) -> None:
    """However long it is: `Adam F` and `Adam K`, `System 7` and `System 8`."""
    another = {"artist": ANOTHER_MARK, "length": "equal"}
    decision = decided(changed(sure, {"recording": another}), SETTINGS)
    assert (decision.status, decision.is_defined) == (MISSING, True)


def test_a_cover_on_both_sides_is_no_obstacle(sure: Comparison) -> None:
    cover = changed(sure, {"file": BY_ANOTHER})
    assert decided(cover, SETTINGS).status == MISSING
    both = changed(cover, {"vinyl": replace(sure.vinyl, by_another=True)})
    assert decided(both, SETTINGS).status == OWNED


@pytest.mark.parametrize("standing", ["another", "a part", "a number"])
def test_no_length_makes_another_version_the_same(sure: Comparison, standing: str) -> None:
    """An instrumental is as long as the song."""
    certain = changed(sure, {"of_version": 1.0, "recording": {"length": "equal"}})
    assert decided(changed(certain, {"standing": standing}), SETTINGS).status == OTHER_VERSION


@pytest.mark.parametrize(
    ("standing", "level", "status"),
    [
        ("a name", "equal", OWNED),
        ("a name", "near", OTHER_VERSION),
        ("a name", "unknown", OTHER_VERSION),
        ("a length", "near", OWNED),
        ("close", "near", OWNED),
        ("close", "unknown", OTHER_VERSION),
        ("the same", "unknown", OWNED),
        ("plain", "unknown", OWNED),
    ],
)
def test_a_name_on_one_side_wants_an_equal_length(
    sure: Comparison, standing: str, level: str, status: str
) -> None:
    found = changed(sure, {"standing": standing, "recording": {"length": level}})
    assert decided(found, SETTINGS).status == status


@pytest.mark.parametrize(
    ("on_record", "in_tag", "status"),
    [
        ("Angel (Peshay Remix)", "Angel (", REVIEW),
        ("Angel (Peshay Remix)", "Angel (Pesh", REVIEW),
        ("Angel (Peshay Remix)", "Angel (Photek Rem", OTHER_VERSION),
        ("Angel (Peshay Remix)", "Angel (Orig", OTHER_VERSION),
        ("Angel (Dub)", "Angel (Photek Rem", OTHER_VERSION),
        ("Angel (Peshay Remix)", "Angel (Peshay Rem", OWNED),
        ("Angel", "Angel (Peshay Rem", OTHER_VERSION),
        ("Angel", "Angel (Single Ed", OTHER_VERSION),
        ("Angel", "Angel (Pesh", REVIEW),
        ("Angel", "Angel (When Love Comes Ag", REVIEW),
        ("Angel", "Angel (Album Ver", REVIEW),
        ("Angel", "Angel (2011 Digital Rem", REVIEW),
        ("Angel", "Angel (Original M", OWNED),
        ("Angel (Dub)", "Angel (Original M", OTHER_VERSION),
    ],
)
def test_a_title_that_is_cut_off_in_its_version(on_record: str, in_tag: str, status: str) -> None:
    """Old tags end after 30 letters: what is lost may be `Remix` or `Dub`."""
    assert judged(vinyl("Goldie", on_record), digital("Goldie", in_tag)).status == status


@pytest.mark.parametrize(
    ("on_record", "in_tag", "status"),
    [
        ("Angel (Blue Room Mix)", "Angel (Blue Room)", OWNED),
        ("Angel (Blue Room)", "Angel (Blue Room Mix)", OWNED),
        ("Angel (Blue Room Mix)", "Angel (Red Room)", OTHER_VERSION),
    ],
)
def test_a_mix_may_be_named_without_a_noun(on_record: str, in_tag: str, status: str) -> None:
    assert judged(vinyl("Goldie", on_record), digital("Goldie", in_tag)).status == status


@pytest.mark.parametrize(
    ("in_tag", "status"), [("Angel (Photek Remix)", OTHER_VERSION), ("Angel (Radio Edit)", OWNED)]
)
def test_a_remix_of_equal_length_is_still_a_remix(in_tag: str, status: str) -> None:
    """An edit as long as the plain title is the plain title."""
    track = vinyl("Goldie", "Angel", seconds=300)
    assert judged(track, digital("Goldie", in_tag, seconds=301.0)).status == status


def test_a_subtitle_that_is_cut_off_hides_no_version() -> None:
    decision = judged(vinyl("U2", "Pride (In The Name Of Love)"), digital("U2", "Pride (In The Na"))
    assert decision.doubt != "the title is cut off"


# --- What stood in the way ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "doubt"),
    [
        (
            {"artist": "unknown of the file", "length": "off"},
            "artist unknown, and the title could be anyone's",
        ),
        ({"artist": "unknown on the record"}, "artist unknown, and the title could be anyone's"),
        ({"title": "99"}, "another artist"),
        ({"title": "88"}, "another artist"),
        ({"title": "84"}, "another title"),
        ({"title": "0"}, "another title"),
    ],
)
def test_why_it_is_no_such_recording(sure: Comparison, seen: dict[str, str], doubt: str) -> None:
    found = changed(sure, {"of_recording": 0.1, "recording": seen})
    assert decided(found, SETTINGS).doubt == doubt


@pytest.mark.parametrize(
    ("change", "doubt"),
    [
        ({"take": {"words": "1"}, "of_take": 0.5}, "further words"),
        ({"version": {"live": "yes, no"}}, "one is from a live album"),
        ({"version": {"live": "no, yes"}}, "one is from a live album"),
        ({"recording": {"length": "off"}, "version": {"live": "yes, yes"}}, "the lengths disagree"),
        ({"recording": {"length": "off"}, "standing": "plain"}, "the lengths disagree"),
        ({"recording": {"length": "another"}, "standing": "the same"}, "the lengths disagree"),
        ({"recording": {"length": "equal"}, "standing": "the same"}, None),
        ({"version": {"title": "84"}}, "the titles differ"),
        ({"standing": "a length"}, None),
    ],
)
@pytest.mark.parametrize(
    ("of_version", "status", "otherwise"),
    [(0.1, OTHER_VERSION, "another version"), (0.5, REVIEW, "it may be another version")],
)
def test_why_it_may_be_another_version(
    sure: Comparison,
    change: Change,
    doubt: str | None,
    of_version: float,
    status: str,
    otherwise: str,
) -> None:
    decision = decided(changed(sure, {"of_version": of_version}, change), SETTINGS)
    assert (decision.status, decision.doubt) == (status, doubt or otherwise)


# --- How sure it is -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("same", "version", "status", "confidence"),
    [
        (1.0, 1.0, OWNED, 100),
        (0.95, 0.9, OWNED, 86),
        (0.9, 0.8, OWNED, 72),
        (0.8, 0.8, REVIEW, 64),
        (0.9, 0.1, OTHER_VERSION, 81),
        (0.9, 0.5, REVIEW, 45),
        (0.6, 0.9, REVIEW, 54),
        (0.1, 0.9, MISSING, 90),
        (0.0, 0.0, MISSING, 100),
    ],
)
def test_the_confidence_is_the_probability_of_what_is_said(
    sure: Comparison, same: float, version: float, status: str, confidence: int
) -> None:
    found = changed(sure, {"of_recording": same, "of_version": version})
    decision = decided(found, SETTINGS)
    assert (decision.status, decision.confidence) == (status, confidence)


def test_how_sure_a_definition_is_was_counted(sure: Comparison) -> None:
    """The sums say nothing of it: that is why there is a definition."""
    counted = Points(0.0, {("answer", "another version"): 2.0})
    for same in (0.75, 1.0):
        found = changed(sure, {"standing": "another", "of_recording": same})
        decision = decide(found, SETTINGS, counted)
        assert (decision.status, decision.confidence) == (OTHER_VERSION, 88)


# --- Comparing ------------------------------------------------------------------------------------


def test_the_three_answers_are_the_sums_of_their_points() -> None:
    table = {
        "recording": Points(0.0, {("title", "99"): 40.0}),
        "version": Points(0.0, {("versions", "plain, unknown"): -40.0}),
        "take": Points(0.0, {("words", "1"): 40.0}),
    }
    track, file = vinyl("Goldie", "Angel"), digital("Goldie", "Angel (Carnage)")
    found = compare(read_vinyl(track), read_digital(file), weigh, table)
    assert found is not None
    assert found.of_recording == pytest.approx(1.0)
    assert found.of_take == pytest.approx(1.0)
    assert found.of_version == pytest.approx(0.0)


def test_words_in_brackets_that_name_a_take_make_it_another_version() -> None:
    certain_version = Points(40.0, {})
    track, file = vinyl("Goldie", "Angel"), digital("Goldie", "Angel (Carnage)")
    for start, of_version in ((-40.0, 1.0), (0.0, 0.5), (40.0, 0.0)):
        table = {**points(), "version": certain_version, "take": Points(start, {})}
        found = compare(read_vinyl(track), read_digital(file), weigh, table)
        assert found is not None
        assert found.of_version == pytest.approx(of_version)


@pytest.mark.parametrize(
    ("on_record", "in_tag"),
    [
        ("Marlow", "Marlow Denning"),
        ("Marlow Denning", "Marlow"),
        ("The Keep", "The Outer Keep"),
    ],
)
def test_a_longer_name_may_be_somebody_elses(on_record: str, in_tag: str) -> None:
    """Unless an album or an equal length says that it is one artist under two names."""
    track, file = vinyl(on_record, "Lanterns"), digital(in_tag, "Lanterns")
    assert judged(track, file).status == REVIEW
    track = vinyl(on_record, "Lanterns", album="Harbour Lights", seconds=251)
    file = digital(in_tag, "Lanterns", album="Harbour Lights", seconds=252)
    assert judged(track, file).status == OWNED


def test_a_group_named_for_its_leader_is_no_other_artist() -> None:
    found = judged(vinyl("Marlow Denning", "Lanterns"), digital("Marlow Denning Band", "Lanterns"))
    assert found.status == OWNED


@pytest.mark.parametrize(
    ("one", "other", "status"),
    [
        ("Arrival / The Long Way Down", "Arrival", REVIEW),
        ("Arrival / The Long Way Down", "The Long Way Down", REVIEW),
        ("Arrival / The Long Way Down", "Arrival / The Long Way Down", OWNED),
        ("Arrival / The Long Way Down", "Somewhere Else Entirely", MISSING),
    ],
)
def test_half_of_a_medley_is_one_to_look_at(one: str, other: str, status: str) -> None:
    for on_record, in_tag in ((one, other), (other, one)):
        track, file = vinyl("Marlow Denning", on_record), digital("Marlow Denning", in_tag)
        found = judged(track, file)
        assert found.status == status
        assert (found.doubt == "half of a medley") == (status == REVIEW)


def test_a_title_with_its_artist_behind_is_no_medley() -> None:
    found = judged(
        vinyl("Marlow Denning", "Arrival"), digital("Somebody", "Arrival / Marlow Denning")
    )
    assert found.doubt != "half of a medley"


def test_a_version_behind_a_slash_is_no_half_of_a_medley() -> None:
    found = judged(
        vinyl("Marlow Denning", "Lanterns (Corwin Remix)"),
        digital("Marlow Denning", "Lanterns / Corwin Remix"),
    )
    assert found.doubt != "half of a medley"


def test_titles_that_differ_are_no_versions_of_one_another() -> None:
    found = judged(vinyl("Marlow Denning", "Paper Moon Baby"), digital("Marlow Denning", "Moon"))
    assert found.status in (REVIEW, MISSING)
