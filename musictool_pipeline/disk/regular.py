"""Opening a file that a user gave: read-only, and never anything but a regular file.

A named pipe would wait for a writer for ever, and a device has no end; both are refused here, so
that no reader needs to think of them.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class NotRegular(OSError):
    """A pipe, a device, a socket or a folder."""


def open_regular(path: str | Path) -> BinaryIO:
    """As `open(path, "rb")`, but raises NotRegular instead of waiting at a pipe."""
    descriptor = os.open(path, _FLAGS)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NotRegular(errno.EINVAL, "it is no regular file", str(path))
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise
