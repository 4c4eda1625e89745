"""The group "Look after": `import-dump`, `health`, `prune`, `ui`.

What belongs here: their flags, their help, and the call of the module that does the work.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from musictool_pipeline.app.commands.arguments import (
    Add,
    add_address,
    add_json,
    calling,
    require_dry_run,
)
from musictool_pipeline.app.shown_collection import showing
from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.settings import Settings


def add_to(add: Add) -> None:
    """Adds them to the parser, in this order."""
    import_dump = add(
        "import-dump",
        calling("import_dump"),
        "tracklists from a monthly dump of Discogs",
        "Take tracklists that are missing from a monthly dump of Discogs, without a request. "
        "Interrupt it at any moment; run it again, and it continues.",
    )
    import_dump.add_argument(
        "path",
        type=Path,
        metavar="FILE",
        help="discogs_YYYYMMDD_releases.xml.gz, under that name (from data.discogs.com)",
    )
    health = add(
        "health",
        showing(calling("health")),
        "files that are gone, there twice, or of poor quality",
        "Say what is wrong with your files: those that a library names and that are gone, those "
        "with several entries, owned tracks of a low bit rate, copies. Nothing is deleted.",
    )
    add_json(health)
    prune = add(
        "prune",
        _prune,
        "delete Dagster's partitions of records that left",
        "Delete Dagster's partitions of releases that left the collection, after asking. Their "
        "tracklists stay in the cache.",
    )
    prune.add_argument("--dry-run", action="store_true", help="list them; delete none")
    add_json(prune, "with --dry-run: one JSON object, for scripts")
    prune.add_argument("--yes", action="store_true", help="delete them without asking")
    ui = add(
        "ui",
        calling("ui"),
        "Dagster's pages: runs, schedules, history",
        "Open Dagster's web UI on this project.",
    )
    add_address(ui, port=3000)


def _prune(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    require_dry_run(options)
    return calling("prune")(options, settings, terminal)
