"""The files: every entry of the digital libraries.

What belongs here: which columns and filters this table has.
"""

from __future__ import annotations

from typing import Final

from musictool_pipeline.app.dashboard.frame import nothing_here
from musictool_pipeline.app.dashboard.listing import Shown, ask_filters, show_listing
from musictool_pipeline.app.dashboard.reading import View
from musictool_pipeline.queries.listings import FILES
from musictool_pipeline.tables.published import row_count

_SHOWN: Final = Shown(
    FILES,
    (
        "artist", "title", "remixer", "album", "label", "genre", "bpm", "musical_key", "camelot",
        "duration_seconds", "file_type", "bitrate", "path",
    ),
    ("source", "file_type", "music", "label", "artist", "bpm", "key"),
    "file",
    sort="artist",
)  # fmt: skip


def show(view: View) -> None:
    """The page."""
    files = row_count(view.connection, "digital_tracks")
    if not files:
        nothing_here(
            "No digital library was read yet.",
            "Set `MUSICTOOL_DIGITAL_LIBRARY` in `.env` to a Traktor, Rekordbox, Apple Music, "
            "Serato or Engine library, a list, or a folder of audio files; or put one into the "
            "data folder. Then run `musictool refresh`. If a library is there, `musictool check` "
            "says what is wrong with it.",
        )
        return
    show_listing(view, _SHOWN, ask_filters(view, _SHOWN))
