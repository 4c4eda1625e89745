"""Writes the files that `musictool demo` reads, from the generator of the sample.

    python -m musictool_pipeline_tests.sample_files

A test holds the shipped files to the generator. After a change to it that is wanted, run this.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import musictool_pipeline.demo
from musictool_pipeline.demo.sample import DUMP, EXPORT_NAME, LIBRARY_NAME
from musictool_pipeline_tests.invented_library import demo_library
from musictool_pipeline_tests.sample_data import demo_collection
from musictool_pipeline_tests.sample_dump import demo_dump

FOLDER = Path(musictool_pipeline.demo.__file__).with_name("sample_files")


def sample_files() -> dict[str, bytes]:
    """The files by name, byte for byte, but for how far the dump is compressed."""
    made = demo_collection()
    shelf = {name: getattr(made.shelf, name) for name in ("username", "folders", "copies")}
    return {
        DUMP: gzip.compress(b"".join(demo_dump(made)), mtime=0),
        EXPORT_NAME: made.export_csv,
        LIBRARY_NAME: demo_library(made).nml,
        "releases.jsonl": b"".join(body + b"\n" for body in made.answers.values()),
        "shelf.json": f"{json.dumps(shelf, ensure_ascii=False)}\n".encode(),
    }


if __name__ == "__main__":
    for name, content in sample_files().items():
        (FOLDER / name).write_bytes(content)
