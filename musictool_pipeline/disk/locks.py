"""Locks between processes and threads, held by the kernel: a process that dies gives them back.

filelock's `FileLock` would do, but it makes the folder that its file is to be in. Of a data folder
whose disk was unplugged a moment ago that leaves an empty one, which hides the disk once it is
back. Hence its lock on a file that is opened here. Both heed each other.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from filelock import lock_descriptor, unlock_descriptor

from musictool_pipeline.disk.files import storage_errors


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds the lock on what is at `path`, or is to be: a hidden file beside it. Waits for it.

    Raises StorageError, naming `path`, if its folder is gone or cannot be written.
    """
    with lock_on(path.with_name(f".{path.name}.lock"), on_behalf_of=path):
        yield


@contextlib.contextmanager
def lock_on(file: Path, *, wait: bool = True, on_behalf_of: Path | None = None) -> Iterator[bool]:
    """Holds the lock on `file`, which is made if it is missing, and stays. Gives True if the lock
    is held: without `wait` another process may have it.

    Raises StorageError if the folder is gone or cannot be written. The error names `on_behalf_of`,
    if that is given, because the user knows that file and not the lock's.
    """
    named = on_behalf_of or file
    with storage_errors(named):
        if file.is_symlink():
            raise OSError(errno.ELOOP, f"its lock {file} is a link; remove it")
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
    try:
        with storage_errors(named):
            is_held = lock_descriptor(descriptor, blocking=wait)
        try:
            yield is_held
        finally:
            # Closing would do, unless a child that was forked since then has it open too.
            if is_held:
                unlock_descriptor(descriptor)
    finally:
        os.close(descriptor)
