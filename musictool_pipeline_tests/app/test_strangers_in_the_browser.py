"""Both web servers in a real browser: their own pages work through the guard as ever, and a page
of another origin gets nowhere.

python -m pytest -m browser
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from musictool_pipeline_tests.app.conftest import wait_until
from musictool_pipeline_tests.browser import Tab, find_browser, open_browser
from musictool_pipeline_tests.strangers import (
    EVIL,
    Site,
    another_site,
    hostile_pages,
    mutation,
)
from musictool_pipeline_tests.torture.strangers import RESOLVE, Servers, started

BROWSER = find_browser()

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium"),
]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with another_site() as site:
        yield site


@pytest.fixture(scope="module")
def servers(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with started(tmp_path_factory.mktemp("strangers") / "project", site) as servers:
        yield servers


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    assert BROWSER
    with open_browser(BROWSER, tmp_path_factory.mktemp("browser"), RESOLVE) as tab:
        tab.resize(1400, 900)
        yield tab


def places(servers: Servers) -> list[str]:
    """Where a hostile page may come from: another port of this machine, and another site."""
    return [f"http://{name}:{servers.site.port}" for name in ("127.0.0.1", EVIL)]


def end_of_socket(tab: Tab, port: int, path: str, protocol: str, name: str = "127.0.0.1") -> str:
    """Whether the page that is shown gets a WebSocket `in` there, or stays `out`."""
    socket = f"const it = new WebSocket('ws://{name}:{port}/{path}', '{protocol}')"
    tell = "it.onopen = () => window.end = 'in'; it.onclose = () => window.end ||= 'out'"
    tab.ask(f"(() => {{ window.end = ''; {socket}; {tell} }})()")
    return tab.wait_for("window.end")


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_dagsters_own_pages_work(name: str, tab: Tab, servers: Servers, tmp_path: Path) -> None:
    """They ask over POST, and learn of news over a WebSocket."""
    url = f"http://{name}:{servers.dagster}"
    tab.go(f"{url}/assets/gap_analysis")
    tab.wait_for_text("gap_analysis")
    tab.go(f"{url}/automation")
    tab.wait_for_text("nightly_refresh")
    # What is asked for by the pages' own requests: when it runs, and that it may be switched on.
    tab.wait_for_text("At 03:00 AM")
    tab.picture(tmp_path / "dagster.png")
    tab.go(f"{url}/graphql")
    tab.wait_for("!!document.querySelector('.graphiql-container')")
    assert end_of_socket(tab, servers.dagster, "graphql", "graphql-ws", name) == "in"


def test_the_dashboards_own_pages_work_and_decide(
    tab: Tab, servers: Servers, tmp_path: Path
) -> None:
    tab.go(f"http://localhost:{servers.dashboard}/")
    tab.wait_for_text("Owned as files")
    tab.click("Review")
    tab.wait_for_text("Third Waltz")
    tab.wait_for_text("Same version")
    tab.picture(tmp_path / "dashboard.png")
    tab.click("Same version")
    tab.wait_for_text("1 decided since the last refresh")
    assert servers.decisions() == 1
    tab.click("Undo")
    wait_until(lambda: servers.decisions() == 0, "the decision is taken back")


@pytest.mark.parametrize("name", hostile_pages(""))
def test_a_hostile_page_changes_nothing(name: str, tab: Tab, servers: Servers) -> None:
    for place in places(servers):
        page = hostile_pages(mutation(f"{name} from {place}"))[name]
        servers.site.pages["/hostile"] = page(f"http://127.0.0.1:{servers.dagster}")
        tab.go(f"{place}/hostile")
        tab.wait_for(f"document.title === 'done' || location.port === '{servers.dagster}'")
    assert servers.traces() == set()


def test_a_hostile_page_opens_no_socket(tab: Tab, servers: Servers) -> None:
    for place in places(servers):
        for port, path, protocol in (
            (servers.dagster, "graphql", "graphql-ws"),
            (servers.dashboard, "_stcore/stream", "streamlit"),
        ):
            servers.site.pages["/"] = "A page"
            tab.go(f"{place}/")
            tab.wait_for(f"location.port === '{servers.site.port}'")
            assert end_of_socket(tab, port, path, protocol) == "out", (place, path)


def test_no_page_is_shown_in_a_frame(tab: Tab, servers: Servers) -> None:
    for place in places(servers):
        for port in (servers.dagster, servers.dashboard):
            servers.site.pages["/frame"] = f"<iframe src='http://127.0.0.1:{port}/'></iframe>"
            tab.go(f"{place}/frame")
            tab.wait_for("document.readyState === 'complete' && location.pathname === '/frame'")
            assert not [url for url in tab.frames() if str(port) in url]


def test_a_rebound_name_shows_nothing_and_decides_nothing(tab: Tab, servers: Servers) -> None:
    """The name leads to this machine, so to the browser all is one site."""
    for port, path in ((servers.dagster, "automation"), (servers.dashboard, "review")):
        tab.go(f"http://{EVIL}:{port}/{path}")
        tab.wait_for("document.body.innerText.includes('not started for the address')")
    assert servers.decisions() == 0


def test_a_link_on_another_site_leads_to_the_page(tab: Tab, servers: Servers) -> None:
    """A bookmark, or a link in a note: what it opens is the page, with its own requests."""
    page = f"<a href='http://127.0.0.1:{servers.dashboard}/gaps'>Gaps</a>"
    servers.site.pages["/note"] = page
    tab.go(f"http://{EVIL}:{servers.site.port}/note")
    tab.click("Gaps")
    tab.wait_for_text("7 tracks: 3 missing")
