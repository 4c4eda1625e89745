"""What Dagster's pages make of titles and causes: text, and nothing else."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from musictool_pipeline.orchestration.booking import as_text, markdown_table
from musictool_pipeline_tests.browser import Tab, find_browser, open_browser
from musictool_pipeline_tests.torture.projects import wait_for

ADDRESSES = [
    "http://evil.example/x",
    "HTTPS://evil.example",
    "www.evil.example",
    "(WWW.evil.example)",
    "me@evil.example",
    "mailto:me.too@evil.example",
    "xmpp:me@evil.example/x",
    "http://www.evil.example/?q=me@evil.example",
    "[a](http://evil.example)",
    "<http://evil.example>",
    "![](http://evil.example/a.png)",
    "<a href='http://evil.example'>a</a>",
    "a|b `http://evil.example` *c*",
]

# As Dagster's pages look for addresses in each piece of text, once all escapes are resolved.
_LINKED = (
    re.compile(r"(https?://|www(?=\.))([-.\w]+)([^ \t\r\n]*)", re.IGNORECASE),
    re.compile(r"([-.\w+]+)@([-\w]+(?:\.[-\w]+)+)"),
)


def _pieces(markdown: str) -> list[str]:
    resolved = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown)
    return resolved.replace("&lt;", "<").replace("&amp;", "&").split("<!-- -->")


@pytest.mark.parametrize("text", ADDRESSES)
def test_an_address_is_no_link(text: str) -> None:
    pieces = _pieces(as_text(text))
    assert "".join(pieces) == text
    assert not [piece for piece in pieces for linked in _LINKED if linked.search(piece)]


def test_a_table_without_rows_says_so() -> None:
    """A heading with nothing below it looked like a page that did not load."""
    assert markdown_table(("status", "tracks"), []) == "none"
    assert markdown_table(("status",), [("owned",)]).endswith("| owned |")


@given(st.text("htps:/w.@m-!<>&\\`*[]()| \n"))
def test_no_text_becomes_a_link_or_another_text(text: str) -> None:
    pieces = _pieces(as_text(text))
    shown = " ".join(text.split())
    assert "".join(pieces) == shown.replace("<!-- -->", "")
    assert not [piece for piece in pieces for linked in _LINKED if linked.search(piece)]


_SHOWN = """
import dagster as dg
from musictool_pipeline.orchestration.booking import failure_table, markdown_table
from musictool_pipeline.orchestration.booking import as_text
from musictool_pipeline_tests.orchestration.test_booking import ADDRESSES

@dg.asset(check_specs=[dg.AssetCheckSpec("looked", asset="shown")])
def shown():
    found = dg.AssetCheckResult(
        passed=False, check_name="looked", severity=dg.AssetCheckSeverity.WARN,
        description=as_text(" ".join(ADDRESSES)))
    shown = {"raw": "http://raw.evil.example"}
    # One table each: what is longer is behind a button.
    for number, text in enumerate(ADDRESSES, start=1):
        shown[f"title {number}"] = markdown_table(("title", "label"), [(text, text)])
        shown[f"cause {number}"] = failure_table({number: text})
    metadata = {name: dg.MetadataValue.md(text) for name, text in shown.items()}
    return dg.MaterializeResult(metadata=metadata, check_results=[found])

defs = dg.Definitions(assets=[shown])
"""


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[str]:
    """Dagster's pages on an asset that shows all addresses."""
    (tmp_path / "shown.py").write_text(_SHOWN)
    (tmp_path / "dagster.yaml").write_text("telemetry:\n  enabled: false\nnux:\n  enabled: false\n")
    environment = {**os.environ, "DAGSTER_HOME": str(tmp_path)}
    dagster = [sys.executable, "-m", "dagster"]
    subprocess.run(
        [*dagster, "asset", "materialize", "-m", "shown", "--select", "shown"],
        cwd=tmp_path, env=environment, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "dagster_webserver", "-m", "shown", "-h", "127.0.0.1"]
    server = subprocess.Popen(
        [*command, "-p", str(port)],
        cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return requests.get(f"{url}/server_info", timeout=5).ok
        except requests.RequestException:
            return False

    try:
        assert wait_for(answers, 120)
        yield url
    finally:
        server.terminate()
        server.wait(30)


def _links(tab: Tab) -> list[str]:
    return tab.ask(
        "[...document.querySelectorAll('a')].map(each => each.getAttribute('href') || '')"
        ".filter(address => address.includes('evil.example'))"
    )


@pytest.mark.browser
def test_in_dagsters_pages_it_is_text(pages: str, tmp_path: Path) -> None:
    browser = find_browser()
    if browser is None:
        pytest.skip("no Chromium here")
    with open_browser(browser, tmp_path / "profile") as tab:
        tab.resize(1400, 2000)
        tab.go(f"{pages}/assets/shown?view=overview")
        tab.wait_for_text("raw.evil.example")
        # What is not escaped shows that the pages make links, and that they would be found.
        assert _links(tab) == ["http://raw.evil.example"]
        for text in ADDRESSES:
            assert tab.text().count(text) >= 3, text
        assert not tab.ask("document.querySelectorAll('img[src*=evil]').length")
        tab.go(f"{pages}/assets/shown?view=checks")
        tab.wait_for_text(ADDRESSES[0])
        assert _links(tab) == []
    assert not [address for address in tab.elsewhere if "evil" in address]
