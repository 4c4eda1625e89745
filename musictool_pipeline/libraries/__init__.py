"""Readers of digital libraries: from somebody's files to tracks of one shape.

Everything here reads and nothing writes; nothing here knows Dagster, DuckDB or the network. One
module for each format, `formats`, which lists them, and `read_library`, which tells them apart.
"""

from musictool_pipeline.libraries.errors import LibraryError, NotALibrary
from musictool_pipeline.libraries.format import Format, Memo, Options, Remembered
from musictool_pipeline.libraries.formats import EXAMPLES_IN_WORDS, FOLDER, FORMATS
from musictool_pipeline.libraries.known import Known, ReadEntry
from musictool_pipeline.libraries.reading import (
    each_once,
    find_libraries,
    read_entries,
    read_library,
)
from musictool_pipeline.libraries.recognise import libraries_at
from musictool_pipeline.libraries.track import DistinctIds, LibraryTrack

__all__ = [
    "EXAMPLES_IN_WORDS",
    "FOLDER",
    "FORMATS",
    "DistinctIds",
    "Format",
    "Known",
    "LibraryError",
    "LibraryTrack",
    "Memo",
    "NotALibrary",
    "Options",
    "ReadEntry",
    "Remembered",
    "each_once",
    "find_libraries",
    "libraries_at",
    "read_entries",
    "read_library",
]
