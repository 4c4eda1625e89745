"""What stands around a title: what an album says of its tracks, a record's year and number."""

from __future__ import annotations

from dataclasses import replace

import pytest

from musictool_pipeline.core.matching.parsing.reading import read_vinyl
from musictool_pipeline_tests.core.matching.builders import digital, of_file, on_record, vinyl
from musictool_pipeline_tests.core.matching.side_by_side import seen


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


@pytest.mark.parametrize(
    ("in_tag", "how"),
    [
        ("Low Rider 1975", "agree"),
        ("Low Rider UAR 127", "agree"),
        ("Low Rider 1987", "on one side"),
        ("Low Rider 7", "added"),
    ],
)
def test_the_records_own_year_and_catalogue_number_are_no_other_number(
    in_tag: str, how: str
) -> None:
    track = replace(vinyl("War", "Low Rider"), release_year=1975, catalog_number="UAR 127-7")
    assert seen(track, digital("War", in_tag))["numbers"] == how
