"""The group "Begin": `demo`, `init`, `check`.

What belongs here: their flags, their help, and the call of the module that does the work.
"""

from __future__ import annotations

import argparse

from musictool_pipeline.app.commands.arguments import Add, add_json, calling
from musictool_pipeline.app.shown_collection import has_own_collection
from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.demo import add_flags
from musictool_pipeline.errors import EXIT_DONE
from musictool_pipeline.settings import Settings


def add_to(add: Add) -> None:
    """Adds them to the parser, in this order."""
    demo = add(
        "demo",
        _demo,
        "everything on an invented collection, without a token",
        "Run everything on an invented collection: no token, no network. Yours stays as it is.",
    )
    add_flags(demo)
    add(
        "init",
        calling("init"),
        "your settings and folders, asked one by one",
        "Make .env and the data folder, and ask for the Discogs token.",
    )
    check = add(
        "check",
        calling("check"),
        "what a refresh needs, and what is missing",
        "List what a refresh needs, each line with a tick or with what to do.",
    )
    add_json(check)


def _demo(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.demo.__main__ import run

    code = run(settings, live=options.live, from_dump=options.dump, say=terminal.say)
    if code == EXIT_DONE and has_own_collection(settings) and not (options.live or options.dump):
        terminal.say(
            "The commands show your own collection. "
            "`musictool dashboard --demo` and `musictool ui --demo` show the demo's."
        )
    return code
