"""The report in Chromium: no title runs, nothing is asked for, and the list does its work.

Left out unless asked for with `-m browser`; skipped where there is no Chromium or no Playwright.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from musictool_pipeline.core.shop_links import search_links
from musictool_pipeline.publishing.report import write_report
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.gaps import build_statistics
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline_tests.app.judged_collection import (
    EVERYTHING,
    GAPS,
    gap,
    publish,
    release,
    track,
)
from musictool_pipeline_tests.browser import find_browser
from musictool_pipeline_tests.publishing.hostile_titles import TEXTS, publish_hostile

pytestmark = pytest.mark.browser

WIDE, NARROW = 1400, 390


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    path = find_browser()
    if path is None:
        pytest.skip("no Chromium here")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


class Opened:
    """A report that is open: the page, what it asked for, and what went wrong in it."""

    def __init__(self, page: Any, path: Path, fragment: str) -> None:
        self.page = page
        self.requests: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: self.errors.append(said.text))
        self.url = path.as_uri()
        page.goto(self.url + fragment)

    @property
    def found(self) -> str:
        return self.page.inner_text(".found")

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        """Asks from outside: the page's policy lets no driver evaluate a text as a program."""
        for _ in range(500):
            if is_so():
                return
            self.page.wait_for_timeout(20)
        raise AssertionError("it did not come about in ten seconds")

    def titles(self) -> list[str]:
        return self.page.locator(".tracks .title").all_inner_texts()


Open = Callable[..., Opened]


SMALL, HOSTILE, LONG = "small", "hostile", "long"
LONG_LIST = 300


def publish_long(database: Path) -> None:
    """So many records, each with one missing track, that no window shows them all."""
    tracks = [
        {
            **track(1, 1, "A", "Goldie", f"Track {number}"),
            "id": number,
            "discogs_release_id": number,
        }
        for number in range(1, LONG_LIST + 1)
    ]
    publish(
        database,
        releases=[release(row["id"], "Goldie", "Album 1") for row in tracks],
        expanded_tracks=tracks,
        gap_analysis=[gap(row, "missing") for row in tracks],
    )


PUBLISH: Mapping[str, Callable[[Path], None]] = {
    SMALL: lambda database: publish(database, **EVERYTHING),
    HOSTILE: publish_hostile,
    LONG: publish_long,
}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    written: dict[str, Path] = {}
    for kind, publish_tables in PUBLISH.items():
        folder = tmp_path_factory.mktemp(kind)
        settings = Settings(root=folder, data_dir=folder / "data")
        settings.data_dir.mkdir()
        publish_tables(settings.database)
        build_statistics(Warehouse(settings.database))
        written[kind] = write_report(settings, settings.report_file).path
    return written


@pytest.fixture
def open_report(chromium: Any, reports: dict[str, Path]) -> Iterator[Open]:
    contexts: list[Any] = []

    def open_one(
        fragment: str = "", *, kind: str = SMALL, width: int = WIDE, script: bool = True
    ) -> Opened:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, java_script_enabled=script
        )
        contexts.append(context)
        return Opened(context.new_page(), reports[kind], fragment)

    yield open_one
    for context in contexts:
        context.close()


@pytest.mark.parametrize("script", [True, False])
def test_hostile_titles_are_shown_and_nothing_else(open_report: Open, script: bool) -> None:
    report = open_report(kind=HOSTILE, script=script)
    page = report.page
    if script:
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        shown = report.titles()
        # A browser shows several blanks as one, and the mark of a direction not at all.
        wanted = {" ".join(text.split()) for text in TEXTS if text.isprintable()}
        assert wanted <= {" ".join(title.split()) for title in shown}
        page.locator(".tracks .title").first.hover()
        assert page.title() == "Records and files"
        assert page.evaluate("document.scripts.length") == 2
        assert page.evaluate("[...document.links].every(link => link.protocol !== 'javascript:')")
    assert page.locator("main img, main iframe, main script, main style").count() == 0
    assert report.requests == [report.url]
    assert report.errors == []


