"""The demo's collection, library and monthly dump: files beside this module, which tests hold
against what they were made from.

What belongs here: reading them. How a release or a library is invented is the tests' business.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from importlib import resources
from typing import Final

from musictool_pipeline.demo.sample_shelf import SampleShelf

SAMPLE_USER: Final = "record_collector"
EXPORT_NAME: Final = "demo-collection-20260101-1200.csv"
LIBRARY_NAME: Final = "collection.nml"
DUMP: Final = "releases.xml.gz"

_FILES = resources.files("musictool_pipeline.demo") / "sample_files"


@dataclass(frozen=True, slots=True)
class SampleCollection:
    """A collection small enough to hold in memory.

    `answers` maps a release id to the JSON body that the API answers; an id of the export that it
    lacks is one that Discogs no longer has (404). `shelf` has the same copies as the API lists
    them.
    """

    export_name: str
    export_csv: bytes
    answers: dict[int, bytes]
    shelf: SampleShelf


def sample_collection() -> SampleCollection:
    """60 releases in 63 copies, with every oddity of real ones among them."""
    bodies = (_FILES / "releases.jsonl").read_bytes().removesuffix(b"\n").split(b"\n")
    shelf = json.loads((_FILES / "shelf.json").read_bytes())
    return SampleCollection(
        export_name=EXPORT_NAME,
        export_csv=(_FILES / EXPORT_NAME).read_bytes(),
        answers={json.loads(body)["id"]: body for body in bodies},
        shelf=SampleShelf(shelf["username"], tuple(shelf["folders"]), tuple(shelf["copies"])),
    )


def sample_library() -> bytes:
    """A Traktor collection with every outcome of the gap analysis in it."""
    return (_FILES / LIBRARY_NAME).read_bytes()


def sample_dump(day: date) -> dict[str, bytes]:
    """A monthly dump with these releases, but for what no dump has (drafts), and its CHECKSUM file.

    By name, as Discogs calls its latest on that day: it makes one on the first of each month.
    """
    dump = (_FILES / DUMP).read_bytes()
    made, name = f"discogs_{day:%Y%m}01", f"discogs_{day:%Y%m}01_{DUMP}"
    checksum = f"{hashlib.sha256(dump).hexdigest()} *{name}\n"
    return {name: dump, f"{made}_CHECKSUM.txt": checksum.encode()}
