"""`musictool dashboard`: the collection in a browser.

What belongs here: starting the web server, and saying what to do where it cannot start. The server
and the pages have modules of their own beside this one; they are loaded by the server alone, so
that the command line does without Streamlit.
"""

from __future__ import annotations

import importlib.util
import sys

from musictool_pipeline.app.home import prepare_home
from musictool_pipeline.app.server_process import serve
from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.app.ui import environment_to_show
from musictool_pipeline.app.web_address import WebAddress
from musictool_pipeline.errors import MusicToolError
from musictool_pipeline.settings import Settings, is_checkout


def dashboard(settings: Settings, terminal: Terminal, *, host: str, port: int, demo: bool) -> int:
    """Runs the dashboard until it is ended; shows the demo's collection where `musictool ui` would.

    Raises MusicToolError where Streamlit is missing or the address is not to be had.
    """
    if importlib.util.find_spec("streamlit") is None:
        raise MusicToolError(
            "The dashboard needs Streamlit, which is not installed.",
            "Run `make dashboard`, which installs it."
            if is_checkout()
            else "Install `musictool-pipeline[dashboard]` where `musictool-pipeline` is installed.",
        )
    address = WebAddress(host, port)
    address.make_sure_it_is_free("The dashboard", "musictool dashboard")
    environment = environment_to_show(settings, terminal, demo=demo)
    prepare_home(settings)
    address.say(terminal, "The dashboard", "listen to your files and decide on matches")
    command = [sys.executable, "-m", "musictool_pipeline.app.dashboard.server"]
    return serve(
        [*command, "--host", host, "--port", str(port)],
        settings.root,
        address.named(environment, settings),
    )
