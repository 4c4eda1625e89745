"""Which kind of library a path is, told by what is in it and not by what it is called."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from musictool_pipeline.libraries import track_list
from musictool_pipeline.libraries.errors import LibraryError, NotALibrary
from musictool_pipeline.libraries.folder import holds_audio
from musictool_pipeline.libraries.format import Format
from musictool_pipeline.libraries.formats import FOLDER, FORMATS
from musictool_pipeline.libraries.head import Head


def libraries_at(path: Path) -> list[tuple[Format, Path]]:
    """What there is to read at a path, by kind and place; never nothing.

    A file is one library. A folder is the databases that DJ programs keep in it (`database V2` or
    `_Serato_`, `Engine Library`, `collection.nml`), and then the audio files in it and below,
    unless it holds none beside a database: music is lost where either hides the other.

    Raises NotALibrary where it is something else, saying what it seems to be, and LibraryError
    where nothing is there, or where it cannot be read.
    """
    if not os.path.isdir(path):  # noqa: PTH112 (this one never raises)
        return [(recognise(path), path)]
    found: list[tuple[Format, Path]] = []
    for inside in (path / name for format in FORMATS for name in format.in_folders):
        # A file that only bears the name of a database is no library.
        with suppress(NotALibrary):
            if os.path.isfile(inside) and (it := _newest(inside)) not in found:  # noqa: PTH113
                found.append(it)
    if not found or holds_audio(path):
        found.append((FOLDER, path))
    return found


def _newest(path: Path) -> tuple[Format, Path]:
    """The library at the path, or the one in which its program keeps it now. A program that was
    updated leaves the old one behind, and may never write to it again."""
    format = recognise(path)
    for newer in format.newer(path):
        with suppress(NotALibrary):
            if os.path.isfile(newer):  # noqa: PTH113
                return recognise(newer), newer
    return format, path


def recognise(path: Path) -> Format:
    """The kind of library that a file is. Raises as `libraries_at` does."""
    if not os.path.exists(path):  # noqa: PTH110
        raise LibraryError(
            f"Digital library not found: {path}",
            "Correct MUSICTOOL_DIGITAL_LIBRARY, or connect the disk that it lies on.",
        )
    head = Head(path)
    if not head.start:
        raise LibraryError(f"{path} is empty")
    for format in FORMATS:
        if format.recognise(head):
            return format
    if head.text is not None:
        track_list.require_header(head)
    raise head.foreign()
