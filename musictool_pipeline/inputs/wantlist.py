"""The wantlist on disk: which file it is, and its bytes. Read only, never written.

The latest reading of a wantlist from the API is such a file too (`discogs.live_wantlist`).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from musictool_pipeline.core.collection.export_file import columns_in_doubt
from musictool_pipeline.core.collection.export_header import COLUMNS_OF_BOTH
from musictool_pipeline.core.collection.wantlist_file import Wantlist, read_wantlist
from musictool_pipeline.disk.files import content_of
from musictool_pipeline.errors import WantlistUnreadable
from musictool_pipeline.inputs.export_folder import LARGEST_EXPORT
from musictool_pipeline.settings import Places, Settings


@dataclass(frozen=True)
class LoadedWantlist:
    """A wantlist's bytes, and where they are from. What they say is read when it is asked for."""

    path: Path
    content: bytes

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of the bytes."""
        return hashlib.sha256(self.content).hexdigest()

    @cached_property
    def columns_in_doubt(self) -> str:
        """See `core.collection.export_file`. Only of a wantlist that could be read."""
        return columns_in_doubt(self.content, COLUMNS_OF_BOTH)

    @cached_property
    def wantlist(self) -> Wantlist:
        """The releases. Raises WantlistUnreadable."""
        return read_wantlist(self.content, self.path)


def find_wantlist(settings: Settings) -> Path | None:
    """The file of the wantlist in force: its export, or the latest reading from the API, which need
    not be there yet; None if no wantlist is set."""
    user = settings.wantlist_user
    return snapshot_of(settings, user) if user else settings.wantlist_csv


def snapshot_of(places: Places, user: str) -> Path:
    """Where the latest reading of that user's wantlist is kept. What no file's name can hold
    becomes `_`."""
    return places.snapshots_dir / (re.sub(r"[^\w-]", "_", user) + "-wantlist.csv")


def load_wantlist(path: Path) -> LoadedWantlist:
    """Reads the file, and makes sure that it is a wantlist. Raises WantlistUnreadable."""
    try:
        loaded = LoadedWantlist(path, content_of(path, LARGEST_EXPORT))
    except FileNotFoundError:
        raise WantlistUnreadable(f"Wantlist not found: {path}") from None
    except OSError as error:
        raise WantlistUnreadable(f"{path} cannot be read: {error.strerror}") from None
    _ = loaded.wantlist
    return loaded
