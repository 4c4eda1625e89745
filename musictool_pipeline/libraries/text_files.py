"""Text files of unknown encoding: playlists and tables.

A byte order mark decides. Without one it is UTF-16 if every other byte of its beginning is zero,
UTF-8 if all of it is, and else cp1252, in which old programs on Windows write.
"""

from __future__ import annotations

import codecs
from pathlib import Path

from musictool_pipeline.libraries.opening import opened

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PIECE = 1024**2


def encoding_of(path: Path) -> str:
    """The name of the encoding, for decoding with errors replaced. Raises LibraryError."""
    with opened(path) as file:
        head = file.read(4)
        for mark, encoding in _MARKS:
            if head.startswith(mark):
                return encoding
        zeros = [byte == 0 for byte in head]
        if zeros == [False, True, False, True]:
            return "utf-16-le"
        if zeros == [True, False, True, False]:
            return "utf-16-be"
        decoder = codecs.getincrementaldecoder("utf-8")()
        file.seek(0)
        try:
            while piece := file.read(_PIECE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"
