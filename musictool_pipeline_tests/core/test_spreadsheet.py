"""Tables that a spreadsheet shows and does not run, read back by a reader that is not ours."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.core.spreadsheet import Cell, csv_bytes, harmless

SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212"

# What is likely to break a cell, and what is likely to be in one.
texts = st.text(
    st.sampled_from(f"{SIGNS}'\";,\t\r\n \u00a0\ufeff\u200b|a1é(")
    # Not the format characters of Arabic and Syriac: they are seen.
    | st.characters(codec="utf-8", exclude_characters="".join(map(chr, range(0x600, 0x900)))),
    max_size=12,
)


def read(content: bytes, delimiter: str = ",") -> list[list[str]]:
    text = io.StringIO(content.decode("utf-8-sig"), newline="")
    return list(csv.reader(text, delimiter=delimiter))


def runs(cell: str) -> bool:
    """Whether some spreadsheet might take the cell for a formula, in the widest sense."""
    seen = (each for each in cell if not (unicodedata.category(each) == "Cf" and each < "\uffff"))
    visible = re.sub(r"\A[\s\"\x00-\x1f\x7f-\x9f]+", "", "".join(seen))
    return visible[:1] in tuple(SIGNS)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"),
        ('=HYPERLINK("http://x","y")', '\'=HYPERLINK("http://x","y")'),
        ("+44", "'+44"),
        ("-5", "'-5"),
        ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
        ("@Home", "'@Home"),
        ("\tTab", "'\tTab"),
        ("\rReturn", "'\rReturn"),
        ("\nLine", "'\nLine"),
        ("  =1", "'  =1"),
        ("\u00a0=1", "'\u00a0=1"),
        ("\ufeff=1", "'\ufeff=1"),
        ("\u200b\u200e=1", "'\u200b\u200e=1"),
        ("\n\n=1", "'\n\n'=1"),
        ("\uff1d1", "'\uff1d1"),
        ("\uff20SUM", "'\uff20SUM"),
        ("\u22125", "'\u22125"),
        ('"=1"', '\'"=1"'),
        ("a;=1", "a;'=1"),
        ("a; =1", "a;' =1"),
        ("nice\n- but worn", "nice\n'- but worn"),
        # A mark that was there already is no mark of ours.
        ("'=1", "''=1"),
    ],
)
def test_what_could_run_is_marked(text: str, shown: str) -> None:
    assert harmless(text) == shown


@pytest.mark.parametrize(
    "text",
    ["Jay-Z", "a=b", "12\" + 7\"", "A - B", "me@home", "'n' so on", "'Til", "", "!!!", "a, -b"],
)  # fmt: skip
def test_what_cannot_is_left_alone(text: str) -> None:
    assert harmless(text) == text


def test_numbers_and_times_are_untouched() -> None:
    row: list[Cell] = [-5, 3.2, -0.25, 63.0, True, datetime(2025, 1, 2, 3, 4, 5), None, "-5"]
    content = csv_bytes(list("abcdefgh"), [row])
    assert content == (b'a,b,c,d,e,f,g,h\r\n-5,3.2,-0.25,63,true,2025-01-02 03:04:05,,"\'-5"\r\n')


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_is_empty(number: float) -> None:
    assert csv_bytes(["a", "b"], [[number, 1]]) == b"a,b\r\n,1\r\n"


def test_a_byte_order_mark_where_it_is_asked_for() -> None:
    rows = [["Müller"]]
    assert csv_bytes(["a"], rows) == 'a\r\n"Müller"\r\n'.encode()
    assert csv_bytes(["a"], rows, with_bom=True) == b"\xef\xbb\xbf" + csv_bytes(["a"], rows)


def test_no_rows_are_a_header() -> None:
    assert csv_bytes(["a", "b"], []) == b"a,b\r\n"


@given(st.lists(st.lists(texts, min_size=2, max_size=2), max_size=4))
def test_every_text_comes_back(rows: list[list[str]]) -> None:
    """Quotes, commas and line breaks in a title shift no cell: after RFC 4180 it is one table."""
    assert read(csv_bytes(["a", "b"], rows)) == [
        ["a", "b"],
        *([harmless(text) for text in row] for row in rows),
    ]


@given(st.lists(st.lists(texts, min_size=2, max_size=2), max_size=3))
def test_no_cell_runs_whatever_separates_them(rows: list[list[str]]) -> None:
    """A German Excel splits at semicolons, and finds cells where this table has none."""
    content = csv_bytes(["a", "b"], rows)
    for delimiter in ",;\t":
        for row in read(content, delimiter):
            assert not any(map(runs, row)), delimiter
    assert not any(cell[:1] in ("\t", "\r", "\n") for row in read(content) for cell in row)


@given(texts, texts)
def test_two_texts_never_become_one(one: str, other: str) -> None:
    assert (harmless(one) == harmless(other)) is (one == other)


@given(texts)
def test_the_mark_is_all_that_is_added(text: str) -> None:
    marked = iter(harmless(text))
    assert all(character in marked for character in text)
    assert set(harmless(text)) <= {*text, "'"}


@pytest.mark.parametrize("text", ["\n" * 200_000, " " * 200_000, "; " * 100_000, "';" * 100_000])
def test_a_long_text_takes_no_time(text: str) -> None:
    """Notes are anybody's: a pattern that looks ahead at each character would take hours."""
    assert len(harmless(text)) <= len(text) + 1
