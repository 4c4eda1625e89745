"""What a refresh needs, each with a tick or with what to do.

What belongs here: what `musictool refresh` and `musictool check` both begin with. What only a check
looks at is in `app.check`.
"""

from __future__ import annotations

import math
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from musictool_pipeline.app.terminal import CROSS, NOTE, TICK, Terminal
from musictool_pipeline.core.discogs.refresh_plan import RefreshPlan
from musictool_pipeline.core.text import one_line
from musictool_pipeline.core.words import counted
from musictool_pipeline.errors import (
    LAST_GOOD_EXPORT,
    LAST_GOOD_WANTLIST,
    ExportError,
    MusicToolError,
    SettingsError,
    StorageError,
    TokenExposed,
    TokenMissing,
    WantlistUnreadable,
)
from musictool_pipeline.inputs.decisions import load_overrides
from musictool_pipeline.inputs.export_folder import find_export, load_export
from musictool_pipeline.inputs.library_folder import libraries_in_force
from musictool_pipeline.inputs.wantlist import find_wantlist, load_wantlist
from musictool_pipeline.libraries.errors import LibraryError
from musictool_pipeline.libraries.folder import audio_files
from musictool_pipeline.libraries.formats import FOLDER
from musictool_pipeline.libraries.reading import read_library
from musictool_pipeline.libraries.recognise import libraries_at
from musictool_pipeline.queries.library_remarks import HOW_TO_ADD_A_LIBRARY
from musictool_pipeline.queries.overview import read_overview
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.collection import collection_of
from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline.tables.library import trusted_kinds

LEAST_DISK_SPACE = 200 * 1024**2

# Seconds that a check looks into one library: 50,000 entries, or a folder of half a million files.
LONGEST_LOOK = 2.0

