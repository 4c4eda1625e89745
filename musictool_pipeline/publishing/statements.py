"""The SQL of this room, a file each in `sql/`."""

from __future__ import annotations

from importlib import resources


def sql(name: str) -> str:
    """A file of `sql/`."""
    return resources.files("musictool_pipeline.publishing").joinpath("sql", name).read_text("utf-8")
