"""The group "Look": `dashboard`, `gaps`, `wants`, `explain`, `report`.

What belongs here: their flags, their help, and the call of the module that does the work.
"""

from __future__ import annotations

import argparse

from musictool_pipeline.app.commands.arguments import (
    Add,
    add_address,
    add_json,
    add_release,
    calling,
    path_of,
    whole_number,
)
from musictool_pipeline.app.shown_collection import showing
from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.settings import Settings


def add_to(add: Add) -> None:
    """Adds them to the parser, in this order."""
    dashboard = add(
        "dashboard",
        calling("dashboard"),
        "your collection in the browser",
        "Open the collection in the browser.",
    )
    add_address(dashboard, port=8501)
    gaps = add(
        "gaps",
        showing(_gaps),
        "what is missing, record by record",
        "List what to rip: records, those with the most missing tracks first.",
    )
    gaps.add_argument(
        "--status",
        choices=("missing", "other_version", "review", "owned"),
        help="list only tracks of this status (default: all that are not owned)",
    )
    gaps.add_argument("--label", metavar="TEXT", help="only records whose label contains TEXT")
    gaps.add_argument("--folder", metavar="TEXT", help="only records whose folder contains TEXT")
    gaps.add_argument(
        "--sort",
        choices=("missing", "release", "label"),
        default="missing",
        help="most missing first, or by artist and title, or by label (default: missing)",
    )
    gaps.add_argument("--limit", type=whole_number, metavar="N", help="list at most N records")
    add_json(gaps)
    wants = add(
        "wants",
        calling("wants"),
        "your wantlist, and what of it you have as files",
        "List your wantlist, with how many tracks of each release you have as files already.",
    )
    wants.add_argument("--limit", type=whole_number, metavar="N", help="list at most N releases")
    add_json(wants)
    explain = add(
        "explain",
        showing(_explain),
        "why one track was judged so",
        "Say why a track got its answer, with every file that came near and how it was judged; "
        "with --debug also the points behind each answer.",
    )
    add_release(explain, is_needed=True)
    explain.add_argument(
        "position",
        metavar="POSITION",
        help="where the track is on it, as printed (A1), or its number in the tracklist (1)",
    )
    add_json(explain)
    report = add(
        "report",
        showing(calling("report")),
        "one HTML file that opens offline",
        "One HTML file that opens offline: overview, charts, the searchable list; prints as a "
        "crate list.",
    )
    report.add_argument(
        "--output",
        type=path_of,
        metavar="FILE",
        help="where to write it (default: exports/musictool-report.html in the data folder)",
    )
    add_json(report)
    report.add_argument("--open", dest="show", action="store_true", help="open it in the browser")


def _gaps(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.gaps import NOT_OWNED, Wanted, gaps

    wanted = Wanted(
        statuses=(options.status,) if options.status else NOT_OWNED,
        label=options.label,
        folder=options.folder,
        sort=options.sort,
        limit=options.limit,
    )
    return gaps(settings, terminal, wanted, as_json=options.as_json)


def _explain(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.explain import explain

    return explain(
        settings,
        terminal,
        release_id=options.release_id,
        position=options.position,
        points=options.debug,
        as_json=options.as_json,
    )
