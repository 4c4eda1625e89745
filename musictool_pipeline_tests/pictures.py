"""`make pictures`: the pictures of the README and the docs, made from the demo.

What belongs here: running the demo in a folder of its own, opening Dagster's UI, the dashboard, the
report and a terminal's text in headless Chromium, and keeping what it shows. Chromium has to be
there; nothing is downloaded.

    python -m musictool_pipeline_tests.pictures [docs/pictures]
"""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import requests
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from musictool_pipeline.demo.environment import demo_environment, demo_folder
from musictool_pipeline.demo.sample import LIBRARY_NAME
from musictool_pipeline.settings import PROJECT_ROOT
from musictool_pipeline_tests.browser import Tab, find_browser, open_browser
from musictool_pipeline_tests.ripped_side import rip

RELEASE = "900000004"
PATIENCE = 120.0
COLUMNS = 100
PHONE = 390, 844

RIPPED = "900000011"
"""The record that is ripped: all its tracks are missing."""

Commands = tuple[tuple[str, ...], ...]

TERMINALS: dict[str, Commands] = {
    "terminal": (
        ("status",),
        ("gaps", "--folder", "Jazz", "--limit", "3"),
        ("explain", "900000001", "A1"),
    ),
    "crate": (("crate", "--from", "900000002", "A1"),),
    "rip": (("rip", "--folder", "Jazz", "--limit", "2"), ("rip", RIPPED)),
}
"""What the pictures of the terminal show."""

AFTER_RIPPING: Commands = (
    ("explain", RIPPED, "A1"),
    ("rip", "--folder", "Jazz", "--limit", "2"),
)
"""What is seen of that record after the refresh that finds its files."""

NOTHING_TO_COME = "!document.querySelector('[data-testid$=Skeleton]')"
"""True of a page of Streamlit's on which each part has come that left a grey place until then."""

TERMINAL = """
<!DOCTYPE html><html><head><meta charset="utf-8"><style>{stylesheet}
body {{ margin: 0; background: #1b1a18; color: #e8e4da; }}
pre {{ margin: 0; padding: 24px 28px; font: 15px/1.45 "DejaVu Sans Mono", monospace; }}
</style></head><body><pre>{code}</pre></body></html>
"""


