"""The name of the collection export: whether a file may be one, and which of several counts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

_EXPORT_NAME = re.compile(
    r".+-collection-(?P<minute>[0-9]{8}-[0-9]{4})"
    r"(?: ?\((?P<n>[0-9]{1,6})\)|[- ](?P<m>[0-9]{1,3}))?\.(?:csv|tsv|txt)",
    re.IGNORECASE,
)
"""`<user>-collection-YYYYMMDD-HHMM.csv`, with the ` (1)` or `-2` of a browser's second download."""
_OTHER_EXPORT = re.compile(r"(?:^|[-_ ])(?:wantlist|inventory)(?:[-_ .(]|$)", re.IGNORECASE)
_OTHER_FILES = frozenset(
    {"match_overrides.csv", "physical_collection.csv", "gap_analysis.csv", "missing_tracks.csv"}
    | {"collection_statistics.csv"}
)


@dataclass(frozen=True)
class ExportFile:
    """A file that may be an export; `modified` is in seconds since 1970, as in st_mtime."""

    path: Path
    modified: float


def is_candidate(path: Path) -> bool:
    """Whether a file of this name may be a collection export; the file itself is not looked at.

    Left out are hidden files, those that a program is still writing, and what by its name is
    something else: a wantlist, an inventory, the user's corrections, this project's own exports.
    """
    name = path.name.casefold()
    if name.startswith((".", "~$")) or name in _OTHER_FILES:
        return False
    if _EXPORT_NAME.fullmatch(name):
        return True
    return name.endswith((".csv", ".tsv")) and not _OTHER_EXPORT.search(name)


def is_wantlist(path: Path) -> bool:
    """True if a file of this name is a wantlist's export; the file itself is not looked at."""
    return re.fullmatch(r"[^.].*-wantlist-.+\.csv", path.name, re.IGNORECASE) is not None


def newest_export(candidates: Iterable[ExportFile]) -> ExportFile | None:
    """The export that counts where several lie, or None if there is none among them.

    The date in the name decides, since copying a file around changes the other one; then a
    browser's number for a second download; then the time of modification; then the name.
    """
    files = [file for file in candidates if is_candidate(file.path)]
    return max(files, key=_age, default=None)


def oldest_first(files: Iterable[ExportFile]) -> list[ExportFile]:
    """The same files in the order of `newest_export`, which gives the last of them."""
    return sorted(files, key=_age)


def named_date(path: Path) -> datetime | None:
    """The date in an export's file name, as Discogs put it there, without a zone; None if the
    name holds none."""
    match = _EXPORT_NAME.fullmatch(path.name)
    try:
        return datetime.strptime(match["minute"], "%Y%m%d-%H%M") if match else None
    except ValueError:
        return None  # 20191399 is no date: such a name is as good as none


def _age(file: ExportFile) -> tuple[datetime, int, float, str, str]:
    named, download = named_date(file.path) or datetime.min, 0
    if named != datetime.min and (match := _EXPORT_NAME.fullmatch(file.path.name)):
        download = int(match["n"] or match["m"] or 0)
    return named, download, file.modified, file.path.name, str(file.path)
