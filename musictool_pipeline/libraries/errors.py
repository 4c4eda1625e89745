"""What can be wrong with a digital library, as a branch of the project's tree of errors.

    LibraryError       it cannot be read: missing, cut short, damaged, or written to do harm
    └── NotALibrary    it is something else, and the sentence says what

A failed read is not an empty library: a caller that catches one of these keeps
the tracks of last time.
"""

from __future__ import annotations

from musictool_pipeline.errors import MusicToolError


class LibraryError(MusicToolError):
    remedy = (
        "Export or save the library again in its program, or take it out of the data folder and "
        "of MUSICTOOL_DIGITAL_LIBRARY. The library was only read, and is as it was."
    )


class NotALibrary(LibraryError):
    """What can be given, for the remedy, is in `formats`."""
