"""The command line: names, flags and help. Each command has a module of
its own, imported when it is called, so that `--help` and `status` answer without delay."""

from __future__ import annotations

import argparse
import logging
import sys
import traceback
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from musictool_pipeline import __version__
from musictool_pipeline.app.terminal import Terminal, complain
from musictool_pipeline.core.text import is_text, one_line
from musictool_pipeline.demo import add_flags
from musictool_pipeline.errors import (
    EXIT_DONE,
    EXIT_INTERRUPTED,
    MusicToolError,
    SettingsError,
    StorageError,
)
from musictool_pipeline.settings import Settings, read_settings

if TYPE_CHECKING:
    from musictool_pipeline.publishing.label_layout import Sheet

Command = Callable[[argparse.Namespace, Settings, Terminal], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit code: 0 done, 1 something needs you, 2 wrong usage or a
    missing prerequisite, 130 interrupted with everything kept."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if not arguments:
        _show_commands(Terminal())
        return EXIT_DONE
    parser = build_parser()
    if odd := [one_line(argument) for argument in arguments if not is_text(argument)]:
        parser.error(f"{odd[0]} holds bytes that are no text in {sys.getfilesystemencoding()}")
    options = parser.parse_args(arguments)
    command: Command = options.command
    try:
        _warn_in_lines()
        return command(options, read_settings(), Terminal())
    except (MusicToolError, OSError, UnicodeEncodeError) as error:
        if options.debug:
            traceback.print_exc()
        told = error if isinstance(error, MusicToolError) else _of_the_system(error)
        complain(told.explained())
        return told.exit_code
    except (KeyboardInterrupt, EOFError):
        complain("\nInterrupted. Everything that was fetched is kept.")
        return EXIT_INTERRUPTED


def _warn_in_lines() -> None:
    """What is logged outside of a run goes to standard error, by the handler of last resort."""
    from musictool_pipeline.disk.run_log import OneLine

    if logging.lastResort:
        logging.lastResort.setFormatter(OneLine())


def _of_the_system(error: OSError | UnicodeEncodeError) -> MusicToolError:
    """An unexpected refusal of the system, in words."""
    if isinstance(error, UnicodeEncodeError):
        return SettingsError(
            f"{error.object!a} cannot be written in {error.encoding}, this locale's encoding",
            "Run the command in a locale with UTF-8 (LC_ALL=C.UTF-8).",
        )
    where = f"{error.filename} cannot be used" if error.filename else "The system refused"
    return StorageError(f"{where}: {error.strerror or error}")


GROUPS = {
    "Begin": {
        "demo": "everything on an invented collection, without a token",
        "init": "your settings and folders, asked one by one",
        "check": "what a refresh needs, and what is missing",
    },
    "Every day": {
        "refresh": "read the export, fetch tracklists, compare with your files",
        "status": "how far it is; --watch follows it",
        "review": "decide what the data does not, key by key",
        "decide": "decide one track",
    },
    "Look": {
        "dashboard": "your collection in the browser",
        "gaps": "what is missing, record by record",
        "wants": "your wantlist, and what of it you have as files",
        "explain": "why one track was judged so",
        "report": "one HTML file that opens offline",
    },
    "At the decks": {
        "crate": "what goes with what, by tempo and key",
        "labels": "labels for sleeves, to print",
    },
    "Take along": {
        "export": "tables, wants list and playlists as files",
        "rip": "what to rip tonight; cue sheets and names for one record",
        "mcp": "your collection for an assistant that speaks MCP",
    },
    "Look after": {
        "import-dump": "tracklists from a monthly dump of Discogs",
        "health": "files that are gone, there twice, or of poor quality",
        "prune": "delete Dagster's partitions of records that left",
        "ui": "Dagster's pages: runs, schedules, history",
    },
}
"""Every command in a few words, as `musictool` alone shows them."""


def _show_commands(terminal: Terminal) -> None:
    for group, commands in GROUPS.items():
        terminal.say(group)
        for name, words in commands.items():
            terminal.say(f"  {name:<12} {words}")
    terminal.say()
    terminal.say("`musictool COMMAND --help` says more.")


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with an argument on one line, also if it holds line breaks."""

    def error(self, message: str) -> NoReturn:
        super().error(one_line(message))


def build_parser() -> argparse.ArgumentParser:
    """The parser; the tests compare it with the documentation."""
    parser = _Parser(
        prog="musictool",
        description="From a Discogs collection export to a database of every track on the records.",
        epilog=(
            "Exit codes: 0 done; 1 finished, but something needs you; 2 wrong usage or a missing "
            "prerequisite; 130 interrupted, everything fetched is kept."
        ),
    )
    parser.add_argument("--version", action="version", version=f"musictool {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, command: Command, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.add_argument("--debug", action="store_true", help="show tracebacks and Dagster's log")
        added.set_defaults(command=command)
        return added

    add("init", _init, "Make .env and the data folder, and ask for the Discogs token.")
    check = add(
        "check", _check, "List what a refresh needs, each line with a tick or with what to do."
    )
    _add_json(check)
    refresh = add(
        "refresh",
        _refresh,
        "Read the export, fetch the tracklists that are missing, rebuild the tables. Interrupt it "
        "at any moment; run it again, and it continues.",
    )
    refresh.add_argument(
        "--limit", type=_count, metavar="N", help="fetch at most N releases this time"
    )
    refresh.add_argument(
        "--dry-run", action="store_true", help="say how many requests and minutes; send none"
    )
    status = add("status", _status, "Say how far the expansion is, also if no refresh is running.")
    status.add_argument(
        "--watch",
        action="store_true",
        help="follow the refresh that is running, or the next one",
    )
    status.add_argument(
        "--json", action="store_true", help="one JSON object, for scripts; --watch: one a change"
    )
    gaps = add(
        "gaps",
        _gaps,
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
    gaps.add_argument("--limit", type=_count, metavar="N", help="list at most N records")
    _add_json(gaps)
    wants = add(
        "wants",
        _wants,
        "List your wantlist, with how many tracks of each release you have as files already.",
    )
    wants.add_argument("--limit", type=_count, metavar="N", help="list at most N releases")
    _add_json(wants)
    explain = add(
        "explain",
        _explain,
        "Say why a track got its answer, with every file that came near and how it was judged; "
        "with --debug also the points behind each answer.",
    )
    explain.add_argument(
        "release_id", type=_count, metavar="RELEASE_ID", help="the release's number on Discogs"
    )
    explain.add_argument(
        "position",
        metavar="POSITION",
        help="where the track is on it, as printed (A1), or its number in the tracklist (1)",
    )
    _add_json(explain)
    decide = add(
        "decide",
        _decide,
        "Say what a track is: the same version as a file, another version, or not it. The next "
        "refresh honours it.",
    )
    decide.add_argument(
        "release_id",
        type=_count,
        nargs="?",
        metavar="RELEASE_ID",
        help="the release's number on Discogs",
    )
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
        help="the same version as the file, another version of it, or not it",
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
    decide.add_argument(
        "--json", action="store_true", help="with --list: one JSON object, for scripts"
    )
    add(
        "review",
        _review,
        "Step through the tracks that the data does not decide, with a key for each decision. End "
        "it at any moment; every decision is kept.",
    )
    export = add(
        "export",
        _export,
        "Write the collection, the gaps and the figures as CSV, a wants list, and playlists of the "
        "owned tracks for players, Traktor and Rekordbox. Files of an earlier export are replaced.",
    )
    export.add_argument(
        "destination",
        type=_path,
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
        "--release", type=_count, metavar="ID", help="also playlists of one record, by its number"
    )
    export.add_argument(
        "--order",
        choices=("record", "bpm", "key"),
        default="record",
        help="the order of the playlists: record after record, or by tempo, or by key "
        "(default: record)",
    )
    _add_json(export)
    rip = add(
        "rip",
        _rip,
        "Write the files for ripping a record: for each side a cue sheet, labels for Audacity and "
        "tags. Without RELEASE_ID, list the records with the most missing minutes.",
    )
    rip.add_argument(
        "release_id",
        type=_count,
        nargs="?",
        metavar="RELEASE_ID",
        help="the release's number on Discogs",
    )
    rip.add_argument("--side", metavar="SIDE", help="only this side: A, AA, 2 (default: all)")
    rip.add_argument(
        "--pattern",
        metavar="TEXT",
        help="how files are named (default: {position} {artist} - {title}); also {number}, {side}, "
        "{album}, {label}, {catalog_number}, {year}",
    )
    rip.add_argument(
        "--output",
        type=_path,
        metavar="DIR",
        help="where the record's folder is made (default: exports/rips in the data folder)",
    )
    rip.add_argument(
        "--limit", type=_count, metavar="N", help="list at most N records (default: 10)"
    )
    rip.add_argument("--folder", metavar="TEXT", help="list records whose folder contains TEXT")
    rip.add_argument("--json", action="store_true", help="the list as one JSON object, for scripts")
    health = add(
        "health",
        _health,
        "Say what is wrong with your files: those that a library names and that are gone, those "
        "with several entries, owned tracks of a low bit rate, copies. Nothing is deleted.",
    )
    _add_json(health)
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
        help="discogs_YYYYMMDD_releases.xml.gz, under that name (docs/dump.md says where it is)",
    )
    report = add(
        "report",
        _report,
        "One HTML file that opens offline: overview, charts, the searchable list; prints as a "
        "crate list.",
    )
    report.add_argument(
        "--output",
        type=_path,
        metavar="FILE",
        help="where to write it (default: exports/musictool-report.html in the data folder)",
    )
    _add_json(report)
    report.add_argument("--open", action="store_true", help="open it in the browser")
    crate = add(
        "crate",
        _crate,
        "List what goes with what: tracks owned on vinyl and as a file, by that file's tempo and "
        "key, the best fit first.",
    )
    crate.add_argument(
        "--from",
        dest="start",
        nargs=2,
        metavar=("RELEASE_ID", "POSITION"),
        help="what goes with this track: the release's number on Discogs, and the position as "
        "printed (A1) or the track's number (#1)",
    )
    crate.add_argument("--bpm", type=_tempo, metavar="N", help="what goes with this tempo")
    crate.add_argument(
        "--key",
        type=_key,
        metavar="KEY",
        help="what goes with this key, in any spelling: 8A, 1m, Am, A minor",
    )
    crate.add_argument("--folder", metavar="TEXT", help="only records whose folder contains TEXT")
    crate.add_argument("--limit", type=_count, metavar="N", help="list at most N tracks")
    crate.add_argument("--json", action="store_true", help="one JSON object, for scripts")
    labels = add(
        "labels",
        _labels,
        "Write labels for sleeves as one HTML file to print: tracks, lengths, tempos, keys, and a "
        "code that opens the release on Discogs.",
    )
    labels.add_argument(
        "--release",
        type=_count,
        action="append",
        metavar="ID",
        help="only this release, by its number; give it several times for several",
    )
    labels.add_argument("--folder", metavar="TEXT", help="only records whose folder contains TEXT")
    labels.add_argument(
        "--since", type=_day, metavar="DATE", help="only what was added since, as in 2026-01-31"
    )
    labels.add_argument(
        "--sheet",
        type=_sheet,
        default="a4",
        metavar="NAME",
        help="a4, letter (plain paper), a4-2x3, a4-2x4, a4-2x7, letter-2x3 or letter-2x5 (labels) "
        "(default: a4)",
    )
    labels.add_argument(
        "--output",
        type=_path,
        metavar="FILE",
        help="where to write it (default: exports/labels.html in the data folder)",
    )
    demo = add(
        "demo",
        _demo,
        "Run everything on an invented collection: no token, no network. Yours stays as it is.",
    )
    add_flags(demo)
    ui = add("ui", _ui, "Open Dagster's web UI on this project.")
    _add_address(ui, port=3000)
    dashboard = add("dashboard", _dashboard, "Open the collection in the browser.")
    _add_address(dashboard, port=8501)
    prune = add(
        "prune",
        _prune,
        "Delete Dagster's partitions of releases that left the collection, after asking. Their "
        "tracklists stay in the cache.",
    )
    prune.add_argument("--dry-run", action="store_true", help="list them; delete none")
    prune.add_argument("--yes", action="store_true", help="delete them without asking")
    mcp = add(
        "mcp",
        _mcp,
        "Answer an assistant over standard input and output (the Model Context Protocol). It can "
        "ask about your collection and change nothing.",
    )
    mcp.add_argument("--demo", action="store_true", help="answer about the demo's collection")
    return parser


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="one JSON object, for scripts")


def _add_address(server: argparse.ArgumentParser, *, port: int) -> None:
    server.add_argument("--port", type=_port, default=port, help=f"the port (default: {port})")
    server.add_argument(
        "--host",
        type=_host,
        default="127.0.0.1",
        metavar="ADDRESS",
        help="the address to be reached at (default: 127.0.0.1, from this machine alone); there "
        "is no password",
    )
    server.add_argument("--demo", action="store_true", help="show the demo's collection")


def _host(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("an empty text is no address")
    return text.strip()


def _port(text: str) -> int:
    port = _count(text)
    if not 0 < port < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: 1 to 65535")
    return port


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 0")
    return int(text)


def _tempo(text: str) -> float:
    try:
        tempo = float(text)
    except ValueError:
        tempo = 0.0
    if not 0 < tempo < 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is no tempo in beats a minute, as 124.5 is")
    return tempo


def _key(text: str) -> str:
    from musictool_pipeline.libraries.musical_key import camelot_of, key_from_text

    if not (camelot := camelot_of(key_from_text(text))):
        raise argparse.ArgumentTypeError(f"{text!r} is no key, as 8A, 1m, Am and A minor are")
    return camelot


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date, as 2026-01-31 is") from None


def _sheet(text: str) -> Sheet:
    from musictool_pipeline.publishing.label_layout import SHEETS

    if text not in SHEETS:
        raise argparse.ArgumentTypeError(f"{text!r} is no sheet: {', '.join(SHEETS)}")
    return SHEETS[text]


def _path(text: str) -> Path:
    if not text.strip():
        raise argparse.ArgumentTypeError("an empty text is no folder and no file")
    return Path(text)


def _init(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.init import init

    return init(settings, terminal)


def _check(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.prerequisites import check

    return check(settings, terminal, as_json=options.json)


def _refresh(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.refresh import refresh

    return refresh(
        settings, terminal, limit=options.limit, dry_run=options.dry_run, debug=options.debug
    )


def _status(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.status import read_status, show_status

    now = read_status(settings)
    if options.watch:
        from musictool_pipeline.app.watch import watch

        return watch(settings, terminal, now, as_json=options.json)
    return show_status(now, terminal, as_json=options.json)


def _gaps(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.gaps import NOT_OWNED, Wanted, gaps

    wanted = Wanted(
        statuses=(options.status,) if options.status else NOT_OWNED,
        label=options.label,
        folder=options.folder,
        sort=options.sort,
        limit=options.limit,
    )
    return gaps(settings, terminal, wanted, as_json=options.json)


def _wants(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.wants import wants

    return wants(settings, terminal, limit=options.limit, as_json=options.json)


def _explain(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.explain import explain

    return explain(
        settings,
        terminal,
        release_id=options.release_id,
        position=options.position,
        points=options.debug,
        as_json=options.json,
    )


def _decide(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.decide import decide, list_decisions, undo

    given = [options.release_id, options.position, options.decision, options.file]
    count = sum(it is not None for it in given)
    if options.list and not options.undo and not count:
        return list_decisions(settings, terminal, as_json=options.json)
    if options.undo and not (options.list or options.json) and count in (0, 2):
        return undo(settings, terminal, release_id=given[0], position=given[1])
    if options.list or options.undo or options.json or count < 3:
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


def _review(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.review import review

    return review(settings, terminal)


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
        as_json=options.json,
    )


def _rip(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.rip import RECORDS_OF_AN_EVENING, RipRequest, plan, rip
    from musictool_pipeline.core.ripping import DEFAULT_PATTERN

    of_a_record = (options.side, options.pattern, options.output)
    of_the_list = (options.limit, options.folder, options.json or None)
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
    return plan(settings, terminal, limit=limit, folder=options.folder, as_json=options.json)


def _health(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.health import health

    return health(settings, terminal, as_json=options.json)


def _import_dump(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.import_dump import import_dump

    return import_dump(settings, terminal, options.file)


def _report(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.report import report

    return report(
        settings, terminal, output=options.output, show=options.open, as_json=options.json
    )


def _crate(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.crate import Wanted, crate
    from musictool_pipeline.core.mixing import Sound

    if options.start and (options.bpm or options.key):
        raise MusicToolError(
            "It is not clear what to go with.",
            "Give a track with --from, or a tempo and a key with --bpm and --key.",
        )
    start = None
    if options.start:
        release_id, position = options.start
        if not (release_id.isascii() and release_id.isdigit()):
            raise MusicToolError(
                f"{release_id!r} is no release's number.",
                "Give the number first and the position after it: `musictool crate --from 1 A1`.",
            )
        start = int(release_id), position
    wanted = Wanted(start, Sound(options.bpm, options.key), options.folder, options.limit)
    return crate(settings, terminal, wanted, as_json=options.json)


def _labels(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.labels import labels
    from musictool_pipeline.publishing.labels import LabelChoice

    releases = tuple(options.release) if options.release else None
    choice = LabelChoice(releases, options.folder, options.since)
    return labels(settings, terminal, choice, sheet=options.sheet, output=options.output)


def _demo(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.demo.__main__ import run

    return run(settings, live=options.live, from_dump=options.dump, say=terminal.say)


def _ui(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.ui import ui

    return ui(settings, terminal, host=options.host, port=options.port, demo=options.demo)


def _dashboard(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.dashboard import dashboard

    return dashboard(settings, terminal, host=options.host, port=options.port, demo=options.demo)


def _prune(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.prune import prune

    return prune(settings, terminal, dry_run=options.dry_run, yes=options.yes)


def _mcp(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.mcp_server import serve_mcp

    return serve_mcp(settings, demo=options.demo)


if __name__ == "__main__":
    sys.exit(main())
