"""The SQL of a room, a file each in its folder `sql/`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import resources
from inspect import signature
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import duckdb

T = TypeVar("T")


class Statements:
    """The statements in the `sql/` of a room (`tables`), each by the name of its file."""

    def __init__(self, room: str) -> None:
        folder = resources.files(f"musictool_pipeline.{room}").joinpath("sql")
        self._text = cache(lambda name: folder.joinpath(name).read_text("utf-8"))

    def __call__(self, name: str) -> str:
        """The text of a statement."""
        return self._text(name)

    def rows(
        self, connection: duckdb.DuckDBPyConnection, name: str, /, **values: object
    ) -> list[Any]:
        """What a statement gives with these values."""
        return connection.execute(self(name), values or None).fetchall()

    def row(self, connection: duckdb.DuckDBPyConnection, name: str, /, **values: object) -> Any:
        """The first row of what a statement gives with these values; None if it gives none."""
        return connection.execute(self(name), values or None).fetchone()

    def read(
        self,
        kind: Callable[..., T],
        connection: duckdb.DuckDBPyConnection,
        name: str,
        /,
        **values: object,
    ) -> list[T]:
        """The rows as values of a dataclass; `{fields}` in the statement stands for its fields."""
        statement = self(name).replace("{fields}", ", ".join(signature(kind).parameters))
        return [kind(*row) for row in connection.execute(statement, values or None).fetchall()]
