"""`musictool check`: what a refresh needs, and what else a user should know of the surroundings.

What belongs here: what takes its time or what no refresh fails for: the request that tries the
token, the health of the libraries, `.env`, the locale, the night. What a refresh looks at too is in
`app.prerequisites`.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import shlex
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from musictool_pipeline.app.prerequisites import LONGEST_LOOK, Finding, prerequisites, show
from musictool_pipeline.app.terminal import Terminal
from musictool_pipeline.core.words import counted
from musictool_pipeline.errors import (
    EXIT_DONE,
    EXIT_NEEDS_USER,
    EXIT_USAGE,
    MusicToolError,
    SettingsError,
)
from musictool_pipeline.queries.health import read_health
from musictool_pipeline.settings import DEFAULT_NIGHTLY_CRON, Settings, unknown_settings
from musictool_pipeline.settings.values import local_timezone


def check(settings: Settings, terminal: Terminal, *, as_json: bool = False) -> int:
    """Prints all prerequisites, in words or as one JSON object, the token tried with one request,
    the libraries read; gives the exit code."""
    findings = [
        *prerequisites(settings, read_libraries=True),
        *_health(settings),
        *_surroundings(settings),
        *_online(settings),
    ]
    if as_json:
        terminal.say_json({"findings": [finding.as_json() for finding in findings]})
    else:
        show(findings, terminal)
    if not all(finding.ok for finding in findings):
        return EXIT_USAGE
    return EXIT_NEEDS_USER if any(finding.needs_user for finding in findings) else EXIT_DONE


def _health(settings: Settings) -> Iterator[Finding]:
    """What is wrong with the files that the libraries name, in short; nothing if all is well."""
    health = read_health(settings, LONGEST_LOOK)
    gone, twice, low = len(health.files.gone), len(health.named_twice), len(health.low_bitrates)
    files_gone = counted(gone, "file that a library names is", "files that libraries name are")
    several = counted(twice, "file has", "files have")
    poor = counted(low, "owned track has", "owned tracks have")
    words = (
        (gone, f"{files_gone} gone"),
        (twice, f"{several} several entries in one library"),
        (low, f"{poor} no file of at least {health.least_bitrate} kbit/s"),
    )
    if found := [text for count, text in words if count]:
        yield Finding(
            True, f"Health: {'; '.join(found)}", "Run `musictool health` to see which.", remark=True
        )


def _surroundings(settings: Settings) -> Iterator[Finding]:
    """What a refresh does not fail for, and what only the nightly one needs."""
    yield from _env_file(settings.root / ".env")
    for name, nearest in unknown_settings(settings.root).items():
        yield Finding(
            True,
            f"{name} in {settings.root / '.env'} is not a setting, and has no effect",
            f"Did you mean {nearest}?" if nearest else "Remove it: .env.example lists them all.",
            remark=True,
        )
    encodings = {sys.getfilesystemencoding(), getattr(sys.stdout, "encoding", None) or "utf-8"}
    if others := sorted(name for name in encodings if codecs.lookup(name).name != "utf-8"):
        yield Finding(
            True,
            f"This locale is not in UTF-8 ({', '.join(others)}): file names with other letters "
            "cannot be read, and titles may look wrong here",
            "Set LC_ALL=C.UTF-8, or PYTHONUTF8=1 on Windows.",
            remark=True,
        )
    try:
        require_nightly_time(settings)
    except SettingsError as error:
        yield Finding(False, str(error), error.remedy)


def _env_file(path: Path) -> Iterator[Finding]:
    with contextlib.suppress(OSError):
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding(
                True,
                f"Other users of this machine can open {path}, which may hold your token",
                f"Run `chmod 600 {shlex.quote(str(path))}`.",
                remark=True,
            )


def require_nightly_time(settings: Settings) -> None:
    """Raises SettingsError if Dagster could not tell when the nightly refresh runs."""
    if settings.nightly_cron == DEFAULT_NIGHTLY_CRON:
        _ = settings.timezone or local_timezone()
        return
    # Dagster's own judgement, for which it has to be loaded.
    from musictool_pipeline.orchestration.automation import nightly_time

    nightly_time(settings)


def _online(settings: Settings) -> Iterator[Finding]:
    if settings.exposes_token or (settings.token is None and settings.live_user is None):
        return
    from musictool_pipeline.discogs.api import DiscogsApi
    from musictool_pipeline.discogs.budget import RequestBudget, budget_path
    from musictool_pipeline.discogs.live_collection import copies_on_discogs

    budget = RequestBudget(budget_path(settings.api_url), settings.requests_per_minute)
    api = DiscogsApi(settings.api_url, settings.token, budget)
    user = None
    try:
        if settings.token:
            user = api.identity()
            yield Finding(True, f"Discogs knows the token: it belongs to {user}")
        if owner := settings.live_user:
            copies = copies_on_discogs(api, owner)
            yield Finding(
                True,
                f"Discogs shows the collection of {owner}: {counted(copies, 'copy', 'copies')}",
            )
            if user is None or user.casefold() != owner.casefold():
                yield Finding(
                    True,
                    f"Folders and private fields of {owner} are shown to their owner only",
                    f"Set DISCOGS_API_KEY to a token of {owner}'s own.",
                    remark=True,
                )
    except MusicToolError as error:
        yield Finding(False, str(error), error.remedy)
