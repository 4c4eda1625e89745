"""Files of our own. No reader ever sees half of one, a power cut leaves the old or the new one, and
reading never waits at a pipe or a device."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from musictool_pipeline.disk.regular import open_regular
from musictool_pipeline.errors import StorageError

TEMPORARY_SUFFIX = ".tmp"

_NEW = (
    os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
)

# No file system takes more than 255 bytes for a name; a temporary one has signs of its own.
_LONGEST_NAME = 50

_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{16}" + re.escape(TEMPORARY_SUFFIX))
_STALE_SECONDS = 3600.0

PUT_BACK = (
    "Put it back, or connect the disk that it is on; then run the same command again: it goes on "
    "where it stopped."
)
MOVE_AWAY = (
    "Move away what is in its place; then run the same command again: it goes on where it stopped."
)


def write_atomically(
    path: Path, content: bytes, *, durable: bool = True, mode: int = 0o666
) -> None:
    """`content` at `path`, all of it or what was there before. `durable` waits for the disk; `mode`
    says who may read a file that is made, less what the user's umask forbids.

    Raises StorageError, naming the file, if the disk is full or the folder read-only.
    """
    temporary = temporary_beside(path)
    with storage_errors(path), new_file(temporary, mode) as file:
        try:
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
            file.close()
            replace(temporary, path, durable=durable)
        finally:
            temporary.unlink(missing_ok=True)


def content_of(path: Path, at_most: int | None = None) -> bytes:
    """The file's content. Raises OSError as `read_bytes` does; NotRegular, which is one, if it is a
    pipe, a device or the like, at which a reader could wait for ever; and TooLarge if it holds more
    than `at_most` bytes."""
    with open_regular(path) as file:
        if at_most is not None and os.fstat(file.fileno()).st_size > at_most:
            raise TooLarge(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
        return file.read()


class TooLarge(OSError):
    """A file with more in it than one of its kind can hold."""


def obstacle_at(path: Path, *, links_count: bool = False) -> str:
    """What is at `path` and is no regular file, in words: `a folder`, `a device`, `a link that
    leads nowhere`; "" if there is a regular file, or nothing. `links_count`: any link is one.

    Raises OSError if it cannot be told.
    """
    if links_count and path.is_symlink():
        return "a link"
    try:
        mode = path.stat().st_mode
    except OSError as error:
        if error.errno == errno.ELOOP:
            return "a link that leads to itself"
        if not isinstance(error, FileNotFoundError):
            raise
        return "a link that leads nowhere" if path.is_symlink() else ""
    if stat.S_ISREG(mode):
        return ""
    return next((what for is_kind, what in _KINDS if is_kind(mode)), "no regular file")


_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
)


def create_atomically(path: Path, content: bytes) -> bool:
    """`content` at `path`, all of it, and only where there is nothing yet; says whether it is there
    now. It does not wait for the disk.

    Raises StorageError, and OSError if the file system has no hard links.
    """
    temporary = temporary_beside(path)
    with storage_errors(path):
        file = new_file(temporary)
    try:
        with storage_errors(path), file:
            file.write(content)
        path.hardlink_to(temporary)
        return True
    except FileExistsError:
        return False
    finally:
        temporary.unlink(missing_ok=True)


def temporary_beside(path: Path) -> Path:
    """A name in the same folder (a rename must not cross disks) that no other writer uses, and that
    no one can guess: in a shared folder another user could put a link there before."""
    return path.with_name(f".{path.name[:_LONGEST_NAME]}.{secrets.token_hex(8)}{TEMPORARY_SUFFIX}")


def sweep_temporaries(folder: Path) -> None:
    """Removes what `temporary_beside` named in the folder and a killed writer left behind, once no
    process can still own it. What cannot be removed stays."""
    oldest = time.time() - _STALE_SECONDS
    for path in folder.glob(f".*{TEMPORARY_SUFFIX}"):
        with contextlib.suppress(OSError):
            if _TEMPORARY.fullmatch(path.name) and path.lstat().st_mtime < oldest:
                path.unlink()


def new_file(path: Path, mode: int = 0o666) -> BinaryIO:
    """A file to write, that was not there before, and is made here: never what a link leads to.
    Raises OSError, FileExistsError if there is anything of that name."""
    return os.fdopen(os.open(path, _NEW, mode), "wb")


ON_WINDOWS = os.name == "nt"
_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8)


def replace(new: Path, path: Path, *, durable: bool = True) -> None:
    """`os.replace`, then, where the system allows it, the folder's entry to the disk as well.

    Windows replaces no file that somebody has open. A reader, or a program that looks for viruses,
    is mostly done after a moment, so it is tried again.
    """
    for pause in _PAUSES:
        try:
            new.replace(path)
            break
        except PermissionError:
            if not ON_WINDOWS:
                raise
            time.sleep(pause)
    else:
        new.replace(path)
    if durable:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Writes the folder's entries to the disk. Windows has no such call, and needs none."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turns what the operating system says about `path` into a StorageError."""
    try:
        yield
    except OSError as error:
        gone = [str(folder) for folder in path.parents if not os.path.lexists(folder)]
        if gone and isinstance(error, FileNotFoundError):
            raise StorageError(
                f"{path} cannot be written: the folder {gone[-1]} is gone", PUT_BACK
            ) from error
        in_the_way = error.errno in (errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ELOOP)
        raise StorageError(
            f"{path} cannot be written: {error.strerror or error}",
            MOVE_AWAY if in_the_way else None,
        ) from error


def sync_file(path: Path) -> None:
    """The file's content to the disk."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
