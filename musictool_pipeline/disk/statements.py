"""The SQL of a room, a file each in its folder `sql/`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from importlib import resources


def sql_of(room: str) -> Callable[[str], str]:
    """From the name of a file in the `sql/` of that room (`tables`) to its text."""
    folder = resources.files(f"musictool_pipeline.{room}").joinpath("sql")

    @functools.cache
    def sql(name: str) -> str:
        return folder.joinpath(name).read_text("utf-8")

    return sql
