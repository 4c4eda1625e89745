"""`make pictures`: the pictures of the README and the docs, made from the demo.

What belongs here: running the demo in a folder of its own, opening Dagster's UI on it in headless
Chromium, and keeping what it shows. Chromium has to be there; nothing is downloaded.

    python -m musictool_pipeline_tests.pictures [docs/pictures]
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests

from musictool_pipeline.demo.environment import demo_environment, demo_folder
from musictool_pipeline.settings import PROJECT_ROOT

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
RELEASE = "900000004"


def main() -> int:
    """Makes the pictures; 2 where there is no Chromium."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT_ROOT / "docs" / "pictures"
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print("No Chromium found: install it, then run `make pictures` again.", file=sys.stderr)
        return 2
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="musictool-pictures-") as folder:
        data = Path(folder)
        environment = {**os.environ, "MUSICTOOL_DATA_DIR": str(data)}
        subprocess.run(
            [sys.executable, "-m", "musictool_pipeline.demo"], env=environment, check=True
        )
        environment.update(demo_environment(demo_folder(data)))
        _photograph(browser, environment, target, data)
    return 0


def _photograph(browser: str, environment: dict[str, str], target: Path, scratch: Path) -> None:
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "dagster", "dev", "-h", "127.0.0.1", "-p", str(port)]
    with (scratch / "dev.log").open("wb") as log:
        server = subprocess.Popen(
            command,
            cwd=PROJECT_ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_for(url)
        for name, page, size in (
            ("graph", "/assets/gap_analysis?view=lineage&lineageDepth=6", "1500,700"),
            (
                "partitions",
                "/assets/discogs_tracklists?view=partitions&partition=" + RELEASE,
                "1400,900",
            ),
        ):
            subprocess.run(
                [
                    browser,
                    *QUIET,
                    f"--user-data-dir={scratch / 'browser'}",
                    f"--window-size={size}",
                    "--virtual-time-budget=20000",
                    f"--screenshot={target / f'{name}.png'}",
                    url + page,
                ],
                check=True,
                capture_output=True,
                timeout=120,
            )
            print(target / f"{name}.png")
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


def _wait_for(url: str) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            if requests.get(f"{url}/server_info", timeout=5).ok:
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
