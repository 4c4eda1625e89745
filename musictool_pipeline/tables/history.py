"""The history of the collection: what changed from reading to reading, in files of its own.

What belongs here: keeping the collection as it was last read, and what differed each time. How
differences are found is decided in `core.collection.changes`.

The database can be made again from the export and the cache; what was on the shelf a year ago is in
neither. So the history is kept in `changes/` in the data folder, a file for each reading that
showed a change, for good (a copy bought takes 300 bytes), and the table is made of these files:

    000001.json   what the second reading changed
    000002.json   what the next one with a change in it changed, and so on
    000002.csv    the export or snapshot that was read last, byte for byte

The number of the CSV says which changes are part of the history: one renaming makes the reading the
last one and its changes final. A file of changes above it is from a run that was killed.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from musictool_pipeline.core.collection.changes import Change, collection_changes
from musictool_pipeline.core.collection.export_name import named_date
from musictool_pipeline.disk.files import content_of, storage_errors, write_atomically
from musictool_pipeline.disk.locks import locked
from musictool_pipeline.errors import ExportError, StorageError
from musictool_pipeline.inputs.export_folder import LoadedExport

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
        one is compared with. A block that was interrupted is simply done again.
        """
        with storage_errors(self._folder):
            self._folder.mkdir(exist_ok=True)
        with locked(self._folder / "reading"):
            before, number = self._last()
            is_new = before is None or before.fingerprint != loaded.fingerprint
            if before and is_new and (changes := _changes(before, loaded)):
                number += 1
                self._write(number, loaded.path, changes)
            yield [
                change
                for path in _numbered(self._folder, ".json")
                if int(path.stem) <= number
                for change in _read(path)
            ]
            if is_new:
                reading = self._folder / f"{number:06}.csv"
                write_atomically(reading, loaded.content)
                self._remove_all_but(reading)

    def _last(self) -> tuple[LoadedExport | None, int]:
        """The last reading, None if there was none, and the number of the last changes."""
        readings = _numbered(self._folder, ".csv")
        if not readings:
            return None, 0
        try:
            return LoadedExport(readings[-1], content_of(readings[-1])), int(readings[-1].stem)
        except OSError as error:
            raise StorageError(f"{readings[-1]} cannot be read: {error.strerror}") from error

    def _write(self, number: int, export: Path, changes: Sequence[Change]) -> None:
        record = {
            "changed_at": _date_of(export).isoformat(" "),
            "export": export.name,
            "changes": [asdict(change) for change in changes],
        }
        content = json.dumps(record, ensure_ascii=False, indent=1).encode()
        write_atomically(self._folder / f"{number:06}.json", content)

    def _remove_all_but(self, reading: Path) -> None:
        with storage_errors(self._folder):
            for path in _numbered(self._folder, ".csv"):
                if path != reading:
                    path.unlink(missing_ok=True)


def _numbered(folder: Path, suffix: str) -> list[Path]:
    paths = [path for path in folder.glob(f"*{suffix}") if path.stem.isdecimal()]
    return sorted(paths, key=lambda path: int(path.stem))


def _changes(before: LoadedExport, after: LoadedExport) -> tuple[Change, ...]:
    try:
        return collection_changes(before.export, after.export)
    except ExportError as error:
        if error.path != before.path:
            raise
        log.warning("What changed in the collection cannot be told this time: %s", error)
        return ()


def _read(path: Path) -> list[RecordedChange]:
    """The changes in the file; none if it is damaged, which must not keep a refresh from
    running."""
    try:
        record = json.loads(content_of(path))
        changed_at = datetime.fromisoformat(record["changed_at"])
        return [
            RecordedChange(changed_at, record["export"], Change(**change))
            for change in record["changes"]
        ]
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}") from error
    except (KeyError, TypeError, ValueError):
        log.warning("%s is damaged: the changes that it recorded are left out", path)
        return []


def _date_of(path: Path) -> datetime:
    named = named_date(path)
    if named is not None:
        return named
    modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return modified.replace(tzinfo=None, microsecond=0)
