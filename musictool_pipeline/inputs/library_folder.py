"""The digital libraries on disk: which of them count, and where their files are. Nothing in them
is read here, so that commands that only need to know where they are answer without delay."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from musictool_pipeline.libraries.errors import LibraryError
from musictool_pipeline.libraries.folder import folders_with
from musictool_pipeline.libraries.format import Format
from musictool_pipeline.libraries.formats import FOLDER
from musictool_pipeline.libraries.reading import each_once, find_libraries
from musictool_pipeline.libraries.recognise import libraries_at
from musictool_pipeline.settings import Settings


def libraries_in_force(settings: Settings) -> list[Path]:
    """The libraries that are set, or else those in the data folder; each once, in that order."""
    return each_once(settings.digital_libraries) or find_libraries(settings.data_dir)


def library_files(settings: Settings) -> list[Path]:
    """The files of each library in force, without reading them; of a folder of audio files the
    folder itself."""
    files: list[Path] = []
    for path in libraries_in_force(settings):
        with contextlib.suppress(LibraryError, OSError):
            files.extend(where for _, where in libraries_at(path))
    return files


def traces_of_change(settings: Settings) -> Iterator[Path]:
    """The files and folders whose sizes and times tell that a library in force changed: its file,
    and the log beside it; of a folder of audio files it and every folder below, whose time changes
    when a file comes, goes or is replaced.

    This is asked each half minute, so the audio files themselves are left alone: 50,000 of them in
    5,000 folders take 0.07 s so, and 0.23 s with the state of each file, for which a disk in the
    network is asked one by one. One that was written to in place waits for the nightly refresh.
    """
    for path in libraries_in_force(settings):
        with contextlib.suppress(LibraryError, OSError):
            for format, where in libraries_at(path):
                if format is FOLDER:
                    yield from map(Path, folders_with(where))
                else:
                    yield from with_its_log(format, where)


def with_its_log(format: Format, database: Path) -> Iterator[Path]:
    """The file; the log beside it in which stands what a program has not yet moved into its
    database; and what else its format reads of it; those that are there."""
    yield database
    log = database.with_name(f"{database.name}-wal")
    yield from filter(Path.exists, (log, *format.read_besides(database)))
