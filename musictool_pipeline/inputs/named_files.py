"""Whether the files that the libraries name are there. They are looked for and never opened.

A folder is listed once for all of its files: that is quicker than to ask for each, above all on a
disk in the network. A file of another case, or with its accents written in another way, is there:
programs and disks differ in both.
"""

from __future__ import annotations

import os
import time
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from musictool_pipeline.core.file_places import Root, local_path, place_of
from musictool_pipeline.core.health import Entry
from musictool_pipeline.libraries.track import shown


@dataclass(frozen=True, slots=True)
class FilesLookedFor:
    """What a look for files found. `there` of them are there; `gone` are entries whose disk is
    connected and whose file is missing. `away` counts the entries on each disk, or top folder, that
    is not there or is empty; `elsewhere` those with a path of another system, or without a
    beginning; `unreadable` those in folders that this user cannot list. `skipped` were not looked
    for, since the time was over."""

    there: int = 0
    gone: tuple[Entry, ...] = ()
    away: Mapping[str, int] = field(default_factory=dict[str, int])
    elsewhere: int = 0
    unreadable: int = 0
    skipped: int = 0


def look_for_files(entries: Iterable[Entry], seconds: float | None = None) -> FilesLookedFor:
    """Looks for the files of these entries, for that many seconds at most (None: to the end)."""
    until = None if seconds is None else time.monotonic() + seconds
    disk = _Disk()
    there = elsewhere = unreadable = skipped = 0
    gone: list[Entry] = []
    away: Counter[str] = Counter()
    for entry in entries:
        if until is not None and time.monotonic() > until:
            skipped += 1
            continue
        path = _path_here(entry)
        if path is None:
            elsewhere += 1
            continue
        try:
            if disk.has(path):
                there += 1
            elif disk.is_empty(top := _top_of(path)):
                away[top] += 1
            else:
                gone.append(entry)
        except OSError:
            unreadable += 1
    return FilesLookedFor(there, tuple(gone), dict(away), elsewhere, unreadable, skipped)


def _path_here(entry: Entry) -> str | None:
    """The path as this machine's system writes it; None if it is another system's, or is none."""
    is_posix = os.name != "nt"
    if is_posix and entry.path.startswith("/") and not entry.path.startswith("//"):
        return entry.path  # all of them, in most libraries
    path = local_path(entry.path, entry.source)
    place = place_of(path) if path else None
    if place is None:
        return None
    is_of_windows = place.root in (Root.DRIVE, Root.SHARE)
    return path if is_of_windows != is_posix else None


# Below these folders, each disk has a folder of its own; below the last, one for each user first.
_MOUNTS: Final = (("Volumes",), ("mnt",), ("home",), ("Users",), ("run", "media", "*"))


def _top_of(path: str) -> str:
    """The folder of the disk that a path is on, as far as the path tells; else its top folder."""
    drive, rest = os.path.splitdrive(path)
    if drive:
        return drive + os.sep
    names = [name for name in rest.split("/") if name]
    depth = 1
    for mount in _MOUNTS:
        if all(mine in ("*", name) for mine, name in zip(mount, names, strict=False)):
            depth = len(mount) + 1
    if names[0] == "media":  # /media/disk, or /media/user/disk
        depth = 2 if os.path.ismount("/" + "/".join(names[:2])) else 3
    # The last name is the file's own.
    return "/" + "/".join(names[: max(1, min(depth, len(names) - 1))])


class _Disk:
    """Folders as they were when they were first asked for."""

    def __init__(self) -> None:
        self._listings: dict[str, frozenset[str] | OSError] = {}
        self._spelled: dict[str, str | None] = {}

    def has(self, path: str) -> bool:
        """True if the path leads to something. Raises OSError if a folder cannot be listed."""
        folder, name = os.path.split(path)
        found = self._as_spelled(folder)
        return found is not None and _folded(name) in self._names(found)

    def is_empty(self, folder: str) -> bool:
        """True if there is no such folder, or nothing in it. Raises OSError as `has` does."""
        found = self._as_spelled(folder)
        return found is None or not self._names(found)

    def _as_spelled(self, folder: str) -> str | None:
        """The folder as the disk spells it; None if it is not there."""
        if folder not in self._spelled:
            self._spelled[folder] = self._find(folder)
        return self._spelled[folder]

    def _find(self, folder: str) -> str | None:
        if os.path.isdir(folder):  # noqa: PTH112 (a path of the library's, not of ours)
            return folder
        above, name = os.path.split(folder)
        if not name or (found := self._as_spelled(above)) is None:
            return None
        if _folded(name) not in self._names(found):
            return None
        spelled = (each for each in os.listdir(found) if _folded(each) == _folded(name))  # noqa: PTH208
        return next((os.path.join(found, each) for each in spelled), None)  # noqa: PTH118

    def _names(self, folder: str) -> frozenset[str]:
        if folder not in self._listings:
            self._listings[folder] = _list(folder)
        found = self._listings[folder]
        if isinstance(found, OSError):
            raise found
        return found


def _list(folder: str) -> frozenset[str] | OSError:
    """The names in a folder, but for links that lead nowhere."""
    try:
        with os.scandir(folder) as entries:
            return frozenset(
                _folded(entry.name)
                for entry in entries
                if not entry.is_symlink() or os.path.exists(entry.path)  # noqa: PTH110
            )
    except (FileNotFoundError, NotADirectoryError):
        return frozenset()
    except OSError as error:
        return error


def _folded(name: str) -> str:
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", shown(name)).casefold())
