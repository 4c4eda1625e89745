"""`musictool ui --demo` beside a full `.env`: a run from the pages works on the demo alone.

On a copy of the package, whose root has an `.env` of its own.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import requests

from musictool_pipeline.settings import PROJECT_ROOT, SETTING_NAMES
from musictool_pipeline_tests.app.conftest import LIMIT, SAMPLE, listing
from musictool_pipeline_tests.running_dev import LAUNCH_JOB, Dev, wait_for
from musictool_pipeline_tests.stand_in.server import StandIn

pytestmark = pytest.mark.slow

SELECTOR = {
    "repositoryLocationName": "musictool_pipeline",
    "repositoryName": "__repository__",
    "pipelineName": "refresh",
}


def test_a_run_from_the_demos_pages_keeps_to_the_demo(tmp_path: Path) -> None:
    root, own, own_dagster = (tmp_path / name for name in ("root", "own", "own-dagster"))
    for folder in (root, own, own_dagster, tmp_path / "home"):
        folder.mkdir()
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(
        PROJECT_ROOT / "musictool_pipeline", root / "musictool_pipeline", ignore=ignored
    )
    for name in ("pyproject.toml", "workspace.yaml", "dagster.yaml"):
        shutil.copy(PROJECT_ROOT / name, root)
    environment = {
        **{name: value for name, value in os.environ.items() if name not in SETTING_NAMES},
        "PYTHONPATH": str(root),
        "HOME": str(tmp_path / "home"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    python = [sys.executable, "-m"]
    with StandIn(SAMPLE.answers.get, limit=LIMIT) as elsewhere:
        (root / ".env").write_text(
            f"DISCOGS_API_KEY=kTokenOfTheFile\n"
            f"DISCOGS_USERNAME=me\n"
            f"DISCOGS_API_URL={elsewhere.url}\n"
            f"MUSICTOOL_DATA_DIR={own}\n"
            f"MUSICTOOL_LOGS_DIR={own}/logs\n"
            f"DAGSTER_HOME={own_dagster}\n"
        )
        subprocess.run(
            [*python, "musictool_pipeline.demo"],
            cwd=root, env=environment, check=True, capture_output=True, timeout=300,
        )  # fmt: skip
        demo = own / "demo"
        # So there is one to ask for: at the demo's address, where nobody answers any more.
        missing = sorted((demo / "cache").glob("*.json"))[0]
        missing.unlink()
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        own_before = [path for path in listing(own) if not path.startswith("demo")]
        pages = subprocess.Popen(
            [*python, "musictool_pipeline.app.cli", "ui", "--demo", "--port", str(port)],
            cwd=root, env=environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            dev = Dev(f"http://127.0.0.1:{port}", demo, elsewhere)

            def is_up() -> bool:
                assert pages.poll() is None
                with suppress(requests.RequestException):
                    return requests.get(f"{dev.url}/server_info", timeout=5).ok
                return False

            wait_for(is_up, 180)
            # The runs of the demo's own instance: it was refreshed once.
            assert [run["status"] for run in dev.runs()] == ["SUCCESS"]
            params = {"selector": SELECTOR, "mode": "default", "runConfigData": {}}
            answer = dev.ask(LAUNCH_JOB, params=params)["launchPipelineExecution"]
            assert answer["__typename"] == "LaunchRunSuccess", answer
            run_id = answer["run"]["runId"]
            assert dev.end_of_run(run_id) == "SUCCESS"
        finally:
            pages.terminate()
            pages.wait(60)
        assert f'"{run_id}"' in (demo / "progress.json").read_text()
        assert not missing.exists()
        assert elsewhere.arrived == 0
        assert [path for path in listing(own) if not path.startswith("demo")] == own_before
        assert list(own_dagster.iterdir()) == []
        assert list((tmp_path / "home").iterdir()) == []
