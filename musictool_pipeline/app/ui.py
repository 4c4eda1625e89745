"""`musictool ui`: Dagster's web UI on this project, with the instance that all commands use."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from musictool_pipeline.app.check import require_nightly_time
from musictool_pipeline.app.home import beginning_of, prepare_dagster_home, prepare_home
from musictool_pipeline.app.server_process import serve
from musictool_pipeline.app.shown_collection import demo_to_show, words_for
from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.app.web_address import WebAddress
from musictool_pipeline.demo.environment import demo_environment, latest_demo
from musictool_pipeline.errors import MusicToolError, StorageError
from musictool_pipeline.settings import Places, Settings


def ui(settings: Settings, terminal: Terminal, *, host: str, port: int, demo: bool) -> int:
    """Runs `dagster dev`, behind the guard, until it is ended; shows the demo's data with `demo`,
    and also where there is no collection yet but the demo was run.

    Raises MusicToolError if nothing can listen at that address.
    """
    address = WebAddress(host, port)
    address.make_sure_it_is_free("Dagster's UI", "musictool ui")
    environment = environment_to_show(settings, terminal, demo=demo)
    require_nightly_time(settings)
    prepare_home(settings)
    _require_a_place(settings, environment)
    others_can = "start and stop runs, switch schedules, and wipe the history"
    address.say(terminal, "Dagster's UI", others_can)
    command = [
        sys.executable,
        "-m",
        "musictool_pipeline.app.dagster_dev",
        "-h",
        host,
        "-p",
        str(port),
    ]
    folder = settings.root
    if _is_of_the_demo(environment, settings):
        # Dagster loads the `.env` of the folder that it runs in over the environment, and chooses
        # its instance by it. There is none in the demo's own folder.
        folder = Path(environment["DAGSTER_HOME"])
        command += ["-w", str(beginning_of("workspace.yaml"))]
    elif settings.dagster_home:
        prepare_dagster_home(settings.dagster_home)
    return serve(command, folder, address.named(environment, settings))


def _is_of_the_demo(environment: Mapping[str, str], settings: Settings) -> bool:
    return environment.get("MUSICTOOL_DATA_DIR") == str(latest_demo(settings.data_dir))


def _require_a_place(places: Places, environment: Mapping[str, str]) -> None:
    """Raises StorageError if Dagster could not keep its records: without a home of its own it makes
    a folder in the one that it starts in."""
    if not environment.get("DAGSTER_HOME") and not os.access(places.root, os.W_OK):
        raise StorageError(
            f"Dagster's UI cannot be opened: the folder {places.root} cannot be written to",
            "Correct its permissions, or set DAGSTER_HOME to a folder of yours.",
        )


def environment_to_show(settings: Settings, terminal: Terminal, *, demo: bool) -> dict[str, str]:
    """The environment for a program that shows a collection: one's own, or, with `demo` and also
    where there is none of one's own yet, the demo's.

    Raises MusicToolError where the demo is asked for and was never run.
    """
    environment = dict(os.environ)
    folder = latest_demo(settings.data_dir)
    if demo and not (folder / "musictool.duckdb").exists():
        raise MusicToolError("The demo was not run yet.", "Run `musictool demo`.")
    if demo or demo_to_show(settings):
        terminal.say(words_for(folder))
        environment.update(demo_environment(folder))
    return environment
