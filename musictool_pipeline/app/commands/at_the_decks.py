"""The group "At the decks": `crate`, `labels`.

What belongs here: their flags, their help, and the call of the module that does the work.
"""

from __future__ import annotations

import argparse

from musictool_pipeline.app.commands.arguments import (
    Add,
    add_json,
    camelot_key,
    day,
    path_of,
    release_number,
    sheet_of,
    tempo,
    whole_number,
)
from musictool_pipeline.app.shown_collection import showing
from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.errors import MusicToolError
from musictool_pipeline.settings import Settings


def add_to(add: Add) -> None:
    """Adds them to the parser, in this order."""
    crate = add(
        "crate",
        showing(_crate),
        "what goes with what, by tempo and key",
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
    crate.add_argument("--bpm", type=tempo, metavar="N", help="what goes with this tempo")
    crate.add_argument(
        "--key",
        type=camelot_key,
        metavar="KEY",
        help="what goes with this key, in any spelling: 8A, 1m, Am, A minor",
    )
    crate.add_argument("--folder", metavar="TEXT", help="only records whose folder contains TEXT")
    crate.add_argument("--limit", type=whole_number, metavar="N", help="list at most N tracks")
    add_json(crate)
    labels = add(
        "labels",
        showing(_labels),
        "labels for sleeves, to print",
        "Write labels for sleeves as one HTML file to print: tracks, lengths, tempos, keys, and a "
        "code that opens the release on Discogs.",
    )
    labels.add_argument(
        "--release",
        type=release_number,
        action="append",
        metavar="ID",
        help="only this release, by its number; give it several times for several",
    )
    labels.add_argument("--folder", metavar="TEXT", help="only records whose folder contains TEXT")
    labels.add_argument(
        "--since", type=day, metavar="DATE", help="only what was added since, as in 2026-01-31"
    )
    labels.add_argument(
        "--sheet",
        type=sheet_of,
        default="a4",
        metavar="NAME",
        help="a4, letter (plain paper), a4-2x3, a4-2x4, a4-2x7, letter-2x3 or letter-2x5 (labels), "
        "or Avery's number: L7166, L7165, L7163, 5164, 5163 (default: a4)",
    )
    labels.add_argument(
        "--output",
        type=path_of,
        metavar="FILE",
        help="where to write it (default: exports/labels.html in the data folder)",
    )
    add_json(labels)


def _crate(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.crate import WantedMix, crate
    from musictool_pipeline.core.mixing import Sound

    if options.start and (options.bpm or options.key):
        raise MusicToolError(
            "It is not clear what to go with.",
            "Give a track with --from, or a tempo and a key with --bpm and --key.",
        )
    start = None
    if options.start:
        release, position = options.start
        try:
            start = release_number(release), position
        except argparse.ArgumentTypeError:
            raise MusicToolError(
                f"{release!r} is no release's number.",
                "Give the number first and the position after it: `musictool crate --from 1 A1`.",
            ) from None
    wanted = WantedMix(start, Sound(options.bpm, options.key), options.folder, options.limit)
    return crate(settings, terminal, wanted, as_json=options.as_json)


def _labels(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musictool_pipeline.app.labels import labels
    from musictool_pipeline.publishing.labels import LabelChoice

    releases = tuple(options.release) if options.release else None
    choice = LabelChoice(releases, options.folder, options.since)
    return labels(
        settings,
        terminal,
        choice,
        sheet=options.sheet,
        output=options.output,
        as_json=options.as_json,
    )
