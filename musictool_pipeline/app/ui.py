"""`musictool ui`: Dagster's web UI on this project, with the instance that all commands use."""

from __future__ import annotations

import os
import subprocess
import sys

from musictool_pipeline.app.terminal import Terminal, complain
from musictool_pipeline.demo.environment import demo_environment, demo_folder
from musictool_pipeline.errors import EXIT_USAGE
from musictool_pipeline.settings import Settings


def ui(settings: Settings, terminal: Terminal, *, port: int, demo: bool) -> int:
    """Runs `dagster dev` until it is ended; shows the demo's data with `demo`, and also where
    there is no collection yet but the demo was run."""
    environment = dict(os.environ)
    own = (
        settings.database.exists()
        or settings.collection_csv
        or settings.live_user
        or any(settings.data_dir.glob("*.[cC][sS][vV]"))
    )
    folder = demo_folder(settings.data_dir)
    shown = (folder / "musictool.duckdb").exists()
    if demo and not shown:
        complain("The demo was not run yet: `make demo` does it.")
        return EXIT_USAGE
    if demo or (not own and shown):
        terminal.say(f"Showing the demo's collection in {folder}")
        environment.update(demo_environment(folder))
    terminal.say(f"Dagster's UI: http://127.0.0.1:{port} (Ctrl-C ends it)")
    command = [sys.executable, "-m", "dagster", "dev", "-h", "127.0.0.1", "-p", str(port)]
    try:
        return subprocess.run(command, cwd=settings.root, env=environment, check=False).returncode
    except KeyboardInterrupt:
        return 0
