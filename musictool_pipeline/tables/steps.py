"""How a table is made again if what it is made from changed, and only then.

What belongs here: the order of the steps: make sure that the tables before it are there, read what
a table would be made from, compare it with what it was last made from, publish, and note it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb

from musictool_pipeline.errors import TablesMissing
from musictool_pipeline.tables.fingerprints import note, noted
from musictool_pipeline.tables.generations import Warehouse

MadeFrom = Callable[[duckdb.DuckDBPyConnection], str]
"""The fingerprint of all that a table would be made from now."""

Change = Callable[[duckdb.DuckDBPyConnection], None]
"""Makes a table in the generation that is being made."""


def require(
    connection: duckdb.DuckDBPyConnection, database: Path, name: str, *upstream: str
) -> None:
    """Raises TablesMissing if `name` would be made from tables that were never made: another
    version wrote the database, and this one sees empty tables, or a step was left out. Then `name`
    would be empty too, and would replace the last good one. In a new project there is none."""
    missing = [table for table in upstream if noted(connection, table) is None]
    has_collection = noted(connection, "collection_items") is not None
    if missing and (has_collection or is_of_another(connection, database)):
        raise TablesMissing(name, missing)


def is_of_another(connection: duckdb.DuckDBPyConnection, database: Path) -> bool:
    """True if another version or another program wrote the file at `database`; the next `publish`
    puts it aside. The connection must read `to_build_on`."""
    return database.exists() and noted(connection, "form") is None


def rebuild(
    warehouse: Warehouse, name: str, upstream: str, made_from: MadeFrom, change: Change
) -> bool:
    """Makes the table `name` with `change`, in a new generation, if it is not made from that
    already. True if it was made. Raises TablesMissing if the table `upstream` is not there, and
    what `Warehouse.publish` raises."""
    with warehouse.read(to_build_on=True) as connection:
        require(connection, warehouse.path, name, upstream)
        fingerprint = made_from(connection)
        if noted(connection, name) == fingerprint:
            return False
    publish_from(warehouse, name, fingerprint, change)
    return True


def publish_from(warehouse: Warehouse, name: str, fingerprint: str, change: Change) -> None:
    """The second half of `rebuild`, for a table that takes long to prepare. The database is not
    open during that time, since an open one shows no later generation.

    A `change` that also changes what the table is made from notes the later fingerprint itself.
    """

    def make(connection: duckdb.DuckDBPyConnection) -> None:
        note(connection, name, fingerprint)
        change(connection)

    warehouse.publish(make)
