"""The published database as the pages read it: shortly, read-only, and always the latest.

What belongs here: opening it, and remembering what was counted for as long as the file is the same.
What is asked of it belongs to `queries` and to the pages.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.published import open_tables

# Within a process DuckDB shares an open database by its path: while one visitor still reads the
# generation before, another would be handed that one too, and would remember it as the new one's.
_ONE_AT_A_TIME = threading.RLock()


@dataclass(frozen=True, slots=True)
class Generation:
    """Which file lies at the database's path: it changes with every refresh that changed it."""

    path: str
    inode: int
    modified_ns: int
    size: int


@dataclass(frozen=True, slots=True)
class View:
    """What a page works with: the settings, the database, and which generation that is (None where
    there is no file). `is_foreign`: there is a file, but not one of this version."""

    settings: Settings
    connection: duckdb.DuckDBPyConnection
    generation: Generation | None
    is_foreign: bool


@contextlib.contextmanager
def viewing(settings: Settings) -> Iterator[View]:
    """The database as it is now, for as long as a page takes to be made."""
    with _ONE_AT_A_TIME:
        # Looked at before it is opened: were it replaced in between, what is remembered under the
        # older one's name is newer than it, and is not asked for again.
        generation = _generation(settings.database)
        with open_tables(settings.database) as tables:
            is_foreign = generation is not None and not tables.are_found()
            yield View(settings, tables.connection, generation, is_foreign)


def _generation(path: Path) -> Generation | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return Generation(str(path), found.st_ino, found.st_mtime_ns, found.st_size)
