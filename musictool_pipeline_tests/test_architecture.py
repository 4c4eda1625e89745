"""docs/architecture.md against import-linter's contracts: the drawing and the table of rooms.

What belongs here: reading both, and comparing them; and the one rule that no contract can state,
how the published database is opened. That the code keeps to the contracts is tested in
`test_project`.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

import pytest

from musictool_pipeline.settings import PROJECT_ROOT

PACKAGE = "musictool_pipeline"
PAGE = (PROJECT_ROOT / "docs/architecture.md").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS: list[dict[str, Any]] = PYPROJECT["tool"]["importlinter"]["contracts"]
ROOMS = {
    path.stem
    for path in (PROJECT_ROOT / PACKAGE).iterdir()
    if not path.stem.startswith("__") and (path.suffix == ".py" or (path / "__init__.py").exists())
}

Arrow = tuple[str, str]


def drawn_arrows(text: str) -> Iterator[Arrow]:
    """Who may import whom, arrow by arrow, from the first block of code of a page.

    A room hangs under the last one that begins further left; `a ─▶ b, c` on one line goes on from
    there. What is neither a line of the drawing nor a room fails.
    """
    found = re.search(r"```text\n(.*?)```", text, re.DOTALL)
    assert found, "the page has no drawing"
    above: list[tuple[int, str]] = []
    for line in found[1].splitlines():
        assert re.fullmatch(r"[│├└─▶ ]*\w+(?: ─▶ \w+(?:, \w+)*)*", line), f"not a drawing: {line!r}"
        first = re.search(r"\w+", line)
        assert first
        while above and above[-1][0] >= first.start():
            above.pop()
        if above:
            yield above[-1][1], first[0]
        above.append((first.start(), first[0]))
        rooms = [part.split(", ") for part in line[first.start() :].split(" ─▶ ")]
        for (room, *_), targets in pairwise(rooms):
            yield from ((room, target) for target in targets)


def reachable(arrows: set[Arrow]) -> set[Arrow]:
    """The arrows, and those that lead over other rooms."""
    reached = set(arrows)
    while further := {(a, d) for a, b in reached for c, d in reached if b == c} - reached:
        reached |= further
    return reached


def _room(module: str) -> str | None:
    """`musictool_pipeline.core` -> `core`; None for a package of somebody else."""
    package, _, room = module.partition(".")
    return room if package == PACKAGE else None


def forbidden_by_contract() -> tuple[set[Arrow], set[Arrow]]:
    """Pairs that a contract forbids: of two rooms, and of a room and somebody else's package."""
    rooms: set[Arrow] = set()
    packages: set[Arrow] = set()
    for contract in CONTRACTS:
        if contract["type"] == "layers":
            layers = [_room(layer) or "" for layer in contract["layers"]]
            rooms |= {(low, high) for at, high in enumerate(layers) for low in layers[at + 1 :]}
            continue
        assert contract["type"] == "forbidden", contract["name"]
        for source in filter(None, map(_room, contract["source_modules"])):
            for module in contract["forbidden_modules"]:
                if room := _room(module):
                    rooms.add((source, room))
                else:
                    packages.add((source, module))
    return rooms, packages


def test_the_drawing_shows_every_room() -> None:
    assert {room for arrow in drawn_arrows(PAGE) for room in arrow} == ROOMS


def test_the_drawing_allows_what_the_contracts_allow() -> None:
    """A drawing that promises less or more than is kept is worse than none."""
    forbidden, _ = forbidden_by_contract()
    assert reachable(set(drawn_arrows(PAGE))) == set(permutations(ROOMS, 2)) - forbidden


def test_the_table_has_a_row_for_each_room_and_what_it_never_imports() -> None:
    rows = re.findall(r"(?m)^\| `(\w+)` \| .+ \| ?(.*) ?\|$", PAGE)
    assert sorted(room for room, _ in rows) == sorted(ROOMS)
    _, packages = forbidden_by_contract()
    never = {(room, name) for room, cell in rows for name in re.findall(r"`(\w+)`", cell)}
    assert never == packages


# --- One door to the database ---------------------------------------------------------------------

CONNECTS = {"tables/generations.py", "demo/__main__.py"}
"""Opens the file; the demo may import nothing that does, and reads it as any program would."""
BUILDS = {
    f"tables/{name}.py"
    for name in ("catalogue", "collection", "gaps", "library", "published", "steps", "tracklists")
}
"""Looks at what is there to build on it."""


def _opens_the_database(path: Path) -> set[str]:
    """The ways in which a module opens the database past `tables.published.open_tables`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "duckdb.connect":
            found.add("connects")
        elif (isinstance(node, ast.Name) and node.id == "Warehouse") or (
            isinstance(node, ast.Attribute) and node.attr == "warehouse"
        ):
            found.add("builds")
    return found


def test_there_is_one_door_to_the_published_database() -> None:
    """A reader that opens it in its own way sees other tables than the page beside it."""
    root = PROJECT_ROOT / PACKAGE
    ways = {
        path.relative_to(root).as_posix(): _opens_the_database(path) for path in root.rglob("*.py")
    }
    assert {path for path, found in ways.items() if "connects" in found} == CONNECTS
    assert {path for path, found in ways.items() if "builds" in found} <= CONNECTS | BUILDS


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("with Warehouse(database).read() as connection: pass", {"builds"}),
        ("with catalogue.warehouse.read() as connection: pass", {"builds"}),
        ("duckdb.connect(str(database), read_only=True)", {"connects"}),
        ("with open_tables(database) as tables: tables.connection.execute(query)", set()),
    ],
)
def test_another_door_is_seen(code: str, found: set[str], tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(code, encoding="utf-8")
    assert _opens_the_database(tmp_path / "module.py") == found


# --- The reading itself: a drawing that was misread would prove nothing --------------------------


def test_a_drawing_is_read_as_it_is_meant() -> None:
    drawing = """```text
top
├─▶ side ─▶ leaf, other
└─▶ middle
    ├─▶ other
    └─▶ low ─▶ leaf ─▶ root
```"""
    assert set(drawn_arrows(drawing)) == {
        ("top", "side"),
        ("side", "leaf"),
        ("side", "other"),
        ("top", "middle"),
        ("middle", "other"),
        ("middle", "low"),
        ("low", "leaf"),
        ("leaf", "root"),
    }


def test_rooms_are_reached_over_others() -> None:
    assert reachable({("a", "b"), ("b", "c"), ("c", "d")}) == {
        ("a", "b"), ("a", "c"), ("a", "d"), ("b", "c"), ("b", "d"), ("c", "d"),
    }  # fmt: skip


@pytest.mark.parametrize("line", ["a --> b", "a ─▶", "a ▶ b c", "└─▶ a (b)"])
def test_what_is_no_drawing_is_refused(line: str) -> None:
    with pytest.raises(AssertionError, match="not a drawing"):
        list(drawn_arrows(f"```text\n{line}\n```"))
