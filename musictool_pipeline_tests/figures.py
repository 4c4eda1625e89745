"""`make figures`: how the package is built, in numbers that a change can be held against.

What belongs here: counting in the source, and printing with the names of what counts. Nothing is
asserted; what has to be so is a test. How fast the parts are is measured by `bench`.
"""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from musictool_pipeline.settings import PROJECT_ROOT

PACKAGE = PROJECT_ROOT / "musictool_pipeline"
NAMED = 12
"""So many offenders are named; of more, how many there are."""

OPENS = {"connect", "open_tables", "published", "viewing"}
"""What gives a connection to the database to read from, besides the `read` of a warehouse."""

_STATEMENTS = (
    r"SELECT|INSERT (?:OR|INTO)|UPDATE \S+ SET|DELETE FROM|CREATE (?:OR|TABLE|TEMP|VIEW|SCHEMA)",
    r"WITH \w+ AS|ATTACH |DETACH |DROP (?:TABLE|VIEW|SCHEMA)|ALTER TABLE|DESCRIBE |CHECKPOINT",
    r"COPY |PRAGMA |COMMENT ON|BEGIN|COMMIT|ROLLBACK|FROM \w+ ",
)
_SQL = re.compile(rf"\s*(?:{'|'.join(_STATEMENTS)})")


@dataclass(frozen=True)
class Module:
    """A file of the package: its place in it, how many lines it has, and what they say."""

    place: str
    lines: int
    tree: ast.Module

    @property
    def room(self) -> str:
        """The folder below the package, or the module itself where there is none."""
        return self.place.partition("/")[0]


def modules(package: Path) -> list[Module]:
    """Every Python file below that folder, by name."""
    found: list[Module] = []
    for path in sorted(package.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        place = path.relative_to(package).as_posix()
        found.append(Module(place, len(text.splitlines()), ast.parse(text)))
    return found


def longer_than(limit: int, of: Iterable[Module]) -> Counter[str]:
    """The modules with more lines than that."""
    return Counter({module.place: module.lines for module in of if module.lines > limit})


def ways_to_open(of: Iterable[Module]) -> dict[str, Counter[str]]:
    """Each way in which a `with` opens the database, as it is written, and where it does."""
    ways: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for module in of:
        for node in ast.walk(module.tree):
            for item in node.items if isinstance(node, ast.With) else ():
                if way := _way(item.context_expr):
                    ways[way][module.place] += 1
    return dict(ways)


def _way(opened: ast.expr) -> str | None:
    """`Warehouse(path).read(to_build_on=True)` -> `Warehouse.read(to_build_on)`; None for a call
    of something else, such as that of a file's `read`."""
    if not isinstance(opened, ast.Call):
        return None
    *owner, name = _names(opened.func)
    given = ", ".join(keyword.arg or "**" for keyword in opened.keywords)
    if name == "connect" and owner != ["duckdb"]:
        return None
    if name in OPENS:
        return f"{name}({given if name == 'open_tables' else ''})"
    if name == "read" and owner and owner[-1].lower().lstrip("_") in {"warehouse", "self"}:
        return f"{owner[-1]}.read({given})"
    return None


def _names(expression: ast.expr) -> list[str]:
    """The names in `a.b(c).d`, without what is given: a, b, d."""
    if isinstance(expression, ast.Attribute):
        return [*_names(expression.value), expression.attr]
    if isinstance(expression, ast.Call):
        return _names(expression.func)
    return [expression.id] if isinstance(expression, ast.Name) else ["?"]


def sql_strings(of: Iterable[Module]) -> Counter[str]:
    """How many strings of SQL stand in each module. Those put together from pieces count once, and
    what is only said of something, as a docstring is, counts as none."""
    found: Counter[str] = Counter()
    for module in of:
        others = {id(part) for node in ast.walk(module.tree) for part in _parts(node)}
        for node in ast.walk(module.tree):
            if id(node) not in others and _SQL.match(_beginning(node)):
                found[module.place] += 1
    return found


def _parts(node: ast.AST) -> list[ast.expr]:
    """The pieces of a string, or a string that is a statement of its own."""
    if isinstance(node, ast.JoinedStr):
        return node.values
    return [node.value] if isinstance(node, ast.Expr) else []


def _beginning(node: ast.AST) -> str:
    """How a string begins; empty for what is none."""
    if isinstance(node, ast.JoinedStr):
        return _beginning(node.values[0]) if node.values else ""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return ""


def asset_bodies(of: Iterable[Module]) -> Counter[str]:
    """The lines of each asset's function below its docstring."""
    found: Counter[str] = Counter()
    for module in of:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef) and any(map(_is_asset, node.decorator_list)):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
                found[f"{module.place}: {node.name}"] = lines
    return found


def _is_asset(decorator: ast.expr) -> bool:
    return _names(decorator)[-1].removeprefix("_") in {"asset", "multi_asset", "graph_asset"}


def doubled_classes(of: Iterable[Module]) -> dict[str, list[str]]:
    """Public classes of one name in several modules, and in which."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for module in of:
        for node in module.tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(module.place)
    return {name: where for name, where in sorted(places.items()) if len(where) > 1}


def lines_by_room(of: Iterable[Module]) -> Counter[str]:
    """How many lines each room has."""
    rooms: Counter[str] = Counter()
    for module in of:
        rooms[module.room] += module.lines
    return rooms


def report(of: list[Module]) -> Iterator[str]:
    """Every figure in a line, and below it what counts, the most first."""
    for limit in (400, 500):
        yield from _listed(f"modules over {limit} lines", longer_than(limit, of))
    ways = ways_to_open(of)
    calls = Counter({way: where.total() for way, where in ways.items()})
    yield from _listed("ways to open the database", calls)
    strings = sql_strings(of)
    yield from _listed(f"SQL strings in Python: {strings.total()}; modules with some", strings)
    bodies = asset_bodies(of)
    yield from _listed(
        f"longest body of an asset: {max(bodies.values(), default=0)}; assets", bodies
    )
    doubled = doubled_classes(of)
    yield f"doubled public class names: {len(doubled)}"
    yield from (f"    {name}: {', '.join(where)}" for name, where in doubled.items())
    rooms = lines_by_room(of)
    yield from _listed(f"product lines: {rooms.total():,}; rooms", rooms, named=len(rooms))


def _listed(title: str, counted: Counter[str], *, named: int = NAMED) -> Iterator[str]:
    yield f"{title}: {len(counted)}"
    yield from (f"  {count:6,} {name}" for name, count in counted.most_common(named))
    if len(counted) > named:
        yield f"         and {len(counted) - named} more"


if __name__ == "__main__":
    print("\n".join(report(modules(PACKAGE))))
