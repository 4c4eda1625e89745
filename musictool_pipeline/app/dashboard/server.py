"""The dashboard's web server: Streamlit behind the guard, with this folder's configuration alone.

What belongs here: how Streamlit is started. It is a process of its own, `python -m` this module,
and `musictool dashboard` starts it.
"""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path

from starlette.middleware import Middleware
from streamlit import config
from streamlit.web.server.starlette import App

from musictool_pipeline.app.dashboard.listening import ROUTE
from musictool_pipeline.app.guard import Guard
from musictool_pipeline.settings import read_settings

_HERE = Path(__file__).parent
ENTRY = _HERE / "entry.py"


def main() -> None:
    """Runs the server until it is ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    where = parser.parse_args()
    # Streamlit would read the user's and the current folder's configuration too, and follow every
    # change of theirs. One line there gives all pages of the world access to this one.
    config.get_config_files = _own_files
    guard = Middleware(Guard, read_settings().public_origins)
    app = App(ENTRY, routes=[ROUTE], middleware=[guard])
    with contextlib.suppress(KeyboardInterrupt):
        app.run(config={"server.address": where.host, "server.port": where.port})


def _own_files(name: str) -> list[str]:
    return [str(_HERE / ".streamlit" / name)]


if __name__ == "__main__":
    main()
