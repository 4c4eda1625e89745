"""The empty tables, made once: a first generation is a copy of them.

What belongs here: sparing tests the time in which DuckDB makes and describes thirty tables, 60 ms
for each of hundreds of tests. How the tables are made is tested without this, with the generations.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from musictool_pipeline.disk.files import storage_errors
from musictool_pipeline.tables.generations import Warehouse

made_from_nothing = Warehouse._copy_to


@contextmanager
def copied_from(folder: Path) -> Iterator[None]:
    """Every warehouse of this process, and of those forked from it, begins with a copy of a file
    in that folder."""

    def copy_to(self: Warehouse, copy: Path) -> None:
        made_from_nothing(self, copy)
        empty = folder / f"{self._made_by.text}.duckdb"
        if not copy.exists() and self.path != empty:
            if not empty.exists():
                same = Warehouse(empty)
                same._made_by = self._made_by
                same.publish(lambda _: None)
            with storage_errors(copy):
                shutil.copyfile(empty, copy)

    Warehouse._copy_to = copy_to
    try:
        yield
    finally:
        Warehouse._copy_to = made_from_nothing
