"""Exports of a collection written by hand, and read again."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from musictool_pipeline.core.collection.export_file import (
    CollectionExport,
    Copy,
    read_collection_export,
)
from musictool_pipeline.core.collection.export_header import DISCOGS_COLUMNS

PATH = Path("data/mo-collection-20240102-0304.csv")
HEADER = ",".join(DISCOGS_COLUMNS)
PLAIN = Copy(
    item_id="1023342-1",
    release_id=1023342,
    artist="Röyk Sender (2)",
    title="Löwe / Tiger",
    label="Tonträger, Tonträger",
    catalog_number="TT 07",
    format='12", EP',
    rating=4,
    release_year=1999,
    collection_folder="Uncategorized",
    date_added=datetime(2019, 12, 31, 14, 5, 6),
    media_condition="Near Mint (NM or M-)",
    sleeve_condition="Generic",
    notes="first line\nsecond line",
    custom_fields={},
    csv_line=2,
)


def read(content: bytes | str) -> CollectionExport:
    if isinstance(content, str):
        content = content.encode()
    return read_collection_export(content, PATH)


def only(content: bytes | str) -> Copy:
    """The one copy of an export that holds one."""
    export = read(content)
    assert not export.skipped
    [copy] = export.copies
    return copy


def row(release_id: object = 1023342, **cells: object) -> str:
    """A row in the order of Discogs' header, with the delimiter a comma and nothing quoted."""
    printed = {name: "" for name in DISCOGS_COLUMNS} | {"Artist": "A", "Title": "T"}
    printed["release_id"] = str(release_id)
    for name, value in cells.items():
        [column] = [c for c in DISCOGS_COLUMNS if re.sub(r"\W", "_", c.lower()) == name]
        printed[column] = str(value)
    return ",".join(printed.values())


def table(*rows: str, header: str = HEADER, newline: str = "\r\n") -> str:
    return "".join(line + newline for line in (header, *rows))
