"""The labels in Chromium: no title leaves its place or runs, and nothing is asked for.

Left out unless asked for with `-m browser`; skipped if there is no Chromium.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from musictool_pipeline.publishing.label_layout import SHEETS, LabelRecord, LabelTrack
from musictool_pipeline.publishing.labels_page import labels_page
from musictool_pipeline_tests.browser import Tab, find_browser, open_browser
from musictool_pipeline_tests.publishing.hostile_titles import TEXTS

pytestmark = pytest.mark.browser

LONG = (
    "An Extraordinarily Long Title That Goes On (Some Remixer's Extended Vocal Mix)",
    "An Extraordinarily Long Title That Goes On (Some Remixer's Extended Vocal Mix) " * 5,
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 3,
    "WWWWWWWW MMMM " * 20,
    "銅色の雨" * 60,
    "عنوان طويل جدا " * 20,
    "🎛️🎚️🎧" * 40,
)

# An element that is larger inside than outside is cut off or lies over its neighbour. A pixel is
# the rounding of the screen.
TOO_LARGE = """
[...document.querySelectorAll('article, header, .words, .words p, .tracks li, .name, .number')]
    .filter(each => each.scrollHeight > each.clientHeight + 2
        || each.scrollWidth > each.clientWidth + 1)
    .map(each => `${each.className}: ${each.innerText}`)
"""
OUTSIDE = """
[...document.querySelectorAll('.tracks')].filter(each =>
    each.getBoundingClientRect().bottom
        > each.closest('article').getBoundingClientRect().bottom + 0.5).length
"""


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    if (browser := find_browser()) is None:
        pytest.skip("no Chromium here")
    with open_browser(browser, tmp_path_factory.mktemp("profile")) as tab:
        yield tab


def records(texts: tuple[str, ...]) -> list[LabelRecord]:
    return [
        LabelRecord(
            number, text, text, text, text, 1999,
            tuple(
                LabelTrack(f"A{place}", text, text, 245.0, 124.0, "12B", True)
                for place in range(1, count + 1)
            ),
        )
        for number, text in enumerate(texts, start=1)
        for count in (2, 14)
    ]  # fmt: skip


@pytest.mark.parametrize("name", SHEETS)
def test_no_text_leaves_its_place_and_none_runs(name: str, tab: Tab, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.html"
    path.write_text(labels_page(records((*LONG, *TEXTS)), SHEETS[name]).html, "utf-8")
    asked = len(tab.elsewhere)
    tab.go(path.as_uri())
    tab.wait_for(f"location.href.endsWith('{path.name}') && document.readyState === 'complete'")
    assert tab.ask("document.title") == "Sleeve labels"
    assert tab.ask(TOO_LARGE) == []
    assert tab.ask(OUTSIDE) == 0
    assert tab.elsewhere[asked:] == [path.as_uri()]
