"""Chromium without a window, for tests and pictures of what a visitor sees.

What belongs here: starting it, and the few things that tests do in it, over its own debugging
protocol, so that no further package is needed. What is expected of a page stands with its tests.
"""

from __future__ import annotations

import base64
import itertools
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import requests
from websockets.sync.client import ClientConnection, connect

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 60.0

_AT_REST = """
!document.querySelector("[data-stale=true]") && document.getAnimations().every(
    each => each.playState !== "running" || each.effect.getComputedTiming().endTime === Infinity
)"""
"""True if nothing fades or moves, but for what always does, and nothing waits for the page to be
made again: a text that is half faded has less contrast, and on a busy machine it is measured so."""

_BARRIERS = """
axe.run(document, {resultTypes: ["violations"]}).then(found => found.violations
    .filter(rule => ["serious", "critical"].includes(rule.impact))
    .flatMap(rule => rule.nodes.map(node =>
        `${rule.id}: ${node.target.join(" ")}: ${node.html.slice(0, 160)}: ${node.failureSummary}`
    )))
"""


def find_browser() -> str | None:
    """Chromium's path, None where there is none."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


class Tab:
    """A page in the browser; what it asks JavaScript is evaluated in it."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._numbers = itertools.count(1)
        self.elsewhere: list[str] = []
        """Addresses that were asked for and are not on this machine."""
        for domain in ("Page", "Runtime", "Network"):
            self._send(f"{domain}.enable")

    def resize(self, width: int, height: int) -> None:
        """The window's size, in pixels."""
        self._send(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip

    def go(self, url: str) -> None:
        """Opens an address."""
        self._send("Page.navigate", url=url)

    def frames(self) -> list[str]:
        """The addresses of what the page shows in frames; one that was refused has none of its
        own."""
        tree = self._send("Page.getFrameTree")["frameTree"]
        return [child["frame"]["url"] for child in tree.get("childFrames", [])]

    def prefer(self, scheme: str) -> None:
        """What the visitor's system asks for: `light` or `dark`."""
        wanted = [{"name": "prefers-color-scheme", "value": scheme}]
        self._send("Emulation.setEmulatedMedia", features=wanted)

    def click_at(self, x: float, y: float) -> None:
        """A click on a place of the window, for what is drawn on a canvas."""
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self._send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def ask(self, script: str) -> Any:
        """The value of an expression, or what it promises."""
        answer = self._send(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        return answer.get("result", {}).get("value")

    def barriers(self) -> list[str]:
        """What axe calls a serious or critical barrier on this page: rule, element, what is
        wrong."""
        axe = resources.files("axe_core_python") / "axe.min.js"
        self.ask(axe.read_text(encoding="utf-8"))
        while True:
            self.wait_for(_AT_REST)
            found = self.ask(_BARRIERS)
            if not found or self.ask(_AT_REST):
                return found

    def wait_for(self, script: str) -> Any:
        """Waits until an expression is true, and gives its value."""
        until = time.monotonic() + PATIENCE
        while not (value := self.ask(script)):
            assert time.monotonic() < until, f"waited in vain for {script}: {self.text()[:2000]}"
            time.sleep(0.1)
        return value

    def wait_for_text(self, text: str) -> None:
        """Waits until the page shows a text."""
        self.wait_for(f"document.body.innerText.includes({json.dumps(text)})")

    def click(self, label: str, selector: str = "button, a") -> None:
        """Clicks on what bears exactly this label; the key of a button stands below it."""
        found = (
            f"[...document.querySelectorAll({json.dumps(selector)})]"
            f".find(each => each.innerText.trim().split('\\n')[0] === {json.dumps(label)})"
        )
        self.wait_for(f"!!{found}")
        self.ask(f"{found}.click()")

    def press(self, key: str) -> None:
        """A letter, a digit, `Tab` or `Escape`, as a person presses it: a script's click may start
        no sound."""
        number = {"Tab": 9, "Escape": 27}.get(key) or ord(key.upper())
        named = f"Key{key.upper()}" if key.isalpha() else f"Digit{key}"
        is_written = len(key) == 1
        pressed = {
            "key": key, "code": named if is_written else key, "windowsVirtualKeyCode": number,
        }  # fmt: skip
        written = {"text": key} if is_written else {}
        self._send("Input.dispatchKeyEvent", type="keyDown", **written, **pressed)
        self._send("Input.dispatchKeyEvent", type="keyUp", **pressed)

    def text(self) -> str:
        """What the page shows."""
        return self.ask("document.body.innerText") or ""

    def picture(self, path: Path) -> None:
        """What the page looks like, as a PNG."""
        path.write_bytes(base64.b64decode(self._send("Page.captureScreenshot")["data"]))

    def _send(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            said = json.loads(self._connection.recv(PATIENCE))
            if said.get("method") == "Network.requestWillBeSent":
                self._note(said["params"]["request"]["url"])
            if said.get("id") == number:
                # The page that was asked is gone, and with it the answer; the next one has its own.
                if "navigated or closed" in said.get("error", {}).get("message", ""):
                    return {}
                assert "error" not in said, said
                return said["result"]

    def _note(self, url: str) -> None:
        if not url.startswith(("http://127.0.0.1", "data:", "blob:")):
            self.elsewhere.append(url)


@contextmanager
def open_browser(browser: str, profile: Path, *flags: str) -> Iterator[Tab]:
    """A tab of a browser that ends with the block; `profile` is the folder for what it keeps,
    `flags` are the browser's own."""
    kept = f"--user-data-dir={profile}"
    process = subprocess.Popen(
        [browser, *QUIET, *flags, kept, "--remote-debugging-port=0", "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        # What a page does while nobody asks it anything fills the queue after 16 events, and no
        # answer to a ping is read behind those: after 40 s the connection was taken for dead.
        with connect(_address(process, profile), max_size=None, ping_interval=None) as connection:
            yield Tab(connection)
    finally:
        process.terminate()
        process.wait(30)


def _address(process: subprocess.Popen[bytes], profile: Path) -> str:
    until = time.monotonic() + PATIENCE
    noted = profile / "DevToolsActivePort"
    while not (noted.exists() and noted.read_text().count("\n")):
        assert process.poll() is None, "Chromium did not start"
        assert time.monotonic() < until, "Chromium did not say where it listens"
        time.sleep(0.1)
    port = noted.read_text().split()[0]
    tabs = requests.get(f"http://127.0.0.1:{port}/json/list", timeout=30).json()
    return next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
