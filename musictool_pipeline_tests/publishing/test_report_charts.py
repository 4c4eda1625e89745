"""Charts: the drawing shows the figures, with any figures."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.publishing.report_charts import BAR_WIDTH, Part, bar, growth

counts = st.lists(st.integers(0, 10**6), min_size=1, max_size=6)


def rects(svg: str) -> list[dict[str, str]]:
    return [element.attrib for element in ElementTree.fromstring(svg).iter("rect")]


@given(counts)
def test_the_parts_of_a_bar_follow_each_other_and_fill_it(sizes: list[int]) -> None:
    drawn = rects(bar([Part("owned", size) for size in sizes], sum(sizes)))
    ends = 0
    for rect in drawn:
        assert int(rect["x"]) == ends
        ends += int(rect["width"])
    assert ends == (BAR_WIDTH if sum(sizes) else 0)


def test_bars_are_as_long_as_what_they_stand_for() -> None:
    (whole,) = rects(bar([Part("missing", 40)], 40))
    (half,) = rects(bar([Part("missing", 20)], 40))
    assert int(whole["width"]) == 2 * int(half["width"]) == BAR_WIDTH


def test_a_part_of_nothing_is_not_drawn() -> None:
    assert [rect["class"] for rect in rects(bar([Part("owned", 0), Part("missing", 3)], 3))] == [
        "missing"
    ]


def test_a_year_in_which_nothing_was_added_has_its_column() -> None:
    """Prevents a gap of five years from looking like one."""
    svg = growth([(2018, 3), (2021, 1)])
    titles = [title.text for title in ElementTree.fromstring(svg).iter("title")]
    assert titles == [
        "2018: 3 added, 3 in all",
        "2019: 0 added, 3 in all",
        "2020: 0 added, 3 in all",
        "2021: 1 added, 4 in all",
    ]


@given(st.dictionaries(st.integers(1948, 2100), st.integers(1, 10_000), min_size=1, max_size=30))
def test_growth_never_leaves_its_frame(added: dict[int, int]) -> None:
    svg = growth(sorted(added.items()))
    drawn = rects(svg)
    assert len(drawn) == 2 * (max(added) - min(added) + 1)
    tops = [int(rect["y"]) for rect in drawn if rect["class"] == "new"]
    assert tops == sorted(tops, reverse=True), "what is there never falls"
    for rect in drawn:
        assert int(rect["height"]) >= 0
        assert int(rect["y"]) >= 0
        assert 0 <= int(rect["x"]) <= int(rect["x"]) + int(rect["width"]) <= 342
    named = [text.text for text in ElementTree.fromstring(svg).iter("text")]
    assert str(max(added)) in named
    assert len(named) <= 8


def test_nothing_added_draws_nothing() -> None:
    assert growth([]) == ""
