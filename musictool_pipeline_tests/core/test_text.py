"""Outside text can do nothing to a terminal, a log or a page but be shown."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.core.text import in_json, is_text, one_line, printed, without_orders

TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
ANY_TEXT = st.text(st.characters())  # lone surrogates too: bytes that are no text


def is_obeyed(text: str) -> bool:
    return any(unicodedata.category(sign) in {"Cc", "Zl", "Zp", "Cs"} for sign in text) or any(
        sign in TURNING for sign in text
    )


@given(ANY_TEXT)
def test_one_line_holds_nothing_that_is_obeyed(text: str) -> None:
    assert not is_obeyed(one_line(text))
    assert len(one_line(f"a{text}b").splitlines()) == 1
    one_line(text).encode()


@given(st.text())
def test_one_line_leaves_all_other_text_alone(text: str) -> None:
    assert one_line(text) == text or is_obeyed(text)


@pytest.mark.parametrize("sign", TURNING)
def test_what_turns_a_line_round_vanishes(sign: str) -> None:
    assert one_line(f"a{sign}b") == "ab"


@pytest.mark.parametrize(
    "name",
    [
        "\u05e9\u05dc\u05d5\u05dd",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\U0001f469\u200d\U0001f4bb",
    ],
)
def test_other_scripts_and_their_joiners_stay(name: str) -> None:
    assert one_line(name) == name


@given(ANY_TEXT)
def test_json_means_the_same_and_is_not_obeyed(text: str) -> None:
    line = in_json(json.dumps({"title": text}, ensure_ascii=False))
    assert json.loads(line) == {"title": text}
    assert not is_obeyed(line)


def test_what_is_stored_is_as_ever() -> None:
    """The tables' texts are fixed: a direction mark of a title is part of it."""
    assert printed(" a\tb\r\nc\x85d\u2028e\u200b\ufeff\ud800 ") == "a b c d e"
    assert printed("\u200fabc") == "\u200fabc"
    assert printed("\x00") is None
    assert without_orders("a\tb\nc\x1b[2J\x9b") == "a\tb\nc [2J "


def test_bytes_that_are_no_text() -> None:
    assert is_text("Gr\u00fcn \u9285")
    assert not is_text(b"Gr\xfcn".decode("utf-8", "surrogateescape"))
