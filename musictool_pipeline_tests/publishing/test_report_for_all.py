"""The report in Chromium, for readers who see little or use the keyboard: axe finds no barrier, and
the list is one link away.

Left out unless asked for with `-m browser`; skipped if there is no Chromium.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from musictool_pipeline.publishing.report import write_report
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.gaps import build_statistics
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline_tests.app.judged_collection import EVERYTHING, publish
from musictool_pipeline_tests.browser import Tab, find_browser, open_browser

BROWSER = find_browser()

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium"),
]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Its address."""
    folder = tmp_path_factory.mktemp("report")
    settings = Settings(root=folder, data_dir=folder / "data")
    publish(settings.database, **EVERYTHING)
    build_statistics(Warehouse(settings.database))
    path: Path = write_report(settings, folder / "report.html").path
    return path.as_uri()


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    assert BROWSER
    with open_browser(BROWSER, tmp_path_factory.mktemp("browser")) as tab:
        yield tab


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 390])
def test_it_has_no_serious_barrier(scheme: str, width: int, tab: Tab, report: str) -> None:
    tab.prefer(scheme)
    tab.resize(width, 844)
    tab.go(report)
    tab.wait_for_text("The list")
    assert tab.barriers() == []


def test_a_link_at_the_top_leads_to_the_list_as_it_is_filtered(tab: Tab, report: str) -> None:
    tab.resize(390, 844)
    tab.go(f"{report}#status=owned")
    tab.wait_for_text("The list")
    shown = tab.ask("document.querySelector('.found').innerText")
    tab.ask("scrollTo(0, 0)")
    tab.click("To the list of records")
    tab.wait_for("scrollY > 200")
    tab.wait_for("document.querySelector('#list-title').getBoundingClientRect().top < innerHeight")
    assert tab.ask("document.querySelector('.found').innerText") == shown
    assert tab.ask("document.querySelector('[name=owned]').checked")
