"""Opening an audio file in the player that the system has for it.

What belongs here: which files are opened, and with what. The dashboard plays files itself: see
`dashboard.listening`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from musictool_pipeline.errors import MusicToolError


def open_in_player(path: str | None) -> str:
    """Opens the file that a library names by this path, and says so.

    Raises MusicToolError if the file is not there or is no audio, or if nothing here opens it. A
    path in a library is text from outside: only audio is opened, never a program or a page.
    """
    from musictool_pipeline.libraries.folder import AUDIO_TYPES

    if not path:
        raise MusicToolError("The library does not say where the file is.", "Decide without it.")
    named = Path(path)
    # A link must lead to audio, too: its own name says nothing of what it leads to.
    file = Path(os.path.realpath(named))
    if not named.is_absolute() or not file.is_file():
        raise MusicToolError(
            f"{path} is not there.", "Connect its disk, or decide where the file is."
        )
    if file.suffix.lower().removeprefix(".") not in AUDIO_TYPES:
        raise MusicToolError(f"{path} is no audio file.", "It was not opened.")
    if not _open(file):
        raise MusicToolError(
            "No player can be started from this terminal.", f"Open the file yourself: {path}"
        )
    return f"Opened in your player: {path}"


def _open(file: Path) -> bool:
    """True if something was started that opens it."""
    if sys.platform == "win32":
        system: Any = os
        system.startfile(file)
        return True
    command = "open" if sys.platform == "darwin" else "xdg-open"
    # Without a desktop xdg-open looks for a browser that takes the terminal.
    has_desktop = sys.platform == "darwin" or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    program = shutil.which(command)
    if not (program and has_desktop):
        return False
    nothing = subprocess.DEVNULL
    # In a session of its own: Ctrl-C ends the review, not the player.
    subprocess.Popen(
        [program, str(file)], stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True
    )
    return True
