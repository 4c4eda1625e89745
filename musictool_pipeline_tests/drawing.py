"""`make drawing`: the rooms in docs/architecture.md, drawn from the import contracts.

What belongs here: reading the contracts of `pyproject.toml`, and drawing which room may import
which. `test_architecture` fails if the drawing on the page is not the one made here.

    python -m musictool_pipeline_tests.drawing
"""

from __future__ import annotations

import re
import sys
import tomllib
from functools import cache
from itertools import pairwise, permutations
from typing import Any

from musictool_pipeline.settings import PROJECT_ROOT

PACKAGE = "musictool_pipeline"
PAGE = PROJECT_ROOT / "docs/architecture.md"
CONTRACTS: list[dict[str, Any]] = tomllib.loads(
    (PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8")
)["tool"]["importlinter"]["contracts"]
ROOMS = frozenset(
    path.stem
    for path in (PROJECT_ROOT / PACKAGE).iterdir()
    if not path.stem.startswith("__") and (path.suffix == ".py" or (path / "__init__.py").exists())
)
_ON_THE_PAGE = re.compile(r"```text\n(.*?)```", re.DOTALL)

Arrow = tuple[str, str]
"""A room, and another that it may import."""


def forbidden() -> tuple[set[Arrow], set[Arrow]]:
    """Pairs that a contract forbids: a room and a room, and a room and a package from outside."""
    rooms: set[Arrow] = set()
    packages: set[Arrow] = set()
    for contract in CONTRACTS:
        if contract["type"] == "layers":
            layers = [room for room in map(_room, contract["layers"]) if room in ROOMS]
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


def _room(module: str) -> str | None:
    """`musictool_pipeline.core` -> `core`; None for a package from outside."""
    package, _, room = module.partition(".")
    return room if package == PACKAGE else None


def allowed() -> set[Arrow]:
    """Every pair of rooms that no contract forbids."""
    return set(permutations(ROOMS, 2)) - forbidden()[0]


def direct(arrows: set[Arrow]) -> set[Arrow]:
    """The arrows without those that also lead over a third room."""
    return {
        (a, c)
        for a, c in arrows
        if not any((a, b) in arrows and (b, c) in arrows for b in ROOMS - {a, c})
    }


def drawing(arrows: set[Arrow]) -> str:
    """The longest way down as a column, each room's further arrows to the right of it, and below it
    the rooms beside that way."""
    kept = direct(arrows)

    @cache
    def way_down(room: str) -> tuple[str, ...]:
        ways = [way_down(below) for above, below in sorted(kept) if above == room]
        return (room, *max(ways, key=len, default=()))

    column = max(map(way_down, sorted(ROOMS)), key=len)
    steps = set(pairwise(column))

    def line(room: str) -> str:
        further = sorted(b for a, b in kept - steps if a == room)
        return f"{room:<14} ─▶ {', '.join(further)}" if further else room

    beside = [line(room) for room in sorted(ROOMS - set(column))]
    return "\n↓\n".join(map(line, column)) + "\n\n" + "\n".join(beside) + "\n"


def drawn(page: str) -> str:
    """The drawing on a page: its first block of text."""
    found = _ON_THE_PAGE.search(page)
    assert found, "the page has no drawing"
    return found[1]


def main() -> int:
    """Writes the drawing into the page."""
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(page.replace(drawn(page), drawing(allowed()), 1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