MOST_LINES = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One prerequisite: whether a refresh can run (`ok`), in words, and the remedy.

    `remark` means that it can run, but that the user should know; `needs_user` that it can run, but
    would end with exit code 1.
    """

    ok: bool
    text: str
    remedy: str = ""
    remark: bool = False
    needs_user: bool = False

    @property
    def is_to_do(self) -> bool:
        """True if the user has to correct something."""
        return self.needs_user or not self.ok

    def as_json(self) -> dict[str, Any]:
        """For scripts, as docs/json.md describes it."""
        return asdict(self)


def show(findings: list[Finding], terminal: Terminal) -> bool:
    """Prints them; True if a refresh can run."""
    for finding in findings:
        mark = CROSS if finding.is_to_do else NOTE if finding.remark else TICK
        terminal.mark(mark, finding.text, finding.remedy)
    return all(finding.ok for finding in findings)


def prerequisites(settings: Settings, *, read_libraries: bool = False) -> Iterator[Finding]:
    """What can be seen without a request; of the libraries, unless they are to be read, only what
    their beginning shows."""
    yield _folder("Data folder", settings.data_dir, "MUSICTOOL_DATA_DIR")
    yield _folder("Log folder", settings.logs_dir, "MUSICTOOL_LOGS_DIR")
    yield _dagsters_folder(settings)
    yield _live_collection(settings) if settings.live_user else _export(settings)
    if settings.username and settings.collection_csv:
        yield Finding(
            True,
            "DISCOGS_USERNAME is set, but MUSICTOOL_COLLECTION_CSV comes first: that file is read",
            "Remove MUSICTOOL_COLLECTION_CSV to read the collection from Discogs again.",
            remark=True,
        )
    if settings.exposes_token:
        exposed = TokenExposed(settings.api_url)
        yield Finding(False, str(exposed), exposed.remedy)
    elif settings.token:
        yield Finding(True, f"Token: set; at most {settings.requests_per_minute} requests a minute")
    else:
        missing = TokenMissing()
        yield Finding(True, str(missing), missing.remedy, remark=True)
    yield from _wantlist(settings)
    yield from _libraries(settings, read_libraries)
    yield from _decisions(settings.overrides_file)


def _live_collection(settings: Settings) -> Finding:
    text = f"Collection: {settings.live_user}'s on Discogs, read again at each refresh"
    try:
        loaded = load_export(find_export(settings))
        collection = collection_of(Warehouse(settings.database), loaded)
    except ExportError:
        return Finding(True, f"{text}; not read yet")
    copies, releases = collection.copies, len(collection.release_ids)
    return Finding(True, f"{text}; last as {loaded.path}, {_size(copies, releases)}")


def _export(settings: Settings) -> Finding:
    try:
        loaded = load_export(find_export(settings))
        collection = collection_of(Warehouse(settings.database), loaded)
    except MusicToolError as error:
        has_collection = settings.database.exists()
        remedy = error.remedy if has_collection else error.remedy.replace(LAST_GOOD_EXPORT, "")
        return Finding(False, str(error), remedy.strip())
    copies, releases = collection.copies, len(collection.release_ids)
    text = f"Collection: {loaded.path}, {_size(copies, releases)}"
    return _in_part(text, loaded.columns_in_doubt, collection.skipped)


def _wantlist(settings: Settings) -> Iterator[Finding]:
    """Nothing if none is set. The collection does not need one, so a refresh can run anyhow."""
    path, user = find_wantlist(settings), settings.wantlist_user
    if path is None:
        return
    text = f"Wantlist: {user}'s on Discogs, read again at each refresh" if user else "Wantlist"
    try:
        loaded = load_wantlist(path)
        wants = loaded.wantlist
    except WantlistUnreadable as error:
        if user:
            yield Finding(True, f"{text}; not read yet")
        else:
            has_wantlist = read_overview(settings.database).wantlist.releases
            remedy = error.remedy if has_wantlist else error.remedy.replace(LAST_GOOD_WANTLIST, "")
            yield Finding(True, str(error), remedy.strip(), needs_user=True)
        return
    there = f"{path}, {counted(len(wants.wants), 'release')}"
    text = f"{text}; last as {there}" if user else f"{text}: {there}"
    skipped = [(row.line, row.reason) for row in wants.skipped]
    yield _in_part(text, loaded.columns_in_doubt, skipped)


def _in_part(text: str, columns: str, lines: Sequence[tuple[int, str]]) -> Finding:
    """A list that can be read, which of its columns are not, and its rows that cannot be used."""
    rows = "row is" if len(lines) == 1 else "rows are"
    skipped = f"; {len(lines)} {rows} skipped" if lines else ""
    remedy = "\n".join(filter(None, [columns, _first(lines)]))
    return Finding(True, text + skipped, remedy, remark=bool(remedy))


def _size(copies: int, releases: int) -> str:
    return f"{counted(copies, 'copy', 'copies')} of {counted(releases, 'release')}"


def _first(lines: Sequence[tuple[int, str]]) -> str:
    """The first of what is wrong with a file's lines."""
    named = [one_line(f"line {line}: {reason}") for line, reason in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        named.append(f"and {len(lines) - MOST_LINES} more")
    return "\n".join(named)


def _libraries(settings: Settings, read: bool) -> Iterator[Finding]:
    paths = libraries_in_force(settings)
    if not paths:
        yield Finding(True, "No digital library found", HOW_TO_ADD_A_LIBRARY, remark=True)
    try:
        trusted_kinds(settings.trusted)
    except SettingsError as error:
        yield Finding(False, str(error), error.remedy)
    for path in paths:
        try:
            yield _library(path, read)
        except LibraryError as error:
            # What was read of it before still counts, so a refresh can run.
            yield Finding(True, str(error), error.remedy, needs_user=True)


def _library(path: Path, read: bool) -> Finding:
    found = list(libraries_at(path))
    kinds = " and ".join(dict.fromkeys(format.words for format, _ in found))
    text = f"Digital library: {path} ({kinds})"
    if not read:
        return Finding(True, text)
    counts = [
        # The tags of audio files would take minutes.
        _counted(audio_files(where, lambda name, reason: None), "audio file", "audio files")
        if format is FOLDER
        else _counted(read_library(where), "entry", "entries")
        for format, where in found
    ]
    is_empty = all(count.startswith("0 ") for count in counts)
    return Finding(True, f"{text}, {', '.join(counts)}", remark=is_empty)


def _counted(items: Iterable[object], one: str, many: str) -> str:
    """How many there are, in words. Raises LibraryError if they cannot be read to their end."""
    until = math.inf
    count = 0
    for count, _ in enumerate(items, start=1):
        if count == 1:  # opening a database may take longer than counting its entries
            until = time.monotonic() + LONGEST_LOOK
        elif time.monotonic() > until:
            return f"at least {count:,} {many}"
    return counted(count, one, many)


def _decisions(path: Path) -> Iterator[Finding]:
    """What the file itself shows; whether a line speaks of what is there, a refresh finds out."""
    try:
        overrides, fingerprint = load_overrides(path)
    except StorageError as error:
        # The tracklists can be fetched all the same.
        yield Finding(True, str(error), error.remedy, needs_user=True)
        return
    if not fingerprint:
        return
    problems = [(problem.line, problem.reason) for problem in overrides.problems]
    text = f"Your decisions: {path}, {len(overrides.decisions):,}"
    if not problems:
        yield Finding(True, text)
    elif overrides.decisions:
        lines = "line makes" if len(problems) == 1 else "lines make"
        yield Finding(True, f"{text}; {len(problems)} {lines} no sense", _first(problems), True)
    else:
        yield Finding(
            True, f"Your decisions: none in {path} can be used", _first(problems), needs_user=True
        )


def _dagsters_folder(settings: Settings) -> Finding:
    home = settings.dagster_home
    if home and not home.is_dir():
        return Finding(
            False, f"DAGSTER_HOME is {home}, which is no folder", "Make it, or unset DAGSTER_HOME."
        )
    return _folder("Dagster's folder", home or settings.root / ".dagster", "DAGSTER_HOME")


def _folder(name: str, folder: Path, setting: str) -> Finding:
    existing = folder
    while not os.path.exists(existing) and existing != existing.parent:  # noqa: PTH110 (no error)
        existing = existing.parent
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        return Finding(
            False,
            f"{name} {folder} cannot be written to",
            f"Correct its permissions, or set {setting} to a folder of yours.",
        )
    free = shutil.disk_usage(existing).free
    if free < LEAST_DISK_SPACE:
        return Finding(
            False,
            f"{name} {folder}: only {free // 1024**2} MB are free on its disk",
            "Make room: 10,000 releases take about 300 MB.",
        )
    return Finding(True, f"{name}: {folder}")


def plan_summary(plan: RefreshPlan, settings: Settings) -> str:
    """What a refresh would do: requests and minutes."""
    if plan.is_of_unknown_size:
        return (
            "The collection was not read yet: that takes a request for each 100 copies and two "
            "more; then one for each release"
        )
    to_fetch = len(plan.of_collection)
    again = f" ({len(plan.stale)} of them again)" if plan.stale else ""
    postponed = f"; {plan.postponed:,} are left for later" if plan.postponed else ""
    minutes = plan.minutes(settings.requests_per_minute)
    reading = f" ({plan.collection_requests:,} for the collection)" * bool(plan.collection_requests)
    wanted = f", and {len(plan.wanted):,} of the wantlist" * bool(plan.wanted)
    unread = "; the wantlist was not read yet, so its releases are not counted"
    left_out = postponed + unread * (not plan.wantlist_is_known)
    there = f"{counted(plan.fresh, 'release')} {'is' if plan.fresh == 1 else 'are'} there"
    if not plan.requests:
        return f"{there}, and there is nothing to fetch{left_out}"
    return (
        f"{there}, {to_fetch:,} to fetch{again}{wanted}: "
        f"{counted(plan.requests, 'request')}{reading}, "
        f"about {minutes:,} min at {settings.requests_per_minute} a minute{left_out}"
    )
