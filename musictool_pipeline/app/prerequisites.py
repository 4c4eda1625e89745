"""`musictool check`: what a refresh needs, each with a tick or with what to do.

What belongs here: looking, and saying. `refresh` begins with the same list, without the request
that tries the token.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from musictool_pipeline.app.terminal import CROSS, NOTE, TICK, Terminal
from musictool_pipeline.core.refresh_plan import RefreshPlan
from musictool_pipeline.errors import (
    EXIT_DONE,
    EXIT_USAGE,
    ExportError,
    MusicToolError,
    TokenMissing,
)
from musictool_pipeline.settings import Settings
from musictool_pipeline.storage.catalogue import open_catalogue
from musictool_pipeline.storage.export_folder import find_export, load_export

LEAST_DISK_SPACE = 200 * 1024**2


@dataclass(frozen=True, slots=True)
class Finding:
    """One prerequisite: whether a refresh can run (`ok`), in words, and the remedy.

    `remark` means that it can run, but that the user should know.
    """

    ok: bool
    text: str
    remedy: str = ""
    remark: bool = False


def check(settings: Settings, terminal: Terminal) -> int:
    """Prints all prerequisites, the token tried with one request; gives the exit code."""
    findings = [*prerequisites(settings), *_online(settings)]
    return EXIT_DONE if show(findings, terminal) else EXIT_USAGE


def show(findings: list[Finding], terminal: Terminal) -> bool:
    """Prints them; True where a refresh can run."""
    for finding in findings:
        mark = CROSS if not finding.ok else NOTE if finding.remark else TICK
        terminal.mark(mark, finding.text, finding.remedy)
    return all(finding.ok for finding in findings)


def prerequisites(settings: Settings) -> Iterator[Finding]:
    """What can be seen without a request."""
    yield _folder("Data folder", settings.data_dir)
    yield _folder("Log folder", settings.logs_dir)
    yield _live_collection(settings) if settings.live_user else _export(settings)
    if settings.username and settings.collection_csv:
        yield Finding(
            True,
            "DISCOGS_USERNAME is set, but MUSICTOOL_COLLECTION_CSV comes first: that file is read",
            "Remove MUSICTOOL_COLLECTION_CSV to read the collection from Discogs again.",
            remark=True,
        )
    if settings.token:
        yield Finding(True, f"Token: set; at most {settings.requests_per_minute} requests a minute")
    else:
        missing = TokenMissing()
        yield Finding(True, str(missing), missing.remedy, remark=True)


def _live_collection(settings: Settings) -> Finding:
    text = f"Collection: {settings.live_user}'s on Discogs, read anew at each refresh"
    try:
        loaded = load_export(find_export(settings))
        collection = open_catalogue(settings.database).collection_of(loaded)
    except ExportError:
        return Finding(True, f"{text}; not read yet")
    copies, releases = collection.copies, len(collection.release_ids)
    return Finding(
        True, f"{text}; last as {loaded.path}, {copies:,} copies of {releases:,} releases"
    )


def _export(settings: Settings) -> Finding:
    try:
        loaded = load_export(find_export(settings))
        collection = open_catalogue(settings.database).collection_of(loaded)
    except MusicToolError as error:
        return Finding(False, str(error), error.remedy)
    copies, releases = collection.copies, len(collection.release_ids)
    text = f"Collection: {loaded.path}, {copies:,} copies of {releases:,} releases"
    skipped = collection.skipped
    if skipped:
        lines = [f"line {line}: {reason}" for line, reason in skipped[:5]]
        if len(skipped) > 5:
            lines.append(f"and {len(skipped) - 5} more")
        rows = "row is" if len(skipped) == 1 else "rows are"
        return Finding(True, f"{text}; {len(skipped)} {rows} skipped", "\n".join(lines), True)
    return Finding(True, text)


def _folder(name: str, folder: Path) -> Finding:
    existing = folder
    while not existing.exists():
        existing = existing.parent
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        return Finding(
            False,
            f"{name} {folder} cannot be written to",
            "Correct its permissions, or set MUSICTOOL_DATA_DIR or MUSICTOOL_LOGS_DIR.",
        )
    free = shutil.disk_usage(existing).free
    if free < LEAST_DISK_SPACE:
        return Finding(
            False,
            f"{name} {folder}: only {free // 1024**2} MB are free on its disk",
            "Make room: 10,000 releases take about 300 MB.",
        )
    return Finding(True, f"{name}: {folder}")


def _online(settings: Settings) -> Iterator[Finding]:
    if settings.token is None and settings.live_user is None:
        return
    from musictool_pipeline.storage.discogs_api import DiscogsApi
    from musictool_pipeline.storage.live_collection import copies_on_discogs
    from musictool_pipeline.storage.request_budget import RequestBudget, budget_path

    budget = RequestBudget(budget_path(settings.api_url), settings.requests_per_minute)
    api = DiscogsApi(settings.api_url, settings.token, budget)
    user = None
    try:
        if settings.token:
            user = api.identity()
            yield Finding(True, f"Discogs knows the token: it belongs to {user}")
        if owner := settings.live_user:
            copies = copies_on_discogs(api, owner)
            yield Finding(True, f"Discogs shows the collection of {owner}: {copies:,} copies")
            if user is None or user.casefold() != owner.casefold():
                yield Finding(
                    True,
                    f"Folders and private fields of {owner} are shown to their owner only",
                    f"Set DISCOGS_API_KEY to a token of {owner}'s own.",
                    remark=True,
                )
    except MusicToolError as error:
        yield Finding(False, str(error), error.remedy)


def plan_summary(plan: RefreshPlan, settings: Settings) -> str:
    """What a refresh would do: requests and minutes."""
    if plan.is_of_unknown_size:
        return (
            "The collection was not read yet: that takes a request for each 100 copies and two "
            "more; then one for each release"
        )
    to_fetch = len(plan.to_fetch)
    anew = f" ({len(plan.stale)} of them anew)" if plan.stale else ""
    postponed = f"; {plan.postponed:,} are left for later" if plan.postponed else ""
    minutes = plan.minutes(settings.requests_per_minute)
    reading = f" ({plan.collection_requests:,} for the collection)" * bool(plan.collection_requests)
    return (
        f"{plan.fresh:,} releases are there, {to_fetch:,} to fetch{anew}: "
        f"{plan.requests:,} requests{reading}, "
        f"about {minutes:,} min at {settings.requests_per_minute} a minute{postponed}"
    )
