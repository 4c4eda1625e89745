"""`musictool labels`: labels for sleeves, as a file to print.

What belongs here: the command's words. `publishing` knows what is on a label. It imports neither
Dagster nor pandas, so it answers without delay.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.core.words import counted
from musictool_pipeline.errors import EXIT_DONE
from musictool_pipeline.publishing.label_layout import Sheet
from musictool_pipeline.publishing.labels import LabelChoice, write_labels
from musictool_pipeline.settings import Settings

NAME = "labels.html"


def labels(
    settings: Settings,
    terminal: Terminal,
    choice: LabelChoice,
    *,
    sheet: Sheet,
    output: Path | None,
    as_json: bool = False,
) -> int:
    """Writes the labels to `output` (a file, or a folder for it; by default beside the report),
    says where they are, in words or as one JSON object, and gives the exit code."""
    path = (output or settings.report_file.with_name(NAME)).expanduser().absolute()
    if path.is_dir():
        path /= NAME
    written = write_labels(settings, path, choice, sheet)
    if as_json:
        terminal.say_json({**asdict(written), "path": str(written.path)})
        return EXIT_DONE
    terminal.say(
        f"{written.path}: {counted(written.labels, 'label')} of "
        f"{counted(written.records, 'record')} on {counted(written.sheets, 'sheet')}"
    )
    terminal.say("Open it in any browser, and print it at 100 %, without margins.")
    return EXIT_DONE
