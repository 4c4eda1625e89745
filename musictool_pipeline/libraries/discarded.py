"""Folders in which nothing counts: recycle bins, and what a disk keeps for itself.

What was deleted is gone, though its bytes lie in a bin; the rest are copies, thumbnails and notes
that a disk in the network, or a Mac on it, makes for itself. Those that begin with a dot are hidden
anyway.
"""

from __future__ import annotations

import re

_BINS = frozenset(
    {"$recycle.bin", "recycler", "recycled", "#recycle", "@recycle", "trashbox"}
    | {"network trash folder", "recycle bin", "trash box"}
    # On a computer's own disks, and where a server with Samba puts what was deleted.
    | {".trash", ".trashes", ".recycle", ".recycle.bin"}
)
_NUMBERED_BIN = re.compile(r"network recycle bin(?: \d+)?|\.trash-\d+")
# On Linux: `~/.local/share/Trash/files`.
_TRASH_OF_LINUX = re.compile(r"/\.local/share/Trash/")
_OF_THE_DISK = frozenset(
    {"system volume information", "__macosx", "temporary items", "thevolumesettingsfolder"}
    | {"@eadir", "@tmp", "@__thumb", "@transcode", "@synologydrive", "@sharesnap"}
    | {"#snapshot", "@recently-snapshot", "~snapshot", "lost+found", "backups.backupdb"}
    # What Nextcloud and GoodSync keep of files that were deleted or replaced.
    | {"files_trashbin", "files_versions", "_gsdata_"}
)


def is_bin(folder: str) -> bool:
    """True if a folder of this name is a recycle bin."""
    name = folder.lower()
    return name in _BINS or _NUMBERED_BIN.fullmatch(name) is not None


def is_hidden(name: str) -> bool:
    """True if a folder or file of this name counts for nothing: it is hidden, or a recycle bin, or
    something that a disk keeps for itself."""
    return name.startswith(".") or name.lower() in _OF_THE_DISK or is_bin(name)


def is_discarded(path: str) -> bool:
    """True if a file of this path, with either kind of slash, lies in a recycle bin."""
    in_a_bin = any(map(is_bin, _SLASH.split(path)[:-1]))
    return in_a_bin or _TRASH_OF_LINUX.search(path) is not None


_SLASH = re.compile(r"[/\\]")
