"""Characters that a screen obeys instead of showing them: which they are, and text without them.

What belongs here: every set of control characters that the project knows, but for those that mean
something to a spreadsheet (`core.spreadsheet`) or to repairing damaged text
(`core.matching.words.text`).
"""

from __future__ import annotations

import re
from typing import Final

_CONTROLS: Final = "\x00-\x1f\x7f-\x9f"
_LINE_ENDS: Final = "\u2028\u2029"
_DIRECTIONS: Final = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_NO_TEXT: Final = "\ud800-\udfff"
"""Python's sign for a byte that is no text, as in an odd file name."""

_BREAKS = re.compile(f"[{_CONTROLS}{_LINE_ENDS}]+")
_EACH_BREAK = re.compile(f"[{_CONTROLS}{_LINE_ENDS}]")
_ORDERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]+")
_INVISIBLE = re.compile(f"[\ufeff\u200b\u2060{_NO_TEXT}]")
_TURNING = re.compile(f"[{_DIRECTIONS}]")
_OBEYED = re.compile(f"[{_CONTROLS}{_LINE_ENDS}{_DIRECTIONS}{_NO_TEXT}]")
_STRAY = re.compile(f"[{_NO_TEXT}]")


def one_line(text: str) -> str:
    """Outside text for a terminal, a log or a page: it cannot begin a line of its own, move the
    cursor, or turn the text around it. A control character becomes a blank, a sign that sets the
    direction of writing vanishes, and a byte that is no text becomes U+FFFD."""
    if text.isprintable():
        return text
    return _STRAY.sub("\ufffd", _TURNING.sub("", _EACH_BREAK.sub(" ", text)))


def in_json(text: str) -> str:
    """JSON for a terminal: the same value, with what a terminal would obey as `\\u202e`."""
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def printed(value: object) -> str | None:
    """Text as printed, trimmed, on one line; None if there is none, or if it is no text.

    Control characters become a blank, marks that take no room vanish. Joiners stay: Persian, Hindi
    and emoji are written with them.
    """
    if not isinstance(value, str):
        return None
    if value.isalnum():
        return value
    return _BREAKS.sub(" ", _INVISIBLE.sub("", value)).strip() or None


def without_orders(text: str) -> str:
    """Text that may have several lines, without control characters but for tab and line feed."""
    return _ORDERS.sub(" ", text)


def is_text(text: str) -> bool:
    """False if the text holds a byte that is no text, and so cannot be stored, sent or shown."""
    return not _STRAY.search(text)
