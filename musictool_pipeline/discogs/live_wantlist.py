"""A user's wantlist, read from the API into a file in the form of an export.

What belongs here: what sets it apart from reading a collection (`discogs.live_collection`): a list
of its own, without folders and fields, that may be empty, and of which the latest reading alone is
kept.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from musictool_pipeline.core.collection.from_api import (
    COPIES_A_PAGE,
    CollectionPage,
    as_wantlist,
    read_page,
    whole_wantlist,
)
from musictool_pipeline.discogs import fetching
from musictool_pipeline.discogs.api import RequestCounts
from musictool_pipeline.discogs.live_collection import CollectionReading, warn_of_each_reason_once
from musictool_pipeline.disk.files import storage_errors, write_atomically
from musictool_pipeline.errors import DiscogsError, MusicToolError, WantlistUnreadable
from musictool_pipeline.inputs.wantlist import LoadedWantlist, find_wantlist, load_wantlist
from musictool_pipeline.settings import Settings

OnProgress = Callable[[int, int], None]
"""Called with the releases that have come, and with how many there are."""


@dataclass(frozen=True, slots=True)
class LatestWantlist:
    """The wantlist in force. `loaded` is None if there is none, or if it could not be read; then
    `problem` says why. `sent` says what it took."""

    loaded: LoadedWantlist | None = None
    problem: MusicToolError | None = None
    sent: RequestCounts = field(default_factory=RequestCounts)


def latest_wantlist(
    settings: Settings,
    make_api: fetching.MakeApi,
    on_progress: OnProgress = lambda done, total: None,
) -> LatestWantlist:
    """The wantlist, read again if it is read from the API. If it cannot be read, `problem` says
    why, and what was made from the last one stays. Raises StorageError."""
    path, user = find_wantlist(settings), settings.wantlist_user
    if path is None:
        return LatestWantlist()
    if user is None:
        try:
            return LatestWantlist(load_wantlist(path))
        except WantlistUnreadable as error:
            return LatestWantlist(problem=error)
    stop = threading.Event()
    api = make_api(stop, warn_of_each_reason_once())
    try:
        content = WantlistReading(api, user, stop, on_progress).export()
        with storage_errors(path.parent):
            path.parent.mkdir(exist_ok=True)
        write_atomically(path, content)
        return LatestWantlist(load_wantlist(path), sent=api.sent)
    except (DiscogsError, WantlistUnreadable) as error:
        return LatestWantlist(problem=error, sent=api.sent)
    finally:
        stop.set()
        api.close()


def requests_for_wants(wants: int) -> int:
    """How many requests a reading of so many takes."""
    return max(1, -(-wants // COPIES_A_PAGE))


class WantlistReading(CollectionReading):
    """One user's wantlist, page by page."""

    what = "wantlist"
    way_out = "set MUSICTOOL_WANTLIST to an export of it"

    def _read_all(self) -> bytes:
        return as_wantlist(whole_wantlist(self._pages()))

    def first_page(self) -> CollectionPage:
        """The first 100 releases, and how many there are: none, if everything was bought. Raises
        DiscogsError."""
        return self._read(1)

    def _read(self, number: int, first: CollectionPage | None = None) -> CollectionPage:
        document = self._document(lambda: self._api.wantlist_page(self._username, number))
        return read_page(number, document, first, name="wants")
