"""A path as a person enters it: typed, pasted, or dragged into the terminal.

What belongs here: taking off what a terminal or a file manager puts around a path. Whether there is
anything at the path is asked by the command that needs it.
"""

from __future__ import annotations

import os
import shlex
from contextlib import suppress
from pathlib import Path

from musictool_pipeline.libraries.file_url import path_from_url

# What a text editor or a chat makes of straight quotes.
_CURLY = {"“": "”", "„": "“”", "‘": "’", "‚": "‘’", "«": "»"}  # noqa: RUF001


def typed_paths(text: str, *, escapes: bool = os.name == "posix") -> list[Path]:
    """The absolute paths that a line of input gives, in its order; several only if each of them is
    there. `escapes`: a backslash may stand before a blank; on Windows it is part of the path."""
    line = text.strip()
    if not line:
        return []
    words = [line] if os.path.exists(_path(line)) else _words(line, escapes)  # noqa: PTH110
    paths = [_path(word) for word in words]
    if len(paths) > 1 and not all(map(os.path.exists, paths)):
        # One path that holds blanks, as somebody types it.
        return [_path(line)]
    return paths


def _words(line: str, escapes: bool) -> list[str]:
    if line[-1] in _CURLY.get(line[0], ""):
        return [line[1:-1].strip()]
    if line.casefold().startswith("file:"):
        return [path_from_url(url) or url for url in line.split()]
    if not escapes:
        quoted = line.removeprefix("& ")  # as PowerShell writes a file that is dragged into it
        return [quoted[1:-1] if quoted[0] in "'\"" and quoted[-1] == quoted[0] else quoted]
    with suppress(ValueError):  # an apostrophe that closes nothing
        return [path_from_url(word) or word for word in shlex.split(line) if word]
    return [line]


def _path(text: str) -> Path:
    path = Path(text)
    with suppress(RuntimeError):  # the home of an unknown user
        path = path.expanduser()
    return Path.cwd() / path
