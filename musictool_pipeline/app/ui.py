"""`musictool ui`: Dagster's web UI on this project, with the instance that all commands use."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from musictool_pipeline.app.prerequisites import require_nightly_time
from musictool_pipeline.app.server_process import serve
from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.demo.environment import demo_environment, demo_folder
from musictool_pipeline.errors import MusicToolError, StorageError
from musictool_pipeline.settings import Settings


def ui(settings: Settings, terminal: Terminal, *, port: int, demo: bool) -> int:
    """Runs `dagster dev` until it is ended; shows the demo's data with `demo`, and also where
    there is no collection yet but the demo was run."""
    environment = environment_to_show(settings, terminal, demo=demo)
    require_nightly_time(settings)
    _require_a_place(settings, environment)
    terminal.say(f"Dagster's UI: http://127.0.0.1:{port} (Ctrl-C ends it)")
    command = [sys.executable, "-m", "dagster", "dev", "-h", "127.0.0.1", "-p", str(port)]
    return serve(command, settings.root, environment)


def _require_a_place(settings: Settings, environment: Mapping[str, str]) -> None:
    """Raises StorageError if Dagster could not keep its records: without a home of its own it makes
    a folder in the one that it starts in."""
    if not environment.get("DAGSTER_HOME") and not os.access(settings.root, os.W_OK):
        raise StorageError(
            f"Dagster's UI cannot be opened: the folder {settings.root} cannot be written to",
            "Correct its permissions, or set DAGSTER_HOME to a folder of yours.",
        )


def environment_to_show(settings: Settings, terminal: Terminal, *, demo: bool) -> dict[str, str]:
    """The environment for a program that shows a collection: one's own, or, with `demo` and also
    where there is none of one's own yet, the demo's.

    Raises MusicToolError where the demo is asked for and was never run.
    """
    environment = dict(os.environ)
    own = (
        settings.database.exists()
        or settings.collection_csv
        or settings.live_user
        or any(settings.data_dir.glob("*.[cC][sS][vV]"))
    )
    folder = demo_folder(settings.data_dir)
    was_run = (folder / "musictool.duckdb").exists()
    if demo and not was_run:
        raise MusicToolError("The demo was not run yet.", "`make demo` does it.")
    if demo or (not own and was_run):
        terminal.say(f"Showing the demo's collection in {folder}")
        environment.update(demo_environment(folder))
    return environment
