"""A user's collection, read from the API into a snapshot in the export's own form.

What belongs here: asking for all of it, trying again, and keeping the file.
`core.collection.from_api` says what the documents mean, and whether they fit together; reading the
snapshot is reading an export.

A snapshot is written when everything is there and fits, and not before: a reading that breaks off
leaves no trace.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from musictool_pipeline.core.collection.export_name import named_date
from musictool_pipeline.core.collection.from_api import (
    CollectionPage,
    Shelf,
    Unfit,
    as_export,
    read_page,
    read_shelf,
    whole_collection,
)
from musictool_pipeline.core.discogs.answers import (
    Document,
    DocumentAnswer,
    Missing,
    Stop,
    TryLater,
)
from musictool_pipeline.core.discogs.waiting import Wait
from musictool_pipeline.discogs import fetching
from musictool_pipeline.discogs.api import Asked, DiscogsApi, OnWait, RequestCounts
from musictool_pipeline.disk.files import storage_errors, write_atomically
from musictool_pipeline.errors import (
    AccessRefused,
    CollectionInMotion,
    CollectionUnavailable,
    DiscogsError,
    ExportError,
    Unreachable,
)
from musictool_pipeline.inputs.export_folder import (
    LoadedExport,
    find_export,
    list_snapshots,
    load_export,
    snapshot_name,
)
from musictool_pipeline.settings import Settings

KEPT_SNAPSHOTS = 30
MOST_READINGS = 2

OnProgress = Callable[[int, int], None]
"""Told how many copies have come, of how many."""

log = logging.getLogger("musictool")


@dataclass(frozen=True, slots=True)
class LatestCollection:
    """The collection in force. `loaded` is None if none was ever read into a file; `problem`
    says why it could not be read again, `sent` what it took."""

    loaded: LoadedExport | None
    problem: DiscogsError | None = None
    sent: RequestCounts = field(default_factory=RequestCounts)


def latest_collection(
    settings: Settings,
    make_api: fetching.MakeApi,
    on_progress: OnProgress = lambda done, total: None,
) -> LatestCollection:
    """The collection, read again if it is read from the API at all.

    Where that fails, the latest snapshot stays in force, and `problem` says so. Raises ExportError
    where a CSV cannot be used, AccessRefused where Discogs does not know the token (then nothing
    can be fetched either), and StorageError.
    """
    username = settings.live_user
    if username is None:
        return LatestCollection(load_export(find_export(settings)))
    stop = threading.Event()
    api = make_api(stop, warn_of_each_reason_once())
    reading = CollectionReading(api, username, stop, on_progress)
    try:
        snapshot = keep_snapshot(
            settings.snapshots_dir, username, reading.export(), datetime.now(UTC)
        )
        return LatestCollection(load_export(snapshot), sent=api.sent)
    except AccessRefused:
        raise
    except DiscogsError as error:
        try:
            last = load_export(find_export(settings))
        except ExportError:
            last = None
        return LatestCollection(last, error, api.sent)
    finally:
        stop.set()
        api.close()


def copies_on_discogs(api: DiscogsApi, username: str) -> int:
    """How many copies that user's collection has, for one request and one attempt.

    Raises DiscogsError if it cannot be seen.
    """
    reading = CollectionReading(
        api, username, threading.Event(), lambda done, total: None, attempts=1
    )
    return reading.first_page().total


def warn_of_each_reason_once() -> OnWait:
    """For a client that waits: a waiting request says so every second."""
    last = ""

    def tell(wait: Wait) -> None:
        nonlocal last
        if wait.reason and wait.reason != last:
            log.warning("%s", wait.reason)
        last = wait.reason

    return tell


def keep_snapshot(folder: Path, username: str, content: bytes, now: datetime) -> Path:
    """`content` as the latest snapshot, named by the minute of `now`; the latest one itself where
    that says the same. Of each user the last 30 are kept. Raises StorageError."""
    snapshots = list_snapshots(folder, username)
    with storage_errors(folder):
        if snapshots and snapshots[-1].read_bytes() == content:
            return snapshots[-1]
        folder.mkdir(exist_ok=True)
        path = _next_name(folder, username, now, snapshots[-1] if snapshots else None)
    write_atomically(path, content)
    with storage_errors(folder):
        for old in [*snapshots, path][:-KEPT_SNAPSHOTS]:
            old.unlink(missing_ok=True)
    return path


def _next_name(folder: Path, username: str, now: datetime, latest: Path | None) -> Path:
    """A name that makes it the latest, even by a clock that was set back."""
    minute = now.replace(tzinfo=None)
    if latest and (named := named_date(latest)):
        minute = max(minute, named)
    path = folder / snapshot_name(username, f"{minute:%Y%m%d-%H%M}")
    number = 1
    while path.exists():
        path = folder / snapshot_name(username, f"{minute:%Y%m%d-%H%M}-{number}")
        number += 1
    return path


class CollectionReading:
    """One user's collection, asked for page by page: a request a second is all that is allowed, so
    that several at the same time would bring nothing. `discogs.live_wantlist` reads another list in
    the same way."""

    what = "collection"
    way_out = "remove DISCOGS_USERNAME and read an export"

    def __init__(
        self,
        api: DiscogsApi,
        username: str,
        stop: threading.Event,
        on_progress: OnProgress,
        attempts: int | None = None,
    ) -> None:
        self._attempts = attempts or fetching.MOST_ATTEMPTS
        self._api = api
        self._username = username
        self._stop = stop
        self._on_progress = on_progress

    def export(self) -> bytes:
        """The whole collection in the export's form. Raises DiscogsError."""
        reason = ""
        for _ in range(MOST_READINGS):
            try:
                return self._read_all()
            except Unfit as unfit:
                reason = str(unfit)
                log.warning("The %s changed while it was read (%s)", self.what, reason)
        raise CollectionInMotion(
            f"The {self.what} of {self._username} changed while it was read, "
            f"{MOST_READINGS} times in a row: {reason}"
        )

    def _read_all(self) -> bytes:
        shelf = self._shelf()
        return as_export(whole_collection(self._pages(), shelf), shelf)

    def _pages(self) -> Iterator[CollectionPage]:
        """One page after the other, each asked for when the one before it was found to fit."""
        first = page = self.first_page()
        done = 0
        while True:
            done += len(page.copies)
            self._on_progress(done, first.total)
            yield page
            if page.number >= first.pages:
                return
            page = self._read(page.number + 1, first)

    def first_page(self) -> CollectionPage:
        """The first 100 copies, and how many there are. Raises DiscogsError."""
        first = self._read(1)
        if not first.total:
            raise CollectionUnavailable(
                f"The collection of {self._username} is empty, or Discogs shows nothing of it"
            )
        return first

    def _shelf(self) -> Shelf:
        folders = self._document(lambda: self._api.collection_folders(self._username))
        fields = self._document(lambda: self._api.collection_fields(self._username))
        shelf = read_shelf(folders, fields)
        if not shelf.is_owners:
            log.warning(
                "Discogs shows folders and private fields to their owner only: set "
                "DISCOGS_API_KEY to a token of %s's own",
                self._username,
            )
        return shelf

    def _read(self, number: int, first: CollectionPage | None = None) -> CollectionPage:
        document = self._document(lambda: self._api.collection_page(self._username, number))
        return read_page(number, document, first)

    def _document(self, ask: Callable[[], Asked[DocumentAnswer]]) -> dict[str, Any]:
        """The answer's JSON; asked for again as a release is."""
        failures = 0
        while True:
            asked = ask()
            match asked.answer:
                case Document(payload=payload):
                    return payload
                case Missing(cause=cause):
                    raise CollectionUnavailable(
                        f"Discogs knows no user {self._username}, or nothing of the {self.what}: "
                        f"{cause}"
                    )
                case Stop() as refusal:
                    raise self._refused(refusal)
                case TryLater() as answer:
                    if answer.throttled:
                        continue  # the budget makes everybody wait, and gives up after three
                    failures += 1
                    if failures >= self._attempts:
                        raise Unreachable(f"Discogs gives no usable answer ({answer.cause})")
                    pause = fetching.pause_before_retry(failures, answer.pause, random.random())
                    self._stop.wait(pause)

    def _refused(self, refusal: Stop) -> DiscogsError:
        if refusal.status == 401 and self._api.has_token:
            return AccessRefused(f"Discogs refused access: {refusal.cause}")
        whose = "a token of another user" if self._api.has_token else "no token"
        return CollectionUnavailable(
            f"The {self.what} of {self._username} is private, and there is {whose}: "
            f"{refusal.cause}",
            f"Set DISCOGS_API_KEY to a token of {self._username}'s own (discogs.com > Settings > "
            f"Developers), make the {self.what} public (Settings > Privacy), or {self.way_out}. "
            "Nothing was changed.",
        )
