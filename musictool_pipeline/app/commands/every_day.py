"""The group "Every day": `refresh`, `status`, `review`, `decide`.

What belongs here: their flags, their help, and the call of the module that does the work.
"""

from __future__ import annotations

import argparse

from musictool_pipeline.app.commands.arguments import (
    Add,
    add_json,
    add_release,
    calling,
    require_dry_run,
    whole_number,
)
from musictool_pipeline.app.shown_collection import showing
from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.errors import MusicToolError
from musictool_pipeline.settings import Settings


def add_to(add: Add) -> None:
    """Adds them to the parser, in this order."""
    refresh = add(
        "refresh",
        _refresh,
        "read the export, fetch tracklists, compare with your files",
        "Read the export, fetch the tracklists that are missing, rebuild the tables. Interrupt it "
        "at any moment; run it again, and it continues.",
    )
    refresh.add_argument(
        "--limit", type=whole_number, metavar="N", help="fetch at most N releases this time"
    )
    refresh.add_argument(
        "--dry-run", action="store_true", help="say how many requests and minutes; send none"
    )
    add_json(refresh, "with --dry-run: one JSON object, for scripts")
    status = add(
        "status",
        showing(_status),
        "how far it is; --watch follows it",
        "Say how far the expansion is, also if no refresh is running.",
    )
    status.add_argument(
        "--watch",
        action="store_true",
        help="follow the refresh that is running, or the next one",
    )
    add_json(status, "one JSON object, for scripts; --watch: one a change")
    add(
        "review",
        showing(calling("review")),
        "decide what the data does not, key by key",
        "Step through the tracks that the data does not decide, with a key for each decision. End "
        "it at any moment; every decision is kept.",
    )
    decide = add(
        "decide",
        showing(_decide),
        "decide one track",
        "Decide whether a file is the same version of a track, another version, or another track. "
        "The next refresh applies it.",
    )
    add_release(decide, is_needed=False)
    decide.add_argument(
        "position",
        nargs="?",
        metavar="POSITION",
        help="the track's position as printed (A1), or its number in the tracklist (#1)",
    )
    decide.add_argument(
        "decision",
        nargs="?",
        choices=("same", "other", "not"),
        help="the file is the same version, another version, or another track",
    )
    decide.add_argument(
        "file",
        nargs="?",
        metavar="FILE",
        help="the file that is meant: its path, or the end of it (default: the one that was found; "
        "of `not`, every file)",
    )
    decide.add_argument(
        "--undo",
        action="store_true",
        help="take back the last decision, or the last one on RELEASE_ID POSITION",
    )
    decide.add_argument("--list", action="store_true", help="show all decisions")
    add_json(decide, "with --list: one JSON object, for scripts")


def _refresh(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.refresh import refresh, say_plan

    require_dry_run(options)
    if options.as_json:
        return say_plan(settings, terminal, options.limit)
    return refresh(
        settings, terminal, limit=options.limit, dry_run=options.dry_run, debug=options.debug
    )


def _status(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.status import read_status, show_status

    now = read_status(settings)
    if options.watch:
        from musictool_pipeline.app.watch import watch

        return watch(settings, terminal, now, as_json=options.as_json)
    return show_status(now, terminal, as_json=options.as_json)


def _decide(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.decide import decide, list_decisions, undo

    given = [options.release_id, options.position, options.decision, options.file]
    count = sum(it is not None for it in given)
    if options.list and not options.undo and not count:
        return list_decisions(settings, terminal, as_json=options.as_json)
    if options.undo and not (options.list or options.as_json) and count in (0, 2):
        return undo(settings, terminal, release_id=given[0], position=given[1])
    if options.list or options.undo or options.as_json or count < 3:
        raise MusicToolError(
            "It is not clear what to decide.",
            "Give a release, a position and same, other or not: `musictool decide 117941 A1 same`. "
            "Or `--list` alone, or `--undo` alone or with a release and a position.",
        )
    return decide(
        settings,
        terminal,
        release_id=options.release_id,
        position=options.position,
        decision=options.decision,
        file=options.file,
    )
