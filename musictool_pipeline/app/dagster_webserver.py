"""Dagster's web server with the guard before it: `musictool-webserver` takes the flags of
`dagster-webserver`, and starts the same server.

What belongs here: putting the guard there. Dagster has no place for a middleware of one's own, so
its command is handed an application that has one. Its version is pinned, and the tests speak to the
real server.
"""

from __future__ import annotations

import sys
from typing import Any, Final

from dagster_webserver import app, cli

from musictool_pipeline.app.guard import Guard
from musictool_pipeline.app.terminal import complain
from musictool_pipeline.errors import SettingsError
from musictool_pipeline.settings import read_settings

_dagsters_app: Final = app.create_app_from_workspace_process_context


def main() -> None:
    """Runs the web server until it is ended; exits with 2 if a setting makes no sense."""
    try:
        origins = read_settings().public_origins
    except SettingsError as error:
        complain(error.explained())
        sys.exit(error.exit_code)

    def guarded_app(*arguments: Any, **options: Any) -> Guard:
        return Guard(_dagsters_app(*arguments, **options), origins)

    cli.create_app_from_workspace_process_context = guarded_app  # pyright: ignore
    cli.main()


if __name__ == "__main__":
    main()
