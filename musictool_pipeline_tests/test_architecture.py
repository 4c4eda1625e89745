"""docs/architecture.md against import-linter's contracts: the drawing and the table of rooms.

What belongs here: whether the page shows what the contracts allow; and the one rule that no
contract can state, how the published database is opened. The drawing itself is made in `drawing`;
that the code keeps to the contracts is tested in `test_project`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from musictool_pipeline.settings import PROJECT_ROOT
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


# --- One door to the database ---------------------------------------------------------------------

CONNECTS = {"tables/attached.py", "tables/generations.py", "demo/__main__.py"}
"""Opens the file; the demo may import nothing that does, and reads it as any program would."""
BUILDS = {
    f"tables/{name}.py"
    for name in (
        "collection", "gaps", "library", "published", "steps", "tracklists", "wantlist",
    )
}  # fmt: skip
"""Looks at what is there to build on it."""


def _opens_the_database(path: Path) -> set[str]:
    """The ways in which a module opens the database past `tables.published.open_tables`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "duckdb.connect":
            found.add("connects")
        elif (
            isinstance(node, ast.Attribute)
            and node.attr in ("read", "publish")
            and re.search(r"(?i)warehouse(\(.*\))?$", ast.unparse(node.value))
        ):
            found.add("builds")
    return found


def test_there_is_one_door_to_the_published_database() -> None:
    """A reader that opens it in its own way sees other tables than the page beside it."""
    root = PROJECT_ROOT / "musictool_pipeline"
    ways = {
        path.relative_to(root).as_posix(): _opens_the_database(path) for path in root.rglob("*.py")
    }
    assert {path for path, found in ways.items() if "connects" in found} == CONNECTS
    assert {path for path, found in ways.items() if "builds" in found} <= CONNECTS | BUILDS


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("with Warehouse(database).read() as connection: pass", {"builds"}),
        ("with warehouse.read() as connection: pass", {"builds"}),
        ("data_folder.warehouse().publish(change)", {"builds"}),
        ("duckdb.connect(str(database), read_only=True)", {"connects"}),
        ("with open_tables(database) as tables: tables.connection.execute(query)", set()),
    ],
)
def test_another_door_is_seen(code: str, found: set[str], tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(code, encoding="utf-8")
    assert _opens_the_database(tmp_path / "module.py") == found


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
