"""`musictool dashboard`: the collection in a browser.

What belongs here: starting the web server, and saying what to do where it cannot start. The pages
stand in modules of their own beside this one; they are loaded by the server alone, so that the
command line does without Streamlit.
"""

from __future__ import annotations

import importlib.util
import os
import socket
import sys
from ipaddress import ip_address
from pathlib import Path

from musictool_pipeline.app.server_process import serve
from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.app.ui import environment_to_show
from musictool_pipeline.errors import MusicToolError
from musictool_pipeline.settings import Settings

HERE_ONLY = "127.0.0.1"
ENTRY = Path(__file__).with_name("entry.py")


def dashboard(settings: Settings, terminal: Terminal, *, host: str, port: int, demo: bool) -> int:
    """Runs the dashboard until it is ended; shows the demo's collection where `musictool ui` would.

    Raises MusicToolError where Streamlit is missing or the address is not to be had.
    """
    if importlib.util.find_spec("streamlit") is None:
        raise MusicToolError(
            "The dashboard needs Streamlit, which is not installed.",
            "`make dashboard` installs it, or in an environment of your own: "
            "pip install -r requirements-dashboard.txt",
        )
    _look_at(host, port)
    environment = environment_to_show(settings, terminal, demo=demo)
    shown = f"[{host}]" if ":" in host else host
    terminal.say(f"The dashboard: http://{shown}:{port} (Ctrl-C ends it)")
    if not _is_here_only(host):
        terminal.say(
            "It has no password: whoever can reach this address sees your collection, and can "
            "decide on matches."
        )
    return serve(_command(host, port), settings.root, environment)


def _command(host: str, port: int) -> list[str]:
    # What the user's own Streamlit settings might turn round is said here as well.
    options = {
        "server.address": host,
        "server.port": str(port),
        "server.headless": "true",
        "server.showEmailPrompt": "false",
        "browser.gatherUsageStats": "false",
        "logger.hideWelcomeMessage": "true",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "streamlit", "run", str(ENTRY), *flags]


def _look_at(host: str, port: int) -> None:
    """Streamlit, where the port is taken, says so to nobody in particular and ends with 1."""
    try:
        (family, kind, protocol, _, address), *_ = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        with socket.socket(family, kind, protocol) as probe:
            if os.name == "posix":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, OverflowError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise MusicToolError(
            f"The dashboard cannot be opened at {host}, port {port}: {reason}.",
            "If it is open already, look there; else try another port: "
            f"`musictool dashboard --port {port + 1 if port < 65535 else 8501}`.",
        ) from error


def _is_here_only(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
