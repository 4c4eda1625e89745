"""The group "Take along": `export`, `rip`, `mcp`.

What belongs here: their flags, their help, and the call of the module that does the work.
"""

from __future__ import annotations

import argparse

from musictool_pipeline.app.commands.arguments import (
    Add,
    add_json,
    add_release,
    path_of,
    release_number,
    whole_number,
)
from musictool_pipeline.app.shown_collection import showing
from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.errors import MusicToolError
from musictool_pipeline.settings import Settings


def add_to(add: Add) -> None:
    """Adds them to the parser, in this order."""
    export = add(
        "export",
        showing(_export),
        "tables, wants list and playlists as files",
        "Write the collection, the gaps and the figures as CSV, a wants list, and playlists of the "
        "owned tracks for players, Traktor and Rekordbox. Files of an earlier export are replaced.",
    )
    export.add_argument(
        "destination",
        type=path_of,
        nargs="?",
        metavar="DIR",
        help="the folder to write to (default: exports in the data folder)",
    )
    export.add_argument(
        "--bom", action="store_true", help="begin each CSV with the mark by which Excel knows UTF-8"
    )
    export.add_argument(
        "--folder",
        metavar="TEXT",
        help="also playlists of the records whose folder contains TEXT; with --label or --release "
        "of those that fit all",
    )
    export.add_argument(
        "--label", metavar="TEXT", help="also playlists of the records whose label contains TEXT"
    )
    export.add_argument(
        "--release",
        type=release_number,
        metavar="ID",
        help="also playlists of one record, by its number",
    )
    export.add_argument(
        "--order",
        choices=("record", "bpm", "key"),
        default="record",
        help="the order of the playlists: record after record, or by tempo, or by key "
        "(default: record)",
    )
    add_json(export)
    rip = add(
        "rip",
        showing(_rip),
        "what to rip tonight; cue sheets and names for one record",
        "Write the files for ripping a record: for each side a cue sheet, labels for Audacity and "
        "tags. Without RELEASE_ID, list the records with the most missing minutes.",
    )
    add_release(rip, is_needed=False)
    rip.add_argument("--side", metavar="SIDE", help="only this side: A, AA, 2 (default: all)")
    rip.add_argument(
        "--pattern",
        metavar="TEXT",
        help="how files are named (default: {position} {artist} - {title}); also {number}, {side}, "
        "{album}, {label}, {catalog_number}, {year}",
    )
    rip.add_argument(
        "--output",
        type=path_of,
        metavar="DIR",
        help="where the record's folder is made (default: exports/rips in the data folder)",
    )
    rip.add_argument(
        "--limit", type=whole_number, metavar="N", help="list at most N records (default: 10)"
    )
    rip.add_argument("--folder", metavar="TEXT", help="list records whose folder contains TEXT")
    add_json(rip, "the list as one JSON object, for scripts")
    mcp = add(
        "mcp",
        _mcp,
        "your collection for an assistant that speaks MCP",
        "Answer an assistant over standard input and output (the Model Context Protocol). It can "
        "ask about your collection and change nothing.",
    )
    mcp.add_argument("--demo", action="store_true", help="answer about the demo's collection")


def _export(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.export import export
    from musictool_pipeline.queries.chosen_records import Choice

    choice = Choice(label=options.label, folder=options.folder, release_id=options.release)
    folder = options.destination or settings.report_file.parent
    return export(
        settings,
        terminal,
        folder,
        choice,
        with_bom=options.bom,
        order=options.order,
        as_json=options.as_json,
    )


def _rip(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.rip import RECORDS_OF_AN_EVENING, RipRequest, plan, rip
    from musictool_pipeline.core.ripping import DEFAULT_PATTERN

    of_a_record = (options.side, options.pattern, options.output)
    of_the_list = (options.limit, options.folder, options.as_json or None)
    is_record = options.release_id is not None
    if any(it is not None for it in (of_the_list if is_record else of_a_record)):
        raise MusicToolError(
            "It is not clear what to rip.",
            "Give a release, with --side, --pattern and --output if you like; or no release, with "
            "--limit, --folder and --json if you like.",
        )
    if is_record:
        pattern = DEFAULT_PATTERN if options.pattern is None else options.pattern
        asked = RipRequest(options.release_id, options.side, pattern, options.output)
        return rip(settings, terminal, asked)
    limit = RECORDS_OF_AN_EVENING if options.limit is None else options.limit
    return plan(settings, terminal, limit=limit, folder=options.folder, as_json=options.as_json)


def _mcp(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.mcp_server import serve_mcp

    return serve_mcp(settings, demo=options.demo)
