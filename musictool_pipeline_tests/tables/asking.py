"""A question to the published tables, for tests that ask one at a time."""

from __future__ import annotations

from typing import Any

from musictool_pipeline.tables.generations import Warehouse
from musictool_pipeline.tables.published import open_tables


def ask(warehouse: Warehouse, query: str) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """The columns and rows of a query, as the next step would find them."""
    with open_tables(warehouse.path, foreign="hide") as tables:
        return tables.ask(query)
