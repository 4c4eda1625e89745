"""The demo's collection and library: files beside this module, which tests hold against what they
were made from.

What belongs here: reading them. How a release or a library is invented is the tests' business.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from typing import Final

from musictool_pipeline.demo.sample_shelf import SampleShelf

SAMPLE_USER: Final = "record_collector"
EXPORT_NAME: Final = "demo-collection-20260101-1200.csv"
LIBRARY_NAME: Final = "collection.nml"

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
