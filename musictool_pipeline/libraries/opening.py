"""Opening a library: its bytes, or a LibraryError that says why not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from musictool_pipeline.disk.regular import NotRegular, open_regular
from musictool_pipeline.libraries.errors import LibraryError, NotALibrary


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The file's bytes, for reading. Raises LibraryError where it is missing or cannot be read,
    also while it is being read, and NotALibrary where it is no regular file."""
    try:
        with open_regular(path) as file:
            yield file
    except NotRegular:
        raise NotALibrary(f"{path} is no regular file") from None
    except OSError as error:
        raise LibraryError(f"{path} cannot be read: {error.strerror or error}") from error
