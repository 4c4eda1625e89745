"""The dashboard in a real browser: every page, wide and as narrow as a telephone, and a decision.

python -m pytest -m browser
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from musictool_pipeline.tables.generations import Warehouse, sql
from musictool_pipeline_tests.app.conftest import MakeProject, Project, wait_until
from musictool_pipeline_tests.app.dashboard.conftest import FILLED, HOSTILE, Row, hostile
from musictool_pipeline_tests.app.dashboard.test_launching import free_port
from musictool_pipeline_tests.app.judged_collection import publish
from musictool_pipeline_tests.browser import Tab, find_browser, open_browser

BROWSER = find_browser()

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium"),
]

PAGES = {
    "": "Owned as files",
    "gaps": "7 tracks: 3 missing",
    "review": "2 tracks to look at",
    "records": "7 tracks",
    "files": "5 files",
    "wantlist": "you have 3 of 4 tracks as files",
    "health": "Files too many",
    "tools": "Prerequisites",
}
FOOT = "MusicTool is not affiliated with Discogs."

TOO_WIDE = (
    "[document.documentElement, document.querySelector('[data-testid=stMain]')]"
    ".some(each => each.scrollWidth > window.innerWidth)"
)
TABLE = "document.querySelector('[data-testid=data-grid-canvas]')"
# The buttons in the window that nothing covers, without the keys that stand below their names.
SEEN = """[...document.querySelectorAll('[data-testid=stMain] button')].filter(button => {
    const box = button.getBoundingClientRect();
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return button.contains(top);
}).map(button => button.innerText.split('\\n')[0])"""
BUSY = "!!document.querySelector('[data-testid=stStatusWidget]')"


def fill(project: Project, tables: dict[str, list[Row]]) -> None:
    publish(project.database, **tables)
    Warehouse(project.database).publish(
        lambda connection: connection.execute(sql("collection_statistics.sql"))
    )


@pytest.fixture(scope="module")
def project(make_project: MakeProject) -> Project:
    project = make_project("http://127.0.0.1:1")
    fill(project, FILLED)
    return project


@pytest.fixture(scope="module")
def address(project: Project) -> Iterator[str]:
    import requests

    port = free_port()
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return requests.get(f"{url}/_stcore/health", timeout=5).ok
        except requests.RequestException:
            return False

    with project.running("dashboard", "--port", str(port)):
        wait_until(answers, "the dashboard answers")
        yield url


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    assert BROWSER
    with open_browser(BROWSER, tmp_path_factory.mktemp("browser")) as tab:
        yield tab


def visit(tab: Tab, url: str, text: str) -> None:
    tab.go(url)
    tab.wait_for_text(text)
    tab.wait_for_text(FOOT)
    tab.wait_for(f"!({BUSY})")


@pytest.mark.parametrize("width", [1400, 390])
def test_every_page_fits_and_asks_nobody_else(width: int, tab: Tab, address: str) -> None:
    """Nothing is cut off on a telephone, and nobody on the internet learns who looks at what."""
    tab.resize(width, 844)
    for page, text in PAGES.items():
        visit(tab, f"{address}/{page}", text)
        assert not tab.ask(TOO_WIDE), page
        assert "Traceback" not in tab.text()
    assert tab.elsewhere == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 390])
def test_no_page_has_a_serious_barrier(scheme: str, width: int, tab: Tab, address: str) -> None:
    """Contrast by WCAG AA, labels, headings, and what else axe measures."""
    tab.prefer(scheme)
    tab.resize(width, 844)
    found = {}
    for page, text in PAGES.items():
        visit(tab, f"{address}/{page}", text)
        if barriers := tab.barriers():
            found[page] = barriers
    tab.prefer("light")
    assert found == {}


def test_each_page_has_its_own_title_and_no_level_of_headings_is_left_out(
    tab: Tab, address: str
) -> None:
    tab.resize(1400, 844)
    titles = set()
    for page, text in PAGES.items():
        visit(tab, f"{address}/{page}", text)
        title = tab.ask("document.querySelector('h1').innerText")
        tab.wait_for(f"document.title === '{title} - MusicTool'")
        titles.add(title)
        levels = tab.ask("[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => h.tagName)")
        assert levels[:1] == ["H1"] and set(levels[1:]) <= {"H2"}, page
    assert len(titles) == len(PAGES)


def test_a_table_is_reached_with_the_keyboard(tab: Tab, address: str) -> None:
    visit(tab, f"{address}/files", PAGES["files"])
    tab.wait_for(f"!!{TABLE}")
    for _ in range(40):
        tab.press("Tab")
        if tab.ask(f"document.activeElement === {TABLE}"):
            return
    pytest.fail("40 tab stops, and none is the table")


def test_a_link_that_has_the_keyboard_is_seen(tab: Tab, address: str) -> None:
    """In the top bar it looked like the link of the page that is open."""
    tab.resize(1400, 844)
    visit(tab, f"{address}/gaps", PAGES["gaps"])
    for _ in range(40):
        tab.press("Tab")
        if tab.ask("document.activeElement.innerText") == "Gap analysis":
            break
    assert tab.ask("document.activeElement.innerText") == "Gap analysis"
    assert tab.ask("getComputedStyle(document.activeElement).outlineStyle") == "solid"


@pytest.mark.parametrize("width", [1400, 390])
def test_a_chosen_records_tracks_are_seen_without_a_scroll(
    width: int, tab: Tab, address: str
) -> None:
    tab.resize(width, 844)
    visit(tab, f"{address}/gaps", PAGES["gaps"])
    tab.wait_for(f"!!{TABLE}")
    tab.wait_for(f"!({BUSY})")
    left, top = tab.ask(f"(box => [box.x, box.y])({TABLE}.getBoundingClientRect())")
    tab.click_at(left + 16, top + 36 + 17)
    tab.wait_for_text("Album 2: 2 of 4 tracks missing")
    tab.wait_for("document.querySelectorAll('[data-testid=data-grid-canvas]').length === 2")
    assert tab.ask(f"{TABLE}.getBoundingClientRect().bottom") < 844


def test_the_buttons_that_decide_are_in_reach_of_a_thumb(tab: Tab, address: str) -> None:
    """Below two cards of facts they would be found only after a scroll, for each track again."""
    tab.resize(390, 844)
    visit(tab, f"{address}/review", "Third Waltz")
    tab.wait_for(f"{SEEN}.includes('Same version')")  # of the first of several files
    tab.click("Later")
    tab.wait_for_text("Fourth Waltz")
    tab.wait_for("!!document.querySelector('.st-key-decide')")
    for label in ("Same version", "Other version", "Not it"):
        tab.wait_for(f"{SEEN}.includes('{label}')")
    tab.resize(1400, 844)


def test_the_pages_are_a_click_apart(tab: Tab, address: str) -> None:
    tab.resize(1400, 900)
    visit(tab, address, PAGES[""])
    titles = (
        "Gap analysis", "Review", "Physical collection", "Digital collection", "Wantlist",
        "Health", "Tools",
    )  # fmt: skip
    for title, text in zip(titles, list(PAGES.values())[1:], strict=True):
        tab.click(title)
        tab.wait_for_text(text)
        assert tab.ask("document.querySelector('h1').innerText") == title


def test_the_address_keeps_what_was_asked_for(tab: Tab, address: str) -> None:
    """A filtered page can be bookmarked, and a reload shows it again."""
    visit(tab, f"{address}/gaps", PAGES["gaps"])
    tab.click("Owned")
    tab.wait_for("location.search.includes('tab=Owned')")
    visit(tab, f"{address}/gaps?tab=Review&folder=To+Sell&q=waltz", "4 tracks: 2 missing")
    assert tab.ask("location.search.includes('folder=To+Sell')")


def test_a_decision_is_one_click_and_the_next_track_comes(
    tab: Tab, address: str, project: Project
) -> None:
    file = project.data / "match_overrides.csv"
    visit(tab, f"{address}/review", "Third Waltz")
    tab.click("Same version")
    tab.wait_for_text("Fourth Waltz")
    tab.wait_for_text("1 track to look at, 1 decided since the last refresh.")
    assert file.read_text().splitlines()[1].startswith("2,3,same,C:\\Music\\dd.mp3,")
    tab.click("Undo")
    tab.wait_for_text("2 tracks to look at, 0 decided")
    assert len(file.read_text().splitlines()) == 1


def test_the_page_outlives_the_databases_under_it(
    tab: Tab, address: str, project: Project, tmp_path: Path
) -> None:
    """Ten refreshes in a night, and the page that was left open still answers in the morning."""
    other = Project(tmp_path, project.api_url)
    other.data.mkdir()
    fill(other, {**FILLED, "collection_items": FILLED["collection_items"][:1]})
    generations = (other.database.read_bytes(), project.database.read_bytes())
    for number in range(10):
        visit(tab, f"{address}/", "Owned as files")
        following = tmp_path / "following.duckdb"
        following.write_bytes(generations[number % 2])
        os.replace(following, project.database)  # noqa: PTH105
        tab.go(f"{address}/records?view=Copies+on+the+shelf")
        tab.wait_for_text("1 copy" if number % 2 == 0 else "4 copies")


def test_texts_of_strangers_are_shown_and_not_obeyed(
    tab: Tab, address: str, project: Project
) -> None:
    fill(project, hostile())
    for page in ("", "gaps?grouped=false", "review", "records", "files", "health", "tools"):
        visit(tab, f"{address}/{page}", "Discogs")
        assert tab.ask("document.title").endswith("taken") is False
        assert tab.ask("document.querySelectorAll('a[href^=\"javascript\"]').length") == 0
        assert tab.ask("document.querySelectorAll('[onerror]').length") == 0
    visit(tab, f"{address}/review", "On the record")
    assert HOSTILE[0] in tab.text()
    fill(project, FILLED)