def test_the_policy_holds_even_if_something_got_in(open_report: Open) -> None:
    """The second wall: a script or a picture that were there after all would not be let through."""
    report = open_report()
    blocked = report.page.evaluate(
        """async () => {
            const blocked = [];
            addEventListener("securitypolicyviolation",
                (event) => blocked.push(event.effectiveDirective));
            const script = document.createElement("script");
            script.textContent = "document.title = 'ran'";
            const image = document.createElement("img");
            image.src = "https://example.org/a.png";
            document.body.append(script, image);
            await fetch("https://example.org/").catch(() => null);
            await new Promise((done) => setTimeout(done, 100));
            return [document.title, blocked.sort()];
        }"""
    )
    assert blocked == ["Records and files", ["connect-src", "img-src", "script-src-elem"]]


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("kind", PUBLISH)
def test_it_is_no_wider_than_the_window(open_report: Open, width: int, kind: str) -> None:
    page = open_report(kind=kind, width=width).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_shop_links_are_those_of_the_table(open_report: Open) -> None:
    """The browser makes them again; a sign encoded otherwise would be another search."""
    report = open_report()
    links = report.page.locator(".shops a").evaluate_all("links => links.map(link => link.href)")
    wanted: set[str | None] = set()
    for row in GAPS:
        if row["status"] != "owned":
            made = search_links(row["artist"], row["title"])
            wanted |= {made.bandcamp, made.beatport, made.juno}
    assert set(links) == wanted


def test_searching_and_filtering(open_report: Open) -> None:
    report = open_report()
    page = report.page
    assert report.found == "7 tracks on 3 records"
    page.fill("[name=text]", "cafe WALTZ")
    report.wait_until(lambda: report.found.startswith("4 "))
    page.check("[name=missing]")
    assert report.found == "3 tracks on 1 record"
    page.select_option("[name=folder]", "To Sell")
    assert report.found == "3 tracks on 1 record"
    page.select_option("[name=folder]", "Jungle")
    assert report.found.startswith("No track fits")
    page.click("[type=reset]")
    report.wait_until(lambda: report.found.startswith("7 "))


def test_the_filters_are_kept_in_the_address(open_report: Open) -> None:
    report = open_report("#status=missing&label=caf%C3%A9")
    assert report.found == "3 tracks on 1 record"
    report.page.click(".legend a[href='#status=owned']")
    report.wait_until(lambda: report.found.startswith("1 "))
    assert report.titles() == ["Jah"]
    assert report.page.input_value("[name=label]") == ""


@pytest.mark.parametrize(
    ("order", "first"), [("artist", "Ann"), ("label", "Various"), ("missing", "Various")]
)
def test_the_orders(open_report: Open, order: str, first: str) -> None:
    report = open_report(f"#order={order}")
    assert report.page.locator(".record h3").first.inner_text().startswith(first)


def test_what_is_filtered_is_what_is_printed(open_report: Open) -> None:
    page = open_report("#status=missing").page
    page.emulate_media(media="print")
    assert page.locator(".overview").is_hidden() and page.locator(".filters").is_hidden()
    assert "missing: 4 tracks on 2 records" in page.inner_text(".printed-for")
    assert page.locator(".box").count() == 4
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    kept_whole = page.evaluate("getComputedStyle(document.querySelector('.record')).breakInside")
    assert kept_whole == "avoid"


def test_what_is_near_is_in_the_document_and_for_printing_all_of_it(open_report: Open) -> None:
    """Prevents 100,000 rows in one piece, and a printed list that ends where the window does."""
    report = open_report(kind=LONG)
    page, records = report.page, report.page.locator(".record")
    assert records.count() < LONG_LIST
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.get_by_text(f"Track {LONG_LIST}", exact=True).wait_for()
    report.wait_until(lambda: records.count() < LONG_LIST)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert records.count() == LONG_LIST
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    report.wait_until(lambda: records.count() < LONG_LIST)
