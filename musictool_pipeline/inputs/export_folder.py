"""The collection export on disk: which file it is, and its bytes. Read only, never written.

A snapshot of a collection that is read from the API is such a file too.
"""

from __future__ import annotations

import hashlib
import logging
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from musictool_pipeline.core.collection.export_file import (
    CollectionExport,
    columns_in_doubt,
    read_collection_export,
)
from musictool_pipeline.core.collection.export_name import (
    ExportFile,
    is_candidate,
    is_wantlist,
    newest_export,
    oldest_first,
)
from musictool_pipeline.core.text import one_line
from musictool_pipeline.errors import DamagedExport, ExportNotFound, NotACollectionExport
from musictool_pipeline.settings import Settings

# 200,000 copies with long notes come to 60 MB.
LARGEST_EXPORT = 512 * 1024**2

MOST_LOGGED = 5

log = logging.getLogger("musictool")


@dataclass(frozen=True)
class LoadedExport:
    """An export's bytes, and where they are from. What they say is read when it is asked for: a
    refresh that knows the fingerprint need not read them again."""

    path: Path
    content: bytes

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of the bytes."""
        return hashlib.sha256(self.content).hexdigest()

    @cached_property
    def columns_in_doubt(self) -> str:
        """See `core.collection.export_file`. Only of an export that could be read."""
        return columns_in_doubt(self.content)

    @cached_property
    def export(self) -> CollectionExport:
        """The copies. Dates and years that cannot be read are logged. Raises NotACollectionExport
        or DamagedExport."""
        export = read_collection_export(self.content, self.path)
        for value in export.unread[:MOST_LOGGED]:
            log.warning("%s, line %d: %s", self.path, value.line, one_line(value.reason))
        if (more := len(export.unread) - MOST_LOGGED) > 0:
            log.warning("%s: %d more dates or years cannot be read", self.path, more)
        return export


def find_export(settings: Settings) -> Path:
    """The export in force: the one that is set; or, of a collection that is read from the API, the
    latest snapshot; or else the newest in the data folder.

    Raises ExportNotFound, with the path that was looked for.
    """
    if settings.collection_csv:
        if not settings.collection_csv.exists():
            raise ExportNotFound(settings.collection_csv)
        return settings.collection_csv
    if settings.live_user:
        snapshots = list_snapshots(settings.snapshots_dir, settings.live_user)
        if not snapshots:
            raise ExportNotFound(
                settings.snapshots_dir / snapshot_name(settings.live_user, "*"),
                "The collection was never read from Discogs: `musictool refresh` does it.",
            )
        return snapshots[-1]
    found = newest_export(list_exports(settings.data_dir))
    if found is None:
        raise ExportNotFound(settings.data_dir / "*.csv", _about_wantlists(settings.data_dir))
    return found.path


def _about_wantlists(folder: Path) -> str | None:
    """The usual remedy, and what to do with the wantlist that was put there; None if none was."""
    found = next(filter(is_wantlist, sorted(folder.glob("*"))), None)
    if found is None:
        return None
    return (
        f"{ExportNotFound.remedy} {found.name} is a wantlist: set MUSICTOOL_WANTLIST to {found} to "
        "have it read beside the collection."
    )


def list_snapshots(folder: Path, username: str) -> list[Path]:
    """The snapshots of that user's collection, the oldest first."""
    first, last = map(re.escape, snapshot_name(username, "*").split("*"))
    name = re.compile(rf"{first}[0-9]{{8}}-[0-9]{{4}}(?:-[0-9]+)?{last}")
    files = [file for file in list_exports(folder) if name.fullmatch(file.path.name)]
    return [file.path for file in oldest_first(files)]


def snapshot_name(username: str, minute: str) -> str:
    """The name that Discogs gives an export. What no file's name can hold becomes `_`."""
    return re.sub(r"[^\w-]", "_", username) + f"-collection-{minute}.csv"


def list_exports(folder: Path) -> list[ExportFile]:
    """The files of the folder that can be exports by their names."""
    exports: list[ExportFile] = []
    for path in sorted(folder.glob("*")):
        try:
            if is_candidate(path) and path.is_file():
                exports.append(ExportFile(path, path.stat().st_mtime))
        except FileNotFoundError:  # being replaced just now: then the new one is seen next time
            continue
    return exports


def load_export(path: Path) -> LoadedExport:
    """Reads the file. Raises NotACollectionExport, DamagedExport or ExportNotFound."""
    try:
        if path.exists() and not path.is_file():
            raise NotACollectionExport(f"{path} is no file", path=path)
        if path.stat().st_size > LARGEST_EXPORT:
            raise NotACollectionExport(
                f"{path} is larger than {LARGEST_EXPORT // 1024**2} MB", path=path
            )
        return LoadedExport(path, path.read_bytes())
    except FileNotFoundError:
        raise ExportNotFound(path) from None
    except OSError as error:
        raise DamagedExport(f"{path} cannot be read: {error.strerror}", path=path) from None
