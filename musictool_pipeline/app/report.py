"""`musictool report`: the report written again, where the user wants it, and opened if asked to.

What belongs here: the command's words. `publishing` knows what the report holds. It imports
neither Dagster nor pandas, so it answers without delay.
"""

from __future__ import annotations

import webbrowser
from dataclasses import asdict
from pathlib import Path

from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.core.words import counted
from musictool_pipeline.errors import EXIT_DONE, EXIT_NEEDS_USER
from musictool_pipeline.publishing.report import write_report
from musictool_pipeline.settings import Settings


def report(
    settings: Settings,
    terminal: Terminal,
    *,
    output: Path | None,
    show: bool,
    as_json: bool = False,
) -> int:
    """Writes the report to `output` (a file, or a folder for it; by default the one that every
    refresh leaves), says where it is, in words or as one JSON object, and gives the exit code."""
    path = (output or settings.report_file).expanduser().absolute()
    if path.is_dir():
        path /= settings.report_file.name
    written = write_report(settings, path)
    if as_json:
        terminal.say_json({**asdict(written), "path": str(written.path)})
        return EXIT_DONE if not show or webbrowser.open(path.as_uri()) else EXIT_NEEDS_USER
    terminal.say(
        f"{written.path}: {counted(written.tracks, 'track')} on "
        f"{counted(written.records, 'record')}, {_size(written.size)}"
    )
    if not show:
        terminal.say("Open it in any browser; it needs no network, and prints as a crate list.")
    elif not webbrowser.open(path.as_uri()):
        terminal.say("No browser was found here: open the file in one yourself.")
        return EXIT_NEEDS_USER
    return EXIT_DONE


def _size(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{size // 1_000 + 1:,} kB"
