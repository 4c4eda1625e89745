"""The digital libraries, as `musictool init` asks for them: found, typed, pasted, dragged, removed.

What belongs here: the questions. Where programs keep their libraries is known to `libraries`, what
surrounds a path that is dragged into a terminal to `typed_path`.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

from musictool_pipeline.app.terminal import CROSS, NOTE, TICK, Terminal
from musictool_pipeline.app.typed_path import typed_paths
from musictool_pipeline.errors import MusicToolError
from musictool_pipeline.libraries.errors import LibraryError
from musictool_pipeline.libraries.folder import holds_audio
from musictool_pipeline.libraries.formats import FOLDER
from musictool_pipeline.libraries.reading import each_once
from musictool_pipeline.libraries.recognise import libraries_at

Keep = Callable[[Sequence[Path]], None]


def ask_libraries(
    terminal: Terminal, already: Sequence[Path], found: Sequence[Path], keep: Keep
) -> None:
    """Offers what was `found`, then takes more, or takes some away, until Enter. `keep` gets all
    libraries after each answer that changes them; those that are set `already` come first."""
    chosen = list(already)
    if not found and not already:
        terminal.mark(NOTE, "No digital library found in the usual places")
    for path in found:
        if _is_new(path, chosen) and terminal.agrees(f"Compare with the library {path}?"):
            chosen.append(path)
            keep(chosen)
    _list(terminal, chosen)
    while answer := terminal.ask(_question(chosen)).strip():
        if _change(terminal, chosen, answer):
            keep(chosen)
            _list(terminal, chosen)


def _list(terminal: Terminal, chosen: Sequence[Path]) -> None:
    for number, path in enumerate(chosen, start=1):
        terminal.say(f"  {number}  {path}")


def _question(chosen: Sequence[Path]) -> str:
    if not chosen:
        return "Type or drag a library, or a folder with music, here (Enter: none): "
    return "Another library, or a number to remove one (Enter: done): "


def _change(terminal: Terminal, chosen: list[Path], answer: str) -> bool:
    """Adds or removes what the answer names. False, with a message, if that changes nothing."""
    if answer.isascii() and answer.isdigit() and not os.path.exists(answer):  # noqa: PTH110
        if not 0 < int(answer) <= len(chosen):
            terminal.mark(CROSS, f"There is no library {answer} in the list")
            return False
        removed = chosen.pop(int(answer) - 1)
        terminal.mark(TICK, f"No longer compared with: {removed}")
        return True
    changed = False
    for path in typed_paths(answer):
        if not _is_library(terminal, path):
            continue
        if _is_new(path, chosen):
            chosen.append(path)
            changed = True
        else:
            terminal.mark(NOTE, "It is in the list already")
    return changed


def _is_new(path: Path, chosen: Sequence[Path]) -> bool:
    """False if one of the chosen leads to all of it: the file, say, or the folder that it is in."""
    return path in each_once([*chosen, path]) and path not in chosen


def _is_library(terminal: Terminal, path: Path) -> bool:
    """True if it can be set; says what it is, or why it cannot."""
    # The setting holds several paths, with this sign between them, on one line.
    kinds_of_sign = {unicodedata.category(sign) for sign in str(path)}
    if os.pathsep in str(path) or kinds_of_sign & {"Cc", "Cs", "Zl", "Zp"}:
        terminal.mark(
            CROSS,
            f"{path} cannot be a setting: its name holds {os.pathsep!r} or a control character",
            "Rename it, or give a folder above it.",
        )
        return False
    try:
        formats = [format for format, _ in libraries_at(path)]
        is_empty = formats == [FOLDER] and not holds_audio(path)
    except LibraryError as error:
        missing = not os.path.exists(path)  # noqa: PTH110
        said = f"Nothing is at {path}" if missing else str(error)
        terminal.mark(CROSS, said, "Give another, or press Enter." if missing else error.remedy)
        return False
    except (MusicToolError, OSError) as error:
        terminal.mark(CROSS, f"{path} cannot be read: {error}")
        return False
    kinds = " and ".join(dict.fromkeys(format.words for format in formats))
    remark = "; there is no music in it yet" if is_empty else ""
    terminal.mark(NOTE if is_empty else TICK, f"{path} ({kinds}){remark}")
    return True
