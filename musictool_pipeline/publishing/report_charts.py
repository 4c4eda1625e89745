"""Charts as inline SVG: numbers in, markup out.

What belongs here: geometry. Colours are the style sheet's, by class, since a strict
Content-Security-Policy lets no element have a style of its own; words around a chart are the
page's. Coordinates are whole numbers: the same figures give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

# A bar is this wide and stretched to its place; it holds no text that could be stretched with it.
BAR_WIDTH: Final = 1_000
_BAR_HEIGHT: Final = 10

_WIDTH, _HEIGHT = 340, 170
_TOP, _BOTTOM = 18, 150
_MOST_YEARS_NAMED: Final = 7


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar: a class of the style sheet, and how much it stands for."""

    kind: str
    count: int


def bar(parts: Sequence[Part], longest: int) -> str:
    """The parts side by side; a bar as large as `longest` fills the width.

    It says nothing that the figures beside it do not say too, so a screen reader skips it.
    """
    rects: list[str] = []
    ends = 0
    for part in parts:
        begins, ends = ends, ends + part.count
        left, right = _along(begins, longest), _along(ends, longest)
        if right > left:
            rects.append(
                f'<rect class="{part.kind}" x="{left}" y="0"'
                f' width="{right - left}" height="{_BAR_HEIGHT}"/>'
            )
    return (
        f'<svg class="bar" viewBox="0 0 {BAR_WIDTH} {_BAR_HEIGHT}" preserveAspectRatio="none"'
        f' aria-hidden="true">{"".join(rects)}</svg>'
    )


def growth(added: Sequence[tuple[int, int]]) -> str:
    """A column for each year from the first to the last: what was there at its end, with what was
    added in it on top. `added` are years and counts in the order of the years; none gives ''.
    """
    if not added:
        return ""
    by_year = dict(added)
    years = range(added[0][0], added[-1][0] + 1)
    total = sum(by_year.values())
    columns: list[str] = []
    there = 0
    for number, year in enumerate(years):
        new = by_year.get(year, 0)
        left, right = (round(_WIDTH * edge / len(years)) for edge in (number, number + 1))
        width = max(1, right - left - 2)
        before, after = (_BOTTOM - _up(count, total) for count in (there, there + new))
        there += new
        columns.append(
            f"<g><title>{year}: {new:,} added, {there:,} in all</title>"
            f'<rect class="there" x="{left}" y="{before}" width="{width}"'
            f' height="{_BOTTOM - before}"/>'
            f'<rect class="new" x="{left}" y="{after}" width="{width}"'
            f' height="{before - after}"/></g>'
        )
        if _is_named(number, len(years)):
            columns.append(
                f'<text x="{left + width // 2}" y="{_BOTTOM + 14}" text-anchor="middle">'
                f"{year}</text>"
            )
    return (
        f'<svg class="growth" viewBox="-16 0 {_WIDTH + 32} {_HEIGHT}" role="img"'
        f' aria-label="Copies by year: {total:,} at the end of {years[-1]}">'
        f"{''.join(columns)}"
        f'<text x="{_WIDTH - 2}" y="{_TOP - 6}" text-anchor="end">{total:,}</text></svg>'
    )


def _along(count: int, longest: int) -> int:
    return round(BAR_WIDTH * count / longest) if longest else 0


def _up(count: int, total: int) -> int:
    return round((_BOTTOM - _TOP) * count / total) if total else 0


def _is_named(number: int, years: int) -> bool:
    """True if the year is written below its column: each of a few years, or every second, third and
    so on of many, always with the last."""
    every = -(-years // _MOST_YEARS_NAMED)
    return (years - 1 - number) % every == 0