def main() -> int:
    """Makes the pictures; 2 where there is no Chromium."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT_ROOT / "docs" / "pictures"
    browser = find_browser()
    if browser is None:
        print("No Chromium found: install it, then run `make pictures` again.", file=sys.stderr)
        return 2
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="musictool-pictures-") as folder:
        data = Path(folder)
        environment = {**os.environ, "MUSICTOOL_DATA_DIR": str(data)}
        _run(environment, "musictool_pipeline.demo")
        environment.update(demo_environment(demo_folder(data)))
        with open_browser(browser, data / "browser") as tab:
            for name, commands in TERMINALS.items():
                _terminal(tab, environment, commands, data, target / f"{name}.png")
            _dashboard(tab, environment, data, target)
            _report(tab, demo_folder(data), target)
            _labels(tab, environment, demo_folder(data), target)
            _dagster(tab, environment, data, target)
            # The last one, since the collection is another one afterwards.
            _rip(environment, demo_folder(data))
            _terminal(tab, environment, AFTER_RIPPING, data, target / "ripped.png")
    return 0


def _terminal(
    tab: Tab, environment: Mapping[str, str], commands: Commands, scratch: Path, picture: Path
) -> None:
    console = Console(
        record=True,
        width=COLUMNS,
        force_terminal=True,
        color_system="truecolor",
        file=io.StringIO(),
    )
    # The command is on the path, as in an environment that is activated.
    path = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])
    environment = {**environment, "PATH": path}
    for command in commands:
        said = _run(environment, "musictool_pipeline.app.cli", *command)
        console.print(Text(f"$ musictool {' '.join(command)}", style="bold #e8a87c"))
        console.print(Text(said.replace(str(demo_folder(scratch)), "data")))
    page = scratch / "terminal.html"
    page.write_text(console.export_html(theme=MONOKAI, code_format=TERMINAL), encoding="utf-8")
    tab.resize(960, 100)
    tab.go(page.as_uri())
    tab.wait_for("document.querySelector('pre') && document.readyState === 'complete'")
    tab.resize(960, tab.ask("document.querySelector('pre').offsetHeight"))
    _keep(tab, picture)


def _dashboard(tab: Tab, environment: Mapping[str, str], scratch: Path, target: Path) -> None:
    port = _free_port()
    command = ["-m", "musictool_pipeline.app.cli", "dashboard", "--port", str(port)]
    with _serving(command, environment, scratch, f"http://127.0.0.1:{port}") as url:
        for name, page, shows, size in (
            ("gaps", "gaps", "Data provided by", (1400, 1000)),
            ("review", "review", "Same version", (1400, 1000)),
            ("phone", "review", "Same version", PHONE),
        ):
            tab.resize(*size)
            tab.go(f"{url}/{page}")
            tab.wait_for_text(shows)
            tab.wait_for(NOTHING_TO_COME)
            # A table is drawn on a canvas, and a chart is, a moment after it is there.
            time.sleep(3)
            _keep(tab, target / f"{name}.png")


def _report(tab: Tab, folder: Path, target: Path) -> None:
    tab.resize(1400, 1000)
    tab.go((folder / "exports" / "musictool-report.html").as_uri())
    tab.wait_for("document.readyState === 'complete'")
    _keep(tab, target / "report.png")


def _labels(tab: Tab, environment: Mapping[str, str], folder: Path, target: Path) -> None:
    _run(environment, "musictool_pipeline.app.cli", "labels", "--folder", "Jazz")
    tab.resize(900, 800)
    tab.go((folder / "exports" / "labels.html").as_uri())
    tab.wait_for("document.title === 'Sleeve labels' && document.readyState === 'complete'")
    _keep(tab, target / "labels.png")


def _rip(environment: dict[str, str], folder: Path) -> None:
    """Rips the record: its files are in a folder of the library afterwards."""
    music = folder / "Music"
    libraries = [str(folder / LIBRARY_NAME), str(music)]
    environment["MUSICTOOL_DIGITAL_LIBRARY"] = os.pathsep.join(libraries)
    (made,) = (folder / "exports" / "rips").iterdir()
    rip(made, music)
    _run(environment, "musictool_pipeline.app.cli", "refresh")


def _dagster(tab: Tab, environment: Mapping[str, str], scratch: Path, target: Path) -> None:
    port = _free_port()
    command = ["-m", "musictool_pipeline.app.cli", "ui", "--port", str(port)]
    with _serving(command, environment, scratch, f"http://127.0.0.1:{port}") as url:
        for name, page, shows, width, height in (
            (
                "graph",
                "/assets/gap_analysis?view=lineage&lineageDepth=6",
                "collection_report",
                1700,
                860,
            ),
            (
                "partitions",
                f"/assets/discogs_tracklists?view=partitions&partition={RELEASE}",
                RELEASE,
                1400,
                900,
            ),
        ):
            tab.resize(width, height)
            tab.go(url + page)
            tab.wait_for_text(shows)
            # Numbers of runs and the last seconds of a fold come after the names.
            time.sleep(6)
            _keep(tab, target / f"{name}.png")


def _keep(tab: Tab, path: Path) -> None:
    tab.picture(path)
    print(path)


def _run(environment: Mapping[str, str], module: str, *arguments: str) -> str:
    """What a command prints; it is to end without an error."""
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=PROJECT_ROOT,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


@contextmanager
def _serving(
    command: list[str], environment: Mapping[str, str], scratch: Path, url: str
) -> Iterator[str]:
    """A server that runs while the block does; gives its address once it answers."""
    with (scratch / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, *command],
            cwd=PROJECT_ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_for(url)
        yield url
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


def _wait_for(url: str) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            if requests.get(url, timeout=5).ok:
                return
        except requests.RequestException:
            time.sleep(1)
    raise TimeoutError(f"{url} did not come up")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


if __name__ == "__main__":
    sys.exit(main())
