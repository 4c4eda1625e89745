"""What to know of the digital libraries before a track is believed to be missing, in words.

What belongs here: the sentences, for every face of the tables. Which libraries count is decided in
`inputs.library_folder`, what became of each in `tables.library`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import duckdb

from musictool_pipeline.core.text import one_line
from musictool_pipeline.core.words import counted
from musictool_pipeline.inputs.library_folder import libraries_in_force
from musictool_pipeline.libraries.formats import EXAMPLES_IN_WORDS
from musictool_pipeline.settings import Settings
from musictool_pipeline.tables.library import Library, known_libraries
from musictool_pipeline.tables.published import row_count

HOW_TO_ADD_A_LIBRARY: Final = (
    "Run `musictool init`, which looks for one in the usual places. Or put "
    f"{EXAMPLES_IN_WORDS} into the data folder, or set MUSICTOOL_DIGITAL_LIBRARY to where it is. "
    "Then refresh. Until then every track counts as missing."
)


def library_remarks(connection: duckdb.DuckDBPyConnection, settings: Settings) -> tuple[str, ...]:
    """Of each library that could not be read the last time why, and what to do; and why nothing
    can be owned, if nothing can. Empty if all is well."""
    libraries = known_libraries(connection)
    remarks = [*unread(libraries)]
    if not remarks and not row_count(connection, "digital_tracks", "is_music"):
        remarks.append(_why_no_files(libraries, settings))
    return tuple(remarks)


def unread(libraries: tuple[Library, ...]) -> Iterator[str]:
    """Of each that could not be read why, what counts until then, and on a second line the
    remedy."""
    for library in libraries:
        if library.error:
            what, _, remedy = library.error.partition("\n")
            kept = (
                f"using its last good reading ({counted(library.tracks, 'entry', 'entries')})"
                if library.tracks
                else "nothing in it counts as owned until it can be read"
            )
            yield f"{what}; {kept}\n{one_line(remedy).strip()}".rstrip()


def _why_no_files(libraries: tuple[Library, ...], settings: Settings) -> str:
    if libraries:
        paths = ", ".join(library.path for library in libraries)
        return f"Nothing can be owned: there is no music in {paths}."
    if there := libraries_in_force(settings):
        paths = ", ".join(map(str, there))
        return f"Nothing can be owned: {paths} was not read yet. Run `musictool refresh`."
    return f"No digital library was read yet, so nothing can be owned. {HOW_TO_ADD_A_LIBRARY}"
