"""docs/architecture.md against import-linter's contracts: the drawing and the table of rooms.

What belongs here: whether the page shows what the contracts allow. The drawing itself is made in
`drawing`; that the code keeps to the contracts is tested in `test_project`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from musictool_pipeline_tests import drawing
from musictool_pipeline_tests.drawing import ROOMS, Arrow

PAGE = drawing.PAGE.read_text(encoding="utf-8")


def drawn_arrows(text: str) -> Iterator[Arrow]:
    """Reads a drawing back: each room of the column leads to the next one, and each line to what
    stands behind its arrow."""
    column, _, beside = text.partition("\n\n")
    rooms = [line.split(" ─▶ ")[0].strip() for line in column.splitlines() if line != "↓"]
    yield from pairwise(rooms)
    for line in [*column.splitlines(), *beside.splitlines()]:
        room, _, targets = line.partition(" ─▶ ")
        yield from ((room.strip(), target) for target in targets.split(", ") if target)


def reachable(arrows: set[Arrow]) -> set[Arrow]:
    """The arrows, and those that lead over other rooms."""
    reached = set(arrows)
    while further := {(a, d) for a, b in reached for c, d in reached if b == c} - reached:
        reached |= further
    return reached


def test_the_drawing_is_the_one_that_the_contracts_make() -> None:
    assert drawing.drawn(PAGE) == drawing.drawing(drawing.allowed()), "run `make drawing`"


def test_the_drawing_shows_every_room_and_allows_what_the_contracts_allow() -> None:
    """A drawing that promises less or more than is kept is worse than none."""
    arrows = set(drawn_arrows(drawing.drawn(PAGE)))
    assert {room for arrow in arrows for room in arrow} == ROOMS
    assert reachable(arrows) == drawing.allowed()


def test_the_contracts_allow_no_way_round_what_they_forbid() -> None:
    """If `a` may import `b` and `b` may import `c`, a contract that keeps `a` from `c` would fail
    at the first import of `c` in `b`: it has to keep `a` from `b`, or `b` from `c`, too."""
    assert reachable(drawing.allowed()) == drawing.allowed()


def test_the_table_has_a_row_for_each_room_and_what_it_never_imports() -> None:
    rows = re.findall(r"(?m)^\| `(\w+)` \| .+ \| ?(.*) ?\|$", PAGE)
    assert sorted(room for room, _ in rows) == sorted(ROOMS)
    _, packages = drawing.forbidden()
    never = {(room, name) for room, cell in rows for name in re.findall(r"`(\w+)`", cell)}
    assert never == packages


# --- The drawing itself: one that was misread would prove nothing --------------------------------


def test_a_drawing_is_read_as_it_is_meant() -> None:
    assert set(drawn_arrows("top            ─▶ side\n↓\nlow\n\nside           ─▶ leaf, low\n")) == {
        ("top", "side"),
        ("top", "low"),
        ("side", "leaf"),
        ("side", "low"),
    }


def test_only_direct_arrows_are_drawn() -> None:
    app, tables, core = "app", "tables", "core"
    assert drawing.direct({(app, tables), (tables, core), (app, core)}) == {
        (app, tables),
        (tables, core),
    }


def test_rooms_are_reached_over_others() -> None:
    assert reachable({("a", "b"), ("b", "c"), ("c", "d")}) == {
        ("a", "b"), ("a", "c"), ("a", "d"), ("b", "c"), ("b", "d"), ("c", "d"),
    }  # fmt: skip
