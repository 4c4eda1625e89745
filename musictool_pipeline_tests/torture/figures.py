"""What a torture measures, and against what: values only."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing measured. `target` is the figure to reach in words, empty where the figure is only
    told and nothing hangs on it. What could not be `tried` is neither reached nor missed."""

    what: str
    measured: str
    target: str
    reached: bool
    tried: bool = True

    @property
    def verdict(self) -> str:
        if not self.tried:
            return "not tried"
        if not self.target:
            return ""
        return "reached" if self.reached else "MISSED"


def exactly(what: str, measured: float, wanted: float = 0) -> Figure:
    """A number that has to be this one and no other."""
    return Figure(what, _number(measured), _number(wanted), measured == wanted)


def at_most(what: str, measured: float, limit: float, unit: str = "") -> Figure:
    """A number that may not go over the limit."""
    return Figure(what, _number(measured, unit), f"<= {_number(limit, unit)}", measured <= limit)


def at_least(what: str, measured: float, limit: float, unit: str = "") -> Figure:
    """A number that may not stay below the limit."""
    return Figure(what, _number(measured, unit), f">= {_number(limit, unit)}", measured >= limit)


def holds(what: str, is_so: bool, otherwise: str = "no") -> Figure:
    """Something that is so or is not; `otherwise` says how it is not."""
    return Figure(what, "yes" if is_so else otherwise, "yes", is_so)


def none_of(what: str, found: Iterable[object]) -> Figure:
    """A list of what went wrong, that has to be empty; a few of it are named."""
    listed = [str(each) for each in found]
    named = "; ".join(listed[:3]) + ("; ..." if len(listed) > 3 else "")
    return Figure(what, f"{len(listed)}: {named}" if listed else "0", "0", not listed)


def told(what: str, measured: float | str, unit: str = "") -> Figure:
    """A figure without a target."""
    text = measured if isinstance(measured, str) else _number(measured, unit)
    return Figure(what, text, "", True)


def not_tried(what: str, why: str) -> Figure:
    """A figure that this machine or this user cannot have; the whole says so at its end."""
    return Figure(what, why, "", True, tried=False)


def _number(value: float, unit: str = "") -> str:
    text = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"
    return f"{text} {unit}".rstrip()


@dataclass(frozen=True)
class Stage:
    """What a torture is given: a folder of its own, a seed, and whether to be quick about it."""

    folder: Path
    seed: int
    quick: bool = False
    say: Callable[[str], None] = field(default=print, compare=False)

    def dice(self, *names: object) -> random.Random:
        """Chance that depends on the seed and the names alone, and so can be had again."""
        return random.Random("/".join(map(str, (self.seed, *names))))

    def count(self, full: int, quick: int) -> int:
        """How often, in the whole torture or in its smallest form."""
        return quick if self.quick else full


@dataclass(frozen=True)
class Torture:
    """One row of the table: what is done to the project. The promise that holds then is in
    docs/promises.md.

    `run` is the module's function, by its place (`module:function`), so that the table can be
    read without importing Dagster. `only_in_full` names why there is no quick form.
    """

    number: int
    name: str
    does: str
    run: str
    only_in_full: str = ""


def as_markdown(rows: Sequence[tuple[Torture, Sequence[Figure], float]]) -> str:
    """The table for a note: every figure beside its target, and the seconds of each torture."""
    lines = ["| # | torture | figure | target | measured | verdict |", "|---|---|---|---|---|---|"]
    for torture, figures, seconds in rows:
        first = f"{torture.number} | {torture.name} ({seconds:.0f} s)"
        for figure in figures:
            cells = (figure.what, figure.target, figure.measured, figure.verdict)
            lines.append(f"| {first} | " + " | ".join(map(_cell, cells)) + " |")
            first = " | "
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
