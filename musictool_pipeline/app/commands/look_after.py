"""The group "Look after": `import-dump`, `health`, `prune`, `ui`.

What belongs here: their flags, their help, and the call of the module that does the work.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from musictool_pipeline.app.commands.arguments import (
    Add,
    add_address,
    add_json,
    add_json_of_dry_run,
    require_dry_run,
)
from musictool_pipeline.app.shown_collection import showing
from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.settings import Settings

WORDS: Final = {
    "import-dump": "tracklists from a monthly dump of Discogs",
    "health": "files that are gone, there twice, or of poor quality",
    "prune": "delete Dagster's partitions of records that left",
    "ui": "Dagster's pages: runs, schedules, history",
}
"""A few words on each, as `musictool` without a command shows them."""


def add_to(add: Add) -> None:
    """Adds them to the parser, in this order."""
    import_dump = add(
        "import-dump",
        _import_dump,
        "Take tracklists that are missing from a monthly dump of Discogs, without a request. "
        "Interrupt it at any moment; run it again, and it continues.",
    )
    import_dump.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="discogs_YYYYMMDD_releases.xml.gz, under that name (from data.discogs.com)",
    )
    health = add(
        "health",
        showing(_health),
        "Say what is wrong with your files: those that a library names and that are gone, those "
        "with several entries, owned tracks of a low bit rate, copies. Nothing is deleted.",
    )
    add_json(health)
    prune = add(
        "prune",
        _prune,
        "Delete Dagster's partitions of releases that left the collection, after asking. Their "
        "tracklists stay in the cache.",
    )
    prune.add_argument("--dry-run", action="store_true", help="list them; delete none")
    add_json_of_dry_run(prune)
    prune.add_argument("--yes", action="store_true", help="delete them without asking")
    ui = add("ui", _ui, "Open Dagster's web UI on this project.")
    add_address(ui, port=3000)


def _import_dump(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.import_dump import import_dump

    return import_dump(settings, terminal, options.file)


def _health(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.health import health

    return health(settings, terminal, as_json=options.json)


def _prune(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.prune import prune

    require_dry_run(options)
    return prune(settings, terminal, dry_run=options.dry_run, yes=options.yes, as_json=options.json)


def _ui(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.ui import ui

    return ui(settings, terminal, host=options.host, port=options.port, demo=options.demo)
