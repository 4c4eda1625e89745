"""Whether anything has moved since a refresh looked at everything and found nothing to do.

A refresh is a Dagster job, and Dagster takes seconds to start and a hundred records to say that
nothing happened. What belongs here: the state of all that a refresh reads and leaves, told
from files' names, sizes and times, and the note of the state in which the last one found nothing to
do. As long as that is the state, the next one would find nothing either.

If the state cannot be told, there is none, and the refresh looks for itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from musictool_pipeline.discogs.cache import TracklistCache
from musictool_pipeline.disk.files import content_of, write_atomically
from musictool_pipeline.errors import ExportError
from musictool_pipeline.inputs.export_folder import find_export
from musictool_pipeline.inputs.library_folder import libraries_in_force
from musictool_pipeline.libraries.errors import LibraryError
from musictool_pipeline.settings import Places, Settings
from musictool_pipeline.tables.fingerprints import fingerprint_of
from musictool_pipeline.tables.library import known_libraries
from musictool_pipeline.tables.library_state import library_state
from musictool_pipeline.tables.published import open_tables

_PACKAGE = Path(__file__).resolve().parents[1]

# Dagster's own storage in files, as the root's `dagster.yaml` has it, and as it is by default.
_RECORDS = ("history/runs.db", "history/runs/index.db")
_RECORD_FOLDERS = (".dagster/storage", ".")


@dataclass(frozen=True, slots=True)
class State:
    """`data`: of the collection, the libraries, the decisions, the tracklists, the tables, the
    settings and the code. `records`: of what Dagster keeps of runs and partitions."""

    data: str
    records: str

    def is_the_data_of(self, other: State | None) -> bool:
        """Whether nothing but Dagster's records has moved between the two."""
        return other is not None and self.data == other.data


def look(settings: Settings) -> State | None:
    """The state as it is now; nothing is written. None if it cannot be told from here: the
    collection is read from the API, a library or a part of one cannot be read (it is tried again
    each time), there is no export, or Dagster keeps its records elsewhere."""
    records = _records(settings)
    if settings.live_user or settings.wantlist_user or not records:
        return None
    try:
        export = find_export(settings)
        libraries = [library_state(path) for path in libraries_in_force(settings)]
    except (ExportError, LibraryError):
        return None
    with open_tables(settings.database, foreign="hide") as tables:
        known = known_libraries(tables.connection)
    if any(library.error or library.problems for library in known):
        return None
    files = (
        export,
        settings.overrides_file,
        settings.database,
        settings.report_file,
        *([settings.discogs_dump] if settings.discogs_dump else []),
        *([settings.wantlist_csv] if settings.wantlist_csv else []),
        *_code(),
    )
    listing = TracklistCache(settings.cache_dir).listing()
    # The settings show their token as `Secret(***)`.
    data = fingerprint_of(repr(settings), libraries, listing, [_mark(file) for file in files])
    return State(data, fingerprint_of([_mark(file) for file in records]))


def read_noted(places: Places) -> State | None:
    """The state in which a refresh last found nothing to do; None if none ever did."""
    try:
        return State(**json.loads(content_of(places.standstill_file)))
    except (OSError, ValueError, TypeError):
        return None


def note(places: Places, state: State) -> None:
    """Remembers the state as one in which there is nothing to do. Raises StorageError."""
    content = json.dumps(asdict(state), indent=1).encode()
    write_atomically(places.standstill_file, content, durable=False)


def _code() -> Iterator[Path]:
    """What the tables depend on besides the data: another version may decide otherwise."""
    yield from sorted(_PACKAGE.rglob("*.py"))
    yield from sorted(_PACKAGE.rglob("*.sql"))


def _records(settings: Settings) -> list[Path]:
    home = settings.dagster_home or settings.root
    for folder in _RECORD_FOLDERS:
        records = [home / folder / name for name in _RECORDS]
        if all(file.exists() for file in records):
            # What SQLite has not yet moved into a database is in a log beside it.
            logs = [file.with_name(f"{file.name}-wal") for file in records]
            return [*records, *(log for log in logs if log.exists() and log.stat().st_size)]
    return []


def _mark(file: Path) -> str:
    try:
        found = file.stat()
    except OSError:
        return f"{file}: not there"
    return f"{file}: {found.st_size} {found.st_mtime_ns} {found.st_ino}"
