"""Square codes that open a release on Discogs.

What belongs here: drawing one, and drawing thousands quickly. Where it stands on a label is in
`labels_page`.

`segno` makes a code in a millisecond, which for a whole collection is longer than all else that its
labels need. In codes of one version, level and mask each module is a sum, without carry, of bits of
the address and a constant. So the code of a number is that of zeros with the differences that its
digits make, and `segno` makes one code for each digit at each place.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final

import segno

from musictool_pipeline.core.shop_links import RELEASES

_QUIET_ZONE: Final = 2

_MASK: Final = 6
"""The pattern laid over the code. To try all eight for the best takes four times as long as to make
the code, and for these addresses this one is within 3 % of the best on average."""

_CHUNK: Final = 8
"""How many modules are drawn with one look into a table."""


def release_code(release_id: int) -> str:
    """The code of a release as an SVG element of the class `code`, which has the quiet zone."""
    modules, size = _modules(str(release_id))
    side = size + 2 * _QUIET_ZONE
    return (
        f'<svg viewBox="0 0 {side} {side}" class="code">'
        f'<path stroke="#000" d="{"".join(_lines(modules, size))}"/></svg>'
    )


def _modules(digits: str) -> tuple[int, int]:
    """The dark modules as bits, row after row from the highest bit on, and how many a row has."""
    length = len(digits)
    modules, size = _code_of("0" * length)
    for place, digit in enumerate(digits):
        if digit != "0":
            modules ^= _difference(length, place, digit)
    return modules, size


@cache
def _difference(length: int, place: int, digit: str) -> int:
    zeros = "0" * length
    with_it = f"{zeros[:place]}{digit}{zeros[place + 1 :]}"
    return _code_of(with_it)[0] ^ _code_of(zeros)[0]


@cache
def _code_of(digits: str) -> tuple[int, int]:
    code = segno.make_qr(RELEASES + digits, error="m", mask=_MASK)
    bits = "".join(str(module) for row in code.matrix for module in row)
    return int(bits, base=2), len(code.matrix)


def _lines(modules: int, size: int) -> Iterator[str]:
    """A path: a line for each run of dark modules, in the middle of its row."""
    bits = f"{modules:0{size * size}b}"
    for row in range(size):
        yield f"M{_QUIET_ZONE} {row + _QUIET_ZONE}.5"
        for at in range(row * size, (row + 1) * size, _CHUNK):
            yield _drawn(bits[at : min(at + _CHUNK, (row + 1) * size)])


@cache
def _drawn(bits: str) -> str:
    """Lines through the dark modules, and moves over the light ones."""
    drawn = bits.replace("0", " ").replace("1", "#")
    parts: list[str] = []
    while drawn:
        dark = drawn[0] == "#"
        rest = drawn.lstrip(drawn[0])
        count = len(drawn) - len(rest)
        parts.append(f"h{count}" if dark else f"m{count} 0")
        drawn = rest
    return "".join(parts)
