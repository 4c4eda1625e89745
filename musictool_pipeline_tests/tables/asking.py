"""A question to the published tables, for tests that ask one at a time."""

from __future__ import annotations

from typing import Any

from musictool_pipeline.tables.catalogue import Catalogue
from musictool_pipeline.tables.published import open_tables


def ask(catalogue: Catalogue, query: str) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """The columns and rows of a query, as the next step would find them."""
    with open_tables(catalogue.database, foreign="hide") as tables:
        return tables.ask(query)
