"""The tables that are part of the installation: the matcher's words and its points.

What belongs here: their lines. What does not: what stands in them (`lexicon`, `weighing`).
"""

from __future__ import annotations

from importlib import resources

from musictool_pipeline.errors import TableDamaged


def lines_of(name: str) -> list[str]:
    """The lines of a table in this folder. Raises TableDamaged if it is missing or no UTF-8."""
    try:
        table = resources.files(__package__ or "").joinpath(name).read_bytes()
    except OSError:
        raise TableDamaged(name, 0) from None
    return decoded(table, name)


def decoded(table: bytes, name: str) -> list[str]:
    """The lines in the bytes of a table. Raises TableDamaged with the line that is no UTF-8."""
    try:
        return table.decode("utf-8").replace("\r\n", "\n").removesuffix("\n").split("\n")
    except UnicodeDecodeError as error:
        raise TableDamaged(name, table.count(b"\n", 0, error.start) + 1) from None
