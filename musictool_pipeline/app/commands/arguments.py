"""What the commands' arguments have in common: a text as a number, a day, a key or a path, and the
options that several commands take.

What belongs here: the shape of an argument. Which command takes which stands beside the command.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.errors import MusicToolError
from musictool_pipeline.settings import Settings

if TYPE_CHECKING:
    from musictool_pipeline.publishing.label_layout import Sheet

Command = Callable[[argparse.Namespace, Settings, Terminal], int]


class Add(Protocol):
    """Adds a command and gives its parser: the name, what runs it, a few words that `musictool`
    alone shows, and what its help says."""

    def __call__(
        self, name: str, command: Command, words: str, text: str, /
    ) -> argparse.ArgumentParser: ...


def calling(name: str) -> Command:
    """The function `name` of the module `app.<name>` as a command: it takes the options by name.
    The module is imported when the command is called."""

    def run(options: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
        function = getattr(import_module(f"musictool_pipeline.app.{name}"), name)
        own = {name: it for name, it in vars(options).items() if name not in ("command", "debug")}
        return function(settings, terminal, **own)

    return run


def add_release(command: argparse.ArgumentParser, *, is_needed: bool) -> None:
    """The argument RELEASE_ID."""
    command.add_argument(
        "release_id",
        type=release_number,
        nargs=None if is_needed else "?",
        metavar="RELEASE_ID",
        help="the release's number on Discogs",
    )


def add_json(command: argparse.ArgumentParser, text: str = "one JSON object, for scripts") -> None:
    """The option `--json`."""
    command.add_argument("--json", dest="as_json", action="store_true", help=text)


def require_dry_run(options: argparse.Namespace) -> None:
    """Raises MusicToolError if --json is given without --dry-run: only a dry run has a form in
    JSON."""
    if options.as_json and not options.dry_run:
        raise MusicToolError("--json is for a dry run alone.", "Add --dry-run, or omit --json.")


def add_address(server: argparse.ArgumentParser, *, port: int) -> None:
    """The options of a web server; `port` is its own."""
    server.add_argument(
        "--port", type=port_number, default=port, help=f"the port (default: {port})"
    )
    server.add_argument(
        "--host",
        type=host_address,
        default="127.0.0.1",
        metavar="ADDRESS",
        help="the address to be reached at (default: 127.0.0.1, from this machine alone); there "
        "is no password",
    )
    server.add_argument("--demo", action="store_true", help="show the demo's collection")


def host_address(text: str) -> str:
    """The text as an address. Raises ArgumentTypeError, as all of these do."""
    if not text.strip():
        raise argparse.ArgumentTypeError("an empty text is no address")
    return text.strip()


def port_number(text: str) -> int:
    """1 to 65535."""
    port = whole_number(text)
    if not 0 < port < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: 1 to 65535")
    return port


def whole_number(text: str) -> int:
    """0 or more."""
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 0")
    return int(text)


_RELEASE: Final = re.compile(
    r"(?:https?://)?(?:[a-z]+\.)?discogs\.com/(?:[^?#]*/)?release/(\d+)(?:[-/?#].*)?"
    r"|\[?r?(\d+)\]?",
    re.IGNORECASE | re.ASCII,
)


def release_number(text: str) -> int:
    """The number of a release on Discogs: alone, as the site shows it (`[r117941]`), or in the
    address of its page."""
    if not (found := _RELEASE.fullmatch(text.strip())):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no release's number and no address of a release on Discogs"
        )
    return int(found[1] or found[2])


def tempo(text: str) -> float:
    """Beats a minute, with a point or a comma."""
    try:
        tempo = float(text.replace(",", "."))
    except ValueError:
        tempo = 0.0
    if not 0 < tempo < 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is no tempo in beats a minute, as 124.5 is")
    return tempo


def camelot_key(text: str) -> str:
    """A key in any spelling, as its Camelot code."""
    from musictool_pipeline.libraries.musical_key import camelot_of, key_from_text

    if not (camelot := camelot_of(key_from_text(text))):
        raise argparse.ArgumentTypeError(f"{text!r} is no key, as 8A, 1m, Am and A minor are")
    return camelot


def day(text: str) -> date:
    """A day as ISO 8601 writes it."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date, as 2026-01-31 is") from None


def sheet_of(text: str) -> Sheet:
    """The sheet of labels that the text names, in any case: by our name or by Avery's number."""
    from musictool_pipeline.publishing.label_layout import AVERY, SHEETS

    name = text.strip().lower()
    name = AVERY.get(name, name)
    if name not in SHEETS:
        raise argparse.ArgumentTypeError(f"{text!r} is no sheet: {', '.join([*SHEETS, *AVERY])}")
    return SHEETS[name]


def path_of(text: str) -> Path:
    """The text as a path; an empty one would mean the current folder."""
    if not text.strip():
        raise argparse.ArgumentTypeError("an empty text is no folder and no file")
    return Path(text)
