"""`musictool init`: the settings file and the data folder, made with the user.

What belongs here: the order of the questions, and writing `.env` so that no one else can read it.
Existing lines of `.env` stay as they are, except for the settings that are answered. The token and
the libraries are asked for in `init_token` and `init_libraries`.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from musictool_pipeline.app.home import beginning_of, prepare_home
from musictool_pipeline.app.init_libraries import ask_libraries
from musictool_pipeline.app.init_token import ask_token
from musictool_pipeline.app.terminal import NOTE, TICK, Terminal
from musictool_pipeline.app.usual_places import Computer, found_in_usual_places, this_computer
from musictool_pipeline.core.collection.export_name import newest_export
from musictool_pipeline.disk.files import (
    content_of,
    obstacle_at,
    storage_errors,
    sweep_temporaries,
    write_atomically,
)
from musictool_pipeline.errors import EXIT_DONE, StorageError
from musictool_pipeline.inputs.export_folder import list_exports
from musictool_pipeline.inputs.library_folder import libraries_in_force
from musictool_pipeline.settings import Settings

DOWNLOADS = ("Downloads", "Desktop")


def init(settings: Settings, terminal: Terminal, home: Path | None = None) -> int:
    """Makes `.env` (mode 0600) and the data folder; asks only if somebody can answer."""
    home = home or Path.home()
    with storage_errors(settings.data_dir):
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    terminal.mark(TICK, f"Data folder: {settings.data_dir}")
    prepare_home(settings)
    env_file = settings.root / ".env"
    answers: dict[str, str] = {}
    if not sys.stdin.isatty():
        terminal.mark(NOTE, "Not an interactive terminal: edit .env by hand")
    try:
        if sys.stdin.isatty():
            _ask(settings, terminal, home, answers)
    except (KeyboardInterrupt, EOFError):
        # What was answered before is kept.
        if answers:
            write_env(env_file, answers, template=beginning_of(".env.example"))
            terminal.say()
            terminal.mark(TICK, f"What you answered is in {env_file}")
        raise
    write_env(env_file, answers, template=beginning_of(".env.example"))
    terminal.mark(TICK, f"Settings: {env_file}, for your eyes only")
    terminal.say("Next: `musictool check`, then `musictool refresh`.")
    return EXIT_DONE


def write_env(path: Path, answers: Mapping[str, str], template: Path | None = None) -> None:
    """Puts `answers` into the file, and removes lines that set the same names, readable by its
    owner only; a new file begins as the template, and a link stays one. Raises StorageError."""
    with storage_errors(path):
        if what := obstacle_at(path):
            raise StorageError(f"{path} is {what}", "Move it away, then run `init` again.")
        start = path if path.exists() or template is None else template
        text = start.read_text(encoding="utf-8-sig") if start.exists() else ""
        lines = text.splitlines()
        for name, value in answers.items():
            line = f"{name}={_quoted(value)}"
            setting = re.compile(rf"\s*(export\s+)?{name}\s*=")
            places = [number for number, old in enumerate(lines) if setting.match(old)]
            if places:
                lines[places[-1]] = line
            else:
                lines.append(line)
    content = "".join(f"{line}\n" for line in lines).encode()
    path = Path(os.path.realpath(path))
    write_atomically(path, content, mode=0o600)
    sweep_temporaries(path.parent)  # the token is in them, too


def _quoted(value: str) -> str:
    if re.fullmatch(r"[\w./:@+-]+", value, re.ASCII):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _ask(settings: Settings, terminal: Terminal, home: Path, answers: dict[str, str]) -> None:
    """Puts each answer into `answers` as soon as it is given."""

    def keep_token(token: str | None) -> None:
        answers.pop("DISCOGS_API_KEY", None)
        if token:
            answers["DISCOGS_API_KEY"] = token

    def keep_libraries(paths: Sequence[Path]) -> None:
        answers["MUSICTOOL_DIGITAL_LIBRARY"] = os.pathsep.join(map(str, paths))

    ask_token(settings, terminal, keep_token)
    _offer_export(settings, terminal, home)
    computer = this_computer() if home == Path.home() else Computer(home)
    found = found_in_usual_places(computer)
    ask_libraries(terminal, libraries_in_force(settings), found, keep_libraries)


def _offer_export(settings: Settings, terminal: Terminal, home: Path) -> None:
    if settings.live_user:
        return
    there = newest_export(list_exports(settings.data_dir))
    found = newest_export(
        export
        for folder in DOWNLOADS
        for export in list_exports(home / folder)
        if "-collection-" in export.path.name
    )
    if there and (found is None or newest_export([there, found]) == there):
        return
    if found is None:
        terminal.mark(NOTE, "No collection export found; put it into the data folder later")
    elif terminal.agrees(f"Copy the collection export {found.path} into the data folder?"):
        target = settings.data_dir / found.path.name
        with storage_errors(target):
            write_atomically(target, content_of(found.path))
            os.utime(target, (found.modified, found.modified))
        terminal.mark(TICK, f"Collection: {target}")
