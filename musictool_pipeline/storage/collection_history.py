"""The history of the collection: what changed from reading to reading, in files of its own.

What belongs here: keeping the collection as it was last read, and what differed each time. How
differences are found stands in `core.collection_changes`.

The database can be made anew from the export and the cache; what was on the shelf a year ago is in
neither. So the history is kept in `changes/` in the data folder, a file for each reading that
showed a change, for good (a copy bought takes 300 bytes), and the table is made of these files:

    last.csv      the export or snapshot that the tables were last made from, byte for byte
    000001.json   what the second one changed, and so on
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from musictool_pipeline.core.collection_changes import Change, collection_changes
from musictool_pipeline.core.collection_export import named_date
from musictool_pipeline.errors import ExportError, StorageError
from musictool_pipeline.storage.export_folder import LoadedExport
from musictool_pipeline.storage.files import storage_errors, write_atomically

LAST = "last.csv"

log = logging.getLogger("musictool")


@dataclass(frozen=True, slots=True)
class RecordedChange:
    """A change, the date of the reading that showed it (of its file's name, else of the file,
    UTC), and that reading's file name."""

    changed_at: datetime
    export: str
    change: Change


class CollectionHistory:
    """The history in `folder`, which need not exist yet."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def recording(self, loaded: LoadedExport) -> Iterator[list[RecordedChange]]:
        """Records what a new reading changed, and gives all changes, that one's at the end.

        With the end of the block, and not if it fails, `loaded` becomes the reading that the next
        one is compared with. A block that was interrupted is simply done again, and records the
        same changes under the same numbers.
        """
        with storage_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self._folder / ".lock"):
            before = self._last()
            is_new = before is None or before.fingerprint != loaded.fingerprint
            if before and is_new:
                self._record(before, loaded)
            yield self.changes()
            if is_new:
                write_atomically(self._folder / LAST, loaded.content)

    def changes(self) -> list[RecordedChange]:
        """All that were recorded, the oldest first; those of a damaged file are left out."""
        return [change for path in self._files() for change in _read(path)]

    def _record(self, before: LoadedExport, loaded: LoadedExport) -> None:
        try:
            changes = collection_changes(before.export, loaded.export)
        except ExportError as error:
            if error.path != before.path:
                raise
            log.warning("What changed in the collection cannot be told this time: %s", error)
            return
        if not changes:
            return
        record = {
            "changed_at": _date_of(loaded.path).isoformat(" "),
            "export": loaded.path.name,
            "before": before.fingerprint,
            "after": loaded.fingerprint,
            "changes": [asdict(change) for change in changes],
        }
        content = json.dumps(record, ensure_ascii=False, indent=1).encode()
        write_atomically(self._folder / f"{self._number(record):06}.json", content)

    def _number(self, record: dict[str, object]) -> int:
        """One more than the last; or the same, where that one was recorded by a run that ended
        before it could say that it was done with it."""
        files = self._files()
        if not files:
            return 1
        last = _document(files[-1])
        is_again = all(last.get(name) == record[name] for name in ("before", "after"))
        return int(files[-1].stem) + (0 if is_again else 1)

    def _files(self) -> list[Path]:
        return sorted(path for path in self._folder.glob("*.json") if path.stem.isdecimal())

    def _last(self) -> LoadedExport | None:
        path = self._folder / LAST
        try:
            return LoadedExport(path, path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageError(f"{path} cannot be read: {error.strerror}") from error


def _read(path: Path) -> list[RecordedChange]:
    document = _document(path)
    try:
        changed_at = datetime.fromisoformat(document["changed_at"])
        return [
            RecordedChange(changed_at, document["export"], Change(**change))
            for change in document["changes"]
        ]
    except (KeyError, TypeError, ValueError):
        log.warning("%s is damaged: the changes that it recorded are left out", path)
        return []


def _document(path: Path) -> dict[str, Any]:
    """The file's content; empty where it is damaged, which must not keep a refresh from running."""
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _date_of(path: Path) -> datetime:
    named = named_date(path)
    if named is not None:
        return named
    modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return modified.replace(tzinfo=None, microsecond=0)
