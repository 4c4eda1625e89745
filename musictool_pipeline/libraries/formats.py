"""The formats of digital libraries that can be read: the one list of them.

A new format is a module with its `FORMAT`, a line here, a writer in the tests and a row in the
docs.
"""

from __future__ import annotations

from typing import Final

from musictool_pipeline.libraries import (
    apple_music,
    beets,
    engine,
    folder,
    mixxx,
    playlist,
    rekordbox,
    rekordbox_db,
    rekordbox_usb,
    serato,
    serato_4,
    track_list,
    traktor,
    virtualdj,
)
from musictool_pipeline.libraries.errors import NotALibrary
from musictool_pipeline.libraries.format import Format

FORMATS: Final[tuple[Format, ...]] = (
    traktor.FORMAT,
    rekordbox.FORMAT,
    rekordbox_usb.FORMAT,
    apple_music.FORMAT,
    serato.FORMAT,
    engine.FORMAT,
    mixxx.FORMAT,
    beets.FORMAT,
    serato_4.FORMAT,
    virtualdj.FORMAT,
    rekordbox_db.FORMAT,
    playlist.FORMAT,
    folder.FORMAT,
    # Any table with the two columns is one, so it comes last.
    track_list.FORMAT,
)

FOLDER: Final = folder.FORMAT

_EXAMPLES: Final = [format.example for format in FORMATS]
EXAMPLES_IN_WORDS: Final = f"{', '.join(_EXAMPLES[:-1])} or {_EXAMPLES[-1]}"
"""What can be given: `a Traktor collection.nml, a Rekordbox XML, ... or a CSV with ...`."""

# The error is known to every format, so it cannot know them all by itself.
NotALibrary.remedy = f"Give {EXAMPLES_IN_WORDS}."
