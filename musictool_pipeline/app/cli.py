"""The command line: finding the command that is typed, running it, and saying what went wrong.

What belongs here: what all commands have in common. `app.commands` has the flags and
the help of each, by group.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

from musictool_pipeline import __version__
from musictool_pipeline.app.commands import (
    at_the_decks,
    begin,
    every_day,
    look,
    look_after,
    take_along,
)
from musictool_pipeline.app.commands.arguments import Command
from musictool_pipeline.app.terminal import Terminal, complain
from musictool_pipeline.core.text import is_text, one_line
from musictool_pipeline.errors import (
    EXIT_DONE,
    EXIT_INTERRUPTED,
    MusicToolError,
    SettingsError,
    StorageError,
)
from musictool_pipeline.settings import read_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit code: 0 done, 1 something needs you, 2 wrong usage or a
    missing prerequisite, 130 interrupted with everything kept."""
    if sys.stdin is None:  # it was closed before the command began
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_RDONLY), encoding="utf-8")
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
    "Begin": begin,
    "Every day": every_day,
    "Look": look,
    "At the decks": at_the_decks,
    "Take along": take_along,
    "Look after": look_after,
}
"""The modules of the commands, in the order in which `musictool` alone shows them."""


def _show_commands(terminal: Terminal) -> None:
    for title, commands in _add_commands(_Parser()).items():
        terminal.say(title)
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
    _add_commands(parser)
    return parser


def _add_commands(parser: argparse.ArgumentParser) -> dict[str, dict[str, str]]:
    """Adds all of them. Gives a few words on each by its name, by the title of its group."""
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    shown: dict[str, dict[str, str]] = {}

    def add(name: str, command: Command, words: str, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.add_argument("--debug", action="store_true", help="show tracebacks and Dagster's log")
        added.set_defaults(command=command)
        shown[title][name] = words
        return added

    for title, group in GROUPS.items():
        shown[title] = {}
        group.add_to(add)
    return shown


if __name__ == "__main__":
    sys.exit(main())
