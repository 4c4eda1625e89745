"""The files for ripping a record: for each side a cue sheet, labels for Audacity, and tags.

What belongs here: which files there are, and in which folder. What does not: the texts
(`core.ripping`), and where files must not go (`destination`).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from musictool_pipeline.core.ripping import (
    TAG_COLUMNS,
    RecordSide,
    RipRecord,
    cue_sheet,
    label_file,
    safe_name,
    tag_rows,
)
from musictool_pipeline.core.spreadsheet import csv_bytes
from musictool_pipeline.publishing.destination import write_files
from musictool_pipeline.settings import Settings

_MOST_BYTES_OF_A_FOLDER = 80


def folder_name(record: RipRecord) -> str:
    """The name of the record's folder: artist, title and the number of the release."""
    return f"{safe_name(record.name, _MOST_BYTES_OF_A_FOLDER)} ({record.release_id})"


def rip_files(record: RipRecord, sides: Iterable[RecordSide]) -> dict[str, bytes]:
    """The files of these sides, content by name."""
    files: dict[str, bytes] = {}
    for side in sides:
        files[f"{side.stem}.cue"] = cue_sheet(record, side).encode()
        files[f"{side.stem} labels.txt"] = label_file(side).encode()
        files[f"{side.stem} tags.csv"] = csv_bytes(TAG_COLUMNS, tag_rows(record, side))
    return files


def write_rip(
    settings: Settings, within: Path, record: RipRecord, sides: Iterable[RecordSide]
) -> tuple[Path, list[Path]]:
    """Writes the files into the record's folder in `within`. Gives that folder, and the copies
    under which files of an earlier version were kept.

    Raises what `write_files` raises: nothing of the user's is replaced.
    """
    folder = within / folder_name(record)
    return folder, write_files(settings, folder, rip_files(record, sides))
