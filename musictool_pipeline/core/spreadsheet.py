"""Tables as CSV that a spreadsheet shows and does not run.

What belongs here: one table's bytes, after RFC 4180 and with every text harmless. What does not:
which tables there are, and writing files.

A title on Discogs can be edited by anybody, and a spreadsheet takes a cell that begins with `=`,
`+`, `-` or `@` for a formula. So a text that could be taken for one gets an apostrophe in front of
it, which every spreadsheet shows or hides, and none runs. What is decided by a column's type and
not by its looks: a number stays a number (`-5`), and a *text* that looks like one is marked
(`'-5`), since as a number it would not be what is printed on the record.
"""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime

Cell = str | int | float | datetime | date | None
"""What a cell can hold: text, a number, a truth value, a time, or nothing."""

MARK = "'"

# The four, and the characters that stand for them in East Asian input and in typography: Excel
# reads a full-width equals sign as an equals sign.
_STARTS_A_FORMULA = (
    "=+\\-@"
    "\uff1d\uff0b\uff0d\uff20"  # full width
    "\ufe66\ufe62\ufe63\ufe6b"  # small
    "\u207c\u207a\u207b\u208c\u208a\u208b"  # superscript and subscript
    "\u2212"  # the minus sign of typography
)
# What programs pass over before they look at the first character, and the mark itself, so that no
# two texts become one.
_PASSED_OVER = (
    " \"'\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb"
)
_BREAKS = "\t\n\v\f\r\u0085\u2028\u2029"

# Where a cell can begin: where the text does; and after a semicolon, a tab or the end of a line,
# for a program that separates cells by those and not by commas, as Excel does in half of Europe.
_DANGEROUS_PLACE = re.compile(
    f"\\A(?=[{_PASSED_OVER}{_BREAKS}]*[{_STARTS_A_FORMULA}]|{MARK}*[{_BREAKS}])"
    f"|(?<=[;{_BREAKS}])(?=[{_PASSED_OVER}]*[{_STARTS_A_FORMULA}])"
)


_SEPARATOR = re.compile(f"[;{_BREAKS}]")


def harmless(text: str) -> str:
    """The text, with a mark at each place at which a spreadsheet could begin a formula."""
    # Nearly all texts are a single piece that begins with a letter or a digit; looking at each of
    # their characters would take longer than all the rest of an export.
    if text[:1].isalnum() and not _SEPARATOR.search(text):
        return text
    return _DANGEROUS_PLACE.sub(MARK, text)


def csv_bytes(
    columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, with_bom: bool = False
) -> bytes:
    """A header of `columns` and the rows, in UTF-8, lines ended by CRLF.

    Every text is quoted, so that no program splits it at another separator than the comma; numbers
    and times are not, and unknown is an empty cell. `with_bom` begins with a byte order mark, by
    which Excel knows UTF-8.
    """
    lines = [",".join(columns)]
    lines += (",".join(map(_as_csv, row)) for row in rows)
    content = "".join(f"{line}\r\n" for line in lines).encode()
    return codecs.BOM_UTF8 + content if with_bom else content


def _as_csv(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case str():
            return '"' + harmless(cell).replace('"', '""') + '"'
        case bool():
            return "true" if cell else "false"
        case float():
            if not math.isfinite(cell):
                return ""
            return str(int(cell)) if cell.is_integer() else repr(cell)
        case datetime():
            return cell.isoformat(" ", "seconds")
        case _:
            return str(cell)
