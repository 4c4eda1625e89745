"""Which collection a command shows: one's own, or the demo's as long as there is none of one's own.

What belongs here: the choice, and its words. It imports nothing that makes a command wait.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from musictool_pipeline.app.commands.arguments import Command
from musictool_pipeline.app.terminal import Terminal, complain
from musictool_pipeline.demo.environment import demo_environment, latest_demo
from musictool_pipeline.settings import Settings, read_settings


def showing(command: Command) -> Command:
    """The command, with the demo's settings if the demo was run and there is no collection yet: the
    demo ends with commands to type next. It says so on standard error."""

    def run(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
        if folder := demo_to_show(settings):
            complain(words_for(folder))
            settings = read_settings(demo_environment(folder), settings.root)
        return command(options, settings, terminal)

    return run


def demo_to_show(settings: Settings) -> Path | None:
    """The demo's data folder if the demo was run and there is no collection of one's own."""
    folder = latest_demo(settings.data_dir)
    was_run = (folder / "musictool.duckdb").exists()
    return folder if was_run and not has_own_collection(settings) else None


def has_own_collection(settings: Settings) -> bool:
    """True if there are tables, or something that a refresh could make them from."""
    return bool(
        settings.database.exists()
        or settings.collection_csv
        or settings.live_user
        or any(settings.data_dir.glob("*.[cC][sS][vV]"))
    )


def words_for(folder: Path) -> str:
    """What a command says when it shows the demo's collection."""
    return f"Showing the demo's collection in {folder}"
