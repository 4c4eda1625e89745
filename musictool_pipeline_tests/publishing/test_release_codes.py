"""The square codes: they are those of a library that is made for it, and cost next to nothing."""

from __future__ import annotations

import random
import re

import pytest
import segno

from musictool_pipeline.core.shop_links import release_url
from musictool_pipeline.publishing import release_codes
from musictool_pipeline.publishing.release_codes import release_code

_SOME = random.Random(1)
RELEASES = [0, 7, 10, 99, 117941, 99_999_999, 10**9, 2**63 - 1] + [
    _SOME.randrange(10 ** (digits - 1), 10**digits) for digits in range(1, 11) for _ in range(20)
]


def dark_modules(svg: str) -> set[tuple[int, int]]:
    """Row and column of each module that the drawing's path goes over."""
    (path,) = re.findall(r' d="([^"]+)"', svg)
    row, column, dark = 0, 0, set[tuple[int, int]]()
    for command, numbers in re.findall(r"([A-Za-z])([^A-Za-z]+)", path):
        values = [float(number) for number in numbers.split()]
        if command == "M":
            column, row = int(values[0]), int(values[1])
        elif command == "m":
            column, row = column + int(values[0]), row + int(values[1])
        else:
            assert command == "h"
            dark |= {(row, column + step) for step in range(int(values[0]))}
            column += int(values[0])
    return dark


@pytest.mark.parametrize("release_id", RELEASES)
def test_it_is_the_code_of_the_releases_page(release_id: int) -> None:
    code = segno.make_qr(release_url(release_id), error="m", mask=6)
    drawn = release_code(release_id)
    assert dark_modules(drawn) == {
        (row + 2, column + 2)
        for row, modules in enumerate(code.matrix)
        for column, module in enumerate(modules)
        if module
    }
    side = len(code.matrix) + 4
    assert f'viewBox="0 0 {side} {side}"' in drawn


def test_a_collection_needs_one_whole_code_for_each_digit_and_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A whole code takes a millisecond, so those of 10,000 records would take ten seconds."""
    made: list[str] = []
    make = segno.make_qr

    def counted(content: str, **how: object) -> object:
        made.append(content)
        return make(content, **how)  # pyright: ignore[reportArgumentType]

    for kept in (release_codes._difference, release_codes._code_of):
        kept.cache_clear()
    monkeypatch.setattr(segno, "make_qr", counted)
    for release_id in range(1000, 3000):
        release_code(release_id)
    assert len(made) <= 1 + 4 * 9
