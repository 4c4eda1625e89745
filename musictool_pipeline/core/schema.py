"""How a table or a view is described, and the statements that its description makes.

What belongs here: what every description has. Which tables there are, and what their columns hold,
is in `core.tables`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its DuckDB type, and what it holds, in a sentence for a collector."""

    name: str
    type: str
    description: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Described:
    """A table or a view in schema `main`. `key` is unique and never NULL."""

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns' names, in the table's order."""
        return tuple(column.name for column in self.columns)

    def columns_named(self, *names: str) -> tuple[Column, ...]:
        """These columns, in the order of the names. Raises KeyError if there is no such one."""
        by_name = {column.name: column for column in self.columns}
        return tuple(by_name[name] for name in names)


@dataclass(frozen=True, slots=True)
class Table(Described):
    """A table: what it holds is stored."""

    @property
    def ddl(self) -> str:
        """`CREATE TABLE IF NOT EXISTS`, with a comment on the table and on each column."""
        columns = ",\n    ".join(
            f"{column.name} {column.type}{' NOT NULL' if column.required else ''}"
            for column in self.columns
        )
        create = f"CREATE TABLE IF NOT EXISTS {self.name} (\n    {columns}\n);\n"
        return create + _comments("TABLE", self)


@dataclass(frozen=True, slots=True)
class SqlView(Described):
    """A query over the tables, under a name: what is asked most, with one name for each key."""

    def ddl_of(self, query: str) -> str:
        """`CREATE OR REPLACE VIEW` of these columns of that query, in this order, with a comment on
        the view and on each column."""
        names, chosen_from = ", ".join(self.column_names), query.rstrip().rstrip(";")
        return (
            f"CREATE OR REPLACE VIEW {self.name} AS\nSELECT {names} FROM (\n{chosen_from}\n);\n"
            + _comments("VIEW", self)
        )


def _comments(kind: str, of: Described) -> str:
    on_columns = "".join(
        f"COMMENT ON COLUMN {of.name}.{column.name} IS {_quoted(column.description)};\n"
        for column in of.columns
    )
    return f"COMMENT ON {kind} {of.name} IS {_quoted(of.description)};\n{on_columns}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
