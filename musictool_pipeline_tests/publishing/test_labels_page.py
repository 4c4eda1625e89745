"""The labels' page: what is on a label, that titles stay text, and that it asks for nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from musictool_pipeline.publishing.label_layout import SHEETS, LabelRecord, LabelTrack
from musictool_pipeline.publishing.labels_page import labels_page
from musictool_pipeline.publishing.release_codes import release_code
from musictool_pipeline.publishing.web_page import source_of
from musictool_pipeline_tests.publishing.hostile_titles import TEXTS

SHEET = SHEETS["a4-2x4"]
RECORD = LabelRecord(
    117941,
    "Goldie",
    "Inner City Life",
    "Metalheadz",
    "METH 012",
    1994,
    (
        LabelTrack("A", None, "Inner City Life", 420.0, 155.5, "8A", True),
        LabelTrack("B", "Ann", "Jah", None, None, None, False),
    ),
)


class Reader(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def hostile(text: str) -> LabelRecord:
    track = LabelTrack(text, text, text, 245.0, 124.0, text, True)
    return LabelRecord(1, text, text, text, text, 1999, (track,))


def rows(page: str) -> Iterator[str]:
    for row in re.findall(r"<li.*?</li>", page):
        yield " ".join(re.sub(r"<[^>]*>", " ", row).split())


def test_what_is_on_a_label() -> None:
    page = labels_page([RECORD], SHEET)
    assert (page.labels, page.sheets) == (1, 1)
    assert list(rows(page.html)) == [
        "&#10003; A Inner City Life 7:00 155.5 8A",
        "B Ann – Jah",  # noqa: RUF001
    ]
    for text in ("Goldie", "Inner City Life", "METH 012 · Metalheadz · 1994"):
        assert f"<bdi>{text}</bdi>" in page.html


def test_the_code_is_that_of_the_release() -> None:
    assert release_code(RECORD.release_id) in labels_page([RECORD], SHEET).html


def test_as_many_sheets_as_it_takes() -> None:
    page = labels_page([RECORD] * 9, SHEET)
    assert (page.labels, page.sheets) == (9, 2)
    assert page.html.count("<article>") == 9
    assert page.html.count('<section class="sheet">') == 2


@pytest.mark.parametrize("name", SHEETS)
def test_the_paper_has_the_sheets_size(name: str) -> None:
    sheet = SHEETS[name]
    page = labels_page([RECORD], sheet).html
    assert f"@page {{ size: {sheet.width}mm {sheet.height}mm; margin: 0 }}" in page
    assert ("sheet paper" in page) is sheet.paper
    assert "$" not in page


@pytest.mark.parametrize("text", [*TEXTS, "Lang " * 100, "銅色の雨" * 50])
def test_titles_stay_text_and_add_no_element(text: str) -> None:
    plain = Reader(labels_page([hostile("plain")], SHEET).html)
    page = labels_page([hostile(text)], SHEET).html
    read = Reader(page)
    assert [tag for tag, _ in read.elements] == [tag for tag, _ in plain.elements]
    assert [set(names) for _, names in read.elements] == [set(names) for _, names in plain.elements]
    assert not {"script", "img", "a", "link", "iframe"} & {tag for tag, _ in read.elements}
    body = page.partition("<body>")[2]
    assert all(sign not in body for sign in "\x00\x07\x1b\u202e\u2028")


def test_the_policy_allows_this_style_and_nothing_else() -> None:
    page = labels_page([RECORD, hostile(TEXTS[0])], SHEET).html
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    policy = next(
        names["content"]
        for tag, names in Reader(page).elements
        if tag == "meta" and names.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy == (
        f"default-src 'none'; style-src {source_of(style)}; base-uri 'none'; form-action 'none'"
    )
    # Such a policy lets no element bear a style of its own.
    assert all("style" not in names for _, names in Reader(page).elements)


def test_the_same_records_give_the_same_bytes() -> None:
    assert labels_page([RECORD], SHEET) == labels_page([RECORD], SHEET)
