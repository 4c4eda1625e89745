"""`dagster dev` with the guarded web server, not Dagster's own; it takes the same flags.

What belongs here: exchanging the one for the other. Code server, daemon, signals and the end of
all of them stay Dagster's own.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from subprocess import Popen
from typing import Any, Final

from dagster import _cli
from dagster._cli import dev

from musictool_pipeline.app import dagster_webserver

_start: Final = dev.open_ipc_subprocess  # pyright: ignore[reportPrivateImportUsage]
_STARTED_INSTEAD: Final = {
    "dagster_webserver": dagster_webserver.__name__,
    "dagster._daemon": "dagster._daemon",
}


def main() -> None:
    """Runs Dagster's services until they are ended."""
    dev.open_ipc_subprocess = _start_guarded  # pyright: ignore[reportPrivateImportUsage]
    # A user has not chosen the command that Dagster would rather be called by.
    warnings.filterwarnings("ignore", message=r"Function `dev_command` is superseded")
    sys.argv[:1] = ["dagster", "dev"]
    _cli.main()


def _start_guarded(parts: Sequence[str], **options: Any) -> Popen[Any]:
    python, flag, module, *arguments = parts
    # A module that is not known here is not started: it might be a web server without the guard.
    return _start([python, flag, _STARTED_INSTEAD[module], *arguments], **options)


if __name__ == "__main__":
    main()
