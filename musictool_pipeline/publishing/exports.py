"""The files that can be downloaded; a stand-in of the same shape until the real ones are there."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from musictool_pipeline.storage.warehouse import Warehouse


@dataclass(frozen=True, slots=True)
class Export:
    """A file: its name, and what it is in a few words and in a sentence."""

    file_name: str
    title: str
    description: str


EXPORTS: tuple[Export, ...] = (
    Export("physical_collection.csv", "Physical collection", "One row for each copy."),
    Export("gap_analysis.csv", "Gap analysis", "One row for each track, with its status."),
    Export("missing_tracks.csv", "Missing tracks", "The rip list."),
    Export("collection_statistics.csv", "Statistics", "The collection in figures."),
)

_FROM = {
    "physical_collection.csv": "collection_items",
    "gap_analysis.csv": "gap_analysis",
    "missing_tracks.csv": "gap_analysis WHERE status = 'missing'",
    "collection_statistics.csv": "collection_statistics",
}


def export_bytes(export: Export, database: Path, *, with_bom: bool = False) -> bytes:
    """The file's content."""
    with Warehouse(database).read() as connection:
        found = connection.execute(f"SELECT * FROM {_FROM[export.file_name]}")
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow([column[0] for column in found.description or ()])
        writer.writerows(found.fetchall())
    return text.getvalue().encode("utf-8-sig" if with_bom else "utf-8")
