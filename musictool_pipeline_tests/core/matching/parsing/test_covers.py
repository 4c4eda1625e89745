"""Who plays a cover, by the order in which its name has the words."""

from __future__ import annotations

import pytest

from musictool_pipeline.core.matching.parsing.covers import played


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Hurt - Nine Inch Nails (Cover by Johnny Cash)", ["Hurt", "Nine Inch Nails"]),
        ("Hurt | Acoustic Cover by Johnny Cash", ["Hurt"]),
        ("Hurt covered by Johnny Cash - At Home", ["Hurt"]),
    ],
)
def test_who_plays_is_said(name: str, found: list[str]) -> None:
    assert list(played(name)) == [("Johnny Cash", title) for title in found]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (
            "Soft Cell - Tainted Love (Gloria Jones Cover)",
            [("Gloria Jones", "Soft Cell"), ("Soft Cell", "Tainted Love")],
        ),
        ("Creep - Radiohead (Scala acoustic cover) on stage", [("Scala", "Creep")]),
        ("Creep - Radiohead (Acoustic Cover)", []),
        ("Creep (Scala Cover)", []),
        ("Creep - Radiohead", []),
        ("Anita O'Day - I Cover The Waterfront", []),
        ("Somebody - Discovered By Night", []),
    ],
)
def test_the_order_of_the_words_says_who_plays(name: str, found: list[tuple[str, str]]) -> None:
    assert list(played(name)) == found
