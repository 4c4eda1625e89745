"""The review page's player in a real browser, by its keys: the sound is heard to move on.

python -m pytest -m browser
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from musictool_pipeline.settings import read_settings
from musictool_pipeline_tests.app.conftest import MakeProject, Project, wait_until
from musictool_pipeline_tests.app.dashboard.conftest import FILLED
from musictool_pipeline_tests.app.dashboard.test_in_the_browser import FOOT, fill
from musictool_pipeline_tests.app.dashboard.test_launching import free_port
from musictool_pipeline_tests.app.dashboard.test_listening import write_wav
from musictool_pipeline_tests.app.dashboard.test_player import FIRST_FILE, cache, listed
from musictool_pipeline_tests.browser import Tab, find_browser, open_browser

BROWSER = find_browser()

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium"),
]

AUDIO = "document.querySelector('audio')"
IDLE = "!!document.querySelector('[data-test-script-state=notRunning]')"


@pytest.fixture(scope="module")
def project(make_project: MakeProject) -> Project:
    project = make_project("http://127.0.0.1:1")
    wav = write_wav(project.folder / "dd & <b>.wav", 60)
    here = {**FIRST_FILE, "path": str(wav), "duration_seconds": 60.0}
    others = [it for it in FILLED["digital_tracks"] if it is not FIRST_FILE]
    gaps = [
        {**it, "digital_path": str(wav)} if it.get("digital_id") == here["digital_id"] else it
        for it in FILLED["gap_analysis"]
    ]
    fill(project, {**FILLED, "digital_tracks": [*others, here], "gap_analysis": gaps})
    settings = read_settings({"MUSICTOOL_DATA_DIR": str(project.data)}, project.folder)
    videos = ("Cid - Third Waltz", "Bob - Second Waltz", "<img src=x onerror=alert(1)> **bold**")
    cache(settings, *(listed(f"aaaaaaaaaa{n}", title) for n, title in enumerate(videos)))
    return project


@pytest.fixture(scope="module")
def address(project: Project) -> Iterator[str]:
    url = f"http://127.0.0.1:{free_port()}"

    def answers() -> bool:
        try:
            return requests.get(f"{url}/_stcore/health", timeout=5).ok
        except requests.RequestException:
            return False

    with project.running("dashboard", "--port", url.rpartition(":")[2]):
        wait_until(answers, "the dashboard answers")
        yield url


def test_a_track_is_heard_and_decided_with_the_keys(
    address: str, project: Project, tmp_path: Path
) -> None:
    assert BROWSER
    decisions = project.data / "match_overrides.csv"
    with open_browser(BROWSER, tmp_path / "browser") as tab:
        tab.resize(1400, 1000)
        tab.go(f"{address}/review")
        tab.wait_for_text("Third Waltz")
        press(tab, "p", f"!!{AUDIO}")
        tab.wait_for(f"{AUDIO}.currentTime > 0.2 && {AUDIO}.duration === 60")
        assert tab.ask(f"{AUDIO}.currentTime < 20")
        press(tab, "m", f"{AUDIO}.src.endsWith('#t=30')")
        tab.wait_for(f"{AUDIO}.currentTime > 30.2 && !{AUDIO}.paused")
        tab.picture(tmp_path / "playing.png")
        assert_nothing_from_elsewhere(tab)
        press(tab, "p", f"!{AUDIO}")
        press(tab, "n", _shows("Decided last"))
        assert decisions.read_text().splitlines()[1].startswith("2,3,not,")
        press(tab, "u", lambda: len(decisions.read_text().splitlines()) == 1)
        tab.wait_for(f"!{_shows('Decided last')}")
        press(tab, "l", _shows("On the record\\nFourth Waltz"))
        assert_nothing_from_elsewhere(tab)


def press(tab: Tab, key: str, until: str | Callable[[], bool]) -> None:
    """A key, as often as a person would press it until the page or the disk shows it: the page
    hears none before its buttons are all there."""
    tab.wait_for_text(FOOT)
    for _ in range(5):
        tab.wait_for(IDLE)
        tab.press(key)
        patience = time.monotonic() + 8
        while time.monotonic() < patience:
            if tab.ask(until) if isinstance(until, str) else until():
                return
            time.sleep(0.1)
    raise AssertionError(f"{key} did not bring {until}: {tab.text()}")


def _shows(text: str) -> str:
    return f"document.body.innerText.includes('{text}')"


def assert_nothing_from_elsewhere(tab: Tab) -> None:
    """The videos are buttons, and their titles are text."""
    assert tab.elsewhere == []
    assert tab.frames() == []
    assert tab.ask("document.querySelectorAll('iframe, [onerror]').length") == 0


def test_a_video_is_asked_for_only_after_a_click(address: str, tmp_path: Path) -> None:
    assert BROWSER
    # No name is found, so that no test asks YouTube.
    nowhere = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    with open_browser(BROWSER, tmp_path / "browser", nowhere) as tab:
        tab.resize(390, 844)
        tab.go(f"{address}/review")
        tab.wait_for_text("Third Waltz")
        for text in ("Same version", "Watch", FOOT):
            tab.wait_for_text(text)
        assert_nothing_from_elsewhere(tab)
        shown = tab.text()
        # The two sides are compared: on a telephone, too, nothing stands between them.
        assert shown.index("On the record") < shown.index("Same version") < shown.index("Watch")
        press(tab, "v", "!!document.querySelector('iframe')")
        wait_until(lambda: bool(tab.ask("1") and tab.elsewhere), "the video is asked for")
        assert {it.split("/")[2] for it in tab.elsewhere} == {"www.youtube-nocookie.com"}
