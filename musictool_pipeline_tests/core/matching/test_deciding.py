from __future__ import annotations

from dataclasses import replace

import pytest

from musictool_pipeline.core.matching.deciding import MatchSettings, decide
from musictool_pipeline.core.matching.reading import A_NUMBER, read_digital, read_vinyl
from musictool_pipeline.core.matching.scoring import Comparison, Length, compare_readings
from musictool_pipeline.core.matching.tracks import MISSING, OTHER_VERSION, OWNED, REVIEW
from musictool_pipeline.core.matching.versions import Relation
from musictool_pipeline_tests.core.matching.builders import digital, vinyl

SETTINGS = MatchSettings()


@pytest.fixture
def perfect() -> Comparison:
    mine = read_vinyl(vinyl("Goldie", "Inner City Life", seconds=421))
    theirs = read_digital(digital("Goldie", "Inner City Life", seconds=423))
    found = compare_readings(
        mine.readings[0], theirs.readings[0], mine.surroundings, theirs.surroundings
    )
    assert found is not None
    return found


def test_everything_agrees(perfect: Comparison) -> None:
    decision = decide(perfect, SETTINGS)
    assert (decision.status, decision.confidence) == (OWNED, 100)
    assert decision.reason == "title 100, artist 100, version: none, +2 s"


@pytest.mark.parametrize(
    ("changes", "status", "word"),
    [
        ({"relation": Relation.OTHER}, OTHER_VERSION, "another version"),
        ({"relation": Relation.CLOSE, "length": Length.UNKNOWN}, OTHER_VERSION, "by name"),
        ({"relation": Relation.CLOSE, "length": Length.EQUAL}, OWNED, ""),
        ({"artist": 40}, MISSING, "another artist"),
        ({"artist": None, "length": Length.UNKNOWN}, REVIEW, "artist unknown"),
        ({"artist": None, "same_album": True}, OWNED, "same album"),
        ({"length": Length.CONTRADICTS}, OTHER_VERSION, "another take"),
        ({"length": Length.DOUBTFUL}, REVIEW, "disagree"),
        ({"generic": True, "length": Length.UNKNOWN}, REVIEW, "many tracks"),
        ({"generic": True, "same_album": True}, OWNED, "same album"),
        ({"set_aside": A_NUMBER, "length": Length.UNKNOWN}, REVIEW, "a number was set aside"),
        ({"set_aside": A_NUMBER, "length": Length.EQUAL}, OWNED, ""),
        (
            {"set_aside": "a word", "length": Length.UNKNOWN, "same_album": True},
            REVIEW,
            "a word was set aside",
        ),
        ({"other_take_album": True, "length": Length.UNKNOWN}, OTHER_VERSION, "live album"),
    ],
)
def test_one_thing_differs(
    perfect: Comparison, changes: dict[str, object], status: str, word: str
) -> None:
    decision = decide(replace(perfect, **changes), SETTINGS)  # type: ignore[arg-type]
    assert decision.status == status
    assert word in decision.reason


def test_a_file_to_look_at_is_never_given_more_than_its_cap(perfect: Comparison) -> None:
    doubtful = replace(perfect, set_aside=A_NUMBER, length=Length.UNKNOWN)
    decision = decide(doubtful, replace(SETTINGS, review_confidence=55))
    assert decision.status == REVIEW
    assert decision.confidence <= 55


def test_context_never_overrules_version_or_artist(perfect: Comparison) -> None:
    """The same album holds the original and its dub."""
    supported = replace(perfect, same_album=True, same_label=True)
    assert decide(replace(supported, relation=Relation.OTHER), SETTINGS).status == OTHER_VERSION
    assert decide(replace(supported, artist=40), SETTINGS).status == MISSING
