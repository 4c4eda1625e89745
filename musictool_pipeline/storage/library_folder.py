"""The digital libraries on disk: which of them count, and where their files are. Nothing in them
is read here, so that commands that only need to know where they are answer at once."""

from __future__ import annotations

import contextlib
from pathlib import Path

from musictool_pipeline.libraries import LibraryError, find_libraries, library_at
from musictool_pipeline.settings import Settings


def libraries_in_force(settings: Settings) -> list[Path]:
    """The libraries that are set, or else those in the data folder; each once, in that order."""
    return list(dict.fromkeys(settings.digital_libraries)) or find_libraries(settings.data_dir)


def library_files(settings: Settings) -> list[Path]:
    """The file of each library in force, without reading it; of a folder of audio files the folder
    itself, whose time changes when a file comes or goes directly in it."""
    files: list[Path] = []
    for path in libraries_in_force(settings):
        with contextlib.suppress(LibraryError, OSError):
            files.append(library_at(path)[1])
    return files
