"""Readers of digital libraries: from somebody's files to tracks of one shape.

Everything here reads and nothing writes; nothing here knows Dagster, DuckDB or the network. One
module for each format, and `read_library`, which tells the formats apart.
"""

from musictool_pipeline.libraries.errors import LibraryError, NotALibrary
from musictool_pipeline.libraries.folder import Memo, Remembered
from musictool_pipeline.libraries.reading import each_once, find_libraries, read_library
from musictool_pipeline.libraries.recognise import Kind, libraries_at
from musictool_pipeline.libraries.track import DistinctIds, LibraryTrack

__all__ = [
    "DistinctIds",
    "Kind",
    "LibraryError",
    "LibraryTrack",
    "Memo",
    "NotALibrary",
    "Remembered",
    "each_once",
    "find_libraries",
    "libraries_at",
    "read_library",
]
