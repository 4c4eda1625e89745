"""What a table was last made from, so that nothing is made again where nothing changed.

What belongs here: fingerprints, and where they are kept. What goes into one is known by who makes
the table.
"""

from __future__ import annotations

import functools
import hashlib
import json
from importlib import resources

import duckdb


def fingerprint_of(*inputs: object) -> str:
    """The same for the same inputs, which must be what JSON can hold."""
    return hashlib.sha256(json.dumps(inputs).encode()).hexdigest()


@functools.cache
def code_of(*packages: str) -> str:
    """A fingerprint of the modules and tables that stand in these packages, those below left out.

    A decision made by other code may be another decision; nobody has to remember a number to raise.
    """
    digest = hashlib.sha256()
    for package in packages:
        files = (entry for entry in resources.files(package).iterdir() if entry.is_file())
        for file in sorted(files, key=lambda entry: entry.name):
            if file.name.endswith((".py", ".tsv", ".txt")):
                digest.update(file.read_bytes())
    return digest.hexdigest()


def noted(connection: duckdb.DuckDBPyConnection, name: str) -> str | None:
    """The fingerprint that was last noted for a table; None where it was never made."""
    row = connection.execute(
        "SELECT fingerprint FROM pipeline.fingerprints WHERE name = ?", [name]
    ).fetchone()
    return row[0] if row else None


def note(connection: duckdb.DuckDBPyConnection, name: str, fingerprint: str) -> None:
    """Remembers it, in the generation that is being made."""
    connection.execute(
        "INSERT OR REPLACE INTO pipeline.fingerprints VALUES (?, ?)", [name, fingerprint]
    )
